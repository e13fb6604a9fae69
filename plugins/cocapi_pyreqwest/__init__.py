"""Plugin ``pyreqwest``: the fastest transport, taken by itself where it is installed (extra ``fast``)."""

from __future__ import annotations

import sys
from importlib.util import find_spec

from cocapi import ApiConfig, MissingExtra, Transport, hookimpl
from cocapi_pyreqwest.transport import PyreqwestTransport

__all__ = ["Pyreqwest"]


class Pyreqwest:
    """Sends with pyreqwest when it is named, or when nothing is named, it is installed, and the client is
    not made on trio."""

    def __init__(self, config: ApiConfig) -> None:
        self.config = config

    @hookimpl
    def cocapi_transport(self) -> Transport | None:
        """Offer pyreqwest.

        Raises:
            MissingExtra: it is named and not installed.
        """
        if self.config.transport not in (None, "pyreqwest") or not self.config.base_url.startswith("http"):
            return None
        if self.config.transport is None and on_trio():
            return None
        if find_spec("pyreqwest") is not None:
            return PyreqwestTransport(self.config)
        if self.config.transport is not None:
            raise MissingExtra("transport='pyreqwest'", "fast")
        return None


def on_trio() -> bool:
    """Whether this thread runs trio's event loop, which pyreqwest does not know."""
    trio = sys.modules.get("trio")
    return trio is not None and bool(trio.lowlevel.in_trio_run())
