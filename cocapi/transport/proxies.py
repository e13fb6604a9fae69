"""Which proxy leads to a host: one rule for every transport.

The environment decides, as for Python's own `urllib.request`: ``HTTP_PROXY``, ``HTTPS_PROXY`` and
``ALL_PROXY``, in lower or upper case (lower wins), or what macOS and Windows have in their settings. No
proxy is used for a host that ``NO_PROXY`` names.
"""

from __future__ import annotations

import re
from ipaddress import ip_address, ip_network
from urllib.request import getproxies, proxy_bypass

from cocapi.interrupts import reraise

__all__ = ["excepted", "proxy_for"]


def proxy_for(scheme: str, host: str, port: int) -> str | None:
    """The address of the proxy for a host, with its scheme and maybe a password; None: straight on."""
    proxies = getproxies()
    named = proxies.get(scheme) or proxies.get("all")
    if not named or excepted(host, port, proxies.get("no", "")) or proxy_bypass(host):
        return None
    return named if "://" in named else f"http://{named}"


def excepted(host: str, port: int, no_proxy: str) -> bool:
    """Whether `no_proxy` names a host: ``*`` names all; ``example.com``, ``.example.com`` and
    ``*.example.com`` the domain and all below it; ``10.0.0.0/8`` a network; ``host:8080`` one port. A dot at
    the end, of host or entry, makes no other name (RFC 1034 section 3.1)."""
    host = host.lower().removesuffix(".")
    return any(fits(entry, host, port) for entry in re.split(r"[\s,]+", no_proxy.lower()) if entry)


def fits(entry: str, host: str, port: int) -> bool:
    name, _, number = entry.rpartition(":")
    if number.isdecimal() and name and (":" not in name or name.startswith("[")):
        if int(number[:6]) != port:
            return False
        entry = name
    try:
        return ip_address(host) in ip_network(entry.strip("[]"), strict=False)
    except ValueError as error:
        reraise(error)
        domain = entry.removeprefix("*").removeprefix(".").removesuffix(".")
        return entry == "*" or host == domain or (bool(domain) and host.endswith(f".{domain}"))
