"""Lists of functions, run over requests and responses."""

from __future__ import annotations

import inspect
import json
import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeAlias

from cocapi import Json, Request, Response, read_json
from cocapi.interrupts import reraise
from cocapi.text import printable

__all__ = ["Functions", "RequestFunction", "ResponseFunction"]

log = logging.getLogger("cocapi.middleware")

Parts: TypeAlias = tuple[str, dict[str, str], dict[str, Any]]
RequestFunction: TypeAlias = Callable[[str, dict[str, str], dict[str, Any]], Parts]
ResponseFunction: TypeAlias = Callable[[Json], Json]


FIELD_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""What a header may be called (RFC 9110 section 5.6.2)."""


class Functions:
    """The functions of one client, in the order in which they were added."""

    def __init__(self) -> None:
        self.requests: list[RequestFunction] = []
        self.responses: list[ResponseFunction] = []

    def shape(self, request: Request) -> Request:
        """The request that the functions make of `request`."""
        for function in tuple(self.requests):
            try:
                given = request.url, dict(request.headers), named(request.params)
                request = changed(request, given[0], named(request.params), *function(*given))
            except Exception as error:
                reraise(error)
                skip("request", function, error)
        return request

    def review(self, response: Response) -> Response | None:
        """The response that the functions make of the answer in `response`; None: as it was.

        Each function is given an answer of its own, so one that fails halfway leaves nothing behind.
        """
        content = response.content
        for function in tuple(self.responses):
            try:
                content = encoded(function(read_json(content)))
            except Exception as error:
                reraise(error)
                skip("response", function, error)
        return None if content is response.content else replace(response, content=content)

    def info(self) -> dict[str, Any]:
        """Counts and names."""
        return {
            "request_middleware_count": len(self.requests),
            "response_middleware_count": len(self.responses),
            "request_middleware_names": [name_of(function) for function in self.requests],
            "response_middleware_names": [name_of(function) for function in self.responses],
        }


def named(params: Mapping[str, Any]) -> dict[str, Any]:
    """The query without what is not sent."""
    return {name: value for name, value in params.items() if value is not None}


def changed(
    request: Request,
    url: str,
    given: Mapping[str, Any],
    new_url: str,
    headers: Mapping[str, str],
    params: Mapping[str, Any],
) -> Request:
    """`request` with what a function returned for `url` and the params that it was `given`.

    Where the address is another one, its query counts, and of the params those that are others.

    Raises:
        TypeError, ValueError: For headers that cannot be sent, or parameters that are no mapping.
        InvalidParams: For an address elsewhere.
    """
    if not isinstance(headers, Mapping) or not isinstance(params, Mapping):
        raise TypeError("it did not return (url, headers, params)")
    check_headers(headers)
    changed = replace(request, headers=dict(headers), params=dict(params))
    if new_url != url:
        others = {name: value for name, value in params.items() if name not in given or given[name] != value}
        changed = moved(replace(changed, params={}), new_url)
        changed = replace(changed, params={**changed.params, **others})
    _ = changed.url  # what cannot be sent is found here, where the function is to blame
    return changed


def moved(request: Request, url: str) -> Request:
    """`request` at another address. With another path it has no model: nobody knows what is answered."""
    there = request.with_url(url)
    if there.path == request.path:
        return replace(request, params=there.params)
    return replace(there, model=None)


def check_headers(headers: Mapping[str, str]) -> None:
    """Refuse headers that cannot be sent. Values stay out of the message: they may be secrets.

    Raises:
        ValueError: For a name or value with characters that no header may hold (RFC 9110 section 5.5).
    """
    for name, value in headers.items():
        if not isinstance(name, str) or not FIELD_NAME.fullmatch(name):
            raise ValueError(f"{name!r} is no name of a header")
        if not isinstance(value, str) or not value.isascii() or not value.isprintable():
            raise ValueError(f"the header {name} is no text of printable ASCII characters")


def encoded(answer: object) -> bytes:
    """What a function on answers returned, as JSON that any parser reads (RFC 8259).

    Raises:
        TypeError, ValueError: When it is no dict, or cannot be written as JSON and so could not be kept.
    """
    if inspect.iscoroutine(answer):
        answer.close()  # nobody awaits it
    if not isinstance(answer, dict):
        raise TypeError(f"it returned a {type(answer).__name__}, not a dict")
    return json.dumps(answer, ensure_ascii=False, allow_nan=False).encode()


def skip(kind: str, function: Callable[..., Any], error: Exception) -> None:
    """Log that a function failed; the call goes on without it."""
    why = printable(f"{type(error).__name__}: {error}")
    log.warning("%s middleware %s failed and is skipped: %s", kind, printable(name_of(function)), why)


def name_of(function: Callable[..., Any]) -> str:
    """The name of a function, or of its class where it has none."""
    return str(getattr(function, "__name__", type(function).__name__))
