"""The answers that are kept, and the requests under way that will become answers."""

from __future__ import annotations

import json
import threading
from collections import Counter, OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from cocapi import (
    ApiConfig,
    ApiError,
    AttemptRefused,
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
from cocapi.clocks import elapsed
from cocapi.interrupts import reraise
from cocapi_cache.flight import Flight, Follower, Landing, Lead
from cocapi_cache.key import Key, key_of
from cocapi_cache.lifetime import Lifetime, lifetime
from cocapi_cache.options import CacheOptions
from cocapi_cache.selection import selection

__all__ = ["Answers"]

RESCUED = (AttemptRefused, ServerError, RequestTimeout, ConnectionFailed, UnreadableResponse)
"""Failures of the server, or on the way to it, that a stale answer may stand in for (RFC 5861 section 4).
A 4xx is none: it is the server's answer."""

REFUSALS = (400, 403, 404)
"""Status codes that answer the question itself, whoever of this client asks it: they are told to those who
wait for it, and never stored."""


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

    A signal handler may raise between any two instructions. So each change here is one step in C, or what
    is left halfway is put right by whoever comes next: a flight whose leader is gone is led by another.
    """

    def __init__(self, config: ApiConfig, options: CacheOptions, clock: Callable[[], float]) -> None:
        self.config = config
        self.options = options
        self.clock = clock
        self.entries: OrderedDict[Key, Entry] = OrderedDict()  # the least recently used first
        self.renew()

    def renew(self) -> None:
        """Keep the answers, with nothing under way and nothing counted. For the child of a fork: the calls
        that lead flights, and may hold the lock, are in the parent."""
        # Reentrant: the garbage collector may close a flow, and so release its flight, at any moment.
        self.lock: Any = threading.RLock()  # typeshed has no name for it on all versions
        self.flights: dict[Key, Flight] = {}
        self.counts: Counter[str] = Counter()
        self.added: int = len(self.entries)  # entries ever
        self.unswept: int = 0  # stored since all were looked over

    def find(self, request: Request) -> Hit | Flow[Hit | None] | None:
        """A fresh answer; a flow that waits for one; or None, and the call leads a flight of its own."""
        if not self._cacheable(request):
            return None
        meeting = self._meet(request)
        return self._follow(meeting) if isinstance(meeting, Follower) else meeting

    def lead(self, request: Request) -> Flow[None] | None:
        """Let a call lead a flight of its own, past what is kept and what is under way."""
        if self._cacheable(request) and led_by(request) is None:
            self._lead(request, key_of(request))
        return None

    def keep(self, request: Request, response: Response) -> Flow[None] | None:
        """Store the response to a call that led a flight, and hand it to those who wait."""
        lead = led_by(request)
        if lead is not None:
            self._keep(lead.flight, response, self._lifetime(response))
        return None

    def keep_hit(self, request: Request, hit: Hit) -> Flow[None] | None:
        """Store what another cache had, for as long as both allow, and hand it to those who wait."""
        lead = led_by(request)
        if lead is None:
            return None
        flight, allowed = lead.flight, self._lifetime(hit.response)
        seconds = 0 if hit.stale else min(hit.fresh_for or 0, allowed.seconds)
        with self.lock:
            if self._retire(flight) and seconds > 0:
                self._store(flight.key, hit.response, allowed._replace(seconds=seconds))
        flight.land(hit)
        return None

    def rescue(self, request: Request, error: CocApiError) -> Hit | Flow[Hit | None] | None:
        """What is kept, in place of a failure; marked when it is past its time.

        A refusal of the question itself is handed to those who wait, since it would be theirs too.
        """
        lead = led_by(request)
        return None if lead is None else self._rescue(request, lead.flight, error)

    def release(self, request: Request) -> None:
        """The call has ended. If its flight has not landed yet, one of those who wait leads it on."""
        lead = led_by(request)
        if lead is not None:
            self._release(lead)

    def invalidate(self, place: str | None, values: Mapping[str, Any]) -> int:
        """Drop the answers at a place (`selection`), None: all; returns how many there were.

        Raises:
            ValueError: `place` and `values` make no sense.
        """
        if place is None:
            return self.forget(lambda key: True)
        fits = selection(place, values)
        return self.forget(lambda key: fits(key.path, key.query))

    def forget(self, fits: Callable[[Key], bool]) -> int:
        """Drop the answers whose keys fit, and store none of such requests under way."""
        with self.lock:
            for key in filter(fits, list(self.flights)):
                del self.flights[key]
            self._sweep()
            dropped = [key for key in self.entries if fits(key)]
            for key in dropped:
                self.entries.pop(key, None)
            return len(dropped)

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
                "default_ttl": self.options.ttl,
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

    def _meet(self, request: Request) -> Hit | Follower | None:
        """In one step: the fresh answer, else the flight to wait for, else None for the new leader."""
        key = key_of(request)
        with self.lock:
            entry = self._kept(key)
            fresh_for = entry.fresh_until - self.clock() if entry is not None else 0.0
            if entry is not None and fresh_for > 0:
                self.counts["hits"] += 1
                return Hit(entry.response, fresh_for=fresh_for)
            flight = self.flights.get(key)
            if flight is not None and flight.landing is None and not flight.abandoned:
                return flight.follow(request)
            self.counts["misses"] += 1
            self._lead(request, key, flight)
            return None

    def _follow(self, follower: Follower) -> Flow[Hit | None]:
        """Wait for another's answer, or for the turn to lead. None: this call asks the network.

        All waits of a call together last as long as the attempts of the other may; then, and when
        the answer is not to be shared, the call makes a request of its own.
        """
        until = elapsed() + self.config.max_retries * follower.request.timeout
        meeting: Hit | Follower | None = follower
        try:
            while isinstance(meeting, Follower):
                yield from meeting.wait(until - elapsed())
                meeting = self._look_up(meeting, late=elapsed() >= until)
        finally:
            if isinstance(meeting, Follower):
                meeting.waits = False  # it is gone, and must not be chosen to lead
        return meeting

    def _look_up(self, follower: Follower, late: bool) -> Hit | Follower | None:
        """What one who waits finds: the answer, that it leads now, or that it has to wait on."""
        flight, request = follower.flight, follower.request
        with self.lock:
            landing = flight.landing
            if led_by(request) is not None:
                self.counts["misses"] += 1
                return None
            if isinstance(landing, Hit):
                return self._share(landing)
            if landing is Landing.SUPERSEDED:
                return self._meet(request)
            if landing is Landing.UNSHARED or late or flight.abandoned:
                follower.waits = False
                self.counts["misses"] += 1
                self._lead(request, flight.key, flight if flight.abandoned else None)
                return None
            return follower

    def _share(self, hit: Hit) -> Hit:
        """Count an answer that another call fetched."""
        answered = hit.response.status_code < 400 and not hit.stale
        self.counts.update(("coalesced", "hits" if answered else "misses"))
        self.counts["stale"] += hit.stale
        return hit

    def _lead(self, request: Request, key: Key, flight: Flight | None = None) -> None:
        """Let the call ask the network itself, in a flight that is the newest of its key from now on.

        Args:
            request: Of the call.
            key: What it asks.
            flight: One that lost its leader; None, or one that has landed: the call leads a new one.
        """
        if flight is None or flight.landing is not None:
            flight = Flight(key)
        flight.hand_to(request)
        with self.lock:
            self.flights[key] = flight

    def _release(self, lead: Lead) -> None:
        with self.lock:
            self._pass_on(lead.flight)

    def _pass_on(self, flight: Flight) -> None:
        """Let the one that has waited longest lead, now that the call which did has ended without answer.
        Those who wait for a flight that is not the newest any more join the one that is."""
        newest = self.flights.get(flight.key, flight)
        if newest is not flight:
            flight.land(Landing.SUPERSEDED)
        while flight.landing is None:
            follower = flight.next()
            if follower is None:
                self._retire(flight)
                flight.landing = Landing.SUPERSEDED
                return
            self._lead(follower.request, flight.key, flight)
            if follower.wake():
                return
            follower.request.state.pop("cache", None)  # its event loop is closed

    def _stale(self, key: Key) -> Hit | None:
        """What is kept of a key, marked when it is past its time."""
        with self.lock:
            entry = self._kept(key)
            late = self.clock() - entry.fresh_until if entry else 0
            self.counts["stale"] += entry is not None and late >= 0
        if entry is None:
            return None
        return Hit(entry.response) if late < 0 else Hit(marked(entry.response, late), stale=True)

    def _keep(self, flight: Flight, response: Response, allowed: Lifetime) -> bool:
        """Land a flight with what came back; True when that was stored."""
        with self.lock:
            stored = self._retire(flight) and allowed.seconds > 0
            if stored:
                self._store(flight.key, response, allowed)
        flight.land(Hit(response) if allowed.seconds > 0 else Landing.UNSHARED)
        return stored

    def _rescue(self, request: Request, flight: Flight, error: CocApiError) -> Hit | None:
        if isinstance(error, RESCUED):
            hit = None if request.fresh else self._stale(flight.key)
            if hit is not None:
                self._land(flight, hit)
            return hit
        refusal = refusal_in(error)
        if refusal is not None:
            self._land(flight, Hit(refusal))
        return None

    def _land(self, flight: Flight, hit: Hit) -> None:
        """Hand something that is not stored to those who wait; nobody joins them any more."""
        with self.lock:
            self._retire(flight)
        flight.land(hit)

    def _retire(self, flight: Flight) -> bool:
        """Let nobody join a flight any more; True when it was the newest of its key until now."""
        newest = self.flights.get(flight.key) is flight
        if newest:
            del self.flights[flight.key]
        return newest

    def _store(self, key: Key, response: Response, allowed: Lifetime) -> None:
        most = self.options.max_entries
        self.added += self._kept(key) is None
        self.unswept += 1
        if len(self.entries) >= most and self.unswept * 8 >= most:
            self._sweep()  # what is past its time goes first; on average, looking for it costs little
        fresh_until = self.clock() + allowed.seconds
        stale_for = self.options.stale_if_error if allowed.stale else 0
        self.entries[key] = Entry(response, fresh_until, fresh_until + stale_for)
        while len(self.entries) > most:
            self.entries.popitem(last=False)
        self.counts["sets"] += 1

    def _kept(self, key: Key) -> Entry | None:
        """The entry of a key, if it may still be used in any way, as the most recently used; one that may
        not goes."""
        entry = self.entries.get(key)
        if entry is None:
            return None
        if self.clock() >= entry.kept_until:
            del self.entries[key]
            return None
        self.entries.move_to_end(key)
        return entry

    def _sweep(self) -> int:
        """Let go of all that may no longer be used; returns how many of the rest are past their time."""
        now = self.clock()
        self.unswept = 0
        entries = dict(self.entries)
        for key, entry in entries.items():
            if now >= entry.kept_until:
                del self.entries[key]
        return sum(entry.fresh_until <= now < entry.kept_until for entry in entries.values())

    def _cacheable(self, request: Request) -> bool:
        return request.method == "GET" and self.options.ttl != 0

    def _lifetime(self, response: Response) -> Lifetime:
        """How long a response may be used: as configured, or as the server says."""
        ttl = self.options.ttl
        return lifetime(response.headers) if ttl == "server" else Lifetime(ttl)


def refusal_in(error: CocApiError) -> Response | None:
    """The response that answers the question itself, whoever asks it; None: there is none in the error."""
    return error.response if isinstance(error, ApiError) and error.status_code in REFUSALS else None


def led_by(request: Request) -> Lead | None:
    """The lead that a call has of a flight; None for one that is answered by others, or not cached."""
    return request.state.get("cache")


def marked(response: Response, late: float) -> Response:
    """The response with ``"_stale"`` in its object: the seconds that it is past its time.

    A body that another plugin reads, and that is no JSON object, is left alone.
    """
    try:
        answer = json.loads(response.content)
    except (ValueError, RecursionError) as error:
        reraise(error)
        return response
    if not isinstance(answer, dict):
        return response
    return replace(response, content=json.dumps({**answer, "_stale": round(late, 3)}).encode())
