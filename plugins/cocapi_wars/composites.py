"""The two operations, written once: for dicts and models, for synchronous and asynchronous clients."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from cocapi import AnyCocApi, Either, Flow, PrivateWarLog, call, composite, gather, normal_tag
from cocapi.game import NOT_DRAWN, LeagueWars, with_own_side
from cocapi.game.parts import part, parts
from cocapi_wars.rounds import Round, Rounds, check_round, group_of, war_tags

if TYPE_CHECKING:
    from cocapi import answers, models

    War: TypeAlias = Either[answers.ClanWar | None, models.ClanWar | None]
    League: TypeAlias = Either[
        LeagueWars[answers.ClanWarLeagueGroup, answers.ClanWar] | None,
        LeagueWars[models.ClanWarLeagueGroup, models.ClanWar] | None,
    ]

__all__ = ["WarOperations", "current_war", "league_wars"]

UNDER_WAY = ("preparation", "inWar")
"""States of a war that is prepared or fought."""


@composite
def current_war(api: AnyCocApi, tag: str, round: Round = "current") -> Flow[War]:  # noqa: A002  # as coc.py's users know it
    """The war that a clan is in, its own side on `clan`: the regular one, or that of the running round of the
    clan war league; None when it is in none.

    One call where a regular war is on; else one more for the league group, and in the league as many as it
    takes to find the clan's war among those of the round. None is made twice. Where neither is on, the war
    that ended last is answered, as long as the API has it: ``war["state"]`` tells. A clan that keeps its war
    log private is looked for in its league group.

    Args:
        tag: Of the clan.
        round: ``"current"``; or of the clan war league alone: ``"preparation"``, the war that is being
            prepared, ``"previous"``, the one before the current, or the number of a round, from 1. None is
            answered where there is no such war.

    Raises:
        PrivateWarLog: The clan keeps its war log private, and is in no league group.
        InvalidParams: `tag` or `round` make no sense.
        CocApiError: A call failed.
    """
    clan = normal_tag(tag)
    check_round(round)
    war, private = None, None
    if round == "current":
        try:
            war = yield from call(api.clan_current_war, clan)
        except PrivateWarLog as error:
            private = error
        if part(war, "state") in UNDER_WAY:
            return cast("War", war)
    over = war if part(war, "state") == "warEnded" else None
    group = yield from group_of(api, clan)
    if group is None and private is not None:
        raise private
    if group is None or (over is not None and part(group, "state") == "ended"):
        return cast("War", over)
    return cast("War", (yield from Rounds(api, clan, group).war(round)))


@composite
def league_wars(api: AnyCocApi, tag: str) -> Flow[League]:
    """The clan war league of a clan: its group, all wars that have been drawn, the table; None when the
    clan is in no group, or one is still being searched for.

    One call for the group, and one for each war, some at once.

    Args:
        tag: Of the clan.

    Raises:
        PrivateWarLog: The clan keeps its league group private.
        InvalidParams: `tag` cannot be a tag.
        CocApiError: A call failed.
    """
    clan = normal_tag(tag)
    group = yield from group_of(api, clan)
    if group is None:
        return cast("League", None)
    rounds = [[tag for tag in war_tags(drawing) if tag != NOT_DRAWN] for drawing in parts(group, "rounds")]
    tags = list(chain.from_iterable(rounds))
    wars = yield from gather(*(call(api.warleague, tag) for tag in tags))
    by_tag = {tag: with_own_side(war, clan) or war for tag, war in zip(tags, wars, strict=True)}
    drawn = tuple(own_first({tag: by_tag[tag] for tag in drawing}, clan) for drawing in rounds if drawing)
    return cast("League", LeagueWars(clan, group, drawn))


class WarOperations:
    """What a client has by this plugin, to a type checker."""

    current_war = current_war
    league_wars = league_wars


def own_first(wars: dict[str, Any], clan: str) -> dict[str, Any]:
    """The wars of a round, that of the clan before the others."""
    return dict(sorted(wars.items(), key=lambda entry: part(part(entry[1], "clan"), "tag") != clan))
