"""Keys that take turns: whatever happens to them, and in whatever order."""

from __future__ import annotations

from collections import Counter

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from cocapi.testing import Clock
from cocapi_keys.key import Key
from cocapi_keys.ring import Ring

ADDRESSES = ("203.0.113.7", "203.0.113.9", "198.51.100.1")
KEYS = [Key(f"id-{n}", "ours", (ADDRESSES[n % 3],), f"token-{n}") for n in range(9)]
NUMBERS = st.integers(0, len(KEYS) - 1)


class Rotation(RuleBasedStateMachine):
    """A ring beside a model of it: which keys are in it, refused, and resting until when."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock()
        self.ring = Ring(self.clock)
        self.inside: set[int] = set()
        self.refused: set[int] = set()
        self.rests: dict[int, float] = {}

    @property
    def ready(self) -> set[int]:
        return self.inside - self.refused

    @rule(numbers=st.sets(NUMBERS, max_size=6))
    def replace(self, numbers: set[int]) -> None:
        self.ring.replace(KEYS[number] for number in sorted(numbers))
        self.inside = set(numbers)
        self.refused -= numbers

    @rule(numbers=st.sets(NUMBERS, max_size=6))
    def offer(self, numbers: set[int]) -> None:
        """What was refused is not taken again, and nothing changes where nothing else is offered."""
        fresh = numbers - self.refused
        assert self.ring.offer(KEYS[number] for number in numbers) is bool(fresh)
        self.inside = fresh or self.inside

    @rule(number=NUMBERS, address=st.booleans())
    def refuse(self, number: int, address: bool) -> None:
        """An address that is not allowed is not allowed for any key of the same ranges."""
        self.ring.refuse(KEYS[number].key_id, address=address)
        self.refused.add(number)
        if address and number in self.inside:
            self.refused |= {other for other in self.inside if KEYS[other].cidrs == KEYS[number].cidrs}

    @rule(number=NUMBERS, seconds=st.floats(0.5, 20))
    def rest(self, number: int, seconds: float) -> None:
        if number in self.inside:
            self.rests[number] = self.clock() + seconds
        others = {other for other in self.ready if self.rests.get(other, 0) <= self.clock()}
        assert self.ring.rest(KEYS[number].key_id, seconds) is bool(others)

    @rule(seconds=st.floats(0, 10))
    def wait(self, seconds: float) -> None:
        self.clock.advance(seconds)

    @rule()
    def next(self) -> None:
        """Never a refused key; a resting one only where all rest, and then the one that rests least."""
        key = self.ring.next()
        if not self.ready:
            assert key is None
            return
        assert key is not None
        given = KEYS.index(key)
        left = {number: max(0.0, self.rests.get(number, 0.0) - self.clock()) for number in self.ready}
        assert given in self.ready
        assert left[given] == min(left.values())

    @precondition(lambda self: self.ready)
    @rule(rounds=st.integers(1, 3))
    def turns(self, rounds: int) -> None:
        """In as many turns as there are keys that do not rest, each has one."""
        awake = {number for number in self.ready if self.rests.get(number, 0) <= self.clock()}
        if awake:
            given = Counter(self.ring.next() for _ in range(rounds * len(awake)))
            assert given == {KEYS[number]: rounds for number in awake}

    @invariant()
    def what_may_be_given_is_what_was_not_refused(self) -> None:
        assert set(self.ring.key_ids()) == {KEYS[number].key_id for number in self.ready}
        assert set(self.ring.tokens()) == {KEYS[number].token for number in self.ready}


Rotation.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
test_a_ring_gives_what_may_be_given = Rotation.TestCase


def test_no_repr_shows_a_key() -> None:
    ring = Ring(Clock())
    ring.replace(KEYS)
    assert "token" not in repr(ring)
