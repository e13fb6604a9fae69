"""Requests with credentials in them: sent without a token, and shown to no hook."""

import asyncio
from typing import Any

import pytest

from cocapi import (
    AsyncCocApi,
    CocApi,
    CocApiError,
    Flow,
    Request,
    RequestTimeout,
    Response,
    TokenUnavailable,
    hookimpl,
    send,
)
from cocapi.testing import Script, json_response

TOKEN = "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzUxMiJ9.of-the-login.sig"
LOGIN = Request(
    "login",
    "POST",
    "/login",
    headers={"Cookie": "session=secret-cookie"},
    json={"password": "secret-word"},
    base_url="https://login.example.com",
    credentials=True,
)


class Login:
    """Logs in for each token."""

    @hookimpl
    def cocapi_token(self, request: Request) -> Flow[str | None]:
        response = yield from send(LOGIN)
        return response.content.decode()


class Observer:
    """Keeps whatever hooks are shown, and adds a header field to each attempt."""

    def __init__(self) -> None:
        self.tokens_for: list[str] = []
        self.shown: list[tuple[str, dict[str, str], object]] = []
        self.responses: list[tuple[str, dict[str, str], bytes]] = []
        self.errors: list[CocApiError | None] = []

    @hookimpl(tryfirst=True)
    def cocapi_token(self, request: Request) -> None:
        self.tokens_for.append(request.operation)

    @hookimpl
    def cocapi_attempt(self, request: Request) -> Request:
        self.shown.append((request.operation, dict(request.headers), request.json))
        return request.with_headers(X_Trace="1")

    @hookimpl
    def cocapi_attempted(
        self, request: Request, response: Response | None, error: CocApiError | None
    ) -> None:
        self.shown.append((request.operation, dict(request.headers), request.json))
        self.errors.append(error)
        if response is not None:
            self.responses.append((request.operation, dict(response.headers), response.content))


def portal(request: Request) -> Response:
    """Answers the log-in with a token that it also sets as a cookie, and a call with what it was sent."""
    if request.operation == "login":
        return Response(200, {"set-cookie": "session=secret-cookie"}, TOKEN.encode())
    return json_response({"authorization": request.headers["Authorization"]})


def called(script: Script, observer: Observer, mode: str) -> Any:
    plugins = {"login": lambda _: Login(), "observer": lambda _: observer}
    config = script.config(plugins=plugins, only_plugins=("script", "login", "observer"), raise_errors=True)
    if mode == "sync":
        with CocApi(config=config) as api:
            return api.clan_tag("#2PP")

    async def main() -> Any:
        async with AsyncCocApi(config=config) as api:
            return await api.clan_tag("#2PP")

    return asyncio.run(main())


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_a_log_in_goes_out_whole_and_without_a_token(mode: str, caplog: pytest.LogCaptureFixture) -> None:
    """To another address than the API's, of which nothing is logged, since no token was to go there."""
    script, observer = Script(portal), Observer()
    answer = called(script, observer, mode)
    login, call = script.requests
    assert (login.url, login.json) == ("https://login.example.com/login", LOGIN.json)
    assert dict(login.headers) == {"X-Trace": "1", **LOGIN.headers}
    assert call.headers["Authorization"] == f"Bearer {TOKEN}"
    assert answer == {"authorization": "Bearer ***"}
    assert caplog.messages == []


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_no_hook_is_shown_what_is_in_it(mode: str) -> None:
    """Neither of the request nor of its response; that there was one, and how it ended, they are told."""
    script, observer = Script(portal), Observer()
    called(script, observer, mode)
    assert [operation for operation, _, _ in observer.shown] == ["login", "login", "clan_tag", "clan_tag"]
    assert observer.shown[0] == ("login", {}, None)
    assert observer.shown[1] == ("login", {"X-Trace": "1"}, None)
    assert observer.responses[0] == ("login", {}, b"")
    assert "secret" not in repr(observer.shown)
    assert TOKEN not in repr(observer.responses)


def test_nobody_is_asked_for_a_token_for_it() -> None:
    script, observer = Script(portal), Observer()
    called(script, observer, "sync")
    assert observer.tokens_for == ["clan_tag"]


def test_a_second_log_in_is_answered_with_the_token_that_is_known() -> None:
    """What was hidden in it could not be sent."""
    script, observer = Script(portal), Observer()
    plugins = {"login": lambda _: Login(), "observer": lambda _: observer}
    with script.client(None, plugins=plugins, raise_errors=True) as api:
        for tag in ("#2PP", "#2PQ"):
            api.clan_tag(tag)
    assert [r.headers["Authorization"] for r in script.requests if r.operation == "clan_tag"] == [
        f"Bearer {TOKEN}"
    ] * 2


def test_a_token_of_the_client_is_refused_in_it() -> None:
    """In its header fields: it would go to an address that it is not for."""
    script = Script(portal)

    class Careless:
        @hookimpl
        def cocapi_attempt(self, request: Request) -> Flow[None]:
            if request.operation == "clan_tag":
                stolen = Request("x", "POST", "/", headers={"X": "own-secret-token"}, credentials=True)
                yield from send(stolen)

    with (
        script.client("own-secret-token", plugins={"careless": lambda _: Careless()}) as api,
        pytest.raises(CocApiError, match="not for"),
    ):
        api.with_options(raise_errors=True).clan_tag("#2PP")
    assert script.requests == []


def test_a_failure_ends_the_attempt_and_is_the_flows_to_handle() -> None:
    fail = RequestTimeout("Request timed out")
    script, observer = Script(fail), Observer()
    with pytest.raises(RequestTimeout):
        called(script, observer, "sync")
    assert observer.errors == [fail]


def test_verification_raises_that_there_is_no_token() -> None:
    """A client that has nothing to send works for nobody."""

    class Vault:
        @hookimpl
        def cocapi_token(self) -> str:
            raise TokenUnavailable("the vault is closed")

    script = Script()
    config = script.config(plugins={"vault": lambda _: Vault()}, verify_token=True)
    with pytest.raises(TokenUnavailable, match="the vault is closed") as raised:
        CocApi(config=config)
    assert raised.value.as_dict()["error_type"] == "token"
