"""Which keys of an account to use, to revoke and to make: a matter of lists, not of time."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from cocapi_keys.key import Key

__all__ = ["MOST_KEYS", "Plan", "planned"]

MOST_KEYS = 10
"""Of an account."""


@dataclass(frozen=True)
class Plan:
    """What is done at the portal, in this order.

    Attributes:
        revoke: Keys that go.
        create: How many keys are made.
        use: Keys that are there and are used, beside those that are made.
    """

    revoke: tuple[Key, ...]
    create: int
    use: tuple[Key, ...]


def planned(
    keys: Sequence[Key],
    address: str,
    name: str,
    count: int,
    former: Collection[str] = (),
    elsewhere: Collection[str] = (),
) -> Plan:
    """How `count` keys of this name come to allow `address`.

    A key of another name is never touched, nor one that allows the address. Of the others go those that this
    host has moved away from; then, only as far as there is no room for a new one, those that nobody is known
    to use; and last those of other hosts, which get new ones for themselves.

    Args:
        keys: All of the account.
        address: Where this host is seen.
        name: Of its keys.
        count: How many are wanted.
        former: The ids of keys that this host has used so far.
        elsewhere: The ids of keys that other hosts are known to use.
    """
    own = [key for key in keys if key.name == name]
    use = tuple(key for key in own if key.allows(address))[:count]
    stale = [key for key in own if not key.allows(address)]
    left_behind = [key for key in stale if key.id in former]
    others = [key for key in stale if key.id not in former]
    others.sort(key=lambda key: key.id in elsewhere)
    missing = count - len(use)
    room = MOST_KEYS - len(keys) + len(left_behind)
    replaced = others[: max(0, missing - room)]
    create = min(missing, max(0, room + len(replaced)))
    return Plan((*left_behind, *replaced), create, use)
