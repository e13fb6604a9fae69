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
    (
        exceptions.AuthenticationError,
        "refuses user or password: mend them in store='redis://user:password@host'",
    ),
    (exceptions.BusyLoadingError, "has just been started and loads its data"),
    (
        exceptions.OutOfMemoryError,
        "is full: give it more memory (maxmemory) or let it drop what is old (maxmemory-policy)",
    ),
    (exceptions.MasterDownError, "is a replica that has lost its primary: name the primary in store="),
    (exceptions.ReadOnlyError, "is a replica, which only reads: name the primary in store="),
    (exceptions.AskError, CLUSTER),  # and its child MovedError
    (exceptions.ClusterCrossSlotError, CLUSTER),
    (exceptions.ClusterDownError, CLUSTER),
    (exceptions.InvalidResponse, "is no Redis server, by its replies: mend host or port in store="),
]
"""The first that fits; a later one may be the parent of an earlier one."""

WORDS = [
    ("DB index is out of range", "has no database of this number: mend the number at the end of store="),
    ("WRONGTYPE", "has something of another program under a key of cocapi's: choose another namespace"),
    ("MISCONF", "cannot write to its disk, and so takes nothing: its log says why"),
    ("NOREPLICAS", "has fewer replicas than it is told to have (min-replicas-to-write): start them"),
    ("DENIED", "lets in nobody from another host (protected mode): give it a password, or bind it"),
    (
        "max number of clients reached",
        "has as many clients as it takes: raise its maxclients, or end some of them",
    ),
    ("BUSY ", "is busy with a script of another program: end that (SCRIPT KILL), or wait"),
]
"""How an error begins that is told by no class of its own, and what it means."""


def failure_of(error: exceptions.RedisError) -> Exception:
    """The error that a store raises: TimeoutError where it took too long, else one with a sentence."""
    if isinstance(error, exceptions.TimeoutError):
        return TimeoutError(str(error))
    for kind, sentence in SENTENCES:
        if isinstance(error, kind):
            return StoreUnavailable(sentence)
    words = reason(error)
    for beginning, sentence in WORDS:
        if words.startswith(beginning):
            return StoreUnavailable(sentence)
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
