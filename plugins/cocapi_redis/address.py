"""Which server a setting names."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from cocapi import ConfigError

__all__ = ["Address", "address_of"]

FORM = (
    "write 'redis://user:password@host:6379/0', or rediss:// for TLS; user, password, port and number may be "
    "left out"
)


@dataclass(frozen=True)
class Address:
    """A database of a server.

    Args:
        host: Its name or number.
        port: Its TCP port.
        database: The number of the database in it.
        user: None: the server's default user.
        password: None: none is asked for.
        tls: Whether the connection is encrypted, and the server's certificate verified.
    """

    host: str
    port: int
    database: int
    user: str | None
    password: str | None = field(repr=False)
    tls: bool


def address_of(store: str) -> Address | None:
    """The server of ``redis://host`` or ``rediss://user:password@host:port/database``.

    Args:
        store: `ApiConfig.store`.

    Returns:
        Where it is; None: the setting is for another plugin.

    Raises:
        ConfigError: It names no server. The message shows neither user nor password.
    """
    if store.partition(":")[0] not in ("redis", "rediss"):
        return None
    try:
        parts = urlsplit(store)
        host, port = parts.hostname, parts.port or 6379
        database = int(parts.path.strip("/") or 0)
    except ValueError:
        raise ConfigError(f"store= is no address of a Redis server: {FORM}") from None
    if not host or database < 0:
        raise ConfigError(f"store= is no address of a Redis server: {FORM}")
    if parts.query or parts.fragment:
        raise ConfigError(
            "store= may have no '?' or '#': what else redis needs stands in plugins={'redis': {…}}, and such "
            "characters of a password are written as %3F and %23"
        )
    return Address(
        host,
        port,
        database,
        unquote(parts.username) if parts.username else None,
        unquote(parts.password) if parts.password else None,
        parts.scheme == "rediss",
    )
