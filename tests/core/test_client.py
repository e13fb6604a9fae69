"""CocApi and AsyncCocApi: making, verifying, options, addresses, errors, closing."""

import asyncio
import gc
import re
import threading
import traceback
import warnings
from typing import Any

import pytest
import trio

from cocapi import (
    ApiConfig,
    AsyncCocApi,
    CocApi,
    ConfigError,
    ConnectionFailed,
    InvalidToken,
    NotFound,
    PluginError,
    Request,
    Response,
    hookimpl,
)
from cocapi.testing import Script, json_response

TOKEN = "eyJ0-very-secret"
ALONE = {"only_plugins": ("script",)}
REFUSED = json_response({"reason": "accessDenied", "message": "Invalid authorization"}, 403)
WRONG_ADDRESS = json_response(
    {"reason": "accessDenied.invalidIp", "message": "Invalid authorization: …"}, 403
)
MAINTENANCE = json_response({"reason": "inMaintenance"}, 503)


def config(script: Script, **settings: Any) -> ApiConfig:
    return script.config(**{**ALONE, **settings})


class Unclosed(Script):
    """A script that sees whether it was closed."""

    closed = False

    def close(self) -> None:
        self.closed = True

    async def aclose(self) -> None:
        self.closed = True


# Making and verifying


def test_making_a_client_asks_one_small_thing() -> None:
    """As 3.0 did, with a limit."""
    script = Script(json_response({"items": []}))
    CocApi(TOKEN, config=config(script, verify_token=True)).close()
    assert [request.url for request in script.requests] == [
        "https://api.clashofclans.com/v1/locations?limit=1"
    ]


@pytest.mark.parametrize("answer", [REFUSED, WRONG_ADDRESS])
def test_a_refused_token_or_address_is_told_at_once(answer: Response) -> None:
    """ValueError, with the cause chained, and the client closed."""
    script = Unclosed(answer)
    with pytest.raises(ValueError, match=r"^API initialization failed: Forbidden") as refused:
        CocApi(TOKEN, config=config(script, verify_token=True))
    assert type(refused.value.__cause__).__name__ in ("InvalidToken", "InvalidAddress")
    assert script.closed

    async def enter() -> None:
        async with CocApi(TOKEN, config=config(script, verify_token=True), async_mode=True):
            raise AssertionError

    with pytest.raises(ValueError, match=r"^API initialization failed: Forbidden"):
        asyncio.run(enter())


@pytest.mark.parametrize("answer", [MAINTENANCE, ConnectionFailed("no route")])
def test_maintenance_and_no_network_are_warned_of_and_carried_over(answer: Any) -> None:
    """A program can start during maintenance."""
    script = Script(answer, json_response({"tag": "#2PP"}))
    with pytest.warns(UserWarning, match="could not be verified") as caught:
        api = CocApi(TOKEN, config=config(script, verify_token=True))
    assert caught[0].filename == __file__
    assert api.clan_tag("#2PP") == {"tag": "#2PP"}
    api.close()


def test_inside_an_event_loop_the_constructor_never_blocks() -> None:
    """async with verifies instead."""
    script = Script(json_response({}))

    async def main() -> None:
        api = CocApi(TOKEN, config=config(script, verify_token=True))
        assert script.requests == []
        async with api as entered:
            assert entered is api
            assert len(script.requests) == 1

    asyncio.run(main())
    script.requests.clear()
    trio.run(main)


def test_verify_token_false_asks_nothing() -> None:
    """Switched off in both modes."""
    script = Script()
    CocApi(TOKEN, config=config(script)).close()

    async def main() -> None:
        async with AsyncCocApi(TOKEN, config=config(script)):
            pass

    asyncio.run(main())
    assert script.requests == []


@pytest.mark.parametrize(
    ("token", "sentence"),
    [("", "empty"), ("  ", "empty"), (None, "no token"), ("a\nb", "characters"), ("ä", "characters")],
)
def test_a_token_that_cannot_be_sent_is_refused_without_being_shown(token: Any, sentence: str) -> None:
    """HTTP libraries print illegal headers, so none gets that far."""
    with pytest.raises(ValueError, match=sentence) as refused:
        CocApi(token)
    assert not token or token not in str(refused.value)


def test_white_space_around_a_pasted_token_does_not_matter() -> None:
    """A file ends with a newline."""
    with CocApi(f" {TOKEN}\n", config=config(Script())) as api:
        assert api.token == TOKEN


def test_arguments_of_3_0_mean_what_they_meant() -> None:
    """timeout and status_code by position; a config wins over the timeout."""
    script = Script(json_response({"a": 1}))
    with CocApi(TOKEN, 7, True, config(script)) as api:
        assert api.clan_tag("#2PP") == {"a": 1, "status_code": 200}
        assert (api.timeout, api.async_mode, api.ENDPOINT) == (20, False, "https://api.clashofclans.com/v1")
    assert CocApi(TOKEN, 7, async_mode=True).timeout == 7


def test_the_settings_are_the_clients_own_copy() -> None:
    """Two clients made from one config do not move each other."""
    shared = config(Script())
    with CocApi(TOKEN, config=shared) as api:
        api.set_base_url("https://proxy.example/v1", force=True)
    assert shared.base_url == "https://api.clashofclans.com/v1"


# Modes


def test_async_mode_makes_an_asynchronous_client() -> None:
    """The keyword of 3.0."""
    api: Any = CocApi(TOKEN, config=config(Script()), async_mode=True)
    assert isinstance(api, AsyncCocApi)
    assert api.async_mode


def test_async_with_makes_this_very_object_asynchronous() -> None:
    """As in 3.0, where the name before `as` worked too."""

    async def main() -> None:
        api: Any = CocApi(TOKEN, config=config(Script(json_response({"a": 1}))))
        async with api:
            assert await api.clan_tag("#2PP") == {"a": 1}
            assert await api.test() == {"result": "success", "message": "API connection successful"}

    asyncio.run(main())


def test_an_asynchronous_client_may_be_made_outside_a_loop_and_run_on_trio() -> None:
    """It binds at first use."""
    api = AsyncCocApi(TOKEN, config=config(Script(json_response({"a": 1}))))

    async def main() -> Any:
        async with api:
            return await api.clan_tag("#2PP")

    assert trio.run(main) == {"a": 1}


def test_a_transport_without_an_async_side_is_refused_with_the_way_out() -> None:
    """At async with, in one sentence."""

    class OnlySync:
        def send(self, request: Request) -> Response:
            return json_response({})

        def close(self) -> None: ...

    class Offering:
        @hookimpl(tryfirst=True)
        def cocapi_transport(self) -> OnlySync:
            return OnlySync()

    settings = ApiConfig(only_plugins=("o",), plugins={"o": lambda _: Offering()}, verify_token=False)

    async def main() -> None:
        async with AsyncCocApi(TOKEN, config=settings):
            raise AssertionError

    with pytest.raises(
        ConfigError, match="OnlySync is synchronous only; for async code use transport='httpx'"
    ):
        asyncio.run(main())


def test_without_a_transport_a_client_cannot_be_made() -> None:
    """The sentence says what was asked for, and who was asked."""
    with pytest.raises(ConfigError, match="no plugin offers transport='htpx' for https://api"):
        CocApi(TOKEN, config=ApiConfig(transport="htpx", only_plugins=()))


def test_a_transport_that_is_nearly_one_is_told_which() -> None:
    with pytest.raises(ConfigError, match=r"asked: .*httpx.*; did you mean 'httpx'\?$"):
        CocApi(TOKEN, config=ApiConfig(transport="htpx"))


def test_test_tells_success_or_the_error(play: Any) -> None:
    """The documented answers."""
    assert play(Script(), "test", **ALONE) == {"result": "success", "message": "API connection successful"}
    assert play(Script(REFUSED), "test", **ALONE)["error_type"] == "http"


# Errors


def test_errors_are_dicts_by_default_and_exceptions_on_request(play: Any) -> None:
    """Both tell one story."""
    missing = json_response({"reason": "notFound", "message": "Not found with tag #2PP"}, 404)
    answer = play(Script(missing), "clan_tag", "#2PP", **ALONE)
    assert answer == {
        "result": "error",
        "message": "Not found - check clan/player tag",
        "detail": "Not found with tag #2PP",
        "error_type": "http",
        "status_code": 404,
        "http_status": 404,
        "reason": "notFound",
    }
    with pytest.raises(NotFound) as raised:
        play(Script(missing), "clan_tag", "#2PP", **ALONE, raise_errors=True)
    assert raised.value.as_dict() == answer
    assert (raised.value.operation, raised.value.template, raised.value.attempts) == (
        "clan_tag",
        "GET /clans/{clanTag}",
        1,
    )


def test_wrong_parameters_raise_too_when_errors_raise(play: Any) -> None:
    """They are ValueErrors."""
    with pytest.raises(ValueError, match=r"GET /clans/\{clanTag\}: Invalid params for method clan_tag"):
        play(Script(), "clan_tag", "#2PP", call={"params": {"x": 1}}, raise_errors=True, **ALONE)


def test_the_cause_of_an_error_is_chained() -> None:
    """Nothing about a failure is lost."""
    cause = OSError("reset by peer")

    def fail(_: Request) -> Response:
        raise ConnectionFailed("lost") from cause

    with (
        CocApi(TOKEN, config=config(Script(fail), raise_errors=True)) as api,
        pytest.raises(ConnectionFailed) as e,
    ):
        api.clan_tag("#2PP")
    assert e.value.__cause__ is cause


def test_a_transport_that_raises_anything_else_is_blamed(play: Any) -> None:
    """It is a plugin, and its failure is a plugin error."""
    answer = play(Script(ZeroDivisionError("oops")), "clan_tag", "#2PP", **ALONE)
    assert answer["error_type"] == "plugin"
    assert "plugin 'script' failed in its transport Script: ZeroDivisionError: oops" in answer["message"]


# Options of one call


def test_with_options_is_a_view_that_shares_everything_else() -> None:
    """timeout and raise_errors for some calls only."""
    script = Script(Response(404))
    with CocApi(TOKEN, config=config(script)) as api:
        view = api.with_options(timeout=1.5, raise_errors=True)
        with pytest.raises(NotFound):
            view.clan_tag("#2PP")
        assert api.clan_tag("#2PP")["status_code"] == 404
        assert view.plugins is api.plugins
    assert [request.timeout for request in script.requests] == [1.5, 20]


def test_with_options_reaches_plugins_by_their_name_and_refuses_others() -> None:
    """A misspelt option is no option."""
    script = Script()
    with CocApi(TOKEN, config=config(script)) as api:
        api.with_options(script="x").with_options(timeout=3).clan_tag("#2PP")
        with pytest.raises(ConfigError, match="with_options has no option 'scrip'; did you mean 'script'"):
            api.with_options(scrip=1)
        with pytest.raises(ConfigError, match=r"ApiConfig\.timeout is -1"):
            api.with_options(timeout=-1)
    assert (script.requests[0].options, script.requests[0].timeout) == ({"script": "x"}, 3)


# The address


def test_another_address_needs_force_because_the_token_goes_there() -> None:
    """Refused with the reason; allowed with force; and back again."""
    script = Script()
    with CocApi(TOKEN, config=config(script)) as api:
        with pytest.raises(ConfigError, match="your token would be sent there; pass force=True"):
            api.set_base_url("https://proxy.example/v1")
        assert api.get_base_url() == "https://api.clashofclans.com/v1"
        api.set_base_url("https://proxy.example/v1/", force=True)
        api.clan_tag("#2PP")
        assert (api.get_base_url(), api.ENDPOINT) == ("https://proxy.example/v1",) * 2
        with pytest.raises(ConfigError, match="base_url is 'nonsense'"):
            api.set_base_url("nonsense", force=True)
        api.reset_base_url()
        api.clan_tag("#2PP")
    assert [request.url for request in script.requests] == [
        "https://proxy.example/v1/clans/%232PP",
        "https://api.clashofclans.com/v1/clans/%232PP",
    ]


# The token


def sent_headers(script: Script) -> list[dict[str, str]]:
    return [dict(request.headers) for request in script.requests]


def test_the_token_is_added_on_the_way_to_the_transport(play: Any) -> None:
    """And a plugin may bring its own."""

    class Own:
        @hookimpl
        def cocapi_request(self, request: Request) -> Request:
            return request.with_headers(authorization="Bearer own")

    script = Script()
    play(script, "clan_tag", "#2PP", **ALONE)
    play(script, "clan_tag", "#2PP", only_plugins=("script", "own"), plugins={"own": lambda _: Own()})
    assert sent_headers(script) == [{"Authorization": "Bearer token"}, {"authorization": "Bearer own"}]


def test_no_hook_ever_sees_the_token() -> None:
    """It is in no message, so no plugin can log it."""
    seen: list[str] = []

    class Nosy:
        @hookimpl
        def cocapi_finished(self, request: Request, outcome: Any) -> None:
            seen.append(repr(vars(request)) + repr(outcome))

    settings = config(Script(), plugins={"nosy": lambda _: Nosy()}, only_plugins=("script", "nosy"))
    with CocApi(TOKEN, config=settings) as api:
        api.clan_tag("#2PP")
    assert seen
    assert TOKEN not in seen[0]


@pytest.mark.parametrize(
    "answer",
    [
        Response(400, {}, f'{{"message": "bad header Bearer {TOKEN}"}}'.encode()),
        OSError(f"could not send Bearer {TOKEN}"),
    ],
    ids=["the server echoes it", "the transport prints it"],
)
def test_the_token_is_in_no_error(answer: Any) -> None:
    """Whoever echoes it."""
    with CocApi(TOKEN, config=config(Script(answer))) as api:
        assert TOKEN not in str(api.clan_tag("#2PP"))
        assert TOKEN not in repr(api) + repr(api._session) + repr(api.plugins.records)


# Closing


def test_a_closed_client_says_so_and_closing_again_does_nothing(play: Any) -> None:
    """RuntimeError: it is a mistake of the program."""
    script = Unclosed()
    api = CocApi(TOKEN, config=config(script))
    api.close()
    api.close()
    assert script.closed
    assert repr(api) == "<CocApi of https://api.clashofclans.com/v1, closed>"
    with pytest.raises(RuntimeError, match="closed"):
        api.clan_tag("#2PP")

    async def main() -> None:
        async with AsyncCocApi(TOKEN, config=config(script)) as aapi:
            pass
        await aapi.aclose()
        with pytest.raises(RuntimeError, match="closed"):
            await aapi.clan_tag("#2PP")

    asyncio.run(main())


def test_forgetting_to_close_warns_and_leaks_nothing() -> None:
    """Like files and sockets do."""
    script = Unclosed()
    api = CocApi(TOKEN, config=config(script))
    api.clan_tag("#2PP")
    forgotten = [api]
    del api
    with pytest.warns(ResourceWarning, match="unclosed client of https://api"):
        forgotten.clear()
    assert script.closed


def test_a_client_that_was_never_used_needs_no_closing() -> None:
    """It opened nothing."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        CocApi(TOKEN, config=config(Script()))
        gc.collect()


class Closing:
    """A plugin that holds something."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.closed = 0

    @hookimpl
    def cocapi_close(self) -> None:
        self.closed += 1
        self.let_go()

    def let_go(self) -> None:
        if self.error:
            raise self.error


def test_plugins_are_closed_once_and_one_that_raises_harms_no_other(caplog: pytest.LogCaptureFixture) -> None:
    """cocapi_close observes. The line says where, the innermost place first."""
    bad, good = Closing(OSError("disk")), Closing()
    settings = config(
        Script(),
        plugins={"bad": lambda _: bad, "good": lambda _: good},
        only_plugins=("script", "bad", "good"),
    )
    api = CocApi(TOKEN, config=settings)
    api.close()
    api.close()
    assert (bad.closed, good.closed) == (1, 1)
    where = r"test_client\.py:\d+ in let_go, \S+test_client\.py:\d+ in cocapi_close, \S+ in \w+\)"
    line = r"plugin 'bad' failed in cocapi_close: OSError: disk \(\S+" + where
    (record,) = caplog.records
    assert re.fullmatch(line, record.getMessage())


# Many callers at once


def echo(request: Request) -> Response:
    """An answer that names its request."""
    return json_response(
        {"asked": request.path_params["playerTag"], "id": request.headers.get("X-Request-ID")}
    )


def test_no_answer_is_mixed_with_anothers_under_threads() -> None:
    """Eight threads, each with calls of its own, through every plugin."""
    wrong: list[str] = []
    with Script(echo).client(
        enable_rate_limiting=False, enable_request_id=True, enable_metrics=True, cache_max_entries=50
    ) as api:

        def ask(thread: int) -> None:
            for number in range(250):
                tag = f"#{(thread * number) % 97 + 1000}"
                if api.players(tag)["asked"] != tag:
                    wrong.append(tag)

        threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert api.get_metrics()["total_requests"] == 1000
    assert wrong == []


def test_no_answer_is_mixed_with_anothers_under_tasks_cancellation_and_retries() -> None:
    """Two thousand tasks, a third of the attempts failing, every seventh task cancelled."""
    script = Script()
    attempts = 0

    async def asend(request: Request) -> Response:
        nonlocal attempts
        attempts += 1
        await asyncio.sleep(0)
        if attempts % 3 == 0:
            raise ConnectionFailed("lost")
        await asyncio.sleep(0)
        return echo(request)

    script.asend = asend  # type: ignore[method-assign]

    async def main() -> int:
        checked = 0
        async with script.async_client(enable_rate_limiting=False, max_retries=20) as api:
            tags = [f"#{number % 400 + 1000}" for number in range(2000)]
            tasks = [asyncio.create_task(api.players(tag)) for tag in tags]
            await asyncio.sleep(0)
            for task in tasks[::7]:
                task.cancel()
            answers = await asyncio.gather(*tasks, return_exceptions=True)
        for tag, answer in zip(tags, answers, strict=True):
            if not isinstance(answer, asyncio.CancelledError):
                assert isinstance(answer, dict)
                assert answer["asked"] == tag
                checked += 1
        return checked

    assert asyncio.run(main()) >= 1700


def test_the_answer_belongs_to_the_caller() -> None:
    """No edit of an answer can reach another caller."""
    with Script(json_response({"members": [{"name": "a"}]})).client(enable_rate_limiting=False) as api:
        first = api.clan_tag("#2PP")
        first["members"][0]["name"] = "edited"
        assert api.clan_tag("#2PP") == {"members": [{"name": "a"}]}


# Conveniences


def test_conveniences_say_when_their_plugin_is_off() -> None:
    """Never an AttributeError."""
    with CocApi(TOKEN, config=config(Script())) as api:
        assert api.get_metrics()["total_requests"] == 0
        assert "metrics" in api.get_metrics()["message"]
        api.clear_metrics()
        assert api.get_cache_stats()["enabled"] is False
        assert api.clear_cache() == 0
        with pytest.raises(ConfigError, match="No middleware"):
            api.add_request_middleware(lambda url, headers, params: (url, headers, params))


def test_invalid_token_is_a_forbidden_error() -> None:
    """The tree is public."""
    with CocApi(TOKEN, config=config(Script(REFUSED), raise_errors=True)) as api, pytest.raises(InvalidToken):
        api.clan_tag("#2PP")
    assert not issubclass(InvalidToken, PluginError)


def test_a_refused_token_is_in_no_variable_of_ours() -> None:
    """Sentry and its like show those of every frame of a traceback."""
    token = "a-token-of-more-than-a-few-characters"
    with pytest.raises(ValueError, match="API initialization failed") as refused:
        CocApi(token, config=Script(REFUSED).config(only_plugins=("script",), verify_token=True))
    frames = [frame for frame, _ in traceback.walk_tb(refused.value.__traceback__)]
    assert len(frames) > 1
    for frame in frames[1:]:  # the first is this one
        assert token not in repr(frame.f_locals)
