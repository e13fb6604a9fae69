"""The sandbox over a socket: a Starlette application, served by uvicorn."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from types import TracebackType
from typing import Any, Self

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from cocapi import ConfigError
from cocapi_sandbox.api import Api, Maintenance
from cocapi_sandbox.diary import Diary
from cocapi_sandbox.faults import Answer, Faults
from cocapi_sandbox.portal import EMAIL, PASSWORD
from cocapi_sandbox.scenes import ClanScenes, PlayerScenes
from cocapi_sandbox.world import World

__all__ = ["Arrival", "Sandbox", "application", "bound", "serve"]

PREFIX = "/v1"
PORTAL = "/api"
SECRET = ("authorization", "cookie")
REMEMBERED = 100_000
"""Requests that a sandbox keeps a note of."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A request as it arrived.

    Attributes:
        path: Below ``/v1``, percent-encoded; of the portal from the root, ``/api/login``.
        headers: Names in lower case, token and cookies left out.
        connection: Host and port of the client: the same for requests over one connection.
    """

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    connection: tuple[str, int]


class Connections:
    """The open connections by the client's address, so that a fault can break one."""

    def __init__(self) -> None:
        self.transports: dict[tuple[str, int], asyncio.BaseTransport] = {}

    def protocol(self) -> type[H11Protocol]:
        """A protocol for uvicorn that notes its connections here."""
        transports = self.transports

        class Noted(H11Protocol):
            def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn calls it
                super().connection_made(transport)
                self.address = transport.get_extra_info("peername")[:2]
                transports[self.address] = transport

            def connection_lost(self, exc: Exception | None) -> None:
                transports.pop(self.address, None)
                super().connection_lost(exc)

        return Noted

    async def close(self, address: tuple[str, int]) -> None:
        """Close a connection after what has been written, and wait until the server knows."""
        transport = self.transports.get(address)
        if transport is not None:
            transport.close()
        while address in self.transports:  # noqa: ASYNC110  # the loop's next rounds tell the protocol
            await asyncio.sleep(0)


class Cut(Response):
    """A response whose connection breaks: before its first byte, or in the middle of the body."""

    def __init__(self, answer: Answer, connections: Connections) -> None:
        super().__init__(answer.body, answer.status, answer.headers)
        self.answer = answer
        self.connections = connections

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.answer.cut:
            await send(
                {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}
            )
            part = self.answer.body[: self.answer.cut]
            await send({"type": "http.response.body", "body": part, "more_body": True})
        await self.connections.close(scope["client"])


def application(
    api: Api, connections: Connections | None = None, note: Callable[[Arrival], None] | None = None
) -> Starlette:
    """The Starlette application in front of an `Api`, to be served by any ASGI server.

    Args:
        connections: Where faults find the connection to break; None: an answer that should be cut is sent
            whole.
        note: Called for each request that arrives.
    """

    async def answer(request: Request) -> Response:
        path = request.scope["raw_path"].decode("ascii").partition("?")[0]
        at_portal = path.startswith(PORTAL + "/")
        if not at_portal and not path.startswith(PREFIX + "/"):
            return Response(b"", 404)
        path = path.removeprefix(PREFIX)
        headers = dict(request.headers)
        query = dict(request.query_params)
        if note is not None:
            shown = {name: value for name, value in headers.items() if name not in SECRET}
            client = request.client
            note(
                Arrival(request.method, path, query, shown, (client.host, client.port) if client else ("", 0))
            )
        body = await request.body()
        if at_portal:
            reply = api.portal.respond(request.method, path, headers, body)
        else:
            reply = api.respond(request.method, path, query, headers, body)
        if reply.delay:
            await asyncio.sleep(reply.delay)
        if reply.cut is not None and connections is not None:
            return Cut(reply, connections)
        return Response(reply.body, reply.status, reply.headers)

    return Starlette(routes=[Route("/{path:path}", answer, methods=["GET", "POST"])])


def server(app: Starlette, connections: Connections, **settings: Any) -> uvicorn.Server:
    """A uvicorn server that says nothing and lets connections be broken."""
    return uvicorn.Server(
        uvicorn.Config(
            app,
            http=connections.protocol(),
            lifespan="off",
            log_level="critical",
            access_log=False,
            **settings,
        )
    )


def bound(host: str, port: int) -> socket.socket:
    """A socket that listens there.

    Raises:
        ConfigError: Nobody can, saying why.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        why = str(error.strerror).partition(" (")[0]  # the address, again
        raise ConfigError(f"the sandbox cannot listen on {host}, port {port}: {why}") from error


def serve(api: Api, listening: socket.socket) -> None:
    """Serve on a socket until interrupted."""
    connections = Connections()
    server(application(api, connections), connections).run(sockets=[listening])


class Sandbox:
    """A sandbox on loopback, served in a thread for as long as the ``with`` block lasts.

        with Sandbox() as box:
            api = CocApi(box.token, config=ApiConfig(base_url=box.base_url))

    Args:
        seed: The same seed gives the same world.
        tokens: The tokens that are accepted; None: any but ``invalid`` and ``wrong-ip``.
        rate: Requests a second and token before 429; None: no limit.
        latency: Seconds that every answer takes.
        clock: Tells the time in seconds since 1970; wars move with it. A test may pass one that it moves by
            hand.
        host: The address to listen at.
        port: The port to listen at; 0: any that is free.

    `faults` makes things go wrong, `requests` is what arrived, `world` who there is, `diary` what happens to
    them. `portal` is where keys are made, by whoever logs in with `email` and `password`.

    Raises:
        OSError: The port is taken.
    """

    def __init__(
        self,
        seed: int = 0,
        tokens: Iterable[str] | None = None,
        rate: float | None = None,
        latency: float = 0.0,
        clock: Callable[[], float] = time.time,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        self.world = World(seed)
        self.faults = Faults(seed, latency)
        self._clock = clock
        self._ahead = 0.0
        self.api = Api(self.world, self.now, tokens, rate, self.faults)
        self.diary = Diary(self.api, self.now())
        self.portal = self.api.portal
        self.email = EMAIL
        self.password = PASSWORD
        self.requests: deque[Arrival] = deque(maxlen=REMEMBERED)
        self.token = min(self.api.tokens) if self.api.tokens else "sandbox"
        self._address = (host, port)
        self._socket: socket.socket | None = None

    def __enter__(self) -> Self:
        self._socket = socket.create_server(self._address, backlog=2048)
        connections = Connections()
        self._server = server(application(self.api, connections, self.requests.append), connections)
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],), daemon=True)
        self._thread.start()
        while not self._server.started:
            time.sleep(0.002)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._server.force_exit = True
        self._server.should_exit = True
        self._thread.join()
        if self._socket is not None:
            self._socket.close()

    @property
    def base_url(self) -> str:
        """The address for `ApiConfig.base_url`; known inside the ``with`` block."""
        if self._socket is None:
            raise RuntimeError("the sandbox has no address outside of its with block")
        host, port = self._socket.getsockname()[:2]
        return f"http://{host}:{port}{PREFIX}"

    def now(self) -> float:
        """The moment in this world in seconds since 1970: what `clock` tells, and what was advanced."""
        return self._clock() + self._ahead

    def advance(self, days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0) -> float:
        """Let time pass at once.

        Returns:
            The moment it is now.

        Raises:
            ValueError: Time does not go back.
        """
        step = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds).total_seconds()
        if step < 0:
            raise ValueError(f"time does not go back: {step:g} seconds")
        self._ahead += step
        return self.now()

    def clan(self, tag: str) -> ClanScenes:
        """What a script can let happen in a clan.

        Raises:
            ValueError: There is no such clan.
        """
        return ClanScenes(self.world, self.now, tag)

    def player(self, tag: str) -> PlayerScenes:
        """What a script can let happen to a player.

        Raises:
            ValueError: There is no such player.
        """
        return PlayerScenes(self.world, self.now, tag)

    @property
    def portal_url(self) -> str:
        """The address of the portal, for the option `portal` of the plugin ``keys``."""
        return self.base_url.removesuffix(PREFIX)

    def move(self, address: str) -> None:
        """Let whoever asks come from another address from now on: keys that do not allow it are refused."""
        self.portal.move(address)

    @property
    def maintenance(self) -> Maintenance:
        """Whether the API is in maintenance; may be set.

        ``box.maintenance(minutes=20)`` begins one that ends by itself.
        """
        return Maintenance(self.api)

    @maintenance.setter
    def maintenance(self, value: bool) -> None:
        self.api.maintenance = value
