"""What can be watched: each knows what to ask, how two answers differ, and how urgent it is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar

from cocapi import (
    AnyCocApi,
    CocApiError,
    ConfigError,
    Flow,
    Forbidden,
    NotFound,
    UnexpectedValue,
    call,
    gather,
)
from cocapi.game import NOT_DRAWN, seconds_until, with_own_side
from cocapi.interrupts import reraise
from cocapi_events import kinds
from cocapi_events.differences import (
    Difference,
    calendar_differences,
    clan_differences,
    player_differences,
    raid_differences,
    ranking_differences,
    war_differences,
)
from cocapi_events.differences.wars import Wars

__all__ = [
    "RANKINGS",
    "CalendarThing",
    "ClanThing",
    "PlayerThing",
    "RaidThing",
    "RankingThing",
    "Thing",
    "WarThing",
    "WholeApi",
    "odd_answers",
]

HOUR = 3600.0
LEAGUE_DAYS = 14
"""Days of a month in which a group of the clan war league is looked for."""
QUIET = 600.0
"""Seconds that a question may come later than it could, where nothing is known to be going on."""


@dataclass(frozen=True, slots=True)
class Thing(ABC):
    """Something to watch.

    Args:
        tag: Whom it is about, as events name it.
    """

    kind: ClassVar[str]
    tag: str

    @property
    def key(self) -> str:
        """Names it among all things: ``clan:#2PP``."""
        return f"{self.kind}:{self.tag}"

    @abstractmethod
    def ask(self, api: AnyCocApi, known: Any, now: float) -> Flow[Any]:
        """What it is now: what JSON can hold.

        Args:
            api: Its calls answer with dicts, and raise.
            known: What it was when it was last asked; None: it was not there, or was never asked.
            now: Seconds since 1970.

        Raises:
            NotFound: It is not there.
            CocApiError: It could not be asked.
        """

    @abstractmethod
    def differences(self, old: Any, new: Any) -> list[Difference]:
        """What happened between two answers of `ask`."""

    def changes(self, old: Any, new: Any) -> list[Difference]:
        """The same where it may not have been there (None), or is not there now."""
        if old is None:
            return [Difference(kinds.Appeared, {"new": new})]
        if new is None:
            return [Difference(kinds.Vanished, {"old": old})]
        return self.differences(old, new)

    def slack(self, known: Any, now: float) -> float:
        """Seconds that a question may come later than it could: less is more urgent."""
        return QUIET


@contextmanager
def odd_answers() -> Iterator[None]:
    """Tell what fails at an answer whose values have other types than the API's as what it is, so that one
    thing is asked again, and the others are watched on.

    Raises:
        UnexpectedValue: In place of what failed.
    """
    try:
        yield
    except (CocApiError, ConfigError):
        raise
    except (TypeError, ValueError, LookupError, AttributeError) as error:
        reraise(error)
        raise UnexpectedValue(f"its answer cannot be compared: {type(error).__name__}: {error}") from error


class ClanThing(Thing):
    """A clan and its members."""

    kind = "clan"

    def ask(self, api: AnyCocApi, known: Any, now: float) -> Flow[Any]:
        """See `Thing.ask`."""
        return (yield from call(api.clan_tag, self.tag))

    def differences(self, old: Any, new: Any) -> list[Difference]:
        """See `Thing.differences`."""
        return clan_differences(old, new)


class PlayerThing(Thing):
    """A player."""

    kind = "player"

    def ask(self, api: AnyCocApi, known: Any, now: float) -> Flow[Any]:
        """See `Thing.ask`."""
        return (yield from call(api.players, self.tag))

    def differences(self, old: Any, new: Any) -> list[Difference]:
        """See `Thing.differences`."""
        return player_differences(old, new)


class WarThing(Thing):
    """The wars of a clan: the regular one, and those of the clan war league."""

    kind = "war"

    def ask(self, api: AnyCocApi, known: Any, now: float) -> Flow[Any]:
        """One request in a regular war. In the league one for the group, one for each war of the clan that is
        not over, and once one for each war of a round, to find the clan's own."""
        before: Wars = known if known is not None else {"war": None, "group": None, "rounds": {}}
        war: Any = None
        with suppress(Forbidden):  # a private log; the league is open all the same
            war = yield from call(api.clan_current_war, self.tag)
        if war is not None and war.get("state") != "notInWar":
            return {"war": war, "group": before["group"], "rounds": before["rounds"]}
        if before["group"] is None and datetime.fromtimestamp(now, UTC).day > LEAGUE_DAYS:
            return {"war": war, "group": None, "rounds": {}}
        try:
            group: Any = yield from call(api.clan_leaguegroup, self.tag)
        except (NotFound, Forbidden):
            return {"war": war, "group": None, "rounds": {}}
        except CocApiError as error:
            if error.status_code != 504:  # so answers a group that is still being searched for
                raise
            group = before["group"]
        rounds: dict[str, Any] = {}
        if group and group.get("clans"):
            rounds = yield from self._rounds(api, group, before)
        return {"war": war, "group": group, "rounds": rounds}

    def _rounds(self, api: AnyCocApi, group: Any, before: Wars) -> Flow[dict[str, Any]]:
        """The clan's own wars, by tag. What is over is not asked again, a round's other wars only once."""
        own_wars: dict[str, Any] = {}
        for number, drawn in enumerate(group.get("rounds", ()), 1):
            tags = [tag for tag in drawn.get("warTags", ()) if tag != NOT_DRAWN]
            own = next((tag for tag in tags if tag in before["rounds"]), None)
            if own is not None:
                own_war: Any = before["rounds"][own][1]
                if own_war.get("state") != "warEnded":
                    war = yield from call(api.warleague, own)
                    own_war = with_own_side(war, self.tag) or war
                own_wars[own] = [number, own_war]
                continue
            wars = yield from gather(*(call(api.warleague, tag) for tag in tags))
            for tag, war in zip(tags, wars, strict=True):
                own_war = with_own_side(war, self.tag)
                if own_war is not None:
                    own_wars[tag] = [number, own_war]
        return own_wars

    def differences(self, old: Any, new: Any) -> list[Difference]:
        """See `Thing.differences`."""
        return war_differences(old, new)

    def slack(self, known: Any, now: float) -> float:
        """Nothing in the last hour of a war, a minute before."""
        moment = datetime.fromtimestamp(now, UTC)
        remaining = [seconds_until(war.get("endTime"), moment) for war in live_wars(known)]
        if any(seconds is not None and seconds < HOUR for seconds in remaining):
            return 0.0
        return QUIET / 10 if remaining else QUIET


def live_wars(known: Any) -> list[Any]:
    """The wars of a `Wars` that are going on."""
    if known is None:
        return []
    wars = [known["war"] or {}, *(war for _, war in known["rounds"].values())]
    return [war for war in wars if war.get("state") in ("preparation", "inWar")]


class RaidThing(Thing):
    """The raid weekends of a clan."""

    kind = "raid"

    def ask(self, api: AnyCocApi, known: Any, now: float) -> Flow[Any]:
        """See `Thing.ask`."""
        return (yield from call(api.clan_capitalraidseasons, self.tag, limit=2))["items"]

    def differences(self, old: Any, new: Any) -> list[Difference]:
        """See `Thing.differences`."""
        return raid_differences(old, new)

    def slack(self, known: Any, now: float) -> float:
        """Five minutes at weekends."""
        return QUIET / 2 if known and known[0].get("state") == "ongoing" else QUIET


RANKINGS = {
    "clans": "location_id_clan_rank",
    "players": "location_id_player_rank",
    "clans-builder-base": "location_clans_builder_base",
    "players-builder-base": "location_players_builder_base",
    "capitals": "location_capital_rankings",
}
"""By kind of ranking, the operation."""


class RankingThing(Thing):
    """A ranking; `tag` is the location and the kind, such as ``global/clans`` or ``32000094/players``."""

    kind = "ranking"

    def ask(self, api: AnyCocApi, known: Any, now: float) -> Flow[Any]:
        """See `Thing.ask`."""
        where, _, kind = self.tag.partition("/")
        rows = (yield from call(getattr(api, RANKINGS[kind]), where))["items"]
        return [{name: row.get(name) for name in ("tag", "name", "rank")} for row in rows]

    def differences(self, old: Any, new: Any) -> list[Difference]:
        """See `Thing.differences`."""
        return ranking_differences(old, new)


class CalendarThing(Thing):
    """The calendar of the game; nothing is asked."""

    kind = "calendar"

    def ask(self, api: AnyCocApi, known: Any, now: float) -> Flow[Any]:
        """See `Thing.ask`."""
        yield from ()
        return now

    def differences(self, old: Any, new: Any) -> list[Difference]:
        """See `Thing.differences`."""
        return calendar_differences(*(datetime.fromtimestamp(when, UTC) for when in (old, new)))


class WholeApi(Thing):
    """The API as a whole: since when it is in maintenance, in seconds since 1970; None: it is not.

    It is never asked: what becomes of the questions about other things tells.
    """

    kind = "maintenance"

    def ask(self, api: AnyCocApi, known: Any, now: float) -> Flow[Any]:
        """See `Thing.ask`."""
        raise TypeError("there is nothing to ask")

    def changes(self, old: Any, new: Any) -> list[Difference]:
        """See `Thing.changes`."""
        if old is None:
            return [Difference(kinds.MaintenanceStarted, {"new": new})]
        return [Difference(kinds.MaintenanceEnded, {"old": old})]

    def differences(self, old: Any, new: Any) -> list[Difference]:
        """See `Thing.differences`."""
        return self.changes(old, new)
