"""Plugin ``httpx``: the default transport, synchronous and asynchronous, on asyncio and trio."""

from __future__ import annotations

from cocapi import ApiConfig, Transport, hookimpl
from cocapi.options import NoOptions
from cocapi_httpx.transport import HttpxTransport

__all__ = ["Httpx"]


class Httpx:
    """Sends with httpx where no other transport is asked for."""

    def __init__(self, config: ApiConfig, options: NoOptions | None = None) -> None:
        self.config = config

    @hookimpl(trylast=True)
    def cocapi_transport(self) -> Transport | None:
        """Offer httpx, after the transports that are faster where they are installed."""
        if self.config.base_url.startswith("http") and self.config.transport in (None, "httpx"):
            return HttpxTransport(self.config)
        return None
