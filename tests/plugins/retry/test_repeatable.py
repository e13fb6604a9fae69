"""Which failures may be tried again."""

import socket
import threading
from collections.abc import Callable

import httpx
import pytest

from cocapi import (
    AttemptRefused,
    CocApiError,
    ConnectionFailed,
    InvalidParams,
    PluginError,
    Request,
    RequestTimeout,
    Response,
    ResponseTooLarge,
    TokenUnavailable,
    UnreadableResponse,
)
from cocapi.errors import api_error
from cocapi_retry.repeatable import never_connected, repeatable

GET = Request("clan_tag", "GET", "/clans/{clanTag}", {"clanTag": "#2PP"})
POST = Request("verify_player_token", "POST", "/players/{playerTag}/verifytoken", {"playerTag": "#2PP"})


def status(code: int) -> CocApiError:
    return api_error(GET, Response(code))


def failed_by(cause: BaseException) -> ConnectionFailed:
    """As transports raise it: chained."""
    error = ConnectionFailed("no connection")
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "get", "post"),
    [
        (status(429), True, True),
        (status(503), True, True),
        (api_error(GET, Response(503, content=b'{"reason": "inMaintenance"}')), True, True),
        (status(500), True, False),
        (status(502), True, False),
        (status(504), True, False),
        (RequestTimeout("slow"), True, False),
        (ConnectionFailed("lost"), True, False),
        (failed_by(ConnectionResetError()), True, False),
        (failed_by(ConnectionRefusedError()), True, True),
        (failed_by(socket.gaierror()), True, True),
        (failed_by(failed_by(ConnectionRefusedError())), True, True),
        (UnreadableResponse("half a document", response=Response(200)), True, False),
        (status(400), False, False),
        (status(403), False, False),
        (status(404), False, False),
        (status(302), False, False),
        (status(418), False, False),
        (ResponseTooLarge("large"), False, False),
        (InvalidParams("wrong"), False, False),
        (PluginError("broken"), False, False),
        (AttemptRefused("the circuit is open"), False, False),
        (TokenUnavailable("none"), False, False),
    ],
    ids=repr,
)
def test_what_may_help_is_tried_again_and_a_post_only_where_it_cannot_act_twice(
    error: CocApiError, get: bool, post: bool
) -> None:
    """The whole table."""
    assert (repeatable(GET, error), repeatable(POST, error)) == (get, post)


@pytest.fixture
def refusing_port() -> int:
    """A port of loopback on which nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def by_socket(port: int) -> None:
    socket.create_connection(("127.0.0.1", port), 5)


def by_httpx(port: int) -> None:
    httpx.get(f"http://127.0.0.1:{port}/", trust_env=False, verify=False)  # noqa: S501  # no TLS: spares a context


def by_pyreqwest(port: int) -> None:
    client = pytest.importorskip("pyreqwest.client", reason="the extra 'pyreqwest' is not installed")
    with client.SyncClientBuilder().build() as opened:
        opened.get(f"http://127.0.0.1:{port}/").build().send()


@pytest.mark.parametrize("connect", [by_socket, by_httpx, by_pyreqwest])
def test_a_refused_connection_is_told_by_what_the_transports_libraries_raise(
    connect: Callable[[int], None], refusing_port: int
) -> None:
    """Against a real port."""
    with pytest.raises(Exception) as raised:  # noqa: PT011  # three libraries, three trees
        connect(refusing_port)
    assert never_connected(failed_by(raised.value))


def test_a_connection_lost_after_sending_proves_nothing() -> None:
    """A server that reads the request and hangs up may have acted."""
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        httpx.Client(trust_env=False, verify=False) as client,  # noqa: S501
    ):

        def hang_up() -> None:
            connection, _ = server.accept()
            connection.recv(1000)
            connection.close()

        threading.Thread(target=hang_up, daemon=True).start()
        with pytest.raises(httpx.RemoteProtocolError) as raised:
            client.post(f"http://127.0.0.1:{server.getsockname()[1]}/")
    assert not never_connected(failed_by(raised.value))


def test_a_connection_refused_earlier_proves_nothing() -> None:
    """A transport that went on to another address may have sent there."""
    later = ConnectionResetError()
    later.__context__ = ConnectionRefusedError()
    assert not never_connected(failed_by(later))
