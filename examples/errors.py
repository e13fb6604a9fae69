"""Two ways to learn that a call failed: a dict, or an exception."""

import os

from cocapi import ApiConfig, CocApi, CocApiError, NotFound

token = os.environ.get("COCAPI_TOKEN")
config = ApiConfig() if token else ApiConfig(base_url="sandbox://")  # without a token: the local API

with CocApi(token or "sandbox", config=config) as api:
    answer = api.clan_tag("#VV")
    if answer.get("result") == "error":
        print(answer.get("error_type"), answer.get("status_code"), answer.get("reason"))

    print(api.clan_members("#2PP", params={"limt": 3}).get("detail"))  # nothing was sent

    strict = api.with_options(raise_errors=True)  # or ApiConfig(raise_errors=True)
    try:
        strict.players("#VV")
    except NotFound as error:
        print("no such player:", error)
    except CocApiError as error:  # every other failure: network, maintenance, a plugin, ...
        print("failed after", error.attempts, "attempts:", error)
