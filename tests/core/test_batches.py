"""batch and stream: many calls of one operation, on threads and in tasks."""

import asyncio
import contextlib
import gc
import itertools
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from typing import Any

import pytest
import trio

from cocapi import AsyncCocApi, ConfigError, NotFound, Request, Response
from cocapi.testing import Script, json_response

ALONE = {"only_plugins": ("script",)}
Play = Callable[..., Any]


class Register(Script):
    """A server that knows every player but ``#404``, and how many asked at once.

    pause:
        Seconds that an answer takes.
    most:
        The greatest number of requests under way at once.
    """

    def __init__(self, pause: float = 0.0) -> None:
        super().__init__(self.player)
        self.pause = pause
        self.now = self.most = 0
        self.counting = threading.Lock()

    def player(self, request: Request) -> Response:
        tag = request.path_params["playerTag"]
        return json_response({"reason": "notFound"}, 404) if tag == "#404" else json_response({"tag": tag})

    def count(self, step: int) -> None:
        with self.counting:
            self.now += step
            self.most = max(self.most, self.now)

    def send(self, request: Request) -> Response:
        self.count(1)
        try:
            time.sleep(self.pause)
            return super().send(request)
        finally:
            self.count(-1)

    async def asend(self, request: Request) -> Response:
        import anyio

        self.count(1)
        try:
            await anyio.sleep(self.pause)
            return Script.send(self, request)
        finally:
            self.count(-1)


@pytest.fixture(params=["sync", "asyncio", "trio"])
def mode(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def batch(mode: str, script: Script, tags: Any, number: int | None = None, **settings: Any) -> list[Any]:
    """What `batch` answers."""
    if mode == "sync":
        with script.client(**ALONE, **settings) as api:
            return api.batch(api.players, tags, max_concurrent=number)

    async def main() -> list[Any]:
        async with script.async_client(**ALONE, **settings) as api:
            return await api.batch(api.players, tags, max_concurrent=number)

    return asyncio.run(main()) if mode == "asyncio" else trio.run(main)


def stream(mode: str, script: Script, tags: Any, stop: int | None = None, **settings: Any) -> list[Any]:
    """The first `stop` pairs of `stream`, and what is left behind a moment later: nothing."""
    if mode == "sync":
        with script.client(**ALONE, **settings) as api:
            return list(itertools.islice(api.stream(api.players, tags), stop))

    async def main() -> list[Any]:
        got = []
        async with (
            script.async_client(**ALONE, **settings) as api,
            contextlib.aclosing(api.stream(api.players, tags)) as pairs,
        ):
            async for pair in pairs:
                got.append(pair)
                if len(got) == stop:
                    break
        return got

    return asyncio.run(main()) if mode == "asyncio" else trio.run(main)


def numbered(amount: int | None = None) -> Iterator[str]:
    """``#1P``, ``#2P``, …: tags, lazily."""
    numbers = itertools.count(1) if amount is None else range(1, amount + 1)
    return (f"#{number}P" for number in numbers)


def test_answers_stand_in_the_order_of_the_tags(mode: str) -> None:
    tags = list(numbered(50))
    assert [answer["tag"] for answer in batch(mode, Register(0.001), tags)] == tags


def test_a_failed_call_leaves_its_error_dict_in_place(mode: str) -> None:
    first, failed, last = batch(mode, Register(), ["#1P", "#404", "#2P"])
    assert (first["tag"], last["tag"]) == ("#1P", "#2P")
    assert (failed["result"], failed["status_code"]) == ("error", 404)


def test_where_calls_raise_a_failed_one_leaves_its_exception_in_place(mode: str) -> None:
    first, failed, _ = batch(mode, Register(), ["#1P", "#404", "#2P"], raise_errors=True)
    assert first == {"tag": "#1P"}
    assert isinstance(failed, NotFound)
    (pair,) = stream(mode, Register(), ["#404"], raise_errors=True)
    assert isinstance(pair[1], NotFound)


def test_a_tag_that_occurs_twice_is_asked_for_once(mode: str) -> None:
    """However it is written; and each place has an answer of its own."""
    register = Register()
    answers = batch(mode, register, ["#2P", "2p", "#2P", "#3P"])
    assert [answer["tag"] for answer in answers] == ["#2P", "#2P", "#2P", "#3P"]
    assert len(register.requests) == 2
    answers[0]["tag"] = "edited"
    assert answers[1]["tag"] == "#2P"


def test_what_is_no_tag_is_an_error_in_its_place(mode: str) -> None:
    one, two, three = batch(mode, Register(), ["", "#", "#1P"])
    assert one["error_type"] == two["error_type"] == "params"
    assert three == {"tag": "#1P"}


def test_no_tags_are_no_answers(mode: str) -> None:
    assert batch(mode, Register(), []) == []
    assert stream(mode, Register(), []) == []


@pytest.mark.parametrize(("asked", "expected"), [(None, 4), (3, 3), (1, 1), (100, 4)])
def test_no_more_calls_at_once_than_asked_for_or_than_connections(
    mode: str, asked: int | None, expected: int
) -> None:
    """Who asks for more is told."""
    register = Register(0.005)
    more = asked is not None and asked > expected
    with pytest.warns(UserWarning, match="max_concurrent=100: 4 call at once") if more else nullcontext():
        batch(mode, register, numbered(40), asked, max_connections=4)
    assert register.most == expected


@pytest.mark.parametrize("wrong", [0, -1, 1.5, True, "2"])
def test_a_concurrency_that_makes_no_sense_is_refused(mode: str, wrong: Any) -> None:
    with pytest.raises(ConfigError, match="max_concurrent"):
        batch(mode, Register(), ["#1P"], wrong)


@pytest.mark.parametrize("ask", [batch, stream])
def test_one_tag_that_is_not_in_a_list_is_refused_with_the_way_out(mode: str, ask: Any) -> None:
    """Its letters would be asked for."""
    register = Register()
    with pytest.raises(ConfigError, match=r"one text: write \['#2PP'\]$"):
        ask(mode, register, "#2PP")
    assert register.requests == []


def test_a_stream_gives_every_tag_with_its_own_answer(mode: str) -> None:
    pairs = stream(mode, Register(0.001), numbered(60))
    assert sorted(tag for tag, _ in pairs) == sorted(numbered(60))
    assert all(answer["tag"] == tag for tag, answer in pairs)


def test_a_stream_yields_what_comes_first_first(mode: str) -> None:
    class Slow(Register):
        """Its first player is there after all others."""

        def is_next(self, request: Request) -> bool:
            return request.path_params["playerTag"] != "#1P" or len(self.requests) == 4

        def send(self, request: Request) -> Response:
            while not self.is_next(request):
                time.sleep(0.01)
            return Script.send(self, request)

        async def asend(self, request: Request) -> Response:
            import anyio

            while not self.is_next(request):  # as a server's
                await anyio.sleep(0.01)
            return Script.send(self, request)

    assert [tag for tag, _ in stream(mode, Slow(), numbered(5))][-1] == "#1P"


def test_an_endless_input_is_read_only_as_far_as_needed(mode: str) -> None:
    """Ten pairs taken: no more was read than those, and what was under way."""
    read: list[str] = []

    def endless() -> Iterator[str]:
        for tag in numbered():
            read.append(tag)
            yield tag

    register = Register(0.001)
    assert len(stream(mode, register, endless(), 10, max_connections=4)) == 10
    assert len(read) <= 10 + 2 * 4
    assert register.now == 0


def test_stopping_early_leaves_no_thread_and_no_task(new_threads: Any) -> None:
    register = Register(0.01)
    with register.client(**ALONE) as api:
        for _ in api.stream(api.players, numbered()):
            break
        assert not new_threads()

    async def main() -> int:
        async with register.async_client(**ALONE) as api:
            async for _ in api.stream(api.players, numbered()):
                break
            async with asyncio.timeout(60):
                while len(asyncio.all_tasks()) > 1:  # the loop closes what was left
                    await asyncio.sleep(0.01)
            return len(asyncio.all_tasks())

    assert asyncio.run(main()) == 1
    assert register.now == 0


def test_a_cancelled_task_takes_its_stream_along() -> None:
    register = Register(0.01)

    async def main() -> None:
        async with register.async_client(**ALONE) as api:

            async def consume() -> None:
                async for _ in api.stream(api.players, numbered()):
                    pass

            with pytest.raises(TimeoutError):
                await asyncio.wait_for(consume(), 0.1)
            assert len(asyncio.all_tasks()) == 1
            assert register.now == 0

    asyncio.run(main())


def test_an_input_that_raises_is_heard(mode: str) -> None:
    def broken() -> Iterator[str]:
        yield "#1P"
        raise KeyError("the file ended")

    with pytest.raises(KeyError, match="the file ended"):
        stream(mode, Register(), broken())
    with pytest.raises(KeyError, match="the file ended"):
        batch(mode, Register(), broken())


def test_any_function_of_one_argument_will_do(mode: str) -> None:
    """For operations that want more arguments than the key."""
    script = Script(lambda request: json_response({"items": [], "asked": request.url}))
    if mode == "sync":
        with script.client(**ALONE) as api:
            answers = api.batch(lambda tag: api.clan_members(tag, limit=1), ["#2PP"])
    else:

        async def main() -> list[Any]:
            async with script.async_client(**ALONE) as api:
                return await api.batch(lambda tag: api.clan_members(tag, limit=1), ["#2PP"])

        answers = asyncio.run(main()) if mode == "asyncio" else trio.run(main)
    assert answers[0]["asked"].endswith("/clans/%232PP/members?limit=1")


def test_a_tuple_is_several_arguments_as_in_4_0(mode: str) -> None:
    script = Script(lambda request: json_response({"asked": request.url}))
    keys = [("#2PP", {"limit": 1}), ["2pp", {"limit": 2}], "#2PP"]
    if mode == "sync":
        with script.client(**ALONE) as api:
            answers = api.batch(method=api.clan_members, args_list=keys, max_concurrent=2)
    else:

        async def main() -> list[Any]:
            async with script.async_client(**ALONE) as api:
                return await api.batch(method=api.clan_members, args_list=keys, max_concurrent=2)

        answers = asyncio.run(main()) if mode == "asyncio" else trio.run(main)
    assert [answer["asked"].partition("members")[2] for answer in answers] == ["?limit=1", "?limit=2", ""]


def test_a_slow_reader_holds_the_stream_back() -> None:
    """Nothing is called in advance beyond what the workers hold."""
    register = Register()

    async def main(api: AsyncCocApi) -> None:
        async with contextlib.aclosing(api.stream(api.players, numbered())) as pairs:
            async for _ in pairs:
                await asyncio.sleep(0.05)
                assert len(register.requests) <= 2 * 10
                break

    async def run() -> None:
        async with register.async_client(**ALONE) as api:
            await main(api)

    asyncio.run(run())


def test_memory_does_not_grow_with_the_input(mode: str) -> None:
    """Ten times the tags, the same peak, but for less than what 40 bytes for each would be."""

    class Forgetful(Register):
        """Keeps no list of requests."""

        def send(self, request: Request) -> Response:
            return self.player(request)

        async def asend(self, request: Request) -> Response:
            return self.player(request)

    def peak(amount: int) -> int:
        gc.collect()
        tracemalloc.start()
        drain(mode, Forgetful(), numbered(amount))
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(100)
    assert peak(2000) < peak(200) + 72_000


def drain(mode: str, script: Script, tags: Iterator[str]) -> None:
    """Read a stream to its end and keep nothing."""
    if mode == "sync":
        with script.client(**ALONE) as api:
            for _ in api.stream(api.players, tags):
                pass
        return

    async def main() -> None:
        async with script.async_client(**ALONE) as api:
            async for _ in api.stream(api.players, tags):
                pass

    if mode == "asyncio":
        asyncio.run(main())
    else:
        trio.run(main)


def breaking(number: int, error: BaseException) -> Iterator[str]:
    """So many tags, and then an error."""
    yield from (f"#{n}" for n in range(2, number + 2))
    raise error


@pytest.mark.parametrize("number", [0, 1, 3, 10, 25])
def test_what_was_asked_for_is_handed_over_before_the_inputs_error(mode: str, number: int) -> None:
    """As many answers as the input gave keys."""
    got: list[Any] = []
    script = Register(pause=0.01)

    async def main() -> None:
        async with script.async_client(**ALONE) as api:
            async for key, _ in api.stream(api.players, breaking(number, LookupError("input"))):
                got.append(key)

    def main_sync() -> None:
        with script.client(**ALONE) as api:
            for key, _ in api.stream(api.players, breaking(number, LookupError("input"))):
                got.append(key)

    with pytest.raises(LookupError, match="input"):
        main_sync() if mode == "sync" else asyncio.run(main()) if mode == "asyncio" else trio.run(main)
    assert sorted(got) == sorted(f"#{n}" for n in range(2, number + 2))
    assert len(script.requests) == number


def test_what_was_asked_for_is_handed_over_before_a_calls_own_error() -> None:
    """A function of the user's may raise what it likes; the others' answers are not lost."""
    with Register(pause=0.02).client(**ALONE) as api:

        def look(tag: str) -> Any:
            return api.players(tag)["name" if tag == "#2" else "tag"]

        got: list[str] = []
        with pytest.raises(KeyError, match="name"):
            got.extend(key for key, _ in api.stream(look, ["#2", "#3", "#4", "#5"]))
    assert sorted(got) == ["#3", "#4", "#5"]


def test_an_interrupt_in_the_input_is_raised_at_once() -> None:
    """It belongs to whoever iterates."""
    with Register().client(**ALONE) as api, pytest.raises(KeyboardInterrupt):
        list(api.stream(api.players, breaking(3, KeyboardInterrupt())))


class Enough(BaseException):
    """No `Exception`, as those of libraries that abort a test or a program."""


@pytest.mark.parametrize("how", ["batch", "stream"])
@pytest.mark.parametrize("kind", [Enough, SystemExit])
def test_what_is_no_exception_reaches_the_caller_as_it_is(
    kind: type[BaseException], how: str, mode: str
) -> None:
    """Neither in a group, nor as an internal error of trio, nor by a task that nobody waits for."""

    def look(number: int) -> int:
        if number == 3:
            raise kind("enough")
        return number

    async def alook(number: int) -> int:
        return look(number)

    def main_sync() -> None:
        with Register().client(**ALONE) as api:
            api.batch(look, range(9)) if how == "batch" else list(api.stream(look, range(9)))

    async def main() -> None:
        async with Register().async_client(**ALONE) as api:
            if how == "batch":
                await api.batch(alook, range(9))
            else:
                [key async for key, _ in api.stream(alook, range(9))]

    def run() -> None:
        main_sync() if mode == "sync" else asyncio.run(main()) if mode == "asyncio" else trio.run(main)

    with pytest.raises(kind, match="enough"):
        run()


@pytest.mark.parametrize("how", ["batch", "stream"])
def test_a_function_that_awaits_a_cancelled_task_ends_nothing_quietly(how: str) -> None:
    """Its CancelledError is told; the task that asked was not cancelled, and may go on."""

    async def alook(number: int) -> int:
        if number == 3:
            task = asyncio.ensure_future(asyncio.sleep(60))
            task.cancel()
            await task
        return number

    async def all_of(api: AsyncCocApi) -> None:
        if how == "batch":
            await api.batch(alook, range(9))
        else:
            [key async for key, _ in api.stream(alook, range(9))]

    async def main() -> None:
        async with Register().async_client(**ALONE) as api:
            with pytest.raises(asyncio.CancelledError):
                await all_of(api)
            assert (await api.players("#2"))["tag"] == "#2"

    asyncio.run(main())


def test_an_event_loop_that_ends_closes_a_stream_that_somebody_keeps(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """asyncio closes all asynchronous generators at once, those within others too, and logs what fails."""
    kept: list[Any] = []
    api = Register().async_client(**ALONE)

    async def main() -> None:
        kept.append(api.stream(api.players, map("#{}".format, itertools.count(2))))
        await anext(kept[0])

    asyncio.run(main())
    assert not caplog.records
    asyncio.run(api.aclose())
