"""Choosing the transport of a client, and letting plugins wrap it."""

from __future__ import annotations

import inspect
from types import GeneratorType
from typing import Any

from cocapi.calls.hooks import Implementation
from cocapi.calls.keyring import Keyring
from cocapi.client.bearer import Bearer, Wrapped
from cocapi.config import ApiConfig
from cocapi.errors import ConfigError, MissingExtra, PluginError
from cocapi.plugins import PluginRecord, Plugins
from cocapi.plugins.discovery import unregistered
from cocapi.text import nearest
from cocapi.transport import Mode, Transport

__all__ = ["chosen", "wrapped"]

METHODS: dict[Mode, tuple[str, str]] = {
    "sync": ("send", "close"),
    "asyncio": ("asend", "aclose"),
    "trio": ("asend", "aclose"),
}
"""What a transport must have to serve a mode."""


def chosen(plugins: Plugins, config: ApiConfig, mode: Mode) -> tuple[Transport, PluginRecord]:
    """The first transport that a plugin offers for a mode, and which plugin that is.

    Raises:
        ConfigError: No plugin offers one, it does not serve the mode, or settings for it make no sense.
        MissingExtra: What it needs is not installed.
        PluginError: A plugin raised, or what it offers is no transport.
    """
    hooks = plugins.hooks.cocapi_transport
    for hook in hooks:
        transport = offered(hook, config, mode)
        if transport is not None:
            check(hook, transport, mode)
            return transport, hook.record
    asked = [hook.record.name for hook in hooks]
    why = f"asked: {', '.join(asked)}" if asked else unregistered() or "asked: none, all are off"
    near = nearest(config.transport or "", asked)
    if near and near != config.transport:
        why += f"; did you mean {near!r}?"
    raise ConfigError(
        f"no plugin offers transport={config.transport!r} for {config.base_url} in mode {mode!r}; {why}"
    )


def wrapped(
    plugins: Plugins, config: ApiConfig, mode: Mode, bearer: Bearer, keyring: Keyring
) -> Bearer | Wrapped:
    """What plugins put around a transport; the one that is asked first is nearest to the network. Raises as
    `chosen` does."""
    transport: Bearer | Wrapped = bearer
    for hook in plugins.hooks.cocapi_wrap_transport:
        outer = offered(hook, config, mode, transport)
        if outer is not None and outer is not transport:
            check(hook, outer, mode)
            transport = Wrapped(outer, hook.record, keyring, transport)
    return transport


def offered(hook: Implementation, *arguments: Any) -> Any:
    """What a plugin answers, at once."""
    try:
        answer = hook(*arguments)
    except PluginError as error:
        if isinstance(error.__cause__, ConfigError | MissingExtra):
            raise error.__cause__ from None  # the settings are to blame, not the plugin
        raise
    if isinstance(answer, GeneratorType):
        answer.close()
        raise hook.blame("it answered a flow, where there is no call that could run it")
    return answer


def check(hook: Implementation, transport: object, mode: Mode) -> None:
    """Refuse what cannot serve a mode.

    Raises:
        ConfigError: It is a transport of the other mode.
        PluginError: It is none.
    """
    kind = type(transport).__name__
    if missing := absent(transport, mode):
        other: Mode = "asyncio" if mode == "sync" else "sync"
        if METHODS[mode][0] in missing and not absent(transport, other):
            only, code = ("asynchronous", "synchronous") if mode == "sync" else ("synchronous", "async")
            raise ConfigError(f"{kind} is {only} only; for {code} code use transport='httpx'")
        lacks = " and no ".join(f"{name}()" for name in missing)
        raise hook.blame(f"{kind} is no transport for mode {mode!r}: it has no {lacks}")
    if mode == "sync" and inspect.iscoroutinefunction(getattr(transport, "send", None)):
        raise hook.blame(f"{kind}.send is asynchronous; a transport awaits in asend")


def absent(transport: object, mode: Mode) -> list[str]:
    """The methods of a mode that `transport` has not."""
    return [name for name in METHODS[mode] if not callable(getattr(transport, name, None))]
