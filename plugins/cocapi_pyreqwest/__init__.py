"""Plugin ``pyreqwest``: a fast transport for programs that ask for it, knowing what it cannot do."""

from __future__ import annotations

from importlib.util import find_spec

from cocapi import ApiConfig, MissingExtra, Transport, hookimpl
from cocapi_pyreqwest.transport import PyreqwestTransport

__all__ = ["Pyreqwest"]


class Pyreqwest:
    """Sends with pyreqwest where ``transport="pyreqwest"`` asks for it."""

    def __init__(self, config: ApiConfig) -> None:
        self.config = config

    @hookimpl
    def cocapi_transport(self) -> Transport | None:
        """Offer pyreqwest when it is named.

        Raises:
            MissingExtra: it is named and not installed.
        """
        if self.config.transport != "pyreqwest" or not self.config.base_url.startswith("http"):
            return None
        if find_spec("pyreqwest") is None:
            raise MissingExtra("transport='pyreqwest'", "pyreqwest")
        return PyreqwestTransport(self.config)
