"""The way to the transport: the only place that adds the token, and takes it out of what comes back."""

from __future__ import annotations

import sys
import traceback
import weakref
from inspect import CO_COROUTINE, CO_GENERATOR
from types import FrameType
from typing import Any

from cocapi.calls import effects
from cocapi.calls.drivers import AsyncIO, SyncIO
from cocapi.calls.effects import Flow
from cocapi.calls.endings import Ending
from cocapi.calls.messages import Request, Response
from cocapi.client.secret import Secret
from cocapi.errors import ClientClosed, CocApiError, PluginError
from cocapi.interrupts import chain, reraise
from cocapi.transport import AsyncTransport, SyncTransport, Transport, words

__all__ = ["Wire"]


class Wire:
    """The way to the transport: the only place that adds the token, and takes it out of what comes back.

    calls:
        The flows of the calls that are under way on it, weakly: one that an interrupt ended is under way
        no more, wherever it hit.
    used:
        Whether anything was sent, so that there may be a connection to close.
    awaited:
        Whether asynchronous code sent anything, so that closing has to be awaited.
    end:
        Once it has come, nothing is sent.
    """

    sync_io: SyncIO
    async_io: AsyncIO

    def __init__(self, transport: Transport, secret: Secret, end: Ending) -> None:
        self.transport: Any = transport
        self.secret = secret
        self.calls: set[weakref.ref[Flow[Any]]] = set()
        self.used: bool = False
        self.awaited: bool = False
        self.end = end

    def send(self, request: Request) -> Response:
        """Send from synchronous code. See `SyncTransport.send`."""
        self.end.check()
        self.used = True
        handled = sys.exception()
        try:
            return self.secret.out_of(self.transport.send(self._authorized(request)))
        except Exception as error:
            reraise(error)
            failure = self._told(error, handled)
        raise failure  # here, so that what shows the token is not its context

    async def asend(self, request: Request) -> Response:
        """Send from asynchronous code. See `AsyncTransport.asend`."""
        self.end.check()
        self.used = self.awaited = True
        handled = sys.exception()
        try:
            return self.secret.out_of(await self.transport.asend(self._authorized(request)))
        except Exception as error:
            reraise(error)
            failure = self._told(error, handled)
        raise failure

    def enter(self, flow: Flow[Any]) -> None:
        """Note that a call is under way."""
        self.calls.add(weakref.ref(flow, self.calls.discard))  # in C: no exception can come between

    def leave(self, flow: Flow[Any]) -> None:
        """Note that a call has ended."""
        self.calls.discard(weakref.ref(flow))

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
        return request.with_headers(Authorization=f"Bearer {self.secret.text}")

    def _told(self, error: Exception, handled: BaseException | None) -> Exception:
        """What a call raises for an `error` of the transport: no word of it, no cause and no frame of its
        traceback shows the token.

        handled:
            What the caller was handling already: none of ours.
        """
        forget_locals(error, handled)
        if isinstance(error, ClientClosed):
            return error
        if isinstance(error, CocApiError):
            return self.secret.out_of_error(error)
        kind = type(self.transport).__name__
        said = self.secret.hide(f"{type(error).__name__}: {words(error)}")
        failure = PluginError(f"the transport {kind} failed: {said}")
        failure.__cause__ = None if self.secret.is_in(error) else error
        return failure


def forget_locals(error: BaseException, handled: BaseException | None) -> None:
    """Clear the variables of the functions that `error` came through: the header fields are among them, and
    tools that report errors print them. Not those of what was `handled` before."""
    others = set() if handled is None else {id(link) for link in chain(handled)}
    for link in chain(error):
        if id(link) not in others:
            clear([frame for frame, _ in traceback.walk_tb(link.__traceback__)])


def clear(frames: list[FrameType]) -> None:
    """Clear the variables of `frames`.

    An exception that is raised again still shows the flows it went through before. They may be suspended,
    and a generator whose frame is cleared is closed.
    """
    again = any(frame.f_globals.get("__name__") == effects.__name__ for frame in frames)
    for frame in frames:
        if again and frame.f_code.co_flags & (CO_GENERATOR | CO_COROUTINE):
            continue
        try:
            frame.clear()
        except RuntimeError as running:  # as ours is
            reraise(running)
