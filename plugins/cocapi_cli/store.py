"""``cocapi store check``: whether the store of the settings does what plugins ask of one."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import typer

from cocapi import CocApi, CommandLine, Flow, Lease, Store, StoreUnavailable, Streams
from cocapi.clocks import elapsed

__all__ = ["store"]

T = TypeVar("T")

store = typer.Typer(help="The store that plugins keep things in.", no_args_is_help=True)


@store.command()
def check(context: typer.Context) -> None:
    """Use every verb of the store and of its streams, and say what is wrong, or how long each took."""
    line: CommandLine = context.obj
    timed = Timed()
    with unlogged("cocapi.store"), CocApi("none", config=line.config) as api:
        streams: Streams | None = getattr(api, "streams", None)
        api.run_flow(checked(api.store, streams, timed))
        answer = {
            "store": shown(line.config.store),
            "streams": streams is not None,
            "milliseconds": timed.took,
        }
        line.show(answer, sentence)


@contextmanager
def unlogged(name: str) -> Iterator[None]:
    """Keep off standard error what the command says itself."""
    logger = logging.getLogger(name)
    logger.addFilter(nothing)
    try:
        yield
    finally:
        logger.removeFilter(nothing)


def nothing(_: logging.LogRecord) -> bool:
    """Let no record pass."""
    return False


class Timed:
    """Uses verbs, and notes the milliseconds that each took.

    Attributes:
        took: By verb, in the order in which they were used.
    """

    def __init__(self) -> None:
        self.took: dict[str, float] = {}

    def __call__(self, name: str, verb: Flow[T], fits: Callable[[T], bool] = lambda _: True) -> Flow[T]:
        """What a verb answers.

        Raises:
            StoreUnavailable: It failed, took too long, or answered what does not fit.
        """
        began = elapsed()
        answer = yield from verb
        self.took[name] = round((elapsed() - began) * 1000, 2)
        if not fits(answer):
            raise StoreUnavailable(f"the store answers {answer!r} to {name}, which cannot be")
        return answer


def checked(store: Store, streams: Streams | None, timed: Timed) -> Flow[None]:
    """Use every verb of a store, and of its streams where it has some.

    Raises:
        StoreUnavailable: One failed, took too long, or answered what cannot be.
    """
    yield from check_store(store, timed)
    if streams is None:
        return
    try:
        yield from check_streams(streams, timed)
    except StoreUnavailable as error:
        raise StoreUnavailable(
            f"all is well but the streams, which 'watch --to' and events_from need: {error}"
        ) from error


def check_store(store: Store, timed: Timed) -> Flow[None]:
    """Use values, leases, budgets and logs, and leave nothing behind."""
    key = f"check:{os.urandom(8).hex()}"
    yield from store.get(key)  # connects
    yield from timed("put", store.put(key, b"1", 60), lambda answer: answer is None)
    yield from timed("get", store.get(key), lambda value: value == b"1")
    yield from timed("forget", store.forget(key), lambda count: count == 1)
    lease = yield from timed("claim", store.claim(key, 60), lambda lease: lease is not None)
    assert lease is not None  # noqa: S101  # `timed` has seen it
    yield from timed("extend", store.extend(lease, 30), bool)
    yield from timed("put_held", store.put_held(lease, key, b"2", 0), bool)
    yield from timed("release", store.release(lease), bool)
    found = yield from timed("get_or_claim", store.get_or_claim(key, 60), lambda found: found is not None)
    if isinstance(found, Lease):
        yield from timed("put_and_release", store.put_and_release(found, key, b"3", 0), bool)
    yield from timed("admit", store.admit(key, 1000, 1), lambda wait: wait == 0)
    position = yield from timed("append", store.append("check", b"1"), lambda position: position > 0)
    yield from timed("read", store.read("check", position - 1), lambda entries: len(entries) > 0)
    yield from timed("trim", store.trim("check", 0), lambda count: count > 0)


def check_streams(streams: Streams, timed: Timed) -> Flow[None]:
    """Use a stream that is there for nothing else; other checks may be using it at this moment."""
    reader = ("check", "check", "check")  # the stream, a group, and a consumer of it
    yield from streams.receive(*reader, 100, 0)  # makes the group
    sequence = int(time.time() * 1000)
    yield from timed("publish", streams.publish("check", "check", sequence, {"check": b"1"}, 1))
    entries = yield from timed("receive", streams.receive(*reader, 100, 0))
    ids = [entry.id for entry in entries] or ["0-1"]
    yield from timed("renew", streams.renew(*reader, ids))
    for entry_id in ids:
        yield from timed("acknowledge", streams.acknowledge(*reader, entry_id))


def shown(address: str) -> str:
    """The address without user and password."""
    scheme, mark, rest = address.partition("://")
    return f"{scheme}{mark}{rest.rpartition('@')[2]}"


def sentence(answer: dict[str, Any]) -> str:
    """For people."""
    verbs = ", ".join(f"{name} {time:g} ms" for name, time in answer["milliseconds"].items())
    lacking = "" if answer["streams"] else "; it has no streams"
    return f"{answer['store']} is well: {verbs}{lacking}"
