"""What pyreqwest received, as a response of cocapi."""

from __future__ import annotations

from collections.abc import Iterable

from pyreqwest.response import BaseResponse
from pyreqwest.response import Response as AsyncAnswer
from pyreqwest.response import SyncResponse as SyncAnswer

from cocapi import Response
from cocapi.transport import Body

__all__ = ["MalformedHead", "aread", "read"]

CHUNK = 1 << 18


class MalformedHead(Exception):
    """Status and header fields are none of a response."""


def read(answer: SyncAnswer, limit: int) -> Response:
    """The whole response; `limit` and what is raised are those of `cocapi.transport.Body`.

    Raises:
        MalformedHead: It switches protocols, or a header field is beyond ASCII.
    """
    headers = head(answer)
    body = Body(headers, limit)
    if is_bounded(headers, limit):
        body.add(memoryview(answer.body_reader.bytes()))
    else:
        while chunk := answer.body_reader.read(CHUNK):
            body.add(memoryview(chunk))
    return Response(answer.status, headers, body.content())


async def aread(answer: AsyncAnswer, limit: int) -> Response:
    """The same, awaited."""
    headers = head(answer)
    body = Body(headers, limit)
    if is_bounded(headers, limit):
        body.add(memoryview(await answer.body_reader.bytes()))
    else:
        while chunk := await answer.body_reader.read(CHUNK):
            body.add(memoryview(chunk))
    return Response(answer.status, headers, body.content())


def is_bounded(headers: dict[str, str], limit: int) -> bool:
    """Whether Content-Length, which pyreqwest holds the server to, says that the body has `limit` bytes at
    most. Such a body is read at one go, which is one hop between threads instead of two or three."""
    length = headers.get("content-length", "")
    return length.isdecimal() and int(length[:20]) <= limit


def head(answer: BaseResponse) -> dict[str, str]:
    if answer.status < 200:
        raise MalformedHead("it switched to another protocol, unasked")
    try:
        return joined(answer.headers.items())
    except ValueError:
        raise MalformedHead("a header field has characters beyond ASCII") from None


def joined(lines: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Header fields by name; lines of one name make one value, with commas (RFC 9110 section 5.3)."""
    fields: dict[str, str] = {}
    for name, value in lines:
        fields[name] = f"{fields[name]}, {value}" if name in fields else value
    return fields
