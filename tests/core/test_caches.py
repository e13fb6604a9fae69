"""Caches of any name: they obey a request that is to be fresh, and one in front of another fills."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from cocapi import ApiConfig, AsyncCocApi, CocApi, Flow, Hit, Outcome, Request, Response, do, hookimpl
from cocapi.testing import Clock, Script, json_response


class Shelf:
    """A slow cache, as one in a file or on another host: it answers with flows, and says how long a hit
    still lives."""

    def __init__(self, ttl: float, clock: Callable[[], float]) -> None:
        self.ttl = ttl
        self.clock = clock
        self.kept: dict[str, tuple[Response, float]] = {}
        self.looked_up = 0

    @hookimpl(trylast=True)
    def cocapi_cache_lookup(self, request: Request) -> Flow[Hit | None]:
        self.looked_up += 1
        kept = yield from do(lambda: self.kept.get(request.url), lambda: self.fetch(request.url))
        left = kept[1] - self.clock() if kept else 0
        return Hit(kept[0], fresh_for=left) if left > 0 else None

    async def fetch(self, url: str) -> Any:
        return self.kept.get(url)

    @hookimpl(trylast=True)
    def cocapi_response(self, request: Request, response: Response) -> None:
        self.kept[request.url] = response, self.clock() + self.ttl


class Keepsake:
    """A quick cache in front of others: it keeps what they had."""

    def __init__(self) -> None:
        self.hits: list[tuple[str, Hit]] = []

    @hookimpl(tryfirst=True)
    def cocapi_cache_lookup(self, request: Request) -> None:
        """Nothing is found here."""

    @hookimpl
    def cocapi_cache_hit(self, request: Request, hit: Hit) -> None:
        self.hits.append((request.operation, hit))


class Behind(Keepsake):
    """The same, asked last."""

    @hookimpl(trylast=True)
    def cocapi_cache_lookup(self, request: Request) -> None:
        """Nothing is found here."""


class Watching:
    def __init__(self) -> None:
        self.outcomes: list[Outcome] = []

    @hookimpl
    def cocapi_finished(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome)


def settings(**plugins: Any) -> dict[str, Any]:
    return {
        "only_plugins": tuple(plugins),
        "plugins": {name: lambda _, p=p: p for name, p in plugins.items()},
    }


def stored(clock: Clock, ttl: float = 100.0) -> Shelf:
    """A shelf that has the answer about a player."""
    shelf = Shelf(ttl, clock)
    shelf.kept["https://api.clashofclans.com/v1/players/%232PP"] = json_response({"n": 1}), clock() + ttl
    return shelf


def test_a_hit_is_offered_to_the_caches_that_were_asked_before(play: Callable[..., Any]) -> None:
    """To these alone: one behind was not asked."""
    script = Script()
    before, behind, watching = Keepsake(), Behind(), Watching()
    shelf = stored(script.clock)
    plugins = settings(before=before, a_behind=behind, shelf=shelf, watching=watching)
    # trylast hooks: those registered later are asked later; `a_behind` comes behind `shelf`
    assert play(script, "players", "#2PP", **plugins) == {"n": 1}
    assert [(name, hit.fresh_for) for name, hit in before.hits] == [("players", 100.0)]
    assert behind.hits == []
    assert (watching.outcomes[0].cache, script.requests) == ("hit", [])


def test_a_hit_from_the_first_is_offered_to_nobody(play: Callable[..., Any]) -> None:
    """There is nobody before it."""
    script = Script()
    behind = Behind()
    assert play(script, "players", "#2PP", **settings(shelf=stored(script.clock), a_behind=behind)) == {
        "n": 1
    }
    assert behind.hits == []


def test_a_refusal_that_was_stored_is_not_offered(play: Callable[..., Any]) -> None:
    """An error is never stored."""
    script = Script()
    shelf = stored(script.clock)
    for url in shelf.kept:
        shelf.kept[url] = Response(404), script.clock() + 9
    before = Keepsake()
    assert play(script, "players", "#2PP", **settings(before=before, shelf=shelf))["status_code"] == 404
    assert before.hits == []


def test_a_cache_that_cannot_keep_a_hit_is_logged(
    play: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    """The call has its answer."""

    class Full(Keepsake):
        @hookimpl
        def cocapi_cache_hit(self) -> Flow[None]:
            yield from do(fail, fail_later)

    def fail() -> None:
        raise OSError("no space left")

    async def fail_later() -> None:
        fail()

    script = Script()
    assert play(script, "players", "#2PP", **settings(before=Full(), shelf=stored(script.clock))) == {"n": 1}
    assert "plugin 'before' failed in cocapi_cache_hit: OSError: no space left" in caplog.text


def two_levels(script: Script, shelf: Shelf, **more: Any) -> dict[str, Any]:
    """The plugin cache, and a shelf behind it."""
    from cocapi_cache import Cache

    plugins = {"cache": lambda config: Cache(config, clock=script.clock), "shelf": lambda _: shelf}
    return {"only_plugins": ("cache", "shelf"), "plugins": plugins, **more}


def test_memory_in_front_of_a_slower_cache_fills() -> None:
    """The second call does not reach the slow one; after its time, which is the slow one's, it does again."""
    script = Script(json_response({"n": 2}))
    shelf = stored(script.clock, ttl=100)
    with script.client(**two_levels(script, shelf, cache_ttl=1000)) as api:
        script.clock.advance(60)
        assert [api.players("#2PP"), api.players("#2PP")] == [{"n": 1}, {"n": 1}]
        assert shelf.looked_up == 1
        script.clock.advance(39)
        assert (api.players("#2PP"), shelf.looked_up) == ({"n": 1}, 1)
        script.clock.advance(2)
        assert (api.players("#2PP"), shelf.looked_up) == ({"n": 2}, 2)


def test_memory_keeps_a_hit_no_longer_than_it_may_itself() -> None:
    """The shorter of both times counts."""
    script = Script()
    shelf = stored(script.clock, ttl=1000)
    with script.client(**two_levels(script, shelf, cache_ttl=10)) as api:
        api.players("#2PP")
        script.clock.advance(11)
        api.players("#2PP")
    assert shelf.looked_up == 2


@pytest.mark.parametrize("change", [{"fresh_for": None}, {"stale": True}], ids=["unknown", "stale"])
def test_memory_does_not_keep_what_may_be_old(change: dict[str, Any]) -> None:
    """A hit whose time is not known, or over, is asked for again."""

    class Vague(Shelf):
        @hookimpl(trylast=True)
        def cocapi_cache_lookup(self, request: Request) -> Flow[Hit | None]:
            hit = yield from super().cocapi_cache_lookup(request)
            return hit and Hit(hit.response, **{"fresh_for": hit.fresh_for, **change})

    script = Script()
    shelf = Vague(100, script.clock)
    shelf.kept = stored(script.clock).kept
    with script.client(**two_levels(script, shelf)) as api:
        api.players("#2PP")
        api.players("#2PP")
    assert shelf.looked_up == 2


def test_those_who_wait_for_a_call_that_a_later_cache_answers_get_the_hit() -> None:
    """A crowd asks the slow cache once."""

    class Slow(Shelf):
        async def fetch(self, url: str) -> Any:
            await asyncio.sleep(0.02)
            return self.kept.get(url)

    async def main() -> None:
        script = Script()
        shelf = Slow(100, script.clock)
        shelf.kept = stored(script.clock).kept
        async with script.async_client(**two_levels(script, shelf)) as api:
            answers = await asyncio.gather(*(api.players("#2PP") for _ in range(20)))
        assert answers == [{"n": 1}] * 20
        assert shelf.looked_up == 1

    asyncio.run(main())


class Ahead(Shelf):
    """Refreshes ahead: in the last tenth of an answer's life one caller fetches a new one, and all others
    still get the old one."""

    def __init__(self, ttl: float, clock: Callable[[], float]) -> None:
        super().__init__(ttl, clock)
        self.refreshing: set[str] = set()

    @hookimpl(trylast=True)
    def cocapi_cache_lookup(self, request: Request) -> Flow[Hit | None]:
        hit = yield from super().cocapi_cache_lookup(request)
        late = hit is not None and (hit.fresh_for or 0) < self.ttl / 10
        if late and request.url not in self.refreshing:
            self.refreshing.add(request.url)
            request.state["ahead"] = request.url
            return None
        return hit

    @hookimpl
    def cocapi_finished(self, request: Request) -> None:
        self.refreshing.discard(request.state.get("ahead", ""))


def test_refresh_ahead_is_a_plugin() -> None:
    """Nobody finds the answer expired, and one request a life is made, also when a crowd asks."""

    async def main() -> None:
        script = Script(json_response({"n": 2}))

        async def send(request: Request) -> Response:
            await asyncio.sleep(0.01)
            return script.send(request)

        script.asend = send  # type: ignore[method-assign]
        shelf = Ahead(100, script.clock)
        shelf.kept = stored(script.clock).kept
        async with script.async_client(**settings(shelf=shelf)) as api:
            script.clock.advance(50)
            assert await api.players("#2PP") == {"n": 1}
            script.clock.advance(45)
            answers = await asyncio.gather(*(api.players("#2PP") for _ in range(10)))
            assert (answers.count({"n": 2}), answers.count({"n": 1})) == (1, 9)
            script.clock.advance(50)
            assert await api.players("#2PP") == {"n": 2}
        assert len(script.requests) == 1

    asyncio.run(main())


@pytest.mark.parametrize("way", ["option", "hook"])
def test_a_fresh_call_asks_no_cache_of_any_name(play: Callable[..., Any], way: str) -> None:
    """``with_options(cache=False)``, or a plugin that makes it so; what comes back is kept as ever."""

    class Wants:
        @hookimpl
        def cocapi_request(self, request: Request) -> Request:
            return replace(request, fresh=True)

    script = Script(json_response({"n": 2}))
    shelf, watching = stored(script.clock), Watching()
    plugins = settings(shelf=shelf, watching=watching, **({"wants": Wants()} if way == "hook" else {}))
    with script.client(**plugins) as api:
        assert (api.with_options(cache=False) if way == "option" else api).players("#2PP") == {"n": 2}
    assert (shelf.looked_up, len(script.requests), watching.outcomes[0].cache) == (0, 1, None)
    assert [read.content for read, _ in shelf.kept.values()] == [b'{"n": 2}']


def test_a_fresh_call_takes_no_stored_answer_for_a_failure(play: Callable[..., Any]) -> None:
    """A cache that serves stale is passed over: the user wants a fresh answer or none."""

    class Stale:
        @hookimpl
        def cocapi_error(self) -> Hit:
            return Hit(json_response({"old": True}), stale=True)

        @hookimpl
        def cocapi_request(self, request: Request) -> Request:
            return replace(request, fresh=True)

    got = play(Script(Response(503)), "players", "#2PP", **settings(stale=Stale()))
    assert (got["error_type"], got["status_code"]) == ("http", 503)


class Anything:
    """A cache that has an answer to whatever is asked, and one for every failure."""

    @hookimpl(tryfirst=True)
    def cocapi_cache_lookup(self) -> Hit:
        return Hit(json_response({"items": []}))

    @hookimpl(tryfirst=True)
    def cocapi_error(self) -> Hit:
        return Hit(json_response({"items": []}), stale=True)


REFUSED = Response(403, {}, b'{"reason": "accessDenied", "message": "Invalid authorization"}')


def test_the_verification_of_a_token_reaches_the_network() -> None:
    """A cache that lives longer than the client, of whatever name, does not vouch for a wrong token; and no
    other plugin has to be there."""
    script = Script(REFUSED)
    plugins = {"anything": lambda _: Anything(), "script": lambda _: script}
    config = ApiConfig(only_plugins=("anything", "script"), plugins=plugins)
    with pytest.raises(ValueError, match="API initialization failed"):
        CocApi("wrong", config=config)

    async def main() -> None:
        async with AsyncCocApi("wrong", config=config):
            raise AssertionError

    with pytest.raises(ValueError, match="API initialization failed"):
        asyncio.run(main())
    assert len(script.requests) == 2


def test_with_options_cache_is_known_without_a_cache() -> None:
    """It asks for a fresh answer, whoever would keep one."""
    with Script().client(only_plugins=("script",)) as api:
        assert api.with_options(cache=False).players("#2PP") == {}
