"""Functions of your own on every request and every answer."""

import os
from typing import Any

from cocapi import ApiConfig, CocApi, add_user_agent_middleware

token = os.environ.get("COCAPI_TOKEN")
config = ApiConfig() if token else ApiConfig(base_url="sandbox://")  # without a token: the local API


def at_most_three(url: str, headers: dict[str, str], params: dict[str, Any]) -> tuple[Any, Any, Any]:
    """No list is longer than three."""
    return url, headers, {**params, "limit": 3}


def with_count(answer: dict[str, Any]) -> dict[str, Any]:
    """Every list says how many it has."""
    return {**answer, "count": len(answer["items"])} if "items" in answer else answer


with CocApi(token or "sandbox", config=config) as api:
    api.add_request_middleware(add_user_agent_middleware("my-bot/1.0"))
    api.add_request_middleware(at_most_three)
    api.add_response_middleware(with_count)
    members = api.clan_members("#2PP")
    print(members.get("count"), [member["name"] for member in members["items"]])
