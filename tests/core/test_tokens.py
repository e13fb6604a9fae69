"""Tokens that plugins give: sent, told by their digest, and shown nowhere."""

import asyncio
import json
import logging
import threading
from collections.abc import Callable
from typing import Any

import pytest

from cocapi import (
    ApiConfig,
    AsyncCocApi,
    CocApi,
    CocApiError,
    InvalidToken,
    MissingToken,
    PluginError,
    Request,
    Response,
    Retry,
    do,
    hookimpl,
    send,
)
from cocapi.calls.keyring import MOST, Keyring, key_id_of
from cocapi.testing import Script, json_response

OWN, ONE, TWO = (f"eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzUxMiJ9.{name * 20}.sig" for name in ("own", "one", "two"))

REFUSED = json_response({"reason": "accessDenied", "message": "Invalid authorization"}, 403)
OK = json_response({"tag": "#2PP"})


def sent(script: Script) -> list[str]:
    """The tokens that were sent."""
    return [request.headers["Authorization"].removeprefix("Bearer ") for request in script.requests]


class Gives:
    """Gives what it is told to."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[int, str | None]] = []

    @hookimpl
    def cocapi_token(self, request: Request, attempt: int) -> Any:
        self.asked.append((attempt, request.key_id))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return answer() if callable(answer) else answer


class Ends:
    """What the hooks of an attempt are told of its token; tries twice."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str | None]] = []

    @hookimpl
    def cocapi_attempt(self, request: Request) -> None:
        self.seen.append(("attempt", request.key_id))

    @hookimpl
    def cocapi_attempted(self, request: Request, error: CocApiError | None) -> None:
        self.seen.append((f"attempted {type(error).__name__}", request.key_id))

    @hookimpl
    def cocapi_error(self, request: Request, attempt: int) -> Retry | None:
        self.seen.append(("error", request.key_id))
        return Retry() if attempt < 2 else None


def settings(script: Script, *plugins: object, **others: Any) -> ApiConfig:
    named = {type(plugin).__name__.lower(): lambda _, plugin=plugin: plugin for plugin in plugins}
    return script.config(plugins=named, only_plugins=("script", *named), **others)


def called(config: ApiConfig, mode: str, token: str | None = None) -> Any:
    async def main() -> Any:
        async with AsyncCocApi(token, config=config) as api:
            return await api.clan_tag("#2PP")

    if mode == "async":
        return asyncio.run(main())
    with CocApi(token, config=config) as api:
        return api.clan_tag("#2PP")


both = pytest.mark.parametrize("mode", ["sync", "async"])


@both
def test_a_plugin_gives_the_token_of_each_attempt(mode: str) -> None:
    """Asked before the attempt is admitted; the hooks of the attempt know which one it is."""
    script, gives, ends = Script(REFUSED, OK), Gives(ONE, TWO), Ends()
    assert called(settings(script, gives, ends), mode) == {"tag": "#2PP"}
    assert sent(script) == [ONE, TWO]
    one, two = key_id_of(ONE), key_id_of(TWO)
    assert ends.seen == [
        *(("attempt", one), ("attempted InvalidToken", one), ("error", one)),
        *(("attempt", two), ("attempted NoneType", two)),
    ]
    assert gives.asked == [(1, None), (2, None)]


@both
def test_none_means_the_clients_own(mode: str) -> None:
    """Which the plugin is told of, by its digest."""
    script, gives = Script(OK), Gives(None)
    called(settings(script, gives), mode, OWN)
    assert (sent(script), gives.asked) == ([OWN], [(1, key_id_of(OWN))])


@both
def test_a_flow_may_fetch_it(mode: str) -> None:
    """From wherever it likes."""

    def flow() -> Any:
        async def fetched() -> str:
            return TWO

        return (yield from do(blocking=lambda: ONE, awaiting=fetched))

    script = Script(OK)
    called(settings(script, Gives(flow)), mode)
    assert sent(script) == [ONE if mode == "sync" else TWO]


@both
def test_a_flow_may_send_for_it(mode: str) -> None:
    """Whoever fetches a token is not asked for one meanwhile, nor held back for its sake."""

    class Fetches(Ends):
        @hookimpl
        def cocapi_token(self, request: Request) -> Any:
            response = yield from send(Request("login", "POST", "/login", base_url=request.base_url))
            return json.loads(response.content)["token"]

    script = Script(json_response({"token": ONE}), OK)
    fetches = Fetches()
    called(settings(script, fetches), mode, OWN)
    assert sent(script) == [OWN, ONE]
    assert [hook for hook, _ in fetches.seen] == ["attempt", "attempted NoneType"]


def test_the_first_answer_wins() -> None:
    """Those behind are not asked."""

    class Behind(Gives):
        @hookimpl(trylast=True)
        def cocapi_token(self, request: Request, attempt: int) -> Any:
            return super().cocapi_token(request, attempt)

    script, behind = Script(OK), Behind(TWO)
    called(settings(script, behind, Gives(ONE)), "sync")
    assert (sent(script), behind.asked) == ([ONE], [])


def test_verification_uses_the_token_of_a_plugin() -> None:
    """And says so when it is refused."""
    script = Script(OK)
    called(settings(script, Gives(ONE), verify_token=True), "sync")
    assert sent(script) == [ONE, ONE]
    with pytest.raises(ValueError, match="API initialization failed") as refused:
        CocApi(config=settings(Script(REFUSED), Gives(ONE), verify_token=True))
    assert isinstance(refused.value.__cause__, InvalidToken)


@pytest.mark.parametrize("make", [CocApi, AsyncCocApi])
def test_without_a_token_and_such_a_plugin_no_client_is_made(make: Callable[..., Any]) -> None:
    """In one sentence, with both ways out."""
    with pytest.raises(MissingToken, match=r"get one at https://developer.*plugin that gives one"):
        make(config=settings(Script(OK)))
    for empty in ("", " \n"):
        with pytest.raises(ValueError, match="the token is empty"):
            make(empty, config=settings(Script(OK), Gives(ONE)))


@both
def test_nothing_is_sent_when_no_plugin_gives_one_after_all(mode: str) -> None:
    """The call fails."""
    script = Script(OK)
    answer = called(settings(script, Gives(None)), mode)
    assert answer["error_type"] == "plugin"
    assert "there is no token for this attempt" in answer["message"]
    assert script.requests == []


@both
@pytest.mark.parametrize("answer", [42, b"bytes", "", "two words", "line\nbreak", "é"])
def test_what_is_no_token_is_blamed_on_the_plugin(answer: Any, mode: str) -> None:
    """At its hook, without the value, which may be most of a secret."""
    script = Script(OK)
    for given in (answer, lambda: (yield from (answer,)) if False else answer):
        failed = called(settings(script, Gives(given)), mode)
        assert failed["error_type"] == "plugin"
        assert failed["message"].startswith("plugin 'gives' failed in cocapi_token: ")
        assert not isinstance(answer, str) or answer not in failed["message"] or not answer
    assert script.requests == []


# Nobody sees it

ECHOES: dict[str, Any] = {
    "the body of a success": json_response({"tag": ONE}),
    "a field of a success": Response(200, {"x-token": ONE}, b"{}"),
    "the body of an error": json_response({"message": f"bad {ONE}"}, 400),
    "the transport": ZeroDivisionError(ONE),
    "the transport, as its cause": CocApiError("failed"),
}
ECHOES["the transport, as its cause"].__cause__ = KeyError(ONE)


@both
@pytest.mark.parametrize("echo", ECHOES)
def test_what_echoes_a_token_loses_it(echo: str, mode: str, caplog: pytest.LogCaptureFixture) -> None:
    """As that of the client's own does, though another one was sent since."""
    caplog.set_level(logging.DEBUG)
    seen: list[Any] = []

    class Eye:
        @hookimpl
        def cocapi_attempted(self, request: Request, response: Response | None, error: Any) -> None:
            seen.extend((request, response, response and response.content, error, repr(vars(error or Eye))))

    script = Script(OK, ECHOES[echo])
    config = settings(script, Gives(ONE, TWO), Eye(), raise_errors=True)

    async def main() -> list[Any]:
        async with AsyncCocApi(config=config) as api:
            return await asyncio.gather(*(api.clan_tag("#2PP") for _ in range(2)), return_exceptions=True)

    answers: list[Any] = []
    if mode == "async":
        answers = asyncio.run(main())
    else:
        with CocApi(config=config) as api:
            answers.append(api.clan_tag("#2PP"))
            try:
                answers.append(api.clan_tag("#2PP"))
            except CocApiError as error:
                answers += [error, error.__cause__, error.__context__, error.response]
    shown = repr(answers) + repr(seen) + caplog.text
    assert ONE not in shown
    assert TWO not in shown
    assert len(script.requests) == 2


@pytest.mark.parametrize("hook", ["cocapi_token", "cocapi_attempt", "cocapi_error", "cocapi_attempted"])
@pytest.mark.parametrize("kind", [ValueError, CocApiError])
def test_a_plugin_that_raises_it_shows_nothing(
    hook: str, kind: type[Exception], caplog: pytest.LogCaptureFixture
) -> None:
    """Neither in the message, nor in a cause or context, nor in the log; the names stay."""
    caplog.set_level(logging.DEBUG)

    def fail(self: object) -> None:
        raise kind(f"cannot use {ONE}") from KeyError(ONE)

    class First(Gives):
        @hookimpl(tryfirst=True)
        def cocapi_token(self, request: Request, attempt: int) -> Any:
            return ONE if hook != "cocapi_token" else None

    plugin = type("Fails", (), {hook: hookimpl(fail)})()
    script = Script(REFUSED)
    with CocApi(OWN, config=settings(script, First(), plugin, raise_errors=True)) as api:
        api._session.keyring.add(ONE)
        with pytest.raises(CocApiError) as caught:
            api.clan_tag("#2PP")
    error = caught.value
    shown = f"{error!r} {error} {error.__cause__!r} {error.__context__!r} {caplog.text}"
    assert ONE not in shown
    assert "***" in shown
    assert kind is not ValueError or f"plugin 'fails' failed in {hook}" in shown
    assert isinstance(error, PluginError) or kind is CocApiError or hook == "cocapi_attempted"


def test_credentials_that_a_plugin_brings_itself_are_hidden_as_well() -> None:
    """They are sent in place of the client's own."""

    class Brings:
        @hookimpl
        def cocapi_request(self, request: Request) -> Request:
            return request.with_headers(authorization=f"Bearer {TWO}")

    script = Script(json_response({"message": f"bad {TWO}"}, 400))
    answer = called(settings(script, Brings()), "sync", OWN)
    assert [request.headers["authorization"] for request in script.requests] == [f"Bearer {TWO}"]
    assert TWO not in repr(answer)
    assert answer["detail"] == "bad ***"


def test_key_ids_may_be_shown() -> None:
    """They tell tokens apart, and nothing else of them."""
    ids = {key_id_of(token) for token in (OWN, ONE, TWO)}
    assert len(ids) == 3
    assert all(len(name) == 12 and int(name, 16) >= 0 for name in ids)


def test_a_made_up_key_id_sends_nothing() -> None:
    """A plugin cannot name a token that nobody gave."""
    from dataclasses import replace

    class Forges:
        @hookimpl
        def cocapi_attempt(self, request: Request) -> Request:
            return replace(request, key_id="0123456789ab")

    script = Script(OK)
    assert "there is no token" in called(settings(script, Forges()), "sync", OWN)["message"]
    assert script.requests == []


def test_a_keyring_knows_the_latest_thousand_and_its_own() -> None:
    """Who signs a token for every attempt does not fill the memory."""
    keyring = Keyring(OWN)
    many = [f"eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzUxMiJ9.{number:06}.sig" for number in range(MOST + 20)]
    ids = [keyring.add(token) for token in many]
    assert keyring.token(None) == OWN
    assert [keyring.token(name) for name in ids[-3:]] == many[-3:]
    assert keyring.token(ids[0]) is None
    assert keyring.hide(many[0]) == "***"  # it begins like the others


def test_threads_that_give_tokens_at_once_lose_none() -> None:
    """Each is hidden from then on."""
    keyring = Keyring()
    tokens = [f"{number:02}-a-token-of-its-own-kind" for number in range(40)]
    threads = [threading.Thread(target=keyring.add, args=(token,)) for token in tokens]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert keyring.hide(" ".join(tokens)) == " ".join(["***"] * 40)
    content = json_response({"all": tokens}).content
    assert not any(t.encode() in keyring.out_of(Response(200, {}, content)).content for t in tokens)
