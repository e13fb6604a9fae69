"""Functions of your own on requests and answers."""

from typing import Any

from _setting import TOKEN, settings

from cocapi import CocApi
from cocapi.middleware import add_response_size_middleware, add_user_agent_middleware


def only_a_few(url: str, headers: dict[str, str], params: dict[str, Any]) -> Any:
    return url, headers, {"limit": 3} | params


with CocApi(TOKEN, config=settings(enable_request_id=True)) as api:
    api.add_request_middleware(add_user_agent_middleware("my-bot/1.0"))
    api.add_request_middleware(only_a_few)
    api.add_response_middleware(add_response_size_middleware())
    answer = api.clan_members("#2PP")
    print(f"{len(answer['items'])} members in {answer['_response_size_bytes']} bytes")
