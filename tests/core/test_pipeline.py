"""The life of a call: which hook is met when, and what its answer does."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from cocapi import (
    ApiConfig,
    CocApi,
    CocApiError,
    ConnectionFailed,
    Hit,
    InvalidParams,
    NotFound,
    PluginError,
    Request,
    Response,
    Retry,
    Send,
    Sleep,
    UnreadableResponse,
    Wait,
    hookimpl,
    sleep,
)
from cocapi.calls.messages import Outcome
from cocapi.calls.pipeline import life_of_a_call
from cocapi.plugins import Plugins
from cocapi.testing import Script, json_response

ALONE: dict[str, Any] = {"only_plugins": ("script",)}
"""The core with no feature plugin."""

REQUEST = Request("clan_tag", "GET", "/clans/{clanTag}", {"clanTag": "#2PP"})


class Diary:
    """A plugin that writes down every hook it meets and answers as it is told."""

    def __init__(self, **answers: Any) -> None:
        self.entries: list[str] = []
        self.outcomes: list[Outcome] = []
        self.answers = answers

    def met(self, name: str) -> Any:
        self.entries.append(name)
        answer = self.answers.get(name)
        if isinstance(answer, Exception):
            raise answer
        return answer() if callable(answer) else answer

    @hookimpl
    def cocapi_request(self) -> Any:
        return self.met("request")

    @hookimpl
    def cocapi_cache_lookup(self) -> Any:
        return self.met("cache_lookup")

    @hookimpl
    def cocapi_attempt(self, attempt: int) -> Any:
        return self.met(f"attempt {attempt}")

    @hookimpl
    def cocapi_decode(self) -> Any:
        return self.met("decode")

    @hookimpl
    def cocapi_attempted(self, attempt: int) -> None:
        self.met(f"attempted {attempt}")

    @hookimpl
    def cocapi_error(self, attempt: int) -> Any:
        return self.met(f"error {attempt}")

    @hookimpl
    def cocapi_response(self) -> Any:
        return self.met("response")

    @hookimpl
    def cocapi_result(self) -> Any:
        return self.met("result")

    @hookimpl
    def cocapi_finished(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome)
        self.met("finished")


def alone(*plugins: object) -> Plugins:
    """The plugins of a core that has these and no other."""
    found = Plugins(ApiConfig(only_plugins=()))
    for number, plugin in enumerate(plugins):
        found.register(plugin, f"p{number}")
    return found


def settings(diary: Diary, **more: Any) -> dict[str, Any]:
    return {"only_plugins": ("script", "diary"), "plugins": {"diary": lambda _: diary}, **more}


def test_a_call_that_succeeds_meets_every_hook_once_in_order(play: Any) -> None:
    """The order of the design, in both modes."""
    diary = Diary()
    assert play(Script(json_response({"tag": "#2PP"})), "clan_tag", "#2PP", **settings(diary)) == {
        "tag": "#2PP"
    }
    assert diary.entries == [
        *("request", "cache_lookup", "attempt 1", "decode", "attempted 1"),
        *("response", "result", "finished"),
    ]
    assert (diary.outcomes[0].attempts, diary.outcomes[0].cache) == (1, "miss")


def test_a_hit_sends_nothing_and_skips_to_the_result(play: Any) -> None:
    """The cache is outside retry and rate limit."""
    diary = Diary(cache_lookup=Hit(json_response({"stored": True})))
    script = Script()
    assert play(script, "clan_tag", "#2PP", **settings(diary)) == {"stored": True}
    assert diary.entries == ["request", "cache_lookup", "decode", "result", "finished"]
    assert script.requests == []
    assert (diary.outcomes[0].attempts, diary.outcomes[0].cache) == (0, "hit")


def test_a_retry_goes_through_attempt_again_but_not_through_request(play: Any) -> None:
    """The rate limit counts attempts; request hooks run once a call."""
    diary = Diary(**{"error 1": Retry(after=2.5)})
    script = Script(Response(503), json_response({}))
    assert play(script, "clan_tag", "#2PP", **settings(diary)) == {}
    assert diary.entries == [
        *("request", "cache_lookup"),
        *("attempt 1", "attempted 1", "error 1"),
        *("attempt 2", "decode", "attempted 2"),
        *("response", "result", "finished"),
    ]
    assert script.sleeps == [2.5]
    assert diary.outcomes[0].attempts == 2


def test_what_request_hooks_did_is_kept_for_every_attempt(play: Any) -> None:
    """One X-Request-ID names the call, not the attempt."""
    tagged = REQUEST.with_headers(X_Request_ID="one")
    diary = Diary(request=tagged, **{"error 1": Retry()})
    script = Script(Response(500), json_response({}))
    play(script, "clan_tag", "#2PP", **settings(diary))
    assert [sent.headers["X-Request-ID"] for sent in script.requests] == ["one", "one"]


def test_a_request_from_attempt_holds_for_that_attempt_only(play: Any) -> None:
    """Rotating keys and trace contexts are of one attempt."""
    changed = REQUEST.with_headers(X_Attempt="first")
    diary = Diary(**{"attempt 1": changed, "error 1": Retry()})
    script = Script(Response(500), json_response({}))
    play(script, "clan_tag", "#2PP", **settings(diary))
    assert [sent.headers.get("X-Attempt") for sent in script.requests] == ["first", None]


def test_an_attempt_is_held_back_as_long_as_the_hook_says(play: Any) -> None:
    """Wait(seconds) is slept by the driver."""
    diary = Diary(**{"attempt 1": Wait(0.75)})
    script = Script()
    play(script, "clan_tag", "#2PP", **settings(diary))
    assert script.sleeps == [0.75]


def test_a_failed_call_with_no_decision_ends_in_its_error(play: Any) -> None:
    """Nobody answers cocapi_error: the error is the outcome."""
    diary = Diary()
    answer = play(Script(Response(404)), "clan_tag", "#2PP", **settings(diary))
    assert (answer["error_type"], answer["status_code"]) == ("http", 404)
    assert diary.entries[-3:] == ["error 1", "result", "finished"]
    assert isinstance(diary.outcomes[0].error, NotFound)


def test_a_stored_answer_from_cocapi_error_skips_cocapi_response(play: Any) -> None:
    """A stale answer must not be stored again as fresh."""
    diary = Diary(**{"error 1": Hit(json_response({"old": True}), stale=True)})
    assert play(Script(Response(503)), "clan_tag", "#2PP", **settings(diary)) == {"old": True}
    assert "response" not in diary.entries
    assert (diary.outcomes[0].cache, diary.outcomes[0].attempts) == ("stale", 1)


def test_a_response_from_cocapi_error_goes_on_as_if_the_server_had_sent_it(play: Any) -> None:
    """A recovered response passes through cocapi_response."""
    diary = Diary(**{"error 1": json_response({"saved": True})})
    assert play(Script(ConnectionFailed("lost")), "clan_tag", "#2PP", **settings(diary)) == {"saved": True}
    assert "response" in diary.entries


def test_a_replaced_response_is_read_again(play: Any) -> None:
    """What cocapi_response makes is what the user receives."""
    diary = Diary(response=json_response({"made": "by hook"}))
    assert play(Script(), "clan_tag", "#2PP", **settings(diary)) == {"made": "by hook"}


def test_the_first_result_wins_also_over_an_error(play: Any) -> None:
    """cocapi_result chooses what the user receives."""
    diary = Diary(result={"chosen": 1})
    assert play(Script(Response(404)), "clan_tag", "#2PP", **settings(diary)) == {"chosen": 1}


def test_a_hook_may_answer_with_a_flow(play: Any) -> None:
    """A generator of effects is run by the driver, in both modes."""

    def flow() -> Any:
        yield from sleep(3)
        return Hit(json_response({"from": "flow"}))

    script = Script()
    assert play(script, "clan_tag", "#2PP", **settings(Diary(cache_lookup=flow))) == {"from": "flow"}
    assert script.sleeps == [3]


def test_a_flow_that_answers_nothing_lets_the_next_plugin_answer() -> None:
    """First answer wins, and None is no answer, whatever way it is given."""

    def nothing() -> Any:
        yield from sleep(0)

    plugins = alone(Diary(cache_lookup=Hit(json_response({"b": 1}))), Diary(cache_lookup=nothing))
    flow = life_of_a_call(plugins.hooks, REQUEST)
    assert next(flow) == Sleep(0)
    with pytest.raises(StopIteration) as end:
        flow.send(None)
    assert end.value.value.result == {"b": 1}


def test_the_flow_can_be_stepped_by_hand() -> None:
    """Decisions are tested with neither socket nor clock."""
    plugins = alone(Diary(**{"attempt 1": Wait(0.5), "error 1": Retry(after=1.5)}))
    flow = life_of_a_call(plugins.hooks, REQUEST)
    assert next(flow) == Sleep(0.5)
    assert flow.send(None) == Send(REQUEST)
    assert flow.send(Response(503)) == Sleep(1.5)
    assert flow.send(None) == Send(REQUEST)
    with pytest.raises(StopIteration) as end:
        flow.send(json_response({"done": True}))
    assert end.value.value.result == {"done": True}


@pytest.mark.parametrize(
    "hook", ["request", "cache_lookup", "attempt 1", "decode", "error 1", "response", "result"]
)
def test_a_deciding_hook_that_raises_fails_the_call_and_is_blamed(play: Any, hook: str) -> None:
    """The error names plugin and hook, and observers still learn the outcome."""
    diary = Diary(**{hook: RuntimeError("boom")})
    answer = Response(503) if hook == "error 1" else json_response({})
    error = play(Script(answer), "clan_tag", "#2PP", **settings(diary))
    assert error["error_type"] == "plugin"
    assert f"plugin 'diary' failed in cocapi_{hook.split()[0]}: RuntimeError: boom" in error["message"]
    assert diary.entries[-1] == "finished"
    assert isinstance(diary.outcomes[0].error, PluginError)


@pytest.mark.parametrize("hook", ["attempted 1", "finished"])
def test_an_observer_that_raises_is_logged_and_changes_nothing(
    play: Any, hook: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Observers are harmless."""
    diary = Diary(**{hook: RuntimeError("boom")})
    assert play(Script(json_response({"a": 1})), "clan_tag", "#2PP", **settings(diary)) == {"a": 1}
    assert f"plugin 'diary' failed in cocapi_{hook.split()[0]}: RuntimeError: boom" in caplog.text


def test_a_cocapi_error_from_a_hook_is_the_calls_error(play: Any) -> None:
    """A plugin that refuses a call says so in the tree's own words."""
    diary = Diary(request=InvalidParams("not today"))
    answer = play(Script(), "clan_tag", "#2PP", **settings(diary))
    assert (answer["error_type"], answer["message"]) == ("params", "not today")


@pytest.mark.parametrize(
    ("hook", "allowed"),
    [
        ("request", "Request"),
        ("cache_lookup", "Hit"),
        ("attempt 1", "Wait, Request"),
        ("response", "Response"),
    ],
)
def test_an_answer_of_the_wrong_kind_is_blamed(play: Any, hook: str, allowed: str) -> None:
    """A plugin author reads what the hook accepts."""
    answer = play(Script(), "clan_tag", "#2PP", **settings(Diary(**{hook: "soup"})))
    assert f"it answered a str, not {allowed} or None" in answer["message"]


JUNK = {
    "html": b"<html>502</html>",
    "empty": b"",
    "null": b"null",
    "string": b'"hello"',
    "number": b"12",
    "list": b"[1]",
    "broken utf-8": b'{"a": "\xff"}',
    "half a document": b'{"a": [1, 2',
    "too deep": b"[" * 100_000,
}


@pytest.mark.parametrize("body", JUNK.values(), ids=JUNK)
def test_junk_with_status_200_is_a_json_error(play: Any, body: bytes) -> None:
    """Never a crash, never passed off as data, and never seen by a cache."""
    diary = Diary()
    answer = play(Script(Response(200, {}, body)), "clan_tag", "#2PP", **settings(diary))
    assert (answer["error_type"], answer["status_code"]) == ("json", 200)
    assert "response" not in diary.entries
    assert isinstance(diary.outcomes[0].error, UnreadableResponse)


@pytest.mark.parametrize("answer", ["text", 12, [1], True])
def test_a_decoder_that_answers_no_object_leaves_the_body_unreadable(play: Any, answer: Any) -> None:
    """The rule holds whoever reads the body: the server is to blame for one that holds no more."""
    script = Script(Response(200, {}, json.dumps(answer).encode()))
    assert play(script, "clan_tag", "#2PP", **settings(Diary(decode=answer)))["error_type"] == "json"


def test_a_decoder_that_raises_value_error_means_the_body(play: Any) -> None:
    """Parsers raise ValueError for bad bodies: that is the server's fault, not the plugin's."""
    assert (
        play(Script(), "clan_tag", "#2PP", **settings(Diary(decode=ValueError("bad"))))["error_type"]
        == "json"
    )


@pytest.mark.parametrize("status", [204, 301, 302, 304, 400, 418, 500])
def test_every_status_that_is_no_success_with_an_object_is_an_error(play: Any, status: int) -> None:
    """Redirects are not followed and not mistaken for data."""
    assert play(Script(Response(status)), "clan_tag", "#2PP", **ALONE)["result"] == "error"


def test_observers_learn_of_a_cancelled_task_and_the_cancellation_goes_on() -> None:
    """Cancellation is no error: the flow is closed and the task is cancelled."""
    diary = Diary()

    async def main() -> None:
        script = Script()

        sent = asyncio.Event()

        async def never(_: Request) -> Response:
            sent.set()
            await asyncio.sleep(60)
            raise AssertionError

        script.asend = never  # type: ignore[method-assign]
        async with script.async_client(**settings(diary)) as api:
            task = asyncio.create_task(api.clan_tag("#2PP"))
            await sent.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(main())
    assert diary.entries[-2:] == ["attempted 1", "finished"]
    assert diary.outcomes[0].cancelled
    assert (diary.outcomes[0].error, diary.outcomes[0].result) == (None, None)


def test_a_broad_except_in_a_plugin_cannot_swallow_a_cancellation() -> None:
    """BaseExceptions close the flow instead of being thrown into it."""

    def greedy() -> Any:
        try:
            yield from sleep(60)
        except Exception:
            return Hit(json_response({}))

    plugins = alone(Diary(cache_lookup=greedy))
    flow = life_of_a_call(plugins.hooks, REQUEST)
    next(flow)
    flow.close()
    assert next(flow, "ended") == "ended"


def test_an_interrupt_in_synchronous_code_counts_as_cancelled() -> None:
    """Ctrl-C reaches the caller, and observers learn of it."""
    diary = Diary()

    def interrupt(_: Request) -> Response:
        raise KeyboardInterrupt

    with (
        Script(interrupt).client(**settings(diary)) as api,
        pytest.raises(KeyboardInterrupt),
    ):
        api.clan_tag("#2PP")
    assert diary.outcomes[0].cancelled


def test_without_a_cache_plugin_the_outcome_says_nothing_of_one() -> None:
    """None means that no cache was asked."""
    seen: list[Outcome] = []

    class Observer:
        @hookimpl
        def cocapi_finished(self, outcome: Outcome) -> None:
            seen.append(outcome)

    with Script().client(plugins={"o": lambda _: Observer()}, only_plugins=("script", "o")) as api:
        api.clan_tag("#2PP")
    assert seen[0].cache is None


def test_the_state_of_a_request_lives_as_long_as_the_call() -> None:
    """A plugin keeps notes for the call under its own name, across replaced requests."""
    notes: list[Any] = []

    class Noting:
        @hookimpl
        def cocapi_request(self, request: Request) -> Request:
            request.state["noting"] = "kept"
            return replace(request, params={"limit": 1})

        @hookimpl
        def cocapi_finished(self, request: Request) -> None:
            notes.append(request.state["noting"])

    api: CocApi
    with Script().client(plugins={"n": lambda _: Noting()}, only_plugins=("script", "n")) as api:
        api.clan_tag("#2PP")
        api.clan_tag("#2PP")
    assert notes == ["kept", "kept"]


def test_observers_are_told_of_every_wait(play: Callable[..., Any]) -> None:
    """Of a plugin that answers with a wait or with a flow that sleeps, and of another attempt."""

    class Holds:
        def __init__(self) -> None:
            self.told: list[tuple[int, float, str | None]] = []

        @hookimpl
        def cocapi_attempt(self, attempt: int) -> Any:
            return sleep(0.5) if attempt == 1 else Wait(0.25)

        @hookimpl
        def cocapi_error(self) -> Retry:
            return Retry(after=3)

        @hookimpl
        def cocapi_waiting(self, attempt: int, seconds: float, error: CocApiError | None) -> None:
            self.told.append((attempt, seconds, error and error.error_type))

    holds = Holds()
    script = Script(Response(503), json_response({}))
    play(script, "players", "#2PP", only_plugins=("holds",), plugins={"holds": lambda _: holds})
    assert holds.told == [(1, 0.5, None), (2, 3, "http"), (2, 0.25, None)]
    assert script.sleeps == [0.5, 3, 0.25]
