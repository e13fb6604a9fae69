"""``cocapi store check``: whether the store of the settings does what plugins ask of one."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import typer

from cocapi import CocApi, CommandLine, Flow, Lease, Store, StoreUnavailable
from cocapi.clocks import elapsed

__all__ = ["store"]

T = TypeVar("T")

store = typer.Typer(help="The store that plugins keep things in.", no_args_is_help=True)


@store.command()
def check(context: typer.Context) -> None:
    """Use every verb of the store, and say what is wrong, or how long each took."""
    line: CommandLine = context.obj
    with unlogged("cocapi.store"), CocApi("none", config=line.config) as api:
        line.show(api.run_flow(timed(api.store, line.config.store)), sentence)


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


def timed(store: Store, address: str) -> Flow[dict[str, Any]]:
    """The milliseconds that each verb took.

    Raises:
        StoreUnavailable: One failed, took too long, or answered what cannot be.
    """
    took: dict[str, float] = {}

    def of(name: str, verb: Flow[T], fits: Callable[[T], bool]) -> Flow[T]:
        began = elapsed()
        answer = yield from verb
        took[name] = round((elapsed() - began) * 1000, 2)
        if not fits(answer):
            raise StoreUnavailable(f"the store answers {answer!r} to {name}, which cannot be")
        return answer

    key = f"check:{os.urandom(8).hex()}"
    yield from store.get(key)  # connects
    yield from of("put", store.put(key, b"1", 60), lambda answer: answer is None)
    yield from of("get", store.get(key), lambda value: value == b"1")
    yield from of("forget", store.forget(key), lambda count: count == 1)
    lease = yield from of("claim", store.claim(key, 60), lambda lease: lease is not None)
    assert lease is not None  # noqa: S101  # `of` has seen it
    yield from of("extend", store.extend(lease, 30), bool)
    yield from of("put_held", store.put_held(lease, key, b"2", 0), bool)
    yield from of("release", store.release(lease), bool)
    found = yield from of("get_or_claim", store.get_or_claim(key, 60), lambda found: found is not None)
    if isinstance(found, Lease):
        yield from of("put_and_release", store.put_and_release(found, key, b"3", 0), bool)
    yield from of("admit", store.admit(key, 1000, 1), lambda wait: wait == 0)
    position = yield from of("append", store.append("check", b"1"), lambda position: position > 0)
    yield from of("read", store.read("check", position - 1), lambda entries: len(entries) > 0)
    yield from of("trim", store.trim("check", 0), lambda count: count > 0)
    return {"store": shown(address), "milliseconds": took}


def shown(address: str) -> str:
    """The address without user and password."""
    scheme, mark, rest = address.partition("://")
    return f"{scheme}{mark}{rest.rpartition('@')[2]}"


def sentence(answer: dict[str, Any]) -> str:
    """For people."""
    verbs = ", ".join(f"{name} {time:g} ms" for name, time in answer["milliseconds"].items())
    return f"{answer['store']} is well: {verbs}"
