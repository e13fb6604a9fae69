"""The checks for stores find what they are for: each of them catches a store that is broken in just that."""

import re
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from cocapi import Flow, Lease, LogEntry, do, sleep
from cocapi.clocks import nap
from cocapi.testing import Clock
from cocapi.testing.stores import MODES, StoreConformance
from cocapi_memory import MemoryStore
from cocapi_memory.store import Held, Value


def pause() -> Flow[None]:
    """Let others come in between."""

    async def awaiting() -> None:
        import anyio

        await anyio.sleep(0.001)

    return do(partial(nap, 0.001), awaiting)


class Rounded(MemoryStore):
    """A store of texts: what is no UTF-8 is lost."""

    def put(self, key: str, value: bytes, seconds: float | None = None) -> Flow[None]:
        return super().put(key, value.decode(errors="replace").encode(), seconds)


class Default(MemoryStore):
    """Answers with nothing instead of None."""

    def get(self, key: str) -> Flow[bytes | None]:
        return (yield from super().get(key)) or b""


class Lingering(MemoryStore):
    """A value that is put again keeps the end that it had."""

    def put(self, key: str, value: bytes, seconds: float | None = None) -> Flow[None]:
        former = self.values.get(key)
        yield from super().put(key, value, seconds)
        if former is not None:
            self.values[key] = Value(value, former.until)


class CaseBlind(MemoryStore):
    """Keys of a database that folds case."""

    def get(self, key: str) -> Flow[bytes | None]:
        return super().get(key.lower())

    def put(self, key: str, value: bytes, seconds: float | None = None) -> Flow[None]:
        return super().put(key.lower(), value, seconds)


class Late(MemoryStore):
    """A value is still there at the very end of its time."""

    def get(self, key: str) -> Flow[bytes | None]:
        value = self.values.get(key)
        if value is not None and self.age() == value.until:
            return value.content
        return (yield from super().get(key))


class ZeroIsForEver(MemoryStore):
    """Takes 0 for None."""

    def put(self, key: str, value: bytes, seconds: float | None = None) -> Flow[None]:
        return super().put(key, value, seconds or None)


class NoneIsADay(MemoryStore):
    """Takes None for a default of its own."""

    def put(self, key: str, value: bytes, seconds: float | None = None) -> Flow[None]:
        return super().put(key, value, 2.5 if seconds is None else seconds)


class Exact(MemoryStore):
    """Forgets the key alone."""

    def forget(self, prefix: str) -> Flow[int]:
        found = self.values.pop(prefix, None)
        return int(found is not None)
        yield


class Pattern(MemoryStore):
    """Forgets with LIKE, as it comes."""

    def forget(self, prefix: str) -> Flow[int]:
        like = re.escape(prefix).replace("%", ".*").replace("_", ".")
        keys = [key for key in self.values if re.match(like, key, re.DOTALL)]
        for key in keys:
            del self.values[key]
        return len(keys)
        yield


class Flushing(MemoryStore):
    """Forgets all there is, and not only values."""

    def forget(self, prefix: str) -> Flow[int]:
        self.logs.clear()
        return (yield from super().forget(prefix))


class Apart(MemoryStore):
    """Two handles of it have nothing in common."""


class Reentrant(MemoryStore):
    """Whoever claims again gets the lease again."""

    def claim(self, key: str, seconds: float) -> Flow[Lease | None]:
        lease = Lease(key, "me")
        self.leases[key] = Held("me", self.clock() + seconds)
        return lease
        yield


class Endless(MemoryStore):
    """A lease never ends by itself."""

    def claim(self, key: str, seconds: float) -> Flow[Lease | None]:
        return super().claim(key, 1e9)


class Stealing(MemoryStore):
    """Who lost a lease releases that of another."""

    def release(self, lease: Lease) -> Flow[bool]:
        return self.leases.pop(lease.key, None) is not None
        yield


class Unfenced(MemoryStore):
    """Who lost a lease puts values all the same."""

    def put_held(self, lease: Lease, key: str, value: bytes, seconds: float | None = None) -> Flow[bool]:
        yield from self.put(key, value, seconds)
        return True


class Grasping(MemoryStore):
    """Takes bytes without content for no value."""

    def get_or_claim(self, key: str, seconds: float) -> Flow[bytes | Lease | None]:
        return (yield from self.get(key)) or (yield from self.claim(key, seconds))


class Clinging(MemoryStore):
    """Gives no lease back."""

    def put_and_release(
        self, lease: Lease, key: str, value: bytes, seconds: float | None = None
    ) -> Flow[bool]:
        return (yield from self.put_held(lease, key, value, seconds))


class Hasty(MemoryStore):
    """Does not look again when it has claimed."""

    def get_or_claim(self, key: str, seconds: float) -> Flow[bytes | Lease | None]:
        value = yield from self.get(key)
        yield from pause()
        return value if value is not None else (yield from self.claim(key, seconds))


class Adding(MemoryStore):
    """An extension counts from the end."""

    def extend(self, lease: Lease, seconds: float) -> Flow[bool]:
        left = self.leases[lease.key].until - self.clock() if lease.key in self.leases else 0
        return (yield from super().extend(lease, seconds + left))


class Racing(MemoryStore):
    """Looks, and takes a moment later."""

    def claim(self, key: str, seconds: float) -> Flow[Lease | None]:
        free = key not in self.leases
        yield from pause()
        if not free:
            return None
        self.leases.pop(key, None)
        return (yield from super().claim(key, seconds))

    def admit(self, key: str, rate: float, burst: int) -> Flow[float]:
        due = self.due.get(key)
        yield from pause()
        if due is not None:
            self.due[key] = due
        return (yield from super().admit(key, rate, burst))

    def append(self, log: str, content: bytes) -> Flow[int]:
        entries = self.logs.get(log)
        position = entries[-1].position + 1 if entries else 1
        yield from pause()
        yield from super().append(log, content)
        return position


class Silent(MemoryStore):
    """Says that one has to wait, and not how long."""

    def admit(self, key: str, rate: float, burst: int) -> Flow[float]:
        return (yield from super().admit(key, rate, burst)) and 1000.0


class Charging(MemoryStore):
    """Who is refused pays too."""

    def admit(self, key: str, rate: float, burst: int) -> Flow[float]:
        wait = yield from super().admit(key, rate, burst)
        if wait:
            self.due[key] += 1 / rate
        return wait


class Saving(MemoryStore):
    """A pause gives back all that was not spent in it."""

    def admit(self, key: str, rate: float, burst: int) -> Flow[float]:
        now = self.clock()
        due = self.due.setdefault(key, now) + 1 / rate
        if due - now > burst / rate:
            return due - now - burst / rate
        self.due[key] = due
        return 0.0
        yield


class FixedWindows(MemoryStore):
    """Counts by the calendar, so two bursts may meet at the border."""

    def admit(self, key: str, rate: float, burst: int) -> Flow[float]:
        window = burst / rate
        number, into = divmod(self.clock(), window)
        counts = self.__dict__.setdefault("counts", Counter())
        if counts[key, number] >= burst:
            return window - into
        counts[key, number] += 1
        return 0.0
        yield


class OneBudget(MemoryStore):
    """All budgets are one."""

    def admit(self, key: str, rate: float, burst: int) -> Flow[float]:
        return super().admit("budget", rate, burst)


class FromZero(MemoryStore):
    """Positions as lists have them."""

    def append(self, log: str, content: bytes) -> Flow[int]:
        return (yield from super().append(log, content)) - 1


class Inclusive(MemoryStore):
    """Reads from a position on, that one included."""

    def read(self, log: str, after: int = 0, limit: int = 100) -> Flow[tuple[LogEntry, ...]]:
        return super().read(log, after - 1, limit)


class Restarting(MemoryStore):
    """A log that was emptied begins anew."""

    def trim(self, log: str, keep: int) -> Flow[int]:
        dropped = yield from super().trim(log, keep)
        if keep == 0:
            self.logs.pop(log, None)
        return dropped


class Eager(MemoryStore):
    """Does it when it is called, whether or not anybody runs the flow."""

    def put(self, key: str, value: bytes, seconds: float | None = None) -> Flow[None]:
        for _ in super().put(key, value, seconds):
            pass

        def nothing() -> Flow[None]:
            return
            yield

        return nothing()


class ReadOnce(MemoryStore):
    """A value that was read is gone."""

    def get(self, key: str) -> Flow[bytes | None]:
        value = yield from super().get(key)
        self.values.pop(key, None)
        return value


BROKEN: list[tuple[type[MemoryStore], str]] = [
    (Rounded, "test_a_value_comes_back_byte_for_byte"),
    (Default, "test_a_key_without_a_value_answers_none"),
    (Lingering, "test_a_later_value_takes_the_place_of_the_former"),
    (CaseBlind, "test_keys_are_told_apart_exactly"),
    (Late, "test_a_value_is_there_until_its_time_has_passed"),
    (ZeroIsForEver, "test_zero_seconds_keep_nothing"),
    (NoneIsADay, "test_a_value_without_time_stays"),
    (Exact, "test_forgetting_takes_what_begins_so_and_nothing_else"),
    (Pattern, "test_odd_characters_in_a_prefix_mean_themselves"),
    (Flushing, "test_forgetting_leaves_leases_budgets_and_logs"),
    (Apart, "test_what_one_handle_puts_another_finds"),
    (Reentrant, "test_a_lease_has_one_holder_at_a_time"),
    (Endless, "test_a_lease_ends_with_its_time"),
    (Stealing, "test_who_lost_a_lease_can_neither_extend_nor_release_it"),
    (Unfenced, "test_a_value_is_put_by_who_holds_a_lease_and_by_nobody_who_lost_it"),
    (Grasping, "test_there_is_a_value_or_else_its_lease"),
    (Clinging, "test_a_value_is_handed_over_with_its_lease"),
    (Hasty, "test_of_a_crowd_that_needs_a_value_one_makes_it"),
    (Adding, "test_an_extension_counts_from_now"),
    (Racing, "test_of_a_crowd_that_claims_one_gets_it"),
    (Silent, "test_a_budget_admits_a_burst_and_then_tells_the_wait"),
    (Charging, "test_who_waits_as_told_is_admitted"),
    (Saving, "test_a_pause_gives_back_no_more_than_the_burst"),
    (FixedWindows, "test_no_stretch_of_time_has_more_than_the_budget"),
    (OneBudget, "test_budgets_have_nothing_to_do_with_each_other"),
    (Racing, "test_a_crowd_never_gets_more_than_the_budget"),
    (FromZero, "test_a_log_gives_back_what_was_appended_in_order"),
    (Inclusive, "test_a_log_is_read_behind_a_position_and_up_to_a_limit"),
    (Restarting, "test_trimming_keeps_the_newest_and_the_count"),
    (Racing, "test_a_crowd_appends_without_loss_and_each_in_its_own_order"),
    (Eager, "test_a_verb_does_nothing_before_its_flow_is_run"),
    (ReadOnce, "test_any_series_of_verbs_answers_as_a_model_does"),
]


class Checks(StoreConformance):
    """The checks, over a store of some class, on a clock that is moved by hand."""

    tick = 1.0
    tolerance = 0.0
    examples = 300

    def __init__(self, kind: type[MemoryStore]) -> None:
        self.kind = kind

    def new_store(self) -> MemoryStore:
        self.clock = Clock()
        return self.kind(age=self.clock, clock=self.clock)

    def second_handle(self, store: Any) -> Any:
        return self.kind(age=self.clock, clock=self.clock) if self.kind is Apart else store

    def pass_time(self, seconds: float) -> Flow[None]:
        self.clock.advance(seconds)
        return
        yield


class Ponderous(MemoryStore):
    """Takes its time, as on a machine that is busy."""

    def claim(self, key: str, seconds: float) -> Flow[Lease | None]:
        yield from sleep(0.03)
        return (yield from super().claim(key, seconds))


class InRealTime(Checks):
    """The same, as time goes by itself, with little of it to begin with."""

    tick = 0.01
    tolerance = 0.005

    def new_store(self) -> MemoryStore:
        return self.kind()

    def pass_time(self, seconds: float) -> Flow[None]:
        yield from sleep(seconds)


def test_a_machine_that_is_slow_is_given_time() -> None:
    """A check that came too late for its own times proves nothing; a store that is broken fails all the
    same."""
    checks = InRealTime(Ponderous)
    checks.test_a_lease_ends_with_its_time(mode="sync")  # type: ignore[call-arg]
    assert checks.tick > 0.03
    with pytest.raises(AssertionError):
        InRealTime(Endless).test_a_lease_ends_with_its_time(mode="sync")  # type: ignore[call-arg]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("kind", "check"), BROKEN, ids=lambda value: getattr(value, "__name__", None))
def test_a_broken_store_is_found(kind: type[MemoryStore], check: str, mode: str) -> None:
    """In each mode, by the check that is named for it."""
    test: Callable[..., None] = getattr(Checks(kind), check)
    with pytest.raises(AssertionError):
        test(mode=mode)


def test_every_check_finds_something() -> None:
    """None is there that cannot fail."""
    checks = {name for name in dir(StoreConformance) if name.startswith("test_")}
    assert {check for _, check in BROKEN} == checks


def test_a_kit_without_a_store_says_what_is_missing() -> None:
    with pytest.raises(NotImplementedError, match=r"StoreConformance\.new_store must make the store"):
        StoreConformance().test_zero_seconds_keep_nothing(mode="sync")  # type: ignore[call-arg]
