"""Where the tokens of a client may go."""

from __future__ import annotations

import logging

from cocapi.addresses import ALLOWED, origin_of, shown
from cocapi.calls.address import refusal
from cocapi.errors import ConfigError

__all__ = ["Origins"]

log: logging.Logger = logging.getLogger("cocapi.token")


class Origins:
    """The origins (RFC 6454) of the base URLs that the user of a client named, one after another.

    The tokens are for these. Whoever names another address, a plugin, a middleware, a request that was
    changed on its way, no token goes there, and the log says so, once for each.
    """

    def __init__(self) -> None:
        self._trusted: dict[str, str] = {}  # by base URL
        self._strangers: set[str] = set()

    def trust(self, base_url: str) -> None:
        """Let tokens go to the origin of `base_url`, too."""
        self._trusted = {**self._trusted, base_url: origin_of(base_url)}  # other threads read the one before

    def __contains__(self, base_url: str) -> bool:
        """Whether tokens may go to `base_url`.

        Raises:
            InvalidParams: It is no address that every library reads alike.
        """
        return base_url in self._trusted or self._origin(base_url) in self._trusted.values()

    def check(self, base_url: str) -> None:
        """Look whether `base_url` is an address, to which nobody expects a token to go.

        Raises:
            InvalidParams: It is none that every library reads alike.
        """
        self._origin(base_url)

    def warn_of(self, base_url: str) -> None:
        """Log that no token is sent to `base_url`, unless that was said of its origin before."""
        origin = self._origin(base_url)
        if origin not in self._strangers:
            self._strangers.add(origin)
            trusted = " and ".join(dict.fromkeys(self._trusted.values()))
            log.warning(
                "no token is sent to %s, which a plugin, a middleware or a changed request named: "
                "the tokens of this client are for %s",
                origin,
                trusted,
            )

    def _origin(self, base_url: str) -> str:
        """The origin of what somebody put into a request as its base URL: an address of the web, or one that
        the plugin serves which serves the client's own."""
        schemes = {"http", "https", *(origin.partition(":")[0] for origin in self._trusted.values())}
        if base_url.partition(":")[0] not in schemes:
            raise refusal(f"Request.base_url is {shown(base_url)}: it must be {ALLOWED}")
        try:
            return origin_of(base_url, "Request.base_url")
        except ConfigError as error:
            raise refusal(str(error)) from None
