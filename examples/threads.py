"""One client for many threads: they share connections, cache and rate limit."""

import os
from concurrent.futures import ThreadPoolExecutor

from cocapi import ApiConfig, CocApi

token = os.environ.get("COCAPI_TOKEN")
config = ApiConfig() if token else ApiConfig(base_url="sandbox://")  # without a token: the local API

with CocApi(token or "sandbox", config=config) as api, ThreadPoolExecutor(8) as pool:
    tags = [member["tag"] for member in api.clan_members("#2PP", limit=12)["items"]]
    for player in pool.map(api.players, tags):
        print(player["tag"], player["name"], player["expLevel"])

    same = list(pool.map(api.clan_tag, ["#2PP"] * 8))  # eight ask at once, one request is made
    stats = api.get_cache_stats()["stats"]
    print(f"{len(same)} answers, {stats['misses']} of all calls went to the network")
