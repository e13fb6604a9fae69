"""A proxy: where it is, and how it is asked."""

from __future__ import annotations

import base64
import ssl
from dataclasses import dataclass, field

from cocapi_httpx.message import Fields, Message

__all__ = ["PORTS", "Proxy"]

PORTS = {"http": 80, "https": 443, "socks5": 1080, "socks5h": 1080}


@dataclass(frozen=True, eq=False)
class Proxy:
    """Where a proxy is.

    Attributes:
        auth: Name and password; None without.
        ssl_context: None where it is not spoken to in TLS.
    """

    scheme: str
    host: str
    port: int
    auth: tuple[bytes, bytes] | None = field(repr=False)
    ssl_context: ssl.SSLContext | None = None

    def authorization(self) -> list[tuple[bytes, bytes]]:
        """The field that carries name and password (RFC 7617)."""
        if self.auth is None:
            return []
        return [(b"proxy-authorization", b"Basic " + base64.b64encode(b":".join(self.auth)))]

    def connect_message(self, host: str, port: int) -> Message:
        """What asks for a tunnel (RFC 9110 section 9.3.6)."""
        target = f"[{host}]:{port}".encode() if ":" in host else f"{host}:{port}".encode()
        return Message(b"CONNECT", target, Fields([(b"host", target), *self.authorization()]))
