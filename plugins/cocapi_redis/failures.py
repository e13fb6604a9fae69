"""What a server or the way to it lacks, in a sentence with the way out."""

from __future__ import annotations

import os

from redis import exceptions

from cocapi import StoreUnavailable

__all__ = ["failure_of"]

CLUSTER = (
    "belongs to a Redis Cluster, which spreads over servers what must be together here: name a server that "
    "stands alone, or the primary of one with replicas"
)

SENTENCES: list[tuple[type[exceptions.RedisError], str]] = [
    (exceptions.AuthenticationError, "refuses user or password: mend them in store="),
    (exceptions.BusyLoadingError, "has just been started and loads its data"),
    (
        exceptions.NoPermissionError,
        "does not permit what is needed: see the page of the plugin for what a user of it must be allowed",
    ),
    (
        exceptions.OutOfMemoryError,
        "is full: give it more memory (maxmemory) or let it drop what is old (maxmemory-policy)",
    ),
    (exceptions.ReadOnlyError, "is a replica, which only reads: name the primary in store="),
    (exceptions.AskError, CLUSTER),  # and its child MovedError
    (exceptions.ClusterCrossSlotError, CLUSTER),
    (exceptions.ClusterDownError, CLUSTER),
    (exceptions.InvalidResponse, "is no Redis server, by its replies: mend host or port in store="),
]
"""The first that fits; a later one may be the parent of an earlier one."""


def failure_of(error: exceptions.RedisError) -> Exception:
    """The error that a store raises: TimeoutError where it took too long, else one with a sentence."""
    if isinstance(error, exceptions.TimeoutError):
        return TimeoutError(str(error))
    for kind, sentence in SENTENCES:
        if isinstance(error, kind):
            return StoreUnavailable(sentence)
    words = reason(error)
    if "CERTIFICATE_VERIFY_FAILED" in words or "certificate" in words:
        return StoreUnavailable(
            f"shows a certificate that cannot be verified ({words}): name its issuer in "
            "plugins={'redis': {'ca_file': …}}"
        )
    if words.lower().startswith("unknown command"):
        return StoreUnavailable(
            "keeps no data, as a Sentinel: name the primary in store= (SENTINEL get-master-addr-by-name says "
            "where it is)"
        )
    if isinstance(error, exceptions.ConnectionError):
        if "SSL" in words:
            return StoreUnavailable(f"speaks no TLS ({words}): write redis:// in store=, or mend the port")
        return StoreUnavailable(f"cannot be reached ({words}): start it, or mend host and port in store=")
    return StoreUnavailable(f"refuses a command: {words}")


def reason(error: Exception) -> str:
    """Why a connection failed: in the words of the system where it has some, which asyncio leaves out."""
    cause = error.__cause__ or error.__context__
    if type(cause) is ConnectionRefusedError and cause.errno:
        return os.strerror(cause.errno)
    return str(error).rstrip(".")
