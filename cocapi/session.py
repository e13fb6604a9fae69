"""What a client and all its views share: token, settings, plugins and transport, closed once."""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from cocapi.config import ApiConfig
from cocapi.drivers import AsyncIO, SyncIO, arun, run
from cocapi.errors import CocApiError, ConfigError, PluginError
from cocapi.messages import Request, Response
from cocapi.pipeline import farewell
from cocapi.plugins import Plugins, first
from cocapi.transport import AsyncTransport, SyncTransport, Transport

__all__ = ["Session", "in_event_loop"]


class Session:
    """Token, settings, plugins and transport of one client. Connections open with the first request.

    Raises:
        ValueError: for a token that cannot be sent in a header.
        ConfigError: when no plugin offers a transport.
        PluginError: see `Plugins`.
    """

    def __init__(self, token: str, config: ApiConfig) -> None:
        self.token = sendable(token)
        self.config = config
        self.plugins = Plugins(config)
        self.transport = self._choose_transport()
        self.sync_io = SyncIO(self._send, time.sleep)
        self.async_io = AsyncIO(self._asend, asleep)
        self.used = False
        self.closed = False
        self._left: list[Transport] = []

    def __repr__(self) -> str:
        return f"<Session of {self.config.base_url}>"

    def __del__(self, _warn: Callable[..., None] = warnings.warn) -> None:
        if not getattr(self, "used", False) or self.closed:
            return
        _warn(f"unclosed client of {self.config.base_url}", ResourceWarning, source=self)
        if isinstance(self.transport, SyncTransport):
            self.transport.close()

    def check_open(self) -> None:
        """Raise RuntimeError when the client was closed."""
        if self.closed:
            raise RuntimeError("this client is closed; make another one")

    def check_async(self) -> None:
        """Raise ConfigError when the transport cannot serve asynchronous code."""
        if not isinstance(self.transport, AsyncTransport):
            kind = type(self.transport).__name__
            raise ConfigError(f"{kind} is synchronous only; for async code use transport='httpx'")

    def move(self, base_url: str) -> None:
        """Call another address from now on. A transport may belong to an address, so ask for one anew."""
        self.config.base_url = replace(self.config, base_url=base_url).base_url
        self._left.append(self.transport)
        self.transport = self._choose_transport()

    def close(self) -> None:
        """Close plugins and transports from synchronous code. Again: nothing happens."""
        if self.closed:
            return
        self.closed = True
        run(farewell(self.plugins.hooks), self.sync_io)
        for transport in (self.transport, *self._left):
            if isinstance(transport, SyncTransport):
                transport.close()

    async def aclose(self) -> None:
        """Close plugins and transports from asynchronous code. Again: nothing happens."""
        if self.closed:
            return
        self.closed = True
        await arun(farewell(self.plugins.hooks), self.async_io)
        for transport in (self.transport, *self._left):
            if isinstance(transport, AsyncTransport):
                await transport.aclose()
            if isinstance(transport, SyncTransport):
                transport.close()  # used before the client became asynchronous

    def _choose_transport(self) -> Transport:
        hooks = self.plugins.hooks.cocapi_transport
        transport: Any = run(first(hooks, config=self.config), SyncIO(no_io, no_io))
        if transport is None:
            raise ConfigError(
                f"no plugin offers transport={self.config.transport!r} for {self.config.base_url}; "
                f"asked: {', '.join(hook.record.name for hook in hooks) or 'none, all are off'}"
            )
        if not isinstance(transport, SyncTransport | AsyncTransport):
            raise ConfigError(f"{type(transport).__name__} is no transport: it has no send or asend")
        return transport

    def _send(self, request: Request) -> Response:
        self.used = True
        try:
            response = self.transport.send(self._authorized(request))  # type: ignore[union-attr]  # a synchronous client has a SyncTransport, else this is told below
        except CocApiError:
            raise
        except Exception as error:
            raise self._blame(error) from error
        return self._redacted(response)

    async def _asend(self, request: Request) -> Response:
        self.used = True
        try:
            response = await self.transport.asend(self._authorized(request))  # type: ignore[union-attr]  # as above
        except CocApiError:
            raise
        except Exception as error:
            raise self._blame(error) from error
        return self._redacted(response)

    def _authorized(self, request: Request) -> Request:
        """`request` with the token, unless a plugin brought its own. The only place that adds it."""
        if any(name.lower() == "authorization" for name in request.headers):
            return request
        return request.with_headers(Authorization=f"Bearer {self.token}")

    def _redacted(self, response: Response) -> Response:
        """An error response without the token: proxies are known to echo what they refuse."""
        token = self.token.encode()
        if response.status_code < 400 or token not in response.content:
            return response
        return replace(response, content=response.content.replace(token, b"***"))

    def _blame(self, error: Exception) -> PluginError:
        kind = type(self.transport).__name__
        said = f"{type(error).__name__}: {error}".replace(self.token, "***")
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
