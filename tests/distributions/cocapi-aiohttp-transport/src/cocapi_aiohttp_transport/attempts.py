"""One attempt: a session of aiohttp with a single connection, from the request to the whole response."""

from __future__ import annotations

import ssl
from collections.abc import Iterable
from types import SimpleNamespace

from aiohttp import (
    ClientError,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    DummyCookieJar,
    ServerDisconnectedError,
    TCPConnector,
    TraceConfig,
    TraceConnectionCreateEndParams,
    TraceConnectionCreateStartParams,
)
from cocapi import Request, Response
from cocapi.transport import Body, MalformedBody, opened_connection, outgoing, sendable, unsendable
from yarl import URL

from cocapi_aiohttp_transport.failures import SwitchedProtocol, failure
from cocapi_aiohttp_transport.proxies import proxy_of

__all__ = ["attempt"]

WITHOUT_END = ClientTimeout()
"""No bound of aiohttp's own: `cocapi.RequestTimeout` is for the attempt as a whole."""


async def attempt(request: Request, certificates: ssl.SSLContext, limit: int) -> Response:
    """Send a request and read the response, whatever its status.

    Args:
        request: Its headers carry the token.
        certificates: Whom to trust.
        limit: Bytes of the body, decoded.

    Raises:
        ConnectionFailed: No connection, or no whole response.
        ResponseTooLarge: More than `limit`.
    """
    if not all(sendable(name, value) for name, value in request.headers.items()):
        raise unsendable(request)  # aiohttp's own error would show the field, and the token is one
    proxy = proxy_of(request)
    try:
        return await exchange(request, certificates, limit, proxy)
    except (ClientError, MalformedBody, SwitchedProtocol, OSError, ValueError) as error:
        if isinstance(error, TimeoutError):
            raise
        failed = failure(request, proxy, error)
    raise failed  # out here, so that aiohttp's error, which holds the token, is not its context


async def exchange(request: Request, certificates: ssl.SSLContext, limit: int, proxy: str | None) -> Response:
    """The attempt itself, with the errors of aiohttp. A cancellation closes the connection."""
    headers, body = outgoing(request)
    async with (
        ClientSession(
            connector=TCPConnector(force_close=True, ssl=certificates),
            cookie_jar=DummyCookieJar(),
            auto_decompress=False,  # `Body` does it, and never more than is allowed
            timeout=WITHOUT_END,
            trace_configs=[one_connection(request)],
        ) as session,
        session.request(
            request.method,
            URL(request.url, encoded=True),
            headers=headers,
            data=body,
            proxy=proxy,
            allow_redirects=False,  # the token would go along
        ) as answer,
    ):
        return await read(answer, limit)


async def read(answer: ClientResponse, limit: int) -> Response:
    """The whole response."""
    if answer.status < 200:
        raise SwitchedProtocol
    headers = joined(answer.raw_headers)
    body = Body(headers, limit)
    async for chunk in answer.content.iter_any():
        body.add(chunk)
    return Response(answer.status, headers, body.content())


def joined(lines: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Header fields by name; lines of one name make one value, with commas (RFC 9110 section 5.3)."""
    fields: dict[str, str] = {}
    for raw_name, raw_value in lines:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        fields[name] = f"{fields[name]}, {value}" if name in fields else value
    return fields


def one_connection(request: Request) -> TraceConfig:
    """Let aiohttp tell observers of the connection that it opens, and open no second one.

    aiohttp repeats a GET where the server hung up without an answer; but whether there is another attempt is
    for the client to decide, which counts them.
    """

    async def begun(
        session: ClientSession, context: SimpleNamespace, parameters: TraceConnectionCreateStartParams
    ) -> None:
        if hasattr(context, "opened"):
            raise ServerDisconnectedError

    async def opened(
        session: ClientSession, context: SimpleNamespace, parameters: TraceConnectionCreateEndParams
    ) -> None:
        context.opened = True
        opened_connection(request)

    trace = TraceConfig()
    trace.on_connection_create_start.append(begun)
    trace.on_connection_create_end.append(opened)
    return trace
