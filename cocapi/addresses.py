"""Base URLs that every transport reads alike.

HTTP libraries disagree on what is no URI: for one the host of ``http://A\\@B/v1`` is A, for another B, and
the token goes there. So only what RFC 3986 allows is taken, without the parts that no base URL has.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Collection
from ipaddress import AddressValueError, IPv4Address, IPv6Address

from cocapi.errors import ConfigError
from cocapi.text import printable

__all__ = ["ALLOWED", "NO_WITNESS", "origin_of", "refuse_untrusted", "shown", "whole_address"]

ALLOWED = "an address that begins with https://, http:// or the name of a plugin that serves it"

PARTS = re.compile(r"(?P<scheme>https?)://(?P<authority>[^/?#\\]*)(?P<path>.*)", re.DOTALL)
AUTHORITY = re.compile(r"(?P<host>\[.*\]|[^:]*)(?P<port>:.*)?", re.DOTALL)
LABEL = re.compile(r"[0-9A-Za-z_]([0-9A-Za-z_-]{0,61}[0-9A-Za-z_])?")
"""A part of a host name (RFC 1123 section 2.1), with the ``_`` that container networks use."""

NUMBER = re.compile(r"[0-9]+|0[xX][0-9A-Fa-f]*")
PATH = re.compile(r"(?:[0-9A-Za-z._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*")
"""RFC 3986 section 3.3."""

DOTS = re.compile(r"/(?:\.|%2e){1,2}(?=/|$)", re.IGNORECASE)
"""Segments that some libraries resolve and others send."""


PLUGIN_SCHEME = re.compile(r"(?P<scheme>[A-Za-z][\w+.-]*)://(?P<authority>[^/?#]*)(?P<rest>.*)", re.DOTALL)
"""An address that a plugin reads: its scheme is the plugin's name."""


@functools.cache
def installed_plugins() -> frozenset[str]:
    """The names of the plugins that are registered; none where Python knows of none of cocapi's own."""
    from importlib.metadata import entry_points  # for addresses that plugins serve

    points = entry_points(group="cocapi")
    own = any(point.dist is not None and point.dist.name == "cocapi" for point in points)
    return frozenset(point.name for point in points if own)


def whole_address(url: str, name: str = "ApiConfig.base_url", plugins: Collection[str] = ()) -> str:
    """`url` without a slash at its end, checked: scheme, host, port or none, the beginning of the path.

    What stands behind the name of a plugin is for that plugin to read.

    Args:
        url: Such an address, perhaps.
        name: What it is the value of, for the error.
        plugins: The names of plugins that may serve it, beside those that are registered.

    Raises:
        ConfigError: It is no such address; the sentence says what is wrong with it, and shows no password.
    """
    if not url.startswith(("http://", "https://")):
        served = PLUGIN_SCHEME.fullmatch(url)
        scheme = served and served["scheme"]
        known = installed_plugins()
        # Where no plugin of cocapi's is registered, the client says so, and why.
        if not scheme or (known and scheme not in known and scheme not in plugins):
            raise ConfigError(f"{name} is {shown(url)}: it must be {ALLOWED}")
        return url if url.endswith("://") else url.rstrip("/")
    if wrong := flaw(url):
        raise ConfigError(f"{name} is {shown(url)}: it must be {ALLOWED}; {wrong}")
    return url.rstrip("/")


PORT_OF = {"http": 80, "https": 443}
"""Those that need not be written (RFC 9110 section 4.2)."""


def origin_of(url: str, name: str = "ApiConfig.base_url") -> str:
    """Scheme, host and port of an address as an address, in lower case and without the scheme's own port
    (RFC 6454 section 4): ``"https://api.clashofclans.com"``. Of an address that a plugin serves in the
    process: the plugin's name, ``"sandbox://"``.

    Args:
        url: The address.
        name: What it is the value of, for the error.

    Raises:
        ConfigError: It is no such address.
    """
    served = None if url.startswith(("http://", "https://")) else PLUGIN_SCHEME.fullmatch(url)
    if served is not None:
        return f"{served['scheme']}://{served['authority'].lower()}"
    parts = PARTS.fullmatch(whole_address(url, name))
    authority = parts and AUTHORITY.fullmatch(parts["authority"].lower())
    if not parts or not authority:
        raise ConfigError(f"{name} is {shown(url)}: it must be {ALLOWED}")
    port = int((authority["port"] or ":0")[1:])
    suffix = f":{port}" if port not in (0, PORT_OF[parts["scheme"]]) else ""
    return f"{parts['scheme']}://{authority['host']}{suffix}"


NO_WITNESS = (
    "trust_base_url cannot stand in a file, which would vouch for itself; set COCAPI_TRUST_BASE_URL, or pass "
    "trust_base_url in code"
)


def refuse_untrusted(base_url: str, place: str, trusted: tuple[str | None, ...]) -> None:
    """Refuse an address that a file or the environment names, for whoever lays a file into a directory does
    not thereby get the token of everybody who starts a program there. What goes to an address without a host,
    ``sandbox://``, stays in the process.

    Args:
        base_url: The address.
        place: Where it stands, in words.
        trusted: Addresses whose origins may be sent tokens; None: none.

    Raises:
        ConfigError: Its origin is none of these. The sentence says how to vouch for it.
    """
    origin = origin_of(base_url)
    if not origin.endswith("://") and origin not in {
        origin_of(url, "trust_base_url") for url in trusted if url
    }:
        raise ConfigError(
            f"{place} is {shown(base_url)}, and tokens would be sent there: if you trust that address, set "
            f"COCAPI_TRUST_BASE_URL={origin}, or pass base_url in code or as --base-url"
        )


def shown(url: str) -> str:
    """An address as an error quotes it: on one line, without what may be secret, which is what stands before
    an ``@``, and the query."""
    visible = re.split(r"(?<=[?#])", url, maxsplit=1)[0]
    if "@" in url[len(visible) :]:
        return "'***'"  # a password may have any character in it
    _, at, after = visible.rpartition("@")
    return f"'{printable(f'***@{after}' if at else visible, 200)}'"


def flaw(url: str) -> str:
    """What is wrong with an address of http or https, and the way out; ``""`` when nothing is."""
    if not url.isprintable() or " " in url:
        return "white space and control characters are no part of one"
    parts = PARTS.fullmatch(url)
    if parts is None:
        return "it has no host"
    authority, path = parts["authority"], parts["path"]
    if "@" in authority or path.startswith("\\"):
        return "it may have no user name and password, and no backslash: the token is all that is sent"
    if "?" in path or "#" in path:
        return "it ends before any query ('?') and fragment ('#'): paths are added to its end"
    return flaw_of_authority(authority) or flaw_of_path(path)


def flaw_of_authority(authority: str) -> str:
    parts = AUTHORITY.fullmatch(authority)
    if parts is None:
        return "its host and port cannot be told apart; an IPv6 address stands in brackets, http://[::1]/"
    port = parts["port"]
    if port is not None and not (
        port.isascii() and port[1:].isdigit() and len(port) <= 6 and 0 < int(port[1:]) < 65536
    ):
        return "its port is no number from 1 to 65535"
    return flaw_of_host(parts["host"])


def flaw_of_host(host: str) -> str:
    if not host:
        return "it has no host"
    if not host.isascii():
        return "its host has letters beyond ASCII: write it as it is sent, xn--…"
    if host.startswith("["):
        return "" if is_ipv6(host[1:-1]) else "what stands in brackets is no IPv6 address"
    labels = host.removesuffix(".").split(".")
    if len(host) > 253 or not all(map(LABEL.fullmatch, labels)):
        return "its host is no name: letters, digits, '-' and '_' between dots"
    if NUMBER.fullmatch(labels[-1]) and not is_ipv4(host):
        return "its host is no IPv4 address: four numbers from 0 to 255 between dots"
    return ""


def flaw_of_path(path: str) -> str:
    if not PATH.fullmatch(path):
        return "a character in its path must be percent-encoded"
    return "its path may have no segment '.' or '..'" if DOTS.search(path) else ""


def is_ipv6(text: str) -> bool:
    """Whether it is an IPv6 address; one with a zone, ``fe80::1%eth0``, is read in several ways."""
    try:
        IPv6Address(text)
    except AddressValueError:
        return False
    return "%" not in text


def is_ipv4(text: str) -> bool:
    try:
        IPv4Address(text)
    except AddressValueError:
        return False
    return True
