"""A token goes to the address that the user named, and to no other, whoever names it.

Two real servers: the API, and a stranger that records what it receives. Whatever happens, no token arrives
there, and the user is told.
"""

import asyncio
import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import trio

from cocapi import (
    ApiConfig,
    AsyncCocApi,
    CocApi,
    ConfigError,
    InnerTransport,
    Request,
    Response,
    hookimpl,
    send,
)

TOKEN = "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzUxMiJ9.secret-of-the-user.signature"

KINDS = [
    *(("httpx", "sync"), ("httpx", "asyncio"), ("httpx", "trio")),
    *(("pyreqwest", "sync"), ("pyreqwest", "asyncio"), ("requests", "sync")),
]


class Server(ThreadingHTTPServer):
    """Answers everything with one answer; `received` are the texts of the requests."""

    daemon_threads = True

    def __init__(self, status: int = 200, **headers: str) -> None:
        self.received: list[str] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                server.received.append(f"{self.requestline}\n{self.headers}")
                body = b'{"tag": "#2PP", "items": []}'
                self.send_response(status)
                for name, value in {"Content-Type": "application/json", **headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_CONNECT(self) -> None:
                server.received.append(f"{self.requestline}\n{self.headers}")
                self.send_error(502)
                self.close_connection = True

            def log_message(self, *_: object) -> None:
                """Not on the terminal."""

        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def tokens(self) -> int:
        """How many of the requests had the token in them."""
        return sum(TOKEN in text for text in self.received)

    def stop(self) -> None:
        self.shutdown()
        self.server_close()


@pytest.fixture
def api_server() -> Iterator[Server]:
    server = Server()
    yield server
    server.stop()


@pytest.fixture
def stranger() -> Iterator[Server]:
    server = Server()
    yield server
    server.stop()


Call = Callable[..., Any]


@pytest.fixture(params=KINDS, ids=["-".join(kind) for kind in KINDS])
def call(request: pytest.FixtureRequest) -> Call:
    """call(config, **options) -> the answer to one call with a client of these settings."""
    transport, mode = request.param

    def make(config: ApiConfig, prepare: Callable[[Any], None] = lambda _: None) -> Any:
        config = replace(config, transport=transport)

        async def main() -> Any:
            async with AsyncCocApi(TOKEN, config=config) as api:
                prepare(api)
                return await api.clan_tag("#2PP")

        if mode == "sync":
            with CocApi(TOKEN, config=config) as api:
                prepare(api)
                return api.clan_tag("#2PP")
        return asyncio.run(main()) if mode == "asyncio" else trio.run(main)

    return make


def settings(server: Server, *plugins: object, **others: Any) -> ApiConfig:
    named = {type(plugin).__name__.lower(): lambda _, plugin=plugin: plugin for plugin in plugins}
    return ApiConfig(base_url=f"{server.url}/v1", verify_token=False, max_retries=1, plugins=named, **others)


class Sends:
    """Asks somewhere else on the way of each call."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url

    @hookimpl
    def cocapi_request(self, request: Request) -> Any:
        response = yield from send(Request("x", "GET", "/hook", base_url=self.base_url))
        assert response.status_code == 200


class Replaces:
    """Sends each call elsewhere."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url

    @hookimpl
    def cocapi_request(self, request: Request) -> Request:
        return replace(request, base_url=self.base_url)


class Attempts(Replaces):
    """Sends each attempt elsewhere."""

    @hookimpl
    def cocapi_attempt(self, request: Request) -> Request:
        return replace(request, base_url=self.base_url)


class FailsOver:
    """A transport around another, which asks somewhere else."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url

    @hookimpl
    def cocapi_wrap_transport(self, transport: InnerTransport) -> Any:
        self.transport = transport
        return self

    def send(self, request: Request) -> Response:
        assert TOKEN not in str(request.headers)
        return self.transport.send(replace(request, base_url=self.base_url))

    async def asend(self, request: Request) -> Response:
        assert TOKEN not in str(request.headers)
        return await self.transport.asend(replace(request, base_url=self.base_url))

    def close(self) -> None: ...

    async def aclose(self) -> None: ...


@pytest.mark.parametrize("plugin", [Sends, Replaces, Attempts, FailsOver])
def test_no_plugin_brings_the_token_elsewhere(
    plugin: Callable[[str], object],
    call: Call,
    api_server: Server,
    stranger: Server,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The request arrives, without a token, and the log says so, once."""
    assert call(settings(api_server, plugin(f"{stranger.url}/v1"))) == {"tag": "#2PP", "items": []}
    assert (len(stranger.received), stranger.tokens) == (1, 0)
    assert "authorization" not in stranger.received[0].lower()
    assert api_server.tokens == len(api_server.received)
    (record,) = [record for record in caplog.records if record.name == "cocapi.token"]
    assert record.levelno == logging.WARNING
    assert record.getMessage() == (
        f"no token is sent to {stranger.url}, which a plugin, a middleware or a changed request named: "
        f"the tokens of this client are for {api_server.url}"
    )


def test_it_is_said_once_for_each_origin(
    api_server: Server, stranger: Server, caplog: pytest.LogCaptureFixture
) -> None:
    """And not with each call."""
    other = Server()
    plugins = [type("One", (Sends,), {})(stranger.url), type("Two", (Sends,), {})(other.url)]
    with CocApi(TOKEN, config=settings(api_server, *plugins, enable_caching=False)) as api:
        for _ in range(3):
            assert "tag" in api.clan_tag("#2PP")
    other.stop()
    assert (len(stranger.received), len(other.received), len(api_server.received)) == (3, 3, 3)
    assert [record.name for record in caplog.records].count("cocapi.token") == 2


class Smuggles(Replaces):
    """Knows the token, and puts it into a field of its own."""

    @hookimpl
    def cocapi_request(self, request: Request) -> Request:
        return super().cocapi_request(request).with_headers(X_Key=f"Bearer {TOKEN}")


def test_a_request_with_the_token_in_it_is_refused_elsewhere(
    call: Call, api_server: Server, stranger: Server
) -> None:
    """In a header field of any name; nothing is sent."""
    answer = call(settings(api_server, Smuggles(stranger.url)))
    assert answer["error_type"] == "params"
    assert answer["message"].endswith(
        "a token of this client is in a request to an address that it is not for"
    )
    assert stranger.received == api_server.received == []


@pytest.mark.parametrize("path", ["@{}/x", ".{}/x", ":1@{}/", "\\@{}/"])
def test_a_path_names_no_other_host(path: str, call: Call, api_server: Server, stranger: Server) -> None:
    """Behind ``http://127.0.0.1``, ``@elsewhere`` would."""
    host = stranger.url.removeprefix("http://")

    class Pathfinder:
        @hookimpl
        def cocapi_attempt(self, request: Request) -> Request:
            return replace(request, template=path.format(host), path_params={})

    config = settings(api_server, Pathfinder())
    config.base_url = api_server.url
    assert call(config)["error_type"] == "params"
    assert stranger.received == api_server.received == []


@pytest.mark.parametrize(
    "address", ["http://{0}\\@{1}", "http://{0}@{1}", "http://{1}#@{0}", "{1}", "ftp://{1}"]
)
def test_an_address_that_is_read_in_several_ways_is_refused(
    address: str, call: Call, api_server: Server, stranger: Server
) -> None:
    """The sentence says what is wrong with it."""
    hosts = [server.url.removeprefix("http://") for server in (api_server, stranger)]
    answer = call(settings(api_server, Replaces(address.format(*hosts))))
    assert answer["error_type"] == "params"
    assert "Request.base_url is '" in answer["message"]
    assert stranger.received == api_server.received == []


def test_the_same_origin_under_another_name_is_the_same(call: Call, api_server: Server) -> None:
    """Another path is no other origin."""
    assert "tag" in call(settings(api_server, Replaces(f"{api_server.url}/v2")))
    assert api_server.tokens == 1


def test_a_middleware_that_rewrites_the_address_is_skipped(
    call: Call, api_server: Server, stranger: Server, caplog: pytest.LogCaptureFixture
) -> None:
    """As in 3.0 the call goes on; the log says why the function was left out."""

    def elsewhere(url: str, headers: Any, params: Any) -> Any:
        return url.replace(api_server.url, stranger.url), headers, params

    assert "tag" in call(settings(api_server), lambda api: api.add_request_middleware(elsewhere))
    assert (stranger.received, api_server.tokens) == ([], 1)
    assert f"is not below {api_server.url}/v1" in caplog.text


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(status: int, call: Call, stranger: Server) -> None:
    """The answer says that it was one."""
    redirecting = Server(status, Location=f"{stranger.url}/v1/clans/%232PP")
    answer = call(settings(redirecting))
    redirecting.stop()
    assert answer["status_code"] == status
    assert (stranger.received, redirecting.tokens) == ([], 1)


def test_an_address_is_not_written_into_the_settings_of_a_client(
    call: Call, api_server: Server, stranger: Server
) -> None:
    """`set_base_url` is the way, and the error names it."""

    def move(api: Any) -> None:
        with pytest.raises(ConfigError, match=r"call api\.set_base_url\(address, force=True\)"):
            api.config.base_url = stranger.url

    assert "tag" in call(settings(api_server), move)
    assert stranger.received == []


def test_set_base_url_wants_a_word_of_consent(call: Call, api_server: Server, stranger: Server) -> None:
    """Without force it is refused; with force the token goes there, and a call under way goes on."""

    def move(api: Any) -> None:
        with pytest.raises(ConfigError, match="your token would be sent there; pass force=True"):
            api.set_base_url(stranger.url)

    assert "tag" in call(settings(api_server), move)
    assert stranger.received == []
    assert "tag" in call(settings(api_server), lambda api: api.set_base_url(stranger.url, force=True))
    assert stranger.tokens == 1


# Where an address comes from


@pytest.mark.parametrize("name", ["cocapi.toml", "pyproject.toml", "named.toml"])
def test_a_file_is_no_consent(
    name: str, call: Call, stranger: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may lie in the directory of somebody else. The sentence names the way out."""
    monkeypatch.chdir(tmp_path)
    table = "[tool.cocapi]\n" if name == "pyproject.toml" else ""
    Path(name).write_text(f'{table}base_url = "{stranger.url}/v1"\nmax_retries = 1\nverify_token = false\n')
    path = name if name == "named.toml" else None
    with pytest.raises(ConfigError) as refused:
        call(ApiConfig.load(path))
    assert name in str(refused.value)
    assert str(refused.value).endswith(
        f"base_url is '{stranger.url}/v1', and tokens would be sent there: if you trust that address, "
        f"set COCAPI_TRUST_BASE_URL={stranger.url}, or pass base_url in code or as --base-url"
    )
    assert stranger.received == []
    monkeypatch.setenv("COCAPI_TRUST_BASE_URL", stranger.url)
    assert "tag" in call(ApiConfig.load(path))
    monkeypatch.delenv("COCAPI_TRUST_BASE_URL")
    assert "tag" in call(ApiConfig.load(path, trust_base_url=f"{stranger.url}/any"))
    assert "tag" in call(ApiConfig.load(path, base_url=stranger.url))
    assert stranger.tokens == 3


def test_a_file_cannot_vouch_for_itself(
    stranger: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A word in the same file is no other word."""
    monkeypatch.chdir(tmp_path)
    Path("cocapi.toml").write_text(f'base_url = "{stranger.url}"\ntrust_base_url = "{stranger.url}"\n')
    with pytest.raises(ConfigError, match=r"cocapi\.toml: trust_base_url cannot stand in a file"):
        ApiConfig.load()


def test_the_environment_is_no_consent(
    call: Call, stranger: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor is another address that is trusted."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COCAPI_BASE_URL", stranger.url)
    monkeypatch.setenv("COCAPI_MAX_RETRIES", "1")
    monkeypatch.setenv("COCAPI_VERIFY_TOKEN", "no")
    for trusted in ("", "http://127.0.0.1", "https://elsewhere.example"):
        monkeypatch.setenv("COCAPI_TRUST_BASE_URL", trusted)
        with pytest.raises(ConfigError, match=rf"COCAPI_BASE_URL is '{stranger.url}', and tokens would be"):
            call(ApiConfig.load())
    assert stranger.received == []
    monkeypatch.setenv("COCAPI_TRUST_BASE_URL", stranger.url)
    assert "tag" in call(ApiConfig.load())
    assert stranger.tokens == 1


@pytest.mark.parametrize(
    "address", ["https://api.clashofclans.com/v1", "https://API.clashofclans.com:443", "sandbox://"]
)
def test_the_official_address_and_the_sandbox_need_no_word(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The token is for the one, and never leaves the process with the other."""
    monkeypatch.setenv("COCAPI_BASE_URL", address)
    assert ApiConfig.load().base_url == address


# Proxies


def test_a_proxy_of_https_sees_host_and_port(
    call: Call, stranger: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The token goes through a tunnel, which is not opened here."""
    monkeypatch.setenv("HTTPS_PROXY", stranger.url)
    config = ApiConfig(base_url="https://api.invalid/v1", verify_token=False, max_retries=1)
    assert call(config)["error_type"] == "connection"
    assert stranger.received
    assert all(text.startswith("CONNECT api.invalid:443 ") for text in stranger.received)
    assert stranger.tokens == 0


def test_a_proxy_of_plain_http_sees_everything(
    call: Call, api_server: Server, stranger: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As HTTP must show it (RFC 9110 section 7.3.2); the documentation warns of it."""
    monkeypatch.setenv("HTTP_PROXY", stranger.url)
    config = replace(settings(api_server), base_url="http://api.invalid/v1")
    assert "tag" in call(config)
    assert stranger.received[0].startswith("GET http://api.invalid/v1/clans/%232PP ")
    assert stranger.tokens == 1


# What cannot be sent


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X-Trace", "a\r\nAuthorization: Bearer x"),
        *(
            ("X-Trace", value)
            for value in ("a\nb", "a\rb", "a\0b", "é", "☃", " a", "a\t", "\x7f", 1, None, b"x")
        ),
        *((name, "a") for name in ("X Trace", "X\r\nTrace", "", "Ü", "X:")),
    ],
)
def test_a_header_field_that_cannot_be_sent_is_a_wrong_parameter(
    name: Any, value: Any, call: Call, api_server: Server
) -> None:
    """It is named, and nothing is sent; its value may be a secret and is not shown."""

    class Fields:
        @hookimpl
        def cocapi_request(self, request: Request) -> Any:
            yield from send(replace(request, headers={name: value}))

    answer = call(settings(api_server, Fields()))
    assert (answer["error_type"], api_server.received) == ("params", [])
    assert answer["message"].startswith(
        f"Invalid params for method: the header field {name!r} cannot be sent"
    )


@pytest.mark.parametrize(
    "changes", [{"template": "/a b"}, {"template": "/a\r\nX: y"}, {"method": "GET\r\n"}, {"method": ""}]
)
def test_so_is_a_path_or_a_method(changes: dict[str, Any], call: Call, api_server: Server) -> None:
    """A plugin may have put anything there."""

    class Changes:
        @hookimpl
        def cocapi_request(self, request: Request) -> Any:
            yield from send(replace(request, **changes))

    answer = call(settings(api_server, Changes()))
    assert (answer["error_type"], api_server.received) == ("params", [])
