"""A circuit: closed, open, or half-open with one attempt on its way. It knows nothing of hooks."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Literal, TypeAlias

__all__ = ["Attempt", "Circuit", "State"]

State: TypeAlias = Literal["closed", "open", "half-open"]

log = logging.getLogger("cocapi_circuit_breaker")


class Attempt:
    """One attempt, from the question whether it may be made to its end.

    admitted:
        How often the circuit had changed when it let this one through; None: it did not.
    """

    __slots__ = ("admitted", "circuit")

    def __init__(self, circuit: Circuit) -> None:
        self.circuit = circuit
        self.admitted: int | None = None


class Circuit:
    """Any thread may call it. What an attempt tells that was let through before the last change is old news.

    Args:
        name: What it is about, for the log.
        limit: Failures on end that open it.
        seconds: How long it stays open.
        clock: Seconds on a clock that never goes back.

    state:
        `"closed"`: all are let through. `"open"`: none, but after `seconds` one. `"half-open"`: that one is
        on its way.
    """

    def __init__(self, name: str, limit: int, seconds: float, clock: Callable[[], float]) -> None:
        self.name = name
        self.limit = limit
        self.seconds = seconds
        self.clock = clock
        self.state: State = "closed"
        self._changes = 0
        self._failures = 0
        self._until = 0.0
        self._lock = threading.Lock()

    @property
    def seconds_left(self) -> float:
        """Seconds until one attempt is let through; 0 when there is no time to wait for."""
        return max(self._until - self.clock(), 0.0)

    def admit(self, attempt: Attempt) -> bool:
        """Whether an attempt is let through."""
        with self._lock:
            if self.state == "open" and self.clock() >= self._until:
                attempt.admitted = self._changes + 1  # first, so that an interrupt in between loses nothing
                self._become("half-open")
            elif self.state == "closed":
                attempt.admitted = self._changes
            return attempt.admitted is not None

    def succeeded(self, attempt: Attempt) -> None:
        """The attempt was answered."""
        with self._lock:
            if attempt.admitted != self._changes:
                return
            self._failures = 0
            closes = self.state == "half-open"
            if closes:
                self._become("closed")
        if closes:
            log.info("%s answers again", self.name)

    def failed(self, attempt: Attempt) -> None:
        """The attempt was not answered, or with a failure of the server."""
        with self._lock:
            if attempt.admitted != self._changes:
                return
            self._failures += 1
            opens = self.state == "half-open" or self._failures >= self.limit
            if opens:
                self._until = self.clock() + self.seconds
                self._become("open")
        if opens:
            log.warning("%s keeps failing: nothing is sent for %g s", self.name, self.seconds)

    def withdrawn(self, attempt: Attempt) -> None:
        """The attempt ended without a word about the server: the next one may try."""
        with self._lock:
            if attempt.admitted == self._changes and self.state == "half-open":
                self._become("open")

    def reset(self) -> None:
        """Let all through, whatever was."""
        with self._lock:
            self._failures = 0
            self._become("closed")

    def forked(self) -> None:
        """In the child of a fork, where the attempts of the parent do not end."""
        self._lock = threading.Lock()
        if self.state == "half-open":
            self._become("open")

    def _become(self, state: State) -> None:
        self.state = state
        self._changes += 1
