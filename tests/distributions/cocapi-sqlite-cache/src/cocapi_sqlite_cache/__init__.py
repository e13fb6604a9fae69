"""Plugin ``sqlite_cache``: answers in a file, behind those in memory; they outlast the program.

    config = ApiConfig(plugins={"sqlite_cache": {"path": "~/.cache/bot.sqlite3"}})
    with CocApi(token, config=config) as api:
        api.clan_tag("#2PP")                                      # from memory, the file or the network
        api.with_options(cache=False).clan_tag("#2PP")            # from the network, and kept
        api.with_options(sqlite_cache=False).clan_tag("#2PP")     # as if the file were not there

It is off until it has a `path`.
"""

from __future__ import annotations

import logging
import sqlite3
import time
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from anyio import to_thread
from cocapi import (
    AnyCocApi,
    ApiConfig,
    CocApiError,
    Flow,
    Hit,
    Off,
    Request,
    Response,
    ServerError,
    TransportError,
    UnreadableResponse,
    do,
    hookimpl,
)

from cocapi_sqlite_cache.answers import Answer, Answers
from cocapi_sqlite_cache.options import SqliteCacheOptions
from cocapi_sqlite_cache.refreshing import Refreshing

__all__ = ["SqliteCache", "SqliteCacheOptions"]

T = TypeVar("T")

log = logging.getLogger("cocapi_sqlite_cache")

OUTAGE = (ServerError, TransportError, UnreadableResponse)
"""What says nothing of the clan or player that was asked for; an open circuit is a TransportError too."""


class SqliteCache:
    """Answers to GET requests, in a file that several clients and processes may share.

    Args:
        options: Where, and for how long.
        clock: Seconds since 1970, since the file outlives every other clock.

    Raises:
        Off: there is no path.
    """

    def __init__(
        self, config: ApiConfig, options: SqliteCacheOptions, *, clock: Callable[[], float] = time.time
    ) -> None:
        if options.path is None:
            raise Off("it keeps nothing until it has a path: plugins={'sqlite_cache': {'path': …}}")
        self.options = options
        self.clock = clock
        self.answers = Answers(options.path, options.max_answers)
        self.usable = True
        self.refreshing: Refreshing | None = None

    @hookimpl
    def cocapi_open(self, client: AnyCocApi) -> None:
        """Keep the client, with which answers are refreshed; in the child of a fork nothing is under way."""
        self.refreshing = Refreshing(client)

    @hookimpl(after="cache")
    def cocapi_cache_lookup(self, request: Request) -> Flow[Hit | None] | None:
        """An answer within its time."""
        return self._fresh(request) if concerned(request) else None

    @hookimpl
    def cocapi_cache_hit(self, request: Request, hit: Hit) -> Flow[None] | None:
        """Keep what a cache behind this one had, no longer than it says."""
        if not concerned(request) or hit.stale or not hit.fresh_for:
            return None
        spent = max(self.options.ttl - hit.fresh_for, 0)
        return self._keep(request, Answer(hit.response, self.clock() - spent))

    @hookimpl(trylast=True)
    def cocapi_response(self, request: Request, response: Response) -> Flow[None] | None:
        """Keep what came back, as the other plugins left it."""
        return self._keep(request, Answer(response, self.clock())) if concerned(request) else None

    @hookimpl(trylast=True)
    def cocapi_error(self, request: Request, error: CocApiError) -> Flow[Hit | None] | None:
        """An answer past its time, where the call would fail otherwise; the retry plugin has given up."""
        return self._stale(request) if concerned(request) and isinstance(error, OUTAGE) else None

    @hookimpl
    def cocapi_forked(self) -> None:
        """Open the file anew in the child."""
        self.answers.forked()

    @hookimpl
    def cocapi_close(self) -> Flow[None]:
        """Close the file."""
        return beside_the_loop(self.answers.close)

    def _fresh(self, request: Request) -> Flow[Hit | None]:
        answer, age = yield from self._find(request)
        left = self.options.ttl - age
        if answer is None or left <= 0:
            return None
        if left <= self.options.refresh_ahead and self.refreshing:
            self.refreshing.begin(request)
        return Hit(answer, fresh_for=left)

    def _stale(self, request: Request) -> Flow[Hit | None]:
        answer, age = yield from self._find(request)
        usable = age < self.options.ttl + self.options.stale_if_error
        return Hit(answer, stale=age >= self.options.ttl) if answer and usable else None

    def _find(self, request: Request) -> Flow[tuple[Response | None, float]]:
        """What is stored, and its age in seconds; nothing where the clock was turned back behind it."""
        answer = yield from self._harmless(partial(self.answers.get, request.url))
        if answer is None or answer.stored > (now := self.clock()):
            return None, 0.0
        return answer.response, now - answer.stored

    def _keep(self, request: Request, answer: Answer) -> Flow[None]:
        yield from self._harmless(partial(self.answers.put, request.url, answer))

    def _harmless(self, work: Callable[[], T]) -> Flow[T | None]:
        """What work on the file returns; None where the file cannot be used, and one warning an outage."""
        try:
            result = yield from beside_the_loop(work)
        except (sqlite3.Error, OSError) as error:
            if self.usable:
                log.warning("%s cannot be used: %s: %s", self.answers.path, type(error).__name__, error)
            self.usable = False
            return None
        self.usable = True
        return result


def concerned(request: Request) -> bool:
    """Whether a call may be answered from the file and kept there."""
    return request.method == "GET" and request.options.get("sqlite_cache") is not False


def beside_the_loop(work: Callable[[], T]) -> Flow[T]:
    """Blocking work: here in synchronous code, in a thread where it would hold up an event loop."""
    return do(blocking=work, awaiting=partial(to_thread.run_sync, work))
