"""Checks that a transport keeps what `cocapi.transport` promises, in each mode that it has.

Derive a class whose name begins with ``Test``, and say how a transport is made; pytest does the rest. It
needs pytest, and trio for that mode.

    from cocapi.testing.transports import TransportConformance

    class TestMyTransport(TransportConformance):
        modes = ("sync",)

        def new_transport(self, config, mode):
            return MyTransport(config)

Each check sends to a server on loopback that misbehaves in one way (`cocapi.testing.server`). What it does
not see: TLS, proxies, forks and signals.
"""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar, cast

import anyio
import pytest

from cocapi.calls.messages import Request, Response
from cocapi.clocks import elapsed, nap
from cocapi.config import ApiConfig
from cocapi.errors import ClientClosed, ConnectionFailed, RequestTimeout, ResponseTooLarge
from cocapi.testing.server import BODY, Server
from cocapi.transport import AsyncTransport, Mode, SyncTransport, Transport, timed_out

__all__ = ["TransportConformance"]

F = TypeVar("F", bound=Callable[..., None])

SECRET = "Bearer " + "secret" * 4
"""What must be seen by the server alone."""

PATIENCE = 30
"""Seconds that a server misbehaves for at least; attempts are to end long before."""


NO_TASKS = pytest.param("sync", marks=pytest.mark.skip(reason="there are no tasks in synchronous code"))


def for_tasks(check: F) -> F:
    """A check of something that only tasks can do."""
    check.__dict__["for_tasks"] = True
    return check


class TransportConformance:
    """What a transport promises, as tests. Override `new_transport`, and what fits your transport better."""

    modes: tuple[Mode, ...] = ("sync", "asyncio", "trio")
    """In which it sends."""

    keeps_connections: bool = True
    """Whether a connection is used again; one that cannot see what waits on it has to close it."""

    closing: int = 0
    """How many connections it may still be closing when their places are given to others."""

    def new_transport(self, config: ApiConfig, mode: Mode) -> Transport:
        """A transport for clients of these settings, in a mode.

        Args:
            config: `base_url`, `max_connections`, `max_keepalive_connections`, `enable_keepalive` and
                `max_response_bytes` are set as a check needs them.
        """
        raise NotImplementedError(
            f"{type(self).__name__}.new_transport must make the transport to be checked"
        )

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Run each check in each mode."""
        if "mode" in metafunc.fixturenames:
            modes = [
                mode for mode in self.modes if mode != "sync" or not hasattr(metafunc.function, "for_tasks")
            ]
            metafunc.parametrize("mode", modes or [NO_TASKS])

    def calls(self, mode: Mode, *requests: Request, **settings: Any) -> list[Response]:
        """Send requests one after another over one transport, which is then closed, twice.

        Args:
            settings: Of `cocapi.ApiConfig`.
        """
        transport = self.new_transport(config_for(requests, settings), mode)
        if mode == "sync":
            return sent_in_turn(cast(SyncTransport, transport), requests)
        return anyio.run(asent_in_turn, cast(AsyncTransport, transport), requests, backend=mode)

    def together(self, mode: Mode, *requests: Request, **settings: Any) -> list[Any]:
        """Send requests at the same time over one transport; exceptions stand in place of responses."""
        transport = self.new_transport(config_for(requests, settings), mode)
        if mode == "sync":
            return sent_by_threads(cast(SyncTransport, transport), requests)
        return anyio.run(sent_by_tasks, cast(AsyncTransport, transport), requests, backend=mode)

    # What goes out

    def test_a_request_goes_out_as_it_is(self, mode: Mode, server: Server) -> None:
        """Method, target and header fields, and what a body is accepted in."""
        request = to(server, "plain", params={"a": "#2PP"}, headers={"Authorization": SECRET, "X-Id": "1"})
        self.calls(mode, request)
        (sent,) = server.arrivals
        assert (sent.method, sent.target) == ("GET", "/v1/plain?a=%232PP")
        assert (sent.headers.get("authorization"), sent.headers.get("x-id")) == (SECRET, "1")
        assert (sent.headers.get("accept"), sent.headers.get("accept-encoding")) == (
            "application/json",
            "gzip",
        )

    def test_an_encoded_tag_stays_encoded(self, mode: Mode, server: Server) -> None:
        """No library may take it for a fragment, or decode a slash."""
        self.calls(mode, Request("clan_tag", "GET", "/clans/{t}", {"t": "#2P/P"}, base_url=server.base_url))
        assert server.arrivals[0].target == "/v1/clans/%232P%2FP"

    def test_a_body_is_posted_as_json(self, mode: Mode, server: Server) -> None:
        """With its content type."""
        self.calls(mode, to(server, "plain", method="POST", json={"token": "ä"}))
        (sent,) = server.arrivals
        assert (sent.method, sent.body) == ("POST", b'{"token": "\\u00e4"}')
        assert sent.headers.get("content-type") == "application/json"

    def test_a_password_of_netrc_stays_there(
        self, mode: Mode, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It neither takes the token's place nor leaves the machine."""
        (tmp_path / "netrc").write_text("default login me password hidden\n")
        monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
        self.calls(mode, to(server, "plain"), to(server, "plain", headers={"Authorization": SECRET}))
        assert [sent.headers.get("authorization") for sent in server.arrivals] == [None, SECRET]

    def test_cookies_are_not_kept(self, mode: Mode, server: Server) -> None:
        """A call says what its request says, and nothing of the calls before."""
        self.calls(mode, to(server, "echo"), to(server, "echo"))
        assert "cookie" not in server.arrivals[1].headers

    def test_a_field_that_cannot_be_sent_is_not_shown(self, mode: Mode, server: Server) -> None:
        """It may hold the token; neither sentence nor traceback has it."""
        with pytest.raises(ConnectionFailed) as caught:
            self.calls(mode, to(server, "plain", headers={"Authorization": f"{SECRET}\nX: y"}))
        assert SECRET not in "".join(traceback.format_exception(caught.value))
        assert server.arrivals == []

    # What comes back

    def test_a_response_comes_back_whole(self, mode: Mode, server: Server) -> None:
        """Status, names of fields in small letters, and the body."""
        (response,) = self.calls(mode, to(server, "plain"))
        assert (response.status_code, response.content) == (200, BODY)
        assert response.headers.get("content-type") == "application/json"

    def test_a_response_of_any_status_is_a_response(self, mode: Mode, server: Server) -> None:
        """The core decides what it means."""
        refused, empty = self.calls(mode, to(server, "refusing"), to(server, "no_content"))
        assert (refused.status_code, refused.content) == (404, BODY)
        assert (empty.status_code, empty.content) == (204, b"")

    def test_redirects_are_not_followed(self, mode: Mode, server: Server) -> None:
        """The token would go along."""
        (response,) = self.calls(mode, to(server, "redirect"))
        assert (response.status_code, response.headers.get("location")) == (302, "/v1/plain")
        assert len(server.arrivals) == 1

    def test_a_repeated_field_is_joined(self, mode: Mode, server: Server) -> None:
        """By commas (RFC 9110, section 5.2)."""
        assert self.calls(mode, to(server, "echo"))[0].headers.get("x-two") == "1, 2"

    def test_gzip_is_undone(self, mode: Mode, server: Server) -> None:
        """Of several members, too (RFC 1952, section 2.2)."""
        responses = self.calls(mode, to(server, "zipped"), to(server, "zipped_in_two"))
        assert [response.content for response in responses] == [BODY, BODY]

    @pytest.mark.parametrize("behaviour", ["large", "large_unannounced", "bomb"])
    def test_a_body_over_the_limit_is_refused(self, mode: Mode, server: Server, behaviour: str) -> None:
        """Announced, in chunks, or packed."""
        with pytest.raises(ResponseTooLarge):
            self.calls(mode, to(server, behaviour), max_response_bytes=50_000)

    def test_a_body_of_exactly_the_limit_is_not(self, mode: Mode, server: Server) -> None:
        """The bound is part of what is allowed."""
        (response,) = self.calls(mode, to(server, "plain"), max_response_bytes=len(BODY))
        assert response.content == BODY
        with pytest.raises(ResponseTooLarge):
            self.calls(mode, to(server, "plain"), max_response_bytes=len(BODY) - 1)

    @pytest.mark.parametrize("behaviour", ["dropped", "truncated", "chunk_cut_off", "zip_cut_off", "garbage"])
    def test_half_an_answer_is_a_lost_connection(self, mode: Mode, server: Server, behaviour: str) -> None:
        """It is never passed off as a whole one."""
        with pytest.raises(ConnectionFailed):
            self.calls(mode, to(server, behaviour))

    def test_nobody_listens(self, mode: Mode, server: Server) -> None:
        """That is a failed connection as well."""
        server.close()
        with pytest.raises(ConnectionFailed):
            self.calls(mode, to(server, "plain"))

    # Time

    @pytest.mark.parametrize("behaviour", ["silent", "dripping", "dripping_head"])
    def test_an_attempt_ends_at_its_timeout(self, mode: Mode, server: Server, behaviour: str) -> None:
        """Also where each single read is quick."""
        request, started = to(server, behaviour, timeout=0.3), elapsed()
        with pytest.raises(RequestTimeout) as caught:
            self.calls(mode, request)
        assert elapsed() - started < PATIENCE
        assert str(caught.value) == str(timed_out(request))

    def test_the_time_in_line_for_a_connection_counts(self, mode: Mode, server: Server) -> None:
        """Where all are taken, an attempt ends at its timeout, too."""
        requests = [to(server, "silent", timeout=0.3) for _ in range(3)]
        results = self.together(mode, *requests, max_connections=1)
        assert [type(result) for result in results] == [RequestTimeout] * 3

    # Connections

    def test_a_connection_is_used_again(self, mode: Mode, server: Server) -> None:
        """Or not, where the transport cannot see what waits on it."""
        self.calls(mode, *(to(server, "plain") for _ in range(5)))
        assert server.connections == (1 if self.keeps_connections else 5)

    def test_none_is_kept_where_that_is_not_wanted(self, mode: Mode, server: Server) -> None:
        """`ApiConfig.enable_keepalive`."""
        self.calls(mode, to(server, "plain"), to(server, "plain"), enable_keepalive=False)
        assert server.connections == 2

    def test_one_that_the_server_closes_is_replaced(self, mode: Mode, server: Server) -> None:
        """The next call does not fail."""
        responses = self.calls(mode, *(to(server, "closing") for _ in range(3)))
        assert [response.status_code for response in responses] == [200] * 3

    def test_what_nobody_asked_for_is_nobodys_answer(self, mode: Mode, server: Server) -> None:
        """A second answer that waits on a connection is not the next call's."""
        requests = [to(server, "twice", params={"number": number}) for number in range(4)]
        assert numbers_in(self.calls(mode, *requests)) == [0, 1, 2, 3]

    def test_there_are_never_more_than_allowed(self, mode: Mode, server: Server) -> None:
        """Calls wait in line, and none is lost."""
        results = self.together(mode, *(to(server, "slow") for _ in range(9)), max_connections=3)
        assert [getattr(result, "status_code", result) for result in results] == [200] * 9
        assert server.most_open <= 3 + self.closing

    def test_no_answer_is_mixed_with_anothers(self, mode: Mode, server: Server) -> None:
        """Many at the same time over few connections: each receives what it asked for."""
        requests = [to(server, "echo", params={"number": number}) for number in range(60)]
        assert numbers_in(self.together(mode, *requests, max_connections=7)) == list(range(60))

    @for_tasks
    def test_a_cancelled_attempt_gives_its_place_back(self, mode: Mode, server: Server) -> None:
        """And lets the cancellation go on."""
        requests = (to(server, "silent"), to(server, "plain"))
        transport = cast(
            AsyncTransport, self.new_transport(config_for(requests, {"max_connections": 1}), mode)
        )

        async def main() -> Response:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(transport.asend, requests[0])
                while not server.arrivals:  # noqa: ASYNC110  # a thread's, which sets no event of a loop
                    await anyio.sleep(0.01)
                tasks.cancel_scope.cancel()
            try:
                return await transport.asend(requests[1])
            finally:
                await transport.aclose()

        assert anyio.run(main, backend=mode).content == BODY

    def test_all_are_closed_with_the_transport(self, mode: Mode, server: Server) -> None:
        """Closing again does nothing."""
        self.calls(mode, to(server, "plain"))
        until = elapsed() + PATIENCE
        while server.open_now and elapsed() < until:
            nap(0.01)
        assert server.open_now == 0

    def test_nothing_is_sent_after_it_was_closed(self, mode: Mode, server: Server) -> None:
        """The attempt says so."""
        request = to(server, "plain")
        transport: Any = self.new_transport(config_for((request,), {}), mode)

        async def main() -> None:
            await transport.aclose()
            await transport.asend(request)

        if mode == "sync":
            transport.close()
        with pytest.raises(ClientClosed):
            transport.send(request) if mode == "sync" else anyio.run(main, backend=mode)
        assert server.arrivals == []

    @pytest.fixture
    def server(self) -> Iterator[Server]:
        """The server that misbehaves, for one check."""
        with Server() as server:
            yield server


def to(
    server: Server, behaviour: str, *, method: str = "GET", timeout: float = PATIENCE, **parts: Any
) -> Request:
    """A request to a server, for a behaviour."""
    return Request("check", method, f"/{behaviour}", base_url=server.base_url, timeout=timeout, **parts)


def config_for(requests: tuple[Request, ...], settings: dict[str, Any]) -> ApiConfig:
    """The settings of a client that sends such requests."""
    return ApiConfig(base_url=requests[0].base_url, **settings)


def numbers_in(responses: list[Any]) -> list[int]:
    """What a server that echoes the target said of the parameter ``number``."""
    return [int(response.content.rpartition(b"=")[2]) for response in responses]


def sent_in_turn(transport: SyncTransport, requests: tuple[Request, ...]) -> list[Response]:
    """The responses, in synchronous code."""
    try:
        return [transport.send(request) for request in requests]
    finally:
        transport.close()
        transport.close()


async def asent_in_turn(transport: AsyncTransport, requests: tuple[Request, ...]) -> list[Response]:
    """The responses, in asynchronous code."""
    try:
        return [await transport.asend(request) for request in requests]
    finally:
        await transport.aclose()
        await transport.aclose()


def sent_by_threads(transport: SyncTransport, requests: tuple[Request, ...]) -> list[Any]:
    """The results of as many threads as there are requests."""
    results: list[Any] = [None] * len(requests)

    def send(number: int) -> None:
        try:
            results[number] = transport.send(requests[number])
        except Exception as error:
            results[number] = error

    threads = [threading.Thread(target=send, args=(number,)) for number in range(len(requests))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    transport.close()
    return results


async def sent_by_tasks(transport: AsyncTransport, requests: tuple[Request, ...]) -> list[Any]:
    """The results of as many tasks as there are requests."""
    results: list[Any] = [None] * len(requests)

    async def send(number: int) -> None:
        try:
            results[number] = await transport.asend(requests[number])
        except Exception as error:
            results[number] = error

    async with anyio.create_task_group() as tasks:
        for number in range(len(requests)):
            tasks.start_soon(send, number)
    await transport.aclose()
    return results
