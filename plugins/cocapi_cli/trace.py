"""``--trace``: what each hook of each call answered, and how long it took, on standard error.

The core logs that on `cocapi.hooks` while somebody listens. Here somebody does; a plugin of the client says
besides where a call begins and ends.
"""

from __future__ import annotations

import itertools
import logging
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from cocapi import Outcome, Request, hookimpl
from cocapi.text import printable

__all__ = ["follow"]

NAME = "cocapi --trace"
"""Of the plugin; no entry point has it, since it has a blank in it."""


@dataclass(frozen=True)
class Call:
    """A call that is under way.

    Attributes:
        number: Counted from 1 in a run of the program, since calls that run at once mix their lines.
        started: Seconds, by `time.perf_counter`.
        outer: The call whose hook makes this one.
    """

    number: int
    started: float
    outer: Call | None


CURRENT: ContextVar[Call | None] = ContextVar("call", default=None)
"""The call whose hooks run in this thread or task."""


def follow(api: Any) -> None:
    """Write about the calls of a client."""
    api.plugins.register(Boundaries(), NAME)
    logger = logging.getLogger("cocapi.hooks")
    if not any(isinstance(handler, Rows) for handler in logger.handlers):
        logger.setLevel(logging.DEBUG)
        logger.addHandler(Rows())
        logger.propagate = False


class Boundaries:
    """Says where each call begins and ends."""

    numbers: Iterator[int] = itertools.count(1)

    @hookimpl(tryfirst=True)
    def cocapi_request(self, request: Request) -> None:
        """A line with operation, method and template: no tag, no header, no token."""
        call = Call(next(self.numbers), time.perf_counter(), CURRENT.get())
        CURRENT.set(call)
        write(f"{call.number:>2} {request.operation}: {request.method} {request.template}")

    @hookimpl(trylast=True)
    def cocapi_finished(self, outcome: Outcome) -> None:
        """A line with how it ended, the number of sends, and milliseconds."""
        call = CURRENT.get()
        if call is None:
            return
        CURRENT.set(call.outer)
        milliseconds = (time.perf_counter() - call.started) * 1000
        write(
            f"{call.number:>2} {outcome.request.operation}: {ending(outcome)}, "
            f"sent {times(outcome.attempts)}, {milliseconds:,.1f} ms"
        )


def ending(outcome: Outcome) -> str:
    """How a call ended, in a few words."""
    if outcome.cancelled:
        return "cancelled"
    status = outcome.response.status_code if outcome.response is not None else ""
    if outcome.error is not None:
        return f"{type(outcome.error).__name__} {status}".rstrip()
    return f"{status} from the cache" if outcome.cache in ("hit", "stale") else str(status)


def times(count: int) -> str:
    """A number of times in words."""
    return "once" if count == 1 else f"{count} times"


class Rows(logging.Handler):
    """A line for each hook that answered: hook, plugin, answer, microseconds, in columns."""

    def __init__(self) -> None:
        super().__init__()
        columns = shutil.get_terminal_size().columns
        self.answer_width = max(18, min(30, columns - 42))

    def emit(self, record: logging.LogRecord) -> None:
        """Write the line of a record of `cocapi.hooks`."""
        fields: Any = record
        if fields.plugin == NAME:
            return
        number = call.number if (call := CURRENT.get()) else ""
        write(
            f"{number:>2}   {fields.hook.removeprefix('cocapi_'):<12} {fields.plugin:<11} "
            f"{fields.answer:<{self.answer_width}} {fields.microseconds:>7,.1f} µs"
        )


def write(line: str) -> None:
    """A line on standard error, if that can be written."""
    with suppress(OSError):
        sys.stderr.write(printable(line) + "\n")
        sys.stderr.flush()
