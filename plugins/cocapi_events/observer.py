"""What the headers of an answer say, for whoever asked: until when the server's copy stays the same."""

from __future__ import annotations

import re
from collections.abc import Callable

from cocapi import Request, Response, hookimpl

__all__ = ["Freshness", "Observer"]

MAX_AGE = re.compile(r"\bmax-age=(\d+)")


class Freshness:
    """Seconds after which an answer of several requests may be another: the least of them; None: none said
    so."""

    def __init__(self) -> None:
        self.seconds: float | None = None

    def note(self, seconds: float) -> None:
        """One of the answers may be another after so many seconds."""
        self.seconds = seconds if self.seconds is None else min(self.seconds, seconds)


class Observer:
    """A plugin that begins with the first watch: calls made with ``events=Freshness()`` note theirs."""

    @hookimpl
    def cocapi_response(self, request: Request, response: Response) -> None:
        """Read ``Cache-Control`` (RFC 9111, section 5.2), in the API's odd spellings as well."""
        freshness: Freshness | Callable[..., object] | None = request.options.get("events")
        if isinstance(freshness, Freshness):
            max_age = MAX_AGE.search(response.headers.get("cache-control", ""))
            if max_age is not None:
                freshness.note(float(max_age[1]))
