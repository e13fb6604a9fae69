"""A server in a process of its own that answers at once: a clan, or next to nothing."""

import asyncio
import multiprocessing
from types import TracebackType
from typing import Self

from cocapi_sandbox import Api, World

SMALL = b'{"tag": "#2PP"}'


def clan() -> bytes:
    """A clan of the sandbox: about 40 KB."""
    return Api(World(), clock=lambda: 0.0).respond("GET", "/clans/%232PP", {}, {"authorization": "x"}).body


class Answering(asyncio.Protocol):
    """HTTP/1.1 with keep-alive, as little of it as will do."""

    answers: dict[bytes, bytes]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.buffer = b""

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while b"\r\n\r\n" in self.buffer:
            head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
            small = b"/small" in head.split(b"\r\n", 1)[0]
            self.transport.write(self.answers[b"small" if small else b"clan"])  # type: ignore[attr-defined]


def response(body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (
        len(body),
        body,
    )


def serve(port: "multiprocessing.Queue[int]") -> None:
    Answering.answers = {b"small": response(SMALL), b"clan": response(clan())}

    async def main() -> None:
        server = await asyncio.get_running_loop().create_server(Answering, "127.0.0.1", 0)
        port.put(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(main())


class Server:
    """The server for the length of a run."""

    def __enter__(self) -> Self:
        ports: multiprocessing.Queue[int] = multiprocessing.Queue()
        self.process = multiprocessing.Process(target=serve, args=(ports,), daemon=True)
        self.process.start()
        self.base_url = f"http://127.0.0.1:{ports.get()}/v1"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.process.kill()
