"""The rounds of a league group, and the one war of a clan in each.

A round is drawn when the one before it begins to be fought, and prepared for a day: so of the rounds that
have been drawn the last is being prepared, and the one before it is being fought. On the last day of the
league, and for some minutes while the answer about the group is older than the wars, the last is fought.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from cocapi import AnyCocApi, Flow, InvalidParams, NotFound, call
from cocapi.game import NOT_DRAWN, with_own_side
from cocapi.game.parts import part, parts

if TYPE_CHECKING:
    from cocapi import answers

__all__ = ["Round", "Rounds", "check_round", "group_of", "war_tags"]

Round: TypeAlias = Literal["current", "preparation", "previous"] | int

NAMES = ("current", "preparation", "previous")


def check_round(round: object) -> None:  # noqa: A002  # the keyword of `current_war`
    """Refuse what names no round.

    Raises:
        InvalidParams: `round` is neither a name nor a number from 1.
    """
    if round in NAMES or (isinstance(round, int) and not isinstance(round, bool) and round >= 1):
        return
    raise InvalidParams(f"round is {round!r}: it must be one of {', '.join(NAMES)}, or a number from 1")


def group_of(api: AnyCocApi, clan: str) -> Flow[answers.ClanWarLeagueGroup | None]:
    """The league group of a clan; None when it is in none, and while one is being searched for."""
    try:
        group = yield from call(api.clan_leaguegroup, clan)
    except NotFound:
        return None
    return group if parts(group, "rounds") else None


def war_tags(drawing: object) -> list[str]:
    """The tags of the wars of a round, `NOT_DRAWN` for one that is to come; what is no tag is left out."""
    tags = part(drawing, "warTags")
    return [tag for tag in tags if isinstance(tag, str)] if isinstance(tags, list | tuple) else []


class Rounds:
    """The rounds of a group that have been drawn, and the wars that were asked for so far.

    Args:
        api: The client, or a view of it, that is asked.
        clan: The tag of the clan whose wars are wanted.
        group: The answer about its group.
    """

    def __init__(self, api: AnyCocApi, clan: str, group: answers.ClanWarLeagueGroup) -> None:
        self.api = api
        self.clan = clan
        self.over = part(group, "state") == "ended"
        rounds = [war_tags(drawing) for drawing in parts(group, "rounds")]
        self.drawn = [tags for tags in rounds if tags and NOT_DRAWN not in tags]
        self.wars: dict[str, Any] = {}

    def war(self, round: Round) -> Flow[Any]:  # noqa: A002  # the keyword of `current_war`
        """The clan's war of a round; None when there is none."""
        if isinstance(round, int):
            return (yield from self.own_war(round - 1))
        if round == "preparation":
            own = None if self.over else (yield from self.own_war(len(self.drawn) - 1))
            return own if part(own, "state") == "preparation" else None
        place = yield from self.running()
        return (yield from self.own_war(place - (round == "previous")))

    def running(self) -> Flow[int]:
        """The place of the round that is being fought, from 0; of the only one, while that is prepared; of
        the last one, when the league is over; -1 when none has been drawn."""
        last = len(self.drawn) - 1
        if self.over or last < 1:
            return last
        before = yield from self.war_of(self.drawn[last - 1][0])
        return last if part(before, "state") == "warEnded" else last - 1

    def own_war(self, place: int) -> Flow[Any]:
        """The clan's war among those of a round, asked for one after another until it is found."""
        if not 0 <= place < len(self.drawn):
            return None
        for tag in self.drawn[place]:
            war = yield from self.war_of(tag)
            own = with_own_side(war, self.clan)
            if own is not None:
                return own
        return None

    def war_of(self, tag: str) -> Flow[Any]:
        """A war by its tag, which is asked for once."""
        if tag not in self.wars:
            self.wars[tag] = yield from call(self.api.warleague, tag)
        return self.wars[tag]
