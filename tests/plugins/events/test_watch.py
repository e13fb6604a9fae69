"""Watching a world that lives, with its diary as the judge."""

import copy
import os
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import islice
from random import Random
from typing import Any

import anyio
import pytest

from cocapi import Call, Do, Flow, Gather, InvalidParams, Sleep, StoreUnavailable, hookimpl, sleep
from cocapi_events import kinds
from cocapi_events.records import number_of
from cocapi_events.things import WarThing
from cocapi_memory import MemoryStore

from .conftest import NOON, Motion, until
from .judge import judged

HOUR = 3600.0
KILLS = int(os.environ.get("KILLS", "50"))
"""Hundreds by hand."""


def test_what_happens_in_a_clan_is_told_as_the_diary_has_it(motion: Motion) -> None:
    """Joins, leaves and each field of each member, over hours with scenes."""
    box = motion.box
    with motion.client() as api:
        watch = api.watch(clans=["#2PP"])
        events: list[Any] = []
        members = iter([tag for tag in box.world.roster(0, NOON) if tag != "#2PP"])
        for event in until(watch, box.now, NOON + 5 * HOUR):
            events.append(event)
            if len(events) % 8 == 0:
                box.clan("#2PP").kick(next(members))
                box.player(next(members)).donate(7)
        judged("#2PP", events, box.diary, NOON, events[-1].at.timestamp())
    kinds_told = Counter(type(event) for event in events)
    assert kinds_told[kinds.MemberLeft] >= 2
    assert kinds_told[kinds.MemberDonationsChanged] > 5
    assert len({event.id for event in events}) == len(events)


def test_what_happens_to_a_player_is_told(motion: Motion) -> None:
    """With the value before and the one after; numbered in the order in which all is told."""
    box = motion.box
    tag = next(tag for tag in box.world.roster(0, NOON) if tag != "#2PP")
    events: list[Any] = []
    with motion.client(enable_caching=False) as api:
        assert list(api.watch(players=[tag], once=True)) == []
        for troops in (7, 5):
            before = api.players(tag)["donations"]
            box.player(tag).donate(troops)
            events += api.watch(players=[tag], once=True)
            (donations,) = [event for event in events if getattr(event, "new", None) == before + troops]
            assert (donations.field, donations.old) == ("donations", before)
    numbers = [number_of(event.id) for event in events]
    assert numbers == [*range(numbers[0], numbers[0] + len(events))]


def test_asynchronous_code_is_told_the_same() -> None:
    """async for."""

    def sync_events() -> list[str]:
        motion = Motion()
        with motion.client() as api:
            return [event.id for event in islice(api.watch(clans=["#2PP"], wars=["#2PP"]), 12)]

    async def main() -> list[str]:
        motion = Motion()
        found = []
        async with motion.async_client() as api:
            async for event in api.watch(clans=["#2PP"], wars=["#2PP"]):
                found.append(event.id)
                if len(found) == 12:
                    return found
        return found

    expected = sync_events()
    for backend in ("asyncio", "trio"):
        assert Counter(anyio.run(main, backend=backend)) == Counter(expected)


def test_wars_are_told_from_their_declaration_to_their_end(motion: Motion) -> None:
    """With every attack once."""
    box = motion.box
    with motion.client(interval=300.0) as api:
        watch = api.watch(wars=["#2PP"], kinds=[kinds.WarEvent])
        assert list(api.watch(wars=["#2PP"], kinds=[kinds.WarEvent], once=True)) == []
        box.clan("#2PP").start_war(preparation=1, battle=3)
        events = [each for each in until(watch, box.now, NOON + 5 * HOUR) if each.at.timestamp() >= NOON]
    types = [event.type for event in events if event.type != "war.attack"]
    assert types[-3:] == ["war.announced", "war.started", "war.ended"]
    diary = box.diary.between(NOON, box.now(), kinds=["war_attack"], clans=["#2PP"])
    fought = {(entry.tags[0], entry.tags[1]) for entry in diary if entry.at > NOON + HOUR}
    attacks = [(event.attacker, event.defender) for event in events if event.type == "war.attack"]
    assert Counter(attacks[-len(fought) :]) == Counter(fought)


@pytest.mark.parametrize(
    ("state", "hours", "seconds"),
    [
        ("inWar", 0.5, 0),
        ("inWar", 3, 60),
        ("preparation", 26, 60),
        ("warEnded", -1, 600),
        ("notInWar", 0, 600),
    ],
)
def test_the_nearer_the_end_of_a_war_the_less_late_it_is_asked_about(
    state: str, hours: float, seconds: float
) -> None:
    """Its last attacks are gone with the next war."""
    end = datetime.fromtimestamp(NOON + hours * HOUR, UTC).strftime("%Y%m%dT%H%M%S.000Z")
    known = {"war": {"state": state, "endTime": end}, "rounds": {}}
    assert WarThing("#2PP").slack(known, NOON) == seconds


def test_rounds_of_a_league_are_told_with_the_clan_s_own_wars() -> None:
    """The group, and one war a round, several at once."""
    march = 1_772_323_200.0
    motion = Motion(march + 86_400 - 3600)
    box = motion.box
    with motion.client(interval=1800.0) as api:
        watch = api.watch(wars=["#2PP"], kinds=[kinds.WarEvent, kinds.LeagueEvent])
        events = list(until(watch, box.now, march + 5 * 86_400 - 2 * HOUR))
    assert [event.type for event in events][:2] == ["league.found", "war.announced"]
    announced = [event.round for event in events if isinstance(event, kinds.WarAnnounced) and event.round]
    assert announced == [1, 2, 3, 4]
    ended = [event for event in events if isinstance(event, kinds.WarEnded) and event.round]
    assert [event.round for event in ended] == [1, 2]
    for war in ended:
        assert war.new["clan"]["tag"] == "#2PP"
        attacks = [e for e in events if isinstance(e, kinds.WarAttack) and e.war_tag == war.war_tag]
        assert sum(e.new_stars for e in attacks if e.by_us) == war.new["clan"]["stars"]


def test_maintenance_holds_everything_and_is_told_with_its_length(motion: Motion) -> None:
    """One probe every 30 seconds, and what happened meanwhile afterwards."""
    box = motion.box
    with motion.client() as api:
        watch = iter(api.watch(clans=["#2PP"], players=["#2PP"]))
        next(watch)
        box.maintenance(minutes=20)
        began = box.now()
        motion.asked.clear()
        events = []
        for event in watch:
            events.append(event)
            if isinstance(event, kinds.MaintenanceEnded):
                break
        probes = len(motion.asked)
    assert [e.type for e in events if e.type.startswith("maintenance")] == [
        "maintenance.started",
        "maintenance.ended",
    ]
    assert events[-1].seconds == pytest.approx(box.now() - began, abs=70)
    assert 30 <= probes <= 48


class SlowAnswer:
    """A clan's first answer takes three minutes, in whose middle somebody leaves."""

    def __init__(self, motion: Motion) -> None:
        self.box = motion.box
        self.left_at = 0.0

    @hookimpl
    def cocapi_response(self) -> None:
        if not self.left_at:
            self.box.advance(minutes=1)
            self.left_at = self.box.now()
            self.box.clan("#2PP").kick(self.box.world.roster(0, self.left_at)[5])
            self.box.advance(minutes=2)


def test_what_happens_while_an_answer_is_under_way_happened_after_its_question(motion: Motion) -> None:
    """An answer is as old as its question."""
    slow = SlowAnswer(motion)
    with motion.client(plugins={"slow": lambda config: slow}) as api:
        event = next(iter(api.watch(clans=["#2PP"], kinds=["member.left"])))
    assert event.seen_after.timestamp() <= slow.left_at < event.at.timestamp()


class Failing(MemoryStore):
    """It does not do the second write."""

    def __init__(self) -> None:
        super().__init__()
        self.writes = 0

    def put(self, key: str, *rest: Any) -> Flow[Any]:
        self.writes += 1
        if self.writes == 2:
            raise StoreUnavailable("the disk is full")
        return super().put(key, *rest)


def test_a_change_that_could_not_be_written_down_is_told_with_its_own_moments(motion: Motion) -> None:
    """The next question sees it again, and not as something that happened since the first."""
    slow, store = SlowAnswer(motion), Failing()
    with motion.client(plugins={"slow": lambda config: slow}) as api:
        watch = api.watch(clans=["#2PP"], kinds=["member.left"])
        watch.shelf.store = store  # type: ignore[assignment]
        event = next(iter(watch))
    assert store.writes > 2
    assert event.seen_after.timestamp() <= slow.left_at < event.at.timestamp()


def test_what_changed_while_nobody_watched_is_told_late(motion: Motion) -> None:
    """With the store that the watch before had; and nothing twice."""
    box, store = motion.box, MemoryStore()
    with motion.client(plugins=shared(store), store="shelf://") as api:
        assert list(api.watch(clans=["#2PP"], once=True)) == []
    tag = box.world.roster(0, NOON)[5]
    box.clan("#2PP").kick(tag)
    box.advance(hours=1)
    with motion.client(plugins=shared(store), store="shelf://") as api:
        events = list(api.watch(clans=["#2PP"], once=True))
        left = [event for event in events if isinstance(event, kinds.MemberLeft)]
        assert (left[0].member, left[0].late) == (tag, True)
        assert left[0].seen_after.timestamp() == pytest.approx(NOON, abs=1)
        assert api.changes(clans=["#2PP"]) == []
        box.advance(minutes=5)
        assert all(not event.late for event in islice(api.watch(clans=["#2PP"]), 3))


def test_filters_choose_by_kind_field_and_predicate(motion: Motion) -> None:
    """What is not wanted is not kept either."""
    box = motion.box
    with motion.client() as api:
        wanted = {
            "kinds": {"kinds": ["member.left", kinds.MemberRoleChanged]},
            "fields": {"fields": ["trophies"]},
            "where": {"where": lambda event: event.tag == "#nobody"},
        }
        for name, filter_ in wanted.items():
            assert api.changes(clans=["#2PP"], name=name, **filter_) == []
        tag = next(tag for tag in box.world.roster(0, NOON) if box.world.lives.role(tag, NOON) == "member")
        box.clan("#2PP").promote(tag)
        box.clan("#2PP").kick(box.world.roster(0, NOON)[6])
        box.advance(hours=2)
        found = {name: api.changes(clans=["#2PP"], name=name, **filter_) for name, filter_ in wanted.items()}
    assert {event.type for event in found["kinds"]} == {"member.left", "member.role"}
    changed = [event for event in found["fields"] if hasattr(event, "field")]
    assert changed
    assert {event.field for event in changed} == {"trophies"}
    assert found["where"] == []


def test_a_thing_that_is_not_there_vanishes_and_a_wrong_one_is_refused(motion: Motion) -> None:
    """404 is no error here."""
    with motion.client() as api:
        assert api.changes(clans=["#VV22222"]) == []
        assert api.changes(clans=["#VV22222"]) == []
        with pytest.raises(InvalidParams, match="tag"):
            api.watch(clans=["not a tag!"])
        with pytest.raises(InvalidParams, match="clans is '#2PP', one text"):
            api.watch(clans="#2PP")
        with pytest.raises(InvalidParams, match="'global/clans'"):
            api.watch(rankings=["clans"])
        with pytest.raises(ValueError, match="no kind of event 'joined'"):
            api.watch(clans=["#2PP"], kinds=["joined"])
        one: Any
        for one, words in (
            ("member.left", "'member.left', one text"),
            (kinds.MemberLeft, "MemberLeft, one class"),
        ):
            with pytest.raises(InvalidParams, match=f"kinds is {words}: write"):
                api.watch(clans=["#2PP"], kinds=one)
        with pytest.raises(InvalidParams, match="fields is 'trophies', one text"):
            api.watch(clans=["#2PP"], fields="trophies")
        for one in (int, None, 3):
            with pytest.raises(ValueError, match="no kind of event"):
                api.watch(clans=["#2PP"], kinds=[one])
        with pytest.raises(TypeError, match="synchronous"):
            aiter(api.watch(clans=["#2PP"]))


def test_a_deep_copy_of_a_holder_holds_the_very_watch(motion: Motion) -> None:
    """There is no second one of its place among the events."""
    with motion.client() as api:
        watch = api.watch(clans=["#2PP"])
        assert copy.deepcopy({"watch": watch})["watch"] is watch


def test_the_models_of_a_client_are_those_of_its_events(motion: Motion) -> None:
    """api.models.watch()."""
    box = motion.box
    with motion.client() as api:
        assert api.models.changes(clans=["#2PP"]) == []
        tag = box.world.roster(0, NOON)[5]
        box.clan("#2PP").kick(tag)
        box.advance(minutes=3)
        left = next(iter(api.models.changes(clans=["#2PP"], kinds=["member.left"])))
        assert (left.old.tag, type(left.old).__name__) == (tag, "ClanMember")


def test_every_plugin_is_told_of_each_event(motion: Motion) -> None:
    """cocapi_event, with what it may count on."""
    heard: list[Any] = []

    class Ear:
        @hookimpl
        def cocapi_event(self, event: Any) -> None:
            heard.append(event)

    with motion.client(plugins={"ear": lambda config: Ear()}) as api:
        events = list(islice(api.watch(clans=["#2PP"]), 5))
    assert heard == events
    for event in heard:
        assert event.type in kinds.KINDS
        assert event.tag == "#2PP"
        assert event.at.tzinfo is not None
        assert {"old", "new"} <= set(event.data)


def test_rankings_raids_and_the_calendar_are_watched(motion: Motion) -> None:
    """Over a weekend."""
    with motion.client(interval=3600.0) as api:
        watch = api.watch(raids=["#2PP"], rankings=["global/players"], calendar=True)
        events = list(until(watch, motion.box.now, NOON + 27 * HOUR))
    told = {event.type for event in events}
    assert {"raid.started", "raid.attack", "calendar.raid_weekend_started", "ranking.moved"} <= told


# Never lost, never twice


class Killed(BaseException):
    """The program ends here."""


class Steps:
    """Runs flows up to a number of steps, and then no further: as if the process had been killed there."""

    def __init__(self, motion: Motion, left: float) -> None:
        self.motion = motion
        self.left = left

    def run(self, flow: Flow[Any]) -> Any:
        resume: Callable[[], Any] = lambda: next(flow)  # noqa: E731
        try:
            while True:
                effect = resume()
                self.left -= 1
                if self.left < 0:
                    raise Killed
                try:
                    value = self.perform(effect)
                except Killed:
                    raise
                except Exception as error:
                    resume = lambda error=error: flow.throw(error)  # noqa: E731
                else:
                    resume = lambda value=value: flow.send(value)  # noqa: E731
        except StopIteration as end:
            return end.value

    def perform(self, effect: Any) -> Any:
        match effect:
            case Sleep():
                self.motion.box.advance(seconds=effect.seconds)
            case Call():
                return effect.method(*effect.args, **effect.keywords)
            case Gather():
                return tuple(map(self.run, effect.flows))
            case Do():
                return effect.blocking()
        return None


class Stepping:
    """A store with a step before and after each verb, so that a program can be killed at either."""

    def __init__(self, inner: MemoryStore) -> None:
        self.inner = inner

    def __getattr__(self, verb: str) -> Any:
        def stepped(*args: Any) -> Flow[Any]:
            yield from sleep(0)
            value = yield from getattr(self.inner, verb)(*args)
            yield from sleep(0)
            return value

        return stepped


def shared(store: MemoryStore) -> dict[str, Any]:
    """A plugin that offers a store that outlasts its client."""

    class Shelf:
        @hookimpl
        def cocapi_store(self, config: Any) -> Any:
            return store if config.store.startswith("shelf") else None

    return {"shelf": lambda config: Shelf()}


@pytest.mark.parametrize("seed", range(2))
def test_whenever_it_is_killed_nothing_is_lost_and_only_what_was_not_done_comes_again(seed: int) -> None:
    """Kills between any two steps, in a world that goes on meanwhile."""
    chance, motion = Random(seed), Motion(seed=seed)
    box, store = motion.box, Stepping(MemoryStore())
    done: list[Any] = []
    undone: Any = None
    clan = box.world.clan_tags[seed]
    asked = NOON
    with motion.client() as api:
        for _ in range(KILLS):
            steps = Steps(motion, chance.expovariate(1 / 40))
            watch = api.watch(clans=[clan])
            watch.shelf.store = store  # type: ignore[assignment]
            try:
                while True:
                    event = steps.run(watch.next_event())
                    if undone is not None and event.id == undone.id:
                        assert event == undone
                    else:
                        assert event.id not in {each.id for each in done}
                        done.append(event)
                    undone = event
            except Killed:
                pass
            asked = box.now()
            if chance.random() < 0.1:
                box.clan(clan).kick(chance.choice(box.world.roster(seed, box.now())[1:]))
            box.advance(seconds=chance.choice([1, 50, 2000]))
        last = api.watch(clans=[clan], once=True)
        last.shelf.store = store  # type: ignore[assignment]
        asked = box.now()
        while (event := Steps(motion, 10**9).run(last.next_event())) is not None:
            if undone is None or event.id != undone.id:
                done.append(event)
            undone = None
    judged(clan, done, box.diary, done[0].seen_after.timestamp(), asked)
    assert len(done) > 50
