"""Which keys of an account are used, revoked and made."""

from ipaddress import IPv4Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocapi_keys.key import Key
from cocapi_keys.plan import MOST_KEYS, planned

HERE, BEFORE, ELSEWHERE = "203.0.113.9", "203.0.113.7", "198.51.100.1"


def key(number: int, name: str, *cidrs: str) -> Key:
    return Key(f"id-{number}", name, cidrs, f"token-{number}")


NAMES = st.sampled_from(["ours", "theirs"])
CIDRS = st.sampled_from(
    [HERE, f"{HERE}/32", "203.0.113.0/24", BEFORE, ELSEWHERE, "2001:db8::/32", "nonsense"]
)


@st.composite
def accounts(draw: st.DrawFn) -> list[Key]:
    parts = draw(
        st.lists(st.tuples(NAMES, st.lists(CIDRS, min_size=1, max_size=2)), min_size=0, max_size=MOST_KEYS)
    )
    return [key(number, name, *cidrs) for number, (name, cidrs) in enumerate(parts)]


@given(accounts(), st.integers(1, 10), st.sets(st.integers(0, 9)), st.sets(st.integers(0, 9)))
def test_a_plan_touches_what_it_may_and_gets_as_many_keys_as_there_can_be(
    keys: list[Key], count: int, former: set[int], elsewhere: set[int]
) -> None:
    """Keys of another name, and those that serve, are never revoked; there are never more than ten; and there
    are fewer than wanted only where foreign ones leave no room."""
    plan = planned(keys, HERE, "ours", count, {f"id-{n}" for n in former}, {f"id-{n}" for n in elsewhere})
    assert all(gone.name == "ours" and not gone.allows(HERE) for gone in plan.revoke)
    assert all(used.name == "ours" and used.allows(HERE) for used in plan.use)
    assert len(set(plan.revoke)) == len(plan.revoke)
    assert len(keys) - len(plan.revoke) + plan.create <= MOST_KEYS
    foreign = sum(k.name != "ours" for k in keys)
    serving = sum(k.name == "ours" and k.allows(HERE) for k in keys)
    assert len(plan.use) + plan.create == min(count, max(min(serving, count), MOST_KEYS - foreign))


@given(accounts(), st.integers(1, 10))
def test_without_need_nothing_is_revoked(keys: list[Key], count: int) -> None:
    """Where there is room, keys that nobody here has used are left alone."""
    plan = planned(keys, HERE, "ours", count)
    if len(keys) + plan.create <= MOST_KEYS and len(plan.use) + plan.create == count:
        assert len(plan.revoke) <= max(0, len(keys) + count - len(plan.use) - MOST_KEYS)


def test_what_this_host_has_left_behind_goes() -> None:
    """Not what is of another host, as long as there is room."""
    mine, others = key(1, "ours", BEFORE), key(2, "ours", ELSEWHERE)
    plan = planned([mine, others], HERE, "ours", 1, {"id-1"}, {"id-2"})
    assert (plan.revoke, plan.create, plan.use) == ((mine,), 1, ())


def test_room_is_made_of_what_nobody_is_known_to_use_first() -> None:
    keys = [key(number, "ours", ELSEWHERE) for number in range(10)]
    plan = planned(keys, HERE, "ours", 2, elsewhere={f"id-{n}" for n in range(8)})
    assert [gone.id for gone in plan.revoke] == ["id-8", "id-9"]
    assert plan.create == 2


def test_ten_foreign_keys_leave_no_room() -> None:
    plan = planned([key(number, "theirs", HERE) for number in range(10)], HERE, "ours", 1)
    assert (plan.revoke, plan.create, plan.use) == ((), 0, ())


@pytest.mark.parametrize(
    ("cidr", "allowed"),
    [
        (HERE, True),
        (f"{HERE}/32", True),
        ("203.0.113.77/24", True),
        (BEFORE, False),
        ("::/0", False),
        ("", False),
    ],
)
def test_a_key_allows_what_is_in_its_ranges(cidr: str, allowed: bool) -> None:
    assert key(1, "ours", cidr).allows(HERE) is allowed


def test_a_network_of_one_kind_allows_no_address_of_the_other() -> None:
    assert key(1, "ours", "2001:db8::/32").allows("2001:db8::7")
    assert not key(1, "ours", "2001:db8::/32").allows(str(IPv4Address(1)))


@pytest.mark.parametrize(
    "entry",
    [
        {},
        [],
        None,
        {"id": 1, "name": "x", "cidrRanges": [], "key": "t"},
        {"id": "1", "name": "x", "cidrRanges": ["x"], "key": " "},
    ],
)
def test_what_is_no_key_is_refused(entry: object) -> None:
    with pytest.raises(ValueError, match="key"):
        Key.read(entry)


def test_no_repr_of_a_key_shows_it() -> None:
    assert "token-1" not in repr(key(1, "ours", HERE))
