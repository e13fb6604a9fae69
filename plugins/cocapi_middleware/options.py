"""The options of the plugin."""

from __future__ import annotations

from dataclasses import dataclass

from cocapi.options import HeaderText

__all__ = ["MiddlewareOptions"]


@dataclass(frozen=True)
class MiddlewareOptions:
    """Header fields that are sent with each request.

    Attributes:
        user_agent: The User-Agent; None leaves the transport's own.
        request_id: Whether an X-Request-ID is sent, which names the call.
    """

    user_agent: HeaderText | None = None
    request_id: bool = False
