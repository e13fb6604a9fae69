"""The store of a client as plugins hold it: chosen on first use, checked, and bounded in time.

Whatever the store of a plugin does, a call goes on: a verb that fails or takes too long raises
`StoreUnavailable`, which a hook turns into None where its author has not thought of it. The store is then
left alone for a while, so that an outage costs a bounded moment now and then instead of one a call: after a
failure at once; after a verb that was late when one that began later is late too, for a thousand tasks that
want something at once are late by themselves. After the while one verb tries, and the others wait for what
becomes of it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from math import inf
from types import GeneratorType
from typing import Any, TypeGuard, TypeVar
from urllib.parse import unquote, urlsplit

from cocapi.calls.deadline import awaited
from cocapi.calls.effects import Do, Effect, Flow, Sleep, relay
from cocapi.calls.hooks import Implementation
from cocapi.client.streams import ClientStreams, NoStreams
from cocapi.client.verbs import (
    LONGEST,
    are_entries,
    check_bytes,
    check_count,
    check_entry,
    check_key,
    check_lease,
    check_number,
    check_text,
    is_bool,
    is_bytes_or_lease_or_none,
    is_bytes_or_none,
    is_count,
    is_lease_or_none,
    is_none,
    is_seconds,
)
from cocapi.clocks import elapsed
from cocapi.config import ApiConfig
from cocapi.errors import ClientClosed, ConfigError, MissingExtra, PluginError, StoreUnavailable
from cocapi.interrupts import reraise, undisturbed
from cocapi.plugins import PluginRecord, Plugins
from cocapi.store import Lease, LogEntry, Store, is_store, verb_of
from cocapi.streams import Streams
from cocapi.text import cited, printable
from cocapi.travelling import Single

__all__ = ["ClientStore"]

T = TypeVar("T")
log: logging.Logger = logging.getLogger("cocapi.store")

PAUSE = 5.0
"""Seconds for which a store that failed is not asked again."""

QUIET = 60.0
"""Seconds without a failure after which the same is news again, and logged. One that comes and goes is not: a
store that is full reads and does not write."""

LASTING = 15.0
"""Seconds after which an outage is no coming and going, and is logged whatever was before it."""

PLACES = 16
"""Verbs that are under way at the same time in one event loop."""


class ClientStore(Single):
    """A `Store` around the one that a plugin offers.

    Args:
        config: `store` names what is wanted, `store_timeout` bounds each verb.
        plugins: Asked for `cocapi_store`, first answer wins.
    """

    def __init__(self, config: ApiConfig, plugins: Plugins) -> None:
        self.config = config
        self.plugins = plugins
        self._store: Store | None = None
        self._owner: PluginRecord | None = None
        self._outage = ""  # why the store is left alone; empty: it is not
        self._asked_again_at = 0.0
        self._outages = 0  # how many there were
        self._began = 0.0  # the last of them
        self._warned = False  # of this outage
        self._failed_at: dict[str, float] = {}  # last, by kind of failure
        self._places = Places()
        self._late = 0  # how many verbs were late, one begun after the other, since one was answered
        self._late_at = 0.0

    def choose(self) -> Store:
        """The store that a plugin offers, asked for once.

        Raises:
            ConfigError: None offers what the setting names, or it makes no sense to the plugin that would.
            PluginError: One failed, or answered something else.
        """
        if self._store is None:
            for hook in self.plugins.hooks.cocapi_store:
                store = offered_by(hook, self.config)
                if store is None:
                    continue
                if not is_store(store):
                    raise hook.blame(f"it answered a {type(store).__name__}, not Store or None")
                self._owner, self._store = hook.record, store
                return store
            raise ConfigError(self._refusal())
        return self._store

    def renew(self) -> None:
        """In the child of a fork: ask the plugins anew, when it is used."""
        self._store = None
        self._asked_again_at = 0.0
        self._late = 0

    # The verbs of `Store`

    def get(self, key: str) -> Flow[bytes | None]:
        """See `Store.get`."""
        check_key(key)
        return (yield from self.ask(is_bytes_or_none, "get", key))

    def put(self, key: str, value: bytes, seconds: float | None = None) -> Flow[None]:
        """See `Store.put`."""
        check_entry(key, value, seconds)
        yield from self.ask(is_none, "put", key, value, seconds)

    def forget(self, prefix: str) -> Flow[int]:
        """See `Store.forget`."""
        check_text("prefix", prefix)
        return (yield from self.ask(is_count, "forget", prefix, together=False))

    def claim(self, key: str, seconds: float) -> Flow[Lease | None]:
        """See `Store.claim`."""
        check_key(key)
        check_number("seconds", seconds, 0, LONGEST)
        return (yield from self.ask(is_lease_or_none, "claim", key, seconds))

    def extend(self, lease: Lease, seconds: float) -> Flow[bool]:
        """See `Store.extend`."""
        check_lease(lease)
        check_number("seconds", seconds, 0, LONGEST)
        return (yield from self.ask(is_bool, "extend", lease, seconds))

    def release(self, lease: Lease) -> Flow[bool]:
        """See `Store.release`."""
        check_lease(lease)
        return (yield from self.ask(is_bool, "release", lease))

    def put_held(self, lease: Lease, key: str, value: bytes, seconds: float | None = None) -> Flow[bool]:
        """See `Store.put_held`."""
        check_lease(lease)
        check_entry(key, value, seconds)
        return (yield from self.ask(is_bool, "put_held", lease, key, value, seconds))

    def admit(self, key: str, rate: float, burst: int) -> Flow[float]:
        """See `Store.admit`."""
        check_key(key)
        check_number("rate", rate, 1e-9, 1e9)
        check_count("burst", burst, 1)
        return (yield from self.ask(is_seconds, "admit", key, rate, burst))

    def append(self, log: str, content: bytes) -> Flow[int]:
        """See `Store.append`."""
        check_key(log)
        check_bytes(content)
        return (yield from self.ask(is_count, "append", log, content))

    def read(self, log: str, after: int = 0, limit: int = 100) -> Flow[tuple[LogEntry, ...]]:
        """See `Store.read`."""
        check_key(log)
        check_count("after", after, 0)
        check_count("limit", limit, 1)
        return (yield from self.ask(are_entries, "read", log, after, limit))

    def trim(self, log: str, keep: int) -> Flow[int]:
        """See `Store.trim`."""
        check_key(log)
        check_count("keep", keep, 0)
        return (yield from self.ask(is_count, "trim", log, keep))

    def streams(self) -> Streams:
        """The verbs of `Streams`, checked and bounded as those of the store are.

        Raises:
            ConfigError: The store offers none.
        """
        try:
            store = self.choose()
        except ConfigError as error:
            raise NoStreams(str(error)) from error
        if not isinstance(store, Streams):
            raise NoStreams(f"{self._name()} has no streams: name one that has, as in store='redis://host/0'")
        return ClientStreams(self)

    def get_or_claim(self, key: str, seconds: float) -> Flow[bytes | Lease | None]:
        """See `Store.get_or_claim`."""
        check_key(key)
        check_number("seconds", seconds, 0, LONGEST)
        return (yield from self.ask(is_bytes_or_lease_or_none, "get_or_claim", key, seconds))

    def put_and_release(
        self, lease: Lease, key: str, value: bytes, seconds: float | None = None
    ) -> Flow[bool]:
        """See `Store.put_and_release`."""
        check_lease(lease)
        check_entry(key, value, seconds)
        return (yield from self.ask(is_bool, "put_and_release", lease, key, value, seconds))

    def close(self) -> Flow[None]:
        """Do nothing: the store is its client's, and closed with it."""
        return None
        yield  # a flow all the same

    def end(self) -> Flow[None]:
        """Close the store, if it was used. What goes wrong is logged."""
        if self._store is None:
            return
        try:
            yield from self._bounded(
                self._store.close(), Turn(self.config.close_timeout, True, self._outages)
            )
        except Exception as error:
            reraise(error)
            log.warning("%s", self._failure("close", error))

    # What they have in common

    def ask(
        self, fits: Callable[[object], TypeGuard[T]], verb: str, *arguments: Any, together: bool = True
    ) -> Flow[T]:
        """Let the store do something.

        Args:
            fits: Whether an answer is one that the verb may give.
            verb: The name of the method.
            arguments: What it takes, checked.
            together: Whether `store_timeout` bounds all waits of the verb together; else each of them, where
                the work grows with what is stored, and nobody's answer waits for it.

        Raises:
            StoreUnavailable: It failed, took too long, or did so a moment ago.
        """
        turn = Turn(self.config.store_timeout, together, self._outages)
        if self._outage:
            if turn.started < self._asked_again_at:
                raise StoreUnavailable(self._outage)
            self._asked_again_at = turn.started + PAUSE  # this one tries, for all
        try:
            answer = yield from self._bounded(verb_of(self.choose(), verb)(*arguments), turn)
            if not fits(answer):
                raise TypeError(f"it answered {cited(answer)}")  # noqa: TRY301  # as if it had raised
        except ClientClosed:
            raise
        except LeftAlone:
            raise StoreUnavailable(self._outage) from None
        except Exception as error:
            reraise(error)
            failure = self._failure(verb, error)
            if not isinstance(error, TimeoutError) or self._is_late_again(turn):
                self._leave_alone(failure, kind=self._failure("", error))  # whatever the verb
            raise StoreUnavailable(failure) from error
        self._late = 0
        if self._outage:
            self._outage = ""
            if self._warned:
                log.info("%s answers again", self._name())
        return answer

    def _bounded(self, flow: Flow[T], turn: Turn) -> Flow[T]:
        """Run a flow of the store, each of whose waits has a place in the event loop.

        Raises:
            TimeoutError: They took too long; in a thread the last goes on, in a task it is cancelled.
            LeftAlone: An outage began while this one waited for a place.
            TypeError: It is no flow.
        """
        if not isinstance(flow, GeneratorType):
            raise TypeError(f"it answered a {type(flow).__name__}, not a flow")

        def perform(effect: Effect) -> Flow[Any]:
            place = yield Do(no_place, self._places.take)
            turn.started = elapsed()
            try:
                if self._outage and self._outages != turn.outages:
                    raise LeftAlone
                return (yield in_time(effect, turn.left, turn.timeout))
            finally:
                turn.spent()
                if place is not None:
                    place.release()

        return relay(flow, perform)

    def _is_late_again(self, turn: Turn) -> bool:
        """Whether a verb that was late asked the store after another was late, with no answer since."""
        if not self._late or turn.started > self._late_at:
            self._late += 1
            self._late_at = elapsed()
        return self._late > 1

    def _leave_alone(self, failure: str, kind: str) -> None:
        """Ask no more for a while; an outage is logged once, with its first failure that is news.

        Args:
            failure: What went wrong, in words.
            kind: By which it is known again.
        """
        now = elapsed()
        if not self._outage:
            self._outages += 1
            self._began = now
            self._warned = False
        is_news = now >= self._failed_at.get(kind, -inf) + QUIET or now >= self._began + LASTING
        if is_news and not self._warned:
            self._warned = True
            log.warning("%s; calls go on without it; it is asked again every %g seconds", failure, PAUSE)
        lately = {other: at for other, at in self._failed_at.items() if at > now - QUIET}
        self._failed_at = {**lately, kind: now}
        self._outage = failure
        self._asked_again_at = now + PAUSE

    def _failure(self, verb: str, error: Exception) -> str:
        """What went wrong, in one line without the password in the store's address."""
        if isinstance(error, ConfigError | MissingExtra | PluginError):
            words = str(error)
        elif isinstance(error, StoreUnavailable):
            words = f"{self._name()} {error}"
        elif isinstance(error, TimeoutError):
            seconds = self.config.close_timeout if verb == "close" else self.config.store_timeout
            setting = "close_timeout" if verb == "close" else "store_timeout"
            words = (
                f"{self._name()} did not answer {verb} within {seconds:g} seconds: see what holds it up, or "
                f"give it more time ({setting})"
            )
        else:
            words = f"{self._name()} failed in {verb}: {type(error).__name__}: {error}"
        password = urlsplit(self.config.store).password
        for spelling in (password, unquote(password)) if password else ():
            words = words.replace(spelling, "***")
        return printable(words)

    def _name(self) -> str:
        owner = f" of {self._owner}" if self._owner else ""
        return f"the store {place_of(self.config.store)}{owner}"

    def _refusal(self) -> str:
        """Why there is no such store, and which plugin would offer it: by convention the one of that name."""
        scheme = self.config.store.partition(":")[0]
        asked = ", ".join(hook.record.name for hook in self.plugins.hooks.cocapi_store) or "none"
        why = self.plugins.absence(scheme) if scheme not in self.plugins else "asked: " + asked
        return f"no plugin offers store={place_of(self.config.store)!r}; {why}"


def offered_by(hook: Implementation, config: ApiConfig) -> object:
    """What a plugin answers. That the setting or the library of a plugin is at fault is said as it is."""
    try:
        return hook(config)
    except PluginError as error:
        if isinstance(error.__cause__, ConfigError | MissingExtra):
            raise error.__cause__ from None
        raise


class Turn:
    """A verb under way.

    Args:
        timeout: Seconds that its waits may take.
        together: Whether that is for all of them, or for each.
        outages: How many there were when it began.
    """

    def __init__(self, timeout: float, together: bool, outages: int) -> None:
        self.timeout = timeout
        self.left: float = timeout
        self.together = together
        self.outages = outages
        self.started: float = elapsed()  # to wait for the store, this time

    def spent(self) -> None:
        """Count what was waited."""
        if self.together:
            self.left -= elapsed() - self.started


class LeftAlone(Exception):
    """The store is not asked any more."""


class Places:
    """So many verbs of an event loop are under way at the same time; the others wait, and their time does not
    run: were all of a thousand begun at once, the last would be late because of the others."""

    def __init__(self) -> None:
        self._of: Any = None  # a variable of the event loop

    async def take(self) -> Any:
        """Wait for a place in the running event loop; whoever has it releases it."""
        import anyio  # only asynchronous programs pay for it

        if self._of is None:
            self._of = anyio.lowlevel.RunVar("cocapi_store_places", None)
        places = self._of.get()
        if places is None:
            places = anyio.Semaphore(PLACES, fast_acquire=True)
            self._of.set(places)
        await places.acquire()
        return places


def no_place() -> None:
    """In synchronous code each thread has its own."""


def in_time(effect: Effect, left: float, timeout: float) -> Effect:
    """The effect, ended after what is left of the time; what ends by itself in the whole needs no help."""
    if left <= 0 or (isinstance(effect, Sleep) and effect.seconds > left):
        raise TimeoutError
    if not isinstance(effect, Do):
        return effect
    blocking = effect.blocking
    if effect.within is None or effect.within > timeout:
        blocking = partial(undisturbed, blocking, left)
    return Do(blocking, partial(awaited, effect.awaiting, left))


def place_of(store: str) -> str:
    """What the setting names, without user, password and options."""
    scheme, mark, rest = store.partition("?")[0].partition("://")
    authority, slash, path = rest.partition("/")
    return f"{scheme}{mark}{authority.rpartition('@')[2]}{slash}{path}"
