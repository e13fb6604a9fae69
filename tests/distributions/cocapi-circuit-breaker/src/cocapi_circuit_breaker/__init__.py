"""Plugin ``circuit_breaker``: sends nothing for a while to what keeps failing.

    config = ApiConfig(plugins={"circuit_breaker": {"failures": 5}}, cache_stale_if_error=3600)
    with CocApi(token, config=config) as api:
        api.clan_tag("#2PP")            # while the circuit is open: at once, a stale answer or an error
        api.circuit_breaker.states()    # {"GET /clans/{clanTag}": "open"}

It is on once it is installed.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from cocapi import (
    ApiConfig,
    AttemptRefused,
    CocApiError,
    Off,
    Request,
    Response,
    ServerError,
    Throttled,
    TransportError,
    UnreadableResponse,
    hookimpl,
)

from cocapi_circuit_breaker.circuit import Attempt, Circuit, State
from cocapi_circuit_breaker.options import CircuitBreakerOptions

__all__ = ["CircuitBreaker", "CircuitBreakerOptions", "CircuitOpen"]

NAME = "circuit_breaker"


class CircuitOpen(AttemptRefused):
    """Nothing was sent, for the attempts before this one have failed."""


class CircuitBreaker:
    """A circuit for each template, or each host.

    Args:
        options: When a circuit opens, and for how long.
        clock: Seconds on a clock that never goes back.

    Raises:
        Off: no circuit would ever open.
    """

    def __init__(
        self,
        config: ApiConfig,
        options: CircuitBreakerOptions,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if options.failures == 0:
            raise Off("no circuit opens with failures = 0")
        self.options = options
        self.clock = clock
        self.circuits: dict[str, Circuit] = {}

    @hookimpl(before="ratelimit")
    def cocapi_attempt(self, request: Request) -> None:
        """Refuse the attempt while its circuit is open, before it waits in a line for nothing.

        Raises:
            CircuitOpen: the caches are asked for a stale answer; without one the call fails.
        """
        if request.options.get(NAME) is False:
            return
        circuit = self._circuit(request)
        attempt = Attempt(circuit)
        attempts_of(request).append(attempt)
        if not circuit.admit(attempt):
            raise CircuitOpen(
                f"{circuit.name} keeps failing: nothing is sent for another {circuit.seconds_left:.1f} s"
            )

    @hookimpl
    def cocapi_attempted(
        self, request: Request, response: Response | None, error: CocApiError | None
    ) -> None:
        """Learn from the attempt. This is told of every attempt that was asked about, so no probe is lost."""
        attempts = attempts_of(request)
        if not attempts:
            return
        attempt = attempts.pop()
        if isinstance(error, ServerError | TransportError | UnreadableResponse) and not isinstance(
            error, AttemptRefused
        ):
            attempt.circuit.failed(attempt)
        elif response is None or isinstance(error, Throttled):
            attempt.circuit.withdrawn(attempt)
        else:
            attempt.circuit.succeeded(attempt)

    @hookimpl
    def cocapi_forked(self) -> None:
        """Wait for no attempt of the parent."""
        for circuit in self.circuits.values():
            circuit.forked()

    @hookimpl
    def cocapi_namespace(self) -> CircuitBreaker:
        """Offer its methods as ``api.circuit_breaker``."""
        return self

    def states(self) -> dict[str, State]:
        """By template or host, how its circuit stands; what was never called is not there."""
        return {name: circuit.state for name, circuit in self.circuits.copy().items()}

    def reset(self) -> None:
        """Close every circuit: someone knows that the server is back."""
        for circuit in self.circuits.copy().values():
            circuit.reset()

    def _circuit(self, request: Request) -> Circuit:
        if self.options.per == "host":
            name = urlsplit(request.base_url).netloc
        else:
            name = f"{request.method} {request.template}"
        new = Circuit(name, self.options.failures, self.options.seconds, self.clock)
        return self.circuits.get(name) or self.circuits.setdefault(name, new)


def attempts_of(request: Request) -> list[Any]:
    """The attempts of a call that have begun and not ended: several, where a flow sends in between."""
    attempts: list[Attempt] = request.state.setdefault(NAME, [])
    return attempts
