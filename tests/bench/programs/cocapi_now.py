"""This cocapi, with everything that would answer or hold back a call switched off: threads are 0 tasks."""

import asyncio
import sys
from typing import Any

from turns import in_tasks, in_thread, serve

from cocapi import ApiConfig, AsyncCocApi, CocApi

CONFIG = ApiConfig(
    base_url=sys.argv[1],
    cache_ttl=0,
    verify_token=False,
    requests_per_second=1e9,
    burst_limit=10**9,
    max_connections=100,
    max_keepalive_connections=100,
)


def ten(clan: Any) -> tuple[Any, ...]:
    """What a tracker reads."""
    return (
        *(clan.tag, clan.name, clan.clan_level, clan.clan_points, clan.members, clan.war_wins),
        *(clan.war_win_streak, clan.required_trophies, clan.description, clan.clan_capital_points),
    )


def all_members(clan: Any) -> list[tuple[Any, ...]]:
    """What somebody reads who compares members."""
    return [
        (
            *(m.tag, m.name, m.exp_level, m.trophies, m.builder_base_trophies, m.clan_rank),
            *(m.previous_clan_rank, m.donations, m.donations_received, m.town_hall_level, m.role),
        )
        for m in clan.member_list
    ]


api = CocApi("token", config=CONFIG)
aapi = AsyncCocApi("token", config=CONFIG)
loop = asyncio.new_event_loop()


async def dict_call() -> Any:
    return await aapi.clan_tag("#2PP")


async def ten_call() -> Any:
    return ten(await aapi.models.clan_tag("#2PP"))


async def all_call() -> Any:
    return all_members(await aapi.models.clan_tag("#2PP"))


CALLS = {"dict": dict_call, "ten": ten_call, "all": all_call}


def turn(kind: str, tasks: int, seconds: float) -> int:
    if tasks:
        return loop.run_until_complete(in_tasks(CALLS[kind], tasks, seconds))
    return in_thread(lambda: api.clan_tag("#2PP"), seconds)


serve(turn)
