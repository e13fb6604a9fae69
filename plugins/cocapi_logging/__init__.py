"""Plugin ``logging``: a record a call on the logger ``cocapi``, and a warning where a person should look."""

from __future__ import annotations

from collections.abc import Callable

from cocapi import ApiConfig, ConfigError, Outcome, Request, hookimpl
from cocapi.clocks import elapsed
from cocapi_logging.records import Journal

__all__ = ["Logging"]


class Logging:
    """Logs how calls ended: all at DEBUG, what a person should know of at WARNING.

    clock:
        Seconds on a clock that never goes back.

    Raises:
        ConfigError: for options; there are none. Levels and handlers are those of `logging`.
    """

    def __init__(self, config: ApiConfig, *, clock: Callable[[], float] = elapsed) -> None:
        if config.options("logging"):
            raise ConfigError("plugins['logging'] takes no options; set the level of the logger 'cocapi'")
        self.clock = clock
        self.journal = Journal()

    @hookimpl(tryfirst=True)
    def cocapi_request(self, request: Request) -> None:
        """Note when the call began."""
        request.state["logging"] = self.clock()

    @hookimpl
    def cocapi_forked(self) -> None:
        """Tell of failures anew: another process, another log."""
        self.journal.told.clear()

    @hookimpl
    def cocapi_finished(self, request: Request, outcome: Outcome) -> None:
        """Write the call down."""
        self.journal.enter(outcome, lambda: self.clock() - request.state.get("logging", self.clock()))
