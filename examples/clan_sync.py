"""A clan and its best five members, in synchronous code."""

import os

from cocapi import ApiConfig, CocApi

token = os.environ.get("COCAPI_TOKEN")
config = ApiConfig() if token else ApiConfig(base_url="sandbox://")  # without a token: the local API

with CocApi(token or "sandbox", config=config) as api:
    clan = api.clan_tag("#2PP")
    print(f"{clan['name']} {clan['tag']}: level {clan['clanLevel']}, {clan['members']} members")
    best = sorted(clan["memberList"], key=lambda member: member["trophies"], reverse=True)
    for member in best[:5]:
        print(f"{member['trophies']:6} {member['name']} ({member['role']})")
