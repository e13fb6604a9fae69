"""The floor: connections of asyncio, answers whose end is known by their length, and orjson. No more."""

import asyncio
import sys
from typing import Any
from urllib.parse import urlsplit

import orjson
from turns import in_tasks, serve

ADDRESS = urlsplit(sys.argv[1])
REQUEST = (
    f"GET {ADDRESS.path}/clans/%232PP HTTP/1.1\r\n"
    f"Host: {ADDRESS.netloc}\r\nAuthorization: Bearer token\r\n\r\n"
).encode()
LENGTH = b"Content-Length: "

loop = asyncio.new_event_loop()
idle: list["Connection"] = []


class Connection(asyncio.Protocol):
    """One request at a time."""

    answer: asyncio.Future[bytes]
    transport: Any

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def ask(self) -> asyncio.Future[bytes]:
        """Send the request; the body of its answer."""
        self.pieces = b""
        self.answer = loop.create_future()
        self.transport.write(REQUEST)
        return self.answer

    def data_received(self, data: bytes) -> None:
        self.pieces += data
        head, _, body = self.pieces.partition(b"\r\n\r\n")
        begin = head.index(LENGTH) + len(LENGTH)
        if len(body) >= int(head[begin:].split(b"\r\n", 1)[0]):
            self.answer.set_result(body)


async def call() -> Any:
    if idle:
        connection = idle.pop()
    else:
        _, connection = await loop.create_connection(Connection, ADDRESS.hostname, ADDRESS.port)
    body = await connection.ask()
    idle.append(connection)
    return orjson.loads(body)


def turn(kind: str, tasks: int, seconds: float) -> int:
    return loop.run_until_complete(in_tasks(call, tasks, seconds))


serve(turn)
