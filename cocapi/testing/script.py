"""A transport that answers with one thing after another, and a clock that stands until it is moved."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from cocapi.calls.drivers import AsyncIO, SyncIO
from cocapi.calls.hookspecs import hookimpl
from cocapi.calls.messages import Json, Request, Response
from cocapi.client import AsyncCocApi, CocApi
from cocapi.config import ApiConfig

__all__ = ["Clock", "Script", "json_response"]

Client = TypeVar("Client", CocApi, AsyncCocApi)


def json_response(body: object, status_code: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A response with `body` as JSON. Header names are given in lower case."""
    content = json.dumps(body).encode()
    return Response(
        status_code, {"content-type": "application/json; charset=utf-8", **(headers or {})}, content
    )


@dataclass
class Clock:
    """A clock that stands until it is moved: call it for the time in seconds."""

    now: float = 1000.0

    def __call__(self) -> float:
        """The time in seconds."""
        return self.now

    def advance(self, seconds: float) -> None:
        """Let `seconds` pass."""
        self.now += seconds


Answer = Response | Exception | Callable[[Request], Response]


@dataclass(eq=False)
class Script:
    """A transport, and a plugin that offers it, which answers with one thing after another.

    Attributes:
        answers: Responses to return, exceptions to raise, functions of the request to call; the last one is
            used again and again. With none, each request is answered by ``{}``.
        requests: What was sent, as it reached the transport: with the token.
        sleeps: Seconds that the flows of `client()` and `async_client()` slept, or those run with `sync_io`
            and `async_io`; the `clock` moved with them.
    """

    answers: list[Answer]
    requests: list[Request]
    sleeps: list[float]
    clock: Clock

    def __init__(self, *answers: Answer, clock: Clock | None = None) -> None:
        self.answers = list(answers)
        self.requests = []
        self.sleeps = []
        self.clock = clock or Clock()
        self._lock = threading.Lock()
        self.sync_io: SyncIO = SyncIO(self.send, self._sleep)
        self.async_io: AsyncIO = AsyncIO(self.asend, self._asleep)

    def config(self, **settings: Any) -> ApiConfig:
        """Settings of a client that talks to this script and to nothing else."""
        plugins: Json = {"script": lambda _: self, **settings.pop("plugins", {})}
        if "script" not in (settings.get("only_plugins") or ("script",)):
            settings["only_plugins"] = ("script", *settings["only_plugins"])
        return ApiConfig(**{"verify_token": False, "plugins": plugins, **settings})

    def client(self, token: str | None = "token", /, **settings: Any) -> CocApi:  # noqa: S107  # a fake one
        """A synchronous client that talks to this script, and whose sleeps move the clock.

        Args:
            token: The client's own; None: it has none, and a plugin gives one.
            **settings: Of its `ApiConfig`.
        """
        return self._on_clock(CocApi(token, config=self.config(**settings)))

    def async_client(self, token: str | None = "token", /, **settings: Any) -> AsyncCocApi:  # noqa: S107
        """The same for asynchronous code."""
        return self._on_clock(AsyncCocApi(token, config=self.config(**settings)))

    @hookimpl(tryfirst=True)
    def cocapi_transport(self) -> Script:
        """Offer this script as the transport, before any other."""
        return self

    def send(self, request: Request) -> Response:
        """The next answer."""
        with self._lock:
            self.requests.append(request)
            left = self.answers or [json_response({})]
            answer = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, Response) else answer(request)

    async def asend(self, request: Request) -> Response:
        """The next answer."""
        return self.send(request)

    def close(self) -> None:
        """Nothing is held."""

    async def aclose(self) -> None:
        """Nothing is held."""

    def _on_clock(self, api: Client) -> Client:
        """Let a client's sleeps move the clock, in whichever mode it runs."""
        api._session.keep_time(self._sleep, self._asleep)
        api._session.background.clock = self.clock
        return api

    def _sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.clock.advance(seconds)

    async def _asleep(self, seconds: float) -> None:
        self._sleep(seconds)
