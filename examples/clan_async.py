"""A clan and its war, asked for at once, in asynchronous code."""

import asyncio

from _setting import TOKEN, settings

from cocapi import CocApi


async def main() -> None:
    async with CocApi(TOKEN, config=settings()) as api:
        clan, war = await asyncio.gather(api.clan_tag("#2PP"), api.clan_current_war("#2PP"))
        print(f"{clan['name']}: {war['state']}")


asyncio.run(main())
