"""The past: what a caller asks of it, and the flows that read and write it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import TypeVar

from anyio import to_thread
from cocapi import Flow, Hit, InvalidParams, Request, Response, do

from cocapi_history.archive import Archive

__all__ = ["NotRecorded", "keep", "moment_of", "recall"]

T = TypeVar("T")


class NotRecorded(InvalidParams):
    """Nothing was kept of this address at that moment, or before it."""


def moment_of(request: Request) -> datetime | None:
    """The moment that the call asks for; None: now.

    Raises:
        InvalidParams: for anything but True, False and a datetime with a time zone.
    """
    said = request.options.get("history")
    if said is None or isinstance(said, bool):
        return None
    if not isinstance(said, datetime) or said.tzinfo is None:
        raise InvalidParams(f"history={said!r}: it must be True, False or a datetime with a time zone")
    return said


def recall(archive: Archive, request: Request, moment: datetime) -> Flow[Hit]:
    """The answer as it was at `moment`.

    Raises:
        NotRecorded: there is none that old.
    """
    content = yield from off_the_loop(partial(archive.find, request.url, moment.timestamp()))
    if content is None:
        raise NotRecorded(f"nothing is recorded of this at or before {moment.isoformat()}")
    return Hit(Response(200, {"content-type": "application/json"}, content))


def keep(archive: Archive, request: Request, response: Response, taken: float) -> Flow[None]:
    """Keep an answer that arrived at `taken`."""
    return off_the_loop(partial(archive.keep, request.url, taken, response.content))


def off_the_loop(work: Callable[[], T]) -> Flow[T]:
    """Blocking work: here in synchronous code, in a thread where it would hold up an event loop."""
    return do(blocking=work, awaiting=partial(to_thread.run_sync, work))
