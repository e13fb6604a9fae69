"""The logger ``cocapi.hooks``: what each hook of a call answered and how long it took; nothing when off."""

import logging
from collections.abc import Callable
from typing import Any

import pytest

from cocapi import Hit, Outcome, Request, Response, Retry, Wait, hookimpl, sleep
from cocapi.calls.pipeline import life_of_a_call
from cocapi.testing import Script, json_response


class Busy:
    """Answers in every way there is."""

    @hookimpl
    def cocapi_request(self, request: Request) -> Request:
        return request.with_headers(X_Busy="1")

    @hookimpl
    def cocapi_cache_lookup(self) -> Any:
        yield from sleep(0.5)
        return None

    @hookimpl
    def cocapi_attempt(self, attempt: int) -> Any:
        return Wait(0.25) if attempt == 1 else None

    @hookimpl
    def cocapi_error(self) -> Any:
        return Retry(after=2)

    @hookimpl
    def cocapi_finished(self, outcome: Outcome) -> None:
        """Nothing to say."""


def settings(plugin: Any) -> dict[str, Any]:
    return {"only_plugins": ("busy",), "plugins": {"busy": lambda _: plugin}}


def test_each_hook_of_a_call_is_told_with_plugin_answer_and_time(
    play: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    """In the order in which they were asked; the fields are the record's attributes."""
    with caplog.at_level(logging.DEBUG, "cocapi.hooks"):
        play(Script(Response(503), json_response({})), "players", "#2PP", **settings(Busy()))
    records: list[Any] = [record for record in caplog.records if record.name == "cocapi.hooks"]
    assert [(record.hook, record.answer) for record in records] == [
        ("cocapi_request", "request"),
        ("cocapi_cache_lookup", "flow: none"),
        ("cocapi_attempt", "wait 0.25 s"),
        ("cocapi_error", "retry after 2 s"),
        ("cocapi_attempt", "none"),
        ("cocapi_finished", "none"),
    ]
    assert {(record.plugin, record.operation) for record in records} == {("busy", "players")}
    assert all(0 <= record.microseconds < 1e6 for record in records)
    assert records[2].getMessage().startswith("players cocapi_attempt busy: wait 0.25 s, ")
    assert "2PP" not in "".join(record.getMessage() for record in records)


@pytest.mark.parametrize("way", ["value", "flow"])
def test_what_a_hook_raises_is_told_by_its_name_alone(
    play: Callable[..., Any], way: str, caplog: pytest.LogCaptureFixture
) -> None:
    """A message may hold anything."""

    class Fails:
        @hookimpl
        def cocapi_attempt(self) -> Any:
            return self.flow() if way == "flow" else self.fail()

        def flow(self) -> Any:
            yield from sleep(0)
            self.fail()

        def fail(self) -> None:
            raise ZeroDivisionError("secret")

    with caplog.at_level(logging.DEBUG, "cocapi.hooks"):
        play(Script(), "players", "#2PP", **settings(Fails()))
    (record,) = [record for record in caplog.records if record.name == "cocapi.hooks"]
    assert record.answer == ("flow: " if way == "flow" else "") + "raised ZeroDivisionError"  # type: ignore[attr-defined]
    assert "secret" not in record.getMessage()


def test_the_call_is_the_same_with_and_without(play: Callable[..., Any]) -> None:
    """Timing a hook changes nothing of what it does, a flow that is answered included."""

    class Recovers:
        @hookimpl
        def cocapi_request(self) -> Any:
            try:
                yield 42
            except TypeError:
                return
            raise AssertionError

        @hookimpl
        def cocapi_cache_lookup(self) -> Any:
            yield from sleep(3)
            return Hit(json_response({"from": "flow"}))

    logger = logging.getLogger("cocapi.hooks")
    scripts = [Script(), Script()]
    plain = play(scripts[0], "players", "#2PP", **settings(Recovers()))
    logger.setLevel(logging.DEBUG)
    try:
        timed = play(scripts[1], "players", "#2PP", **settings(Recovers()))
    finally:
        logger.setLevel(logging.INFO)
    assert plain == timed == {"from": "flow"}
    assert scripts[0].sleeps == scripts[1].sleeps == [3]


def test_a_flow_that_is_cancelled_is_closed_and_told_of(caplog: pytest.LogCaptureFixture) -> None:
    """The plugin lets go of what it holds, as without a trace."""
    released: list[bool] = []

    class Holds:
        @hookimpl
        def cocapi_request(self) -> Any:
            try:
                yield from sleep(60)
            finally:
                released.append(True)

    with Script().client(**settings(Holds())) as api, caplog.at_level(logging.DEBUG, "cocapi.hooks"):
        flow = life_of_a_call(api.plugins.hooks, Request("players", "GET", "/"))
        next(flow)
        flow.close()
    assert released == [True]
    assert [record.answer for record in caplog.records if record.name == "cocapi.hooks"] == [
        "flow: cancelled"
    ]  # type: ignore[attr-defined]


@pytest.mark.parametrize("parent", ["", "cocapi"])
def test_nothing_is_logged_unless_it_is_asked_for_by_name(
    play: Callable[..., Any], parent: str, caplog: pytest.LogCaptureFixture
) -> None:
    """DEBUG of everything is a record a call, not one a hook."""
    with caplog.at_level(logging.DEBUG, parent):
        play(Script(), "players", "#2PP", **settings(Busy()))
    assert [record for record in caplog.records if record.name == "cocapi.hooks"] == []
