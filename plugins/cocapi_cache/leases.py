"""The leases of this process: what it asks the API for, and no other process does meanwhile.

A lease is short, and is extended while the call that leads it is under way: so the others wait for a process
that was killed no longer than that.
"""

from __future__ import annotations

import weakref

from cocapi import Flow, Lease, Store
from cocapi_cache.flight import Lead

__all__ = ["LEASE", "Leases"]

LEASE = 3.0
"""Seconds for which a lease is claimed; three times as long as it takes until it is extended."""


class Leases:
    """Which leases are held, and by which call; calls are referred to weakly."""

    def __init__(self) -> None:
        self.held: dict[Lease, weakref.ref[Lead]] = {}

    def claim(self, store: Store, key: str, lead: Lead) -> Flow[bool]:
        """Let a call ask the API alone; False: another one does."""
        lease = yield from store.claim(key, LEASE)
        if lease is not None:
            lead.lease = lease
            self.held[lease] = weakref.ref(lead)
        return lease is not None

    def release(self, store: Store, lead: Lead) -> Flow[None]:
        """Let the next one ask, now that a call has ended."""
        lease, lead.lease = lead.lease, None
        if lease is not None:
            self.held.pop(lease, None)
            yield from store.release(lease)

    def tend(self, store: Store) -> Flow[None]:
        """Extend the leases of calls that are under way; release those of calls that have vanished, which
        nobody told of their end.

        Raises:
            StoreUnavailable: The rest is left to run out.
        """
        for lease, lead in list(self.held.items()):
            leading = lead()
            if leading is not None and leading.lease is lease:
                if not (yield from store.extend(lease, LEASE)):
                    self.held.pop(lease, None)  # the call goes on; another may ask the same meanwhile
            else:
                self.held.pop(lease, None)
                yield from store.release(lease)

    def pass_on(self, lead: Lead, heir: Lead | None) -> None:
        """A call has ended in a way that leaves no time for the store. Who leads its flight on holds the
        lease; where nobody does, `tend` releases it."""
        lease, lead.lease = lead.lease, None
        if lease is not None and heir is not None and heir is not lead:
            heir.lease = lease
            self.held[lease] = weakref.ref(heir)
