"""What a connection needs of the world, as effects; and who provides it, threads and tasks alike.

A connection is written as flows over a socket that never blocks: whoever must wait yields what for. So
connecting, encrypting, sending and reading are written once, nothing is bound to an event loop, and one
deadline bounds them all.
"""

from __future__ import annotations

import math
import os
import select
import socket
from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

import anyio
import anyio.lowlevel

from cocapi.clocks import asyncio_loop, elapsed
from cocapi.interrupts import reraise
from cocapi.transport import addresses, is_address

if TYPE_CHECKING:
    import asyncio

__all__ = ["Breathe", "LookUp", "Readable", "Step", "Steps", "Writable", "arun", "run"]

T = TypeVar("T")

TURNS = 4
"""Pieces of 64 KB that a task may read at one go, before others have their turn."""

LONGEST = 3600.0
"""Seconds that one wait may take: beyond some weeks, the systems' own numbers end."""


@dataclass(frozen=True, slots=True)
class Readable:
    """Wait until something is there to be read."""

    sock: socket.socket


@dataclass(frozen=True, slots=True)
class Writable:
    """Wait until something can be written, or so many seconds."""

    sock: socket.socket
    at_most: float = math.inf


@dataclass(frozen=True, slots=True)
class LookUp:
    """Find the IP addresses of a host; answered with a list of them."""

    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Breathe:
    """Nothing; but the deadline is looked at, and other tasks have their turn from time to time."""


Step: TypeAlias = Readable | Writable | LookUp | Breathe
Steps: TypeAlias = Generator[Step, Any, T]


def run(steps: Steps[T], deadline: float) -> T:
    """Take `steps` in this thread until `cocapi.clocks.elapsed()` reaches `deadline`.

    Raises:
        TimeoutError: It did.
    """
    try:
        step = next(steps)
        while True:
            seconds = seconds_until(deadline)
            try:
                answer = act(step, seconds)
            except TimeoutError:
                raise
            except OSError as error:
                reraise(error)
                step = steps.throw(error)
            else:
                step = steps.send(answer)
    except StopIteration as end:
        return end.value  # type: ignore[no-any-return]  # a generator's value is typed Any
    finally:
        steps.close()


def seconds_until(deadline: float) -> float:
    """Seconds until `cocapi.clocks.elapsed()` reaches `deadline`.

    Raises:
        TimeoutError: There are none.
    """
    seconds = deadline - elapsed()
    if seconds <= 0:
        raise TimeoutError("the attempt took too long as a whole")
    return seconds


def act(step: Step, seconds: float) -> list[str] | None:
    """Do what `step` asks for."""
    match step:
        case Readable(sock):
            wait(sock, READ, seconds)
        case Writable(sock, at_most):
            wait(sock, WRITE, min(seconds, at_most))
        case LookUp(host, port):
            return addresses(host, port, seconds)
    return None


if hasattr(select, "poll"):
    READ, WRITE = select.POLLIN, select.POLLOUT

    def wait(sock: socket.socket, event: int, seconds: float) -> None:
        """Wait for a socket; returns in vain when time is up, for the flow looks again."""
        poll = select.poll()
        poll.register(sock, event)
        poll.poll(min(seconds, LONGEST) * 1000 + 1)

else:  # Windows, where select takes any number of a socket
    READ, WRITE = 1, 4

    def wait(sock: socket.socket, event: int, seconds: float) -> None:
        """Wait for a socket; returns in vain when time is up, for the flow looks again."""
        socks = [sock]
        reading, writing = (socks, []) if event == READ else ([], socks)
        select.select(reading, writing, socks, min(seconds, LONGEST))


async def arun(steps: Steps[T], deadline: float) -> T:
    """Take `steps` in this task until `cocapi.clocks.elapsed()` reaches `deadline`.

    Raises:
        TimeoutError: It did.
    """
    try:
        step, turn = next(steps), 0
        while True:
            turn += 1
            seconds = seconds_until(deadline)
            try:
                answer = await aact(step, seconds, turn)
            except TimeoutError:
                raise
            except OSError as error:
                reraise(error)
                step = steps.throw(error)
            else:
                step = steps.send(answer)
    except StopIteration as end:
        return end.value  # type: ignore[no-any-return]  # a generator's value is typed Any
    finally:
        steps.close()


async def aact(step: Step, seconds: float, turn: int) -> list[str] | None:
    """Do what `step` asks for, as the attempt's step number `turn`."""
    match step:
        case Readable(sock):
            await ready(sock, READ, seconds)
        case Writable(sock, at_most):
            await ready(sock, WRITE, min(seconds, at_most))
        case Breathe() if turn % TURNS == 0:
            await anyio.lowlevel.checkpoint()
        case LookUp(host, _) if is_address(host):
            return [host]
        case LookUp(host, port):
            with anyio.fail_after(seconds):
                entries = await anyio.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            return [str(entry[4][0]) for entry in entries]
    return None


async def ready(sock: socket.socket, event: int, seconds: float) -> None:
    """Wait for a socket; returns in vain when time is up, for the flow looks again."""
    loop = None if os.name == "nt" else asyncio_loop()  # Windows' own loop watches no sockets
    if loop is not None:
        await watched(loop, sock.fileno(), event, min(seconds, LONGEST))
        return
    with anyio.move_on_after(seconds):
        await (anyio.wait_readable(sock) if event == READ else anyio.wait_writable(sock))


async def watched(loop: asyncio.AbstractEventLoop, number: int, event: int, seconds: float) -> None:
    """The same by asyncio's loop itself, a third of the way that it is through anyio.

    Args:
        number: The socket's file descriptor. Of a socket asyncio makes a text each time, which takes longer.
    """
    turn = loop.create_future()
    if event == READ:
        unwatch = loop.remove_reader
        loop.add_reader(number, give, turn)
    else:
        unwatch = loop.remove_writer
        loop.add_writer(number, give, turn)
    alarm = loop.call_later(seconds, give, turn)
    try:
        await turn
    finally:
        alarm.cancel()
        unwatch(number)


def give(turn: asyncio.Future[None]) -> None:
    """Let whoever waits go on, once."""
    if not turn.done():
        turn.set_result(None)
