"""What a client holds: nothing is sent after close, and no transport stays that nobody uses."""

import asyncio
import gc
import sys
import threading
import time
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import anyio
import pytest

from cocapi import (
    ApiConfig,
    AsyncCocApi,
    ClientClosed,
    CocApi,
    Request,
    Response,
    Retry,
    Wait,
    hookimpl,
    sleep,
)
from cocapi.testing import Script, json_response


class Sent:
    """A transport of real time that notes what is sent, and may hold each call until it is let go."""

    def __init__(self, *statuses: int) -> None:
        self.statuses = statuses or (200,)
        self.tokens: list[str] = []
        self.arrived = threading.Event()
        self.go = threading.Event()
        self.closed = 0

    def send(self, request: Request) -> Response:
        self.tokens.append(request.headers["Authorization"])
        self.arrived.set()
        assert self.go.wait(60)
        return json_response({"sent": len(self.tokens)}, self.statuses[0])

    async def asend(self, request: Request) -> Response:
        self.tokens.append(request.headers["Authorization"])
        self.arrived.set()
        while not self.go.is_set():  # set by a thread
            await anyio.sleep(0.005)
        return json_response({"sent": len(self.tokens)}, self.statuses[0])

    def close(self) -> None:
        self.closed += 1

    async def aclose(self) -> None:
        self.closed += 1


class Offering:
    """Offers a transport of its own for each address, and lets calls wait as `how` says."""

    def __init__(self, how: str = "", *statuses: int) -> None:
        self.how = how
        self.statuses = statuses
        self.transports: list[Sent] = []
        self.waiting = threading.Semaphore(0)

    @hookimpl(tryfirst=True)
    def cocapi_transport(self) -> Sent:
        self.transports.append(Sent(*self.statuses))
        if self.how != "held":
            self.transports[-1].go.set()
        return self.transports[-1]

    @hookimpl
    def cocapi_attempt(self) -> Any:
        if self.how == "wait":
            return Wait(30)
        return self.in_line() if self.how == "line" else None

    def in_line(self) -> Any:
        yield from sleep(30)

    @hookimpl
    def cocapi_waiting(self) -> None:
        self.waiting.release()

    @hookimpl
    def cocapi_error(self) -> Any:
        return Retry(30) if self.how == "retry" else None


def config(plugin: object, *others: str, **settings: Any) -> ApiConfig:
    return ApiConfig(
        only_plugins=("offering", *others),
        plugins={"offering": lambda _: plugin},
        **{"verify_token": False, **settings},
    )


CLOSED = "^this client is closed; enter it again, or make another one$"


@pytest.mark.parametrize(("how", "sent"), [("wait", 0), ("line", 0), ("retry", 1)])
def test_threads_that_wait_end_at_once_when_the_client_is_closed(how: str, sent: int) -> None:
    """For a plugin, in line and before another attempt: with one error, and without sending."""
    plugin = Offering(how, 503)
    api = CocApi("token", config=config(plugin))
    with ThreadPoolExecutor(4) as pool:
        calls = [pool.submit(api.clan_tag, "#2PP") for _ in range(4)]
        for _ in calls:
            assert plugin.waiting.acquire(timeout=60)
        api.close()
        for call in calls:
            with pytest.raises(ClientClosed, match=CLOSED):
                call.result(60)
    assert len(plugin.transports[0].tokens) == 4 * sent
    assert plugin.transports[0].closed == 1


@pytest.mark.parametrize(("how", "sent"), [("wait", 0), ("line", 0), ("retry", 1)])
def test_tasks_that_wait_send_nothing_when_they_wake(
    how: str, sent: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A task wakes in its own time, and ends with the same error."""
    plugin = Offering(how, 503)

    async def main() -> None:
        awake = asyncio.Event()
        monkeypatch.setattr("cocapi.calls.endings.asleep", lambda seconds: awake.wait())
        api = AsyncCocApi("token", config=config(plugin))
        calls = [asyncio.create_task(api.clan_tag("#2PP")) for _ in range(4)]
        for _ in calls:
            while not plugin.waiting.acquire(blocking=False):  # a hook does it
                await asyncio.sleep(0)
        await api.aclose()
        awake.set()
        ends = await asyncio.gather(*calls, return_exceptions=True)
        assert [type(end) for end in ends] == [ClientClosed] * 4

    asyncio.run(main())
    assert len(plugin.transports[0].tokens) == 4 * sent


def test_what_waits_for_the_limit_or_for_anothers_answer_sends_nothing_either() -> None:
    """With the plugins as they are: 8 calls of one tag share an answer, 8 others wait in line."""
    plugin = Offering("held", 404)
    api = CocApi(
        "token",
        config=config(plugin, "cache", "ratelimit", "retry", requests_per_second=0.5, burst_limit=1),
    )
    sent = plugin.transports[0]
    with ThreadPoolExecutor(16) as pool:
        calls = [pool.submit(api.clan_tag, "#2PP")]
        assert sent.arrived.wait(60)
        calls += [pool.submit(api.clan_tag, tag) for tag in ["#2PP"] * 7 + [f"#{n}" for n in range(8)]]
        time.sleep(0.1)
        api.close()
        sent.go.set()
        ends = [call.exception(60) for call in calls]
    assert ends[0] is None
    assert {type(end) for end in ends[1:]} <= {ClientClosed, type(None)}
    assert ends[8:] != [None] * 8
    assert len(sent.tokens) == 1


def test_a_call_on_the_wire_may_finish() -> None:
    """It was sent before."""
    plugin = Offering("held")
    api = CocApi("token", config=config(plugin))
    with ThreadPoolExecutor(1) as pool:
        call = pool.submit(api.clan_tag, "#2PP")
        assert plugin.transports[0].arrived.wait(60)
        api.close()
        plugin.transports[0].go.set()
        assert call.result(60) == {"sent": 1}


def test_every_way_into_a_closed_client_says_so(play: Callable[..., Any]) -> None:
    """Methods, views, models, batch, stream, paginate, test; error dicts are for calls that were made."""
    api = Script().client(only_plugins=("script",))
    api.close()
    view = api.with_options(timeout=3)
    ways: list[Callable[[], object]] = [
        *(lambda: api.clan_tag("#2PP"), lambda: view.clan_tag("#2PP"), api.test),
        lambda: api.batch(api.clan_tag, ["#2PP"]),
        lambda: list(api.stream(api.clan_tag, ["#2PP"])),
        lambda: list(api.paginate(api.clan_members, "#2PP")),
    ]
    for way in ways:
        with pytest.raises(ClientClosed, match=CLOSED):
            way()
    assert issubclass(ClientClosed, RuntimeError)


def test_a_client_that_is_being_closed_is_not_entered() -> None:
    """Not before its plugins and connections are closed."""
    entered: list[BaseException | None] = []

    class Closing(Offering):
        @hookimpl
        def cocapi_close(self) -> None:
            with ThreadPoolExecutor(1) as pool:
                entered.append(pool.submit(api.__enter__).exception(60))

    api = CocApi("token", config=config(Closing()))
    api.clan_tag("#2PP")
    api.close()
    assert [str(error) for error in entered] == [
        "this client is being closed at this moment; enter it when that is done"
    ]
    with api:
        assert api.clan_tag("#2PP") == {"sent": 1}  # by another transport


def test_a_plugin_that_fails_or_is_interrupted_at_close_keeps_no_transport_open() -> None:
    """Whatever ends the farewell, the connections are closed."""

    class Leaving(Offering):
        @hookimpl
        def cocapi_close(self) -> None:
            raise KeyboardInterrupt

    plugin = Leaving()
    api = CocApi("token", config=config(plugin))
    with pytest.raises(KeyboardInterrupt):
        api.close()
    assert plugin.transports[0].closed == 1


# Moving to other addresses


def test_two_hundred_addresses_leave_one_transport() -> None:
    """Each is closed when it is left; one that was never used holds nothing."""
    plugin = Offering()
    with CocApi("token", config=config(plugin)) as api:
        for number in range(200):
            api.set_base_url(f"http://host{number}/v1", force=True)
            assert api.clan_tag("#2PP") == {"sent": 1}
            assert len(api._session.wires) == 1
        assert [sent.closed for sent in plugin.transports] == [0, *[1] * 199, 0]
    assert plugin.transports[-1].closed == 1


def test_two_hundred_addresses_leave_one_transport_in_asynchronous_code() -> None:
    """The one that was left is closed before the next call."""
    plugin = Offering()

    async def main() -> None:
        async with AsyncCocApi("token", config=config(plugin)) as api:
            for number in range(200):
                api.set_base_url(f"http://host{number}/v1", force=True)
                assert await api.clan_tag("#2PP") == {"sent": 1}
                assert len(api._session.wires) == 1

    asyncio.run(main())
    assert all(sent.closed for sent in plugin.transports if sent.tokens)


def test_a_call_under_way_ends_where_it_began() -> None:
    """Its transport is closed when it has ended, not before."""
    plugin = Offering("held")
    with CocApi("token", config=config(plugin)) as api, ThreadPoolExecutor(1) as pool:
        call = pool.submit(api.clan_tag, "#2PP")
        assert plugin.transports[0].arrived.wait(60)
        api.set_base_url("http://host/v1", force=True)
        assert plugin.transports[0].closed == 0
        plugin.transports[0].go.set()
        assert call.result(60) == {"sent": 1}
        assert plugin.transports[0].closed == 1
        assert len(api._session.wires) == 1


def test_moving_while_threads_call_loses_and_mixes_nothing() -> None:
    """400 calls of 4 threads, which take turns at almost every instruction, and many addresses."""
    plugin = Offering()
    switching = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        call_while_moving(plugin)
    finally:
        sys.setswitchinterval(switching)
    assert sum(len(sent.tokens) for sent in plugin.transports) == 400
    unclosed = [sent for sent in plugin.transports if sent.tokens and not sent.closed]
    assert unclosed == []  # two threads may close the same one, which does nothing


def test_a_call_that_begins_while_the_client_moves_has_its_token() -> None:
    """The address is trusted before any call can be for it."""

    class Calling(Offering):
        api: Any = None
        meanwhile: Any = None

        @hookimpl(tryfirst=True)
        def cocapi_transport(self) -> Sent:
            if self.api is not None:
                self.meanwhile = self.api.clan_tag("#2PP")
            return super().cocapi_transport()

    plugin = Calling()
    with CocApi("token", config=config(plugin)) as api:
        plugin.api = api
        api.set_base_url("http://host/v1", force=True)
    assert plugin.meanwhile == {"sent": 1}
    assert plugin.transports[0].tokens == ["Bearer token"]


def call_while_moving(plugin: Offering) -> None:
    """From four threads."""
    with CocApi("token", config=config(plugin)) as api, ThreadPoolExecutor(4) as pool:
        calls = [pool.submit(api.clan_tag, "#2PP") for _ in range(400)]
        for number in range(50):
            api.set_base_url(f"http://host{number}/v1", force=True)
            time.sleep(0.001)
        assert all("sent" in call.result(60) for call in calls)
        assert len(api._session.wires) == 1


def test_a_client_that_moved_and_was_closed_warns_of_nothing() -> None:
    """Nor one that was made and forgotten unused."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        api = CocApi("token", config=config(Offering()))
        api.clan_tag("#2PP")
        api.set_base_url("http://host/v1", force=True)
        api.close()
        del api
        CocApi("token", config=config(Offering()))
        gc.collect()


def test_a_transport_that_serves_all_addresses_is_not_closed_when_one_is_left() -> None:
    """A plugin may offer the very same again."""

    class Same(Offering):
        @hookimpl(tryfirst=True)
        def cocapi_transport(self) -> Sent:
            return self.transports[0] if self.transports else super().cocapi_transport()

    plugin = Same()
    with CocApi("token", config=config(plugin)) as api:
        for number in range(5):
            api.set_base_url(f"http://host{number}/v1", force=True)
            assert "sent" in api.clan_tag("#2PP")
        assert (plugin.transports[0].closed, len(api._session.wires)) == (0, 1)
    assert plugin.transports[0].closed == 1
