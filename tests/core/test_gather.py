"""call and gather: flows that make calls, in threads and in tasks."""

import asyncio
import contextlib
import signal
import threading
import time
from collections.abc import Callable
from typing import Any

import anyio
import pytest
import trio

from cocapi import (
    AnyCocApi,
    Call,
    ClientClosed,
    CocApiError,
    ConfigError,
    Flow,
    NotFound,
    Outcome,
    PluginError,
    Request,
    Response,
    Retry,
    call,
    do,
    gather,
    hookimpl,
    sleep,
)
from cocapi.testing import Script, json_response

ALONE = {"only_plugins": ("script",)}
MODES = ["sync", "asyncio", "trio"]
Play = Callable[..., Any]


@pytest.fixture(params=MODES)
def play(request: pytest.FixtureRequest) -> Play:
    """play(script, flow, **settings) -> what ``flow(api)`` returned, run in one of the three modes."""

    def play_sync(script: Script, flow: Callable[[AnyCocApi], Flow[Any]], **settings: Any) -> Any:
        with script.client(**{**ALONE, **settings}) as api:
            return api.run_flow(flow(api))

    async def play_tasks(script: Script, flow: Callable[[AnyCocApi], Flow[Any]], **settings: Any) -> Any:
        async with script.async_client(**{**ALONE, **settings}) as api:
            return await api.run_flow(flow(api))

    def play_asyncio(*args: Any, **settings: Any) -> Any:
        return asyncio.run(play_tasks(*args, **settings))

    def play_trio(*args: Any, **settings: Any) -> Any:
        async def main() -> Any:
            return await play_tasks(*args, **settings)

        return trio.run(main)

    return {"sync": play_sync, "asyncio": play_asyncio, "trio": play_trio}[request.param]


class Register(Script):
    """A server that knows every player but ``#404``; an answer takes `pause` seconds of real time.

    most:
        The greatest number of requests under way at once.
    """

    def __init__(self, pause: float = 0.0) -> None:
        super().__init__(self.player)
        self.pause = pause
        self.now = self.most = 0
        self.counting = threading.Lock()

    def player(self, request: Request) -> Response:
        tag = request.path_params.get("playerTag", "#2PP")
        return json_response({"reason": "notFound"}, 404) if tag == "#404" else json_response({"tag": tag})

    @contextlib.contextmanager
    def under_way(self) -> Any:
        with self.counting:
            self.now += 1
            self.most = max(self.most, self.now)
        try:
            yield
        finally:
            with self.counting:
                self.now -= 1

    def send(self, request: Request) -> Response:
        with self.under_way():
            time.sleep(self.pause)
            return super().send(request)

    async def asend(self, request: Request) -> Response:
        with self.under_way():
            await anyio.sleep(self.pause)
            return Script.send(self, request)


def pausing(seconds: float) -> Flow[None]:
    """Let real time pass, whatever a script makes of sleeps."""
    yield from do(lambda: time.sleep(seconds), lambda: anyio.sleep(seconds))


def test_a_call_answers_with_what_a_user_receives(play: Play) -> None:
    def flow(api: AnyCocApi) -> Flow[Any]:
        player = yield from call(api.players, "2pp")
        page = yield from call(api.clan_members, "#2PP", limit=3)
        return player, page

    script = Register()
    assert play(script, flow) == ({"tag": "#2PP"}, {"tag": "#2PP"})
    assert [request.params for request in script.requests] == [{}, {"limit": 3}]


def test_a_call_of_models_answers_with_a_model(play: Play) -> None:
    def flow(api: AnyCocApi) -> Flow[Any]:
        return (yield from call(api.models.goldpass))

    answer = json_response({"startTime": "20250101T080000.000Z", "endTime": "20250201T080000.000Z"})
    season = play(Script(answer), flow, only_plugins=("script", "models"))
    assert (season.start_time.year, season.end_time.month) == (2025, 2)


def test_a_call_that_fails_raises_in_the_flow_though_users_receive_error_dicts(play: Play) -> None:
    def flow(api: AnyCocApi) -> Flow[Any]:
        try:
            yield from call(api.players, "#404")
        except NotFound as error:
            return error.reason

    assert play(Register(), flow) == "notFound"
    with pytest.raises(NotFound):
        play(Register(), lambda api: call(api.players, "#404"))


def test_wrong_arguments_raise_in_the_flow_too(play: Play) -> None:
    with pytest.raises(CocApiError, match="'color' is unknown"):
        play(Register(), lambda api: call(api.players, "#2PP", {"color": "red"}))


def test_a_flow_of_calls_is_tested_step_by_step_without_a_network() -> None:
    script = Script()
    with script.client(**ALONE) as api:
        flow = call(api.players, "#2PP")
        assert next(flow) == Call(api.players, ("#2PP",))
        with pytest.raises(StopIteration) as end:
            flow.send({"tag": "#2PP"})
        assert end.value.value == {"tag": "#2PP"}
    assert script.requests == []


def test_the_override_of_a_subclass_is_what_is_called() -> None:
    script = Register()
    with script.client(**ALONE) as plain:

        class Bot(type(plain)):  # type: ignore[misc]
            def players(self, tag: str) -> Any:
                return {"from": "the override", **super().players(tag)}

        api = Bot("token", config=script.config(**ALONE))
        assert api.run_flow(call(api.players, "#2PP")) == {"from": "the override", "tag": "#2PP"}
        api.close()


def test_each_call_of_a_flow_meets_the_hooks() -> None:
    class Seen:
        def __init__(self) -> None:
            self.outcomes: list[Outcome] = []

        @hookimpl
        def cocapi_finished(self, outcome: Outcome) -> None:
            self.outcomes.append(outcome)

    seen = Seen()
    with Register().client(only_plugins=("script", "seen"), plugins={"seen": lambda _: seen}) as api:
        api.run_flow(gather(call(api.players, "#2PP"), call(api.players, "#2QQ")))
    assert sorted(outcome.result["tag"] for outcome in seen.outcomes) == ["#2PP", "#2QQ"]


def test_results_stand_in_the_order_of_the_flows(play: Play) -> None:
    def one(number: int) -> Flow[int]:
        yield from pausing(0.05 if number == 0 else 0.0)
        return number

    assert play(Script(), lambda api: gather(*map(one, range(7)))) == (0, 1, 2, 3, 4, 5, 6)
    assert play(Script(), lambda api: gather()) == ()


@pytest.mark.parametrize(("limit", "expected"), [(None, 4), (3, 3), (1, 1), (100, 4)])
def test_no_more_at_once_than_the_limit_or_than_connections(
    play: Play, limit: int | None, expected: int
) -> None:
    register = Register(0.02)
    tags = [f"#2P{n}" for n in range(12)]
    play(
        register,
        lambda api: gather(*(call(api.players, tag) for tag in tags), limit=limit),
        max_connections=4,
    )
    assert register.most == expected


def test_flows_that_gather_share_the_limit(play: Play) -> None:
    register = Register(0.02)

    def branch(api: AnyCocApi) -> Flow[Any]:
        return (yield from gather(*(call(api.players, f"#2P{n}") for n in range(6))))

    results = play(register, lambda api: gather(branch(api), branch(api)), max_connections=4)
    assert [[answer["tag"] for answer in answers] for answers in results] == [
        [f"#2P{n}" for n in range(6)] for _ in range(2)
    ]
    assert 2 <= register.most <= 4


def test_an_error_ends_the_others_and_nothing_is_left(play: Play, new_threads: Any) -> None:
    """Flows that wait end at once; flows that have not begun never do."""
    begun: list[str] = []
    ended: list[str] = []

    def one(api: AnyCocApi, tag: str) -> Flow[Any]:
        begun.append(tag)
        if tag == "#404":
            while len(begun) < 3:
                yield from pausing(0.005)
        else:
            yield from sleep(0.01)
            for _ in range(10_000):
                yield from pausing(0.005)
                yield from call(api.players, tag)
            ended.append(tag)
        return (yield from call(api.players, tag))

    with pytest.raises(NotFound):
        play(
            Register(),
            lambda api: gather(*(one(api, tag) for tag in ["#2PP", "#404", "#2QQ", "#2RR"]), limit=3),
        )
    assert ended == []
    assert sorted(begun) == ["#2PP", "#2QQ", "#404"]
    assert not new_threads()


def test_a_thread_that_sleeps_wakes_when_another_flow_fails(new_threads: Any) -> None:
    """Also one in a retry of a call that it makes, and in a gather within a gather; observers see that the
    call was cancelled."""

    class Patient(Register):
        outcomes: list[Outcome]

        @hookimpl
        def cocapi_error(self, error: CocApiError) -> Any:
            return Retry(30) if error.status_code == 503 else None

        @hookimpl
        def cocapi_finished(self, outcome: Outcome) -> None:
            self.outcomes.append(outcome)

        def player(self, request: Request) -> Response:
            tag = request.path_params["playerTag"]
            return Response(503) if tag == "#V" else super().player(request)

    script = Patient()
    script.outcomes = []

    def failing(api: AnyCocApi) -> Flow[Any]:
        yield from pausing(0.2)
        return (yield from call(api.players, "#404"))

    from cocapi import CocApi

    started = time.monotonic()
    with (
        CocApi("token", config=script.config(**ALONE)) as api,  # with time that is real
        pytest.raises(NotFound),
    ):
        api.run_flow(
            gather(gather(call(api.players, "#V"), sleep(30)), call(api.players, "#V"), failing(api))
        )
    assert time.monotonic() - started < 30
    assert sorted(outcome.cancelled for outcome in script.outcomes) == [False, True, True]
    assert not new_threads()


def test_errors_may_stand_in_the_places_of_results(play: Play) -> None:
    tags = ["#2PP", "#404", "#2QQ"]
    first, error, last = play(
        Register(), lambda api: gather(*(call(api.players, tag) for tag in tags), return_errors=True)
    )
    assert (first, last) == ({"tag": "#2PP"}, {"tag": "#2QQ"})
    assert isinstance(error, NotFound)


def test_a_mistake_is_never_a_result(play: Play) -> None:
    def wrong() -> Flow[Any]:
        yield from pausing(0)
        return {}["name"]

    with pytest.raises(KeyError, match="name"):
        play(Script(), lambda api: gather(wrong(), pausing(0), return_errors=True))


def test_the_flow_may_handle_the_error_of_a_gather(play: Play) -> None:
    def flow(api: AnyCocApi) -> Flow[str]:
        try:
            yield from gather(call(api.players, "#404"), call(api.players, "#2PP"))
        except NotFound:
            player = yield from call(api.players, "#2QQ")
            return player["tag"]
        return "unreachable"

    assert play(Register(), flow) == "#2QQ"


@pytest.mark.parametrize("limit", [0, -1, 1.5, True, "2"])
def test_a_limit_that_makes_no_sense_is_refused(limit: Any) -> None:
    with pytest.raises(ConfigError, match=r"^limit is"):
        next(gather(sleep(1), limit=limit))


def test_what_is_no_flow_is_refused() -> None:
    with pytest.raises(
        TypeError, match=r"gather\(\) takes flows, such as call\(api\.clan_tag, tag\), not dict"
    ):
        next(gather({"tag": "#2PP"}))  # type: ignore[call-overload]


def test_a_client_of_the_other_mode_is_refused() -> None:
    script = Register()
    with script.client(**ALONE) as api:
        other = script.async_client(**ALONE)
        with pytest.raises(TypeError, match="players is of an asynchronous client, and a synchronous client"):
            api.run_flow(call(other.players, "#2PP"))

    async def main() -> None:
        async with script.async_client(**ALONE) as other:
            with pytest.raises(TypeError, match="is of a synchronous client, and an asynchronous client"):
                await other.run_flow(call(api.players, "#2PP"))

    asyncio.run(main())
    assert script.requests == []


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="this system has no timers")
def test_an_interrupt_ends_all_threads_at_once(new_threads: Any) -> None:
    from cocapi import CocApi

    class Interrupt(Exception):
        pass

    def handler(*_: object) -> None:
        raise Interrupt

    started = time.monotonic()
    previous = signal.signal(signal.SIGALRM, handler)
    try:
        api = CocApi("token", config=Script().config(**ALONE))
        signal.setitimer(signal.ITIMER_REAL, 0.2)
        with api, pytest.raises(Interrupt):
            api.run_flow(gather(sleep(30), sleep(30), sleep(30)))
    finally:
        signal.signal(signal.SIGALRM, previous)
    assert time.monotonic() - started < 30
    assert not new_threads()


def test_closing_the_client_ends_a_gather(new_threads: Any) -> None:
    from cocapi import CocApi

    api = CocApi("token", config=Script().config(**ALONE))
    started = time.monotonic()
    timer = threading.Timer(0.2, api.close)
    timer.start()
    with pytest.raises(ClientClosed):
        api.run_flow(gather(sleep(30), sleep(30)))
    assert time.monotonic() - started < 30
    timer.join()
    assert not new_threads()


def test_a_cancelled_task_takes_its_gather_along() -> None:
    register = Register(30)

    async def main() -> None:
        async with register.async_client(**ALONE) as api:
            flow = gather(*(call(api.players, f"#2P{n}") for n in range(5)))
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(api.run_flow(flow), 0.1)
            assert len(asyncio.all_tasks()) == 1
            assert register.now == 0

    asyncio.run(main())


class Clans:
    """Asks for a clan before each call, by a call of its own."""

    api: Any
    careful = False

    @hookimpl
    def cocapi_request(self, request: Request) -> Flow[Request | None]:
        if self.careful and request.operation == "clan_tag":
            return None
        clan = yield from call(self.api.clan_tag, "#2PP")
        return request.with_headers(X_Clan=clan["tag"])


def test_a_hook_may_make_calls(play: Play) -> None:
    plugin, script = Clans(), Register()
    plugin.careful = True

    def flow(api: AnyCocApi) -> Flow[Any]:
        plugin.api = api
        return (yield from call(api.players, "#2QQ"))

    play(script, flow, only_plugins=("script", "clans"), plugins={"clans": lambda _: plugin})
    assert [(request.operation, request.headers.get("X-Clan")) for request in script.requests] == [
        ("clan_tag", None),
        ("players", "#2PP"),
    ]


def test_calls_in_hooks_that_never_end_are_an_error_that_names_the_plugin(play: Play) -> None:
    plugin, script = Clans(), Register()

    def flow(api: AnyCocApi) -> Flow[Any]:
        plugin.api = api
        return (yield from call(api.players, "#2QQ"))

    with pytest.raises(
        PluginError, match=r"plugin 'clans' failed in cocapi_request: RecursionError: calls go 10 deep"
    ):
        play(script, flow, only_plugins=("script", "clans"), plugins={"clans": lambda _: plugin})
    assert script.requests == []
