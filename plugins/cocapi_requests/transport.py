"""requests as a transport, by what carries it: urllib3's connections.

A `requests.Session` does more than a transport may: it puts a password from ~/.netrc in the token's place,
keeps cookies, and reads the whole body of a redirect. And urllib3's pool keeps its connections in a queue
that an exception out of a signal handler leaves locked for good. So each connection is driven here by itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cocapi import ApiConfig
from cocapi.transport import PooledTransport

if TYPE_CHECKING:
    from cocapi_requests.attempts import Attempts

__all__ = ["RequestsTransport"]


class RequestsTransport(PooledTransport["Attempts"]):
    """Keeps `cocapi.SyncTransport`. requests is imported, and the environment is read, at the first request.

    Args:
        config: `max_connections`, `max_keepalive_connections`, `enable_keepalive` and `max_response_bytes`.
    """

    @staticmethod
    def begin(config: ApiConfig) -> Attempts:
        """See `PooledTransport.begin`."""
        from cocapi_requests.attempts import Attempts

        return Attempts(config)
