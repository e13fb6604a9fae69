"""Getting keys: from the file, from the store, from the portal; by one call, while the others wait.

However it fails, it fails in bounded time, with one sentence, and it logs in no more often than it may.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Iterable
from typing import Any

from cocapi import ApiConfig, CocApiError, Flow, sleep
from cocapi.addresses import origin_of
from cocapi.weaklock import WeakLock
from cocapi_keys.account import Account
from cocapi_keys.errors import InvalidCredentials, KeyLimitReached, KeyManagerError
from cocapi_keys.kept import Entry, KeptKeys
from cocapi_keys.key import Key
from cocapi_keys.logins import Logins
from cocapi_keys.options import PORTAL, KeysOptions, portal_setting
from cocapi_keys.plan import MOST_KEYS, planned
from cocapi_keys.portal import Portal, Session
from cocapi_keys.ring import Ring
from cocapi_keys.shared import SharedKeys
from cocapi_keys.threads import in_thread

__all__ = ["Renewal"]

log: logging.Logger = logging.getLogger("cocapi.keys")

PAUSE = 10.0
"""Seconds for which calls fail at once after the portal failed."""

LOOK = 0.02
"""Seconds after which a call looks again whether the one that logs in has done so."""

LOOK_AT_STORE = 0.2
"""The same, whether another process has."""


class Renewal:
    """Gets keys for a ring.

    Args:
        options: How many, under which name.
        account: Who logs in; None: nobody, and there is what is kept.
        ring: Where the keys go.
        kept: The file; None: nothing is kept.
        api: The origin that the keys are for.
        clock: The time in seconds.

    Attributes:
        shared: What other processes know; None: nothing.
        logins: Those that were made.
        changing: Whether the last log-in saw another address than the one before, and ended well. Only then
            does it help to wait for the next.
    """

    def __init__(
        self,
        options: KeysOptions,
        account: Account | None,
        ring: Ring,
        kept: KeptKeys | None,
        api: str,
        clock: Callable[[], float],
    ) -> None:
        self.options = options
        self.account = account
        self.ring = ring
        self.kept = kept
        self.api = api
        self.clock = clock
        self.shared: SharedKeys | None = None
        self._own: tuple[Key, ...] = ()  # what this host has used
        self.logins = Logins(clock)
        self._failure: KeyManagerError | None = None
        self._forgotten = 0.0  # when the failure is
        self.changing = True
        self._address: str | None = None  # where the portal saw this host
        self.forked()

    def forked(self) -> None:
        """In the child of a fork, where nobody gets keys at this moment."""
        self._lock = WeakLock()
        if self.shared is not None:
            self.shared.forked()

    def first_key(self, state: dict[str, Any] | None = None) -> Flow[Key]:
        """A key that was not refused, after as much as it takes to get one.

        Args:
            state: The notes of the call that needs it; None: none does.

        Raises:
            KeyManagerError: There is none to be had.
        """
        until = self.clock() + self.options.max_wait
        while (key := self.ring.next()) is None:
            self._raise_failure()
            holder = self._lock.acquire()
            if holder is not None:
                try:
                    yield from self._renew(until, state)
                except KeyManagerError as error:
                    self._fail(error)
                    raise
                finally:
                    self._lock.release()
            elif self.clock() < until:
                yield from sleep(LOOK)
            else:
                raise self._too_long("another call")
        return key

    def log_in(self, state: dict[str, Any] | None = None) -> Flow[Session]:
        """A session at the portal, which counts among the log-ins of a minute.

        Where there were too many, a call waits, once, as the address changes that often. It does not where
        the address was the same before, or the portal failed: another log-in would not help.

        Args:
            state: As for `first_key`.

        Raises:
            KeyManagerError: There was none.
        """
        account = self.account
        if account is None and self.kept is not None:
            account = self.account = yield from self._remembered(self.kept)
        if account is None:
            raise KeyManagerError((yield from self._no_account()))
        until = self.clock() + self.options.max_wait
        waits = self.changing and len((state or {}).get("keys", ())) <= 1
        yield from self.logins.admit(self.shared, until if waits else self.clock())
        portal = Portal(self.options, self.clock, until, state)
        try:
            return (yield from portal.log_in(account))
        except KeyManagerError as error:
            if self.options.portal == PORTAL and self.api != origin_of(ApiConfig.base_url):
                hint = f"; a portal at {self.api} is asked with {portal_setting(self.api)}"
                raise type(error)(error.message + hint) from error
            raise

    def keys_at_portal(self, state: dict[str, Any] | None = None) -> Flow[tuple[Key, ...]]:
        """Log in, and make sure that there are keys for this host; those that take turns from now on.

        Args:
            state: As for `first_key`.

        Raises:
            KeyManagerError: There are none.
        """
        session = yield from self.log_in(state)
        all_keys = yield from session.keys()
        shared = (yield from self.shared.keys()) if self.shared is not None else ()
        former = {key.id for key in self._own}
        elsewhere = {key.id for key in shared} - former
        name, count = self.options.name, self.options.count
        plan = planned(all_keys, session.address, name, count, former, elsewhere)
        for key in plan.revoke:
            yield from self._revoked(session, key)
        use = [*plan.use]
        for _ in range(plan.create):
            use += yield from self._created(session, bool(use))
        if not use:
            raise KeyLimitReached(
                f"the account has {MOST_KEYS} keys, and none of them is called {name!r}: revoke one at "
                f"{self.options.portal}, or name one of them so"
            )
        if (room := len(plan.use) + plan.create) < count:
            log.warning(
                "there are fewer keys than wanted: beside those of other names there is room for %d of %d",
                room,
                count,
            )
        self._own = tuple(use)
        self.changing, self._address = session.address != self._address, session.address
        self.ring.replace(use)
        remaining = {key.id for key in all_keys} - {key.id for key in plan.revoke}
        yield from self._keep(use, (key for key in shared if key.id in remaining))
        return self._own

    def _revoked(self, session: Session, key: Key) -> Flow[None]:
        """Revoke a key; where that fails, it stays, and the log says so."""
        try:
            yield from session.revoke(key)
        except KeyManagerError as error:
            log.warning("the key %s could not be revoked: %s", key.key_id, error.message)
        else:
            log.info("revoked the key %s, which allowed %s", key.key_id, ", ".join(key.cidrs))

    def _created(self, session: Session, enough: bool) -> Flow[tuple[Key, ...]]:
        """A key that is made; nothing, and a line in the log, where it fails and there are `enough`."""
        try:
            key = yield from session.create(self.options.name, self.options.description, self.options.scope)
        except KeyManagerError as error:
            if not enough:
                raise
            log.warning("there are fewer keys than wanted: %s", error.message)
            return ()
        log.info("made the key %s, which allows %s", key.key_id, session.address)
        return (key,)

    def _keep(self, use: list[Key], others: Iterable[Key]) -> Flow[None]:
        """Put keys where the next start, and other processes, find them."""
        if self.kept is not None and self.account is not None:
            entry = Entry(self.account.digest, self.options.portal, self.api, self.options.name, self._own)
            kept = self.kept
            yield from in_thread(lambda: kept.write(entry))
        if self.shared is not None:
            ids = {key.id for key in use}
            yield from self.shared.publish([*use, *(key for key in others if key.id not in ids)])

    def _renew(self, until: float, state: dict[str, Any] | None) -> Flow[None]:
        """Let the ring have keys that were not refused."""
        if self.kept is not None and (yield from self._read(self.kept)):
            return
        while self.shared is not None:
            if self.ring.offer((yield from self.shared.keys())):
                return
            if (yield from self.shared.claim()):
                break
            if self.clock() >= until:
                raise self._too_long("another process")
            yield from sleep(LOOK_AT_STORE)
        try:
            if self.shared is None or not self.ring.offer((yield from self.shared.keys())):
                yield from self.keys_at_portal(state)
        except CocApiError:
            yield from self._release()
            raise
        yield from self._release()

    def _release(self) -> Flow[None]:
        if self.shared is not None:
            yield from self.shared.release()

    def _read(self, kept: KeptKeys) -> Flow[bool]:
        """Whether the file has keys that were not refused. Those that this host wrote are its own."""
        entries = yield from in_thread(kept.entries)
        ours = [entry for entry in entries if self._fits(entry)]
        ours.sort(key=lambda entry: (entry.here, entry.at), reverse=True)
        self._own = self._own or tuple(key for entry in ours if entry.here for key in entry.keys)
        return any(self.ring.offer(entry.keys) for entry in ours)

    def _fits(self, entry: Entry) -> bool:
        """Whether an entry of the file is of this account; without one, of any."""
        options = self.options
        same_account = self.account is None or entry.account == self.account.digest
        return same_account and (entry.portal, entry.api, entry.name) == (
            options.portal,
            self.api,
            options.name,
        )

    def _remembered(self, kept: KeptKeys) -> Flow[Account | None]:
        """The account that the system's keyring remembers, if the user asked it to."""
        from cocapi_keys.keyrings import remembered

        login = yield from in_thread(lambda: remembered(kept.path))
        return None if login is None else Account.of(*login, self.options.portal)

    def _no_account(self) -> Flow[str]:
        """Why keys that are kept do not serve, where nobody can log in."""
        entries = () if self.kept is None else (yield from in_thread(self.kept.entries))
        why = others(entries, self.options, self.api)
        return why or (
            "the keys that are kept do not allow the address of this host, or were revoked, and there "
            "are no credentials to make others: run 'cocapi login' again"
        )

    def _fail(self, error: KeyManagerError) -> None:
        """Let the calls that wait, and those that come soon, fail alike. Wrong credentials stay wrong."""
        self._failure, self.changing = error, False
        self._forgotten = math.inf if isinstance(error, InvalidCredentials) else self.clock() + PAUSE

    def _raise_failure(self) -> None:
        """Raise what another call found, while that is news."""
        if self._failure is not None:
            if self.clock() < self._forgotten:
                raise type(self._failure)(self._failure.message)
            self._failure = None

    def _too_long(self, who: str) -> KeyManagerError:
        return KeyManagerError(
            f"{who} has been logging in at the developer portal for {self.options.max_wait:g} seconds; "
            "there is no key so far"
        )


def others(entries: Iterable[Entry], options: KeysOptions, api: str) -> str | None:
    """Why keys that are kept are none for a client; None: some are, or there are none.

    Args:
        entries: Of the file.
        options: Of the client.
        api: Which it asks.
    """
    kept = {(entry.api, entry.portal, entry.name) for entry in entries}
    if not kept or (api, options.portal, options.name) in kept:
        return None
    if api not in {of for of, _, _ in kept}:
        apis = " and ".join(sorted({of for of, _, _ in kept}))
        return f"the keys that are kept are for {apis}, and not for {api}: run 'cocapi login' for that"
    portals = sorted({portal for of, portal, _ in kept if of == api})
    if options.portal not in portals:
        return (
            f"the keys that are kept for {api} are of the portal {portals[0]}, and not of {options.portal}: "
            f"name it by {portal_setting(portals[0])}, or run 'cocapi login' again"
        )
    names = sorted({name for of, portal, name in kept if (of, portal) == (api, options.portal)})
    return (
        f"the keys that are kept are called {' and '.join(map(repr, names))}, and not {options.name!r}: set "
        "key_name (COCAPI_KEY_NAME), or run 'cocapi login' again"
    )
