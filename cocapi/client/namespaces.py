"""What plugins offer beside their hooks: ``api.NAME`` (`cocapi.calls.hookspecs.cocapi_namespace`)."""

from __future__ import annotations

import warnings
from types import GeneratorType
from typing import TYPE_CHECKING, Any

from cocapi.errors import PluginError
from cocapi.plugins import Plugins, PluginWarning
from cocapi.text import did_you_mean

if TYPE_CHECKING:
    from cocapi.client.base import Client

__all__ = ["check_names", "namespace"]


def namespace(client: Client, name: str) -> Any:
    """What the plugin `name` offers to `client`.

    Raises:
        AttributeError: There is no such plugin, it is off, or it offers nothing.
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
    raise AttributeError(absence(type(client).__name__, name, plugins), name=name, obj=client)


def check_names(client: Client) -> None:
    """Warn of plugins whose methods nobody would reach, for the client has something else by that name.

    Raises:
        PluginError: In place of the warning, where plugins are strict.
    """
    ours = [base for base in type(client).__mro__ if base.__module__.startswith("cocapi.")]
    for hook in client.plugins.hooks.cocapi_namespace:
        name = hook.record.name
        if any(name in vars(base) for base in ours):
            message = (
                f"{hook.record} offers methods as api.{name}, which is the client's own; "
                f"they are at api.plugins[{name!r}], or the plugin needs another name"
            )
            if client.config.strict_plugins:
                raise PluginError(message)
            warnings.warn(message, PluginWarning, stacklevel=4)  # _set_up, __init__, the caller


def absence(kind: str, name: str, plugins: Plugins) -> str:
    """Why a client of the class `kind` has no attribute `name`, in one sentence."""
    sentence = f"{kind!r} object has no attribute {name!r}"
    if name in plugins:
        return f"{sentence}: plugin {name!r} offers no methods"
    if any(record.name == name for record in plugins.records):
        return f"{sentence}: {plugins.absence(name)}"
    return sentence + did_you_mean(name, [hook.record.name for hook in plugins.hooks.cocapi_namespace])
