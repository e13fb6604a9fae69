"""What a connection needs of the world, as effects; and who provides it, threads and tasks alike.

A connection is written as flows over a socket that never blocks: whoever must wait yields what for. So
connecting, encrypting, sending and reading are written once, nothing is bound to an event loop, and one
deadline bounds them all.
"""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Generator
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any, TypeAlias, TypeVar

import anyio

from cocapi.transport import addresses

__all__ = ["LookUp", "Readable", "Step", "Steps", "Writable", "arun", "run"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Readable:
    """Wait until something is there to be read."""

    sock: socket.socket


@dataclass(frozen=True, slots=True)
class Writable:
    """Wait until something can be written."""

    sock: socket.socket


@dataclass(frozen=True, slots=True)
class LookUp:
    """Find the IP addresses of a host; answered with a list of them."""

    host: str
    port: int


Step: TypeAlias = Readable | Writable | LookUp
Steps: TypeAlias = Generator[Step, Any, T]


def run(steps: Steps[T], deadline: float) -> T:
    """Take `steps` in this thread until `time.monotonic()` reaches `deadline`.

    Raises:
        TimeoutError: it did.
    """
    try:
        step = next(steps)
        while True:
            seconds = deadline - time.monotonic()
            if seconds <= 0:
                raise TimeoutError("the attempt took too long as a whole")
            step = steps.send(act(step, seconds))
    except StopIteration as end:
        return end.value  # type: ignore[no-any-return]  # a generator's value is typed Any
    finally:
        steps.close()


def act(step: Step, seconds: float) -> list[str] | None:
    if isinstance(step, LookUp):
        return known(step.host) or addresses(step.host, step.port, seconds)
    wait(step, seconds)
    return None


def wait(step: Readable | Writable, seconds: float) -> None:
    """Wait for a socket; returns early or in vain at times, for the flow looks again."""
    writing = isinstance(step, Writable)
    if hasattr(select, "poll"):
        poll = select.poll()
        poll.register(step.sock, select.POLLOUT if writing else select.POLLIN)
        poll.poll(min(seconds, LONGEST) * 1000 + 1)
    else:  # Windows, where select knows no bound
        select.select([] if writing else [step.sock], [step.sock] if writing else [], [step.sock], seconds)


LONGEST = 3600.0
"""Seconds that one wait may take: beyond some weeks, the systems' own numbers end."""


async def arun(steps: Steps[T], deadline: float) -> T:
    """Take `steps` in this task until `time.monotonic()` reaches `deadline`.

    Raises:
        TimeoutError: it did.
    """
    try:
        with anyio.fail_after(deadline - time.monotonic()):
            step = next(steps)
            while True:
                step = steps.send(await aact(step))
    except StopIteration as end:
        return end.value  # type: ignore[no-any-return]  # a generator's value is typed Any
    finally:
        steps.close()


async def aact(step: Step) -> list[str] | None:
    match step:
        case Readable(sock):
            await anyio.wait_readable(sock)
        case Writable(sock):
            await anyio.wait_writable(sock)
        case LookUp(host, port):
            return known(host) or [
                str(entry[4][0]) for entry in await anyio.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            ]
    return None


def known(host: str) -> list[str]:
    """A host that is an IP address already; empty for a name."""
    try:
        return [str(ip_address(host))]
    except ValueError:
        return []
