"""A plugin of your own: it tells of each call, and steps in when there is nothing to be found."""

import os
from typing import Any

from cocapi import ApiConfig, CocApi, NotFound, Outcome, hookimpl


class Polite:
    def __init__(self, config: ApiConfig) -> None:
        self.calls = 0

    @hookimpl
    def cocapi_result(self, outcome: Outcome) -> Any:
        """In place of an error dict."""
        return {"name": "sorry, nobody"} if isinstance(outcome.error, NotFound) else None

    @hookimpl
    def cocapi_finished(self, outcome: Outcome) -> None:
        self.calls += 1
        print(f"{outcome.request.operation}: {outcome.error or 'ok'}, {outcome.attempts} attempts")


token = os.environ.get("COCAPI_TOKEN")
config = ApiConfig(
    base_url="https://api.clashofclans.com/v1" if token else "sandbox://",  # without a token: the local API
    plugins={"polite": Polite},
)

with CocApi(token or "sandbox", config=config) as api:
    api.clan_tag("#2PP")
    api.clan_tag("#2PP")  # from the cache: no attempt
    print(api.players("#VV")["name"])
    print(api.plugins["polite"].calls, "calls, with the one that verified the token")
