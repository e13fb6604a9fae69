"""Waiting in line as a flow."""

from __future__ import annotations

from cocapi import Flow, sleep
from cocapi_ratelimit.line import Line, Ticket

__all__ = ["wait_in_line"]


def wait_in_line(line: Line, ticket: Ticket) -> Flow[None]:
    """Sleep until the line lets the ticket through; give the place up when cancelled."""
    try:
        while ticket.seconds:
            yield from sleep(ticket.seconds)
            line.ask(ticket)
    finally:
        line.leave(ticket)
