"""What went wrong in pyreqwest, told as errors of cocapi."""

from __future__ import annotations

from typing import NoReturn
from urllib.parse import urlsplit

from pyreqwest.exceptions import (
    ClientClosedError,
    ConnectError,
    DecodeError,
    DetailedPyreqwestError,
    PyreqwestError,
    RequestTimeoutError,
)

from cocapi import ClientClosed, CocApiError, ConfigError, ConnectionFailed, Request
from cocapi.transport import MalformedBody, lost, malformed, proxy_failed, timed_out
from cocapi_pyreqwest.answers import MalformedHead
from cocapi_pyreqwest.clients import FORKED, proxy_of

__all__ = ["tell"]

CUT_OFF = "end of file", "EOF"
"""What the Rust libraries say where a body ends too early."""


def tell(request: Request, error: Exception) -> NoReturn:
    """Raise what was raised while `request` was sent as an error of cocapi."""
    match error:
        case CocApiError():
            raise error
        case RequestTimeoutError() | TimeoutError():
            raise timed_out(request) from error
        case ClientClosedError():
            raise ClientClosed from error
        case PyreqwestError():
            raise told(request, causes(error)[-1], error) from error
        case MalformedHead() | MalformedBody():
            raise malformed(request, error) from error
        case RuntimeError() if "runtime" in str(error):
            raise ConfigError(FORKED) from error
        case _:
            raise error


def told(request: Request, said: str, error: PyreqwestError) -> ConnectionFailed:
    cause = Exception(said)
    if isinstance(error, DecodeError) and not any(words in said for words in CUT_OFF):
        return malformed(request, cause)
    proxy = proxy_of(request.base_url) if isinstance(error, ConnectError) else None
    if proxy is not None and by_proxy(request, causes(error)):
        return proxy_failed(urlsplit(proxy).netloc.rpartition("@")[2], cause)
    return lost(request, cause)


def by_proxy(request: Request, said: list[str]) -> bool:
    """Whether the proxy is why: plain HTTP connects to nobody else."""
    return request.base_url.startswith("http:") or any("tunnel" in s or "socks" in s for s in said)


def causes(error: PyreqwestError) -> list[str]:
    """What pyreqwest lists, the outermost first: …, "Connection refused (os error 111)"."""
    listed = error.details["causes"] if isinstance(error, DetailedPyreqwestError) else None
    return [cause["message"] for cause in listed] if listed else [error.message]
