"""An exception with everything it can have, and what raises it in another process, which imports no more."""

import inspect

from cocapi import CocApiError, Request, Response

RESPONSE = Response(429, {"retry-after": "3"}, b'{"reason": "requestThrottled"}')
REQUEST = Request("clan_tag", "GET", "/clans/{clanTag}", {"clanTag": "#2PP"}, state={"lock": object()})


def example(kind: type[BaseException]) -> BaseException:
    """One with everything that such an exception can have."""
    needed = [
        entry
        for entry in inspect.signature(kind.__init__).parameters.values()
        if entry.default is entry.empty and entry.kind is entry.POSITIONAL_OR_KEYWORD and entry.name != "self"
    ]
    error = kind(*[f"a {entry.name}" for entry in needed] or ["a message"])
    if isinstance(error, CocApiError):
        error.of(REQUEST, 3)
        error.reason, error.response, error.status_code, error.cursor = "why", RESPONSE, 429, "after"
    error.add_note("a note")
    error.__cause__ = ValueError("a cause")
    return error


def fail(kind: type[BaseException]) -> None:
    raise example(kind)
