"""All players of a clan at once; the rate limit spaces the calls, and nobody is asked for twice."""

import asyncio

from _setting import TOKEN, settings

from cocapi import CocApi


async def main() -> None:
    async with CocApi(TOKEN, config=settings(requests_per_second=30, burst_limit=30)) as api:
        members = await api.clan_members("#2PP")
        tags = [member["tag"] for member in members["items"]]
        players = await asyncio.gather(*(api.players(tag) for tag in tags + tags[:5]))
        stars = sum(player["warStars"] for player in players[: len(tags)])
        print(f"{len(tags)} players have won {stars} war stars")
        print(f"asked twice, sent once: {api.get_cache_stats()['stats']['hits']} calls")


asyncio.run(main())
