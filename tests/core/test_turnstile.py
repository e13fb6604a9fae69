"""Very many calls at once leave the event loop its turns, whatever they wait for afterwards."""

import asyncio
import traceback

import anyio
import pytest

from cocapi import AsyncCocApi, Flow, Request, hookimpl, sleep
from cocapi.client.turnstile import A_TURN, CROWD
from cocapi.testing import Script

CALLS = CROWD + 10 * A_TURN


class Begun:
    """Counts how many calls begin in each turn of the event loop, and lets them wait for good."""

    def __init__(self) -> None:
        self.tags: list[str] = []
        self.turns: list[int] = [0]

    @hookimpl
    def cocapi_attempt(self, request: Request) -> Flow[None]:
        """Count, and wait."""
        self.tags.append(request.path_params["clanTag"])
        self.turns[-1] += 1
        return sleep(1000)

    async def watch(self) -> None:
        """Take note of each turn."""
        while True:
            await anyio.lowlevel.checkpoint()
            self.turns.append(0)


def client(begun: Begun) -> AsyncCocApi:
    settings = Script().config(plugins={"begun": lambda _: begun}, only_plugins=("begun",))
    return AsyncCocApi("token", config=settings)


async def call_all(api: AsyncCocApi, begun: Begun) -> None:
    """Begin all calls in one turn, and leave when each has begun."""
    async with anyio.create_task_group() as group:
        group.start_soon(begun.watch)
        for number in range(CALLS):
            group.start_soon(api.clan_tag, f"#{number}")
        while len(begun.tags) < CALLS:
            await anyio.lowlevel.checkpoint()
        group.cancel_scope.cancel()
    await api.aclose()


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_in_a_crowd_some_begin_in_each_turn(backend: str) -> None:
    """A hundred, however many came together; nobody is left, and none waits for another's end."""
    begun = Begun()
    api = client(begun)
    anyio.run(call_all, api, begun, backend=backend)
    crowded = [number for number in begun.turns if number][1:]
    assert sum(begun.turns) == CALLS
    assert max(crowded) <= 2 * A_TURN  # trio runs the watch before or after the others of a turn
    assert not any(wire.calls for wire in api._session.wires)


def test_they_begin_in_the_order_in_which_they_came() -> None:
    """As they would without a turnstile."""
    begun = Begun()
    asyncio.run(call_all(client(begun), begun))
    assert begun.tags == [f"#{number}" for number in range(CALLS)]


def test_one_that_is_cancelled_before_its_turn_holds_up_nobody() -> None:
    """The rest go on, and nothing is left of it."""

    async def main() -> None:
        begun = Begun()
        api = client(begun)
        tasks = [asyncio.create_task(api.clan_tag(f"#{number}")) for number in range(CALLS)]
        await asyncio.sleep(0)
        for task in tasks[CROWD::2]:
            task.cancel()
        await asyncio.wait(tasks[CROWD::2])
        for _ in range(CALLS // A_TURN):
            await asyncio.sleep(0)
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        assert begun.tags == [f"#{n}" for n in range(CALLS) if n < CROWD or n % 2]
        assert not any(wire.calls for wire in api._session.wires)
        await api.aclose()

    asyncio.run(main())


def test_a_task_that_waits_is_small() -> None:
    """No coroutine beyond those that a call needs; what a cancelled one keeps ends in the client's door."""

    async def main() -> None:
        api = client(Begun())
        task = asyncio.create_task(api.clan_tag("#2PP"))
        for _ in range(10):
            await asyncio.sleep(0)
        depth, coroutine = 0, task.get_coro()
        while coroutine is not None:
            depth, coroutine = depth + 1, getattr(coroutine, "cr_await", None)
        assert depth <= 8
        task.cancel()
        with pytest.raises(asyncio.CancelledError) as cancelled:
            await task
        inside = [frame.filename for frame in traceback.extract_tb(cancelled.value.__traceback__)]
        assert not any(name.endswith(("drivers.py", "pipeline.py", "clocks.py")) for name in inside)
        await api.aclose()

    asyncio.run(main())
