"""Programs as the documentation of 4.0.1 showed them; only token and address are those of the sandbox."""

import asyncio
import functools
from typing import Any

import pytest

from cocapi import (
    ApiConfig,
    AsyncCocApi,
    CocApi,
    add_debug_logging_middleware,
    add_request_id_middleware,
    add_response_size_middleware,
    add_response_timestamp_middleware,
    add_user_agent_middleware,
)

pytestmark = pytest.mark.once


def settings(**given: Any) -> ApiConfig:
    return ApiConfig(base_url="sandbox://", **given)


def test_first_steps() -> None:
    """A client, a clan, a player, a war, lists."""
    api = CocApi("token", config=settings())
    assert api.clan_tag("#2PP")["name"]
    assert api.players("#2PP")["townHallLevel"]
    assert "state" in api.clan_current_war("#2PP")
    assert api.clan("sandbox", 3).get("items") is not None
    assert api.clan(name="sandbox", limit=2, min_members=1, war_frequency="always").get("items") is not None
    assert api.location({"limit": 2})["items"]
    location = api.location()["items"][0]["id"]
    assert "items" in api.location_id_clan_rank(location, {"limit": 2})
    assert api.goldpass()["startTime"]
    assert api.test() == {"result": "success", "message": "API connection successful"}
    api.close()


def test_the_status_code_in_each_answer() -> None:
    """`status_code=True`, third by position."""
    api = CocApi("token", 30, True, settings())
    assert api.clan_tag("#2PP")["status_code"] == 200
    assert api.clan_tag("#VV")["status_code"] == 404
    api.close()


def test_errors_are_told_apart() -> None:
    """By result, error_type and http_status; messages are compared."""
    api = CocApi("token", config=settings())
    answer = api.clan_tag("#VV")
    assert (answer["result"], answer["error_type"], answer["http_status"]) == ("error", "http", 404)
    assert answer["message"] == "Not found - check clan/player tag"
    api.close()


@pytest.mark.parametrize("spelled", [{}, {"async_mode": True}])
def test_asynchronous_code(spelled: Any) -> None:
    """`async with`, gathered calls, a batch, a list; the client is entered again later."""
    api = CocApi("token", config=settings(enable_rate_limiting=True), **spelled)

    async def main() -> tuple[str, int, int]:
        async with api as client:
            assert client is api
            assert isinstance(client, CocApi)
            assert isinstance(client, AsyncCocApi)
            clan, player = await asyncio.gather(client.clan_tag("#2PP"), client.players("#2PP"))
            players = await client.batch(client.players, ["#2PP", "#2QQ"], max_concurrent=5)
            members = [member async for member in client.paginate(client.clan_members, "#2PP", limit=20)]
            assert player["tag"] == "#2PP"
            return clan["name"], len(players), len(members)

    assert asyncio.run(main()) == asyncio.run(main())


def test_pages_and_batches() -> None:
    """Lists of every spelling, several arguments in tuples."""
    api = CocApi("token", config=settings())
    members = list(api.paginate(api.clan_members, "#2PP", limit=10))
    assert members == list(api.paginate(functools.partial(api.clan_members, "#2PP"), limit=10))
    assert members == list(api.paginate(lambda params=None: api.clan_members("#2PP", params), limit=10))
    assert members == list(api.paginate(api.custom_endpoint, "/clans/%232PP/members", limit=10))
    clans = api.batch(api.clan_tag, ["#2PP", "#VV"])
    assert [clan.get("result") for clan in clans] == [None, "error"]
    (war_log,) = api.batch(api.clan_war_log, [("#2PP", {"limit": 1})])
    assert len(war_log["items"]) == 1
    api.close()


def test_caching() -> None:
    """Statistics, clearing, switching off while the client runs."""
    api = CocApi("token", config=settings(enable_caching=True, cache_ttl=600))
    for _ in range(2):
        api.clan_tag("#2PP")
    stats = api.get_cache_stats()
    assert (stats["enabled"], stats["stats"]["hits"], stats["default_ttl"]) == (True, 1, 600)
    assert api.cache.get_stats()["hit_rate"] == stats["hit_rate"]
    assert api.clear_cache() > 0
    api.config.enable_caching = False
    api.clan_tag("#2PP")
    assert api.get_cache_stats()["total_entries"] == 0
    api.close()


def test_metrics() -> None:
    """The summary's names; times in seconds."""
    api = CocApi("token", config=settings(enable_metrics=True, metrics_window_size=500))
    api.clan_tag("#2PP")
    figures = api.get_metrics()
    assert figures["total_requests"] >= 1
    assert {"success_rate", "cache_hit_rate", "most_used_endpoints", "timespan"} <= figures.keys()
    times = figures["response_time_percentiles"]
    assert times["min"] <= times["p50"] <= times["max"] < 60
    assert times["min"] <= figures["average_response_time"] <= times["max"]
    assert api.metrics.get_metrics_summary()["total_requests"] == figures["total_requests"]
    api.clear_metrics()
    assert api.get_metrics()["total_requests"] == 0
    api.close()


def test_middleware() -> None:
    """The five helpers, and functions of one's own."""
    api = CocApi("token", config=settings())
    urls: list[str] = []

    def remembers(url: str, headers: dict[str, str], params: dict[str, Any]) -> Any:
        urls.append(url)
        headers["X-Own"] = "1"
        return url, headers, params

    def marks(answer: dict[str, Any]) -> dict[str, Any]:
        answer["marked"] = True
        return answer

    requests = [
        add_user_agent_middleware("bot/1.0"),
        add_request_id_middleware(),
        add_debug_logging_middleware(),
    ]
    for request in (*requests, remembers):
        api.add_request_middleware(request)
    for response in (add_response_timestamp_middleware(), add_response_size_middleware(), marks):
        api.add_response_middleware(response)
    answer: Any = api.location({"limit": 2})
    assert urls == ["sandbox:///locations?limit=2"]
    assert (answer["marked"], answer["_response_size_bytes"] > 0, answer["_processed_at"] > 0) == (True,) * 3
    assert len(api.middleware.request_middleware) == 4
    api.middleware.clear_all_middleware()
    assert api.middleware.response_middleware == []
    api.close()


def test_models() -> None:
    """Attributes by the wire's names, lists as dicts of models, dynamic models, answers read again."""
    pytest.importorskip("pydantic")
    from cocapi import Clan, Player, create_dynamic_model

    api: Any = CocApi("token", config=settings(use_pydantic_models=True))
    clan = api.clan_tag("#2PP")
    assert isinstance(clan, Clan)
    assert clan.clanLevel == clan.clan_level
    assert clan.memberList[0].townHallLevel
    assert api.players("#2PP").model_dump(by_alias=True)["townHallLevel"]
    members = api.clan_members("#2PP")
    assert members["items"][0].name == members.get("items")[0].name
    assert Clan.model_validate(clan.model_dump()) == clan
    assert isinstance(api.custom_endpoint("/players/%232PP", use_dynamic_model=True), Player)
    failed = api.clan_tag("#VV")
    assert (type(failed), create_dynamic_model(failed, "/clans/%23VV")) == (dict, failed)
    plain = CocApi("token", config=settings())
    answer: Any = plain.clan_tag("#2PP")
    assert Clan.model_validate(answer).tag == Clan(**answer).tag == "#2PP"
    assert isinstance(create_dynamic_model(answer, "/clans/%232PP"), Clan)
    plain.close()
    api.close()


def test_another_address() -> None:
    """With consent, and back."""
    api = CocApi("token", config=settings())
    before = api.get_base_url()
    api.set_base_url("http://127.0.0.1:9/v1", force=True)
    assert api.get_base_url() == api.ENDPOINT == "http://127.0.0.1:9/v1"
    api.reset_base_url()
    assert api.get_base_url() != before
    api.close()


def test_a_bot_as_a_subclass() -> None:
    """With an `__init__` and keywords of its own; it is what it was inside `async with`, too."""

    class Bot(CocApi):
        def __init__(self, token: str, greeting: str = "hello", **keywords: Any) -> None:
            super().__init__(token, **keywords)
            self.greeting = greeting

        def greet(self, name: str) -> str:
            return f"{self.greeting}, {name}"

    bot = Bot("token", greeting="hi", config=settings())
    assert bot.greet(bot.clan_tag("#2PP")["tag"]) == "hi, #2PP"

    async def main() -> str:
        async with bot as inside:
            assert isinstance(inside, Bot)
            clan: Any = await inside.clan_tag("#2PP")
            return bot.greet(clan["tag"])

    assert asyncio.run(main()) == "hi, #2PP"
