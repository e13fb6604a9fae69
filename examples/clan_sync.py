"""A clan and its best members, in synchronous code."""

from _setting import TOKEN, settings

from cocapi import CocApi

with CocApi(TOKEN, config=settings()) as api:
    clan = api.clan_tag("#2PP")
    print(f"{clan['name']} ({clan['tag']}), level {clan['clanLevel']}")
    for member in clan["memberList"][:3]:
        print(f"  {member['clanRank']}. {member['name']}: {member['trophies']} trophies")
