"""Answers past their time, while the API fails."""

from collections.abc import Callable
from typing import Any

import pytest

from cocapi import (
    ApiConfig,
    ConnectionFailed,
    Hit,
    Request,
    RequestTimeout,
    Response,
    ResponseTooLarge,
    Retry,
    hookimpl,
)
from cocapi.calls.messages import Outcome
from cocapi.errors import api_error
from cocapi.testing import Clock, Script, json_response
from cocapi_cache import Cache

Talk = Callable[..., Any]

CLAN = json_response({"tag": "#2PP", "name": "Ünïted \ud83d\ude00", "points": 9007199254740993})
MAINTENANCE = Response(503, content=b'{"reason": "inMaintenance"}')


@pytest.mark.parametrize(
    "failure",
    [
        MAINTENANCE,
        Response(500),
        Response(502, content=b"<html>"),
        Response(200, content=b"<html>"),
        RequestTimeout("slow"),
        ConnectionFailed("lost"),
    ],
    ids=["maintenance", "500", "502", "junk", "timeout", "connection"],
)
def test_a_stale_answer_stands_in_for_a_failure_of_the_server(talk: Talk, failure: Any) -> None:
    """It says by how many seconds it is late, and is the answer otherwise."""
    here = talk(Script(CLAN, failure), cache_ttl=60, cache_stale_if_error=600)
    fresh = here.ask("clan_tag", "#2PP")
    here.clock.advance(60 + 12.5)
    assert here.ask("clan_tag", "#2PP") == {**fresh, "_stale": 12.5}
    assert here.sent == 2
    assert here.cache.stats()["stats"]["stale"] == 1


@pytest.mark.parametrize(
    "failure",
    [Response(404), Response(403), Response(400), Response(429), ResponseTooLarge("large")],
    ids=["404", "403", "400", "429", "too_large"],
)
def test_what_the_server_does_say_is_not_hidden_by_a_stale_answer(talk: Talk, failure: Any) -> None:
    """A clan that is gone is gone."""
    here = talk(Script(CLAN, failure), cache_ttl=60, cache_stale_if_error=600)
    here.ask("clan_tag", "#2PP")
    here.clock.advance(61)
    assert here.ask("clan_tag", "#2PP")["result"] == "error"


def test_a_stale_answer_is_not_used_beyond_its_bound(talk: Talk) -> None:
    """cache_stale_if_error counts from the end of its time."""
    here = talk(Script(CLAN, MAINTENANCE), cache_ttl=60, cache_stale_if_error=10)
    here.ask("clan_tag", "#2PP")
    here.clock.advance(69.9)
    assert here.ask("clan_tag", "#2PP")["_stale"] == 9.9
    here.clock.advance(0.2)
    assert here.ask("clan_tag", "#2PP")["result"] == "error"


def test_without_permission_there_are_no_stale_answers(talk: Talk) -> None:
    """cache_stale_if_error is 0 unless set."""
    here = talk(Script(CLAN, MAINTENANCE), cache_ttl=60)
    here.ask("clan_tag", "#2PP")
    here.clock.advance(61)
    assert here.ask("clan_tag", "#2PP")["result"] == "error"


def test_the_server_may_forbid_stale_answers(talk: Talk) -> None:
    """must-revalidate, where the server's word counts."""
    strict = json_response({}, headers={"cache-control": "max-age=60, must-revalidate"})
    here = talk(Script(strict, MAINTENANCE), cache_ttl="server", cache_stale_if_error=600)
    here.ask("clan_tag", "#2PP")
    here.clock.advance(61)
    assert here.ask("clan_tag", "#2PP")["result"] == "error"


def test_who_goes_past_the_cache_gets_the_failure(talk: Talk) -> None:
    """with_options(cache=False) asks for a fresh answer or none."""
    here = talk(Script(CLAN, MAINTENANCE), cache_stale_if_error=600)
    here.ask("clan_tag", "#2PP")
    assert here.ask("clan_tag", "#2PP", cache=False)["result"] == "error"


def test_a_failure_without_anything_kept_is_not_counted_as_stale(talk: Talk) -> None:
    here = talk(Script(MAINTENANCE), cache_stale_if_error=600)
    assert here.ask("clan_tag", "#2PP")["result"] == "error"
    assert here.cache.stats()["stats"]["stale"] == 0


def test_a_stale_answer_is_not_stored_as_fresh(talk: Talk) -> None:
    """The next call asks the network again, and its mark does not pile up."""
    here = talk(Script(CLAN, MAINTENANCE, MAINTENANCE, CLAN), cache_ttl=60, cache_stale_if_error=600)
    here.ask("clan_tag", "#2PP")
    here.clock.advance(61)
    assert here.ask("clan_tag", "#2PP")["_stale"] == 1
    here.clock.advance(1)
    assert here.ask("clan_tag", "#2PP")["_stale"] == 2
    assert "_stale" not in here.ask("clan_tag", "#2PP")
    assert here.sent == 4


def test_observers_learn_that_the_answer_was_stale(talk: Talk) -> None:
    """Outcome.cache is "stale"."""
    outcomes: list[Outcome] = []

    class Observer:
        @hookimpl
        def cocapi_finished(self, outcome: Outcome) -> None:
            outcomes.append(outcome)

    plugins = {"observer": lambda _: Observer()}
    here = talk(
        Script(CLAN, MAINTENANCE),
        cache_ttl=60,
        cache_stale_if_error=600,
        plugins=plugins,
        only_plugins=("script", "cache", "observer"),
    )
    here.ask("clan_tag", "#2PP")
    here.clock.advance(61)
    here.ask("clan_tag", "#2PP")
    assert [outcome.cache for outcome in outcomes] == ["miss", "stale"]


def test_a_plugin_that_retries_is_asked_first(talk: Talk) -> None:
    """A stale answer stands in for a failed call, not for a failed attempt."""

    class Again:
        @hookimpl
        def cocapi_error(self, attempt: int) -> Retry | None:
            return Retry() if attempt < 3 else None

    plugins = {"zagain": lambda _: Again()}
    here = talk(
        Script(CLAN, MAINTENANCE),
        cache_ttl=60,
        cache_stale_if_error=600,
        plugins=plugins,
        only_plugins=("script", "cache", "zagain"),
    )
    here.ask("clan_tag", "#2PP")
    here.clock.advance(61)
    assert here.ask("clan_tag", "#2PP")["_stale"] == 1
    assert here.sent == 4


def test_all_who_wait_share_a_stale_answer(crowd: Any, gate: Any) -> None:
    """In maintenance a crowd costs one request, not one each after another."""
    clock = Clock()
    door = gate(MAINTENANCE)
    cache = Cache(ApiConfig(cache_ttl=60, cache_stale_if_error=600), clock=clock)
    stored = Request("clan_tag", "GET", "/clans/{clanTag}", {"clanTag": "#2PP"})
    cache.cocapi_cache_lookup(stored)
    cache.cocapi_response(stored, CLAN)
    cache.cocapi_finished(stored)
    clock.advance(61)
    answers, cache = crowd.ask(door, 10, cache=cache)
    assert [answer["_stale"] for answer in answers] == [1] * 10
    assert len(door.requests) == 1
    counts = cache.stats()["stats"]
    assert (counts["stale"], counts["coalesced"], counts["hits"]) == (10, 9, 0)


def test_a_fresh_answer_that_came_meanwhile_is_used_unmarked() -> None:
    """Another call refreshed the entry while this one failed."""
    cache = Cache(ApiConfig(cache_ttl=60, cache_stale_if_error=600), clock=Clock())
    failing = Request("clan_tag", "GET", "/clans/{clanTag}", {"clanTag": "#2PP"})
    assert cache.cocapi_cache_lookup(failing) is None
    other = Request("clan_tag", "GET", "/clans/{clanTag}", {"clanTag": "#2PP"}, fresh=True)
    cache.cocapi_attempt(other)
    cache.cocapi_response(other, CLAN)
    assert cache.cocapi_error(failing, api_error(failing, MAINTENANCE)) == Hit(CLAN)


def test_a_body_that_is_no_json_is_handed_out_unmarked() -> None:
    """A plugin may decode other formats; the outcome still says stale."""
    clock = Clock()
    cache = Cache(ApiConfig(cache_ttl=60, cache_stale_if_error=600), clock=clock)
    for body in (b"\x81\xa3tag", b"[1]", b"[" * 100_000):
        request = Request("clan_tag", "GET", "/clans/{clanTag}", {"clanTag": "#2PP"}, fresh=True)
        cache.cocapi_attempt(request)
        response = Response(200, content=body)
        cache.cocapi_response(request, response)
        clock.advance(61)
        again = Request("clan_tag", "GET", "/clans/{clanTag}", {"clanTag": "#2PP"})
        cache.cocapi_cache_lookup(again)
        assert cache.cocapi_error(again, api_error(again, MAINTENANCE)) == Hit(response, stale=True)
        cache.cocapi_finished(again)
