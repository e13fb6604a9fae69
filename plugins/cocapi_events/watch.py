"""Watching: asks, compares, remembers, delivers.

    for event in api.watch(clans=["#2PP"]):
        print(event)

An event is done when the next one is asked for. What is not done when the program ends, however it ends,
comes again at the next start with the same `id`, given a store that outlasts it.
"""

from __future__ import annotations

import logging
import random
import sys
import weakref
from collections import defaultdict, deque
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from zlib import crc32

from cocapi import (
    AnyCocApi,
    AnyCocApiModels,
    CocApiError,
    Flow,
    Maintenance,
    NotFound,
    StoreUnavailable,
    UnexpectedValue,
    gather,
    sleep,
)
from cocapi_events import kinds
from cocapi_events.differences.difference import Difference
from cocapi_events.filters import Filter
from cocapi_events.kinds import GameEvent
from cocapi_events.observer import Freshness, Observer
from cocapi_events.options import EventsOptions
from cocapi_events.outage import TOLERATED_ONCE, Outage
from cocapi_events.outlet import Outlet
from cocapi_events.records import Mark, Record, Shelf, as_json, moment_of, number_of
from cocapi_events.schedule import Schedule, Watched
from cocapi_events.sharing import Holding, LeaseLost, Sharing
from cocapi_events.source import EventSource
from cocapi_events.things import Thing, WholeApi, odd_answers

__all__ = ["Watch"]

log: logging.Logger = logging.getLogger("cocapi.events")

OBSERVER = "events-observer"
AGAIN = 30.0
"""Seconds after which a thing is asked again that could not be asked."""
INSISTING = 1.0
"""Seconds after which the store is asked again where nothing goes on without it."""
LOOK = 0.5
"""Seconds after which it is looked again whether a part of the things has become this watcher's."""
TICK = 0.01
"""Seconds that are slept at least: clocks round."""
NAMED = 3
"""Things that are named of those that could not be asked for the same reason."""
REMARKED = 300.0
"""Seconds after which it is written down again that a thing was seen unchanged."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What became of a question.

    Attributes:
        answered: Whether the API answered.
        maintenance: Whether it said that it is in maintenance.
        wait: Seconds until the thing is asked again.
        error: Why it could not be asked; None: it could.
    """

    events: list[GameEvent]
    answered: bool = False
    maintenance: bool = False
    wait: float = 0.0
    error: CocApiError | None = None

    @property
    def unavailable(self) -> StoreUnavailable | None:
        """Why the store could not be asked."""
        return self.error if isinstance(self.error, StoreUnavailable) else None

    @property
    def failure(self) -> str:
        """Why the API could not be asked; empty: it could, or the store could not."""
        return "" if self.error is None or self.unavailable else sys.intern(str(self.error))


class Watch(EventSource[Watched]):
    """An iterator of events, for the mode of its client; made by ``api.watch(...)``.

    Args:
        api: The client, or a view of it; one of ``api.models`` gives events with models.
        things: What is watched.
        filter: Which events are wanted; the others are neither kept nor delivered.
        name: Under which the store remembers what was seen and delivered.
        once: Ask each thing once, deliver what has changed, and end.
        shared: Whether all who watch under this name share the things.
        outlet: Where each event is written to before it is delivered; None: nowhere.
        clock: Tells the time in seconds since 1970.
    """

    def __init__(
        self,
        api: AnyCocApi | AnyCocApiModels,
        things: Collection[Thing],
        filter: Filter,  # noqa: A002  # hides a builtin that is not used here
        options: EventsOptions,
        name: str,
        once: bool,
        clock: Callable[[], float],
        shared: bool = False,
        outlet: Outlet | None = None,
    ) -> None:
        super().__init__(api, options.waiting)
        self.filter = filter
        self.options = options
        self.name = name
        self.once = once
        self.clock = clock
        self.outlet = outlet
        self.shelf: Shelf = Shelf(api.store, name)
        self.schedule: Schedule = Schedule()
        self.queue: deque[tuple[Watched, GameEvent]] = deque()
        self.began: float = clock()
        self.down_since: float | None = None  # the API is in maintenance; None: it is not
        self.parts: dict[int, list[Thing]] = parted(things, options.parts) if shared else {}
        self.sharing: Sharing | None = None
        self._held: set[Holding] = set()  # of which the things are in the schedule
        self._lost = False  # whether it is known that what was held is lost
        self._outage = Outage(
            f"the watch {name!r} waits for the store",
            f"the watch {name!r} goes on",
            tolerated=TOLERATED_ONCE if once else None,
        )
        self._unmarked = Outage(
            f"what the watch {name!r} has done may come again, should it end before the store answers",
            f"the store knows again what the watch {name!r} has done",
            passed_over=0,
        )
        self._whole = Watched(WholeApi(""), Holding())
        if shared:
            self.sharing = Sharing(api.store, self.shelf.prefix, self.parts, options.lease)
            self._whole.holding.over = True
            api.plugins["events"].sharings.add(self.sharing)
        else:
            self.schedule.add(things, self._whole.holding)
        if OBSERVER not in api.plugins:
            api.plugins.register(Observer(), OBSERVER)

    def next_pair(self) -> Flow[tuple[Watched, GameEvent] | None]:
        """See `EventSource.next_pair`."""
        while True:
            if self.sharing is not None:
                yield from self._settle(self.sharing)
            if not self.queue:
                if not (yield from self.ask_some()):
                    return None
                continue
            watched, event = self.queue[0]  # it stays there while it is written, which may be cancelled
            written = self.outlet is None or (
                yield from self._surely(partial(self.outlet.write, event), watched.holding)
            )
            self.queue.popleft()
            if written:
                self.api.emit(event)
                return watched, event

    def done(self, owner: Watched, event: GameEvent) -> Flow[None]:
        """See `EventSource.done`. A watcher that shares waits for the store, as long as the thing is its:
        else whoever has the thing next might tell more than this event again."""
        if isinstance(event, kinds.PollFailed):
            return
        before = owner.mark or Mark()  # None: the next question looks it up again
        mark = replace(before, number=max(before.number, number_of(event.id)))
        if owner.mark is not None:
            owner.mark = mark
        owner.marked_at = self.clock()
        set_mark = partial(self.shelf.set_mark, owner.thing.key, mark, owner.holding)
        if self.sharing is not None:
            yield from self._surely(set_mark, owner.holding)
            return
        try:
            yield from set_mark()
        except StoreUnavailable as error:
            log.debug("%s is done, and may come again: %s", event.id, error)
            self._unmarked.failed(error)
        else:
            self._unmarked.answered()

    def _surely(self, verb: Callable[[], Flow[object]], holding: Holding) -> Flow[bool]:
        """Do something in the store, again where that was away. False: it was given up, for the part is not
        this watcher's any more."""
        while holding:
            try:
                yield from verb()
            except StoreUnavailable as error:
                self._outage.failed(error)
                yield from sleep(INSISTING)
            except LeaseLost:
                return False
            else:
                self._outage.answered()
                return True
        return False

    def ask_some(self) -> Flow[bool]:
        """Ask what is due, or wait until something is; queue what has happened. False: that was all."""
        if self._whole.mark is None and self._whole.holding:
            try:
                yield from self._resume()
            except StoreUnavailable as error:
                self._outage.failed(error)
                yield from sleep(INSISTING)
                return True
            self._outage.answered()
            if self.queue:
                return True
        if self.down_since is not None:
            yield from sleep(self.options.probe)
        due = self.schedule.take(self.clock(), 1 if self.down_since is not None else self.options.at_once)
        if not due:
            return (yield from self._wait())
        try:
            replies = yield from gather(*map(self._ask, due))
        except BaseException:
            for watched in due:  # cancelled: what was written down, and not queued, is recalled
                watched.mark = None
                self.schedule.put(watched, self.clock())
            raise
        yield from self._reckon(due, replies)
        return True

    def _wait(self) -> Flow[bool]:
        """Wait until something is due. False: nothing will ever be."""
        next_due = self.schedule.next_due()
        seconds = None if next_due is None else max(TICK, next_due - self.clock())
        if self.sharing is not None:  # the parts of others may become this watcher's
            seconds = min(LOOK, self.sharing.pause, LOOK if seconds is None else seconds)
        if seconds is None:
            return False
        yield from sleep(seconds)
        return True

    def _reckon(self, due: list[Watched], replies: tuple[Reply, ...]) -> Flow[None]:
        """Queue what has happened, notice the beginning or end of a maintenance, put back what was asked."""
        tell_failures(due, replies)
        for watched, reply in zip(due, replies, strict=True):
            if not self.once or reply.unavailable:
                self.schedule.put(watched, self.clock() + reply.wait)
        events = [
            (watched, event) for watched, reply in zip(due, replies, strict=True) for event in reply.events
        ]
        if any(reply.maintenance for reply in replies):
            yield from self._whole_api(down=True)
            if self.once:
                self.schedule = Schedule()
        elif any(reply.answered for reply in replies):
            yield from self._whole_api(down=False)
        self._put(sorted(events, key=lambda pair: pair[1].at))
        errors = [reply.unavailable for reply in replies if reply.unavailable]
        if errors:
            self._outage.failed(errors[0])
        else:
            self._outage.answered()

    # Sharing with others

    def _settle(self, sharing: Sharing) -> Flow[None]:
        """Take in what has become this watcher's, let go of what is another's."""
        if not sharing.beating:
            sharing.beating = True
            self.api.background.start(partial(sharing.live, weakref.ref(self)), f"watcher {sharing.name}")
        yield from self.api.open_plugins()  # no call is made before something is held
        for holding in [holding for holding in self._held if not holding]:
            self._warn_of_loss()
            log.debug("part %d of the watch %r was lost", holding.part, self.name)
            yield from self._let_go(sharing, holding)
        if sharing.surplus:
            in_hand = {watched.holding for watched in self.in_hand()}
            for holding in [each for each in self._held if each.part in sharing.surplus]:
                if holding not in in_hand:  # what was told, and is not done, the next holder would tell again
                    yield from self._let_go(sharing, holding)
        for holding in [each for each in list(sharing.held.values()) if each not in self._held]:
            self._take_in(holding)

    def _warn_of_loss(self) -> None:
        """Once, however many parts are lost, and however soon one after the other."""
        if not self._lost:
            self._lost = True
            log.warning(
                "the watch %r does not hold its parts any more: its lease (%g seconds) has ended, since the "
                "store did not hear of this process, or has lost what it knew; who holds them next goes on",
                self.name,
                self.options.lease,
            )

    def _take_in(self, holding: Holding) -> None:
        self._held.add(holding)
        self._lost = False
        self.schedule.add(self.parts[holding.part], holding)
        if holding.part == next(iter(self.parts)):
            self._whole = Watched(WholeApi(""), holding)

    def _let_go(self, sharing: Sharing, holding: Holding) -> Flow[None]:
        """Forget what is of a part: what was not delivered is in the store, for whoever has it next."""
        self._held.discard(holding)
        self.schedule.drop(holding)
        self.queue = deque(pair for pair in self.queue if pair[0].holding is not holding)
        try:
            yield from sharing.let_go(holding)
        except StoreUnavailable as error:
            log.debug("part %d is free when its lease ends: %s", holding.part, error)

    # One thing

    def _ask(self, watched: Watched) -> Flow[Reply]:
        """Ask a thing. The events of before that were not delivered come first."""
        events: list[GameEvent] = []
        freshness = Freshness()
        try:
            record, events = yield from self._recall(watched)
            asked = self.clock()
            snapshot = yield from self._snapshot(watched.thing, record, freshness)
            with odd_answers():
                watched.slack = watched.thing.slack(snapshot, asked)
            events += yield from self._compare(watched, record, snapshot, asked)
        except Maintenance:
            return Reply(events, maintenance=True, wait=0.0)
        except LeaseLost:
            return Reply([])
        except CocApiError as error:
            if isinstance(error, StoreUnavailable):
                log.debug("%s could not be asked: %s", watched.thing.key, error)
                watched.mark = None  # what was written down all the same, and not queued, is recalled
            if self.filter.names(kinds.PollFailed):
                events.append(self._failed(watched.thing, error))
            return Reply(events, wait=INSISTING if self.once else AGAIN, error=error)
        spread = random.uniform(1.0, 1.05)  # noqa: S311  # that not all are due at once
        wait = max(self.options.interval, (freshness.seconds or 0.0) * spread)
        return Reply(events, answered=True, wait=wait)

    def _recall(self, watched: Watched) -> Flow[tuple[Record | None, list[GameEvent]]]:
        """What is kept of a thing; with it, the first time, the events that wait to be delivered."""
        record = yield from self.shelf.record(watched.thing.key)
        if watched.mark is not None:
            return record, []
        watched.mark = yield from self.shelf.mark(watched.thing.key)
        return record, list(record.undelivered(watched.mark)) if record is not None else []

    def _snapshot(self, thing: Thing, record: Record | None, freshness: Freshness) -> Flow[Any]:
        """What a thing is now; None: it is not there."""
        try:
            before = record.snapshot if record is not None else None
            with odd_answers():
                return (yield from thing.ask(self._view(freshness), before, self.clock()))
        except NotFound:
            return None

    def _view(self, freshness: Freshness) -> Any:
        """The client for a question: fresh answers, dicts, errors at once."""
        options: dict[str, Any] = {"models": False, "retry": False, "events": freshness}
        plugins = {record.name for record in self.api.plugins.records}
        return self.api.with_options(
            cache=False, **{name: value for name, value in options.items() if name in plugins}
        )

    def _compare(
        self, watched: Watched, record: Record | None, snapshot: Any, asked: float
    ) -> Flow[list[GameEvent]]:
        """What has happened since a record, written down together with what is now.

        At first sight nothing has. What has not changed is written down only now and then: it only makes
        `seen_after` more exact. An answer is as old as its question at most: a thing was seen as it is when
        it was `asked` for, and of what happens while the answer is under way the next one tells.
        """
        now, key, mark = self.clock(), watched.thing.key, watched.mark or Mark()
        if record is None:
            with odd_answers():
                watched.thing.changes(snapshot, snapshot)  # what cannot be compared is not kept
            yield from self.shelf.keep(key, Record.first(mark, asked, snapshot), watched.holding)
            return []
        events: list[GameEvent] = []
        if snapshot != record.snapshot:
            last_seen = max(record.seen, mark.seen)
            stamps: dict[str, Any] = {"at": moment_of(now), "seen_after": moment_of(last_seen)}
            stamps["late"] = last_seen < self.began
            for difference in differences(watched.thing, record.snapshot, snapshot):
                number = record.number + len(events) + 1
                event = difference.event(id=f"{key}/{number}", tag=watched.thing.tag, **stamps)
                if self.filter.wants(event):
                    events.append(event)
            pending = (*record.pending_after(mark), *map(as_json, events))
            changed = Record(record.number + len(events), asked, snapshot, pending)
            yield from self.shelf.keep(key, changed, watched.holding)
            return events
        watched.mark = replace(mark, seen=asked)
        if now - watched.marked_at >= REMARKED:
            watched.marked_at = now
            yield from self.shelf.set_mark(key, watched.mark, watched.holding)
        return events

    def _failed(self, thing: Thing, error: CocApiError) -> GameEvent:
        now = moment_of(self.clock())
        name = f"{thing.key}/failed/{now.isoformat()}"
        return kinds.PollFailed(
            id=name, tag=thing.tag, at=now, seen_after=now, operation=thing.kind, error=str(error)
        )

    # The API as a whole

    def _resume(self) -> Flow[None]:
        """Begin where the last watch of this name ended: perhaps within a maintenance."""
        record, events = yield from self._recall(self._whole)
        self.down_since = record.snapshot if record is not None else None
        self._put((self._whole, event) for event in events)

    def _whole_api(self, down: bool) -> Flow[None]:
        """The API is in maintenance, or is not: queue an event where that is new. Of several watchers that
        share, the one that has the first part tells."""
        if down is (self.down_since is not None):
            return
        now = self.clock()
        since = now if down else None
        if self._whole.holding:
            try:
                record = yield from self.shelf.record(self._whole.thing.key)
                if record is None:
                    record = Record.first(self._whole.mark or Mark(), now, None)
                events = yield from self._compare(self._whole, record, since, now)
            except StoreUnavailable as error:
                log.debug("whether the API is in maintenance is told later: %s", error)
                self._whole.mark = None  # what was written down all the same is recalled
                return
            except LeaseLost:
                events = []
            self._put((self._whole, event) for event in events)
        self.down_since = since

    def _put(self, events: Iterable[tuple[Watched, GameEvent]]) -> None:
        """Queue events, but for those that have been: a cancelled question recalls what it wrote down."""
        for watched, event in events:
            if not isinstance(event, kinds.PollFailed):
                number = number_of(event.id)
                if number <= watched.queued:
                    continue
                watched.queued = number
            self.queue.append((watched, event))


def tell_failures(due: Iterable[Watched], replies: Iterable[Reply]) -> None:
    """Say what could not be asked, once as long as it fails so, and when it is answered again; in one line
    for all that are alike."""
    news: defaultdict[str, list[str]] = defaultdict(list)
    for watched, reply in zip(due, replies, strict=True):
        if reply.failure != watched.failure and (reply.failure or reply.answered):
            news[reply.failure].append(watched.thing.key)
            watched.failure = reply.failure
    for failure, keys in news.items():
        names = ", ".join(keys[:NAMED]) + (f" and {len(keys) - NAMED} more" if len(keys) > NAMED else "")
        if failure:
            log.warning("%s could not be asked: %s", names, failure)
        else:
            log.info("%s could be asked again", names)


def differences(thing: Thing, old: Any, new: Any) -> list[Difference]:
    """What happened between two answers; nothing where the old one, which was kept, is the odd one.

    Raises:
        UnexpectedValue: The new one is.
    """
    try:
        with odd_answers():
            return thing.changes(old, new)
    except UnexpectedValue as error:
        with odd_answers():
            thing.changes(new, new)
        log.warning("what happened to %s is not known since what is kept of it: %s", thing.key, error)
        return []


def parted(things: Iterable[Thing], parts: int) -> dict[int, list[Thing]]:
    """Things by the number of the part that they fall into, the same whoever counts; parts in order."""
    by_part: defaultdict[int, list[Thing]] = defaultdict(list)
    for thing in things:
        by_part[crc32(thing.key.encode()) % parts].append(thing)
    return dict(sorted(by_part.items()))
