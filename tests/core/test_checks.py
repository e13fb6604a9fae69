"""What a hook answers is checked at once: plugin and hook are blamed, and nothing more is sent."""

import logging
import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from cocapi import (
    ApiConfig,
    CocApi,
    Hit,
    NotFound,
    Outcome,
    PluginError,
    Request,
    Response,
    Retry,
    Wait,
    hookimpl,
    read_json,
    sleep,
)
from cocapi.calls.drivers import run
from cocapi.calls.pipeline import life_of_a_call
from cocapi.options.marks import LONGEST_WAIT
from cocapi.plugins import Plugins
from cocapi.testing import Script, json_response

BASE = Request("players", "GET", "/players/{playerTag}", {"playerTag": "#2PP"})


def plugin(hook: str, answer: Any) -> Any:
    """A plugin with one hook, and whether its answer is a flow's."""

    def implementation(self: object) -> Any:
        return answer() if callable(answer) else answer

    return type("Wrong", (), {hook: hookimpl(implementation)})()


def with_plugin(hook: str, answer: Any, **more: Any) -> dict[str, Any]:
    return {"only_plugins": ("wrong",), "plugins": {"wrong": lambda _: plugin(hook, answer)}, **more}


def flow_of(answer: Any) -> Callable[[], Any]:
    """A function that gives a flow with that answer."""

    def flow() -> Any:
        yield from sleep(0)
        return answer

    return flow


BIG = 10**400

WRONG: dict[str, list[tuple[Any, str]]] = {
    "cocapi_request": [
        (42, "it answered an int, not Request or None"),
        (replace(BASE, timeout="3"), "'3': it must be a number of seconds above 0, 1000000 at most"),
        (replace(BASE, timeout=math.nan), "whose timeout is nan"),
        (replace(BASE, timeout=0), "whose timeout is 0"),
        (replace(BASE, total_timeout="3"), "whose total_timeout is '3': it must be a number of seconds"),
        (replace(BASE, method=None), "whose method is None: it must be a text that is not empty"),
        (replace(BASE, template=7), "whose template is 7"),
        (replace(BASE, base_url=b"https://x"), "whose base_url is b'https://x'"),
        (replace(BASE, fresh="no"), "whose fresh is 'no': it must be True or False"),
        (replace(BASE, model=7), "whose model is 7: it must be the name of a model or None"),
        (replace(BASE, key_id=7), "whose key_id is 7: it must be a text or None"),
        (replace(BASE, headers={"X-A": 1}), "whose header field 'X-A' is no text"),
        (replace(BASE, headers={"X-A": "1\r\nHost: x"}), "whose header field 'X-A' has a line break"),
        (replace(BASE, path_params={"playerTag": 2}), "is {'playerTag': 2}: it must be a mapping of texts"),
        (replace(BASE, path_params={"playerTag": ".."}), "that has no address: "),
        (replace(BASE, params={"limit": object()}), "that has no address: "),
    ],
    "cocapi_cache_lookup": [
        (json_response({}), "it answered a Response, not Hit or None"),
        (Hit(42), "it answered a Hit of an int, not of a Response"),  # type: ignore[arg-type]
        (Hit(Response("x")), "it answered a Response whose status_code is 'x'"),  # type: ignore[arg-type]
        (Hit(Response(True)), "whose status_code is True"),
        (Hit(Response(999)), "whose status_code is 999"),
        (Hit(Response(200, {"a": 1}, b"{}")), "whose header field 'a' is no text"),  # type: ignore[dict-item]
        (Hit(Response(200, {}, "{}")), "whose content is a str, not bytes"),  # type: ignore[arg-type]
        (Hit(json_response({}), fresh_for="9"), "whose fresh_for is '9'"),  # type: ignore[arg-type]
        (
            Hit(json_response({}), fresh_for=-1),
            "it answered a Hit whose fresh_for is -1: it must be a number of seconds, 0 or more",
        ),
        (Hit(Response(200, {}, b"<html>")), "it answered with a body that is no JSON object"),
    ],
    "cocapi_token": [
        (42, "it answered an int, not str or None"),
        ("two words", "it answered no token: "),
    ],
    "cocapi_attempt": [
        (0.5, "it answered a float, not Wait, Request or None"),
        (Wait("3"), "it answered a Wait whose seconds is '3'"),  # type: ignore[arg-type]
        (Wait(True), "it answered a Wait whose seconds is True"),
        (Wait(False), "it answered a Wait whose seconds is False"),
        (Wait(math.nan), "whose seconds is nan: it must be a number of seconds, from 0 to 1e+06"),
        (Wait(math.inf), "whose seconds is inf"),
        (Wait(-0.1), "whose seconds is -0.1"),
        (Wait(BIG), "whose seconds is "),
        (replace(BASE, timeout=-1), "whose timeout is -1"),
    ],
    "cocapi_decode": [
        (42, "it answered an int, not an object"),
        ("text", "it answered a str, not an object"),
        ([{}], "it answered a list, not an object"),
    ],
    "cocapi_error": [
        (True, "it answered a bool, not Retry, Hit, Response or None"),
        (Retry(None), "it answered a Retry whose after is None"),  # type: ignore[arg-type]
        (Retry(-1), "it answered a Retry whose after is -1"),
        (Hit(None), "it answered a Hit of a NoneType"),  # type: ignore[arg-type]
        (Response(200, {}, None), "whose content is a NoneType"),  # type: ignore[arg-type]
        (Response(200, {}, b"[]"), "it answered with a body that is no JSON object"),
        (Hit(Response(200, {}, b"[]")), "it answered with a body that is no JSON object"),
    ],
    "cocapi_response": [
        ({}, "it answered a dict, not Response or None"),
        (Response("200"), "whose status_code is '200'"),  # type: ignore[arg-type]
        (Response(200, {}, b"{"), "it answered with a body that is no JSON object"),
    ],
}
CASES = [(hook, answer, words) for hook, cases in WRONG.items() for answer, words in cases]


@pytest.mark.parametrize("way", ["value", "flow"])
@pytest.mark.parametrize(("hook", "answer", "words"), CASES, ids=[f"{c[0]}-{c[2]}" for c in CASES])
def test_a_wrong_answer_is_blamed_on_plugin_and_hook(
    play: Callable[..., Any], hook: str, answer: Any, words: str, way: str
) -> None:
    """Never on the server, never as a raw TypeError; and no further request is sent."""
    script = Script(Response(503) if hook == "cocapi_error" else json_response({"tag": "#2PP"}))
    given = answer if way == "value" else flow_of(answer)
    got = play(script, "players", "#2PP", **with_plugin(hook, given))
    assert got["error_type"] == "plugin"
    assert got["message"].startswith(f"plugin 'wrong' failed in {hook}: it answered ")
    assert words in got["message"]
    sent_before = {"cocapi_request": 0, "cocapi_cache_lookup": 0, "cocapi_token": 0, "cocapi_attempt": 0}
    assert len(script.requests) == sent_before.get(hook, 1)


@pytest.mark.parametrize(
    ("hook", "answer"),
    [
        ("cocapi_request", replace(BASE, timeout=0.5, total_timeout=None, model=None)),
        ("cocapi_request", replace(BASE, timeout=LONGEST_WAIT, total_timeout=LONGEST_WAIT)),
        ("cocapi_attempt", Wait(LONGEST_WAIT)),
        ("cocapi_attempt", Wait(0)),
        ("cocapi_cache_lookup", Hit(json_response({}), fresh_for=math.inf)),
        ("cocapi_cache_lookup", Hit(json_response({}), fresh_for=LONGEST_WAIT * 2)),
    ],
)
def test_what_is_allowed_is_allowed_to_its_bounds(play: Callable[..., Any], hook: str, answer: Any) -> None:
    """They are part of it."""
    assert play(Script(), "players", "#2PP", **with_plugin(hook, answer)) == {}


async def later() -> None: ...


@pytest.mark.filterwarnings("ignore:coroutine 'later' was never awaited")
@pytest.mark.parametrize("hook", [*WRONG, "cocapi_result"])
def test_a_coroutine_is_no_answer(play: Callable[..., Any], hook: str) -> None:
    """It would never be awaited."""
    script = Script(Response(503) if hook == "cocapi_error" else json_response({"tag": "#2PP"}))
    got = play(script, "players", "#2PP", **with_plugin(hook, lambda: later()))
    assert f"plugin 'wrong' failed in {hook}: it answered a coroutine" in got["message"]


def yields(effect: Any) -> Callable[[], Any]:
    def flow() -> Any:
        yield effect

    return flow


@pytest.mark.parametrize(
    "effect", [lambda: sleep(1), lambda: None, lambda: 3, lambda: Wait(1)], ids=["flow", "None", "3", "Wait"]
)
def test_what_is_no_effect_is_blamed_on_who_yields_it(play: Callable[..., Any], effect: Any) -> None:
    """``yield sleep(1)`` for ``yield from sleep(1)`` is the usual mistake, so the message names the cure."""
    script = Script()
    got = play(script, "players", "#2PP", **with_plugin("cocapi_attempt", yields(effect())))
    assert got["error_type"] == "plugin"
    assert got["message"].startswith("plugin 'wrong' failed in cocapi_attempt: ")
    assert "yield from" in got["message"]
    assert "unreachable" not in got["message"]
    assert script.requests == []


def test_what_the_user_asked_for_is_not_blamed_on_a_plugin() -> None:
    """A plugin that adds a header to a request that has no address has not made it so."""
    plugins = Plugins(ApiConfig(only_plugins=()))
    nowhere = replace(BASE, path_params={"playerTag": ".."})
    plugins.register(plugin("cocapi_request", lambda: nowhere.with_headers(X_A="1")), "adds")
    outcome = run(life_of_a_call(plugins.hooks, nowhere), Script().sync_io)
    assert outcome.error is None


@pytest.mark.parametrize("hook", ["cocapi_request", "cocapi_attempt"])
def test_a_request_made_from_nothing_has_the_notes_of_the_call(play: Callable[..., Any], hook: str) -> None:
    """Another plugin's notes in `request.state` are not lost with it."""
    notes: list[Any] = []

    class Noting:
        @hookimpl(tryfirst=True)
        def cocapi_request(self, request: Request) -> None:
            request.state["noting"] = "kept"

        @hookimpl
        def cocapi_attempted(self, request: Request) -> None:
            notes.append(request.state.get("noting"))

    settings = with_plugin(hook, lambda: Request("players", "GET", "/players/{t}", {"t": "#2PP"}))
    settings["plugins"]["noting"] = lambda _: Noting()
    settings["only_plugins"] = ("wrong", "noting")
    play(Script(), "players", "#2PP", **settings)
    assert notes == ["kept"]


def test_attempts_have_a_ceiling(play: Callable[..., Any]) -> None:
    """A plugin that wants another for ever is named, with the setting."""
    script = Script(Response(503, {}, b'{"message": "busy"}'))
    got = play(script, "players", "#2PP", **with_plugin("cocapi_error", Retry(), max_attempts=7))
    assert len(script.requests) == 7
    assert got["message"].startswith("plugin 'wrong' failed in cocapi_error: it wanted more than 7 attempts")
    assert "ApiConfig.max_attempts" in got["message"]
    assert "busy" in got["message"]


def test_flows_have_a_ceiling(play: Callable[..., Any]) -> None:
    """A flow that never ends is named, with the setting, and is closed."""
    ended: list[bool] = []

    def for_ever() -> Any:
        try:
            while True:
                yield from sleep(0)
        finally:
            ended.append(True)

    got = play(Script(), "players", "#2PP", **with_plugin("cocapi_request", for_ever, max_effects=50))
    assert got["message"] == (
        "plugin 'wrong' failed in cocapi_request: its flow asked for more than 50 effects, the most that "
        "ApiConfig.max_effects allows"
    )
    assert ended == [True]


@pytest.mark.parametrize("way", ["value", "flow"])
def test_the_traceback_of_a_plugin_that_raises_is_kept(
    play: Callable[..., Any], way: str, caplog: pytest.LogCaptureFixture
) -> None:
    """On the exception, as its cause, and in the log at DEBUG; at WARNING there is nothing of it."""

    def fail() -> Any:
        raise ZeroDivisionError("on purpose")

    def fail_later() -> Any:
        yield from sleep(0)
        fail()

    outcomes: list[Outcome] = []

    class Watching:
        @hookimpl
        def cocapi_finished(self, outcome: Outcome) -> None:
            outcomes.append(outcome)

    settings = with_plugin("cocapi_attempt", fail if way == "value" else fail_later)
    settings["plugins"]["watching"] = lambda _: Watching()
    settings["only_plugins"] = ("wrong", "watching")
    with caplog.at_level(logging.DEBUG, "cocapi.plugins"):
        play(Script(), "players", "#2PP", **settings)
    cause = outcomes[0].error and outcomes[0].error.__cause__
    assert isinstance(cause, ZeroDivisionError)
    (record,) = [record for record in caplog.records if record.name == "cocapi.plugins"]
    assert record.levelno == logging.DEBUG
    assert "ZeroDivisionError: on purpose" in caplog.text
    assert "in fail" in caplog.text


def test_a_stored_refusal_is_an_answer_of_the_server(play: Callable[..., Any]) -> None:
    """Hits may be of any status: a cache shares what the API said of all who ask the same."""
    got = play(Script(), "players", "#2PP", **with_plugin("cocapi_cache_lookup", Hit(Response(404))))
    assert (got["error_type"], got["status_code"]) == ("http", 404)


def test_with_raise_errors_the_blame_is_raised() -> None:
    """As a PluginError, with what the plugin raised behind it."""
    settings = with_plugin("cocapi_request", lambda: read_json(b"<"), raise_errors=True)
    api: CocApi
    with Script().client(**settings) as api, pytest.raises(PluginError) as caught:
        api.players("#2PP")
    assert isinstance(caught.value.__cause__, ValueError)
    assert not isinstance(caught.value, NotFound)
