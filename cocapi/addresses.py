"""What a base URL may be. It is refused here, once for all transports: they read a strange one each in its
own way, and one of them would send the token elsewhere."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from cocapi.errors import ConfigError

__all__ = ["whole_address"]


def whole_address(url: str) -> str:
    """A base URL that every transport reads alike, without a slash at its end.

    Raises:
        ConfigError: it has a part that no base URL has. No password in it is shown.
    """
    if url.startswith("sandbox://"):
        return url if url.endswith("://") else url.rstrip("/")
    if not url.startswith(("http://", "https://")):
        raise ConfigError(
            f"ApiConfig.base_url is {shown(url)}: "
            "it must be an address that begins with https://, http:// or sandbox://"
        )
    if "@" in re.split(r"[/?#]", url.partition("://")[2], maxsplit=1)[0]:
        raise ConfigError(
            f"ApiConfig.base_url is {shown(url)}: it has a user name or password in it, and must not; "
            "the token is all that is sent"
        )
    if not url.isascii() or not url.isprintable() or any(character in url for character in ' "<>\\^`{|}'):
        raise ConfigError(f"ApiConfig.base_url is {shown(url)}: a character in it must be encoded")
    if "?" in url or "#" in url:
        raise ConfigError(f"ApiConfig.base_url is {shown(url)}: it must end before any '?' and '#'")
    if not has_host(url):
        raise ConfigError(
            f"ApiConfig.base_url is {shown(url)}: it must name a host, and no port but 1 to 65535"
        )
    return url.rstrip("/")


def shown(url: str) -> str:
    """An address for an error, without what may be secret: what stands before an ``@``, and its query."""
    visible = re.split(r"(?<=[?#])", url, maxsplit=1)[0]
    if "@" in url[len(visible) :]:
        return "'***'"  # a password may have any character in it
    _, at, after = visible.rpartition("@")
    return repr(f"***@{after}" if at else visible)


def has_host(url: str) -> bool:
    """Whether an address names a host, and a port that is one or none (RFC 3986 section 3.2)."""
    try:
        parts = urlsplit(url)
        return bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return False
