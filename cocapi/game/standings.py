"""The table of a group of the clan war league."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cocapi.game.parts import number, part, parts, text
from cocapi.game.wars import attacks_left, lead

if TYPE_CHECKING:
    from cocapi import answers, models

__all__ = ["BONUS_STARS", "Standing", "promoted", "relegated", "standings"]

BONUS_STARS = 10
"""For a won war of the league. Source: https://help.supercellsupport.com/clash-of-clans/en/articles/clan-war-league.html
("awards the Clan extra War Stars"), and the Clash of Clans Wiki, "Clan War Leagues", for the number."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A row of the table.

    Attributes:
        rank: From 1: by stars, then by destruction. Clans that are level in both share a rank.
        tag: Of the clan.
        name: Of the clan.
        stars: Won in all wars so far, with `BONUS_STARS` for each that was won.
        destruction: Sum of the per cent of every base destroyed, as the game's table shows it: the mean of
            each war times its team size.
        won: Wars that are over.
        lost: As `won`.
        tied: As `won`.
        attacks: Made so far.
        missed: Attacks that were not made in wars that are over.
    """

    rank: int
    tag: str
    name: str
    stars: int = 0
    destruction: float = 0.0
    won: int = 0
    lost: int = 0
    tied: int = 0
    attacks: int = 0
    missed: int = 0

    @property
    def wars(self) -> int:
        """Wars that are over."""
        return self.won + self.lost + self.tied


def standings(
    group: answers.ClanWarLeagueGroup | models.ClanWarLeagueGroup,
    wars: Iterable[answers.ClanWar | models.ClanWar],
) -> tuple[Standing, ...]:
    """The table of a group as the game computes it, the first first.

    A war that is being fought counts with its stars and destruction, and gives its bonus when it is over.

    Args:
        group: An answer of ``clan_leaguegroup``; clans of it that are in no war stand there with nothing.
        wars: All wars of the group, each once, whichever clan is on which side.
    """
    rows = {
        text(clan, "tag"): Standing(0, text(clan, "tag"), part(clan, "name"))
        for clan in parts(group, "clans")
    }
    for war in wars:
        leading = lead(war) or 0
        for side, ahead in (("clan", leading), ("opponent", -leading)):
            tag = text(part(war, side), "tag")
            if tag in rows:
                rows[tag] = after(rows[tag], war, side, ahead)
    return ranked(rows.values())


def after(row: Standing, war: answers.ClanWar | models.ClanWar, side: str, ahead: int) -> Standing:
    """A row with one more war in it."""
    clan = part(war, side)
    over = part(war, "state") == "warEnded"
    bonus = BONUS_STARS if over and ahead > 0 else 0
    return replace(
        row,
        stars=row.stars + int(number(clan, "stars")) + bonus,
        destruction=row.destruction + number(clan, "destructionPercentage") * number(war, "teamSize"),
        won=row.won + (over and ahead > 0),
        lost=row.lost + (over and ahead < 0),
        tied=row.tied + (over and ahead == 0),
        attacks=row.attacks + int(number(clan, "attacks")),
        missed=row.missed + (attacks_left(war, clan) if over else 0),
    )


def order(row: Standing) -> tuple[int, float]:
    """What rows are ranked by. Destruction is a sum of many fractions, so its last digits tell nothing."""
    return row.stars, round(row.destruction, 6)


def ranked(rows: Iterable[Standing]) -> tuple[Standing, ...]:
    """The rows in order, with their ranks."""
    ordered = sorted(rows, key=order, reverse=True)
    places: dict[tuple[int, float], int] = {}
    for place, row in enumerate(ordered, 1):
        places.setdefault(order(row), place)
    return tuple(replace(row, rank=places[order(row)]) for row in ordered)


def promoted(table: tuple[Standing, ...], clans: int) -> tuple[Standing, ...]:
    """The clans that go up, if the table stays as it is.

    Args:
        table: What `standings` gives.
        clans: How many go up. No answer of the API tells, and the game changes it from month to month.
    """
    return table[:clans]


def relegated(table: tuple[Standing, ...], clans: int) -> tuple[Standing, ...]:
    """The clans that go down, if the table stays as it is.

    Args:
        table: What `standings` gives.
        clans: How many go down. No answer of the API tells, and the game changes it from month to month.
    """
    return table[len(table) - clans :] if clans else ()
