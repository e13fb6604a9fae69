"""The protocol that a transport keeps, and the parts that transports are built of.

The core itself knows no HTTP library: plugins offer transports (`cocapi_transport`).
"""

from cocapi.clocks import elapsed
from cocapi.transport.body import Body, MalformedBody, too_large
from cocapi.transport.failures import (
    ConnectError,
    ProxyError,
    lost,
    malformed,
    proxy_failed,
    sendable,
    timed_out,
    unsendable,
    words,
)
from cocapi.transport.idle import IdleConnections, ReusableConnection
from cocapi.transport.places import Places
from cocapi.transport.pooled import Attempting, PooledTransport
from cocapi.transport.protocol import AsyncTransport, InnerTransport, Mode, SyncTransport, Transport
from cocapi.transport.proxies import proxy_for
from cocapi.transport.sending import (
    addresses,
    check_sendable,
    connections_opened,
    is_address,
    opened_connection,
    outgoing,
)

__all__ = [
    "AsyncTransport",
    "Attempting",
    "Body",
    "ConnectError",
    "IdleConnections",
    "InnerTransport",
    "MalformedBody",
    "Mode",
    "Places",
    "PooledTransport",
    "ProxyError",
    "ReusableConnection",
    "SyncTransport",
    "Transport",
    "addresses",
    "check_sendable",
    "connections_opened",
    "elapsed",
    "is_address",
    "lost",
    "malformed",
    "opened_connection",
    "outgoing",
    "proxy_failed",
    "proxy_for",
    "sendable",
    "timed_out",
    "too_large",
    "unsendable",
    "words",
]
