"""The answers that are kept, and the requests under way that will become answers."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

from cachetools import Cache as Store
from cachetools import LRUCache

from cocapi import (
    ApiConfig,
    CocApiError,
    ConnectionFailed,
    Flow,
    Hit,
    Json,
    Request,
    RequestTimeout,
    Response,
    ServerError,
    UnreadableResponse,
)
from cocapi_cache.flight import Flight, Key, Landing
from cocapi_cache.lifetime import Lifetime, lifetime

__all__ = ["Answers"]

RESCUED = (ServerError, RequestTimeout, ConnectionFailed, UnreadableResponse)
"""Failures of the server, or on the way to it, that a stale answer may stand in for (RFC 5861 section 4).
A 4xx is none: it is the server's answer."""


class Entry(NamedTuple):
    """One answer, and the times on the clock until which it is fresh and until which it is kept."""

    response: Response
    fresh_until: float
    kept_until: float


class Answers:
    """A bounded store, least recently used out first, in front of which identical requests meet.

    Whoever asks the network has a flight. The newest flight of a key is the one that others join and
    the only one that is stored, so an answer asked for before `forget()`, or before a call that went
    past the cache, never takes the place of a newer one.
    """

    def __init__(self, config: ApiConfig, clock: Callable[[], float]) -> None:
        self.config = config
        self.clock = clock
        self.entries: LRUCache[Key, Entry] = LRUCache(config.cache_max_entries)
        self.added = self.unswept = 0  # entries ever; stored since all were last looked over
        self.flights: dict[Key, Flight] = {}
        self.counts: Counter[str] = Counter()
        # Reentrant: the garbage collector may close a flow, and so release its flight, at any moment.
        self.lock = threading.RLock()

    def find(self, request: Request) -> Hit | Flow[Hit | None] | None:
        """A fresh answer; a flow that waits for one; or None, and the call leads a flight of its own."""
        if request.method != "GET" or self.config.cache_ttl == 0:
            return None
        if bypassed(request):
            self._lead(request, key_of(request))
            return None
        found = self._meet(request)
        return self._follow(request, found) if isinstance(found, Flight) else found

    def keep(self, request: Request, response: Response) -> None:
        """Store the response to a call that led a flight, and hand it to those who wait."""
        flight = led_by(request)
        if flight is None:
            return
        allowed = self._lifetime(response)
        with self.lock:
            if self._retire(flight) and allowed.seconds > 0:
                self._store(flight.key, response, allowed)
        flight.land(Hit(response) if allowed.seconds > 0 else Landing.UNSHARED)

    def rescue(self, request: Request, error: CocApiError) -> Hit | None:
        """What is kept, in place of a failure; marked when it is past its time."""
        flight = led_by(request)
        if flight is None or bypassed(request) or not isinstance(error, RESCUED):
            return None
        with self.lock:
            entry = self._kept(flight.key)
            late = self.clock() - entry.fresh_until if entry else 0
            self.counts["stale"] += entry is not None and late >= 0
        if entry is None:
            return None
        hit = Hit(entry.response) if late < 0 else Hit(marked(entry.response, late), stale=True)
        flight.land(hit)
        return hit

    def release(self, request: Request) -> None:
        """End the flight that a call led, if it has not landed yet."""
        flight = led_by(request)
        if flight is not None:
            with self.lock:
                self._retire(flight)
            flight.land(Landing.FAILED)

    def forget(self, fits: Callable[[Key], bool]) -> int:
        """Drop the answers whose keys fit, and store none of such requests under way."""
        with self.lock:
            for key in filter(fits, list(self.flights)):
                del self.flights[key]
            self._sweep()
            found = [key for key in self.entries if fits(key)]
            for key in found:
                self.entries.pop(key, None)
            return len(found)

    def stats(self) -> Json:
        """See `Cache.stats`."""
        with self.lock:
            expired = self._sweep()
            total = len(self.entries)
            looked_up = self.counts["hits"] + self.counts["misses"]
            return {
                "enabled": True,
                "total_entries": total,
                "expired_entries": expired,
                "valid_entries": total - expired,
                "default_ttl": self.config.cache_ttl,
                "hit_rate": round(100 * self.counts["hits"] / looked_up, 2) if looked_up else 0,
                "stats": {
                    "hits": self.counts["hits"],
                    "misses": self.counts["misses"],
                    "sets": self.counts["sets"],
                    "evictions": self.added - total,
                    "coalesced": self.counts["coalesced"],
                    "stale": self.counts["stale"],
                },
            }

    def _meet(self, request: Request) -> Hit | Flight | None:
        """In one step: the fresh answer, else the flight to wait for, else None for the new leader."""
        key = key_of(request)
        with self.lock:
            entry = self._kept(key)
            if entry is not None and self.clock() < entry.fresh_until:
                self.counts["hits"] += 1
                return Hit(entry.response)
            if key in self.flights:
                return self.flights[key]
            self.counts["misses"] += 1
            self._lead(request, key)
            return None

    def _follow(self, request: Request, flight: Flight) -> Flow[Hit | None]:
        """Wait for another's answer. When its call fails, one of those who wait leads the next flight.

        All waits of a call together last as long as the attempts of the other may; then, and when
        the answer is not to be shared, the call makes a request of its own.
        """
        until = self.clock() + self.config.max_retries * request.timeout
        found: Hit | Flight | None = flight
        while isinstance(found, Flight):
            yield from found.wait(until - self.clock())
            if found.landing is Landing.FAILED:
                found = self._meet(request)
            elif isinstance(found.landing, Hit):
                return self._share(found.landing)
            else:
                with self.lock:
                    self.counts["misses"] += 1
                    self._lead(request, key_of(request))
                return None
        return found

    def _share(self, hit: Hit) -> Hit:
        """Count an answer that another call fetched."""
        with self.lock:
            self.counts.update(("coalesced", "misses", "stale") if hit.stale else ("coalesced", "hits"))
        return hit

    def _lead(self, request: Request, key: Key) -> None:
        """Note that the call asks the network itself, from now on as the newest of its key."""
        request.state["cache"] = flight = Flight(key)
        with self.lock:
            self.flights[key] = flight

    def _retire(self, flight: Flight) -> bool:
        """Let nobody join a flight any more; True when it was the newest of its key until now."""
        newest = self.flights.get(flight.key) is flight
        if newest:
            del self.flights[flight.key]
        return newest

    def _store(self, key: Key, response: Response, allowed: Lifetime) -> None:
        self.added += self._kept(key) is None
        self.unswept += 1
        if len(self.entries) == self.entries.maxsize and self.unswept * 8 >= self.entries.maxsize:
            self._sweep()  # what is past its time goes first; on average, looking for it costs little
        fresh_until = self.clock() + allowed.seconds
        kept = self.config.cache_stale_if_error if allowed.stale else 0
        self.entries[key] = Entry(response, fresh_until, fresh_until + kept)
        self.counts["sets"] += 1

    def _kept(self, key: Key) -> Entry | None:
        """The entry of a key, if it may still be used in any way; one that may not goes."""
        entry = self.entries.get(key)
        if entry is not None and self.clock() >= entry.kept_until:
            del self.entries[key]
            return None
        return entry

    def _sweep(self) -> int:
        """Let go of all that may no longer be used; returns how many of the rest are past their time."""
        now = self.clock()
        self.unswept = 0
        # Reading as the base class does, since LRUCache would take every look for a use.
        entries = {key: Store.__getitem__(self.entries, key) for key in self.entries}
        for key, entry in entries.items():
            if now >= entry.kept_until:
                del self.entries[key]
        return sum(entry.fresh_until <= now < entry.kept_until for entry in entries.values())

    def _lifetime(self, response: Response) -> Lifetime:
        """How long a response may be used: as configured, or as the server says."""
        ttl = self.config.cache_ttl
        return lifetime(response.headers) if ttl == "server" else Lifetime(ttl)


def key_of(request: Request) -> Key:
    return Key(request.method, request.base_url, request.path, request.query)


def led_by(request: Request) -> Flight | None:
    """The flight that a call leads; None for one that is answered by others, or not cached."""
    return request.state.get("cache")


def bypassed(request: Request) -> bool:
    """Whether the caller wants a fresh answer: ``api.with_options(cache=False)``."""
    return request.options.get("cache") is False


def marked(response: Response, late: float) -> Response:
    """The response with ``"_stale"`` in its object: the seconds that it is past its time.

    A body that another plugin reads, and that is no JSON object, is left alone.
    """
    try:
        answer = json.loads(response.content)
    except (ValueError, RecursionError):
        return response
    if not isinstance(answer, dict):
        return response
    return replace(response, content=json.dumps({**answer, "_stale": round(late, 3)}).encode())
