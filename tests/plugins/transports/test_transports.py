"""What a transport promises, kept by all three against one server, in each mode they have."""

import asyncio
import contextlib
import gc
import socket
import ssl
import subprocess
import threading
import time
import traceback
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import anyio
import pytest
import trio
import trustme

from cocapi import (
    ApiConfig,
    AsyncCocApi,
    CocApi,
    ConnectionFailed,
    MissingExtra,
    PluginError,
    Request,
    RequestTimeout,
    Response,
    ResponseTooLarge,
)

KINDS = [
    ("httpx", "sync"),
    ("httpx", "asyncio"),
    ("httpx", "trio"),
    ("pyreqwest", "sync"),
    ("pyreqwest", "asyncio"),
    ("requests", "sync"),
]
if find_spec("cocapi_aiohttp_transport"):  # from outside: tests/together/test_distributions.py installs it
    KINDS.append(("aiohttp", "asyncio"))


class Caller:
    """A transport in one mode, driven without anything around it."""

    def __init__(self, name: str, mode: str) -> None:
        self.name = name
        self.mode = mode
        self.transport: Any = None
        self.base_url = ""

    def make(self, base_url: str, **settings: Any) -> Any:
        config = ApiConfig(
            base_url=base_url, transport=self.name, only_plugins=(), verify_token=False, **settings
        )
        self.base_url = base_url
        client = CocApi if self.mode == "sync" else AsyncCocApi
        self.transport = client("token", config=config)._session.wires[0].bearer.transport
        return self

    def request(self, path: str, timeout: float = 60, **parts: Any) -> Request:
        return Request(
            "x", parts.pop("method", "GET"), f"/{path}", base_url=self.base_url, timeout=timeout, **parts
        )

    def calls(self, *requests: Request, pause: float = 0) -> list[Response]:
        """Send one after another, with a pause after each, and close twice."""
        responses = []
        if self.mode == "sync":
            try:
                for request in requests:
                    responses.append(self.transport.send(request))
                    time.sleep(pause)
            finally:
                self.transport.close()
                self.transport.close()
            return responses

        async def main() -> list[Response]:
            try:
                for request in requests:
                    responses.append(await self.transport.asend(request))
                    await anyio.sleep(pause)
            finally:
                await self.transport.aclose()
                await self.transport.aclose()
            return responses

        return asyncio.run(main()) if self.mode == "asyncio" else trio.run(main)

    def call(self, path: str, **parts: Any) -> Response:
        return self.calls(self.request(path, **parts))[0]

    def together(self, path: str, number: int) -> list[Any]:
        """Send many at once; exceptions stand in place of responses."""
        results: list[Any] = []

        def one() -> None:
            try:
                results.append(self.transport.send(self.request(path)))
            except Exception as error:
                results.append(error)

        async def aone() -> None:
            try:
                results.append(await self.transport.asend(self.request(path)))
            except Exception as error:
                results.append(error)

        async def with_trio() -> None:
            async with trio.open_nursery() as nursery:
                for _ in range(number):
                    nursery.start_soon(aone)
            await self.transport.aclose()

        async def with_asyncio() -> None:
            await asyncio.gather(*(aone() for _ in range(number)))
            await self.transport.aclose()

        if self.mode == "sync":
            threads = [threading.Thread(target=one) for _ in range(number)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            self.transport.close()
        elif self.mode == "trio":
            trio.run(with_trio)
        else:
            asyncio.run(with_asyncio())
        return results


@pytest.fixture(params=KINDS, ids=["-".join(kind) for kind in KINDS])
def caller(request: pytest.FixtureRequest) -> Iterator[Caller]:
    made = Caller(*request.param)
    yield made
    made.transport = None
    gc.collect()


def test_sequential_calls_share_one_connection(caller: Caller, server: Any) -> None:
    """Keep-alive; pyreqwest and aiohttp keep none, since they do not tell what waits on an idle one."""
    made = caller.make(server.base_url)
    made.calls(*(made.request("plain") for _ in range(20)))
    connections = 20 if caller.name in ("pyreqwest", "aiohttp") else 1
    assert (server.connections, len(server.arrivals)) == (connections, 20)


@pytest.mark.parametrize("behaviour", ["dropped", "truncated", "chunk_cut_off", "garbage"])
def test_an_answer_that_does_not_arrive_whole_is_a_lost_connection(
    caller: Caller, server: Any, behaviour: str
) -> None:
    """Half a body is never passed off as one; the cause is chained."""
    with pytest.raises(
        ConnectionFailed,
        match=rf"Connection error - the \w+ (to|of) 127\.0\.0\.1:{server.port} (failed|is malformed): .+",
    ) as e:
        caller.make(server.base_url).call(behaviour)
    assert e.value.__cause__ is not None


def test_a_refused_connection_is_told_by_host(caller: Caller, server: Any) -> None:
    """Nobody listens there."""
    server.close()
    with pytest.raises(ConnectionFailed, match=rf"127\.0\.0\.1:{server.port}"):
        caller.make(server.base_url).call("plain")


@pytest.mark.parametrize("behaviour", ["large", "large_unannounced", "bomb"])
def test_a_body_over_the_limit_is_refused(caller: Caller, server: Any, behaviour: str) -> None:
    """Announced, in chunks, or packed."""
    with pytest.raises(ResponseTooLarge, match="more than max_response_bytes=50000"):
        caller.make(server.base_url, max_response_bytes=50_000).call(behaviour)


def test_a_gzip_that_is_cut_off_is_a_lost_connection(caller: Caller, server: Any) -> None:
    """Half a body is never passed off as one."""
    with pytest.raises(ConnectionFailed, match=r"(?i)cut off|end of file"):
        caller.make(server.base_url).call("zip_cut_off")


def test_a_field_that_cannot_be_sent_is_not_shown(caller: Caller, server: Any) -> None:
    """It may hold the token; the traceback shows neither."""
    token = "s3cret"[::-1]
    with pytest.raises(ConnectionFailed, match=r"header field.* has characters that cannot be sent") as e:
        caller.make(server.base_url).call("plain", headers={"Authorization": f"Bearer {token}\nX: y"})
    assert token not in "".join(traceback.format_exception(e.value))
    assert not server.arrivals


def test_connecting_is_bounded_by_the_timeout(caller: Caller) -> None:
    """A host that answers no SYN."""
    with socket.socket() as deaf, contextlib.ExitStack() as fillers:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        for _ in range(3):
            filler = fillers.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(deaf.getsockname())
        started = time.monotonic()
        with pytest.raises(RequestTimeout):
            caller.make(f"http://127.0.0.1:{deaf.getsockname()[1]}/v1").call("plain", timeout=0.3)
        assert time.monotonic() - started < 30


@pytest.mark.parametrize("name", ["httpx", "requests"])
def test_the_look_up_of_a_name_is_bounded_by_the_timeout(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A resolver that never answers; reqwest and anyio resolve in threads of their own."""
    answered = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answered.wait(60) and [])
    started = time.monotonic()
    with pytest.raises(RequestTimeout):
        Caller(name, "sync").make("http://nobody.test/v1").call("plain", timeout=0.3)
    assert time.monotonic() - started < 30
    answered.set()


def test_an_unknown_name_is_told_by_host(caller: Caller) -> None:
    """RFC 6761 section 6.4: nothing below .invalid is ever resolved."""
    with pytest.raises(ConnectionFailed, match=r"nobody\.invalid"):
        caller.make("http://nobody.invalid/v1").call("plain")


# A kept connection that the server has closed: only httpx's engine tells what arrived


@pytest.mark.parametrize("mode", ["sync", "asyncio", "trio"])
def test_a_dead_kept_connection_is_replaced_within_the_attempt(mode: str, server: Any) -> None:
    """The server closed it as the request came, and not a byte came back: send it again, once."""
    made = Caller("httpx", mode).make(server.base_url)
    responses = made.calls(made.request("once"), made.request("once"))
    assert [response.status_code for response in responses] == [200, 200]
    assert [arrival.nth for arrival in server.arrivals] == [1, 2, 1]


@pytest.mark.parametrize("mode", ["sync", "asyncio", "trio"])
@pytest.mark.parametrize(("behaviour", "method"), [("once", "POST"), ("once_then_half", "GET")])
def test_what_may_have_acted_is_not_sent_again(mode: str, behaviour: str, method: str, server: Any) -> None:
    """A POST, or a request that the server had begun to answer: the retry plugin may decide."""
    made = Caller("httpx", mode).make(server.base_url)
    with pytest.raises(ConnectionFailed):
        made.calls(made.request(behaviour, method=method), made.request(behaviour, method=method))
    assert [arrival.nth for arrival in server.arrivals] == [1, 2]


# The environment


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def tls_server(authority: trustme.CA, server: Any) -> Iterator[Any]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    made = type(server)(tls=context)
    yield made
    made.close()


def test_an_unknown_certificate_is_refused(caller: Caller, tls_server: Any) -> None:
    """Nobody else reads the token."""
    with pytest.raises(ConnectionFailed, match=r"(?i)certificate|issuer"):
        caller.make(tls_server.base_url).call("plain")


def test_certificates_of_the_environment_are_trusted(
    caller: Caller, tls_server: Any, authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SSL_CERT_FILE, and REQUESTS_CA_BUNDLE for requests."""
    bundle = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(bundle))
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"):
        monkeypatch.setenv(name, str(bundle))
    monkeypatch.delenv("CURL_CA_BUNDLE", raising=False)
    assert caller.make(tls_server.base_url).call("plain").status_code == 200


def test_a_directory_of_certificates_is_trusted(
    caller: Caller, tls_server: Any, authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SSL_CERT_DIR, as OpenSSL lays it out."""
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    subprocess.run(["openssl", "rehash", str(tmp_path)], check=True)  # openssl of the path
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    assert caller.make(tls_server.base_url).call("plain").status_code == 200


def test_certificates_that_cannot_be_read_are_told(
    caller: Caller, tls_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a failed connection, not as a crash."""
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"):
        monkeypatch.setenv(name, "/nowhere.pem")
    with pytest.raises(ConnectionFailed):
        caller.make(tls_server.base_url).call("plain")


def test_a_tunnel_through_the_proxy_hides_the_token_from_it(
    caller: Caller,
    tls_server: Any,
    tunnel: Any,
    authority: trustme.CA,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """HTTPS_PROXY: the proxy learns host and its own password, the server everything else."""
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"):
        monkeypatch.setenv(name, str(tmp_path / "ca.pem"))
    monkeypatch.setenv("HTTPS_PROXY", tunnel.url)
    caller.make(tls_server.base_url).call("plain", headers={"Authorization": "Bearer t"})
    assert tunnel.arrivals[0].method == "CONNECT"
    assert tunnel.arrivals[0].headers["proxy-authorization"] == "Basic dXNlcjpwYXNzd29yZA=="
    assert "authorization" not in tunnel.arrivals[0].headers
    assert tls_server.arrivals[0].headers["authorization"] == "Bearer t"
    assert "proxy-authorization" not in tls_server.arrivals[0].headers


def test_a_proxy_of_the_environment_is_used_and_no_proxy_is_heeded(
    caller: Caller, server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """HTTP_PROXY and NO_PROXY."""
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{server.port}")
    assert caller.make("http://nowhere.invalid/v1").call("plain").status_code == 200
    assert server.arrivals[0].target == "http://nowhere.invalid/v1/plain"
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    caller.make(server.base_url).call("plain")
    assert server.arrivals[1].target == "/v1/plain"


# Cancellation


@pytest.mark.parametrize("name", ["httpx", "pyreqwest"])
def test_a_thousand_cancelled_calls_leave_the_pool_as_it_was(name: str, server: Any) -> None:
    """Cancelled while connecting, waiting for a place, or reading: the next call works at once."""

    async def main() -> None:
        made = Caller(name, "asyncio").make(server.base_url, max_connections=4)
        for round_ in range(20):
            tasks = [asyncio.create_task(made.transport.asend(made.request("slow"))) for _ in range(50)]
            await asyncio.sleep(0.002 * (round_ % 10))
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
        assert (await made.transport.asend(made.request("plain"))).status_code == 200
        results = await asyncio.gather(*(made.transport.asend(made.request("plain")) for _ in range(8)))
        assert [response.status_code for response in results] == [200] * 8
        await made.transport.aclose()

    asyncio.run(main())


def test_cancelled_calls_to_a_silent_server_take_nobodys_place(server: Any) -> None:
    """The next call works at once, though no answer ever comes, and httpx hangs up."""

    async def main() -> None:
        made = Caller("httpx", "asyncio").make(server.base_url, max_connections=4)
        for _ in range(5):
            tasks = [asyncio.create_task(made.transport.asend(made.request("silent"))) for _ in range(4)]
            await asyncio.sleep(0.02)
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
        assert (await made.transport.asend(made.request("plain", timeout=30))).status_code == 200
        async with asyncio.timeout(30):
            while server.open_now > 1:  # known in another thread
                await asyncio.sleep(0.01)
        await made.transport.aclose()

    asyncio.run(main())


def test_cancelled_trio_tasks_leave_the_pool_as_it_was(server: Any) -> None:
    """The same on trio, with httpx."""

    async def main() -> None:
        made = Caller("httpx", "trio").make(server.base_url, max_connections=4)
        for round_ in range(10):
            with trio.move_on_after(0.002 * (round_ % 5)):
                async with trio.open_nursery() as nursery:
                    for _ in range(30):
                        nursery.start_soon(made.transport.asend, made.request("slow"))
        assert (await made.transport.asend(made.request("plain"))).status_code == 200
        await made.transport.aclose()

    trio.run(main)


# Which transport


def transport_of(**settings: Any) -> str:
    with CocApi("t", config=ApiConfig(verify_token=False, **settings)) as api:
        return type(api._session.wires[0].bearer.transport).__name__


def test_transport_chooses_by_name_and_httpx_by_itself() -> None:
    """Also where others are installed, as all are here."""
    assert transport_of() == "HttpxTransport"
    assert transport_of(transport="httpx") == "HttpxTransport"
    assert transport_of(transport="pyreqwest") == "PyreqwestTransport"
    assert transport_of(transport="requests") == "RequestsTransport"


@pytest.mark.parametrize(("name", "extra"), [("requests", "requests"), ("pyreqwest", "pyreqwest")])
def test_a_named_transport_that_is_not_installed_says_what_to_install(
    name: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By name, ready to paste."""
    import importlib

    monkeypatch.setattr(importlib.import_module(f"cocapi_{name}"), "find_spec", lambda _: None)
    with pytest.raises((MissingExtra, PluginError), match=rf"pip install 'cocapi\[{extra}\]'"):
        transport_of(transport=name)


def test_a_client_made_on_trio_takes_httpx_by_itself(server: Any) -> None:
    """As the README has it: nothing is named."""

    async def main() -> Any:
        config = ApiConfig(base_url=server.base_url, verify_token=False)
        async with CocApi("token", config=config) as api:
            return type(api._session.wires[0].bearer.transport).__name__, await api.custom_endpoint("/plain")

    name, answer = trio.run(main)
    assert name == "HttpxTransport"
    assert "error_type" not in answer


def test_pyreqwest_on_trio_says_what_to_use(server: Any) -> None:
    """By name."""
    with pytest.raises(ValueError, match="pyreqwest knows asyncio only; elsewhere use transport='httpx'"):
        Caller("pyreqwest", "trio").make(server.base_url).call("plain")


def test_requests_is_refused_for_asynchronous_code() -> None:
    """With the way out."""

    async def main() -> None:
        async with AsyncCocApi("t", config=ApiConfig(transport="requests", verify_token=False)):
            raise AssertionError

    with pytest.raises(ValueError, match="RequestsTransport is synchronous only"):
        asyncio.run(main())
