"""Waiting in line as a flow, and the plugin's options."""

from __future__ import annotations

from typing import Any

from cocapi import ApiConfig, ConfigError, Flow, sleep
from cocapi_ratelimit.line import Line, Ticket

__all__ = ["options_of", "wait_in_line"]


def wait_in_line(line: Line, ticket: Ticket) -> Flow[None]:
    """Sleep until the line lets the ticket through; give the place up when cancelled."""
    try:
        while ticket.seconds:
            yield from sleep(ticket.seconds)
            line.ask(ticket)
    finally:
        line.leave(ticket)


def options_of(config: ApiConfig) -> float | None:
    """The option `max_wait`.

    Raises:
        ConfigError: for an unknown option or a wrong value, by name.
    """
    options: dict[str, Any] = {"max_wait": 60.0, **config.options("ratelimit")}
    max_wait = options.pop("max_wait")
    if options:
        raise ConfigError(f"plugins['ratelimit'] has no option {min(options)!r}; there is 'max_wait'")
    if max_wait is None:
        return None
    if isinstance(max_wait, bool) or not isinstance(max_wait, int | float) or not max_wait >= 0:
        raise ConfigError(
            f"plugins['ratelimit']['max_wait'] is {max_wait!r}: it must be seconds, 0 or more, or None"
        )
    return float(max_wait)
