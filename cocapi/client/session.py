"""What a client and all its views share: token, settings, plugins and transport, closed once."""

from __future__ import annotations

import importlib
import os
import sys
import warnings
import weakref
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, ExitStack
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

from cocapi.calls.drivers import AsyncIO, SyncIO, arun, run
from cocapi.calls.effects import Flow
from cocapi.calls.endings import Ending
from cocapi.calls.hooks import first, notify
from cocapi.calls.pipeline import close_plugins, further_attempt
from cocapi.client.secret import Secret
from cocapi.client.store import ClientStore
from cocapi.client.turnstile import CROWD, Turnstiles
from cocapi.client.wire import Wire
from cocapi.clocks import asleep, nap
from cocapi.config import ApiConfig
from cocapi.errors import ConfigError, MissingExtra, PluginError
from cocapi.plugins.discovery import unregistered
from cocapi.plugins.registry import Plugins
from cocapi.transport import AsyncTransport, SyncTransport, Transport

__all__ = ["Session", "in_event_loop"]

T = TypeVar("T")


class Session:
    """Token, settings, plugins and transport of one client. Connections open with the first request.

    wire:
        The way to the transport in use.
    left:
        Ways to transports of other addresses that are not closed yet: calls that began before `move` are
        under way on them, or nothing asynchronous has run since.
    turnstiles:
        Where tasks that call while very many do wait for a turn of their event loop.

    Raises:
        ValueError: for a token that cannot be sent in a header.
        ConfigError: when no plugin offers a transport, or settings for one make no sense.
        MissingExtra: when the transport that is named is not installed.
        PluginError: see `Plugins`.
    """

    def __init__(self, token: str, config: ApiConfig) -> None:
        self.config = config
        self.secret: Secret = Secret(sendable(token))
        self.end: Ending = Ending()
        self.sleep: Callable[[float], None] = self.end.sleep
        self.asleep: Callable[[float], Awaitable[None]] = self.end.asleep
        self.left: set[Wire] = set()
        self.turnstiles: Turnstiles = Turnstiles()
        self.plugins: Plugins = Plugins(config)
        self.store: ClientStore = ClientStore(config, self.plugins)
        self.wire: Wire = self._new_wire()
        if config.store != "memory":
            self.store.choose()  # a store that nobody offers is refused at once
        SESSIONS.add(self)

    def __repr__(self) -> str:
        return f"<Session of {self.config.base_url}>"

    def __del__(self, _warn: Callable[..., None] = warnings.warn) -> None:
        if not hasattr(self, "wire") or self.closed:
            return
        forgotten = [wire for wire in self.wires if wire.used]
        if forgotten:
            _warn(f"unclosed client of {self.config.base_url}", ResourceWarning, source=self)
        for wire in forgotten:
            wire.close()

    @property
    def closed(self) -> bool:
        """Whether nothing is sent any more."""
        return self.end.came

    @property
    def wires(self) -> tuple[Wire, ...]:
        """All ways to transports that are not closed; the one in use first."""
        return (self.wire, *self.left)

    @property
    def token(self) -> str:
        """The token that is sent."""
        return self.secret.text

    def run(self, flow: Flow[T]) -> T:
        """Run the flow of a call to its end in this thread.

        Raises:
            ClientClosed: the client was closed, before the call or while it waited.
        """
        wire = self._enter(flow)
        try:
            return run(flow, wire.sync_io)
        except BaseException:
            importlib.invalidate_caches()  # an interrupt may have hit an import while it listed a folder
            raise
        finally:
            wire.leave(flow)
            if self.left:
                self._close_left()

    async def arun(self, flow: Flow[T]) -> T:
        """Run the flow of a call to its end in this task.

        Raises:
            ClientClosed: the client was closed, before the call or while it waited.
            ConfigError: the transport cannot serve asynchronous code.
        """
        self.check_async()
        if len(self.wire.calls) >= CROWD:
            await self.turnstiles.go_through()
        wire = self._enter(flow)
        try:
            if self.left:
                await self._aclose_left()
            return await arun(flow, wire.async_io)
        except BaseException as error:
            forget_inside(error)
            raise
        finally:
            wire.leave(flow)

    def check_async(self) -> None:
        """Raise ConfigError when the transport cannot serve asynchronous code."""
        if not hasattr(self.wire.transport, "asend"):
            kind = type(self.wire.transport).__name__
            raise ConfigError(f"{kind} is synchronous only; for async code use transport='httpx'")

    def move(self, base_url: str) -> None:
        """Call another address from now on. A transport may belong to an address, so ask for one anew.

        Calls under way end where they began. The transport left behind is closed when the last of them
        has ended: at once when there is none, or, if asynchronous code used it, before its next call.
        """
        self.config.base_url = replace(self.config, base_url=base_url).base_url
        left, self.wire = self.wire, self._new_wire()
        if left.used or left.calls:
            self.left.add(left)
            self._close_left()

    def keep_time(self, sleep: Callable[[float], None], asleep: Callable[[float], Awaitable[None]]) -> None:
        """Let time pass in another way from now on."""
        self.sleep, self.asleep = sleep, asleep
        self.wire.sync_io, self.wire.async_io = self._ios(self.wire)

    def forked(self) -> None:
        """In the child of a fork: leave the parent its connections, and begin with none."""
        notify(self.plugins.hooks.cocapi_forked)
        self.end.renew()
        self.store.renew()
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore", ResourceWarning
            )  # of sockets let go of here: the parent closes them
            inherited = self.wires
            self.left.clear()
            self.wire = self._new_wire()
            for wire in inherited:  # a call that forked goes on along its own connections
                wire.transport = self.wire.transport

    def close(self) -> None:
        """Close plugins and transports from synchronous code. Again: nothing happens."""
        if not self.end.come():
            return
        with ExitStack() as stack:
            for wire in self.wires:
                stack.callback(wire.close)
            stack.callback(run, self.store.end(), SyncIO(no_io, nap))
            run(close_plugins(self.plugins.hooks), SyncIO(no_io, nap))

    async def aclose(self) -> None:
        """Close plugins and transports from asynchronous code. Again: nothing happens."""
        if not self.end.come():
            return
        async with AsyncExitStack() as stack:
            for wire in self.wires:
                stack.push_async_callback(wire.aclose)
            stack.push_async_callback(arun, self.store.end(), AsyncIO(no_io, asleep))
            await arun(close_plugins(self.plugins.hooks), AsyncIO(no_io, asleep))

    def _enter(self, flow: Flow[Any]) -> Wire:
        """The wire for a call, which now knows of it. The client may move, or be closed, meanwhile."""
        self.end.check()
        while True:
            wire = self.wire
            wire.enter(flow)
            if wire is self.wire:
                return wire
            wire.leave(flow)

    def _close_left(self) -> None:
        """Close the transports that no call needs, as far as synchronous code can."""
        for wire in list(self.left):
            if not wire.calls and (not wire.awaited or self._shared(wire)):
                if not self._shared(wire):
                    wire.close()
                self.left.discard(wire)

    async def _aclose_left(self) -> None:
        """Close the transports that no call needs."""
        for wire in list(self.left):
            if not wire.calls:
                if not self._shared(wire):
                    await wire.aclose()
                self.left.discard(wire)

    def _shared(self, wire: Wire) -> bool:
        """Whether a plugin offered the very same transport for another address."""
        return any(wire.transport is other.transport for other in self.wires if other is not wire)

    def _new_wire(self) -> Wire:
        """The way to the transport that the plugins offer now."""
        wire = Wire(self._choose_transport(), self.secret, self.end)
        wire.sync_io, wire.async_io = self._ios(wire)
        return wire

    def _ios(self, wire: Wire) -> tuple[SyncIO, AsyncIO]:
        limit, attempt = self.config.max_connections, partial(further_attempt, self.plugins.hooks)
        return (
            SyncIO(wire.send, self.sleep, limit, attempt),
            AsyncIO(wire.asend, self.asleep, limit, attempt),
        )

    def _choose_transport(self) -> Transport:
        hooks = self.plugins.hooks.cocapi_transport
        try:
            transport: Any = run(first(hooks, self.config), SyncIO(no_io, no_io))
        except PluginError as error:
            if isinstance(error.__cause__, ConfigError | MissingExtra):
                raise error.__cause__ from None  # the settings are to blame, not the plugin
            raise
        if transport is None:
            asked = ", ".join(hook.record.name for hook in hooks)
            why = f"asked: {asked}" if asked else unregistered() or "asked: none, all are off"
            raise ConfigError(
                f"no plugin offers transport={self.config.transport!r} for {self.config.base_url}; {why}"
            )
        if not isinstance(transport, SyncTransport | AsyncTransport):
            raise ConfigError(f"{type(transport).__name__} is no transport: it has no send or asend")
        return transport


def forget_inside(error: BaseException) -> None:
    """Let a cancellation show where the caller's task stood, not where within the client.

    A task of asyncio keeps its cancellation, which keeps every frame that it shows: where a hundred thousand
    are cancelled at once, that is more than all that they had to wait.
    """
    asyncio = sys.modules.get("asyncio")
    if asyncio is not None and isinstance(error, asyncio.CancelledError):
        error.__traceback__ = None


SESSIONS: weakref.WeakSet[Session] = weakref.WeakSet()


def renew_sessions() -> None:
    """After a fork, in the child."""
    for session in list(SESSIONS):
        session.forked()


if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(after_in_child=renew_sessions)


def sendable(token: str) -> str:
    """The token without white space around it.

    Raises:
        ValueError: when it is empty or has characters that no header may hold (RFC 9110 section 5.5).
    """
    if not isinstance(token, str) or not token.strip():
        raise ValueError("the token is empty: get one at https://developer.clashofclans.com")
    token = token.strip()
    if not token.isascii() or not token.isprintable() or " " in token:
        raise ValueError("the token has characters that cannot be sent; copy it again")
    return token


def no_io(_: object) -> Any:
    """Refuse an effect where there is no call."""
    raise TypeError("nothing is sent when a client is made or closed, and making one does not wait")


def in_event_loop() -> bool:
    """Whether this thread is running an event loop, of asyncio or of trio."""
    asyncio, trio = sys.modules.get("asyncio"), sys.modules.get("trio")
    return bool(
        (asyncio is not None and asyncio._get_running_loop() is not None)
        or (trio is not None and trio.lowlevel.in_trio_run())
    )
