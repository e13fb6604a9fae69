"""A world whose clock a test moves, and a client of each mode that asks it."""

import functools
import json
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

import anyio
import pytest

from cocapi import Request, Response
from cocapi.testing import Script
from cocapi_sandbox import Api, World
from cocapi_sandbox.times import DAY, month

MARCH = float(month(1_772_700_000.0)[0])
"""When March 2026 began, and with it the sign-up of a league."""

PLUGINS: dict[str, Any] = {"only_plugins": ("script", "models", "wars")}


WORLD = World()
"""One for all tests: making its people takes longer than asking for them."""


@functools.cache
def seen(moment: float, path: str) -> Any:
    """What the world itself answers at a moment, to be looked at; None for a refusal."""
    answer = Api(WORLD, clock=lambda: moment).respond("GET", path, {}, {"authorization": "Bearer any"})
    return json.loads(answer.body) if answer.status == 200 else None


class Box:
    """A sandbox whose requests are kept, each as its path.

    Attributes:
        now: Seconds since 1970.
        private: Tags of clans whose `currentwar` is refused.
    """

    def __init__(self) -> None:
        self.now = MARCH
        self.api = Api(WORLD, clock=lambda: self.now)
        self.private: set[str] = set()
        self.script = Script(self.respond)

    def respond(self, request: Request) -> Response:
        if request.operation == "clan_current_war" and request.path_params["clanTag"] in self.private:
            return Response(403, {}, b'{"reason":"accessDenied"}')
        query = dict(parse_qsl(request.query))
        answer = self.api.respond(request.method, request.path, query, {"authorization": "Bearer any"})
        return Response(answer.status, answer.headers, answer.body)

    def at(self, day: float) -> "Box":
        """The same world on a day of March, from 1."""
        self.now = MARCH + (day - 1) * DAY
        return self

    def get(self, path: str) -> Any:
        """What the world itself answers now, to be looked at; None for a refusal."""
        return seen(self.now, path)

    @property
    def asked(self) -> list[str]:
        """The paths that were asked for."""
        return [request.path for request in self.script.requests]

    def public_clans(self) -> Iterator[str]:
        """Tags of the clans that show their wars."""
        for tag in self.api.world.clan_tags:
            if self.get(f"/clans/%23{tag[1:]}")["isWarLogPublic"]:
                yield tag


@pytest.fixture
def box() -> Box:
    return Box()


class Mode(NamedTuple):
    """How a test calls: ``use(api)`` and, in asynchronous code, an await of what that gives."""

    backend: str
    models: bool

    def ask(self, box: Box, use: Callable[[Any], Any]) -> Any:
        """What `use` gives on a client of this mode."""
        if self.backend == "sync":
            with box.script.client(**PLUGINS) as api:
                return use(api.models if self.models else api)

        async def main() -> Any:
            async with box.script.async_client(**PLUGINS) as api:
                return await use(api.models if self.models else api)

        return anyio.run(main, backend=self.backend)


@pytest.fixture(
    params=[Mode(backend, models) for backend in ("sync", "asyncio", "trio") for models in (False, True)],
    ids=lambda mode: f"{mode.backend}-{'models' if mode.models else 'dicts'}",
)
def mode(request: pytest.FixtureRequest) -> Mode:
    found: Mode = request.param
    return found
