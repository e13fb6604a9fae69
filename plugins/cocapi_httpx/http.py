"""HTTP/1.1 over a channel: a request goes out, its whole response comes in.

A response that is framed as plainly as can be is read here; any other is read by h11, from its first byte.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import h11

from cocapi import Response
from cocapi.interrupts import reraise
from cocapi.transport import Body
from cocapi_httpx.channels import Channel
from cocapi_httpx.message import Message
from cocapi_httpx.plain import PlainHead, plain_head
from cocapi_httpx.steps import Breathe, Steps

__all__ = ["Talk"]

MOST_HEAD = 256 * 1024
"""Bytes of status line and header fields. nginx sends 8 KiB at most by itself, and curl takes 300."""

MOST_INTERIM = 100
"""Responses of 1xx before the final one. There may be several (RFC 9110 section 15.2)."""

NO_RESPONSE = "the server hung up without a response"
HALF_A_RESPONSE = "the server hung up in the middle of its response"


class Talk:
    """Requests and responses along one channel, one after another.

    Attributes:
        heard: Whether any byte of the present response has come.
        finished: Whether the channel may serve another request: the last response was whole, nothing came
            after it, and both sides may go on.
    """

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self.heard = False
        self.finished = False

    def exchange(self, message: Message, limit: int) -> Steps[Response]:
        """Send `message` and read the whole response, of which the body has `limit` bytes at most.

        Raises:
            h11.LocalProtocolError: The message has a field that cannot be sent.
            h11.RemoteProtocolError: The response is none.
            OSError: The connection was lost.
            ResponseTooLarge, MalformedBody: See `cocapi.transport.Body`.
        """
        self.heard = self.finished = False
        written = message.plain()
        if written is None:
            reading = Reading(message, self)
            yield from self._write(reading.written)
            return (yield from self._any_response(reading, limit))
        yield from self._write(written)
        data = yield from self.read()
        head = plain_head(data)
        if head is not None:
            return (yield from self._plain_response(head, memoryview(data)[head.size :], limit))
        reading = Reading(message, self)
        reading.take(data)
        return (yield from self._any_response(reading, limit))

    def tunnel(self, message: Message) -> Steps[int]:
        """Send a CONNECT; from a status of success on, the channel leads to its target."""
        reading = Reading(message, self)
        yield from self._write(reading.written)
        status, _ = yield from reading.head()
        return status

    def _write(self, data: bytes) -> Steps[None]:
        """Send a request, or as much of it as the server takes."""
        try:
            yield from self.channel.write(data)
        except ConnectionError as error:
            reraise(error)
            return  # a server may refuse a request before it has read it: its response tells

    def read(self) -> Steps[bytes]:
        """What the channel has; ``b""`` at its end."""
        data = yield from self.channel.read()
        if data:
            self.heard = True
        return data

    def _plain_response(self, head: PlainHead, data: memoryview, limit: int) -> Steps[Response]:
        """A response whose body has the length that its head says."""
        body, remaining = Body(head.headers, limit), head.length
        while len(data) < remaining:
            body.add(data)
            remaining -= len(data)
            yield Breathe()
            data = memoryview((yield from self.read()))
            if not data:
                raise ConnectionResetError(HALF_A_RESPONSE)
        body.add(data[:remaining])
        self.finished = len(data) == remaining
        return Response(head.status, head.headers, body.content())

    def _any_response(self, reading: Reading, limit: int) -> Steps[Response]:
        """A response that is framed in any way, as h11 reads it."""
        status, headers = yield from reading.head()
        body = Body(headers, limit)
        while isinstance(event := (yield from reading.event()), h11.Data):
            body.add(bytes(event.data))
        self.finished = reading.finished
        return Response(status, headers, body.content())


class Reading:
    """A response as h11 reads it, which has to know the request.

    Attributes:
        written: The request as h11 writes it.

    Raises:
        h11.LocalProtocolError: The request cannot be sent.
    """

    def __init__(self, message: Message, talk: Talk) -> None:
        self._talk = talk
        self._state = h11.Connection(h11.CLIENT, max_incomplete_event_size=MOST_HEAD)
        self.written = b"".join(self._state.send(event) or b"" for event in message.events())
        self._ended = False

    @property
    def finished(self) -> bool:
        """Whether both sides are done, and nothing else has come."""
        state = self._state
        return state.our_state is h11.DONE and state.their_state is h11.DONE and not state.trailing_data[0]

    def head(self) -> Steps[tuple[int, dict[str, str]]]:
        """Status and fields of the final response; interim ones are passed over (RFC 9110 section 15.2)."""
        for _ in range(MOST_INTERIM):
            event = yield from self.event()
            match event:
                case h11.InformationalResponse(status_code=101):
                    raise h11.RemoteProtocolError("it switched to another protocol, unasked")
                case h11.InformationalResponse():
                    continue
                case h11.Response():
                    return event.status_code, joined(event.headers)
                case _:
                    raise ConnectionResetError(NO_RESPONSE)
        raise h11.RemoteProtocolError(f"it has {MOST_INTERIM} interim responses and no final one")

    def take(self, data: bytes) -> None:
        """Take what the channel gave; ``b""`` is its end."""
        self._ended = not data
        self._state.receive_data(data)

    def event(self) -> Steps[Any]:
        """What comes next."""
        while (event := self._next()) is h11.NEED_DATA:
            self.take((yield from self._talk.read()))
            yield Breathe()
        return event

    def _next(self) -> Any:
        """The next event; the end of the connection means the end of the body at best."""
        try:
            return self._state.next_event()
        except h11.RemoteProtocolError as error:
            if not self._ended:
                raise
            raise ConnectionResetError(HALF_A_RESPONSE if self._talk.heard else NO_RESPONSE) from error


def joined(fields: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Header fields, names in lower case; repeated ones joined (RFC 9110 section 5.3)."""
    headers: dict[str, str] = {}
    for raw_name, raw_value in fields:
        name, value = raw_name.decode("ascii"), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers
