"""What is kept, for how long, and how to go past it."""

import os

from cocapi import ApiConfig, CocApi

token = os.environ.get("COCAPI_TOKEN")
config = ApiConfig(
    base_url="https://api.clashofclans.com/v1" if token else "sandbox://",  # without a token: the local API
    cache_ttl="server",  # as long as the API says; a number means seconds
    cache_stale_if_error=3600,  # in maintenance, answers up to an hour past that
)

with CocApi(token or "sandbox", config=config) as api:
    api.clan_tag("#2PP")
    clan = api.clan_tag("#2PP")
    clan["name"] = "mine"  # an answer is the caller's own
    print("still", api.clan_tag("2pp")["name"])

    print(f"{api.get_cache_stats()['hit_rate']} % of the calls cost nothing")

    api.with_options(cache=False).clan_tag("#2PP")  # fresh, whatever is kept
    print("forgotten:", api.plugins["cache"].invalidate("#2PP"))
