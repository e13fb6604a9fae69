"""Who is asked before whom: by name and mark, as pluggy has it, then by what plugins say of each other."""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from graphlib import CycleError, TopologicalSorter

from cocapi.calls.hookimpl import Order
from cocapi.errors import PluginError

__all__ = ["in_order"]


def in_order(hook: str, names: Sequence[str], orders: Mapping[str, Order]) -> list[str]:
    """The names in an order that keeps what plugins say of each other, and else is the one given.

    Who says "before" moves forward to just before the other, who says "after" back to just behind; the others
    stay as they were.

    Args:
        hook: Which hook it is for; the error names it.
        names: The plugins that have the hook, in their order by name and mark.
        orders: What some of these say.

    Raises:
        PluginError: What they say goes round in a circle.
    """
    earlier: dict[str, set[str]] = {name: set() for name in names}
    for name, order in orders.items():
        for other in earlier.keys() & {*order.before}:
            earlier[other].add(name)
        earlier[name] |= earlier.keys() & {*order.after}
    sorter = TopologicalSorter(earlier)
    try:
        sorter.prepare()
    except CycleError as error:
        circle = " before ".join(map(repr, error.args[1]))
        raise PluginError(f"the order of {hook} goes round in a circle: {circle}") from None
    places = {name: place(name, names, orders) for name in names}
    ready: list[tuple[tuple[int, int], str]] = []
    result: list[str] = []
    while sorter.is_active():
        for name in sorter.get_ready():
            heapq.heappush(ready, (places[name], name))
        _, name = heapq.heappop(ready)
        result.append(name)
        sorter.done(name)
    return result


def place(name: str, names: Sequence[str], orders: Mapping[str, Order]) -> tuple[int, int]:
    """Where a plugin wants to stand: at its own place, or just before the foremost of those it is before.

    There is no circle among `orders`.
    """
    places = [(names.index(name), 0)]
    for other in orders.get(name, Order()).before:
        if other in names:
            at, rank = place(other, names, orders)
            places.append((at, rank - 1))
    return min(places)
