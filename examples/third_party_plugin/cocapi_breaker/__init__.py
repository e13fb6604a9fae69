"""A plugin for cocapi: stop asking an API that is down, and ask again later."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from cocapi import (
    ApiConfig,
    CocApiError,
    ConfigError,
    ConnectionFailed,
    Flow,
    Request,
    ServerError,
    TransportError,
    hookimpl,
    sleep,
)
from cocapi_breaker.circuit import Circuit

__all__ = ["Breaker", "CircuitOpen"]


class CircuitOpen(ConnectionFailed):
    """The API failed several times in a row; it is left in peace for a while, and nothing was sent."""


class Breaker:
    """Opens after so many failures in a row, and closes with the first success after a pause.

    Options: `failures` in a row before it opens (5), `seconds` that it stays open (30), and whether calls
    `wait` for that time to pass instead of failing (False).

    Raises:
        ConfigError: for an unknown option.
    """

    def __init__(self, config: ApiConfig, *, clock: Callable[[], float] = time.monotonic) -> None:
        options: dict[str, Any] = {"failures": 5, "seconds": 30.0, "wait": False} | dict(
            config.options("breaker")
        )
        self.wait = options.pop("wait")
        self.circuit = Circuit(options.pop("failures"), options.pop("seconds"), clock)
        if options:
            raise ConfigError(f"plugins['breaker'] has no option {min(options)!r}")

    @hookimpl
    def cocapi_attempt(self, request: Request) -> Flow[None] | None:
        """Let the attempt pass (None), fail it, or answer with a flow that waits for a better time."""
        if request.options.get("breaker") is False or self.circuit.admit():
            return None
        if self.wait:
            return self._until_admitted()
        raise CircuitOpen(f"Connection error - the API failed {self.circuit.failures} times in a row; paused")

    @hookimpl
    def cocapi_attempted(self, error: CocApiError | None) -> None:
        """Learn how an attempt ended. A 404 is no failure of the API."""
        self.circuit.note(failed=isinstance(error, TransportError | ServerError))

    @hookimpl
    def cocapi_commands(self, app: Any) -> None:
        """``cocapi breaker``."""

        @app.command("breaker")  # type: ignore[untyped-decorator, unused-ignore]  # typer is an extra
        def breaker() -> None:
            """Show the settings of the circuit breaker."""
            print(f"opens after {self.circuit.limit} failures, for {self.circuit.seconds:g} s")

    def state(self) -> str:
        """``"closed"`` (all is well), ``"open"``, or ``"half-open"`` (the next attempt finds out)."""
        return self.circuit.state()

    def _until_admitted(self) -> Flow[None]:
        while not self.circuit.admit():
            yield from sleep(self.circuit.left())
