"""Keys that processes and hosts share through the client's store: one logs in, the others receive.

What lies in the store is encrypted with a secret that is derived from the password (scrypt, RFC 7914), which
whoever shares the account has, and whoever can read the store has not.
"""

from __future__ import annotations

import base64
import hashlib
import json
import logging
from collections.abc import Iterable
from typing import Any

from cocapi import AnyCocApi, Flow, Lease, StoreUnavailable
from cocapi.interrupts import reraise
from cocapi_keys.account import Account
from cocapi_keys.key import Key
from cocapi_keys.threads import in_thread

__all__ = ["SharedKeys"]

log: logging.Logger = logging.getLogger("cocapi.keys")

KEPT = 30 * 86400.0
"""Seconds that keys which nobody renews stay in the store."""

LEASE = 60.0
"""Seconds that one may take to log in, before others take its place."""


class SharedKeys:
    """What is in the store about the keys of one account and name.

    A store that fails is as good as none: each process then logs in for itself.

    Args:
        client: Whose store it is.
        account: Whose keys.
        name: Of the keys.
    """

    def __init__(self, client: AnyCocApi, account: Account, name: str) -> None:
        self.client = client
        self.account = account
        self.record = f"keys:{account.digest}:{name}"
        self.logins = f"keys:logins:{account.digest}"
        self._cipher: Any = None
        self._lease: Lease | None = None
        self._unshared = False  # whether the store did not take what was put last

    def __repr__(self) -> str:
        return f"<SharedKeys {self.record}>"

    def keys(self) -> Flow[tuple[Key, ...]]:
        """The keys that somebody has put there."""
        try:
            sealed = yield from self.client.store.get(self.record)
        except StoreUnavailable:
            return ()
        cipher = None if sealed is None else (yield from self._secret())
        if sealed is None or cipher is None:
            return ()
        try:
            return tuple(map(Key.read, json.loads(cipher.decrypt(sealed))))
        except Exception as error:
            reraise(error)  # another password, an older format
            log.warning("the keys in the store cannot be read: %s", type(error).__name__)
            return ()

    def publish(self, keys: Iterable[Key]) -> Flow[None]:
        """Put keys there, for the others."""
        cipher = yield from self._secret()
        if cipher is None:
            return
        sealed = cipher.encrypt(json.dumps([key.written() for key in keys]).encode())
        try:
            yield from self.client.store.put(self.record, sealed, KEPT)
        except StoreUnavailable as error:
            self._unshared = True
            log.warning("the keys are not shared: %s", error.message)
            return
        if self._unshared:
            self._unshared = False
            log.info("the keys are shared again")

    def claim(self) -> Flow[bool]:
        """Whether it is on this client to log in. A call of it that was cancelled may have left the lease."""
        try:
            if self._lease is not None and (yield from self.client.store.extend(self._lease, LEASE)):
                return True
            self._lease = yield from self.client.store.claim(self.record, LEASE)
        except StoreUnavailable:
            return True
        return self._lease is not None

    def release(self) -> Flow[None]:
        """Let others log in."""
        lease, self._lease = self._lease, None
        if lease is not None:
            try:
                yield from self.client.store.release(lease)
            except StoreUnavailable:
                return  # it ends by itself

    def admit(self, rate: float, burst: int) -> Flow[float]:
        """0, and a log-in of the account is counted; else the seconds until there may be one."""
        try:
            return (yield from self.client.store.admit(self.logins, rate, burst))
        except StoreUnavailable:
            return 0.0

    def forked(self) -> None:
        """In the child of a fork: the lease is the parent's."""
        self._lease = None

    def _secret(self) -> Flow[Any]:
        """What encrypts and decrypts; None: the library for it is not installed."""
        if self._cipher is None:
            try:
                from cryptography.fernet import Fernet
            except ModuleNotFoundError:
                log.warning("keys are not shared through the store: that needs pip install 'cocapi[keys]'")
                return None
            password, salt = str(self.account.password).encode(), self.record.encode()

            def derived() -> bytes:  # it takes 50 ms
                return hashlib.scrypt(password, salt=salt, n=2**14, r=8, p=1, dklen=32)

            self._cipher = Fernet(base64.urlsafe_b64encode((yield from in_thread(derived))))
        return self._cipher
