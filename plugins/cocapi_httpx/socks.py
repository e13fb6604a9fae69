"""SOCKS 5 (RFC 1928, RFC 1929), spoken by socksio where it is installed."""

from __future__ import annotations

from typing import Any

from cocapi import ConnectionFailed
from cocapi.interrupts import reraise
from cocapi_httpx.channels import Channel
from cocapi_httpx.proxy import Proxy
from cocapi_httpx.steps import Steps

__all__ = ["check_socks", "through_socks"]


MOST = 512
"""Bytes of a reply; the longest has 262 (RFC 1928 section 6)."""


def check_socks() -> None:
    """Raise ConnectionFailed where the library is missing."""
    from importlib.util import find_spec

    if find_spec("socksio") is None:
        raise ConnectionFailed("the environment names a SOCKS proxy: pip install 'httpx[socks]' for it")


def through_socks(channel: Channel, proxy: Proxy, host: str, port: int) -> Steps[None]:
    """Let the proxy at the other end of `channel` connect to a host, whose name it looks up itself.

    Raises:
        ConnectionError: It refuses.
    """
    from socksio import ProtocolError, socks5

    talk = socks5.SOCKS5Connection()

    def ask(request: Any) -> Steps[Any]:
        talk.send(request)
        yield from channel.write(talk.data_to_send())
        data = b""
        while more := (yield from channel.read()):
            data += more
            try:
                return talk.receive_data(data)
            except (ProtocolError, IndexError, ValueError) as error:
                reraise(error)
                if len(data) > MOST:
                    break
        raise ConnectionError("it does not speak SOCKS 5")

    methods = socks5.SOCKS5AuthMethod
    method = methods.USERNAME_PASSWORD if proxy.auth else methods.NO_AUTH_REQUIRED
    chosen = yield from ask(socks5.SOCKS5AuthMethodsRequest([method]))
    if chosen.method != method:
        raise ConnectionError("it asks for another way to log in")
    if proxy.auth:
        entered = yield from ask(socks5.SOCKS5UsernamePasswordRequest(*proxy.auth))
        if not entered.success:
            raise ConnectionError("it refuses the name and password")
    command = socks5.SOCKS5CommandRequest.from_address(socks5.SOCKS5Command.CONNECT, (host, port))
    reply = yield from ask(command)
    if reply.reply_code != socks5.SOCKS5ReplyCode.SUCCEEDED:
        raise ConnectionError(f"it cannot connect: {reply.reply_code.name.replace('_', ' ').lower()}")
