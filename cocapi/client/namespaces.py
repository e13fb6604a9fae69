"""What plugins offer beside their hooks: ``api.NAME`` (`cocapi.calls.hookspecs.cocapi_namespace`)."""

from __future__ import annotations

from types import GeneratorType
from typing import TYPE_CHECKING, Any

from cocapi.plugins.registry import Plugins
from cocapi.text import did_you_mean

if TYPE_CHECKING:
    from cocapi.client.clients import Client

__all__ = ["namespace"]


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


def absence(kind: str, name: str, plugins: Plugins) -> str:
    """Why a client of the class `kind` has no attribute `name`, in one sentence."""
    sentence = f"{kind!r} object has no attribute {name!r}"
    if name in plugins:
        return f"{sentence}: plugin {name!r} offers no methods"
    if any(record.name == name for record in plugins.records):
        return f"{sentence}: {plugins.absence(name)}"
    return sentence + did_you_mean(name, [hook.record.name for hook in plugins.hooks.cocapi_namespace])
