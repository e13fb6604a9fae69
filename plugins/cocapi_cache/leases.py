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

    def hold(self, lease: Lease, lead: Lead) -> None:
        """Let a call ask the API alone from now on."""
        lead.lease = lease
        self.held[lease] = weakref.ref(lead)

    def drop(self, lead: Lead) -> None:
        """A call has released what it held. Where the store was away meanwhile, it has not: `tend` does."""
        lease, lead.lease = lead.lease, None
        if lease is not None:
            self.held.pop(lease, None)

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
            self.hold(lease, heir)
