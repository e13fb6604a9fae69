"""Sockets through a SOCKS proxy, by PySocks, which requests uses as well."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from cocapi import ConnectionFailed

if TYPE_CHECKING:
    from cocapi_requests.routes import Proxy
    from cocapi_requests.sockets import Bound

__all__ = ["check_socks", "through_socks"]


def check_socks() -> None:
    """Raise ConnectionFailed where the library is missing."""
    if find_spec("socks") is None:
        raise ConnectionFailed("the environment names a SOCKS proxy: pip install 'requests[socks]' for it")


def through_socks(proxy: Proxy, host: str, port: int, bound: Bound) -> Any:
    """A socket to a host, whose name the proxy looks up.

    Raises:
        OSError: The proxy is not there, or refuses.
    """
    import socks

    from cocapi_requests.sockets import Bounded, PlainSocket, connected

    class SocksSocket(Bounded, socks.socksocket):
        """Speaks to the proxy within the bound."""

    kinds = {"socks4": socks.SOCKS4, "socks4a": socks.SOCKS4}
    direct = connected(proxy.host, proxy.port, bound)  # bounds the look-up of the proxy's name as well
    address = direct.getpeername()[0]
    direct.close()
    sock = SocksSocket(direct.family)
    try:
        sock.bound = bound
        sock.settimeout(bound.left())
        kind = kinds.get(proxy.scheme, socks.SOCKS5)
        sock.set_proxy(kind, address, proxy.port, True, proxy.username or None, proxy.password or None)
        sock.connect((host, port))
        plain = PlainSocket(fileno=sock.detach())
    except BaseException:
        sock.close()
        raise
    plain.bound = bound
    return plain
