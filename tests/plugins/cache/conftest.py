"""Fixtures of the cache: a client in either mode, a crowd of callers, a gate before the network."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import anyio
import pytest

from cocapi import ApiConfig, AsyncCocApi, CocApi, CocApiError, Request, Response, hookimpl
from cocapi.testing import Clock, Script, json_response
from cocapi_cache import Cache
from cocapi_cache.flight import Flight, Follower

ALONE = ("script", "cache")
"""The core and this plugin."""

PATIENCE = 60
"""Seconds after which a test that waits has failed."""


class Dialogue:
    """A client, the script it talks to, its cache, and a way to ask that is the same in both modes."""

    def __init__(self, api: Any, script: Script, ask: Callable[..., Any]) -> None:
        self.api = api
        self.script = script
        self.ask = ask

    @property
    def cache(self) -> Cache:
        cache = self.api.plugins["cache"]
        assert isinstance(cache, Cache)
        return cache

    @property
    def sent(self) -> int:
        return len(self.script.requests)

    @property
    def clock(self) -> Clock:
        return self.script.clock


@pytest.fixture(params=["sync", "async"])
def talk(request: pytest.FixtureRequest) -> Iterator[Callable[..., Dialogue]]:
    """talk(script, **settings): a client with the cache alone, on the script's clock."""
    closers: list[Callable[[], Any]] = []

    def settings_of(script: Script, **settings: Any) -> dict[str, Any]:
        plugins = {"cache": lambda config: Cache(config, clock=script.clock), **settings.pop("plugins", {})}
        return {"only_plugins": ALONE, "plugins": plugins, **settings}

    def sync(script: Script, **settings: Any) -> Dialogue:
        api = script.client(**settings_of(script, **settings))
        closers.append(api.close)
        return Dialogue(
            api, script, lambda name, *args, **options: getattr(api.with_options(**options), name)(*args)
        )

    def asynchronous(script: Script, **settings: Any) -> Dialogue:
        runner = asyncio.Runner()
        api = script.async_client(**settings_of(script, **settings))

        def ask(name: str, *args: Any, **options: Any) -> Any:
            return runner.run(awaited(getattr(api.with_options(**options), name)(*args)))

        closers.extend([lambda: runner.run(api.aclose()), runner.close])
        return Dialogue(api, script, ask)

    yield sync if request.param == "sync" else asynchronous
    for close in closers:
        close()


async def awaited(answer: Any) -> Any:
    return await answer


class Gate:
    """A transport that holds each request until the gate is opened, then gives the next answer.

    together:
        The second request and the later ones are answered only when so many have come in all.
    """

    def __init__(self, *answers: Response | BaseException, together: int = 0) -> None:
        self.together = together
        self.answers = list(answers) or [json_response({"tag": "#2PP"})]
        self.requests: list[Request] = []
        self.opened = threading.Event()

    @hookimpl(tryfirst=True)
    def cocapi_transport(self) -> "Gate":
        return self

    def send(self, request: Request) -> Response:
        self.requests.append(request)
        first = len(self.requests) == 1
        assert self.opened.wait(PATIENCE)
        until(lambda: first or len(self.requests) >= self.together)
        return self.answer()

    async def asend(self, request: Request) -> Response:
        self.requests.append(request)
        first = len(self.requests) == 1
        await auntil(self.opened.is_set)
        await auntil(lambda: first or len(self.requests) >= self.together)
        return self.answer()

    def answer(self) -> Response:
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def close(self) -> None: ...

    async def aclose(self) -> None: ...


def until(condition: Callable[[], bool]) -> None:
    """Wait, in a thread, for something that another thread brings about."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.001)


async def auntil(condition: Callable[[], bool]) -> None:
    """The same in a task."""
    while not condition():  # what is waited for happens elsewhere, without an event
        await anyio.sleep(0.001)


class Crowd:
    """Callers of one client at once.

    backend:
        ``"threads"``, or the event loop that runs them as tasks.
    followers:
        The requests of the calls that wait for another's, by their identity.
    """

    def __init__(self, backend: str) -> None:
        self.backend = backend
        self.followers: dict[int, Request] = {}

    def there(self, gate: Gate, calls: int, requests: int) -> bool:
        """Whether all calls are at the gate or wait for one that is."""
        return len(gate.requests) >= requests and len(gate.requests) + len(self.followers) >= calls

    def ask(
        self,
        gate: Gate,
        calls: int,
        *,
        then: Callable[[Any], None] = lambda api: None,
        cancel_first: bool = False,
        requests: int = 1,
        cache: Cache | None = None,
        **settings: Any,
    ) -> tuple[list[Any], Cache]:
        """Ask for one clan so many times at once, the first a moment before the others.

        then:
            Called with the client while all wait; the gate is opened after it.
        cancel_first:
            Cancel the first call, or interrupt its thread, instead of letting it end.
        requests:
            How many must have come to the gate before it is opened.
        cache:
            The plugin to use; None makes one.

        Returns the answers in order (the exception of a call that raised) and the cache.
        """
        plugins: dict[str, Any] = {"gate": lambda _: gate, "cache": lambda config: cache or Cache(config)}
        config = ApiConfig(only_plugins=("gate", "cache"), plugins=plugins, verify_token=False, **settings)
        if self.backend == "threads":
            return self.in_threads(gate, calls, then, cancel_first, requests, config)
        return anyio.run(
            self.in_tasks, gate, calls, then, cancel_first, requests, config, backend=self.backend
        )

    def in_threads(
        self,
        gate: Gate,
        calls: int,
        then: Callable[[Any], None],
        cancel_first: bool,
        requests: int,
        config: ApiConfig,
    ) -> tuple[list[Any], Cache]:
        answers: list[Any] = [None] * calls
        if cancel_first:
            gate.answers.insert(0, KeyboardInterrupt())

        def call(number: int) -> None:
            try:
                answers[number] = api.clan_tag("#2PP")
            except (Exception, KeyboardInterrupt) as error:
                answers[number] = error

        with CocApi("token", config=config) as api:
            threads = [threading.Thread(target=call, args=(number,), daemon=True) for number in range(calls)]
            threads[0].start()
            until(lambda: len(gate.requests) == 1)
            for thread in threads[1:]:
                thread.start()
            until(lambda: self.there(gate, calls, requests))
            then(api)
            gate.opened.set()
            for thread in threads:
                thread.join(PATIENCE)
                assert not thread.is_alive(), "a call hangs"
            return answers, api.plugins["cache"]

    async def in_tasks(
        self,
        gate: Gate,
        calls: int,
        then: Callable[[Any], None],
        cancel_first: bool,
        requests: int,
        config: ApiConfig,
    ) -> tuple[list[Any], Cache]:
        answers: list[Any] = [None] * calls
        first, first_ended = anyio.CancelScope(), anyio.Event()

        async def call(number: int) -> None:
            with first if number == 0 else anyio.CancelScope():
                try:
                    answers[number] = await api.clan_tag("#2PP")
                except CocApiError as error:
                    answers[number] = error
                finally:
                    if number == 0:
                        first_ended.set()

        async with AsyncCocApi("token", config=config) as api:
            with anyio.fail_after(PATIENCE):
                async with anyio.create_task_group() as group:
                    group.start_soon(call, 0)
                    await auntil(lambda: len(gate.requests) == 1)
                    for number in range(1, calls):
                        group.start_soon(call, number)
                    await auntil(lambda: self.there(gate, calls, requests))
                    then(api)
                    if cancel_first:
                        first.cancel()
                        await first_ended.wait()
                    gate.opened.set()
            return answers, api.plugins["cache"]


@pytest.fixture(params=["threads", "asyncio", "trio"])
def crowd(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Crowd:
    """Callers of one client at once, in threads and in tasks."""
    crowd = Crowd(request.param)
    follow = Flight.follow

    def noted(flight: Flight, request: Request) -> Follower:
        follower = follow(flight, request)
        crowd.followers[id(request)] = request
        return follower

    monkeypatch.setattr(Flight, "follow", noted)
    return crowd


@pytest.fixture
def gate() -> type[Gate]:
    """The class of the transport that waits to be opened."""
    return Gate
