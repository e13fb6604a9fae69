"""Factories: what makes a plugin, and the options that one declares.

A factory takes the `ApiConfig`, and `options` if it declares some: the annotation of that parameter is the
class that declares them.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from types import SimpleNamespace
from typing import Any, get_args, get_type_hints

from cocapi.config import ApiConfig
from cocapi.interrupts import reraise
from cocapi.options.declared import declared, is_declaration
from cocapi.plugins.records import NoPlugin
from cocapi.text import cited
from cocapi.travelling import Travelling

__all__ = ["Factory", "Off", "factory_of"]


class Off(Travelling, Exception):
    """What a factory raises when there is nothing for its plugin to do: the plugin is off, and that is no
    error.

        raise Off("it keeps nothing until it has a path: plugins={'history': {'path': …}}")

    Args:
        why: The sentence that `cocapi plugins` and ``api.plugins["history"]`` show.
    """


@dataclass(frozen=True, slots=True)
class Factory:
    """What makes a plugin.

    Attributes:
        function: The function or class of the plugin's author.
        options: The class that declares its options; None: it declares none, or a `functools.partial` gives
            them already.
        takes_config: Whether it takes the config, which is its first parameter.
        given: The options that a `functools.partial` gives; None: none.
    """

    function: Callable[..., Any]
    options: Any
    takes_config: bool
    given: Any = None

    def make(self, config: ApiConfig, options: Any) -> Any:
        """The plugin."""
        arguments = (config,) if self.takes_config else ()
        return self.function(*arguments, **({} if self.options is None else {"options": options}))


def factory_of(function: Any) -> Factory:
    """What a plugin's author or user wrote, as a factory.

    Raises:
        NoPlugin: It cannot be called as one, or declares options in a way that cannot be read.
    """
    if not callable(function):
        raise NoPlugin(f"{cited(function)} is no factory, which is a class or function that takes the config")
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError) as error:  # not written in Python
        reraise(error)
        return Factory(function, None, takes_config=True)
    parameter = signature.parameters.get("options")
    given = given_by(function)
    options = options_of(function, parameter) if parameter is not None and given is None else None
    takes_config = next(iter(signature.parameters), None) != "options"
    factory = Factory(function, options, takes_config, given)
    try:
        signature.bind(*("config",) * takes_config, **({} if options is None else {"options": None}))
    except TypeError as error:
        raise NoPlugin(
            f"its factory {name_of(function)}{signature} cannot be called: {error}; a factory takes the "
            "config, and options if it declares some"
        ) from None
    return factory


def given_by(function: Any) -> Any:
    """The options that ``partial(Vault, options=VaultOptions("hunter2"))`` gives; None: it gives none."""
    options = function.keywords.get("options") if isinstance(function, partial) else None
    return options if is_declaration(type(options)) else None


def options_of(function: Any, parameter: inspect.Parameter) -> Any:
    """The class that a factory's parameter ``options`` is annotated with; None where it has a default and is
    annotated with nothing that declares options.

    Raises:
        NoPlugin: There is no such class, or it cannot be read.
    """
    try:
        annotation = resolved(function, parameter.annotation)
        for kind in (annotation, *get_args(annotation)):
            if is_declaration(kind):
                declared(kind)
                return kind
    except (NameError, TypeError) as error:
        raise NoPlugin(f"its options cannot be read: {error}") from error
    if parameter.default is not inspect.Parameter.empty:
        return None
    raise NoPlugin(
        f"the parameter options of its factory {name_of(function)} must be annotated with the dataclass or "
        "the pydantic model that declares them"
    )


def resolved(function: Any, annotation: Any) -> Any:
    """An annotation as an object, where the module postpones annotations."""
    if not isinstance(annotation, str):
        return annotation
    while isinstance(function, partial):
        function = function.func
    written = inspect.getattr_static(function, "__init__") if isinstance(function, type) else function
    namespace = getattr(inspect.unwrap(written), "__globals__", {})
    holder = SimpleNamespace(__annotations__={"options": annotation})
    return get_type_hints(holder, namespace, include_extras=True)["options"]


def name_of(function: Any) -> str:
    return getattr(function, "__qualname__", type(function).__qualname__)
