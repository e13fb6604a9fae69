"""What is written of a call: names, numbers and the server's words; nothing that was sent."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from typing import Any

from cocapi import BadRequest, CocApiError, InvalidParams, NotFound, Outcome, PrivateWarLog
from cocapi.text import printable

__all__ = ["Journal"]

log = logging.getLogger("cocapi")

LONGEST, LONGEST_REASON = 1000, 100
"""Characters of a line that tells an error, and of a reason, which at the API is one word."""

ORDINARY = (BadRequest, InvalidParams, NotFound, PrivateWarLog)
"""Failures that are an answer to what was asked, and concern nobody else."""


class Journal:
    """Writes calls down. Of failures that go on, a warning tells once, until a call succeeds again."""

    def __init__(self) -> None:
        self.told: set[type[CocApiError]] = set()

    def enter(self, outcome: Outcome, seconds: Callable[[], float]) -> None:
        """Log how a call ended, if anybody listens.

        Args:
            seconds: Gives the call's duration.
        """
        error = outcome.error
        if error is None:
            if self.told and outcome.attempts and not outcome.cancelled:
                self.told.clear()
        elif not isinstance(error, ORDINARY) and type(error) not in self.told:
            self.told.add(type(error))
            facts = facts_of(outcome, seconds())
            line = printable(f"{outcome.request.operation}: {error}", LONGEST)
            log.warning("%s (told once until a call succeeds)", line, extra=facts)
        if log.isEnabledFor(logging.DEBUG):
            facts = facts_of(outcome, seconds())
            line = " ".join(
                f"{name}={printable(str(value))}" for name, value in facts.items() if value is not None
            )
            log.debug("%s", line, extra=facts)


def facts_of(outcome: Outcome, seconds: float) -> dict[str, Any]:
    """The fields of a record, by name: attributes of the `logging.LogRecord`.

    Returns:
        operation: The name of the method, ``"clan_tag"``.
        template: What it asks, ``"GET /clans/{clanTag}"``.
        outcome: ``"success"``, ``"error"`` or ``"cancelled"``.
        status_code: None without a response.
        attempts: How often it was sent.
        duration: Seconds in all.
        cache: ``"hit"``, ``"stale"`` or ``"miss"``; None where no cache was asked.
        error_type: As in an error dict; None for a success.
        reason: The API's word for the error; None where it said none.
        trace_id: 32 hexadecimal digits; None outside a trace.
    """
    request, error = outcome.request, outcome.error
    return {
        "operation": request.operation,
        "template": f"{request.method} {request.template}",
        "outcome": "cancelled" if outcome.cancelled else "success" if error is None else "error",
        "status_code": outcome.response.status_code if outcome.response is not None else None,
        "attempts": outcome.attempts,
        "duration": round(seconds, 6),
        "cache": outcome.cache,
        "error_type": error.error_type if error is not None else None,
        "reason": word(error.reason) if error is not None else None,
        "trace_id": trace_id(),
    }


def word(reason: str | None) -> str | None:
    """The server's reason as it may stand in a line of fields; None where it gave none."""
    return None if reason is None else printable(str(reason), LONGEST_REASON)


def trace_id() -> str | None:
    """The trace that is current; None where there is none, or nobody has imported OpenTelemetry."""
    trace: Any = sys.modules.get("opentelemetry.trace")
    if trace is None:
        return None
    context = trace.get_current_span().get_span_context()
    return trace.format_trace_id(context.trace_id) if context.is_valid else None
