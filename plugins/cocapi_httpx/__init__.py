"""Sends through httpx's engine, in sync and async code. The default transport.

How connections are lent stands in `lines`, how an attempt's time is bounded in `network`.
"""

from __future__ import annotations

from cocapi import ApiConfig, Transport, hookimpl
from cocapi_httpx.transport import HttpxTransport

__all__ = ["Httpx", "HttpxTransport"]


class Httpx:
    """The plugin ``httpx``: the transport that is always there, used when no other is wanted."""

    def __init__(self, config: ApiConfig) -> None:
        self.config = config

    @hookimpl(trylast=True)
    def cocapi_transport(self, config: ApiConfig) -> Transport | None:
        """Answer for ``transport="httpx"``, and in the end for None."""
        if config.transport not in (None, "httpx") or config.base_url.startswith("sandbox://"):
            return None
        return HttpxTransport(config)
