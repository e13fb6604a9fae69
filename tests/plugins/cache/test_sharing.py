"""One request for all who ask the same at once, in threads and in tasks of either event loop."""

import random
import threading
import time
from typing import Any

import anyio
import pytest

from cocapi import ApiConfig, AsyncCocApi, CocApi, ConnectionFailed, Request, Response, hookimpl
from cocapi.testing import json_response

CLAN = {"tag": "#2PP"}
FRESH = json_response(CLAN)


def test_all_who_ask_at_once_share_one_request(crowd: Any, gate: Any) -> None:
    """Nineteen wait for the one that was first; each receives an object of its own."""
    door = gate(FRESH)
    answers, cache = crowd.ask(door, 20)
    assert answers == [CLAN] * 20
    assert len({id(answer) for answer in answers}) == 20
    assert len(door.requests) == 1
    counts = cache.stats()["stats"]
    assert (counts["misses"], counts["hits"], counts["sets"]) == (1, 19, 1)
    assert counts["coalesced"] == 19


def test_when_the_first_is_cancelled_exactly_one_takes_over(crowd: Any, gate: Any) -> None:
    """Nobody hangs, nobody else is cancelled, and the network is asked once more, not nineteen times."""
    door = gate(FRESH)
    answers, cache = crowd.ask(door, 20, cancel_first=True)
    assert answers[1:] == [CLAN] * 19
    assert not isinstance(answers[0], dict)
    assert len(door.requests) == 2
    assert cache.answers.flights == {}


def test_when_the_first_fails_exactly_one_takes_over(crowd: Any, gate: Any) -> None:
    """The failure is the first caller's alone."""
    door = gate(ConnectionFailed("lost"), FRESH)
    answers, _ = crowd.ask(door, 20)
    assert answers[0]["error_type"] == "connection"
    assert answers[1:] == [CLAN] * 19
    assert len(door.requests) == 2


def test_when_all_fail_each_has_its_own_failure(crowd: Any, gate: Any) -> None:
    """One after another tries, and nobody hangs."""
    door = gate(ConnectionFailed("lost"))
    answers, cache = crowd.ask(door, 6)
    assert [answer["error_type"] for answer in answers] == ["connection"] * 6
    assert len(door.requests) == 6
    assert cache.answers.flights == {}


@pytest.mark.parametrize("status", [400, 403, 404])
def test_a_refusal_of_the_question_is_told_to_all_who_wait(crowd: Any, gate: Any, status: int) -> None:
    """It would be theirs too. It is not stored, and whoever asks later asks the server."""
    door = gate(json_response({"reason": "no", "message": "never"}, status))
    answers, cache = crowd.ask(door, 20)
    assert [answer["status_code"] for answer in answers] == [status] * 20
    assert [answer["reason"] for answer in answers] == ["no"] * 20
    assert len(door.requests) == 1
    assert cache.answers.flights == {}
    counts = cache.stats()["stats"]
    assert (counts["misses"], counts["coalesced"], counts["sets"]) == (20, 19, 0)


@pytest.mark.parametrize("status", [401, 429, 500, 503])
def test_a_refusal_of_this_very_request_is_the_callers_own(crowd: Any, gate: Any, status: int) -> None:
    """A moment later, the next may be served."""
    door = gate(Response(status), FRESH)
    answers, _ = crowd.ask(door, 6)
    assert answers[0]["status_code"] == status
    assert answers[1:] == [CLAN] * 5
    assert len(door.requests) == 2


@pytest.mark.parametrize("status", [404, 500])
def test_a_crowd_is_no_more_work_than_its_members(crowd: Any, gate: Any, status: int) -> None:
    """Whether the failure is shared or handed over: 2,000 tasks (300 threads) within seconds of CPU, where
    waking all for each took minutes."""
    calls = 300 if crowd.backend == "threads" else 2000
    started = time.process_time()
    answers, cache = crowd.ask(gate(Response(status)), calls)
    assert time.process_time() - started < 20
    assert {answer["status_code"] for answer in answers} == {status}
    assert cache.answers.flights == {}


def test_an_answer_that_must_not_be_kept_is_not_shared(crowd: Any, gate: Any) -> None:
    """RFC 9111 section 4: it answers only the request that it came for; the others ask at once."""
    door = gate(json_response(CLAN, headers={"cache-control": "no-store"}), together=6)
    answers, _ = crowd.ask(door, 6, cache_ttl="server")
    assert answers == [CLAN] * 6
    assert len(door.requests) == 6


def test_with_a_ttl_of_zero_nobody_waits_for_another(crowd: Any, gate: Any) -> None:
    """Zero says that each call wants an answer of its own."""
    door = gate(FRESH)
    answers, cache = crowd.ask(door, 6, cache_ttl=0, requests=6)
    assert answers == [CLAN] * 6
    assert len(door.requests) == 6
    assert cache.stats()["total_entries"] == 0


def test_what_was_asked_before_an_invalidation_is_not_stored_after_it(crowd: Any, gate: Any) -> None:
    """Those who waited are answered; the next caller asks anew."""
    door = gate(FRESH)
    answers, cache = crowd.ask(door, 5, then=lambda api: api.plugins["cache"].invalidate("#2PP"))
    assert answers == [CLAN] * 5
    assert len(door.requests) == 1
    assert cache.stats()["total_entries"] == 0


def test_a_wait_is_bounded_by_what_the_attempts_of_another_may_take(crowd: Any, gate: Any) -> None:
    """max_retries times timeout; then a call makes a request of its own."""
    door = gate(FRESH)

    answers, cache = crowd.ask(door, 3, max_retries=2, timeout=0.05, requests=3)
    assert answers == [CLAN] * 3
    assert len(door.requests) == 3
    assert cache.stats()["stats"]["misses"] == 3


def waited(door: Any, requests: int) -> None:
    until = time.monotonic() + 60
    while len(door.requests) < requests:
        assert time.monotonic() < until
        time.sleep(0.002)


def test_those_who_go_past_the_cache_share_with_nobody_ahead_of_them(gate: Any) -> None:
    """A fresh answer was asked for after the other; and the newer one is the one that is kept."""
    door = gate()
    release = {"first": threading.Event(), "second": threading.Event()}

    class Answers:
        @hookimpl(tryfirst=True)
        def cocapi_transport(self) -> Any:
            return self

        def send(self, request: Request) -> Response:
            door.requests.append(request)
            name = "second" if request.options.get("cache") is False else "first"
            assert release[name].wait(60)
            return json_response({"from": name})

        def close(self) -> None: ...

    config = ApiConfig(
        only_plugins=("gate", "cache"), plugins={"gate": lambda _: Answers()}, verify_token=False
    )
    with CocApi("token", config=config) as api:
        first = threading.Thread(target=api.clan_tag, args=("#2PP",))
        first.start()
        waited(door, 1)
        second = threading.Thread(target=api.with_options(cache=False).clan_tag, args=("#2PP",))
        second.start()
        waited(door, 2)
        release["second"].set()
        second.join(60)
        release["first"].set()
        first.join(60)
        assert api.clan_tag("#2PP") == {"from": "second"}
        assert len(door.requests) == 2


class Unreliable:
    """A network that fails at times, is slow at times, and whose answers name what they answer."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.sent = 0

    @hookimpl(tryfirst=True)
    def cocapi_transport(self) -> "Unreliable":
        return self

    def answer(self, request: Request) -> Response:
        self.sent += 1
        if self.chance.random() < 0.2:
            raise ConnectionFailed("lost")
        return json_response({"path": request.path})

    def send(self, request: Request) -> Response:
        threading.Event().wait(self.chance.random() * 0.001)
        return self.answer(request)

    async def asend(self, request: Request) -> Response:
        await anyio.sleep(self.chance.random() * 0.001)
        return self.answer(request)

    def close(self) -> None: ...

    async def aclose(self) -> None: ...


def unreliable() -> tuple[Unreliable, ApiConfig]:
    network = Unreliable(7)
    config = ApiConfig(
        only_plugins=("network", "cache"),
        plugins={"network": lambda _: network},
        verify_token=False,
        cache_ttl=0.002,
        cache_max_entries=5,
    )
    return network, config


def is_for(answer: Any, tag: str) -> bool:
    return answer.get("path") == f"/clans/%23{tag}" or answer.get("error_type") == "connection"


def test_no_thread_receives_the_answer_of_another() -> None:
    """Eight threads, thousands of calls over eight keys, failures, expiry and invalidation among them."""
    network, config = unreliable()
    wrong: list[Any] = []

    def work(seed: int) -> None:
        chance = random.Random(seed)
        for _ in range(300):
            tag = "P" * chance.randint(1, 8)
            answer = api.with_options(cache=chance.random() > 0.1).clan_tag(tag)
            if not is_for(answer, tag):
                wrong.append((tag, answer))
            if chance.random() < 0.02:
                api.plugins["cache"].invalidate(f"#{tag}")

    with CocApi("token", config=config) as api:
        threads = [threading.Thread(target=work, args=(seed,), daemon=True) for seed in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert not any(thread.is_alive() for thread in threads)
        assert api.plugins["cache"].answers.flights == {}
        assert api.plugins["cache"].stats()["total_entries"] <= 5
    assert wrong == []
    assert 0 < network.sent < 2400


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_no_task_receives_the_answer_of_another(backend: str) -> None:
    """Forty tasks, thousands of calls, a part of them cancelled on the way."""
    network, config = unreliable()
    wrong: list[Any] = []

    async def work(api: AsyncCocApi, seed: int) -> None:
        chance = random.Random(seed)
        for _ in range(50):
            tag = "P" * chance.randint(1, 8)
            with anyio.move_on_after(chance.choice([0.0005, 10])):
                answer = await api.clan_tag(tag)
                if not is_for(answer, tag):
                    wrong.append((tag, answer))

    async def main() -> None:
        async with AsyncCocApi("token", config=config) as api:
            with anyio.fail_after(60):
                async with anyio.create_task_group() as group:
                    for seed in range(40):
                        group.start_soon(work, api, seed)
            assert api.plugins["cache"].answers.flights == {}

    anyio.run(main, backend=backend)
    assert wrong == []
    assert 0 < network.sent < 2000
