"""What is kept, for how long, and what the statistics say of it."""

import gc
import json
import tracemalloc
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cocapi import ApiConfig, ConfigError, Hit, Request, Response, hookimpl
from cocapi.calls.messages import Outcome
from cocapi.testing import Clock, Script, json_response
from cocapi_cache import Cache

Talk = Callable[..., Any]


def numbered() -> Script:
    """A network whose answers count up: ``{"number": 1}``, ``{"number": 2}``, …"""
    script = Script()
    script.answers[:] = [lambda request: json_response({"number": len(script.requests)})]
    return script


def test_an_answer_is_used_again_until_its_time_is_over(talk: Talk) -> None:
    """cache_ttl in seconds, on a clock that is told."""
    here = talk(numbered(), cache_ttl=60)
    assert here.ask("clan_tag", "#2PP") == here.ask("clan_tag", "#2PP") == {"number": 1}
    here.clock.advance(59.9)
    assert here.ask("clan_tag", "#2PP") == {"number": 1}
    here.clock.advance(0.1)
    assert here.ask("clan_tag", "#2PP") == {"number": 2}


def test_no_edit_of_an_answer_reaches_another_caller(talk: Talk) -> None:
    """Each caller has an object of his own, the first one too."""
    here = talk(Script(json_response({"members": [{"name": "a"}]})))
    for _ in range(3):
        answer = here.ask("clan_tag", "#2PP")
        assert answer == {"members": [{"name": "a"}]}
        answer["members"][0]["name"] = "edited"
        answer["members"].append(1)
    assert here.sent == 1


def test_the_very_same_response_is_handed_out(talk: Talk) -> None:
    """A plugin may keep what it made of a response under that response."""
    responses: list[Response | None] = []

    class Observer:
        @hookimpl
        def cocapi_finished(self, outcome: Outcome) -> None:
            responses.append(outcome.response)

    plugins = {"observer": lambda _: Observer()}
    here = talk(numbered(), plugins=plugins, only_plugins=("script", "cache", "observer"))
    for _ in range(3):
        here.ask("clan_tag", "#2PP")
    assert responses[0] is responses[1] is responses[2] is not None


def test_what_differs_is_kept_apart_and_what_is_equal_together(talk: Talk) -> None:
    """Path and parameters count, the order of parameters and the spelling of a tag do not."""
    here = talk(numbered())
    assert here.ask("clan_members", "#2PP", {"limit": 1, "after": "x"}) == {"number": 1}
    assert here.ask("clan_members", "2pp", {"after": "x", "limit": 1}) == {"number": 1}
    assert here.ask("clan_members", "#2PP", {"limit": 2, "after": "x"}) == {"number": 2}
    assert here.ask("clan_members", "#2PQ", {"limit": 1, "after": "x"}) == {"number": 3}
    assert here.ask("clan_tag", "#2PP") == {"number": 4}
    here.api.set_base_url("https://proxy.example/v1", force=True)
    assert here.ask("clan_tag", "#2PP") == {"number": 5}


def test_headers_are_no_part_of_the_key(talk: Talk) -> None:
    """A request id of its own does not make a request another one."""

    class Numbers:
        count = 0

        @hookimpl
        def cocapi_request(self, request: Request) -> Request:
            self.count += 1
            return request.with_headers(X_Request_ID=str(self.count))

    plugins = {"numbers": lambda _: Numbers()}
    here = talk(numbered(), plugins=plugins, only_plugins=("script", "cache", "numbers"))
    assert here.ask("clan_tag", "#2PP") == here.ask("clan_tag", "#2PP") == {"number": 1}


@pytest.mark.parametrize(
    "failure",
    [
        Response(404, content=b'{"reason": "notFound"}'),
        Response(503),
        Response(200, content=b"<html>"),
        Response(200, content=b'{"tag": "#2'),
        Response(200, content=b"null"),
    ],
    ids=["404", "503", "html", "half", "null"],
)
def test_an_error_is_never_stored(talk: Talk, failure: Response) -> None:
    """The next call asks again: no client is stuck with a cached 404, or with junk."""
    here = talk(Script(failure, json_response({"tag": "#2PP"})))
    assert here.ask("clan_tag", "#2PP")["result"] == "error"
    assert here.cache.stats()["total_entries"] == 0
    assert here.ask("clan_tag", "#2PP") == {"tag": "#2PP"}


def test_a_post_is_neither_looked_up_nor_stored(talk: Talk) -> None:
    """Verifying a player's token is an act."""
    here = talk(Script(json_response({"status": "ok"})))
    for _ in range(2):
        assert here.ask("verify_player_token", "#2PP", "token")["status"] == "ok"
    assert here.sent == 2
    assert here.cache.stats()["stats"] == dict.fromkeys(
        ["hits", "misses", "sets", "evictions", "coalesced", "stale"], 0
    )


def test_a_call_may_go_past_the_cache_and_refreshes_it(talk: Talk) -> None:
    """with_options(cache=False) is for this call; what comes back is kept for the next."""
    here = talk(numbered())
    here.ask("clan_tag", "#2PP")
    assert here.ask("clan_tag", "#2PP", cache=False) == {"number": 2}
    assert here.ask("clan_tag", "#2PP") == {"number": 2}
    counts = here.cache.stats()["stats"]
    assert (counts["misses"], counts["sets"], counts["evictions"]) == (1, 2, 0)


def test_a_ttl_of_zero_keeps_nothing(talk: Talk) -> None:
    """Each call is sent."""
    here = talk(numbered(), cache_ttl=0, cache_stale_if_error=60)
    assert [here.ask("clan_tag", "#2PP")["number"] for _ in range(3)] == [1, 2, 3]
    assert here.cache.stats()["total_entries"] == 0


def test_the_server_decides_when_told_to(talk: Talk) -> None:
    """cache_ttl="server" obeys Cache-Control, the API's spelling included, and subtracts Age."""
    fields = [
        {"cache-control": "public max-age=60", "age": "20"},
        {"cache-control": "no-store"},
        {"cache-control": "max-age=5"},
    ]
    script = Script()
    script.answers[:] = [
        *(json_response({"number": n}, headers=field) for n, field in enumerate(fields, 1)),
        json_response({"number": 4}),
    ]
    here = talk(script, cache_ttl="server")
    assert here.ask("clan_tag", "#2PP") == {"number": 1}
    here.clock.advance(39)
    assert here.ask("clan_tag", "#2PP") == {"number": 1}
    here.clock.advance(1)
    assert here.ask("clan_tag", "#2PP") == {"number": 2}
    assert here.ask("clan_tag", "#2PP") == {"number": 3}
    here.clock.advance(5)
    assert here.ask("clan_tag", "#2PP") == {"number": 4}


def test_the_least_recently_used_answer_makes_room(talk: Talk) -> None:
    """Reading counts as use; looking at the statistics does not."""
    here = talk(numbered(), cache_max_entries=2, cache_stale_if_error=10)
    here.ask("clan_tag", "#AAA")
    here.ask("clan_tag", "#BBB")
    here.ask("clan_tag", "#AAA")
    here.cache.stats()
    here.ask("clan_tag", "#CCC")
    assert here.ask("clan_tag", "#AAA") == {"number": 1}
    assert here.ask("clan_tag", "#BBB") == {"number": 4}


def test_statistics_have_the_names_and_meanings_of_3_0(talk: Talk) -> None:
    """hit_rate is in percent with two decimals."""
    here = talk(numbered(), cache_ttl=60, cache_stale_if_error=10, cache_max_entries=2)
    for tag in ("#AAA", "#BBB", "#BBB", "#CCC"):
        here.ask("clan_tag", tag)
    here.clock.advance(30)
    here.ask("clan_tag", "#DDD")
    here.clock.advance(35)
    assert here.api.get_cache_stats() == {
        "enabled": True,
        "total_entries": 2,
        "expired_entries": 1,
        "valid_entries": 1,
        "default_ttl": 60,
        "hit_rate": 20.0,
        "stats": {"hits": 1, "misses": 4, "sets": 4, "evictions": 2, "coalesced": 0, "stale": 0},
    }
    here.clock.advance(5)
    assert here.cache.stats()["expired_entries"] == 0
    assert here.cache.stats()["stats"]["evictions"] == 3
    here.ask("clan_tag", "#DDD")
    here.ask("clan_tag", "#DDD")
    assert here.cache.stats()["hit_rate"] == 42.86


def test_clear_forgets_all_and_says_how_many(talk: Talk) -> None:
    """As clear_cache() of the client does."""
    here = talk(numbered())
    here.ask("clan_tag", "#AAA")
    here.ask("clan_tag", "#BBB")
    assert (here.api.clear_cache(), here.api.clear_cache()) == (2, 0)
    assert here.ask("clan_tag", "#AAA") == {"number": 3}


def test_invalidate_forgets_a_place_and_says_how_many(talk: Talk) -> None:
    """By template, by path, by tag."""
    here = talk(numbered())
    for name, tag in [
        ("clan_tag", "#AAA"),
        ("clan_members", "#AAA"),
        ("clan_tag", "#BBB"),
        ("players", "#AAA"),
    ]:
        here.ask(name, tag)
    assert here.cache.invalidate("/clans/{clanTag}", clanTag="#AAA") == 2
    assert here.cache.invalidate("#AAA") == 1
    assert here.cache.invalidate("/players") == 0
    assert here.ask("clan_tag", "#BBB") == {"number": 3}
    assert here.ask("clan_tag", "#AAA") == {"number": 5}


def test_an_option_and_its_name_of_old_are_one_setting() -> None:
    """Whichever is given, both are read; of two, the option wins."""
    for config in (ApiConfig(cache_ttl=5), ApiConfig(plugins={"cache": {"ttl": 5}})):
        assert config.cache_ttl == 5
        assert Cache(config).stats()["default_ttl"] == 5
    assert ApiConfig(cache_ttl=5, plugins={"cache": {"ttl": 6}}).cache_ttl == 6
    with pytest.raises(ConfigError, match=r"plugins\['cache'\]\['ttl'\] is 'sever': it must be .*\"server\""):
        ApiConfig(plugins={"cache": {"ttl": "sever"}})


def test_each_client_has_a_cache_of_its_own() -> None:
    """Tokens may see different things."""
    scripts = [numbered(), numbered()]
    for script in scripts:
        with script.client(only_plugins=("script", "cache")) as api:
            api.clan_tag("#2PP")
    assert [len(script.requests) for script in scripts] == [1, 1]


def fetch(cache: Cache, name: str, response: Response) -> Response:
    """Walk one call through the hooks, as the pipeline does; the response that answers it."""
    request = Request("labels", "GET", "/labels/{name}", {"name": name})
    hit = cache.cocapi_cache_lookup(request)
    if hit is None:
        cache.cocapi_response(request, response)
    cache.cocapi_finished(request)
    return hit.response if isinstance(hit, Hit) else response


STEPS = st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from([0, 0, 1, 4])), max_size=60)


@settings(max_examples=200)
@given(STEPS, st.integers(1, 4), st.integers(1, 9))
def test_the_store_is_a_bounded_lru_with_a_time_for_each_entry(
    steps: list[tuple[str, int]], most: int, ttl: int
) -> None:
    """Whatever the order of calls and the passing of time, it answers as the plainest model does."""
    clock = Clock()
    cache = Cache(ApiConfig(cache_max_entries=most, cache_ttl=ttl), clock=clock)
    model: OrderedDict[str, tuple[float, Response]] = OrderedDict()
    for name, pause in steps:
        clock.advance(pause)
        for old in [key for key, (end, _) in model.items() if end <= clock()]:
            del model[old]
        response = Response(200)
        answered = fetch(cache, name, response)
        if name in model:
            assert answered is model[name][1]
        else:
            assert answered is response
            if len(model) == most:
                model.popitem(last=False)
            model[name] = clock() + ttl, response
        model.move_to_end(name)
        stats = cache.stats()
        assert stats["total_entries"] == stats["valid_entries"] == len(model)
        assert stats["stats"]["sets"] - stats["stats"]["evictions"] == len(model)


def test_an_entry_costs_little_more_than_its_body() -> None:
    """At most 1.2 times the body, for bodies of the size of a clan."""
    headers = {f"x-header-{n}": f"value of some length {n}" for n in range(12)}
    cache = Cache(ApiConfig(cache_max_entries=1000))
    body = 40_000
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for n in range(200):
        fetch(cache, f"entry {n}", Response(200, dict(headers), json.dumps("x" * body).encode()))
    used = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert cache.stats()["total_entries"] == 200
    assert used <= 1.2 * 200 * body


def test_nothing_grows_that_is_not_an_entry() -> None:
    """Ten thousand calls with ten entries leave ten entries, and no note of the others."""
    cache = Cache(ApiConfig(cache_max_entries=10), clock=Clock())
    for n in range(10_000):
        fetch(cache, str(n), Response(200))
    assert cache.stats()["total_entries"] == 10
    assert cache.answers.flights == {}
