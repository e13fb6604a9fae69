"""What plugins offer beside their hooks: ``api.NAME``, under the name of the plugin (`cocapi_namespace`) or
as a method of the client (`cocapi_composites`)."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from inspect import isgeneratorfunction
from types import FunctionType, GeneratorType
from typing import TYPE_CHECKING, Any, TypeAlias

from cocapi.calls.hooks import Implementation
from cocapi.client.composites import Composite
from cocapi.errors import PluginError
from cocapi.plugins import PluginWarning
from cocapi.text import cited, nearest

if TYPE_CHECKING:
    from cocapi.client.base import Client

__all__ = ["check_names", "namespace"]

Added: TypeAlias = "Composite[..., Any] | Callable[..., Any]"


def namespace(client: Client, name: str) -> Any:
    """What the plugin `name` offers to `client`, or the composite of that name which a plugin adds.

    Raises:
        AttributeError: There is no such plugin, it is off, or it offers nothing; and no such composite.
        PluginError: Its hook raised.
    """
    plugins = client.plugins
    for hook in plugins.hooks.cocapi_namespace:
        if hook.record.name == name:
            offered = hook(client)
            if isinstance(offered, GeneratorType):
                raise hook.blame("it answered with a flow; what it offers is needed at once")
            if offered is not None:
                return offered
    for hook in plugins.hooks.cocapi_composites:
        added = composites(hook)
        if name in added:
            bound: Any = added[name]
            return bound.__get__(client)
    raise AttributeError(absence(client, name), name=name, obj=client)


def composites(hook: Implementation) -> Mapping[str, Added]:
    """The composites, and plain methods, that a plugin adds.

    Raises:
        PluginError: Its hook raised, or answered with something else.
    """
    added = hook()
    if added is None:
        return {}
    if not isinstance(added, Mapping) or not all(map(is_method, added.values())):
        raise hook.blame(f"it answered with {cited(added)}, not with composites by name")
    return added


def is_method(added: object) -> bool:
    """Whether it can be a method of a client: a flow that nobody made a composite of cannot."""
    return isinstance(added, Composite) or (
        isinstance(added, FunctionType) and not isgeneratorfunction(added)
    )


def check_names(client: Client) -> None:
    """Warn of plugins whose methods nobody would reach, for the client has something else by that name.

    The composites of the plugins that come with cocapi, which are loaded when somebody reads one, are not
    looked at.

    Raises:
        PluginError: In place of the warning, where plugins are strict.
    """
    ours = [base for base in type(client).__mro__ if base.__module__.startswith("cocapi.")]
    hooks = client.plugins.hooks
    messages = [
        f"{hook.record} offers methods as api.{name}, which is the client's own; "
        f"they are at api.plugins[{name!r}], or the plugin needs another name"
        for hook in hooks.cocapi_namespace
        if any((name := hook.record.name) in vars(base) for base in ours)
    ]
    messages += [
        f"{hook.record} adds the composite {name!r}, which is the client's own; it needs another name"
        for hook in hooks.cocapi_composites
        if hook.record.distribution != "cocapi"
        for name in composites(hook)
        if any(name in vars(base) for base in ours)
    ]
    for message in messages:
        if client.config.strict_plugins:
            raise PluginError(message)
        warnings.warn(message, PluginWarning, stacklevel=4)  # _set_up, __init__, the caller


def absence(client: Client, name: str) -> str:
    """Why a client has no attribute `name`, in one sentence."""
    plugins = client.plugins
    sentence = f"{type(client).__name__!r} object has no attribute {name!r}"
    if name in plugins:
        return f"{sentence}: plugin {name!r} offers no methods"
    if any(record.name == name for record in plugins.records):
        return f"{sentence}: {plugins.absence(name)}"
    from cocapi.client.elsewhere import method_called

    offered = [hook.record.name for hook in plugins.hooks.cocapi_namespace]
    added = [each for hook in plugins.hooks.cocapi_composites for each in composites(hook)]
    own = [each for each in dir(type(client)) if not each.startswith("_")]
    near = method_called(name) or nearest(name, [*own, *offered, *added])
    return f"{sentence}; did you mean {near!r}?" if near else sentence
