"""Opening a client: each plugin is asked once, before the first call, and closed in reverse order."""

import asyncio
import gc
import os
import time
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from inspect import isawaitable
from typing import Any

import anyio
import anyio.lowlevel
import pytest
import trio

from cocapi import (
    AsyncCocApi,
    ClientClosed,
    CocApi,
    CocApiError,
    Flow,
    NotFound,
    Outcome,
    PluginError,
    Response,
    call,
    do,
    hookimpl,
    sleep,
)
from cocapi.testing import Script, json_response

Steps = Generator[Callable[[], Any], Any, None]
"""What a test does with a client: it yields what is to be called, and awaited where that is due."""

MODES = ("sync", "asyncio", "trio")
every_mode = pytest.mark.parametrize("mode", MODES)


def play(mode: str, script: Script, use: Callable[[Any], Steps], **settings: Any) -> None:
    """Use a client of a script in one mode, without entering it, and close it."""

    async def main() -> None:
        api = script.async_client(**settings)
        steps = use(api)
        resume: Callable[[], Any] = partial(next, steps)
        try:
            while True:
                call = resume()
                try:
                    value = call()
                    resume = partial(steps.send, (await value) if isawaitable(value) else value)
                except CocApiError as error:
                    resume = partial(steps.throw, error)
        except StopIteration:
            return
        finally:
            await api.aclose()

    if mode == "asyncio":
        asyncio.run(main())
    elif mode == "trio":
        trio.run(main)
    else:
        play_sync(script.client(**settings), use)


def play_sync(api: CocApi, use: Callable[[Any], Steps]) -> None:
    steps = use(api)
    resume: Callable[[], Any] = partial(next, steps)
    try:
        while True:
            call = resume()
            try:
                resume = partial(steps.send, call())
            except CocApiError as error:
                resume = partial(steps.throw, error)
    except StopIteration:
        return
    finally:
        api.close()


def only(**plugins: Any) -> dict[str, Any]:
    """Settings of a client with these plugins alone, and the store in memory."""
    return {
        "only_plugins": ("script", "memory", *plugins),
        "plugins": {name: (lambda _, plugin=plugin: plugin) for name, plugin in plugins.items()},
    }


class Opened:
    """Notes when it is opened and closed, and with which client."""

    def __init__(self, told: list[str], name: str = "", fails: int = 0) -> None:
        self.told = told
        self.name = name
        self.fails = fails
        self.client: Any = None

    @hookimpl
    def cocapi_open(self, client: Any) -> None:
        self.client = client
        self.told.append(f"open {self.name}".strip())
        if self.fails:
            self.fails -= 1
            raise ZeroDivisionError("on purpose")

    @hookimpl
    def cocapi_request(self) -> None:
        self.told.append("request")

    @hookimpl
    def cocapi_close(self) -> None:
        self.told.append(f"close {self.name}".strip())


@every_mode
def test_a_client_is_opened_once_before_its_first_call(mode: str) -> None:
    """Not when it is made."""
    told: list[str] = []

    def use(api: Any) -> Steps:
        assert told == []
        yield lambda: api.clan_tag("#2PP")
        yield lambda: api.with_options(timeout=3).clan_tag("#2PQ")
        yield lambda: api.clan_tag("#2PR")

    play(mode, Script(), use, **only(opened=Opened(told)))
    assert told == ["open", "request", "request", "request", "close"]


@every_mode
def test_entering_a_client_opens_it(mode: str) -> None:
    """Also when no call is ever made."""
    told: list[str] = []

    async def main() -> None:
        async with Script().async_client(**only(opened=Opened(told))):
            assert told == ["open"]

    if mode == "sync":
        with Script().client(**only(opened=Opened(told))):
            assert told == ["open"]
    else:
        asyncio.run(main()) if mode == "asyncio" else trio.run(main)
    assert told == ["open", "close"]


@every_mode
def test_a_plugin_is_given_a_client_of_that_mode_which_raises_and_answers_with_dicts(mode: str) -> None:
    """Whatever the user chose, and however the call was made that opened it."""
    plugin = Opened([])
    script = Script(json_response({"tag": "#2PP"}), Response(404))

    def use(api: Any) -> Steps:
        yield lambda: api.with_options(raise_errors=False).clan_tag("#2PP")
        client = plugin.client
        assert type(client) is (CocApi if mode == "sync" else AsyncCocApi)
        assert client.async_mode is (mode != "sync")
        assert client.config is api.config
        with pytest.raises(NotFound):
            yield lambda: client.clan_tag("#2PP")
        assert (yield lambda: api.clan_tag("#2PP"))["status_code"] == 404

    play(mode, script, use, **only(opened=plugin))


@every_mode
def test_a_plugin_may_make_calls_while_it_is_opened(mode: str) -> None:
    """As a flow: they go through the plugins, and do not wait for the opening that they are part of."""
    told: list[str] = []

    class Calling(Opened):
        @hookimpl
        def cocapi_open(self, client: Any) -> Flow[None]:
            clan = yield from call(client.clan_tag, "#2PP")
            told.append(clan["tag"])

    def use(api: Any) -> Steps:
        yield lambda: api.players("#2PP")

    play(mode, Script(json_response({"tag": "#2PP"})), use, **only(calling=Calling(told)))
    assert told == ["request", "#2PP", "request", "close"]


@every_mode
def test_one_that_fails_fails_the_call_by_name_and_is_asked_again_by_the_next(mode: str) -> None:
    """Those that were opened are not asked again; the call that failed is told to the observers."""
    told: list[str] = []
    ends: list[Outcome] = []

    class Watching:
        @hookimpl
        def cocapi_finished(self, outcome: Outcome) -> None:
            ends.append(outcome)

    def use(api: Any) -> Steps:
        answer = yield lambda: api.clan_tag("#2PP")
        assert answer["error_type"] == "plugin"
        assert answer["message"] == "plugin 'b' failed in cocapi_open: ZeroDivisionError: on purpose"
        with pytest.raises(PluginError, match="plugin 'b' failed in cocapi_open"):
            yield lambda: api.with_options(raise_errors=True).clan_tag("#2PP")
        assert (yield lambda: api.clan_tag("#2PP")) == {}

    plugins = {
        "a": Opened(told, "a"),
        "b": Opened(told, "b", 2),
        "c": Opened(told, "c"),
        "watching": Watching(),
    }
    script = Script()
    play(mode, script, use, **only(**plugins))
    opened = [line for line in told if line != "request"]
    assert opened == ["open a", "open b", "open b", "open b", "open c", "close c", "close b", "close a"]
    assert [type(outcome.error) for outcome in ends] == [PluginError, PluginError, type(None)]
    assert len(script.requests) == 1


@every_mode
def test_one_that_fails_when_the_client_is_entered_raises_and_closes_it(mode: str) -> None:
    told: list[str] = []
    settings = only(opened=Opened(told, "", 1))
    enter: dict[str, Callable[[], object]] = {
        "sync": Script().client(**settings).__enter__,
        "asyncio": lambda: asyncio.run(Script().async_client(**settings).__aenter__()),
        "trio": lambda: trio.run(Script().async_client(**settings).__aenter__),
    }
    with pytest.raises(PluginError, match="plugin 'opened' failed in cocapi_open: ZeroDivisionError"):
        enter[mode]()
    assert told == ["open", "close"]


@every_mode
def test_an_error_of_the_api_in_opening_is_the_calls_own(mode: str) -> None:
    """As a log-in that is refused: no plugin is to blame."""

    class Refused:
        @hookimpl
        def cocapi_open(self, client: Any) -> Flow[None]:
            yield from call(client.clan_tag, "#2PP")

    def use(api: Any) -> Steps:
        answer = yield lambda: api.players("#2PP")
        assert (answer["error_type"], answer["status_code"]) == ("http", 404)

    play(mode, Script(Response(404)), use, **only(refused=Refused()))


def test_threads_that_call_at_once_wait_for_the_one_that_opens() -> None:
    """And none of them opens it a second time."""
    told: list[str] = []

    class Slow(Opened):
        @hookimpl
        def cocapi_open(self) -> None:
            told.append("open")
            time.sleep(0.1)
            told.append("opened")

    with ThreadPoolExecutor(8) as pool:
        api = Script().client(**only(slow=Slow(told)))
        list(pool.map(api.clan_tag, ["#2PP"] * 8))
        api.close()
    assert told == ["open", "opened", *["request"] * 8, "close"]


@pytest.mark.parametrize("mode", ["asyncio", "trio"])
def test_tasks_that_call_at_once_wait_for_the_one_that_opens(mode: str) -> None:
    """When that one is cancelled, another opens the client."""
    told: list[str] = []

    class Slow(Opened):
        @hookimpl
        def cocapi_open(self) -> Flow[None]:
            told.append("open")
            yield from do(lambda: None, lambda: anyio.sleep(0.1))
            told.append("opened")

    async def main() -> None:
        api = Script().async_client(**only(slow=Slow(told)))
        async with anyio.create_task_group() as group:
            for _ in range(4):
                group.start_soon(api.clan_tag, "#2PP")
            while told != ["open"]:  # a task does it
                await anyio.lowlevel.checkpoint()
            group.cancel_scope.cancel()
        assert told == ["open"]
        async with anyio.create_task_group() as group:
            for _ in range(4):
                group.start_soon(api.clan_tag, "#2PP")
        await api.aclose()

    asyncio.run(main()) if mode == "asyncio" else trio.run(main)
    assert told == ["open", "open", "opened", *["request"] * 4, "close"]


def test_what_interrupts_the_opening_is_the_callers_and_the_next_call_opens() -> None:
    told: list[str] = []

    class Interrupted(Opened):
        @hookimpl
        def cocapi_open(self) -> None:
            told.append("open")
            if len(told) == 1:
                raise KeyboardInterrupt

    api = Script().client(**only(interrupted=Interrupted(told)))
    with pytest.raises(KeyboardInterrupt):
        api.clan_tag("#2PP")
    api.clan_tag("#2PP")
    api.close()
    assert told == ["open", "open", "request", "close"]


@every_mode
def test_a_plugin_that_comes_later_is_opened_before_the_next_call(mode: str) -> None:
    """And one that went is not."""
    told: list[str] = []

    def use(api: Any) -> Steps:
        yield lambda: api.clan_tag("#2PP")
        api.plugins.register(Opened(told, "b"), "b")
        api.plugins.register(Opened(told, "c"), "c")
        api.plugins.unregister("c")
        yield lambda: api.clan_tag("#2PQ")

    play(mode, Script(), use, **only(a=Opened(told, "a")))
    assert [line for line in told if line != "request"] == ["open a", "open b", "close b", "close a"]


@every_mode
def test_those_that_were_opened_are_closed_first_the_last_one_before_the_others(mode: str) -> None:
    """Then the plugins that were not opened, as they stand."""
    told: list[str] = []

    class Closing:
        def __init__(self, name: str) -> None:
            self.name = name

        @hookimpl
        def cocapi_close(self) -> None:
            told.append(f"close {self.name}")

    def use(api: Any) -> Steps:
        yield lambda: api.clan_tag("#2PP")

    plugins = {"a": Opened(told, "a"), "b": Closing("b"), "c": Opened(told, "c"), "d": Closing("d")}
    play(mode, Script(), use, **only(**plugins))
    closed = [line for line in told if line.startswith("close")]
    assert closed == ["close c", "close a", "close b", "close d"]


def test_a_client_that_was_never_used_is_closed_and_not_opened() -> None:
    told: list[str] = []
    Script().client(**only(opened=Opened(told))).close()
    assert told == ["close"]


def test_a_closed_client_is_opened_when_it_is_entered_and_by_no_call() -> None:
    told: list[str] = []
    api = Script().client(**only(opened=Opened(told)))
    api.close()
    with pytest.raises(ClientClosed):
        api.clan_tag("#2PP")
    assert told == ["close"]
    with api:
        api.clan_tag("#2PP")
    assert told == ["close", "open", "request", "close"]


def test_a_plugin_that_keeps_its_client_does_not_keep_the_connections_open() -> None:
    """A client that is forgotten is closed at once: there is no circle for the collector to find."""
    gc.collect()
    gc.disable()
    try:
        plugin = Opened([])
        script = Script()
        api = script.client(**only(opened=plugin))
        api.clan_tag("#2PP")
        with pytest.warns(ResourceWarning, match="unclosed client"):
            del api
        with pytest.raises(ReferenceError):
            plugin.client.clan_tag("#2PP")
    finally:
        gc.enable()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_the_child_of_a_fork_opens_anew() -> None:
    """The parent goes on as it was."""
    told: list[str] = []
    with Script().client(**only(opened=Opened(told))) as api:
        api.clan_tag("#2PP")
        child = os.fork()
        if child == 0:
            status = 1
            try:
                api.clan_tag("#2PQ")
                api.close()
                status = 0 if told == ["open", "request", "open", "request", "close"] else 2
            finally:
                os._exit(status)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        api.clan_tag("#2PR")
    assert told == ["open", "request", "request", "close"]


def test_a_client_without_such_plugins_has_nothing_to_open() -> None:
    """Its calls go their way from the first on."""
    with Script().client() as api:
        assert api.plugins.opened


@every_mode
def test_without_its_store_a_plugin_is_open_all_the_same(mode: str) -> None:
    """A store that fails costs no call."""

    class Stored:
        @hookimpl
        def cocapi_open(self, client: Any) -> Flow[None]:
            yield from client.store.get("key")
            raise AssertionError("there is a store")

    def use(api: Any) -> Steps:
        assert (yield lambda: api.clan_tag("#2PP")) == {}

    settings = only(stored=Stored())
    play(mode, Script(), use, **{**settings, "only_plugins": ("script", "stored")})


# Events


class Heard:
    def __init__(self, heard: list[object]) -> None:
        self.heard = heard

    @hookimpl
    def cocapi_event(self, event: object) -> None:
        self.heard.append(event)


class Deaf:
    @hookimpl
    def cocapi_event(self) -> None:
        raise ZeroDivisionError("on purpose")


@every_mode
def test_every_plugin_hears_of_an_event_and_one_that_raises_is_logged(
    mode: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Whoever says it: the program, or a plugin with its own client."""
    heard: list[object] = []
    plugin = Opened([])

    def use(api: Any) -> Steps:
        api.emit("first")
        yield lambda: api.clan_tag("#2PP")
        plugin.client.emit("second")
        api.with_options(timeout=3).emit("third")

    play(mode, Script(), use, **only(a=Deaf(), heard=Heard(heard), opened=plugin))
    assert heard == ["first", "second", "third"]
    assert "plugin 'a' failed in cocapi_event: ZeroDivisionError: on purpose" in caplog.text


def test_an_observer_of_events_answers_with_no_flow() -> None:
    class Flowing:
        @hookimpl
        def cocapi_event(self) -> Flow[None]:
            yield from sleep(1)

    with pytest.raises(PluginError, match="cocapi_event observes; a flow would never be run"):
        Script().client(**only(flowing=Flowing()))
