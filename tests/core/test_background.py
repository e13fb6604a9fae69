"""Work between calls belongs to its client: it runs in each mode, ends with it, and is blamed by name."""

import asyncio
import gc
import logging
import os
import signal
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import anyio
import pytest
import trio

from cocapi import AsyncCocApi, ClientClosed, CocApi, Flow, call, do, gather, hookimpl, sleep
from cocapi.testing import Script

MODES = ("sync", "asyncio", "trio")
every_mode = pytest.mark.parametrize("mode", MODES)


class Working:
    """Begins to work when it is opened, and notes what it does."""

    def __init__(self, told: list[str], every: float = 10) -> None:
        self.told = told
        self.every = every
        self.client: Any = None
        self.transports = 0

    @hookimpl
    def cocapi_open(self, client: Any) -> None:
        self.client = client
        client.background.start(self.work)

    def work(self) -> Flow[None]:
        self.told.append("begin")
        try:
            while True:
                yield from sleep(self.every)
                self.told.append("tick")
        finally:
            self.told.append("end")

    @hookimpl
    def cocapi_close(self) -> None:
        self.told.append("close")


def only(plugin: Any, **settings: Any) -> dict[str, Any]:
    """Settings of a client with one plugin alone."""
    return {"only_plugins": ("script", "work"), "plugins": {"work": lambda _: plugin}, **settings}


async def until(what: Callable[[], bool]) -> None:
    """Wait until something is so."""
    with anyio.fail_after(60):
        while not what():  # threads set it
            await anyio.sleep(0.002)


def until_sync(what: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not what():
        assert time.monotonic() < end
        time.sleep(0.002)


def live(
    mode: str,
    script: Script,
    checks: list[tuple[Callable[[Any], object], Callable[[], bool]]],
    **settings: Any,
) -> Any:
    """Enter a client of a script, and do one thing after another, each until something is so; close it."""

    async def main() -> Any:
        async with script.async_client(**settings) as api:
            for act, done in checks:
                act(api)
                await until(done)
            return api

    if mode == "sync":
        with script.client(**settings) as api:
            for act, done in checks:
                act(api)
                until_sync(done)
            return api
    return asyncio.run(main()) if mode == "asyncio" else trio.run(main)


def nothing(api: Any) -> None:
    return


def threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if "cocapi" in thread.name]


@every_mode
def test_work_begins_when_the_client_is_open_and_has_ended_before_the_plugins_are_closed(mode: str) -> None:
    """It sleeps by the clock of a script, which a test moves by hand."""
    told: list[str] = []
    script = Script()
    steps: list[tuple[Callable[[Any], object], Callable[[], bool]]] = [
        (nothing, lambda: told == ["begin"]),
        (lambda _: script.clock.advance(10), lambda: told == ["begin", "tick"]),
        (lambda _: script.clock.advance(10), lambda: told == ["begin", "tick", "tick"]),
    ]
    live(mode, script, steps, **only(Working(told)))
    assert told == ["begin", "tick", "tick", "end", "close"]
    assert threads() == []


@every_mode
def test_a_flow_may_open_the_plugins_so_that_work_begins_without_a_call(mode: str) -> None:
    """Those that came after the client was entered, too; nothing is sent."""
    told: list[str] = []
    script = Script()

    def open_plugins(api: Any) -> Any:
        api.plugins.register(Working(told), "late")
        return api.run_flow(api.open_plugins())

    async def main() -> None:
        async with script.async_client(only_plugins=("script",)) as api:
            await open_plugins(api)
            await until(lambda: told == ["begin"])

    if mode == "sync":
        with script.client(only_plugins=("script",)) as api:
            open_plugins(api)
            until_sync(lambda: told == ["begin"])
    else:
        asyncio.run(main()) if mode == "asyncio" else trio.run(main)
    assert script.requests == []


@every_mode
def test_work_makes_calls_of_its_own(mode: str) -> None:
    """With the client of its plugin."""
    answers: list[object] = []

    class Calling(Working):
        def work(self) -> Flow[None]:
            answers.append((yield from call(self.client.clan_tag, "#2PP")))
            clan, player = yield from gather(
                call(self.client.clan_tag, "#2PP"), call(self.client.players, "#2PP")
            )
            answers.append((clan, player))

    live(mode, Script(), [(nothing, lambda: answers == [{}, ({}, {})])], **only(Calling([])))


class Failing(Working):
    def work(self) -> Flow[None]:
        self.told.append("begin")
        yield from sleep(0)
        raise ZeroDivisionError("on\npurpose")


class Exiting(Failing):
    def work(self) -> Flow[None]:
        self.told.append("begin")
        yield from sleep(0)
        sys.exit("on\npurpose")


class NoFlow(Failing):
    def work(self) -> Any:
        self.told.append("begin")
        return 3


@every_mode
@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (Failing, "ZeroDivisionError: on\\npurpose"),
        (Exiting, "SystemExit: on\\npurpose"),
        (NoFlow, "TypeError: it answered a int, not a flow"),
    ],
)
def test_work_that_fails_is_blamed_by_name_and_the_client_goes_on(
    kind: type[Working], words: str, mode: str, caplog: pytest.LogCaptureFixture
) -> None:
    """One line, with plugin and work; the traceback at DEBUG."""
    caplog.set_level(logging.DEBUG, "cocapi.plugins")
    told: list[str] = []
    script = Script()
    begun = (nothing, lambda: told == ["begin"] and len(caplog.records) > 1)
    live(mode, script, [begun], **only(kind(told)))
    warning, detail = (record for record in caplog.records if record.name == "cocapi.plugins")
    assert warning.levelno == logging.WARNING
    assert warning.getMessage().startswith(f"the background work 'work' of plugin 'work' failed: {words} (")
    assert detail.levelno == logging.DEBUG
    assert detail.exc_info is not None
    assert told == ["begin", "close"]


@every_mode
def test_the_program_may_begin_work_too(mode: str, caplog: pytest.LogCaptureFixture) -> None:
    """At once, and it is called so in the log; a name may be given."""
    told: list[str] = []

    def mine() -> Flow[None]:
        told.append("begin")
        yield from sleep(0)
        raise ZeroDivisionError

    begin = (lambda api: api.background.start(mine, name="polling"), lambda: told == ["begin"])
    live(mode, Script(), [begin, (nothing, lambda: bool(caplog.text))], only_plugins=("script",))
    assert "the background work 'polling' failed: ZeroDivisionError" in caplog.text


@every_mode
def test_work_that_is_stopped_ends_and_the_rest_goes_on(mode: str) -> None:
    told: list[str] = []
    jobs: list[Any] = []
    other = Working(told)
    begin = (lambda api: jobs.append(api.background.start(other.work)), lambda: told == ["begin", "begin"])
    stop = (lambda _: (jobs[0].stop(), jobs[0].stop()), lambda: told == ["begin", "begin", "end"])
    live(mode, Script(), [begin, stop, (nothing, lambda: not jobs[0].running)], **only(Working(told)))
    assert told == ["begin", "begin", "end", "end", "close"]


@every_mode
def test_work_that_returns_has_ended(mode: str) -> None:
    jobs: list[Any] = []

    def short() -> Flow[None]:
        yield from sleep(0)

    begin = (lambda api: jobs.append(api.background.start(short)), lambda: not jobs[0].running)
    live(mode, Script(), [begin], only_plugins=("script",))


def test_a_closed_client_begins_no_work() -> None:
    api = Script().client()
    api.close()
    with pytest.raises(ClientClosed):
        api.background.start(lambda: sleep(1))


class Hanging(Working):
    """Does not end when it is told to."""

    def __init__(self, told: list[str]) -> None:
        super().__init__(told)
        self.go = threading.Event()

    def work(self) -> Flow[None]:
        async def awaiting() -> None:
            with anyio.CancelScope(shield=True):
                while not self.go.is_set():  # a thread sets it
                    with suppress(asyncio.CancelledError):
                        await anyio.sleep(0.01)

        self.told.append("begin")
        yield from do(lambda: self.go.wait(60), awaiting)


@every_mode
def test_work_that_does_not_end_costs_closing_no_more_than_its_bound(
    mode: str, caplog: pytest.LogCaptureFixture
) -> None:
    """It is told by name, and the plugins and connections are closed all the same."""
    told: list[str] = []
    plugin = Hanging(told)
    started = time.monotonic()
    script = Script()

    async def main() -> None:
        async with script.async_client(**only(plugin, close_timeout=0.1)):
            await until(lambda: told == ["begin"])
        plugin.go.set()

    if mode == "sync":
        live(mode, script, [(nothing, lambda: told == ["begin"])], **only(plugin, close_timeout=0.1))
        plugin.go.set()
    else:
        asyncio.run(main()) if mode == "asyncio" else trio.run(main)
    assert time.monotonic() - started < 60  # nobody else lets it go
    assert told == ["begin", "close"]
    (record,) = [record for record in caplog.records if record.name == "cocapi.plugins"]
    assert record.getMessage() == (
        "the background work 'work' of plugin 'work' did not end within 0.1 seconds of its client; "
        "it is left to itself"
    )
    until_sync(lambda: threads() == [])


@every_mode
def test_no_work_waits_for_its_own_end(mode: str) -> None:
    """When it is what closes the client."""
    told: list[str] = []

    class Closing(Working):
        api: Any = None

        def work(self) -> Flow[None]:
            self.told.append("begin")
            yield from do(lambda: self.api.close(), lambda: self.api.aclose())

    plugin = Closing(told)
    started = time.monotonic()

    async def main() -> None:
        plugin.api = Script().async_client(**only(plugin, close_timeout=60))
        await plugin.api.__aenter__()
        await until(lambda: told == ["begin", "close"])

    if mode == "sync":
        plugin.api = Script().client(**only(plugin, close_timeout=60))
        plugin.api.__enter__()
        until_sync(lambda: told == ["begin", "close"])
    else:
        asyncio.run(main()) if mode == "asyncio" else trio.run(main)
    assert time.monotonic() - started < 60
    until_sync(lambda: threads() == [])


# Event loops


@pytest.mark.parametrize("mode", ["asyncio", "trio"])
def test_work_whose_loop_ends_begins_anew_in_the_next(mode: str) -> None:
    """With the next call; the plugins are not opened again."""
    told: list[str] = []
    api = Script().async_client(**only(Working(told)))
    start: Callable[..., Any] = asyncio.run if mode == "asyncio" else trio.run

    async def call() -> None:
        await api.clan_tag("#2PP")

    def again() -> None:
        start(call()) if mode == "asyncio" else start(call)

    again()
    assert told == ["begin", "end"]
    again()
    assert told == ["begin", "end"] * 2

    async def last() -> None:
        await api.clan_tag("#2PP")
        assert told[4:] == ["begin"]
        await api.aclose()
        assert told[4:] == ["begin", "end", "close"]

    start(last()) if mode == "asyncio" else start(last)


def test_closing_from_another_loop_ends_work_in_the_first() -> None:
    told: list[str] = []
    api = Script().async_client(**only(Working(told)))

    async def main() -> None:
        await api.clan_tag("#2PP")
        await asyncio.to_thread(asyncio.run, api.aclose())
        assert told == ["begin", "end", "close"]

    asyncio.run(main())


@pytest.mark.parametrize("mode", ["asyncio", "trio"])
def test_a_cancelled_block_leaves_no_task_behind(mode: str) -> None:
    """Around a client that is entered inside cancel scopes and task groups."""
    told: list[str] = []

    async def main() -> None:
        async with anyio.create_task_group() as group:
            with anyio.CancelScope() as scope:
                async with Script().async_client(**only(Working(told))):
                    await until(lambda: told == ["begin"])
                    scope.cancel()
                    await anyio.sleep(10)
            assert told == ["begin", "end", "close"]
            group.cancel_scope.cancel()

    asyncio.run(main()) if mode == "asyncio" else trio.run(main)


@pytest.mark.parametrize("mode", ["asyncio", "trio"])
def test_work_outlives_the_task_and_scope_that_began_it(mode: str) -> None:
    """It belongs to the client, not to whoever made the first call."""
    told: list[str] = []

    async def main() -> None:
        api = Script().async_client(**only(Working(told)))
        with anyio.CancelScope() as scope:
            async with anyio.create_task_group() as group:
                group.start_soon(api.clan_tag, "#2PP")
                await until(lambda: told == ["begin"])
                scope.cancel()
        await anyio.sleep(0.02)
        assert told == ["begin"]
        await api.aclose()

    asyncio.run(main()) if mode == "asyncio" else trio.run(main)
    assert told == ["begin", "end", "close"]


def test_a_client_that_was_opened_in_synchronous_code_goes_on_when_it_becomes_asynchronous() -> None:
    """Its plugins keep the client they were given, and their threads, which end with it."""
    told: list[str] = []
    plugin = Working(told)
    api = Script().client(**only(plugin))
    api.clan_tag("#2PP")

    async def main() -> None:
        async with api as client:
            assert isinstance(client, AsyncCocApi)
            assert type(plugin.client) is CocApi
            await client.clan_tag("#2PP")
            assert told == ["begin"]

    asyncio.run(main())
    assert told == ["begin", "end", "close"]
    assert threads() == []


# The end of a program, and of clients that were forgotten


def test_a_forgotten_client_ends_its_threads() -> None:
    told: list[str] = []
    api = Script().client(**only(Working(told)))
    api.clan_tag("#2PP")
    until_sync(lambda: told == ["begin"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        del api
        gc.collect()
    until_sync(lambda: threads() == [])
    assert told == ["begin", "end"]


PROGRAM = """
import asyncio, os, signal, sys, threading, time
from cocapi import hookimpl, sleep
from cocapi.testing import Script

class Working:
    @hookimpl
    def cocapi_open(self, client):
        self.client = client
        client.background.start(self.work)

    def work(self):
        try:
            os.write(1, "".join(f"{line}\\n" for line in sys.argv[1:]).encode())  # in one piece
            while True:
                yield from sleep(1000)
        finally:
            print("end", flush=True)

settings = {"plugins": {"work": lambda config: Working()}}
script = Script()

async def forget():
    global api
    api = script.async_client(**settings)
    await api.clan_tag("#2PP")
"""

ENDINGS = {
    "sync": "api = script.client(**settings); api.clan_tag('#2PP')",
    "sync, in a function": "(lambda: script.client(**settings).clan_tag('#2PP'))()",
    "sync, SystemExit": "api = script.client(**settings); api.clan_tag('#2PP'); sys.exit(0)",
    "sync, other threads": (
        "api = script.client(**settings)\n"
        "threading.Thread(target=lambda: (time.sleep(0.3), api.clan_tag('#2PP'))).start()\n"
        "api.clan_tag('#2PP')"
    ),
    "asyncio": "asyncio.run(forget())",
    "trio": "import trio; trio.run(forget)",
    "a loop that is dropped": "asyncio.new_event_loop().run_until_complete(forget())",
    "a loop that is kept": "loop = asyncio.new_event_loop(); loop.run_until_complete(forget())",
    "a loop that is closed": (
        "loop = asyncio.new_event_loop(); loop.run_until_complete(forget()); loop.close()"
    ),
}


@pytest.mark.parametrize("ending", ENDINGS.values(), ids=ENDINGS)
def test_a_program_that_forgets_to_close_ends_at_once_and_says_nothing(ending: str) -> None:
    """The work has ended by itself; not that of an event loop that nobody ended, on Python 3.12, which leaves
    its tasks as they stand."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM + ending],
        capture_output=True,
        text=True,
        check=False,
        timeout=100,  # seconds; the work sleeps for a thousand
    )
    assert (done.returncode, done.stderr) == (0, "")
    left = sys.version_info[:2] == (3, 12) and "new_event_loop" in ending
    assert done.stdout.split() == ([] if left else ["end"])


WAITING = {
    "sync": """
with script.client(**settings):
    os.write(1, b"ready\\n")
    time.sleep(60)
""",
    "asyncio": """
async def main():
    async with script.async_client(**settings):
        os.write(1, b"ready\\n")
        await asyncio.sleep(60)
asyncio.run(main())
""",
    "trio": """
import trio
async def main():
    async with script.async_client(**settings):
        os.write(1, b"ready\\n")
        await trio.sleep(60)
trio.run(main)
""",
}


@pytest.mark.skipif(os.name == "nt", reason="this system sends no SIGINT")
@pytest.mark.parametrize("waiting", WAITING.values(), ids=WAITING)
def test_ctrl_c_ends_the_work_with_the_program(waiting: str) -> None:
    """And shows no more than the traceback of the program."""
    program = PROGRAM + "signal.signal(signal.SIGINT, signal.default_int_handler)\n" + waiting
    process = subprocess.Popen(
        [sys.executable, "-c", program, "begun"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert sorted(process.stdout.readline() for _ in range(2)) == ["begun\n", "ready\n"]
    process.send_signal(signal.SIGINT)
    said, errors = process.communicate(timeout=60)
    assert said.split() == ["end"]
    assert errors.rstrip().endswith("KeyboardInterrupt")
    assert "never retrieved" not in errors
    assert "was destroyed" not in errors


def test_interrupts_while_closing_leave_no_thread() -> None:
    """The rest is closed, and the work ends by itself."""
    told: list[str] = []

    class Slow(Working):
        def work(self) -> Flow[None]:
            self.told.append("begin")
            yield from do(lambda: go.wait(60), lambda: anyio.sleep(60))

    go = threading.Event()
    ticks = 0

    def handler(number: int, frame: object) -> None:
        nonlocal ticks
        ticks += 1
        if ticks == 10:  # by then, closing waits for the work
            raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, handler)
    try:
        api = Script().client(**only(Slow(told)))
        api.clan_tag("#2PP")
        until_sync(lambda: told == ["begin"])
        signal.setitimer(signal.ITIMER_REAL, 0.05, 0.05)
        with pytest.raises(KeyboardInterrupt):
            api.close()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        go.set()
    assert told == ["begin", "close"]
    until_sync(lambda: threads() == [])


def test_interrupts_at_random_moments_of_opening_and_closing_leave_nothing_behind(storm: Any) -> None:
    """Whatever was hit, the next call opens the client, and closing it ends the work."""
    hits = 0
    while hits < 10:
        told: list[str] = []
        api = Script().client(**only(Working(told)))
        try:
            storm.arm()
            api.clan_tag("#2PP")
            storm.ticks = 0  # it raises no more
        except storm.Interrupt:
            hits += 1
        assert api.clan_tag("#2PP") == {}
        try:
            storm.arm()
            api.close()
            storm.ticks = 0
        except storm.Interrupt:
            hits += 1
        api.close()
    storm.end()
    until_sync(lambda: threads() == [])


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_work_is_not_carried_into_the_child_of_a_fork() -> None:
    """Which opens anew, and has work of its own."""
    told: list[str] = []
    with Script().client(**only(Working(told))) as api:
        until_sync(lambda: told == ["begin"])
        child = os.fork()
        if child == 0:
            status = 1
            try:
                assert threads() == []
                api.clan_tag("#2PP")
                until_sync(lambda: told == ["begin", "begin"])
                api.close()
                status = 0 if told == ["begin", "begin", "end", "close"] else 2
            finally:
                os._exit(status)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert told == ["begin"]
    assert told == ["begin", "end", "close"]


class Enough(BaseException):
    """No `Exception`, and no cancellation either."""


@every_mode
def test_work_that_raises_no_exception_is_blamed_and_the_event_loop_goes_on(
    mode: str, caplog: pytest.LogCaptureFixture
) -> None:
    """trio would call it an internal error of its own."""

    class Raising(Working):
        def work(self) -> Flow[None]:
            self.told.append("begin")
            yield from sleep(0)
            raise Enough("on purpose")

    told: list[str] = []
    begun = (nothing, lambda: told == ["begin"] and bool(caplog.records))
    live(mode, Script(), [begun], **only(Raising(told)))
    assert "failed: Enough: on purpose" in caplog.text
    assert told == ["begin", "close"]


def test_work_that_awaits_a_cancelled_task_has_failed_and_does_not_begin_anew(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Its own task was not cancelled, and its event loop does not end."""

    class Awaiting(Working):
        def work(self) -> Flow[None]:
            self.told.append("begin")
            yield from do(nothing, self.wait)

        async def wait(self) -> None:
            task = asyncio.ensure_future(asyncio.sleep(60))
            task.cancel()
            await task

    told: list[str] = []
    begun = (nothing, lambda: told == ["begin"] and bool(caplog.records))
    live("asyncio", Script(), [begun, begun], **only(Awaiting(told)))
    assert "failed: CancelledError" in caplog.text
    assert told == ["begin", "close"]
