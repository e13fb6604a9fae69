"""What is assigned to a client after it was made, as versions 3 and 4 allowed it."""

import asyncio
import copy
import pickle
from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import pytest

from cocapi import ApiConfig, AsyncCocApi, ClientClosed, CocApi, ConfigError, InvalidToken, Outcome, hookimpl
from cocapi.testing import Script, json_response

BUILT_IN = ("script", "cache", "retry", "metrics", "ratelimit")


def client(script: Script, **settings: Any) -> CocApi:
    return script.client(**{"only_plugins": BUILT_IN, "verify_token": False, **settings})


def test_the_cache_is_switched_off_and_on() -> None:
    """Off, nothing is stored and nothing is answered from the store."""
    script = Script(*[json_response({"tag": "#2PP"}) for _ in range(4)])
    with client(script) as api:
        for enabled, requests in [(True, 1), (False, 3), (True, 4)]:
            api.config.enable_caching = enabled
            assert [api.clan_tag("#2PP")["tag"] for _ in range(2)] == ["#2PP"] * 2
            assert len(script.requests) == requests
            assert ("cache" in api.plugins) is enabled


def test_an_option_of_a_plugin_holds_from_the_next_call_on() -> None:
    """`max_retries` is the retry plugin's; the others keep what they know."""
    script = Script(*[json_response({}, 503) for _ in range(6)])
    with client(script, enable_metrics=True, retry_delay=0) as api:
        api.clan_tag("#2PP")
        assert len(script.requests) == 3
        api.config.max_retries = 1
        api.clan_tag("#2PP")
        assert len(script.requests) == 4
        assert api.get_metrics()["total_requests"] == 2


def test_a_switched_plugin_stands_where_it_stood() -> None:
    """The order in which plugins are asked is the same as in a client that was made so."""

    def orders(api: CocApi) -> dict[str, list[str]]:
        return {
            hook: [one.record.name for one in getattr(api.plugins.hooks, hook)]
            for hook in ("cocapi_attempt", "cocapi_error", "cocapi_response", "cocapi_finished")
        }

    with client(Script()) as api, client(Script(), enable_metrics=True) as made_so:
        before = orders(api)
        api.config.enable_metrics = True
        assert orders(api) == orders(made_so)
        for name in ("enable_metrics", "enable_caching"):
            setattr(api.config, name, False)
        api.config.enable_caching = True
        assert orders(api) == before


def test_a_plugin_registered_in_code_stays() -> None:
    """And is asked first, as before."""

    class Ends:
        def __init__(self) -> None:
            self.ended: list[str] = []

        @hookimpl
        def cocapi_finished(self, outcome: Outcome) -> None:
            self.ended.append(outcome.request.operation)

    with client(Script(json_response({}))) as api:
        ends = Ends()
        api.plugins.register(ends)
        api.config.enable_caching = False
        api.clan_tag("#2PP")
        assert ends.ended == ["clan_tag"]


@pytest.mark.parametrize(
    "assign", [lambda api: setattr(api, "timeout", 3), lambda api: setattr(api.config, "timeout", 3)]
)
def test_a_timeout_that_is_assigned_holds_from_the_next_call_on(assign: Callable[[CocApi], None]) -> None:
    """Of the client, which is that of its settings."""
    script = Script(json_response({}))
    with client(script) as api:
        assign(api)
        api.clan_tag("#2PP")
        assert (api.timeout, api.config.timeout, script.requests[0].timeout) == (3, 3, 3)


def test_all_settings_at_once() -> None:
    """Those that differ; the address too, for it was named in code."""
    script = Script(json_response({}))
    with client(script) as api:
        api.config = ApiConfig(
            **{**vars_of(api.config), "timeout": 4, "enable_caching": False, "base_url": "http://127.0.0.1:9"}
        )
        assert "cache" not in api.plugins
        api.clan_tag("#2PP")
        assert (script.requests[0].timeout, script.requests[0].base_url) == (4, "http://127.0.0.1:9")


def vars_of(config: ApiConfig) -> dict[str, Any]:
    return {name: value for name, value in vars(config).items() if not name.startswith("_")}


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("timeout", -1, "ApiConfig.timeout is -1: it must be"),
        ("max_retries", "three", "ApiConfig.max_retries is 'three': it must be"),
        (
            "enable_cacheing",
            False,
            "ApiConfig has no setting 'enable_cacheing'; did you mean 'enable_caching'",
        ),
        ("base_url", "http://127.0.0.1:9", "is settled when a client is made: call api.set_base_url"),
        ("plugins", {}, "ApiConfig.plugins is settled when a client is made: make another client"),
    ],
)
def test_what_makes_no_sense_is_refused_and_changes_nothing(name: str, value: Any, sentence: str) -> None:
    """As when the settings were made; what a client cannot follow names the way out."""
    with client(Script()) as api:
        before = vars_of(api.config)
        with pytest.raises(ConfigError, match=sentence):
            setattr(api.config, name, value)
        assert vars_of(api.config) == before


def test_the_settings_that_were_given_and_copies_of_those_of_a_client_are_nobodys() -> None:
    """What is assigned there reaches no client; they are copied and pickled as any dataclass."""
    given = ApiConfig(verify_token=False)
    with CocApi("token", config=given) as api:
        for config in (given, copy.copy(api.config), copy.deepcopy(api.config)):
            config.enable_caching = False
            assert (api.config.enable_caching, "cache" in api.plugins) == (True, True)
    with CocApi("token", config=ApiConfig(timeout=5, verify_token=False)) as api:
        assert pickle.loads(pickle.dumps(api.config)) == api.config


def test_another_token_is_sent_and_the_first_stays_hidden() -> None:
    """Where a server echoes it, too."""
    script = Script(
        json_response({"reason": "accessDenied", "message": "Invalid authorization: first-token"}, 403)
    )
    with client(script) as api:
        api.token = "first-token"
        api.token = "second-token"
        assert api.token == "second-token"
        with pytest.raises(InvalidToken) as refused:
            api.with_options(raise_errors=True).clan_tag("#2PP")
        assert script.requests[0].headers["Authorization"] == "Bearer second-token"
        assert "first-token" not in f"{refused.value}"


def test_a_client_changes_its_mode_and_back() -> None:
    """`async_mode` was an attribute; a subclass keeps its methods."""

    class Bot(CocApi):
        def hello(self) -> str:
            return "hello"

    api = Bot("token", config=ApiConfig(base_url="sandbox://"))

    async def main() -> Any:
        async with api:
            with pytest.raises(TypeError, match="leave async with first"):
                api.async_mode = False
            return await api.clan_tag("#2PP")  # type: ignore[misc]  # its mode changed

    api.async_mode = True
    assert (type(api).__name__, isinstance(api, Bot), isinstance(api, AsyncCocApi)) == ("Bot", True, True)
    assert asyncio.run(main())["tag"] == "#2PP"
    api.async_mode = False
    assert type(api) is Bot
    assert (api.hello(), api.clan_tag("#2PP")["tag"]) == ("hello", "#2PP")
    api.close()


def test_what_is_always_asynchronous_says_so() -> None:
    """A class that inherits of AsyncCocApi has nothing to go back to; a view has the mode of its client."""

    class Bot(AsyncCocApi):
        pass

    bot = Bot("token", config=ApiConfig(base_url="sandbox://"))
    with pytest.raises(TypeError, match="Bot is always asynchronous"):
        bot.async_mode = False
    with pytest.raises(TypeError, match="the mode of a AsyncCocApiModels is that of the client"):
        bot.models.async_mode = False


def test_a_closed_client_opens_again_with_what_its_plugins_know(play: Any) -> None:
    """Cached answers, the limit and the user's middleware; views work again as well."""
    script = Script(json_response({"tag": "#2PP"}), json_response({"tag": "#2QQ"}))
    api = client(script, only_plugins=(*BUILT_IN, "middleware"))
    seen: list[str] = []
    api.add_request_middleware(lambda url, headers, params: (seen.append(url), (url, headers, params))[1])
    view = api.with_options(timeout=3)
    with api:
        api.clan_tag("#2PP")
    with pytest.raises(ClientClosed):
        api.clan_tag("#2PP")
    with api:
        assert api.clan_tag("#2PP")["tag"] == "#2PP"
        assert view.clan_tag("#2QQ")["tag"] == "#2QQ"
    assert len(script.requests) == 2
    assert len(seen) == 3


def test_programs_put_a_mock_in_the_place_of_test() -> None:
    """Making a client then asks the mock and sends nothing, as in versions 3 and 4."""
    script = Script()
    with patch.object(CocApi, "test", return_value={"result": "success"}) as test:
        script.client(verify_token=True).close()
    failed = {"result": "error", "message": "no network here"}
    with (
        patch.object(CocApi, "test", return_value=failed),
        pytest.raises(ValueError, match=r"^API initialization failed: no network here$"),
    ):
        script.client(verify_token=True)
    assert test.call_count == 1
    assert script.requests == []
