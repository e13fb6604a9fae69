"""Attempts: who is told of their end, what a refusal is, and which request the end is told of."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from cocapi import (
    ApiError,
    AttemptRefused,
    CocApiError,
    ConnectionFailed,
    Flow,
    Hit,
    NotFound,
    Outcome,
    Request,
    Response,
    Retry,
    UnreadableResponse,
    Wait,
    hookimpl,
    send,
    sleep,
)
from cocapi.testing import Script, json_response


class Asked:
    """Writes down when it is asked and when it is told; answers as it is made to."""

    def __init__(self, name: str, entries: list[str], answer: Any = None) -> None:
        self.name = name
        self.entries = entries
        self.answer = answer

    @hookimpl
    def cocapi_attempt(self, attempt: int) -> Any:
        self.entries.append(f"{self.name} asked")
        if isinstance(self.answer, BaseException):
            raise self.answer
        return self.answer() if callable(self.answer) else self.answer

    @hookimpl
    def cocapi_attempted(self, error: CocApiError | None) -> None:
        self.entries.append(f"{self.name} told {type(error).__name__ if error else None}")


class Watching:
    """Observes the ends of attempts, and has no part in their beginning."""

    def __init__(self, entries: list[str]) -> None:
        self.entries = entries

    @hookimpl
    def cocapi_attempted(self, error: CocApiError | None) -> None:
        self.entries.append(f"watching told {type(error).__name__ if error else None}")


def settings(entries: list[str], answer: Any = None, **more: Any) -> dict[str, Any]:
    """Three plugins that are asked, the second of which answers, and one that watches."""
    plugins: dict[str, Any] = {
        "p1": lambda _: Asked("p1", entries),
        "p2": lambda _: Asked("p2", entries, answer),
        "p3": lambda _: Asked("p3", entries),
        "watching": lambda _: Watching(entries),
    }
    return {"only_plugins": tuple(plugins), "plugins": plugins, **more}


def test_the_end_is_told_in_reverse_order_of_asking(play: Callable[..., Any]) -> None:
    """As contexts are left; those who only observe are told while all of them still stand."""
    entries: list[str] = []
    play(Script(), "players", "#2PP", **settings(entries))
    assert entries == [
        *("p1 asked", "p2 asked", "p3 asked"),
        *("watching told None", "p3 told None", "p2 told None", "p1 told None"),
    ]


@pytest.mark.parametrize(
    "kind", [AttemptRefused, ConnectionFailed, ApiError, UnreadableResponse, CocApiError, ZeroDivisionError]
)
def test_whoever_was_asked_is_told_of_a_refusal(play: Callable[..., Any], kind: type[Exception]) -> None:
    """Also the one that refused, so that no other rule is needed; who was not asked is not told."""
    entries: list[str] = []
    script = Script()
    play(script, "players", "#2PP", **settings(entries, kind("not now")))
    name = "PluginError" if kind is ZeroDivisionError else kind.__name__
    assert entries == ["p1 asked", "p2 asked", f"p2 told {name}", f"p1 told {name}"]
    assert script.requests == []


def test_whoever_was_asked_is_told_when_a_later_plugins_flow_is_cancelled() -> None:
    """A half-open probe cannot leak: the call is cancelled while another plugin holds it back."""
    entries: list[str] = []

    def for_a_minute() -> Flow[None]:
        yield from sleep(60)

    async def main() -> None:
        script = Script()
        async with script.async_client(**settings(entries, for_a_minute)) as api:
            api._session.keep_time(script._sleep, asyncio.sleep)
            task = asyncio.create_task(api.players("#2PP"))
            while len(entries) < 2:  # a task does it
                await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(main())
    assert entries == ["p1 asked", "p2 asked", "p2 told None", "p1 told None"]


def test_whoever_was_asked_is_told_of_an_interrupt() -> None:
    """Ctrl-C in a plugin goes to the caller, and the plugins before it let go of what they hold."""
    entries: list[str] = []
    with Script().client(**settings(entries, KeyboardInterrupt())) as api, pytest.raises(KeyboardInterrupt):
        api.players("#2PP")
    assert entries == ["p1 asked", "p2 asked", "p2 told None", "p1 told None"]


def test_a_wrong_answer_counts_as_a_refusal_to_those_before(play: Callable[..., Any]) -> None:
    """Whatever comes between."""
    entries: list[str] = []
    play(Script(), "players", "#2PP", **settings(entries, Wait(-1)))
    assert entries[-2:] == ["p2 told PluginError", "p1 told PluginError"]


def test_what_a_plugin_sends_to_prepare_an_attempt_has_an_end_of_its_own(play: Callable[..., Any]) -> None:
    """Told to those who were asked about it: not to the plugin that sends, and to those who only observe."""
    entries: list[str] = []

    def flow() -> Flow[None]:
        yield from send(Request("login", "POST", "/login"))
        entries.append("p2 goes on")

    play(Script(), "players", "#2PP", **settings(entries, flow))
    assert entries == [
        *("p1 asked", "p2 asked"),
        *("p1 asked", "p3 asked", "watching told None", "p3 told None", "p1 told None", "p2 goes on"),
        *("p3 asked", "watching told None", "p3 told None", "p2 told None", "p1 told None"),
    ]


class Circuit:
    """Open: nothing is sent."""

    @hookimpl
    def cocapi_attempt(self, attempt: int) -> None:
        if attempt == 1:
            raise AttemptRefused("the circuit is open")


class Decides:
    """Answers `cocapi_error`, and keeps what it was given and how the call ended."""

    def __init__(self, answer: Any = None) -> None:
        self.answer = answer
        self.given: list[tuple[Request, CocApiError, int]] = []
        self.outcomes: list[Outcome] = []

    @hookimpl
    def cocapi_error(self, request: Request, error: CocApiError, attempt: int) -> Any:
        self.given.append((request, error, attempt))
        return self.answer

    @hookimpl
    def cocapi_finished(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome)


@pytest.mark.parametrize(
    ("decision", "answer", "attempts"),
    [
        (Hit(json_response({"old": True}), stale=True), {"old": True}, 0),
        (json_response({"made": True}), {"made": True}, 0),
        (Retry(), {"tag": "#2PP"}, 1),
    ],
    ids=["stale", "response", "retry"],
)
def test_a_refusal_may_be_decided_about(
    play: Callable[..., Any], decision: Any, answer: Any, attempts: int
) -> None:
    """An open circuit serves stale; what was refused was not sent, and is not counted as such."""
    decides = Decides(decision)
    plugins = {"circuit": lambda _: Circuit(), "decides": lambda _: decides}
    script = Script(json_response({"tag": "#2PP"}))
    got = play(script, "players", "#2PP", only_plugins=("circuit", "decides"), plugins=plugins)
    assert got == answer
    assert [(type(error), attempt) for _, error, attempt in decides.given] == [(AttemptRefused, 1)]
    assert (len(script.requests), decides.outcomes[0].attempts) == (attempts, attempts)


def test_a_refusal_nobody_decides_about_is_the_calls_error(play: Callable[..., Any]) -> None:
    """With a type of its own, in the error dict too; the plugin retry does not ask again."""
    script = Script()
    got = play(script, "players", "#2PP", plugins={"circuit": lambda _: Circuit()})
    assert (got["error_type"], got["message"], got["status_code"]) == ("refused", "the circuit is open", 0)
    assert script.requests == script.sleeps == []


def test_a_refusal_of_another_kind_ends_the_call(play: Callable[..., Any]) -> None:
    """An error that is none of an attempt is nobody's to decide about."""
    decides = Decides(Retry())
    plugins = {"p1": lambda _: Asked("p1", [], CocApiError("never")), "decides": lambda _: decides}
    got = play(Script(), "players", "#2PP", only_plugins=("p1", "decides"), plugins=plugins)
    assert (got["message"], decides.given) == ("never", [])


class Rotates:
    """Another key for each attempt, and which one a failure came of."""

    def __init__(self) -> None:
        self.seen: dict[str, list[str | None]] = {}

    def note(self, hook: str, request: Request) -> None:
        self.seen.setdefault(hook, []).append(request.headers.get("X-Key"))

    @hookimpl
    def cocapi_attempt(self, request: Request, attempt: int) -> Request:
        return request.with_headers(X_Key=f"key {attempt}")

    @hookimpl
    def cocapi_decode(self, request: Request) -> None:
        self.note("decode", request)

    @hookimpl
    def cocapi_attempted(self, request: Request) -> None:
        self.note("attempted", request)

    @hookimpl
    def cocapi_error(self, request: Request) -> Retry:
        self.note("error", request)
        return Retry()

    @hookimpl
    def cocapi_response(self, request: Request) -> None:
        self.note("response", request)


def test_the_end_of_an_attempt_is_told_with_its_request(play: Callable[..., Any]) -> None:
    """So that it is known which key failed; the hooks of the call see the call's request."""
    rotates = Rotates()
    script = Script(Response(403), json_response({}))
    play(script, "players", "#2PP", only_plugins=("rotates",), plugins={"rotates": lambda _: rotates})
    assert rotates.seen == {
        "attempted": ["key 1", "key 2"],
        "error": ["key 1"],
        "decode": ["key 2"],
        "response": [None],
    }


@pytest.mark.parametrize("hook", ["cocapi_decode", "cocapi_error", "cocapi_response", "cocapi_result"])
def test_the_outcome_counts_what_was_sent_wherever_the_call_fails(
    play: Callable[..., Any], hook: str
) -> None:
    """Also when a plugin fails after the attempt."""

    def fail(self: object) -> None:
        raise ZeroDivisionError

    decides = Decides()
    plugins = {"fails": lambda _: type("Fails", (), {hook: hookimpl(fail)})(), "watch": lambda _: decides}
    script = Script(Response(404)) if hook == "cocapi_error" else Script()
    play(script, "players", "#2PP", only_plugins=("fails", "watch"), plugins=plugins)
    assert decides.outcomes[0].attempts == 1
    assert not isinstance(decides.outcomes[0].error, NotFound)


@pytest.mark.parametrize(
    "rescue", [Hit(json_response({"old": True}), stale=True), json_response({"new": True}), None]
)
def test_the_outcome_is_of_the_calls_request(play: Callable[..., Any], rescue: Any) -> None:
    """Not of the attempt's, whatever an attempt hook made of it and however the attempt was rescued."""

    class Marks:
        """Changes each attempt, and rescues one that failed."""

        requests: tuple[Request, ...] = ()

        @hookimpl
        def cocapi_attempt(self, request: Request) -> Request:
            return request.with_headers(X_Attempt="1")

        @hookimpl
        def cocapi_error(self) -> Any:
            return rescue

        @hookimpl
        def cocapi_finished(self, request: Request, outcome: Outcome) -> None:
            self.requests = (request, outcome.request)

    marks = Marks()
    play(
        Script(Response(503)), "players", "#2PP", only_plugins=("marks",), plugins={"marks": lambda _: marks}
    )
    assert marks.requests[0] is marks.requests[1]
    assert "X-Attempt" not in marks.requests[1].headers
