"""Plugin ``requests``: a synchronous transport for programs that have requests anyway."""

from __future__ import annotations

from importlib.util import find_spec

from cocapi import ApiConfig, MissingExtra, Transport, hookimpl
from cocapi.options import NoOptions
from cocapi_requests.transport import RequestsTransport

__all__ = ["Requests"]


class Requests:
    """Sends with requests where ``transport="requests"`` asks for it."""

    def __init__(self, config: ApiConfig, options: NoOptions | None = None) -> None:
        self.config = config

    @hookimpl
    def cocapi_transport(self) -> Transport | None:
        """Offer requests when it is named.

        Raises:
            MissingExtra: It is named and not installed.
        """
        if self.config.transport != "requests" or not self.config.base_url.startswith("http"):
            return None
        if find_spec("requests") is None:
            raise MissingExtra("transport='requests'", "requests")
        return RequestsTransport(self.config)
