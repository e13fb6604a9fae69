"""send: what a plugin sends by itself is an attempt like any other."""

from collections.abc import Callable
from typing import Any

import pytest

from cocapi import ApiConfig, CocApiError, Flow, Request, Response, Wait, hookimpl, send
from cocapi.testing import Script, json_response
from cocapi_ratelimit import RateLimit


class Sender:
    """Sends `times` requests of its own for each call, in the hook `hook`.

    answers:
        What came back.
    """

    def __init__(self, times: int) -> None:
        self.times = times
        self.answers: list[Response] = []

    def sent(self, request: Request) -> Flow[None]:
        for _ in range(self.times):
            self.answers.append((yield from send(request)))


class AtRequest(Sender):
    @hookimpl
    def cocapi_request(self, request: Request) -> Flow[None]:
        return self.sent(request)


class AtAttempt(Sender):
    @hookimpl(tryfirst=True)
    def cocapi_attempt(self, request: Request) -> Flow[None]:
        return self.sent(request)


class AtError(Sender):
    @hookimpl
    def cocapi_error(self, request: Request) -> Flow[Response]:
        yield from self.sent(request)
        return self.answers[-1]


class Watching:
    """Counts what it is asked and told."""

    def __init__(self, answer: Any = None) -> None:
        self.answer = answer
        self.asked: list[int] = []
        self.told: list[tuple[int, Any]] = []

    @hookimpl
    def cocapi_attempt(self, attempt: int) -> Any:
        self.asked.append(attempt)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    @hookimpl
    def cocapi_attempted(self, attempt: int, response: Response | None) -> None:
        self.told.append((attempt, response and response.status_code))


def settings(**plugins: object) -> dict[str, Any]:
    factories: dict[str, Callable[[ApiConfig], object]] = {
        name: (lambda _, plugin=plugin: plugin)
        for name, plugin in plugins.items()  # type: ignore[misc]
    }
    return {"only_plugins": ("script", *plugins), "plugins": factories}


def test_the_rate_limit_counts_what_a_plugin_sends(play: Any) -> None:
    """30 of its own and the call's: with room for one, each further one waits."""
    script = Script()
    config = ApiConfig(requests_per_second=10, burst_limit=1)
    limit = RateLimit(config, clock=script.clock)
    play(script, "clan_tag", "#2PP", **settings(sender=AtRequest(30), limit=limit))
    assert len(script.requests) == limit.stats()["admitted"] == 31
    assert sum(script.sleeps) == pytest.approx(3.0)


@pytest.mark.parametrize("kind", [AtRequest, AtAttempt])
def test_other_plugins_are_asked_and_told_of_each(play: Any, kind: type[Sender]) -> None:
    script, watching = Script(), Watching()
    play(script, "clan_tag", "#2PP", **settings(sender=kind(2), watching=watching))
    assert watching.asked == [1, 1, 1]
    assert watching.told == [(1, 200), (1, 200), (1, 200)]


def test_a_plugin_that_sends_in_order_to_admit_an_attempt_is_not_asked_about_what_it_sends(play: Any) -> None:
    """It would go round for ever. Two such plugins are asked about each other's."""
    script, one, other = Script(), AtAttempt(1), AtAttempt(1)
    play(script, "clan_tag", "#2PP", **settings(one=one, other=other))
    assert len(one.answers) == 2
    assert len(other.answers) == 2
    assert len(script.requests) == 5


def test_what_a_plugin_refuses_is_not_sent_and_the_sender_learns_of_it(play: Any) -> None:
    class Handled(AtRequest):
        refused: CocApiError | None = None

        @hookimpl
        def cocapi_request(self, request: Request) -> Flow[None]:
            try:
                yield from send(request)
            except CocApiError as error:
                self.refused = error

    script, plugin = Script(), Handled(1)
    watching = Watching(CocApiError("not now"))
    play(script, "clan_tag", "#2PP", **settings(sender=plugin, watching=watching))
    assert str(plugin.refused) == "GET /clans/{clanTag}: not now"
    assert script.requests == []


def test_what_a_plugin_asks_for_holds_for_the_further_attempt(play: Any) -> None:
    """A wait is waited, and a changed request is what is sent."""

    class Marking:
        @hookimpl
        def cocapi_attempt(self, request: Request) -> Request:
            return request.with_headers(X_Mark="1")

    script = Script()
    play(
        script, "clan_tag", "#2PP", **settings(sender=AtRequest(1), waits=Watching(Wait(2)), marks=Marking())
    )
    assert script.sleeps == [2, 2]
    assert [request.headers["X-Mark"] for request in script.requests] == ["1", "1"]


def test_after_a_failure_a_plugin_may_send_once_more_by_itself(play: Any) -> None:
    script = Script(Response(503), json_response({"tag": "#2PP"}))
    answer = play(script, "clan_tag", "#2PP", **settings(sender=AtError(1), watching=Watching()))
    assert answer == {"tag": "#2PP"}
