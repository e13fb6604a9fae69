"""Plugin ``cache``: answers kept for a while, and one request for all who ask the same at once.

    api.cache.stats()
    api.cache.invalidate("#2PP")
    api.with_options(cache=False).clan_tag("#2PP")  # fresh, and kept

Switched by `ApiConfig.enable_caching`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from cocapi import AnyCocApi, ApiConfig, CocApiError, Flow, Hit, Json, Request, Response, hookimpl
from cocapi.clocks import Ageing
from cocapi.compat.names import CacheNames
from cocapi_cache.answers import Answers
from cocapi_cache.options import CacheOptions
from cocapi_cache.shared import SharedAnswers

__all__ = ["Cache", "CacheOptions", "SharedCache", "alone_or_shared"]


def alone_or_shared(config: ApiConfig, options: CacheOptions) -> Cache:
    """The plugin: a `SharedCache` where the client has a store that others have too."""
    return (Cache if config.store == "memory" else SharedCache)(config, options)


class Cache(CacheNames):
    """The plugin ``cache``: a bounded store of answers to GET requests, in the memory of one client.

    Each caller receives an object of his own: bytes are kept, and decoded for each call.

    Args:
        config: `max_retries` and `timeout` say how long a call waits for another's request.
        options: None: those of `config`.
        clock: Seconds on a clock that never goes back; None: `cocapi.clocks.Ageing`.
    """

    def __init__(
        self,
        config: ApiConfig,
        options: CacheOptions | None = None,
        *,
        clock: Callable[[], float] | None = None,
    ) -> None:
        options = options or config.options_for("cache", CacheOptions)
        self.answers: Answers = Answers(config, options, clock or Ageing())

    @hookimpl
    def cocapi_cache_lookup(self, request: Request) -> Hit | Flow[Hit | None] | None:
        """A fresh answer; a wait for the one that another call is fetching; None: this call fetches."""
        return self.answers.find(request)

    @hookimpl
    def cocapi_cache_hit(self, request: Request, hit: Hit) -> Flow[None] | None:
        """Keep what a later cache had stored, for as long as it says, and hand it to those who wait."""
        return self.answers.keep_hit(request, hit)

    @hookimpl(tryfirst=True)
    def cocapi_attempt(self, request: Request) -> Flow[None] | None:
        """Let a call that wants a fresh answer lead the others, who were not asked about it."""
        return self.answers.lead(request) if request.fresh else None

    @hookimpl(trylast=True)
    def cocapi_error(self, request: Request, error: CocApiError) -> Hit | Flow[Hit | None] | None:
        """A stale answer instead of a failure, after the retry plugin has given up."""
        return self.answers.rescue(request, error)

    @hookimpl(trylast=True)
    def cocapi_response(self, request: Request, response: Response) -> Flow[None] | None:
        """Keep what came back, as the other plugins left it."""
        return self.answers.keep(request, response)

    @hookimpl
    def cocapi_finished(self, request: Request) -> None:
        """Let those who wait for this call go on, however it ended."""
        self.answers.release(request)

    @hookimpl
    def cocapi_namespace(self, client: AnyCocApi) -> Cache:
        """Offer its methods as ``api.cache``."""
        return self

    @hookimpl
    def cocapi_forked(self) -> None:
        """Keep the answers, which are whole; what is under way will land in the parent only."""
        self.answers.renew()

    def stats(self) -> Json:
        """What is kept, and how often it served. The names are those of cocapi 3.0.

        Returns:
            enabled: True.
            total_entries: Answers kept; those within their time; those past it and kept for `stale_if_error`.
            valid_entries: As `total_entries`.
            expired_entries: As `total_entries`.
            default_ttl: The option `ttl`.
            hit_rate: Hits among look-ups in percent, with two decimals; 0 before the first.
            stats: Counts since the client was made. ``hits`` and ``misses``: look-ups. ``sets``: answers
                stored. ``evictions``: answers gone again, by their time, for want of room, or cleared.
                ``coalesced``: calls answered by another's request (hits, or stale). ``stale``: calls answered
                past the time (misses too).
        """
        return self.answers.stats()

    def clear(self) -> int:
        """Forget every answer; returns how many there were. Requests under way are not stored."""
        return self.answers.invalidate(None, {})

    def invalidate(self, place: str, **values: Any) -> int:
        """Forget the answers at a path and below it, or about a tag; returns how many there were.

            cache.invalidate("/clans/{clanTag}", clanTag="#2PP")  # the clan, its members, its wars
            cache.invalidate("/clans/{clanTag}/members")          # the members of every clan
            cache.invalidate("/clans")                            # clans and searches
            cache.invalidate("#2PP")                              # whatever the tag is part of

        Args:
            place: A path, or a template as in the API's documentation, below the base URL; or a tag, with its
                ``#``. Whatever the query is, it matches.
            values: For names in the template, percent-encoded or not; a name without a value fits any.

        A request under way at such a place still answers those who wait for it, and is not stored.

        Raises:
            ValueError: For a place that is neither path nor tag, or a value whose name is not in it.
        """
        return self.answers.invalidate(place, values)


class SharedCache(Cache):
    """The plugin ``cache`` of a client with a store: its memory is in front, and what it does not have may be
    in the store, where all processes put their answers.

    Args:
        config: As for `Cache`.
        options: As there; `scope` says who shares.
        clock: As there.
        date: Seconds since 1970; None: `time.time`. Stored answers age by it, so the clocks of hosts should
            agree: by as much as they do not, answers are used longer or shorter.
    """

    def __init__(
        self,
        config: ApiConfig,
        options: CacheOptions | None = None,
        *,
        clock: Callable[[], float] | None = None,
        date: Callable[[], float] | None = None,
    ) -> None:
        options = options or config.options_for("cache", CacheOptions)
        self.answers: SharedAnswers = SharedAnswers(config, options, clock or Ageing(), date or today)

    @hookimpl
    def cocapi_open(self, client: AnyCocApi) -> Flow[None]:
        """Begin to keep up with the other processes."""
        return self.answers.open(client)

    @hookimpl
    def cocapi_namespace(self, client: AnyCocApi) -> SharedCache:
        """Offer its methods as ``api.cache``."""
        self.answers.attach(client)
        return self

    def stats(self) -> Json:
        """As `Cache.stats`, of this client and what it has in memory.

        Returns:
            stats: Has also ``shared``: calls answered by what another process had asked for (most of them
                hits). ``total_entries`` and the like count the memory, not the store.
        """
        return self.answers.stats()

    @hookimpl
    def cocapi_close(self) -> Flow[None]:
        """Tell the other processes what was invalidated a moment ago."""
        return self.answers.close()


def today() -> float:
    """Seconds since 1970, by whatever `time.time` is at this moment."""
    return time.time()
