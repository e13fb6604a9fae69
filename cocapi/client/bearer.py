"""The last step to the network: the only place that adds the token, and takes it out of what comes back.

A plugin's wrappers stand in front of it (`cocapi_wrap_transport`), so they see no token either.
"""

from __future__ import annotations

import json
import sys
import traceback
from collections.abc import Mapping
from inspect import CO_COROUTINE, CO_GENERATOR
from types import FrameType
from typing import Any

from cocapi.calls import effects
from cocapi.calls.address import refusal
from cocapi.calls.endings import Ending
from cocapi.calls.keyring import Keyring
from cocapi.calls.messages import Request, Response, with_fields
from cocapi.client.origins import Origins
from cocapi.errors import ClientClosed, CocApiError, PluginError
from cocapi.interrupts import chain, reraise
from cocapi.plugins import PluginRecord
from cocapi.transport import AsyncTransport, SyncTransport, Transport, check_sendable, words

__all__ = ["Bearer", "Wrapped"]


class Bearer:
    """A plugin's transport that sends with the token, and returns and raises what shows none (RFC 6750).

    It has the methods of both modes, of which those of the mode it was chosen for can be used.

    Attributes:
        transport: The plugin's own.
        record: The plugin, to be blamed.
        base_url: The address of the client, whose origin tokens are for, as for those in `origins`.
        used: Whether anything was sent, so that there may be a connection to close.
        awaited: Whether asynchronous code sent anything, so that closing has to be awaited.
    """

    def __init__(
        self,
        transport: Transport,
        record: PluginRecord,
        base_url: str,
        keyring: Keyring,
        origins: Origins,
        end: Ending,
    ) -> None:
        self.transport: Any = transport
        self.base_url = base_url
        self.record = record
        self.keyring = keyring
        self.origins = origins
        self.end = end
        self.used: bool = False
        self.awaited: bool = False

    def send(self, request: Request) -> Response:
        """Send from synchronous code. See `SyncTransport.send`.

        Raises:
            ClientClosed: The client was closed; nothing is sent.
            InvalidParams: Something in the request cannot be sent, or would bring a token elsewhere.
            PluginError: The transport failed as no transport may, or there is no token to send.
        """
        if self.end.came:
            self.end.check()
        self.used = True
        handled = sys.exception()
        try:
            response = response_of(self.transport.send(self._authorized(request)))
            return response if request.credentials else self.keyring.out_of(response)
        except Exception as error:
            reraise(error)
            failure = self._failure(error, handled)
        raise failure  # here, so that what shows the token is not its context

    async def asend(self, request: Request) -> Response:
        """Send from asynchronous code. See `AsyncTransport.asend`; raises as `send` does."""
        if self.end.came:
            self.end.check()
        self.used = self.awaited = True
        handled = sys.exception()
        try:
            response = response_of(await self.transport.asend(self._authorized(request)))
            return response if request.credentials else self.keyring.out_of(response)
        except Exception as error:
            reraise(error)
            failure = self._failure(error, handled)
        raise failure

    def close(self) -> None:
        """Close the transport from synchronous code."""
        if isinstance(self.transport, SyncTransport):
            self.transport.close()

    async def aclose(self) -> None:
        """Close the transport from asynchronous code."""
        if isinstance(self.transport, AsyncTransport):
            await self.transport.aclose()
        self.close()

    def _authorized(self, request: Request) -> Request:
        """`request` with its token; without one where it brings its own, or goes elsewhere.

        Raises:
            PluginError: There is none: the client has no token, and no plugin gave one for this attempt.
        """
        check_sendable(request)
        if request.credentials or (
            request.base_url != self.base_url and request.base_url not in self.origins
        ):
            return self._without_token(request)
        if request.headers and (credentials := credentials_in(request.headers)):
            self.keyring.add(credentials)  # from now on they are shown no more than any other
            return request
        field = self.keyring.authorization(request.key_id)
        if field is None:
            raise PluginError(
                "there is no token for this attempt: the client was made without one, and no plugin's "
                "cocapi_token gave one"
            )
        return request.with_headers(**field) if request.headers else with_fields(request, field)

    def _without_token(self, request: Request) -> Request:
        """`request`, which goes to an address that no token is for, or is none of those that have one.

        Raises:
            InvalidParams: Somebody has put a token into it; or its address is none.
        """
        texts = [request.url, *request.headers, *request.headers.values()]
        if request.credentials:  # which stand in its body, and nowhere else
            self.origins.check(request.base_url)
            leaks = any(map(self.keyring.has_token, texts))
        else:
            self.origins.warn_of(request.base_url)
            texts.append(json.dumps(request.json))
            leaks = any(self.keyring.hide(text) != text for text in texts)
        if leaks:
            raise refusal("a token of this client is in a request to an address that it is not for")
        return request

    def _failure(self, error: Exception, handled: BaseException | None) -> Exception:
        """What a call raises for an `error` of the transport: no word of it, no cause and no frame of its
        traceback shows a token.

        Args:
            error: What the transport raised.
            handled: What the caller was handling already: none of ours.
        """
        forget_locals(error, handled)
        return failure_of(self.transport, self.record, self.keyring, error)


class Wrapped:
    """A transport that a plugin put around another: the plugin is blamed when it fails, and both are closed.

    Attributes:
        transport: The plugin's own.
        record: The plugin, to be blamed.
        inner: What it was put around.
    """

    def __init__(
        self, transport: Transport, record: PluginRecord, keyring: Keyring, inner: Bearer | Wrapped
    ) -> None:
        self.transport: Any = transport
        self.record = record
        self.keyring = keyring
        self.inner = inner

    def send(self, request: Request) -> Response:
        """Send from synchronous code. See `SyncTransport.send`.

        Raises:
            PluginError: The plugin failed as no transport may.
        """
        try:
            return response_of(self.transport.send(request))
        except Exception as error:
            reraise(error)
            failure = failure_of(self.transport, self.record, self.keyring, error)
        raise failure

    async def asend(self, request: Request) -> Response:
        """Send from asynchronous code. See `AsyncTransport.asend`; raises as `send` does."""
        try:
            return response_of(await self.transport.asend(request))
        except Exception as error:
            reraise(error)
            failure = failure_of(self.transport, self.record, self.keyring, error)
        raise failure

    def close(self) -> None:
        """Close what the plugin made from synchronous code, and then what it was put around."""
        try:
            if isinstance(self.transport, SyncTransport):
                self.transport.close()
        finally:
            self.inner.close()

    async def aclose(self) -> None:
        """The same from asynchronous code."""
        try:
            if isinstance(self.transport, AsyncTransport):
                await self.transport.aclose()
            elif isinstance(self.transport, SyncTransport):
                self.transport.close()
        finally:
            await self.inner.aclose()


def credentials_in(headers: Mapping[str, str]) -> str:
    """What stands in the field Authorization, without its scheme (RFC 9110 section 11.4); ``""``: nothing."""
    for name, value in headers.items():
        if name.lower() == "authorization":
            return value.rpartition(" ")[2]
    return ""


def response_of(answer: object) -> Response:
    """What a transport returned, which must be a response."""
    if isinstance(answer, Response):
        return answer
    raise TypeError(f"it returned a {type(answer).__name__}, not a Response")


def failure_of(transport: object, record: PluginRecord, keyring: Keyring, error: Exception) -> Exception:
    """What a call raises for an `error` of a transport: errors of the protocol as they are, without a token;
    of any other the plugin is to blame."""
    if isinstance(error, ClientClosed):
        return error
    if isinstance(error, CocApiError):
        return keyring.out_of_error(error)
    kind = type(transport).__name__
    failure = PluginError(f"{record} failed in its transport {kind}: {type(error).__name__}: {words(error)}")
    failure.__cause__ = error
    return keyring.out_of_error(failure)


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
