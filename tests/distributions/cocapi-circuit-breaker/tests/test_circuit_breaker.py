"""The plugin ``circuit_breaker``, over a scripted network and with a clock that is moved by hand."""

from __future__ import annotations

import asyncio
import os
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from cocapi import (
    AttemptRefused,
    ConfigError,
    ConnectionFailed,
    Flow,
    Request,
    Response,
    do,
    hookimpl,
    send,
)
from cocapi.testing import Clock, Script, json_response

from cocapi_circuit_breaker import CircuitBreaker, CircuitBreakerOptions
from cocapi_circuit_breaker.circuit import Attempt, Circuit

FINE = {"tag": "#2PP"}
UP, DOWN = json_response(FINE), Response(503)
CLAN = "GET /clans/{clanTag}"


def settings(script: Script, *others: str, plugins: Any = None, **options: Any) -> dict[str, Any]:
    """Settings of a client with this plugin, told the time by the script's clock, and with some others."""
    given = CircuitBreakerOptions(**{"failures": 2, "seconds": 60, **options})
    return {
        "only_plugins": ("script", "circuit_breaker", *others, *(plugins or {})),
        "plugins": {
            "circuit_breaker": lambda config: CircuitBreaker(config, given, clock=script.clock),
            **(plugins or {}),
        },
    }


def client(script: Script, **settings: Any) -> Any:
    """A client whose answers may be whatever a script says, and which has this plugin's methods."""
    return script.client(**settings)


Ask = Callable[..., list[Any]]


@pytest.fixture(params=["sync", "async"])
def ask(request: pytest.FixtureRequest) -> Ask:
    """Ask for a clan several times, with seconds that pass in between.

    ask(script, settings, 0, 60, 0) -> what became of each, "ok" or the kind of the error
    """

    def ask(script: Script, settings: dict[str, Any], *pauses: float) -> list[Any]:
        if request.param == "async":
            return asyncio.run(asked(script, settings, pauses))
        answers = []
        with script.client(**settings) as api:
            for seconds in pauses:
                script.clock.advance(seconds)
                answers.append(api.clan_tag("#2PP").get("error_type", "ok"))
        return answers

    return ask


async def asked(script: Script, settings: dict[str, Any], pauses: tuple[float, ...]) -> list[Any]:
    answers = []
    async with script.async_client(**settings) as api:
        for seconds in pauses:
            script.clock.advance(seconds)
            answers.append((await api.clan_tag("#2PP")).get("error_type", "ok"))
    return answers


def test_it_opens_after_failures_and_closes_after_a_success(ask: Ask) -> None:
    """While it is open nothing is sent."""
    script = Script(DOWN, DOWN, UP)
    kinds = ask(script, settings(script), 0, 0, 0, 59.9, 0.1, 0)
    assert kinds == ["http", "http", "refused", "refused", "ok", "ok"]
    assert len(script.requests) == 4


def test_a_failed_probe_opens_it_again(ask: Ask) -> None:
    """For as long as before."""
    script = Script(DOWN, DOWN, DOWN, UP)
    kinds = ask(script, settings(script), 0, 0, 60, 0, 59.9, 0.1)
    assert kinds == ["http", "http", "http", "refused", "refused", "ok"]


def test_failures_count_on_end(ask: Ask) -> None:
    """A success in between begins anew."""
    script = Script(DOWN, UP, DOWN, UP, DOWN, DOWN)
    kinds = ask(script, settings(script), 0, 0, 0, 0, 0, 0, 0)
    assert kinds == ["http", "ok", "http", "ok", "http", "http", "refused"]


@pytest.mark.parametrize(
    ("answer", "kind", "refused"),
    [
        (Response(404), "http", False),
        (Response(403), "http", False),
        (Response(429), "http", False),
        (Response(503), "http", True),
        (Response(200, {}, b"<html>"), "json", True),
        (ConnectionFailed("reset"), "connection", True),
    ],
)
def test_what_counts_as_a_failure(ask: Ask, answer: Any, kind: str, refused: bool) -> None:
    """What the server failed to do; not what it declined."""
    script = Script(answer)
    assert ask(script, settings(script), 0, 0, 0) == [kind, kind, "refused" if refused else kind]


@pytest.mark.parametrize(("per", "second"), [("template", "closed"), ("host", "open")])
def test_each_template_or_host_has_a_circuit(per: str, second: str) -> None:
    """Their names are shown, and no tag is among them."""
    script = Script(DOWN)
    with client(script, **settings(script, per=per)) as api:
        for _ in range(2):
            api.clan_tag("#2PP")
        refused = api.goldpass().get("error_type") == "refused"
        assert refused is (per == "host")
        expected = {"api.clashofclans.com": "open"}
        by_template = {CLAN: "open", "GET /goldpass/seasons/current": "closed"}
        assert api.circuit_breaker.states() == (expected if per == "host" else by_template)


def test_stale_answers_are_served_while_it_is_open(ask: Ask) -> None:
    """By the cache, which is asked about a refused attempt as about a failed one."""
    script = Script(UP, DOWN)
    stale = settings(script, "cache") | {"cache_ttl": 0.000001, "cache_stale_if_error": 3600}
    assert ask(script, stale, 0, 0, 0, 0, 0) == ["ok"] * 5
    assert len(script.requests) == 3


def test_a_refused_attempt_is_not_made_again(ask: Ask) -> None:
    """The retry plugin leaves it; so a call costs no more attempts than it takes to open."""
    script = Script(DOWN)
    some = settings(script, "retry", failures=3) | {"max_retries": 5, "retry_delay": 0}
    assert ask(script, some, 0, 0) == ["refused", "refused"]
    assert len(script.requests) == 3


def test_it_is_asked_before_the_rate_limit() -> None:
    """Nobody waits in a line to be refused."""
    script = Script(DOWN)
    with client(script, **settings(script, "ratelimit")) as api:
        asked = [hook.record.name for hook in api.plugins.hooks.cocapi_attempt]
    assert asked.index("circuit_breaker") < asked.index("ratelimit")


class Refusing:
    """A plugin behind it that refuses what it is told to."""

    def __init__(self) -> None:
        self.refuses = False

    @hookimpl(trylast=True)
    def cocapi_attempt(self) -> None:
        if self.refuses:
            raise AttemptRefused("no")


class Broken(Refusing):
    """One that fails instead."""

    @hookimpl(trylast=True)
    def cocapi_attempt(self) -> None:
        if self.refuses:
            raise ZeroDivisionError


@pytest.mark.parametrize("plugin", [Refusing, Broken])
def test_a_probe_that_is_not_sent_lets_another_try(plugin: type[Refusing]) -> None:
    """Whatever a plugin behind it does: its answer says nothing about the server."""
    other = plugin()
    script = Script(DOWN, DOWN, UP)
    with client(script, **settings(script, plugins={"refusing": lambda config: other})) as api:
        for _ in range(2):
            api.clan_tag("#2PP")
        script.clock.advance(60)
        other.refuses = True
        assert api.clan_tag("#2PP").get("error_type") in ("refused", "plugin")
        assert api.circuit_breaker.states() == {CLAN: "open"}
        other.refuses = False
        assert api.clan_tag("#2PP") == FINE
        assert api.circuit_breaker.states() == {CLAN: "closed"}


class Holding:
    """A plugin behind it that holds attempts back for ever, while it is told to."""

    def __init__(self) -> None:
        self.holds = False
        self.held = asyncio.Event()

    @hookimpl(trylast=True)
    def cocapi_attempt(self) -> Flow[None] | None:
        return do(blocking=self.no_thread_does, awaiting=self.hold) if self.holds else None

    def no_thread_does(self) -> None:
        raise NotImplementedError

    async def hold(self) -> None:
        self.held.set()
        await asyncio.Event().wait()


def test_a_cancelled_probe_lets_another_try() -> None:
    """It cannot leak: a plugin that was asked about an attempt is told of its end."""

    async def main() -> None:
        api: Any
        other = Holding()
        script = Script(DOWN, DOWN, UP)
        async with script.async_client(**settings(script, plugins={"holding": lambda config: other})) as api:
            for _ in range(2):
                await api.clan_tag("#2PP")
            script.clock.advance(60)
            other.holds = True
            probe = asyncio.create_task(api.clan_tag("#2PP"))
            await other.held.wait()
            assert api.circuit_breaker.states() == {CLAN: "half-open"}
            assert (await api.clan_tag("#2PP")).get("error_type") == "refused"
            probe.cancel()
            with suppress(asyncio.CancelledError):
                await probe
            other.holds = False
            assert await api.clan_tag("#2PP") == FINE

    asyncio.run(main())


def test_one_attempt_tries_while_the_others_are_refused() -> None:
    """However many threads ask at the same moment."""
    asked = threading.Barrier(8)
    script = Script(DOWN, DOWN, lambda request: (asked.wait(60), UP)[1])
    with client(script, **settings(script)) as api, ThreadPoolExecutor(8) as threads:
        for _ in range(2):
            api.clan_tag("#2PP")
        script.clock.advance(60)

        def ask(number: int) -> str:
            kind = str(api.clan_tag("#2PP").get("error_type", "ok"))
            if kind == "refused":
                asked.wait(60)  # the probe is answered when all others have been
            return kind

        assert Counter(threads.map(ask, range(8))) == {"ok": 1, "refused": 7}
    assert len(script.requests) == 3


def test_an_answer_of_an_attempt_before_the_change_is_old_news() -> None:
    """One that was let through long ago does not close a circuit that opened meanwhile."""
    clock = Clock()
    circuit = Circuit("clans", 1, 60, clock)
    early, late, probe = (Attempt(circuit) for _ in range(3))
    assert circuit.admit(early)
    assert circuit.admit(late)
    circuit.failed(late)
    circuit.succeeded(early)
    states = [circuit.state]
    clock.advance(60)
    assert circuit.admit(probe)
    circuit.failed(early)
    circuit.withdrawn(early)
    states.append(circuit.state)
    circuit.succeeded(probe)
    states.append(circuit.state)
    assert states == ["open", "half-open", "closed"]


class Looking:
    """A plugin behind it that sends on its own in each attempt, to the same place."""

    @hookimpl(trylast=True)
    def cocapi_attempt(self, request: Request) -> Flow[None]:
        with suppress(AttemptRefused):
            yield from send(replace(request))


def test_a_request_in_the_midst_of_a_probe_is_not_taken_for_it(ask: Ask) -> None:
    """It is refused as others are, and the probe goes on being the probe."""
    script = Script(DOWN, DOWN, UP)
    some = settings(script, failures=1, plugins={"looking": lambda config: Looking()})
    assert ask(script, some, 0, 60, 0) == ["http", "ok", "ok"]
    assert len(script.requests) == 5


def test_a_call_can_sit_out() -> None:
    """It is sent, and counts for nothing."""
    script = Script(DOWN)
    with client(script, **settings(script)) as api:
        for _ in range(3):
            assert api.with_options(circuit_breaker=False).clan_tag("#2PP").get("error_type") == "http"
        assert api.circuit_breaker.states() == {}


def test_it_can_be_closed_by_hand() -> None:
    """By whoever knows that the server is back."""
    script = Script(DOWN, DOWN, UP)
    with client(script, **settings(script)) as api:
        for _ in range(3):
            api.clan_tag("#2PP")
        api.circuit_breaker.reset()
        assert api.clan_tag("#2PP") == FINE


def test_it_says_what_happens(caplog: pytest.LogCaptureFixture) -> None:
    """When it opens and when it closes, once each; and to the caller, in the error."""
    caplog.set_level("INFO", "cocapi_circuit_breaker")
    script = Script(DOWN, DOWN, UP)
    with client(script, **settings(script)) as api:
        messages = [api.clan_tag("#2PP").get("message") for _ in range(4)]
        script.clock.advance(60)
        api.clan_tag("#2PP")
    assert messages[-1] == f"{CLAN} keeps failing: nothing is sent for another 60.0 s"
    assert [record.getMessage() for record in caplog.records] == [
        f"{CLAN} keeps failing: nothing is sent for 60 s",
        f"{CLAN} answers again",
    ]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_the_child_of_a_fork_waits_for_no_probe_of_the_parent() -> None:
    """It makes its own."""
    circuit = Circuit("clans", 1, 60, clock := Clock())
    first, probe = Attempt(circuit), Attempt(circuit)
    circuit.admit(first)
    circuit.failed(first)
    clock.advance(60)
    circuit.admit(probe)
    assert not circuit.admit(Attempt(circuit))
    circuit.forked()
    assert circuit.admit(Attempt(circuit))


def test_with_nothing_to_do_it_is_off_and_says_so() -> None:
    """Without a warning."""
    with Script().client(plugins={"circuit_breaker": {"failures": 0}}) as api:
        assert "circuit_breaker" not in api.plugins
        assert "no circuit opens with failures = 0" in api.plugins.absence("circuit_breaker")


@pytest.mark.parametrize(
    ("options", "sentence"),
    [({"failures": -1}, "failures"), ({"per": "clan"}, "per"), ({"sceonds": 5}, "seconds")],
)
def test_wrong_options_are_refused(options: dict[str, Any], sentence: str) -> None:
    """By name, with what is allowed."""
    with pytest.raises(ConfigError, match=sentence):
        Script().client(plugins={"circuit_breaker": options})
