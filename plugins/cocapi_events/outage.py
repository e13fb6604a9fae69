"""That something waits for the store: told once when it does, and once when it goes on."""

from __future__ import annotations

import logging

from cocapi import StoreUnavailable

__all__ = ["Outage"]

log: logging.Logger = logging.getLogger("cocapi.events")


class Outage:
    """A verb of the store that is asked again and again, and what the log says of it.

    Args:
        begun: What is told when it has failed, with the reason.
        over: What is told when it is answered after that.
        passed_over: Failures in a row that are no news: a store may be late now and then, and of one that is
            away its client tells.
    """

    def __init__(self, begun: str, over: str, passed_over: int = 1) -> None:
        self.begun = begun
        self.over = over
        self.passed_over = passed_over
        self._failures = 0

    def failed(self, error: StoreUnavailable) -> None:
        """The verb has failed."""
        self._failures += 1
        if self._failures == self.passed_over + 1:
            log.warning("%s: %s", self.begun, error)

    def answered(self) -> None:
        """The verb has been answered."""
        if self._failures > self.passed_over:
            log.info("%s", self.over)
        self._failures = 0
