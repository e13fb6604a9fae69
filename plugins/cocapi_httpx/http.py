"""HTTP/1.1 over a channel, spoken by h11: a request goes out, its whole response comes in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias

import h11

from cocapi import Response
from cocapi.interrupts import reraise
from cocapi.transport import Body
from cocapi_httpx.channels import Channel
from cocapi_httpx.steps import Breathe, Steps

__all__ = ["Message", "Talk"]

Fields: TypeAlias = "list[tuple[bytes, bytes]]"

MOST_HEAD = 256 * 1024
"""Bytes of status line and header fields. nginx sends 8 KiB at most by itself, and curl takes 300."""


MOST_INTERIM = 100
"""Responses of 1xx before the final one. There may be several (RFC 9110 section 15.2)."""

NO_RESPONSE = "the server hung up without a response"
HALF_A_RESPONSE = "the server hung up in the middle of its response"


@dataclass(frozen=True, slots=True)
class Message:
    """A request as it is written.

    Attributes:
        target: What stands behind the method: a path with its query; through a proxy, a whole address.
    """

    method: bytes
    target: bytes
    headers: Fields
    body: bytes = b""


class Talk:
    """Requests and responses along one channel, one after another.

    Attributes:
        heard: Whether any byte of the present response has come.
    """

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self.heard = False
        self._state = h11.Connection(h11.CLIENT, max_incomplete_event_size=MOST_HEAD)

    def exchange(self, message: Message, limit: int) -> Steps[Response]:
        """Send `message` and read the whole response, of which the body has `limit` bytes at most.

            Raises:
                h11.LocalProtocolError: the message has a field that cannot be sent.
        XX: the connection was lost.
                ResponseTooLarge, MalformedBody: see `cocapi.transport.Body`.
        """
        self.heard = False
        yield from self._send(message)
        status, headers = yield from self._head()
        body = Body(headers, limit)
        while isinstance(event := (yield from self._event()), h11.Data):
            body.add(bytes(event.data))
        return Response(status, headers, body.content())

    def tunnel(self, message: Message) -> Steps[int]:
        """Send a CONNECT; from a status of success on, the channel leads to its target."""
        yield from self._send(message)
        status, _ = yield from self._head()
        return status

    def finished(self) -> bool:
        """Whether the channel may serve another request: both sides are done, and nothing else has come."""
        state = self._state
        if state.our_state is not h11.DONE or state.their_state is not h11.DONE or state.trailing_data[0]:
            return False
        state.start_next_cycle()
        return True

    def _send(self, message: Message) -> Steps[None]:
        request = h11.Request(method=message.method, target=message.target, headers=message.headers)
        data = self._state.send(request) or b""
        if message.body:
            data += self._state.send(h11.Data(message.body)) or b""
        data += self._state.send(h11.EndOfMessage()) or b""
        try:
            yield from self.channel.write(data)
        except ConnectionError as error:
            reraise(error)
            return  # a server may refuse a request before it has read it: its response tells

    def _head(self) -> Steps[tuple[int, dict[str, str]]]:
        """Status and fields of the final response; interim ones are passed over (RFC 9110 section 15.2)."""
        for _ in range(MOST_INTERIM):
            event = yield from self._event()
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

    def _event(self) -> Steps[Any]:
        while (event := self._state.next_event()) is h11.NEED_DATA:
            data = yield from self.channel.read()
            self.heard = self.heard or bool(data)
            self._state.receive_data(data)
            if not data:
                return self._last_event()
            yield Breathe()
        return event

    def _last_event(self) -> Any:
        """What the end of the connection means: the end of the body at best."""
        try:
            event = self._state.next_event()
        except h11.RemoteProtocolError as error:
            raise ConnectionResetError(HALF_A_RESPONSE if self.heard else NO_RESPONSE) from error
        return event


def joined(fields: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Header fields, names in lower case; repeated ones joined (RFC 9110 section 5.3)."""
    headers: dict[str, str] = {}
    for raw_name, raw_value in fields:
        name, value = raw_name.decode("ascii"), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers
