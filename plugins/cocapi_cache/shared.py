"""Answers in memory, and behind them a store that is shared with other processes.

    memory ─ hit ────────────────────────────────▶ as without a store
      │ miss: the call leads its flight
    store ── hit ────────────────────────────────▶ kept in memory, handed to those who wait
      │ miss: the lease, unless another process holds it ─ wait ─▶ its answer, or the lease when it has ended
    network ─────────────────────────────────────▶ kept in memory, and in the store in exchange for the lease

A store that fails is passed over: what comes then is what comes without one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from cocapi import (
    AnyCocApi,
    ApiConfig,
    CocApiError,
    Flow,
    Hit,
    Json,
    Request,
    Response,
    StoreUnavailable,
    key_id_of,
    sleep,
)
from cocapi.clocks import elapsed
from cocapi_cache.answers import Answers, led_by, refusal_in
from cocapi_cache.backing import STALE, UNSHARED, Backing
from cocapi_cache.flight import Follower, Landing, Lead
from cocapi_cache.invalidations import Invalidations
from cocapi_cache.lifetime import Lifetime
from cocapi_cache.options import CacheOptions
from cocapi_cache.selection import Selection
from cocapi_cache.stored import StoredAnswer

__all__ = ["SharedAnswers"]

FIRST_LOOK = 0.005
"""Seconds after which one who waits for another process looks for the answer; each further time is twice as
long."""

LONGEST_LOOK = 0.1
"""Seconds between two looks at most."""


class SharedAnswers(Answers):
    """As `Answers`, and what other processes know besides.

    Args:
        config: As there.
        options: As there; `scope` says who shares.
        clock: As there.
        date: Seconds since 1970, by which the ages of stored answers are told across hosts.
    """

    def __init__(
        self,
        config: ApiConfig,
        options: CacheOptions,
        clock: Callable[[], float],
        date: Callable[[], float],
    ) -> None:
        self.date = date
        self.backing: Backing | None = None  # until there is a client
        self.invalidations = Invalidations(self._forget_invalidated)
        super().__init__(config, options, clock)

    def renew(self) -> None:
        """See `Answers.renew`. What is to be told to others, and the leases, are the parent's."""
        super().renew()
        self.invalidations.renew()
        if self.backing is not None:
            self.backing.renew()

    def attach(self, client: AnyCocApi) -> Backing:
        """Use the store of the client from now on."""
        if self.backing is None:
            scope = self.options.scope or key_id_of(client.token or "")
            self.backing = Backing(client.store, scope, self.invalidations)
        return self.backing

    def open(self, client: AnyCocApi) -> Flow[None]:
        """Learn what was invalidated, and go on doing so in the background."""
        backing = self.attach(client)
        client.background.start(backing.keep_up, "keeping up with other processes")
        yield from backing.catch_up()

    def close(self) -> Flow[None]:
        """Tell the others what they do not know yet."""
        if self.backing is not None:
            yield from self.backing.settle()

    def invalidate(self, place: str | None, values: Mapping[str, Any]) -> int:
        """See `Answers.invalidate`. The other processes learn of it soon."""
        dropped = super().invalidate(place, values)
        self.invalidations.add(place, values)
        return dropped

    def stats(self) -> Json:
        """See `Answers.stats`, and `SharedCache.stats`."""
        stats = super().stats()
        stats["stats"]["shared"] = self.counts["shared"]
        return stats

    # A call, step by step

    def find(self, request: Request) -> Hit | Flow[Hit | None] | None:
        """See `Answers.find`; a miss asks the store."""
        if self.backing is None or not self._cacheable(request):
            return super().find(request)
        if elapsed() > self.invalidations.outdated_at:
            return self._find_when_caught_up(self.backing, request)
        meeting = self._meet(request)
        return meeting if isinstance(meeting, Hit) else self._seek(self.backing, request, meeting)

    def lead(self, request: Request) -> Flow[None] | None:
        """See `Answers.lead`. What was invalidated here is told first, lest it mean the answer too."""
        super().lead(request)
        lead = led_by(request)
        if lead is None or lead.mark is not None or self.backing is None:
            return None
        if self.invalidations.untold:
            return self._lead_when_told(self.backing, lead)
        lead.mark = self.invalidations.mark
        return None

    def keep(self, request: Request, response: Response) -> Flow[None] | None:
        """See `Answers.keep`; the store keeps it too."""
        lead = led_by(request)
        if lead is None:
            return None
        allowed = self._lifetime(response)
        stored = self._keep(lead.flight, response, allowed)
        if self.backing is None:
            return None
        return self._publish(self.backing, lead, response, allowed, stored)

    def keep_hit(self, request: Request, hit: Hit) -> Flow[None] | None:
        """See `Answers.keep_hit`. The later cache has it; whoever else asks finds it there."""
        super().keep_hit(request, hit)
        lead = led_by(request)
        return None if self.backing is None or lead is None else self.backing.release(lead)

    def rescue(self, request: Request, error: CocApiError) -> Hit | Flow[Hit | None] | None:
        """See `Answers.rescue`; those who wait in other processes learn how it ended."""
        lead = led_by(request)
        if lead is None:
            return None
        hit = self._rescue(request, lead.flight, error)
        if self.backing is None or lead.lease is None:
            return hit
        return self._end(self.backing, lead, refusal_in(error) if hit is None else STALE, hit)

    # Before the network

    def _find_when_caught_up(self, backing: Backing, request: Request) -> Flow[Hit | None]:
        """As `find`, for a process that has not looked at the log for too long."""
        yield from backing.catch_up()
        meeting = self._meet(request)
        if isinstance(meeting, Hit):
            return meeting
        return (yield from self._seek(backing, request, meeting))

    def _lead_when_told(self, backing: Backing, lead: Lead) -> Flow[None]:
        """Tell what was invalidated here; what the call then brings is newer than that."""
        yield from self.invalidations.tell(backing.store)
        lead.mark = self.invalidations.mark

    def _seek(self, backing: Backing, request: Request, follower: Follower | None) -> Flow[Hit | None]:
        """What another call of this process finds, or the store has, or another process asks for. None: this
        call asks the network."""
        until = elapsed() + request.timeout
        if follower is not None:
            hit = yield from self._follow(follower)
            if hit is not None or follower.flight.landing is Landing.UNSHARED:
                return hit
        lead = led_by(request)
        if lead is None:
            return None
        with suppress(StoreUnavailable):
            return (yield from self._ask_store(backing, lead, until))
        return None

    def _ask_store(self, backing: Backing, lead: Lead, until: float) -> Flow[Hit | None]:
        """What the store has, or another process puts there. None: the call asks the network, and its lead
        has the mark of what was known to be invalidated."""
        if self.invalidations.untold:
            yield from self.invalidations.tell(backing.store)
        hit = yield from self._look(backing, lead)
        if hit is None and lead.lease is None:
            hit = yield from self._wait_for_lease(backing, lead, until)
        lead.mark = self.invalidations.mark
        return hit

    def _look(self, backing: Backing, lead: Lead) -> Flow[Hit | None]:
        """The answer in the store, if it is fresh. One that is stale is kept for when the API fails."""
        answer = yield from backing.get_or_claim(lead, self._is_fresh)
        return None if answer is None else self._take(lead, answer)

    def _wait_for_lease(self, backing: Backing, lead: Lead, until: float) -> Flow[Hit | None]:
        """What another process asks for. None: this call asks, holding the lease; or without it, when it has
        waited for as long as it may."""
        pause = FIRST_LOOK
        while lead.lease is None:
            seconds = until - elapsed()
            if seconds <= 0:
                return None
            yield from sleep(min(pause, seconds))
            pause = min(2 * pause, LONGEST_LOOK)
            hit = yield from self._look(backing, lead)
            if hit is not None:
                return hit
        end = yield from backing.end(lead.flight.key)
        hit = self._share_end(lead, end)
        if hit is not None or end == UNSHARED:
            yield from backing.release(lead)
        return hit

    def _is_fresh(self, answer: StoredAnswer) -> bool:
        return self._fresh_for(answer) > 0

    def _fresh_for(self, answer: StoredAnswer) -> float:
        """Seconds for which a stored answer may be used, as this process and whoever stored it see it."""
        age = max(0.0, self.date() - answer.arrived)
        return min(self._lifetime(answer.response).seconds, answer.seconds) - age

    def _take(self, lead: Lead, answer: StoredAnswer) -> Hit | None:
        """Keep in memory what the store has; a hit for all who wait, if it is fresh."""
        flight, response, fresh_for = lead.flight, answer.response, self._fresh_for(answer)
        remaining = self._lifetime(response)._replace(seconds=fresh_for)
        if fresh_for <= 0:
            with self.lock:
                if self.flights.get(flight.key) is flight:
                    self._store(flight.key, response, remaining)
            return None
        self._count_shared()
        with self.lock:
            if self._retire(flight):
                self._store(flight.key, response, remaining)
        hit = Hit(response, fresh_for=fresh_for)
        flight.land(hit)
        return hit

    def _share_end(self, lead: Lead, end: bytes | Response | None) -> Hit | None:
        """How the request of another process ended, where that goes for this call too."""
        if isinstance(end, Response):
            hit: Hit | None = Hit(end)
        else:
            hit = self._stale(lead.flight.key) if end == STALE else None
        if hit is not None:
            with self.lock:
                self.counts.update(("coalesced", "shared"))
            self._land(lead.flight, hit)
        return hit

    def _count_shared(self) -> None:
        """The look-up that was counted as a miss is a hit, of another process's answer."""
        with self.lock:
            self.counts["misses"] -= 1
            self.counts.update(("hits", "shared"))

    # After the network

    def _publish(
        self, backing: Backing, lead: Lead, response: Response, allowed: Lifetime, stored: bool
    ) -> Flow[None]:
        """Put into the store what memory keeps, or tell the others where nothing is kept; the lease is given
        back in any case."""
        if stored and lead.mark is not None:
            answer = StoredAnswer(response, self.date(), allowed.seconds, lead.mark)
            stale = self.options.stale_if_error if allowed.stale else 0
            yield from backing.put(lead, answer, allowed.seconds + stale)
        elif allowed.seconds <= 0:
            yield from backing.tell_end(lead, UNSHARED)
        else:
            yield from backing.release(lead)

    def _end(
        self, backing: Backing, lead: Lead, end: bytes | Response | None, hit: Hit | None
    ) -> Flow[Hit | None]:
        """Tell those who wait in other processes how the request ended, and release the lease."""
        with suppress(StoreUnavailable):
            if end is None:
                yield from backing.release(lead)
            else:
                yield from backing.tell_end(lead, end)
        return hit

    def _release(self, lead: Lead) -> None:
        """See `Answers.release`. Who leads the flight on has the lease; where nobody does, it is released
        soon."""
        super()._release(lead)
        if lead.lease is not None and self.backing is not None:
            self.backing.leases.pass_on(lead, lead.flight.lead)

    def _forget_invalidated(self, fits: Selection) -> None:
        """Drop what another process invalidated."""
        self.forget(lambda key: fits(key.path, key.query))
