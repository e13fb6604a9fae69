"""coc.py, and the libraries that have its names: clashy.py and geniuslib. Their caches are off, and their
throttles let everything through."""

import asyncio
import importlib
import sys
from typing import Any

from turns import in_tasks, serve

coc: Any = importlib.import_module(sys.argv[2])


def ten(clan: Any) -> tuple[Any, ...]:
    """What a tracker reads."""
    return (
        *(clan.tag, clan.name, clan.level, clan.points, clan.member_count, clan.war_wins),
        *(clan.war_win_streak, clan.required_trophies, clan.description, clan.capital_points),
    )


def all_members(clan: Any) -> list[tuple[Any, ...]]:
    """What somebody reads who compares members."""
    return [
        (
            *(m.tag, m.name, m.exp_level, m.trophies, m.builder_base_trophies, m.clan_rank),
            *(m.clan_previous_rank, m.donations, m.received, m.town_hall, m.role),
        )
        for m in clan.members
    ]


async def opened() -> Any:
    client = coc.Client(
        base_url=sys.argv[1],
        throttle_limit=10**6,
        cache_max_size=None,
        load_game_data=coc.LoadGameData(never=True),
    )
    await client.login_with_tokens("token")
    return client


loop = asyncio.new_event_loop()
asyncio.set_event_loop(loop)
client = loop.run_until_complete(opened())


async def dict_call() -> Any:
    """The HTTP layer, which gives a raw dict: no objects are made."""
    return await client.http.get_clan("#2PP")


async def ten_call() -> Any:
    return ten(await client.get_clan("#2PP"))


async def all_call() -> Any:
    return all_members(await client.get_clan("#2PP"))


CALLS = {"dict": dict_call, "ten": ten_call, "all": all_call}

serve(lambda kind, tasks, seconds: loop.run_until_complete(in_tasks(CALLS[kind], tasks, seconds)))
