"""Plugin ``pyreqwest``: a fast transport for programs that ask for it, knowing what it cannot do."""

from __future__ import annotations

import sys
import threading
from importlib.util import find_spec

from cocapi import ApiConfig, ConfigError, MissingExtra, Transport, hookimpl
from cocapi.options import NoOptions
from cocapi_pyreqwest.transport import PyreqwestTransport

__all__ = ["Pyreqwest"]


class Pyreqwest:
    """Sends with pyreqwest where ``transport="pyreqwest"`` asks for it."""

    def __init__(self, config: ApiConfig, options: NoOptions | None = None) -> None:
        self.config = config

    @hookimpl
    def cocapi_transport(self) -> Transport | None:
        """Offer pyreqwest when it is named.

        Raises:
            MissingExtra: It is named and not installed.
            ConfigError: It would be imported here, in a thread that is not the main one.
        """
        if self.config.transport != "pyreqwest" or not self.config.base_url.startswith("http"):
            return None
        if find_spec("pyreqwest") is None:
            raise MissingExtra("transport='pyreqwest'", "pyreqwest")
        import_in_main_thread()
        return PyreqwestTransport(self.config)


def import_in_main_thread() -> None:
    """Import pyreqwest now rather than with the first call, which any thread may make: once the thread that
    imported it has ended, the process crashes (seen with 0.15.1).

    Raises:
        ConfigError: It is not imported yet, and this is not the main thread.
    """
    if "pyreqwest.client" not in sys.modules and threading.current_thread() is not threading.main_thread():
        raise ConfigError(
            "transport='pyreqwest' would be imported in a thread, and crash once that has ended; "
            "import pyreqwest.client in the main thread first"
        )
    import pyreqwest.client  # noqa: F401
