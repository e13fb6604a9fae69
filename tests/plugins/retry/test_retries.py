"""When a failed call is made again, and when it ends."""

import logging
import subprocess
import sys
import time
from collections.abc import Callable
from email.utils import formatdate
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocapi import ApiConfig, ConnectionFailed, Request, RequestTimeout, Response, Retry
from cocapi.errors import api_error
from cocapi.testing import Clock, Script, json_response
from cocapi_retry import Retries

Play = Callable[..., Any]

WALL = 1795435200.0
"""Mon, 23 Nov 2026 12:00:00 GMT"""

FINE = json_response({"tag": "#2PP"})


def settings(script: Script, chance: float = 0.0, **more: Any) -> dict[str, Any]:
    """A client with this plugin alone, on the script's clock; no jitter unless `chance` says so."""
    options = more.pop("retry", {})

    def retries(config: ApiConfig) -> Retries:
        told = ApiConfig(
            max_retries=config.max_retries, retry_delay=config.retry_delay, plugins={"retry": options}
        )
        return Retries(told, clock=script.clock, wall=lambda: WALL, random=lambda: chance)

    return {"only_plugins": ("script", "retry"), "plugins": {"retry": retries}, "max_retries": 3, **more}


@pytest.mark.parametrize(
    "failure",
    [
        Response(429),
        Response(500),
        Response(503, content=b'{"reason": "inMaintenance"}'),
        RequestTimeout("slow"),
        ConnectionFailed("lost"),
        Response(200, content=b'{"tag": "#2'),
    ],
    ids=["429", "500", "maintenance", "timeout", "lost", "half"],
)
def test_a_passing_failure_is_tried_again(play: Play, failure: Any) -> None:
    """The caller learns nothing of it."""
    script = Script(failure, FINE)
    assert play(script, "clan_tag", "#2PP", **settings(script)) == {"tag": "#2PP"}
    assert script.sleeps == [1.0]


@pytest.mark.parametrize("status", [400, 403, 404])
def test_what_another_attempt_cannot_mend_is_not_tried_again(play: Play, status: int) -> None:
    """400, 403 and 404 are answers."""
    script = Script(Response(status), FINE)
    assert play(script, "clan_tag", "#2PP", **settings(script))["status_code"] == status
    assert len(script.requests) == 1


def test_parameters_that_are_wrong_are_not_sent_at_all(play: Play) -> None:
    """Nothing to try again."""
    script = Script(FINE)
    answer = play(script, "clan_members", "#2PP", {"nonsense": 1}, **settings(script))
    assert (answer["error_type"], script.requests, script.sleeps) == ("params", [], [])


def test_a_post_is_not_made_twice_when_nobody_knows_whether_it_acted(play: Play) -> None:
    """verifytoken uses its token up."""
    for failure in (RequestTimeout("slow"), ConnectionFailed("lost"), Response(500)):
        script = Script(failure, FINE)
        play(script, "verify_player_token", "#2PP", "token", **settings(script))
        assert len(script.requests) == 1
    script = Script(Response(429), FINE)
    play(script, "verify_player_token", "#2PP", "token", **settings(script))
    assert len(script.requests) == 2


@pytest.mark.parametrize("most", [1, 2, 5])
def test_max_retries_is_the_number_of_attempts_in_all(play: Play, most: int) -> None:
    """The first included; the last error is the call's."""
    script = Script(Response(500))
    answer = play(script, "clan_tag", "#2PP", **settings(script, max_retries=most))
    assert answer["status_code"] == 500
    assert len(script.requests) == most


def test_the_delay_doubles_up_to_the_longest(play: Play) -> None:
    """retry_delay times 2ⁿ, capped by max_delay."""
    script = Script(Response(500))
    play(
        script, "clan_tag", "#2PP", **settings(script, max_retries=6, retry_delay=0.5, retry={"max_delay": 3})
    )
    assert script.sleeps == [0.5, 1, 2, 3, 3]


def test_jitter_takes_a_part_of_the_delay_away(play: Play) -> None:
    """Also at the cap, so that many clients do not come back at once."""
    script = Script(Response(500))
    told = settings(script, chance=0.5, max_retries=5, retry={"max_delay": 3, "jitter": 0.2})
    play(script, "clan_tag", "#2PP", **told)
    assert script.sleeps == pytest.approx([0.9, 1.8, 2.7, 2.7])


@pytest.mark.parametrize("status", [429, 500, 503])
@pytest.mark.parametrize(
    ("field", "slept"),
    [
        ("7", 7),
        ("30", 30),
        ("0", 0),
        ("Mon, 23 Nov 2026 12:00:09 GMT", 9),
        ("Mon, 23 Nov 2026 11:00:00 GMT", 0),
        ("soon", 1),
    ],
)
def test_what_the_server_asks_for_is_waited_exactly(
    play: Play, status: int, field: str, slept: float
) -> None:
    """Without jitter; a field that says nothing leaves the delay as it is."""
    script = Script(Response(status, {"retry-after": field}), FINE)
    assert play(script, "clan_tag", "#2PP", **settings(script)) == {"tag": "#2PP"}
    assert sum(script.sleeps) == slept


@pytest.mark.parametrize(
    "field", ["31", "9" * 400, "Tue, 24 Nov 2026 12:00:00 GMT"], ids=["31", "huge", "tomorrow"]
)
def test_a_server_that_asks_for_more_than_the_longest_wait_ends_the_call(play: Play, field: str) -> None:
    """At once: coming back earlier than asked is rude, and waiting in vain helps nobody."""
    script = Script(Response(429, {"retry-after": field}), FINE)
    assert play(script, "clan_tag", "#2PP", **settings(script))["status_code"] == 429
    assert script.sleeps == []


@pytest.mark.parametrize(("hours", "attempts"), [(-1, 2), (24, 1)])
def test_a_date_is_read_by_the_clock_of_the_machine(play: Play, hours: int, attempts: int) -> None:
    """Where nobody says another: an hour ago is now, and tomorrow is beyond the longest wait."""
    date = formatdate(time.time() + hours * 3600, usegmt=True)
    script = Script(Response(429, {"retry-after": date}), FINE)
    play(script, "clan_tag", "#2PP", only_plugins=("script", "retry"))
    assert len(script.requests) == attempts


def test_a_call_whose_notes_are_gone_began_now() -> None:
    """A plugin may have cleared `request.state`; no call fails for that."""
    retries = Retries(ApiConfig(max_retries=3, retry_delay=2), clock=Clock(), random=lambda: 0.0)
    request = Request("clan_tag", "GET", "/clans/{clanTag}", {"clanTag": "#2PP"})
    assert retries.cocapi_error(request, ConnectionFailed("lost"), 1) == Retry(after=2)


def test_the_budget_ends_the_call_before_a_wait_that_it_does_not_reach(play: Play) -> None:
    """1 + 2 + 4 seconds fit into 8, and 8 more do not."""
    script = Script(Response(500))
    play(script, "clan_tag", "#2PP", **settings(script, max_retries=99, retry={"budget": 8}))
    assert script.sleeps == [1, 2, 4]


def test_time_that_attempts_take_counts_towards_the_budget(play: Play) -> None:
    """An API that takes twenty seconds to fail is not asked for ever."""
    script = Script()

    def slow(request: Request) -> Response:
        script.clock.advance(20)
        raise RequestTimeout("slow")

    script.answers[:] = [slow]
    play(script, "clan_tag", "#2PP", **settings(script, max_retries=99, retry={"budget": 60, "max_delay": 1}))
    assert len(script.requests) == 3
    assert script.clock() - 1000 <= 60 + 20


def test_each_call_has_a_budget_of_its_own() -> None:
    """The clock of one call does not run for the next."""
    script = Script(Response(500))
    with script.client(**settings(script, max_retries=99, retry={"budget": 4})) as api:
        for _ in range(3):
            api.clan_tag("#2PP")
    assert script.sleeps == [1, 2] * 3


def test_a_call_may_sit_it_out() -> None:
    """with_options(retry=False)."""
    script = Script(Response(500))
    with script.client(**settings(script)) as api:
        api.with_options(retry=False).clan_tag("#2PP")
        assert len(script.requests) == 1


def test_each_further_attempt_is_logged_without_a_tag(play: Play, caplog: pytest.LogCaptureFixture) -> None:
    """One record of level DEBUG a retry on the logger cocapi.retry."""
    caplog.set_level(logging.DEBUG, "cocapi.retry")
    script = Script(Response(503), ConnectionFailed("lost"), FINE)
    play(script, "clan_tag", "#2PP", **settings(script))
    assert [record.getMessage() for record in caplog.records if record.name == "cocapi.retry"] == [
        "GET /clans/{clanTag}: attempt 1: ServerError; again in 1.000 s",
        "GET /clans/{clanTag}: attempt 2: ConnectionFailed; again in 2.000 s",
    ]
    assert {record.levelname for record in caplog.records if record.name == "cocapi.retry"} == {"DEBUG"}


@given(
    attempts=st.integers(1, 2000),
    first=st.floats(0, 1e6),
    longest=st.floats(0, 1e6),
    budget=st.floats(0, 1e6),
    jitter=st.floats(0, 1),
    chance=st.floats(0, 1, exclude_max=True),
    attempt=st.integers(1, 2000),
    elapsed=st.floats(0, 1e6),
)
def test_every_delay_is_within_all_bounds(
    attempts: int,
    first: float,
    longest: float,
    budget: float,
    jitter: float,
    chance: float,
    attempt: int,
    elapsed: float,
) -> None:
    """Never longer than max_delay, never past the budget, never one attempt too many, never negative."""
    clock = Clock()
    options = {"max_delay": longest, "budget": budget, "jitter": jitter}
    config = ApiConfig(max_retries=attempts, retry_delay=first, plugins={"retry": options})
    plugin = Retries(config, clock=clock, random=lambda: chance)
    request = Request("clan_tag", "GET", "/clans/{clanTag}", {"clanTag": "#2PP"})
    plugin.cocapi_request(request)
    clock.advance(elapsed)
    decision = plugin.cocapi_error(request, api_error(request, Response(500)), attempt)
    backoff = min(longest, first * 2.0 ** min(attempt - 1, 1000))
    if isinstance(decision, Retry):
        assert attempt < attempts
        assert backoff * (1 - jitter) * 0.999 <= decision.after <= backoff * 1.001
        assert clock() - 1000 + decision.after < budget
    else:
        assert attempt >= attempts or clock() - 1000 + backoff >= budget * 0.999


def test_tenacity_is_loaded_at_the_first_failure_and_not_before() -> None:
    """Neither importing the plugin, nor a client, nor a call that succeeds pays for it."""
    program = """
import sys
from cocapi import Response
from cocapi.testing import Script, json_response
script = Script(json_response({}), Response(500))
with script.client(only_plugins=("script", "retry"), retry_delay=0) as api:
    api.clan_tag("#2PP")
    print("tenacity" in sys.modules)
    api.clan_tag("#2PP")
    print("tenacity" in sys.modules)
"""
    said = subprocess.check_output([sys.executable, "-c", program], text=True)
    assert said.split() == ["False", "True"]
