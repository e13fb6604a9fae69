"""The way to the transport of one address and one mode, and the calls that are under way on it."""

from __future__ import annotations

import weakref
from typing import Any

from cocapi.calls.drivers import AsyncIO, SyncIO
from cocapi.calls.effects import Flow
from cocapi.client.bearer import Bearer, Wrapped
from cocapi.transport import Mode

__all__ = ["Wire"]


class Wire:
    """The way to the transport.

    Attributes:
        transport: What calls send through: a plugin's wrapper, or `bearer` itself.
        bearer: The end of the way, which has the token and the plugin's transport.
        mode: What it was chosen for.
        calls: The flows of the calls that are under way on it, weakly: one that an interrupt ended is under
            way no more, wherever it hit.
    """

    sync_io: SyncIO
    async_io: AsyncIO

    def __init__(self, transport: Bearer | Wrapped, bearer: Bearer, mode: Mode) -> None:
        self.transport = transport
        self.bearer = bearer
        self.mode: Mode = mode
        self.calls: set[weakref.ref[Flow[Any]]] = set()

    def enter(self, flow: Flow[Any]) -> None:
        """Note that a call is under way."""
        self.calls.add(weakref.ref(flow, self.calls.discard))  # in C: no exception can come between

    def leave(self, flow: Flow[Any]) -> None:
        """Note that a call has ended."""
        self.calls.discard(weakref.ref(flow))
