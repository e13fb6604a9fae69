"""A request and its answer as they stand in a cassette: JSON that people read, and no secrets."""

from __future__ import annotations

import base64
import json
from typing import Any, NamedTuple

from cocapi import Json, Request, Response
from cocapi.interrupts import reraise

__all__ = ["Interaction", "Matched", "matched"]

HIDDEN = "***"

SECRET = frozenset({"token"})
"""Members of a JSON body that are hidden: what a player copies out of the game to be verified."""

LEFT_OUT = frozenset(
    {
        *(
            "connection",
            "keep-alive",
            "transfer-encoding",
            "upgrade",
        ),  # of the connection (RFC 9110 section 7.6.1)
        *("content-encoding", "content-length"),  # of the body before it was decoded
        *("set-cookie", "www-authenticate", "proxy-authenticate"),  # may be secret
    }
)
"""Header fields of a response that a cassette has not."""


class Matched(NamedTuple):
    """By what a request is told from others.

    Attributes:
        body: As JSON, sorted by name; ``""``: none.
    """

    path: str
    query: str
    method: str
    body: str

    def __str__(self) -> str:
        target = f"{self.path}?{self.query}" if self.query else self.path
        return f"{self.method} {target}" + (f" with the body {self.body}" if self.body else "")


class Interaction(NamedTuple):
    """What was asked, and what was answered."""

    request: Matched
    response: Response

    def as_json(self) -> Json:
        """Itself, for the file."""
        path, query, method, body = self.request
        request = {"method": method, "path": path, "query": query}
        if body:
            request["json"] = json.loads(body)
        headers = {
            name: value for name, value in sorted(self.response.headers.items()) if name not in LEFT_OUT
        }
        return {
            "request": request,
            "response": {
                "status_code": self.response.status_code,
                "headers": headers,
                **readable(self.response.content),
            },
        }

    @classmethod
    def from_json(cls, kept: Json) -> Interaction:
        """What `as_json` gave.

        Raises:
            KeyError, TypeError, ValueError: It is nothing that `as_json` gives.
        """
        request, response = kept["request"], kept["response"]
        body = written(request["json"]) if "json" in request else ""
        return cls(
            Matched(str(request["path"]), str(request["query"]), str(request["method"]), body),
            Response(
                int(response["status_code"]),
                {str(name): str(value) for name, value in response["headers"].items()},
                content_of(response),
            ),
        )


def matched(request: Request) -> Matched:
    """By what a request that is to be sent is told from others; its address and header fields are not."""
    body = "" if request.json is None else written(without_secrets(request.json))
    return Matched(request.path, request.query, request.method, body)


def readable(content: bytes) -> Json:
    """A body as a member of a JSON object: ``json`` where it is JSON, else ``text``, else ``base64``."""
    try:
        value = json.loads(content, object_pairs_hook=unique, parse_constant=refused)
    except (ValueError, RecursionError) as error:
        reraise(error)
    else:
        return {"json": without_secrets(value)}
    text = content.decode(errors="ignore")
    if text.encode() == content:
        return {"text": text}
    return {"base64": base64.b64encode(content).decode()}


def content_of(kept: Json) -> bytes:
    """The body that `readable` gave."""
    if "json" in kept:
        return json.dumps(kept["json"], ensure_ascii=False, separators=(",", ":")).encode()
    return kept["text"].encode() if "text" in kept else base64.b64decode(kept["base64"], validate=True)


def written(value: Any) -> str:
    """A body by which requests are compared."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def without_secrets(value: Any) -> Any:
    """A JSON value whose secret members are hidden."""
    if isinstance(value, dict):
        return {
            name: HIDDEN if name in SECRET and isinstance(member, str) else without_secrets(member)
            for name, member in value.items()
        }
    return [without_secrets(member) for member in value] if isinstance(value, list) else value


def refused(word: str) -> None:
    """Refuse NaN and Infinity, which are no JSON."""
    raise ValueError(f"{word} is no JSON")


def unique(members: list[tuple[str, Any]]) -> Json:
    """A JSON object, refused where a name stands twice: one of the two would be lost."""
    if len(members) != len(dict(members)):
        raise ValueError("a name stands twice")
    return dict(members)
