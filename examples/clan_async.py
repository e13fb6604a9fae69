"""A clan, its war and its raids at once, in asynchronous code. Runs on trio as well, with `anyio.run`."""

import asyncio
import os

from cocapi import ApiConfig, AsyncCocApi

token = os.environ.get("COCAPI_TOKEN")
config = ApiConfig() if token else ApiConfig(base_url="sandbox://")  # without a token: the local API


async def main() -> None:
    async with AsyncCocApi(token or "sandbox", config=config) as api:
        clan, war, raids = await asyncio.gather(
            api.clan_tag("#2PP"),
            api.clan_current_war("#2PP"),
            api.clan_capitalraidseasons("#2PP", limit=1),
        )
    print(f"clan: {clan['name']}")
    print(f"war: {war.get('state', war.get('reason'))}")  # a clan may keep its wars private
    for season in raids["items"]:
        print(f"last raid: {season['capitalTotalLoot']} capital gold")


asyncio.run(main())
