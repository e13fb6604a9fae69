"""All members of a clan as players: as many calls as members, as fast as the rate limit lets them."""

import asyncio
import os
import time

from cocapi import ApiConfig, AsyncCocApi

token = os.environ.get("COCAPI_TOKEN")
config = ApiConfig(
    base_url="https://api.clashofclans.com/v1" if token else "sandbox://",  # without a token: the local API
    requests_per_second=30,
    burst_limit=30,
    enable_metrics=True,
)


async def main() -> None:
    async with AsyncCocApi(token or "sandbox", config=config) as api:
        members = (await api.clan_members("#2PP"))["items"]
        began = time.perf_counter()
        players = await asyncio.gather(*(api.players(member["tag"]) for member in members))
        print(f"{len(players)} players in {time.perf_counter() - began:.1f} s")
        levels = [player["townHallLevel"] for player in players]
        print(f"town halls: {min(levels)} to {max(levels)}, {sum(levels) / len(levels):.1f} on average")
        print(f"errors: {api.get_metrics()['error_rate']:.0%}")


asyncio.run(main())
