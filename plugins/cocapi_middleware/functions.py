"""Lists of functions, run over requests and responses."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeAlias

from cocapi import Json, Request, Response

__all__ = ["Functions", "RequestFunction", "ResponseFunction"]

log = logging.getLogger("cocapi.middleware")

Parts: TypeAlias = tuple[str, dict[str, str], dict[str, Any]]
RequestFunction: TypeAlias = Callable[[str, dict[str, str], dict[str, Any]], Parts]
ResponseFunction: TypeAlias = Callable[[Json], Json]


class Functions:
    """The functions of one client, in the order in which they were added."""

    def __init__(self) -> None:
        self.requests: list[RequestFunction] = []
        self.responses: list[ResponseFunction] = []

    def shape(self, request: Request) -> Request:
        """The request that the functions make of `request`."""
        for function in tuple(self.requests):
            try:
                url = request.base_url + request.path
                made = function(url, dict(request.headers), dict(request.params))
                request = changed(request, url, *made)
            except Exception as error:
                skip("request", function, error)
        return request

    def review(self, response: Response) -> Response | None:
        """The response that the functions make of the answer in `response`; None: as it was."""
        answer = json.loads(response.content)
        for function in tuple(self.responses):
            try:
                answer = checked(function(answer))
            except Exception as error:
                skip("response", function, error)
        return replace(response, content=json.dumps(answer).encode())

    def info(self) -> dict[str, Any]:
        """Counts and names."""
        return {
            "request_middleware_count": len(self.requests),
            "response_middleware_count": len(self.responses),
            "request_middleware_names": [name_of(function) for function in self.requests],
            "response_middleware_names": [name_of(function) for function in self.responses],
        }


def changed(
    request: Request, url: str, new_url: str, headers: Mapping[str, str], params: Mapping[str, Any]
) -> Request:
    """`request` with what a function returned.

    Raises:
        TypeError: for headers or parameters that are no mapping, or headers that are no texts.
        InvalidParams: for an address elsewhere.
    """
    if not isinstance(headers, Mapping) or not isinstance(params, Mapping):
        raise TypeError("it did not return (url, headers, params)")
    if not all(isinstance(part, str) for item in headers.items() for part in item):
        raise TypeError("it returned headers that are no texts")
    request = replace(request, headers=dict(headers), params=dict(params))
    if new_url != url:
        request = request.with_url(new_url)
        _ = request.url  # a path that cannot be is refused here
    return request


def checked(answer: object) -> Json:
    """What a function on answers returned.

    Raises:
        TypeError: when it is no dict, or cannot be written as JSON and so could not be kept.
    """
    if not isinstance(answer, dict):
        raise TypeError(f"it returned a {type(answer).__name__}, not a dict")
    json.dumps(answer)
    return answer


def skip(kind: str, function: Callable[..., Any], error: Exception) -> None:
    """Log that a function failed; the call goes on without it."""
    log.warning(
        "%s middleware %s failed and is skipped: %s: %s", kind, name_of(function), type(error).__name__, error
    )


def name_of(function: Callable[..., Any]) -> str:
    """The name of a function, or of its class where it has none."""
    return str(getattr(function, "__name__", type(function).__name__))
