"""The cache: kept as long as the API says, asked past, and forgotten by hand."""

from _setting import TOKEN, settings

from cocapi import CocApi

with CocApi(TOKEN, config=settings(cache_ttl="server", cache_stale_if_error=3600)) as api:
    for _ in range(5):
        api.clan_tag("#2PP")
    api.with_options(cache=False).clan_tag("#2PP")
    stats = api.get_cache_stats()
    print(f"hits {stats['stats']['hits']}, entries {stats['total_entries']}")
    print("forgotten:", api.plugins["cache"].invalidate("/clans/{clanTag}", clanTag="#2PP"))
