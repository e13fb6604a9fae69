"""What the httpx transport reads and writes itself, h11 would read and write alike; the rest is h11's."""

from __future__ import annotations

import h11
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocapi import Request
from cocapi_httpx.http import joined
from cocapi_httpx.message import Fields, Message
from cocapi_httpx.plain import plain_head
from cocapi_httpx.routes import Routes

HOST = (b"host", b"example")

PLAIN = [
    b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n",
    b"HTTP/1.1 200\r\ncontent-length:2\r\n\r\n",
    b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nX-Empty:\r\n\r\n",
    b"HTTP/1.1 503 \r\nRetry-After:  5  \r\nContent-Length: 12\r\nConnection: Keep-Alive\r\n\r\n",
]

NOT_PLAIN = {
    "half of it": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n",
    "no field": b"HTTP/1.1 200 OK\r\n\r\n",
    "no length": b"HTTP/1.1 200 OK\r\nX: 1\r\n\r\n",
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\n",
    "a list of lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\n\r\n",
    "a sign": b"HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\n",
    "chunks": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n",
    "the end of the connection": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n",
    "a name twice": b"HTTP/1.1 200 OK\r\nVary: a\r\nContent-Length: 2\r\nVARY: b\r\n\r\n",
    "an interim response": b"HTTP/1.1 103 Early Hints\r\nContent-Length: 2\r\n\r\n",
    "no body": b"HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\n",
    "nothing new": b"HTTP/1.1 304 Not Modified\r\nContent-Length: 2\r\n\r\n",
    "HTTP/1.0": b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n",
    "line feeds alone": b"HTTP/1.1 200 OK\nContent-Length: 2\n\n",
    "a folded field": b"HTTP/1.1 200 OK\r\nX: 1\r\n 2\r\nContent-Length: 2\r\n\r\n",
    "white space behind a name": b"HTTP/1.1 200 OK\r\nContent-Length : 2\r\n\r\n",
    "a tab": b"HTTP/1.1 200 OK\r\nX:\t1\r\nContent-Length: 2\r\n\r\n",
    "beyond ASCII": b"HTTP/1.1 200 OK\r\nX: \xe4\r\nContent-Length: 2\r\n\r\n",
    "a return in a value": b"HTTP/1.1 200 OK\r\nX: 1\r2\r\nContent-Length: 2\r\n\r\n",
    "a zero byte": b"HTTP/1.1 200 OK\r\nX: \0\r\nContent-Length: 2\r\n\r\n",
    "something before it": b"\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n",
}


def by_h11(data: bytes) -> tuple[int, dict[str, str]]:
    """Status and header fields as h11 reads them."""
    state = h11.Connection(h11.CLIENT)
    state.send(h11.Request(method=b"GET", target=b"/", headers=[HOST]))
    state.send(h11.EndOfMessage())
    state.receive_data(data)
    response = state.next_event()
    assert isinstance(response, h11.Response)
    return response.status_code, joined(response.headers)


@pytest.mark.parametrize("data", PLAIN)
def test_a_plain_head_is_read_as_h11_reads_it(data: bytes) -> None:
    head = plain_head(data + b"{}")
    assert head is not None
    assert (head.status, head.headers) == by_h11(data)
    assert (head.length, head.size) == (int(head.headers["content-length"]), len(data))


@pytest.mark.parametrize("data", NOT_PLAIN.values(), ids=NOT_PLAIN)
def test_any_other_head_is_left_to_h11(data: bytes) -> None:
    assert plain_head(data + b"{}") is None


TEXT = st.text(st.characters(max_codepoint=255), max_size=8).map(lambda text: text.encode("latin-1"))


@given(fields=st.lists(st.tuples(TEXT, TEXT), max_size=4), reason=TEXT, status=st.integers(90, 620))
def test_whatever_is_taken_for_plain_h11_takes_for_the_same(
    fields: list[tuple[bytes, bytes]], reason: bytes, status: int
) -> None:
    lines = [b"HTTP/1.1 %d %b" % (status, reason), b"Content-Length: 2", *(b"%b:%b" % one for one in fields)]
    data = b"\r\n".join([*lines, b"", b""])
    head = plain_head(data)
    if head is not None:
        assert (head.status, head.headers) == by_h11(data)


def written_by_h11(message: Message) -> bytes:
    state = h11.Connection(h11.CLIENT)
    return b"".join(state.send(event) or b"" for event in message.events())


def test_a_plain_request_is_written_as_h11_writes_it() -> None:
    fields = Fields([HOST, (b"accept", b"application/json"), (b"x-id", b"a b")])
    message = Message(b"GET", b"/v1/clans/%232PP?limit=1", fields)
    assert message.plain() == written_by_h11(message)


@pytest.mark.parametrize(
    "message",
    [
        Message(b"POST", b"/v1/x", Fields([HOST])),
        Message(b"HEAD", b"/v1/x", Fields([HOST])),
        Message(b"GET", b"/v1/x", Fields([HOST, (b"content-length", b"2")]), b"{}"),
        Message(b"GET", b"/v1/x", Fields([HOST, (b"connection", b"close")])),
        Message(b"GET", b"/v1/x", Fields([HOST, (b"transfer-encoding", b"chunked")])),
        Message(b"GET", b"/v1/x", Fields([HOST, (b"expect", b"100-continue")])),
        Message(b"GET", b"/v1/x", Fields([HOST, (b"x", b"1\r\nauthorization: other")])),
        Message(b"GET", b"/v1/x", Fields([HOST, (b"x y", b"1")])),
        Message(b"GET", b"/v1/x HTTP/1.1\r\nx: 1", Fields([HOST])),
    ],
)
def test_any_other_request_is_left_to_h11(message: Message) -> None:
    """Which knows what its fields mean, and refuses what cannot be sent."""
    assert message.plain() is None


def test_fields_show_no_token() -> None:
    assert "secret" not in repr(Message(b"GET", b"/", Fields([(b"authorization", b"Bearer secret")])))


def test_a_route_writes_each_request_with_its_own_fields() -> None:
    """Also where it has just written another with other ones."""
    route = Routes()["http://127.0.0.1:1/v1"]
    for token in ("one", "two", "two", "one"):
        request = Request("x", "GET", "/x", headers={"Authorization": f"Bearer {token}"})
        assert f"\r\nauthorization: Bearer {token}\r\n".encode() in (route.message(request).plain() or b"")
    posted = Request("x", "POST", "/x", json={"a": 1}, headers={"Authorization": "Bearer one"})
    assert (b"content-length", b"8") in route.message(posted).fields.pairs
    assert b"content-length" not in (route.message(request).plain() or b"")
