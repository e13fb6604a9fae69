"""What a client and all its views share: token, settings, plugins and transport, closed once."""

from __future__ import annotations

import os
import sys
import time
import warnings
import weakref
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from cocapi.config import ApiConfig
from cocapi.drivers import AsyncIO, SyncIO, arun, run
from cocapi.errors import CocApiError, ConfigError, MissingExtra, PluginError
from cocapi.interrupts import reraise
from cocapi.messages import Request, Response
from cocapi.pipeline import farewell
from cocapi.plugins import Plugins, first, tell, unregistered
from cocapi.transport import AsyncTransport, SyncTransport, Transport

__all__ = ["Session", "in_event_loop"]

SHORTEST = 8
"""Characters. What is shorter is no token of Supercell's, and may be part of any word."""


class Session:
    """Token, settings, plugins and transport of one client. Connections open with the first request.

    wires:
        The ways to the transports used so far; the last is the one in use.

    Raises:
        ValueError: for a token that cannot be sent in a header.
        ConfigError: when no plugin offers a transport, or settings for one make no sense.
        MissingExtra: when the transport that is named is not installed.
        PluginError: see `Plugins`.
    """

    def __init__(self, token: str, config: ApiConfig) -> None:
        self.config = config
        self.closed: bool = False
        self.wires: list[Wire] = []
        self.plugins: Plugins = Plugins(config)
        self._lay_wire(sendable(token))
        SESSIONS.add(self)

    def __repr__(self) -> str:
        return f"<Session of {self.config.base_url}>"

    def __del__(self, _warn: Callable[..., None] = warnings.warn) -> None:
        forgotten = [wire for wire in getattr(self, "wires", ()) if wire.used and not self.closed]
        if forgotten:
            _warn(f"unclosed client of {self.config.base_url}", ResourceWarning, source=self)
        for wire in forgotten:
            wire.close()

    @property
    def token(self) -> str:
        """The token that is sent."""
        return self.wires[-1].token

    def check_open(self) -> None:
        """Raise RuntimeError when the client was closed."""
        if self.closed:
            raise RuntimeError("this client is closed; make another one")

    def check_async(self) -> None:
        """Raise ConfigError when the transport cannot serve asynchronous code."""
        if not hasattr(self.wires[-1].transport, "asend"):
            kind = type(self.wires[-1].transport).__name__
            raise ConfigError(f"{kind} is synchronous only; for async code use transport='httpx'")

    def move(self, base_url: str) -> None:
        """Call another address from now on. A transport may belong to an address, so ask for one anew."""
        self.config.base_url = replace(self.config, base_url=base_url).base_url
        self._lay_wire(self.token)

    def forked(self) -> None:
        """In the child of a fork: leave the parent its connections, and begin with none."""
        tell(self.plugins.hooks.cocapi_forked)
        token = self.token
        self.wires.clear()
        self._lay_wire(token)

    def close(self) -> None:
        """Close plugins and transports from synchronous code. Again: nothing happens."""
        if self.closed:
            return
        self.closed = True
        run(farewell(self.plugins.hooks), self.sync_io)
        for wire in self.wires:
            wire.close()

    async def aclose(self) -> None:
        """Close plugins and transports from asynchronous code. Again: nothing happens."""
        if self.closed:
            return
        self.closed = True
        await arun(farewell(self.plugins.hooks), self.async_io)
        for wire in self.wires:
            await wire.aclose()

    def _lay_wire(self, token: str) -> None:
        """Send through the transport that the plugins offer now."""
        wire = Wire(self._choose_transport(), token)
        self.wires.append(wire)
        self.sync_io: SyncIO = SyncIO(wire.send, time.sleep)
        self.async_io: AsyncIO = AsyncIO(wire.asend, asleep)

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


SESSIONS: weakref.WeakSet[Session] = weakref.WeakSet()


def renew_sessions() -> None:
    """After a fork, in the child."""
    for session in list(SESSIONS):
        session.forked()


if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(after_in_child=renew_sessions)


class Wire:
    """The way to the transport: the only place that adds the token, and takes it out of what comes back.

    used:
        Whether anything was sent, so that there may be a connection to close.
    """

    def __init__(self, transport: Transport, token: str) -> None:
        self.transport: Any = transport
        self.token = token
        self.authorization: str = f"Bearer {token}"
        self.used: bool = False

    def send(self, request: Request) -> Response:
        """Send from synchronous code. See `SyncTransport.send`."""
        self.used = True
        try:
            return self._redacted(self.transport.send(self._authorized(request)))
        except CocApiError:
            raise
        except Exception as error:
            reraise(error)
            raise self._blame(error) from error

    async def asend(self, request: Request) -> Response:
        """Send from asynchronous code. See `AsyncTransport.asend`."""
        self.used = True
        try:
            return self._redacted(await self.transport.asend(self._authorized(request)))
        except CocApiError:
            raise
        except Exception as error:
            reraise(error)
            raise self._blame(error) from error

    def close(self) -> None:
        """Close the transport from synchronous code."""
        if isinstance(self.transport, SyncTransport):
            self.transport.close()

    async def aclose(self) -> None:
        """Close the transport from asynchronous code."""
        if isinstance(self.transport, AsyncTransport):
            await self.transport.aclose()
        self.close()  # it may have been used before the client became asynchronous

    def _authorized(self, request: Request) -> Request:
        """`request` with the token, unless a plugin brought its own."""
        for name in request.headers:
            if name.lower() == "authorization":
                return request
        return request.with_headers(Authorization=self.authorization)

    def _redacted(self, response: Response) -> Response:
        """An error response without the token: proxies are known to echo what they refuse."""
        if response.status_code < 400:
            return response
        token = self.token.encode()
        if len(token) < SHORTEST or token not in response.content:
            return response
        return replace(response, content=response.content.replace(token, b"***"))

    def _blame(self, error: Exception) -> PluginError:
        kind = type(self.transport).__name__
        said = f"{type(error).__name__}: {error}"
        if len(self.token) >= SHORTEST:
            said = said.replace(self.token, "***")
        return PluginError(f"the transport {kind} failed: {said}")


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
    """Refuse an effect where only a value will do."""
    raise TypeError("cocapi_transport answers with a value, not with a flow")


async def asleep(seconds: float) -> None:
    """Let `seconds` pass on whichever event loop is running."""
    import anyio  # only asynchronous code that waits pays for it

    await anyio.sleep(seconds)


def in_event_loop() -> bool:
    """Whether this thread is running an event loop, of asyncio or of trio."""
    asyncio, trio = sys.modules.get("asyncio"), sys.modules.get("trio")
    return bool(
        (asyncio is not None and asyncio._get_running_loop() is not None)
        or (trio is not None and trio.lowlevel.in_trio_run())
    )
