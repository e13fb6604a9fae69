"""Connections to a server, each used by one command at a time.

They are redis-py's, without its pools: these would keep one that a signal interrupted between a command and
its reply, and hand the reply to whoever asks next. Here what does not end well is disconnected.
"""

from __future__ import annotations

from dataclasses import dataclass
from inspect import signature
from operator import methodcaller
from pathlib import Path
from typing import Any

import redis.asyncio.connection as awaiting
from redis import connection as blocking
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError, ResponseError
from redis.retry import Retry

from cocapi.interrupts import reraise
from cocapi.pools import Pool, abandon
from cocapi_redis.address import Address

__all__ = ["Connections", "Login"]

UNNAMED: dict[str, None] = (
    {"driver_info": None}
    if "driver_info" in signature(blocking.AbstractConnection.__init__).parameters
    else {"lib_name": None, "lib_version": None}  # before redis-py 8
)
"""Two commands fewer for each connection: it does not say which library it is of."""


@dataclass(frozen=True)
class Login:
    """How to reach a server.

    Args:
        address: Where it is.
        ca_file: Certificates that sign the server's; None: those of the system.
        timeout: Seconds for each packet in synchronous code.
    """

    address: Address
    ca_file: Path | None
    timeout: float

    def connection(self) -> Any:
        """A connection for threads, which connects with its first command."""
        kind: Any = blocking.SSLConnection if self.address.tls else blocking.Connection
        timeouts = {"socket_timeout": self.timeout, "socket_connect_timeout": self.timeout}
        return kind(retry=Retry(NoBackoff(), 0), **timeouts, **self._settings())

    def async_connection(self) -> Any:
        """A connection for one event loop of asyncio. Whoever awaits it bounds the time."""
        kind: Any = awaiting.SSLConnection if self.address.tls else awaiting.Connection
        timeouts = {"socket_timeout": None, "socket_connect_timeout": None}
        return kind(retry=AsyncRetry(NoBackoff(), 0), **timeouts, **self._settings())

    def _settings(self) -> dict[str, Any]:
        address = self.address
        settings: dict[str, Any] = {
            "host": address.host,
            "port": address.port,
            "db": address.database,
            "username": address.user,
            "password": address.password,
            "protocol": 2,
            **UNNAMED,
        }
        if address.tls:
            ca_file = str(self.ca_file) if self.ca_file else None
            settings |= {"ssl_cert_reqs": "required", "ssl_check_hostname": True, "ssl_ca_certs": ca_file}
        return settings


class Connections:
    """For threads, each command on a connection of its own while it lasts.

    Args:
        login: How the server is reached.
    """

    def __init__(self, login: Login) -> None:
        self.login = login
        self._pool: Pool[Any] = new_pool()

    @property
    def within(self) -> float | None:
        """Seconds in which a command ends by itself; None: it has to connect first, some round trips."""
        return self.login.timeout if self._pool else None

    def command(self, *words: Any) -> Any:
        """What the server replies.

        Raises:
            redis.exceptions.RedisError: It cannot be reached, does not reply in time, or refuses the command.
        """
        pool = self._pool
        connection = pool.take() or self.login.connection()
        try:
            connection.send_command(*words)
            reply = connection.read_response(disable_decoding=True)
        except ResponseError:
            pool.put_back(connection)
            raise
        except BaseException:
            connection.disconnect()
            raise
        pool.put_back(connection)
        return reply

    def close(self) -> None:
        """Close them; one that is in use, when its command is done."""
        pool, self._pool = self._pool, new_pool()
        pool.close()

    def abandon(self) -> None:
        """In the child of a fork: forget them; to close them might say good-bye in the parent's name."""
        abandon(self._pool)
        self._pool = new_pool()


def new_pool() -> Pool[Any]:
    """With none in it."""
    return Pool(is_clean, methodcaller("disconnect"))


def is_clean(connection: Any) -> bool:
    """Whether nothing is to be read, as must be where no command waits for a reply; a connection that was
    closed has its end to be read."""
    try:
        return not connection.can_read()
    except (RedisError, OSError) as error:
        reraise(error)
        return False
