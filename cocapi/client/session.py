"""What a client and all its views share: token, settings, plugins and transport, closed together."""

from __future__ import annotations

import importlib
import os
import sys
import warnings
import weakref
from collections.abc import Awaitable, Callable, Iterable
from contextlib import AsyncExitStack, ExitStack
from dataclasses import fields, replace
from typing import Any, TypeAlias, TypeVar

from cocapi.calls.drivers import AsyncIO, SyncIO, arun, run
from cocapi.calls.effects import Flow
from cocapi.calls.endings import Ending
from cocapi.calls.hooks import notify
from cocapi.calls.keyring import Keyring
from cocapi.calls.messages import Request, Response
from cocapi.calls.pipeline import close_plugins, further_attempt
from cocapi.client.background import Supervisor
from cocapi.client.bearer import Bearer
from cocapi.client.choice import chosen, wrapped
from cocapi.client.opening import Opening
from cocapi.client.origins import Origins
from cocapi.client.store import ClientStore
from cocapi.client.turnstile import CROWD, Turnstiles
from cocapi.client.wire import Wire
from cocapi.clocks import asleep, nap
from cocapi.compat.settings import plugin_behind
from cocapi.config import SETTLED, ApiConfig
from cocapi.errors import ClientClosed, MissingToken
from cocapi.plugins.registry import Plugins
from cocapi.transport import Mode

__all__ = ["Session", "mode_of_tasks"]

T = TypeVar("T")

Sleep: TypeAlias = Callable[[float], None]
AsyncSleep: TypeAlias = Callable[[float], Awaitable[None]]

OF_TRANSPORTS = (
    "transport",
    "enable_keepalive",
    "max_connections",
    "max_keepalive_connections",
    "max_response_bytes",
)
"""Settings that are for transports to know when they are made."""


class Session:
    """Tokens, settings, plugins and transports of one client. Connections open with the first request.

    Attributes:
        keyring: The client's own token, and those that plugins give.
        end: Its end; another one after it was opened again.
        ended: Whether it was closed, and that is done.
        time: How time passes, in synchronous and in asynchronous code; None: as it does.
        origins: Where tokens may go.
        current: The way to the transport in use, for each mode in which the client was used; the first one
            is there from the beginning, so that wrong settings show.
        left: Ways to transports of other addresses that are not closed yet: calls that began before `move`
            are under way on them, or nothing asynchronous has run since.
        turnstiles: Where tasks that call while very many do wait for a turn of their event loop.

    Raises:
        ValueError: For a token that cannot be sent in a header.
        MissingToken: Without one, where no plugin gives any.
        ConfigError: When no plugin offers a transport, or settings for one make no sense.
        MissingExtra: When the transport that is named is not installed.
        PluginError: See `Plugins` and `cocapi.client.choice.chosen`.
    """

    def __init__(self, token: str | None, config: ApiConfig, mode: Mode) -> None:
        self.config = config
        self.keyring: Keyring = Keyring(token)
        self.origins: Origins = Origins()
        self.time: tuple[Sleep, AsyncSleep] | None = None
        self.left: set[Wire] = set()
        self.turnstiles: Turnstiles = Turnstiles()
        self.plugins: Plugins = Plugins(config, self.keyring)
        if token is None and not self.plugins.hooks.cocapi_token:
            raise MissingToken
        self.origins.trust(config.base_url)
        self.current: dict[Mode, Wire]
        self._begin([mode])
        config.tell(weakref.WeakMethod(self.heed))
        SESSIONS.add(self)

    def __repr__(self) -> str:
        return f"<Session of {self.config.base_url}>"

    def __del__(self, _warn: Callable[..., None] = warnings.warn) -> None:
        if not hasattr(self, "opening") or self.closed:
            return
        self.background.stop()
        forgotten = [wire for wire in self.wires if wire.bearer.used]
        if forgotten:
            _warn(f"unclosed client of {self.config.base_url}", ResourceWarning, source=self)
        for wire in forgotten:
            wire.transport.close()

    @property
    def closed(self) -> bool:
        """Whether nothing is sent any more."""
        return self.end.came

    def reopen(self) -> None:
        """Begin anew after it was closed: with the same plugins, whose state stays, and with no connection.

        Raises:
            ClientClosed: It is being closed at this moment.
        """
        if not self.closed:
            return
        if not self.ended:
            raise ClientClosed("this client is being closed at this moment; enter it when that is done")
        self._begin(list(self.current))

    @property
    def wires(self) -> tuple[Wire, ...]:
        """All ways to transports that are not closed; those in use first."""
        return (*self.current.values(), *self.left)

    @property
    def token(self) -> str | None:
        """The client's own token; None: it was made without one."""
        return self.keyring.token(None)

    def run(self, flow: Flow[T]) -> T:
        """Run the flow of a call to its end in this thread.

        Raises:
            ClientClosed: The client was closed, before the call or while it waited.
        """
        wire = self._enter(flow, "sync")
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
            ClientClosed: The client was closed, before the call or while it waited.
            ConfigError: No transport serves this kind of event loop.
        """
        mode = mode_of_tasks()
        self.prepare(mode)
        if len(self.current[mode].calls) >= CROWD:
            await self.turnstiles.go_through()
        wire = self._enter(flow, mode)
        try:
            if self.left:
                await self._aclose_left()
            return await arun(flow, wire.async_io)
        except BaseException as error:
            forget_inside(error)
            raise
        finally:
            wire.leave(flow)

    def prepare(self, mode: Mode) -> None:
        """Choose the transport for a mode, unless that was done.

        Raises:
            ConfigError: No transport serves it.
        """
        if mode not in self.current:
            self.current.setdefault(mode, self._new_wire(mode))

    def use(self, token: str) -> None:
        """Send another token from now on. The one before stays hidden wherever it shows up.

        Raises:
            ValueError: It cannot be sent.
        """
        self.keyring.own = self.keyring.add(token)

    def heed(self, setting: str) -> None:
        """Follow a setting that was changed, from the next call on.

        Args:
            setting: A field of `ApiConfig`.
        """
        if setting in OF_TRANSPORTS:
            self.move(self.config.base_url)
        elif (plugin := plugin_behind(setting)) is not None:
            self.plugins.switch(plugin)

    def adopt(self, config: ApiConfig) -> None:
        """Follow other settings from the next call on.

        Raises:
            ConfigError: One that differs is settled when a client is made.
        """
        changed = {
            field.name: value
            for field in fields(config)
            if field.compare and (value := getattr(config, field.name)) != getattr(self.config, field.name)
        }
        base_url = changed.pop("base_url", None)
        for name in sorted(changed, key=lambda name: name not in SETTLED):  # what is refused, before the rest
            setattr(self.config, name, changed[name])
        if base_url is not None:
            self.move(base_url)

    def leave_tasks(self) -> None:
        """Serve synchronous code from now on.

        Raises:
            TypeError: Tasks have used the client, and it is not closed: its connections are their loop's.
        """
        if not self.closed and any(wire.bearer.awaited for wire in self.wires):
            raise TypeError("this client is in use by asynchronous code: leave async with first")
        self.reopen()
        self.prepare("sync")

    def move(self, base_url: str) -> None:
        """Call another address from now on. A transport may belong to an address, so ask for one anew.

        Calls under way end where they began. The transport left behind is closed when the last of them
        has ended: at once when there is none, or, if asynchronous code used it, before its next call.
        """
        before, base_url = self.config.base_url, replace(self.config, base_url=base_url).base_url
        self.origins.trust(base_url)  # before any call of another thread can be for it
        vars(self.config).update(base_url=base_url)
        try:
            wires = {mode: self._new_wire(mode) for mode in self.current}
        except BaseException:
            vars(self.config).update(base_url=before)
            raise
        left, self.current = self.current, wires
        self.left.update(wire for wire in left.values() if wire.bearer.used or wire.calls)
        self._close_left()

    def keep_time(self, sleep: Sleep, asleep: AsyncSleep) -> None:
        """Let time pass in another way from now on."""
        self.time = sleep, asleep
        for wire in self.current.values():
            wire.sync_io, wire.async_io = self._ios(wire)

    def forked(self) -> None:
        """In the child of a fork: leave the parent its connections, and begin with none."""
        notify(self.plugins.hooks.cocapi_forked)
        self.end.renew()
        self.store.renew()
        self.background.renew()
        self.opening.renew()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)  # the parent closes the sockets let go of here
            inherited = self.wires
            self.left.clear()
            self.current = {mode: self._new_wire(mode) for mode in self.current}
            for wire in inherited:  # a call that forked goes on along its own connections
                wire.bearer.transport = self.current[wire.mode].bearer.transport

    def close(self) -> None:
        """Close plugins and transports from synchronous code. Again: nothing happens."""
        if not self._ends():
            return
        with ExitStack() as stack:
            stack.callback(setattr, self, "ended", True)
            for wire in self.wires:
                stack.callback(wire.transport.close)
            stack.callback(run, self.store.end(), SyncIO(no_io, nap))
            stack.callback(run, close_plugins(self.opening.closing()), SyncIO(no_io, nap))
            self.background.join()

    async def aclose(self) -> None:
        """Close plugins and transports from asynchronous code. Again: nothing happens."""
        if not self._ends():
            return
        async with AsyncExitStack() as stack:
            stack.callback(setattr, self, "ended", True)
            for wire in self.wires:
                stack.push_async_callback(wire.transport.aclose)
            stack.push_async_callback(arun, self.store.end(), AsyncIO(no_io, asleep))
            closing = close_plugins(self.opening.closing())
            stack.push_async_callback(arun, closing, AsyncIO(no_io, asleep))
            await self.background.ajoin()

    def _begin(self, modes: Iterable[Mode]) -> None:
        """What is new each time that the client opens."""
        self.end: Ending = Ending()
        self.ended: bool = False
        self.left.clear()
        self.current = {mode: self._new_wire(mode) for mode in modes}
        self.store: ClientStore = ClientStore(self.config, self.plugins)
        if self.config.store != "memory":
            self.store.choose()  # a store that nobody offers is refused at once
        self.background: Supervisor = Supervisor(self, self.plugins, self.config.close_timeout)
        self.opening: Opening = Opening(self.plugins, self.background, self.end)

    def _ends(self) -> bool:
        """Let nothing begin any more, and the background work end. False: it has been so before."""
        self.background.stop()
        return self.end.come()

    def _enter(self, flow: Flow[Any], mode: Mode) -> Wire:
        """The wire for a call, which now knows of it. The client may move, or be closed, meanwhile."""
        if self.end.came:
            self.end.check()
        while True:
            wire = self.current[mode]
            wire.enter(flow)
            if wire is self.current[mode]:
                return wire
            wire.leave(flow)

    def _close_left(self) -> None:
        """Close the transports that no call needs, as far as synchronous code can."""
        for wire in list(self.left):
            if not wire.calls and (not wire.bearer.awaited or self._shared(wire)):
                if not self._shared(wire):
                    wire.transport.close()
                self.left.discard(wire)

    async def _aclose_left(self) -> None:
        """Close the transports that no call needs."""
        for wire in list(self.left):
            if not wire.calls:
                if not self._shared(wire):
                    await wire.transport.aclose()
                self.left.discard(wire)

    def _shared(self, wire: Wire) -> bool:
        """Whether a plugin offered the very same transport for another address or mode."""
        transport = wire.bearer.transport
        return any(other.bearer.transport is transport for other in self.wires if other is not wire)

    def _new_wire(self, mode: Mode) -> Wire:
        """The way to the transport that the plugins offer now."""
        transport, record = chosen(self.plugins, self.config, mode)
        bearer = Bearer(transport, record, self.config.base_url, self.keyring, self.origins, self.end)
        wire = Wire(wrapped(self.plugins, self.config, mode, bearer, self.keyring), bearer, mode)
        wire.sync_io, wire.async_io = self._ios(wire)
        return wire

    def _ios(self, wire: Wire) -> tuple[SyncIO, AsyncIO]:
        send, asend = wire.transport.send, wire.transport.asend
        limit, plugins = self.config.max_connections, self.plugins  # not self, which nothing here may keep

        def attempt(request: Request) -> Flow[Response]:
            return further_attempt(plugins.hooks, request)

        sleep, asleep = self.time or (self.end.sleep, self.end.asleep)
        return SyncIO(send, sleep, limit, attempt), AsyncIO(asend, asleep, limit, attempt)


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


def no_io(_: object) -> Any:
    """Refuse an effect where there is no call."""
    raise TypeError("nothing is sent when a client is made or closed, and making one does not wait")


def mode_of_tasks() -> Mode:
    """The kind of event loop that is running; asyncio, too, where none is."""
    trio = sys.modules.get("trio")
    return "trio" if trio is not None and trio.lowlevel.in_trio_run() else "asyncio"
