"""One client, many threads."""

from concurrent.futures import ThreadPoolExecutor

from _setting import TOKEN, settings

from cocapi import CocApi

with CocApi(TOKEN, config=settings(requests_per_second=30)) as api, ThreadPoolExecutor(8) as pool:
    tags = [member["tag"] for member in api.clan_members("#2PP", limit=20)["items"]]
    halls = [player["townHallLevel"] for player in pool.map(api.players, tags)]
    print(f"town halls: {sorted(halls, reverse=True)}")
