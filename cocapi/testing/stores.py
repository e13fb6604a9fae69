"""Checks that a store keeps what `cocapi.Store` promises, in synchronous code, on asyncio and on trio.

Derive a class whose name begins with ``Test``, and say how a store is made; pytest does the rest. It needs
pytest, hypothesis and trio.

    from cocapi.testing.stores import StoreConformance

    class TestMyStore(StoreConformance):
        def new_store(self):
            return MyStore("redis://localhost/15", prefix=random_name())

Each check is a flow over one new store, and is run in each of the three modes.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from cocapi.calls.effects import Flow, sleep
from cocapi.clocks import elapsed
from cocapi.store import Lease, LogEntry, Store, verb_of
from cocapi.testing.conformance import CROWD, MODES, Conformance, in_each_mode, repeated, together
from cocapi.testing.series import KEYS, SERIES, Model, Step, in_seconds

__all__ = ["MODES", "StoreConformance"]

ODD = ("%", "_", "*", "?", "[a]", "\\", "'", '"', "/", ":", ".", " ", "\n", "\0", "é", "e\u0301", "ß", "😀")
"""What means something to SQL, to patterns or to paths, and must mean itself in a key."""


class StoreConformance(Conformance[Store]):
    """What a store promises, as tests. Override `new_store`, and more where it fits your store better."""

    # Values

    @in_each_mode
    def test_a_value_comes_back_byte_for_byte(self, store: Store) -> Flow[None]:
        """Whatever the bytes are; none of them are a value too."""
        for content in (b"", b"\0", bytes(range(256)) * 300, "😀".encode(), b"\xff\xfe", b"12", b"null"):
            yield from store.put("key", content)
            value = yield from store.get("key")
            assert value == content
            assert type(value) is bytes

    @in_each_mode
    def test_a_key_without_a_value_answers_none(self, store: Store) -> Flow[None]:
        """Before anything was put, and beside what was put."""
        assert (yield from store.get("key")) is None
        yield from store.put("key", b"1")
        assert (yield from store.get("key2")) is None
        assert (yield from store.get("ke")) is None

    @in_each_mode
    def test_a_later_value_takes_the_place_of_the_former(self, store: Store) -> Flow[None]:
        """And its time to live as well."""
        yield from store.put("key", b"1", self.tick)
        yield from store.put("key", b"2")
        yield from self._pass(2 * self.tick)
        assert (yield from store.get("key")) == b"2"
        yield from store.put("key", b"3", self.tick)
        yield from self._pass(self.tick + self.tolerance)
        assert (yield from store.get("key")) is None

    @in_each_mode
    def test_keys_are_told_apart_exactly(self, store: Store) -> Flow[None]:
        """By case, by white space, and as they are written."""
        keys = ["a", "A", " a", "aa", *(f"a{odd}" for odd in ODD), "a" * 500]
        for number, key in enumerate(keys):
            yield from store.put(key, b"%d" % number)
        for number, key in enumerate(keys):
            assert (yield from store.get(key)) == b"%d" % number, key

    @in_each_mode
    def test_a_value_is_there_until_its_time_has_passed(self, store: Store) -> Flow[None]:
        """Just before, yes; at that moment, no more."""
        yield from store.put("key", b"1", self.tick)
        assert (yield from store.get("key")) == b"1"
        yield from self._pass(self.tick / 2)
        assert (yield from store.get("key")) == b"1"
        yield from self._pass(self.tick / 2 + self.tolerance)
        assert (yield from store.get("key")) is None
        assert (yield from store.forget("key")) == 0

    @in_each_mode
    def test_zero_seconds_keep_nothing(self, store: Store) -> Flow[None]:
        """Not even what was there before."""
        yield from store.put("key", b"1")
        yield from store.put("key", b"2", 0)
        assert (yield from store.get("key")) is None

    @in_each_mode
    def test_a_value_without_time_stays(self, store: Store) -> Flow[None]:
        """None is no number of seconds."""
        yield from store.put("key", b"1", None)
        yield from self._pass(3 * self.tick)
        assert (yield from store.get("key")) == b"1"

    @in_each_mode
    def test_forgetting_takes_what_begins_so_and_nothing_else(self, store: Store) -> Flow[None]:
        """The key itself is among them; the number of them is told."""
        for key in ("a", "a:", "a:1", "a:2", "A:1", "b:1", "xa:1"):
            yield from store.put(key, b"1")
        assert (yield from store.forget("a:")) == 3
        assert (yield from store.forget("a:")) == 0
        left = yield from kept(store, ("a", "a:", "a:1", "a:2", "A:1", "b:1", "xa:1"))
        assert left == ["a", "A:1", "b:1", "xa:1"]
        assert (yield from store.forget("")) == 4
        assert (yield from kept(store, ("a", "A:1", "b:1", "xa:1"))) == []

    @in_each_mode
    def test_odd_characters_in_a_prefix_mean_themselves(self, store: Store) -> Flow[None]:
        """Those of SQL, of patterns and of paths."""
        keys = [f"p{odd}{end}" for odd in ODD for end in ("", "x")]
        for odd in ODD:
            for key in keys:
                yield from store.put(key, b"1")
            assert (yield from store.forget(f"p{odd}")) == 2, odd
            left = yield from kept(store, keys)
            assert left == [key for key in keys if not key.startswith(f"p{odd}")], odd

    @in_each_mode
    def test_forgetting_leaves_leases_budgets_and_logs(self, store: Store) -> Flow[None]:
        """They have name spaces of their own, also under the same key."""
        yield from store.put("key", b"1")
        lease = yield from store.claim("key", 1000)
        yield from store.admit("key", 0.001, 1)
        yield from store.append("key", b"entry")
        assert (yield from store.forget("")) == 1
        assert lease is not None
        assert (yield from store.claim("key", 1000)) is None
        assert (yield from store.extend(lease, 1000))
        assert (yield from store.admit("key", 0.001, 1)) > 0
        assert (yield from store.read("key")) == (LogEntry(1, b"entry"),)

    @in_each_mode
    def test_what_one_handle_puts_another_finds(self, store: Store) -> Flow[None]:
        """Values, leases, budgets and logs."""
        other = self._another(store)
        yield from store.put("key", b"1")
        assert (yield from other.get("key")) == b"1"
        lease = yield from store.claim("key", 1000)
        assert (yield from other.claim("key", 1000)) is None
        assert lease is not None
        assert (yield from other.release(lease))
        yield from store.admit("key", 0.001, 1)
        assert (yield from other.admit("key", 0.001, 1)) > 0
        yield from store.append("key", b"entry")
        assert (yield from other.read("key")) == (LogEntry(1, b"entry"),)

    # Leases

    @in_each_mode
    def test_a_lease_has_one_holder_at_a_time(self, store: Store) -> Flow[None]:
        """Until it is released; whoever claims again does not get it either."""
        lease = yield from store.claim("key", 1000)
        assert isinstance(lease, Lease)
        assert lease.key == "key"
        assert (yield from store.claim("key", 1000)) is None
        assert (yield from store.claim("Key", 1000)) is not None
        assert (yield from store.release(lease)) is True
        second = yield from store.claim("key", 1000)
        assert second is not None
        assert second != lease

    @in_each_mode
    def test_a_lease_ends_with_its_time(self, store: Store) -> Flow[None]:
        """Not before; then the next claim gets it."""
        lease = yield from store.claim("key", self.tick)
        yield from self._pass(self.tick / 2)
        assert (yield from store.claim("key", self.tick)) is None
        yield from self._pass(self.tick / 2 + self.tolerance)
        assert lease is not None
        assert (yield from store.claim("key", self.tick)) not in (None, lease)

    @in_each_mode
    def test_who_lost_a_lease_can_neither_extend_nor_release_it(self, store: Store) -> Flow[None]:
        """Whether or not another holds it now; the other is not disturbed."""
        lost = yield from store.claim("key", self.tick)
        assert lost is not None
        yield from self._pass(self.tick + self.tolerance)
        assert (yield from store.extend(lost, 1000)) is False
        assert (yield from store.release(lost)) is False
        held = yield from store.claim("key", 1000)
        assert held is not None
        assert (yield from store.extend(lost, 1000)) is False
        assert (yield from store.release(lost)) is False
        assert (yield from store.claim("key", 1000)) is None
        assert (yield from store.release(held)) is True
        assert (yield from store.release(held)) is False

    @in_each_mode
    def test_a_value_is_put_by_who_holds_a_lease_and_by_nobody_who_lost_it(self, store: Store) -> Flow[None]:
        """Whether or not another holds it now; with a time to live, and without."""
        lost = yield from store.claim("key", self.tick)
        assert lost is not None
        assert (yield from store.put_held(lost, "value", b"1")) is True
        assert (yield from store.put_held(lost, "key", b"\0\xff", 0.5 * self.tick)) is True
        assert (yield from store.get("key")) == b"\0\xff"
        assert (yield from store.put_held(lost, "gone", b"1", 0)) is True
        assert (yield from store.get("gone")) is None
        yield from self._pass(self.tick + self.tolerance)
        assert (yield from store.get("key")) is None
        assert (yield from store.put_held(lost, "value", b"2")) is False
        held = yield from store.claim("key", 1000)
        assert held is not None
        assert (yield from store.put_held(lost, "value", b"3")) is False
        assert (yield from store.get("value")) == b"1"
        assert (yield from store.put_held(held, "value", b"4")) is True
        assert (yield from store.release(held)) is True
        assert (yield from store.put_held(held, "value", b"5")) is False
        assert (yield from store.get("value")) == b"4"

    @in_each_mode
    def test_there_is_a_value_or_else_its_lease(self, store: Store) -> Flow[None]:
        """`get_or_claim`: bytes, whatever they are; one lease; then nothing, until there is either."""
        get_or_claim = verb_of(store, "get_or_claim")
        for content in (b"", b"1", b"OK", b"\0\xff"):
            yield from store.put("key", content, 10 * self.tick)
            assert (yield from get_or_claim("key", 1000)) == content
        assert (yield from store.claim("key", 1000)) is not None
        assert (yield from get_or_claim("key", 1000)) == content
        lease = yield from get_or_claim("other", self.tick)
        assert isinstance(lease, Lease)
        assert lease.key == "other"
        assert (yield from get_or_claim("other", self.tick)) is None
        assert (yield from store.claim("other", self.tick)) is None
        yield from self._pass(self.tick + self.tolerance)
        assert (yield from get_or_claim("other", 1000)) not in (None, lease)

    @in_each_mode
    def test_a_value_is_handed_over_with_its_lease(self, store: Store) -> Flow[None]:
        """`put_and_release`: both, or neither where the lease was lost."""
        put_and_release = verb_of(store, "put_and_release")
        lease = yield from store.claim("key", 1000)
        assert lease is not None
        assert (yield from put_and_release(lease, "value", b"1", 1000)) is True
        assert (yield from store.get("value")) == b"1"
        held = yield from store.claim("key", 1000)
        assert held is not None
        assert (yield from put_and_release(lease, "value", b"2")) is False
        assert (yield from store.get("value")) == b"1"
        assert (yield from store.claim("key", 1000)) is None
        assert (yield from put_and_release(held, "value", b"3", 0)) is True
        assert (yield from store.get("value")) is None
        assert (yield from put_and_release(held, "value", b"4")) is False

    @in_each_mode
    def test_of_a_crowd_that_needs_a_value_one_makes_it(self, store: Store) -> Flow[None]:
        """Whoever comes after it was handed over has it; nobody makes it again."""
        handles = [store, *(self._another(store) for _ in range(CROWD - 1))]

        def needs(handle: Store, key: str) -> Flow[int]:
            while True:
                value = yield from verb_of(handle, "get_or_claim")(key, 1000)
                if isinstance(value, Lease):
                    yield from verb_of(handle, "put_and_release")(value, key, b"made")
                    return 1
                if value is not None:
                    return 0
                yield from sleep(0.001)

        for number in range(10):
            makers = yield from together([needs(handle, f"key{number}") for handle in handles])
            assert sum(makers) == 1

    @in_each_mode
    def test_an_extension_counts_from_now(self, store: Store) -> Flow[None]:
        """It may also shorten what is left."""
        lease = yield from store.claim("key", self.tick)
        assert lease is not None
        yield from self._pass(self.tick / 2)
        assert (yield from store.extend(lease, 2 * self.tick)) is True
        yield from self._pass(self.tick)
        assert (yield from store.claim("key", 1000)) is None
        assert (yield from store.extend(lease, self.tick / 2)) is True
        yield from self._pass(self.tick / 2 + self.tolerance)
        assert (yield from store.claim("key", 1000)) is not None

    @in_each_mode
    def test_of_a_crowd_that_claims_one_gets_it(self, store: Store) -> Flow[None]:
        """Each time."""
        handles = [store, *(self._another(store) for _ in range(CROWD - 1))]
        for number in range(20):
            claims = [handle.claim(f"key{number}", 1000) for handle in handles]
            leases = yield from together(claims)
            assert sum(lease is not None for lease in leases) == 1

    # Budgets

    @in_each_mode
    def test_a_budget_admits_a_burst_and_then_tells_the_wait(self, store: Store) -> Flow[None]:
        """0.0 is admitted; the seconds are those of one that comes back."""
        interval = 5 * self.tick
        waits = yield from repeated(4, lambda: store.admit("key", 1 / interval, 3))
        assert waits[:3] == [0.0, 0.0, 0.0]
        assert interval - self.tick < waits[3] <= interval

    @in_each_mode
    def test_who_waits_as_told_is_admitted(self, store: Store) -> Flow[None]:
        """Asking meanwhile spends nothing, and so makes nobody wait longer."""
        rate = 1 / self.tick
        yield from store.admit("key", rate, 1)
        waits = yield from repeated(5, lambda: store.admit("key", rate, 1))
        assert all(0 < wait <= self.tick for wait in waits)
        yield from self._pass(waits[-1] + self.tolerance)
        assert (yield from store.admit("key", rate, 1)) == 0.0
        assert (yield from store.admit("key", rate, 1)) > 0

    @in_each_mode
    def test_a_pause_gives_back_no_more_than_the_burst(self, store: Store) -> Flow[None]:
        """However long it was."""
        interval = 20 * self.tick
        for _ in range(2):
            waits = yield from repeated(6, lambda: store.admit("key", 1 / self.tick, 3))
            assert waits[:3] == [0.0] * 3
            assert waits[4] > 0
            yield from self._pass(5 * self.tick)
        waits = yield from repeated(6, lambda: store.admit("other", 1 / interval, 2))
        assert [wait == 0.0 for wait in waits] == [True, True, *[False] * 4]

    @in_each_mode
    def test_no_stretch_of_time_has_more_than_the_budget(self, store: Store) -> Flow[None]:
        """Whenever it begins: at most ``burst + rate * t``; and all of it can be spent."""
        step, rate, burst = self.tick / 5, 1.5 / self.tick, 3
        started = elapsed()
        moved, moments = 0.0, []
        for _ in range(30):
            before = (elapsed() - started) if self.tolerance else moved
            waits = yield from repeated(2, lambda: store.admit("key", rate, burst))
            moments += [before] * waits.count(0.0)
            yield from self._pass(step)
            moved += step
        for first, begin in enumerate(moments):
            for last, end in enumerate(moments[first:], first):
                assert last - first + 1 <= burst + rate * (end - begin + self.tolerance) + 1e-6
        assert len(moments) >= burst + rate * (29 * step) - 1

    @in_each_mode
    def test_budgets_have_nothing_to_do_with_each_other(self, store: Store) -> Flow[None]:
        """Each key has its own."""
        assert (yield from store.admit("a", 0.001, 1)) == 0.0
        assert (yield from store.admit("b", 0.001, 1)) == 0.0
        assert (yield from store.admit("a", 0.001, 1)) > 0

    @in_each_mode
    def test_a_crowd_never_gets_more_than_the_budget(self, store: Store) -> Flow[None]:
        """All that ask at the same moment, together."""
        handles = [store, *(self._another(store) for _ in range(CROWD - 1))]

        def asks(handle: Store) -> Flow[int]:
            waits = yield from repeated(10, lambda: handle.admit("key", 0.0001, 12))
            return waits.count(0.0)

        admitted = yield from together([asks(handle) for handle in handles])
        assert sum(admitted) == 12

    # Logs

    @in_each_mode
    def test_a_log_gives_back_what_was_appended_in_order(self, store: Store) -> Flow[None]:
        """Positions begin with 1 and miss no number; each log has its own."""
        assert (yield from store.read("log")) == ()
        contents = [b"", b"\0", bytes(range(256)), b"x", b"x"]
        for number, content in enumerate(contents, 1):
            assert (yield from store.append("log", content)) == number
        assert (yield from store.append("other", b"1")) == 1
        assert (yield from store.read("log")) == tuple(map(LogEntry, range(1, 6), contents))

    @in_each_mode
    def test_a_log_is_read_behind_a_position_and_up_to_a_limit(self, store: Store) -> Flow[None]:
        """So a reader goes on where it was; 100 entries unless it says more."""
        for number in range(1, 131):
            yield from store.append("log", b"%d" % number)
        assert [entry.position for entry in (yield from store.read("log"))] == list(range(1, 101))
        assert [entry.position for entry in (yield from store.read("log", 100))] == list(range(101, 131))
        assert (yield from store.read("log", 4, 2)) == (LogEntry(5, b"5"), LogEntry(6, b"6"))
        assert (yield from store.read("log", 130)) == ()
        assert (yield from store.read("log", 1000)) == ()
        assert len((yield from store.read("log", 0, 1000))) == 130

    @in_each_mode
    def test_trimming_keeps_the_newest_and_the_count(self, store: Store) -> Flow[None]:
        """Also when nothing is left."""
        for number in range(1, 6):
            yield from store.append("log", b"%d" % number)
        assert (yield from store.trim("log", 10)) == 0
        assert (yield from store.trim("log", 2)) == 3
        assert (yield from store.read("log")) == (LogEntry(4, b"4"), LogEntry(5, b"5"))
        assert (yield from store.trim("log", 0)) == 2
        assert (yield from store.read("log")) == ()
        assert (yield from store.trim("log", 0)) == 0
        assert (yield from store.append("log", b"6")) == 6
        assert (yield from store.read("log", 2)) == (LogEntry(6, b"6"),)
        assert (yield from store.trim("nothing", 3)) == 0

    @in_each_mode
    def test_a_crowd_appends_without_loss_and_each_in_its_own_order(self, store: Store) -> Flow[None]:
        """No position twice, none missing; what one appends first stands first."""
        handles = [store, *(self._another(store) for _ in range(CROWD - 1))]

        def appends(handle: Store, name: int) -> Flow[list[int]]:
            numbers = iter(range(10))
            return (yield from repeated(10, lambda: handle.append("log", b"%d %d" % (name, next(numbers)))))

        positions = yield from together([appends(handle, name) for name, handle in enumerate(handles)])
        assert all(own == sorted(own) for own in positions)
        assert sorted(chain(*positions)) == list(range(1, 10 * CROWD + 1))
        entries = yield from store.read("log", 0, 1000)
        assert [entry.position for entry in entries] == list(range(1, 10 * CROWD + 1))
        for name, own in enumerate(positions):
            assert [entries[at - 1].content for at in own] == [b"%d %d" % (name, n) for n in range(10)]

    # All of it

    @in_each_mode
    def test_a_verb_does_nothing_before_its_flow_is_run(self, store: Store) -> Flow[None]:
        """One that is made and dropped has not been."""
        yield from store.put("key", b"1")
        lease = yield from store.claim("held", 1000)
        assert lease is not None
        dropped = [
            *(store.put("key", b"2"), store.forget(""), store.claim("key", 1000), store.append("log", b"1")),
            *(store.put_held(lease, "key", b"2"), store.release(lease), store.admit("key", 0.001, 1)),
            *(store.trim("log", 0), store.close(), verb_of(store, "get_or_claim")("key", 1000)),
            verb_of(store, "put_and_release")(lease, "key", b"2"),
        ]
        for flow in dropped:
            flow.close()
        assert (yield from store.get("key")) == b"1"
        assert (yield from store.claim("held", 1000)) is None
        assert (yield from store.claim("key", 1000)) is not None
        assert (yield from store.admit("key", 0.001, 1)) == 0.0
        assert (yield from store.read("log")) == ()

    examples: int = 50
    """How many series of verbs, of chance, each mode is tried with; hundreds where time is moved by hand."""

    @pytest.mark.parametrize("mode", MODES)
    def test_any_series_of_verbs_answers_as_a_model_does(self, mode: str) -> None:
        """Compared verb by verb with a few dicts; hypothesis shortens a series that differs."""

        @settings(
            max_examples=self.examples,
            deadline=None,
            database=None,
            phases=(Phase.generate, Phase.shrink),
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        )
        @given(SERIES)
        def compare(series: list[Step]) -> None:
            self.run(mode, lambda store: self._compared(store, series))

        compare()

    def _compared(self, store: Store, series: list[Step]) -> Flow[None]:
        model = Model()
        leases: list[tuple[Lease, Lease]] = []  # the store's and the model's
        for verb, in_ticks in series:
            arguments = tuple(in_seconds(argument, self.tick) for argument in in_ticks)
            if verb == "pass_time":
                yield from self._pass(*arguments)
                model.now += arguments[0]
                continue
            ours, theirs = arguments, arguments
            if verb in ("extend", "release", "put_held", "put_and_release"):
                if not leases:
                    continue
                lease, its = leases[arguments[0] % len(leases)]
                ours, theirs = (lease, *arguments[1:]), (its, *arguments[1:])
            answer = yield from verb_of(store, verb)(*ours)
            expected = getattr(model, verb)(*theirs)
            if isinstance(answer, Lease) and isinstance(expected, Lease):
                leases.append((answer, expected))
            elif verb == "admit":
                assert (answer == 0.0) == expected, (verb, arguments)
            else:
                assert answer == expected, (verb, arguments)
        for key in KEYS:
            assert (yield from store.get(key)) == model.get(key), key
            assert (yield from store.read(key)) == model.read(key, 0, 100), key


def kept(store: Store, keys: Iterable[str]) -> Flow[list[str]]:
    """Those of the keys that have a value."""
    there = []
    for key in keys:
        if (yield from store.get(key)) is not None:
            there.append(key)  # noqa: PERF401  # as above
    return there
