"""The user's own functions: alike in sync and async, reaching the wire, harmless when they fail."""

import asyncio
import logging
import math
import re
from collections.abc import Callable
from typing import Any

import pytest

from cocapi import ApiConfig, ConfigError
from cocapi import middleware as door
from cocapi.testing import Script, json_response
from cocapi_middleware import Middleware

ONLY = {"only_plugins": ("script", "middleware")}


@pytest.fixture(params=["sync", "async"])
def run(request: pytest.FixtureRequest) -> Callable[..., Any]:
    """One call with functions added, in either mode: run(script, requests=[...], responses=[...])."""

    def add(api: Any, requests: list[Any], responses: list[Any]) -> Any:
        for function in requests:
            api.add_request_middleware(function)
        for function in responses:
            api.add_response_middleware(function)
        return api

    def run(
        script: Script, requests: Any = (), responses: Any = (), params: Any = None, **settings: Any
    ) -> Any:
        settings = {**ONLY, **settings}
        if request.param == "sync":
            with script.client(**settings) as api:
                return add(api, requests, responses).clan_members("#2PP", params)

        async def main() -> Any:
            async with script.async_client(**settings) as api:
                return await add(api, requests, responses).clan_members("#2PP", params)

        return asyncio.run(main())

    return run


def test_what_request_functions_change_reaches_the_wire(run: Any) -> None:
    """Headers, parameters and path, in the order in which they were added."""
    seen = []

    def first(url: str, headers: dict[str, str], params: dict[str, Any]) -> Any:
        seen.append((url, headers, params))
        return url, headers | {"X-First": "1"}, params | {"limit": 5}

    def second(url: str, headers: dict[str, str], params: dict[str, Any]) -> Any:
        assert headers == {"X-First": "1"}
        return url.replace("/members", "/warlog"), headers, params | {"after": "x"}

    script = Script()
    run(script, [first, second], params={"limit": 1})
    (sent,) = script.requests
    assert sent.url == "https://api.clashofclans.com/v1/clans/%232PP/warlog?after=x&limit=5"
    assert sent.headers["X-First"] == "1"
    assert sent.template == "/clans/{tag}/warlog"
    assert seen == [("https://api.clashofclans.com/v1/clans/%232PP/members?limit=1", {}, {"limit": 1})]


@pytest.mark.parametrize(
    ("change", "query"),
    [
        (lambda url, params: (f"{url}&after=x", params), "after=x&limit=1"),
        (lambda url, params: (url.replace("limit=1", "limit=2"), params), "limit=2"),
        (lambda url, params: (url.partition("?")[0], params), ""),
        (lambda url, params: (url, params | {"limit": 3}), "limit=3"),
        (lambda url, params: (f"{url}&after=x", params | {"limit": 3}), "after=x&limit=3"),
        (lambda url, params: (url, {}), ""),
    ],
    ids=["added", "changed", "taken off", "by params", "both", "params taken off"],
)
def test_the_query_is_changed_in_the_url_or_in_the_params(run: Any, change: Any, query: str) -> None:
    """In versions 3 and 4 the url counted; where it is left alone, the params do."""

    def changing(url: str, headers: dict[str, str], params: dict[str, Any]) -> Any:
        new_url, new_params = change(url, params)
        return new_url, headers, new_params

    script = Script()
    run(script, [changing], params={"limit": 1, "after": None})
    assert script.requests[0].url.partition("?")[2] == query


def test_a_function_that_sets_authorization_wins(run: Any) -> None:
    """The core adds the token only where there is none."""
    script = Script()
    run(script, [lambda url, headers, params: (url, headers | {"authorization": "Bearer own"}, params)])
    assert dict(script.requests[0].headers) == {"authorization": "Bearer own"}


def elsewhere(url: str, headers: dict[str, str], params: dict[str, Any]) -> Any:
    return "https://evil.example/v1/clans", headers, params


def neighbour(url: str, headers: dict[str, str], params: dict[str, Any]) -> Any:
    return "https://api.clashofclans.com/v1.evil.example/x", headers, params


def raising(*_: Any) -> Any:
    raise KeyError("boom")


def forgetting(url: str, headers: dict[str, str], params: dict[str, Any]) -> Any:
    return None


def numbers(url: str, headers: dict[str, str], params: dict[str, Any]) -> Any:
    return url, {"X-Count": 3}, params


def splitting(url: str, headers: dict[str, str], params: dict[str, Any]) -> Any:
    return url, {"X-A": "a\r\nX-B: b"}, params


def misnaming(url: str, headers: dict[str, str], params: dict[str, Any]) -> Any:
    return url, {"X A": "a"}, params


def unwritable(url: str, headers: dict[str, str], params: dict[str, Any]) -> Any:
    return url, headers, {"name": "\ud800"}


def unsortable(url: str, headers: dict[str, str], params: dict[str, Any]) -> Any:
    return url, headers, {"name": 1, 3: 1}


@pytest.mark.parametrize(
    "bad",
    [elsewhere, neighbour, raising, forgetting, numbers, splitting, misnaming, unwritable, unsortable],
)
def test_a_request_function_that_fails_is_logged_and_skipped(
    run: Any, bad: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """By its name; the others still run, and the token goes nowhere else."""
    script = Script(json_response({"a": 1}))
    assert run(script, [bad, door.add_user_agent_middleware("bot/1")]) == {"a": 1}
    assert script.requests[0].url == "https://api.clashofclans.com/v1/clans/%232PP/members"
    assert dict(script.requests[0].headers) == {"User-Agent": "bot/1", "Authorization": "Bearer token"}
    assert f"request middleware {bad.__name__} failed and is skipped" in caplog.text


def test_the_model_and_the_template_stay_only_where_the_path_does(run: Any) -> None:
    """Nobody knows what another path answers; a query in the address is no other path."""
    script = Script()
    run(script, [lambda url, headers, params: (f"{url}?limit=3", headers, params)])
    run(script, [lambda url, headers, params: (url.replace("members", "warlog"), headers, params)])
    same, other = script.requests
    assert (same.template, same.model, same.query) == (
        "/clans/{clanTag}/members",
        "Page[ClanMember]",
        "limit=3",
    )
    assert (other.template, other.model) == ("/clans/{tag}/warlog", None)


def test_a_password_in_the_address_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    """Settings refuse one, but a function may have put it there."""
    with caplog.at_level(logging.DEBUG, "cocapi.middleware"):
        door.add_debug_logging_middleware()("http://user:s3cret@localhost/v1/clans/%232PP/members", {}, {})
    assert "http://***@localhost/v1/clans/%232PP/members" in caplog.text
    assert "s3cret" not in caplog.text


def test_options_are_refused() -> None:
    """With the nearest one there is."""
    with pytest.raises(ConfigError, match=r"has no option 'user_agnt'; did you mean 'user_agent'\?"):
        Middleware(ApiConfig(plugins={"middleware": {"user_agnt": "x"}}))


def test_response_functions_make_what_the_user_receives(run: Any) -> None:
    """In order, each on what the one before it made."""
    script = Script(json_response({"items": [1]}))
    answer = run(script, responses=[lambda a: a | {"b": 2}, lambda a: a | {"count": len(a)}])
    assert answer == {"items": [1], "b": 2, "count": 2}


def returns_list(answer: Any) -> Any:
    return [answer]


def returns_object(answer: Any) -> Any:
    return answer | {"x": object()}


def halfway(answer: Any) -> Any:
    answer["half"] = "done"
    raise LookupError


def circle(answer: Any) -> Any:
    answer["self"] = answer
    return answer


def not_a_number(answer: Any) -> Any:
    return answer | {"ratio": math.nan}


def no_text(answer: Any) -> Any:
    return answer | {"name": "\ud800"}


async def asynchronous(answer: Any) -> Any:
    return answer


BAD_ANSWERS = [raising, returns_list, returns_object, halfway, circle, not_a_number, no_text, asynchronous]


@pytest.mark.parametrize("bad", BAD_ANSWERS)
def test_a_response_function_that_fails_is_logged_and_skipped(
    run: Any, bad: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """Also one whose result is no JSON, which could not be kept; nothing is left of what it did."""
    answer = run(Script(json_response({"a": 1})), responses=[bad, lambda a: a | {"b": 2}])
    assert answer == {"a": 1, "b": 2}
    assert f"response middleware {bad.__name__} failed and is skipped" in caplog.text


def test_errors_do_not_pass_through_response_functions(run: Any) -> None:
    """They are for answers."""
    answer = run(Script(json_response({}, 404)), responses=[lambda a: a | {"seen": True}])
    assert "seen" not in answer


def test_the_cache_keeps_what_response_functions_made() -> None:
    """As in 3.0: they run once, and the hit has their work."""
    runs = []

    def mark(answer: Any) -> Any:
        runs.append(1)
        return answer | {"made": True}

    with Script(json_response({"a": 1})).client(only_plugins=("script", "middleware", "cache")) as api:
        api.add_response_middleware(mark)
        assert api.clan_tag("#2PP") == api.clan_tag("#2PP") == {"a": 1, "made": True}
    assert runs == [1]


def test_without_functions_nothing_is_decoded_or_encoded() -> None:
    """The hooks answer None without a look."""
    with Script().client(**ONLY) as api:
        plugin = api.plugins["middleware"]
        assert plugin.cocapi_request(None) is None
        assert plugin.cocapi_response(None) is None


def test_the_helpers_do_what_their_names_say(run: Any, caplog: pytest.LogCaptureFixture) -> None:
    """User agent, request id, debug log without secrets, timestamp, size."""
    script = Script(json_response({"a": 1}))
    with caplog.at_level(logging.DEBUG, "cocapi.middleware"):
        answer = run(
            script,
            [
                lambda url, headers, params: (url, headers | {"Authorization": "Bearer own-secret"}, params),
                door.add_user_agent_middleware("my bot/2"),
                door.add_request_id_middleware(),
                door.add_debug_logging_middleware(),
            ],
            [door.add_response_size_middleware(), door.add_response_timestamp_middleware()],
        )
    sent = script.requests[0].headers
    assert sent["User-Agent"] == "my bot/2"
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", sent["X-Request-ID"])
    assert "/clans/%232PP/members" in caplog.text
    assert "own-secret" not in caplog.text
    assert answer["_response_size_bytes"] == len('{"a": 1}')
    assert answer["_processed_at"] > 1_700_000_000


def test_user_agent_and_request_id_are_switched_on_by_configuration(run: Any) -> None:
    """A new id for each call."""
    script = Script()
    run(script, user_agent="conf/1", enable_request_id=True)
    run(script, user_agent="conf/1", enable_request_id=True)
    assert [request.headers["User-Agent"] for request in script.requests] == ["conf/1", "conf/1"]
    assert len({request.headers["X-Request-ID"] for request in script.requests}) == 2


def test_functions_can_be_named_and_cleared() -> None:
    """As the manager of 3.0 did."""
    with Script().client(**ONLY) as api:
        plugin = api.plugins["middleware"]
        api.add_request_middleware(door.add_request_id_middleware())
        api.add_response_middleware(returns_list)
        assert plugin.get_middleware_info() == {
            "request_middleware_count": 1,
            "response_middleware_count": 1,
            "request_middleware_names": ["request_id_middleware"],
            "response_middleware_names": ["returns_list"],
        }
        plugin.clear_all_middleware()
        assert plugin.get_middleware_info()["request_middleware_count"] == 0
        assert plugin.get_middleware_info()["response_middleware_count"] == 0


def test_the_documented_import_path_offers_the_helpers_and_nothing_else() -> None:
    """cocapi.middleware."""
    assert all(callable(getattr(door, name)) for name in door.__all__)
    with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
        _ = door.nonsense
