"""The hooks that an object implements, checked: what would pass in silence is refused."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from functools import cached_property
from types import FunctionType
from typing import Any
from weakref import WeakKeyDictionary

from cocapi.calls.hooks import HOOKS, OBSERVERS
from cocapi.plugins.records import NoPlugin
from cocapi.text import cited, nearest

__all__ = ["WrongHook", "hooks_of", "names_of"]


class WrongHook(ValueError):
    """A method that is meant as a hook and cannot be one."""


def hooks_of(plugin: object) -> tuple[str, ...]:
    """The names of the hooks that a plugin implements, in the order in which a call meets them.

    Raises:
        NoPlugin: It implements none.
        WrongHook: A hook is misspelt, unmarked, a property, a coroutine function or a wrapper; or the mark is
            on what is none.
    """
    if isinstance(plugin, type):
        raise NoPlugin(f"it is the class {plugin.__qualname__}, and a factory returns an object of one")
    hooks = []
    for name, function in methods_of(plugin):
        if isinstance(getattr(type(plugin), name, None), property | cached_property):
            raise WrongHook(f"{name} is a property; a hook is a method")
        marks = getattr(function, "cocapi_impl", None)
        hook = (marks or {}).get("specname") or name
        check(name, hook, function, marks)
        hooks.append(hook)
    if not hooks:
        raise NoPlugin(
            f"it is {cited(plugin)}, which has no hook: a plugin is an object with methods that are named as "
            "hooks and marked @hookimpl"
        )
    return tuple(sorted(hooks, key=HOOKS.index))


def methods_of(plugin: object) -> Iterator[tuple[str, Any]]:
    """The methods that are meant as hooks."""
    for name in sorted(names_of(plugin)):
        function = getattr(plugin, name, None)
        if callable(function):
            yield name, function


def names_of(plugin: object) -> frozenset[str]:
    """The names of what is meant as a hook, by these names or by marks in its class."""
    named = (name for name in dir(plugin) if name.startswith("cocapi_"))
    return frozenset(named).union(*map(marked_in, type(plugin).__mro__))


MARKED: WeakKeyDictionary[type, frozenset[str]] = WeakKeyDictionary()
"""By class, what was found marked in it: each client has an object of the same few classes."""


def marked_in(kind: type) -> frozenset[str]:
    """The names of what is marked in the body of a class; looked for once."""
    if kind not in MARKED:
        MARKED[kind] = frozenset(
            name
            for name, value in vars(kind).items()
            if isinstance(value, FunctionType | staticmethod | classmethod) and "cocapi_impl" in vars(value)
        )
    return MARKED[kind]


def check(name: str, hook: str, function: Any, marks: dict[str, Any] | None) -> None:
    """Refuse a method that cannot be the implementation of `hook`."""
    if marks is None:
        raise WrongHook(f"{name} lacks the mark @hookimpl")
    if hook not in HOOKS:
        near = nearest(hook, HOOKS) or nearest(f"cocapi_{hook}", HOOKS, 0.8)
        hint = f"; did you mean {near}?" if near else ""
        if hook.startswith("cocapi_"):
            raise WrongHook(f"there is no hook {hook}{hint}")
        raise WrongHook(f"{name} is marked @hookimpl, and no hook is named so{hint}")
    if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
        raise WrongHook(f"{name} is asynchronous; a hook answers with a value or a flow")
    if hook in OBSERVERS and inspect.isgeneratorfunction(function):
        raise WrongHook(f"{name} observes; a flow would never be run")
    if marks.get("wrapper") or marks.get("hookwrapper"):
        raise WrongHook(f"{name} is a wrapper; a hook answers with a flow instead")
