"""A plugin of your own, given in the settings: it counts calls by operation and says how slow they were."""

import time
from collections import Counter

from _setting import TOKEN, settings

from cocapi import ApiConfig, CocApi, Outcome, Request, hookimpl


class Counting:
    def __init__(self, config: ApiConfig) -> None:
        self.calls: Counter[str] = Counter()

    @hookimpl
    def cocapi_request(self, request: Request) -> None:
        request.state["counting"] = time.perf_counter()

    @hookimpl
    def cocapi_finished(self, request: Request, outcome: Outcome) -> None:
        self.calls[request.operation] += 1
        took = time.perf_counter() - request.state["counting"]
        print(f"{request.operation}: {took * 1000:.1f} ms, cache {outcome.cache}")


with CocApi(TOKEN, config=settings(plugins={"counting": Counting}, verify_token=False)) as api:
    api.clan_tag("#2PP")
    api.clan_tag("#2PP")
    api.goldpass()
    print(dict(api.plugins["counting"].calls))
