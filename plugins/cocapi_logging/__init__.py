"""Plugin ``logging``: a record a call on the logger ``cocapi``, and a warning where a person should look."""

from __future__ import annotations

from collections.abc import Callable

from cocapi import ApiConfig, Outcome, Request, hookimpl
from cocapi.clocks import elapsed
from cocapi.options import NoOptions
from cocapi_logging.records import Journal

__all__ = ["Logging"]


class Logging:
    """Logs how calls ended: all at DEBUG, what a person should know of at WARNING.

    Args:
        config: The settings of the client.
        options: There are none: levels and handlers are those of `logging`.
        clock: Seconds on a clock that never goes back.
    """

    def __init__(
        self, config: ApiConfig, options: NoOptions | None = None, *, clock: Callable[[], float] = elapsed
    ) -> None:
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
