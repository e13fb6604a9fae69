"""The sandbox in process: a transport that answers without a socket."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import parse_qsl

from cocapi import ConfigError, ConnectionFailed, Request, Response
from cocapi.text import did_you_mean
from cocapi.transport import outgoing, timed_out, too_large
from cocapi_sandbox.api import Api
from cocapi_sandbox.faults import Answer, Faults
from cocapi_sandbox.world import World

__all__ = ["InProcess", "api_of"]


OPTIONS = ("seed", "rate", "latency")
"""What an address may say."""


def api_of(base_url: str) -> Api:
    """The API that an address such as ``sandbox://?seed=7&rate=30&latency=0.05`` means.

    Raises:
        ConfigError: For an option that is unknown, or no number.
    """
    query = dict(parse_qsl(base_url.removeprefix("sandbox://").lstrip("/").removeprefix("?")))
    options: dict[str, Any] = {}
    for name, value in query.items():
        if name not in OPTIONS:
            raise ConfigError(
                f"base_url={base_url!r}: sandbox:// has no option {name!r}{did_you_mean(name, OPTIONS)}"
            )
        try:
            options[name] = int(value) if name == "seed" else float(value)
        except ValueError:
            raise ConfigError(f"base_url={base_url!r}: {name} is {value!r}: it must be a number") from None
    seed = options.get("seed", 0)
    return Api(World(seed), rate=options.get("rate"), faults=Faults(seed, options.get("latency", 0.0)))


class InProcess:
    """A transport in front of an `Api`.

    Args:
        limit: The bound for a body, in bytes.
    """

    def __init__(self, api: Api, limit: int) -> None:
        self.api = api
        self.limit = limit

    def send(self, request: Request) -> Response:
        """See `cocapi.SyncTransport.send`."""
        answer = self._answer(request)
        time.sleep(min(answer.delay, request.timeout))
        return self._response(request, answer)

    async def asend(self, request: Request) -> Response:
        """See `cocapi.AsyncTransport.asend`."""
        answer = self._answer(request)
        if answer.delay:
            import anyio

            await anyio.sleep(min(answer.delay, request.timeout))
        return self._response(request, answer)

    def close(self) -> None:
        """Nothing is held."""

    async def aclose(self) -> None:
        """Nothing is held."""

    def _answer(self, request: Request) -> Answer:
        headers, body = outgoing(request)
        if request.path.startswith("/api/"):
            return self.api.portal.respond(request.method, request.path, headers, body or b"")
        query = dict(parse_qsl(request.query))
        return self.api.respond(request.method, request.path, query, headers, body or b"")

    def _response(self, request: Request, answer: Answer) -> Response:
        """The answer as a client would see it.

        Raises:
            RequestTimeout, ConnectionFailed, ResponseTooLarge: As over a socket.
        """
        if answer.delay > request.timeout:
            raise timed_out(request)
        if answer.cut is not None:
            raise ConnectionFailed("Connection error - the sandbox closed the connection")
        if len(answer.body) > self.limit:
            raise too_large(self.limit)
        body = answer.body
        if answer.headers.get("content-encoding") == "gzip":
            import gzip

            body = gzip.decompress(body)
        return Response(answer.status, answer.headers, body)
