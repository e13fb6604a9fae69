"""What went wrong in httpcore, told as errors of cocapi: one sentence that names host and remedy.

No sentence shows a header: the token is among them.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import httpcore

from cocapi import ConnectionFailed, Request, RequestTimeout, ResponseTooLarge
from cocapi_httpx.body import TooLarge

__all__ = ["told"]


@contextmanager
def told(request: Request, limit: int) -> Iterator[None]:
    """Turn what is raised while `request` is sent into RequestTimeout, ConnectionFailed or
    ResponseTooLarge; `limit` is the number of bytes allowed."""
    host = urlsplit(request.base_url).netloc.rpartition("@")[2]
    within = f"within {request.timeout:g} s"
    try:
        yield
    except httpcore.PoolTimeout as error:
        raise RequestTimeout(
            f"no connection to {host} was free {within}; make fewer calls at once, or raise max_connections"
        ) from error
    except httpcore.ConnectTimeout as error:
        raise RequestTimeout(
            f"no connection to {host} could be made {within}; check the network and any proxy"
        ) from error
    except httpcore.TimeoutException as error:
        raise RequestTimeout(
            f"{host} did not answer in full {within}; try again later, or raise timeout"
        ) from error
    except httpcore.ConnectError as error:
        raise ConnectionFailed(f"no connection to {host}: {error}; {remedy(error)}") from error
    except httpcore.ProxyError as error:
        raise ConnectionFailed(
            f"the proxy on the way to {host} refused: {error}; check HTTP_PROXY and HTTPS_PROXY"
        ) from error
    except httpcore.LocalProtocolError:
        # The cause would show the header field that cannot be sent.
        raise ConnectionFailed(
            f"the request to {host} cannot be sent; check the headers that plugins or middleware add"
        ) from None
    except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.UnsupportedProtocol) as error:
        raise ConnectionFailed(
            f"the connection to {host} was lost before the whole response had come; try again"
        ) from error
    except zlib.error as error:
        raise ConnectionFailed(f"the gzipped response of {host} is damaged: {error}; try again") from error
    except TooLarge as error:
        raise ResponseTooLarge(
            f"the response of {host} is longer than {limit} bytes; "
            "ask for less with limit=, or raise max_response_bytes"
        ) from error


def remedy(error: httpcore.ConnectError) -> str:
    """What to do about a connection that was refused."""
    if "CERTIFICATE" in str(error).upper():
        return "if a certificate of your own is right, name it in SSL_CERT_FILE"
    return "check the network, and the proxy if there is one"
