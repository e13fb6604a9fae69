"""Functions that many programs want; also importable from `cocapi` and `cocapi.middleware`."""

from __future__ import annotations

import json
import logging
import re
import time
import uuid
from typing import Any

from cocapi import Json
from cocapi.text import printable
from cocapi_middleware.functions import Parts, RequestFunction, ResponseFunction

__all__ = [
    "add_debug_logging_middleware",
    "add_request_id_middleware",
    "add_response_size_middleware",
    "add_response_timestamp_middleware",
    "add_user_agent_middleware",
]

log = logging.getLogger("cocapi.middleware")
SECRET = ("authorization", "cookie", "proxy-authorization")
"""Header fields whose values are not logged."""

LONGEST = 2000
"""Characters of a line about a request."""


def add_user_agent_middleware(user_agent: str) -> RequestFunction:
    """A function that sends `user_agent` as the User-Agent field."""

    def user_agent_middleware(url: str, headers: dict[str, str], params: dict[str, Any]) -> Parts:
        return url, with_header(headers, "User-Agent", user_agent), params

    return user_agent_middleware


def add_request_id_middleware() -> RequestFunction:
    """A function that sends a new UUID as X-Request-ID: one for each call, the same for its attempts."""

    def request_id_middleware(url: str, headers: dict[str, str], params: dict[str, Any]) -> Parts:
        return url, with_header(headers, "X-Request-ID", str(uuid.uuid4())), params

    return request_id_middleware


def add_debug_logging_middleware() -> RequestFunction:
    """A function that logs address, headers and parameters at level DEBUG on the logger
    ``cocapi.middleware``; secrets among the headers as ``***``."""

    def debug_logging_middleware(url: str, headers: dict[str, str], params: dict[str, Any]) -> Parts:
        if log.isEnabledFor(logging.DEBUG):
            shown = {name: "***" if name.lower() in SECRET else value for name, value in headers.items()}
            address = re.sub("//[^/]*@", "//***@", url)
            log.debug("%s", printable(f"API request: {address} headers={shown} params={params}", LONGEST))
        return url, headers, params

    return debug_logging_middleware


def add_response_timestamp_middleware() -> ResponseFunction:
    """A function that notes the time, in seconds since 1970, in the answer as ``_processed_at``."""

    def response_timestamp_middleware(answer: Json) -> Json:
        return answer | {"_processed_at": time.time()}

    return response_timestamp_middleware


def add_response_size_middleware() -> ResponseFunction:
    """A function that notes the answer's size as JSON, in bytes, as ``_response_size_bytes``."""

    def response_size_middleware(answer: Json) -> Json:
        return answer | {"_response_size_bytes": len(json.dumps(answer).encode())}

    return response_size_middleware


def with_header(headers: dict[str, str], name: str, value: str) -> dict[str, str]:
    """`headers` with one set; a field of the same name in any case gives way."""
    kept = {known: said for known, said in headers.items() if known.lower() != name.lower()}
    return kept | {name: value}
