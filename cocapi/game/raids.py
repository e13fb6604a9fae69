"""Raid weekends: who attacked, what each attack brought, how many medals there are for it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar, overload

from cocapi.api.operations import normal_tag
from cocapi.game.parts import number, part, parts, text

if TYPE_CHECKING:
    from cocapi import answers, models

    Season: TypeAlias = "answers.ClanCapitalRaidSeason | models.ClanCapitalRaidSeason"
    AnswerHit: TypeAlias = "RaidHit[answers.RaidAttack, answers.RaidDistrict, answers.RaidAttackLogEntry]"
    ModelHit: TypeAlias = "RaidHit[models.RaidAttack, models.RaidDistrict, models.RaidAttackLogEntry]"
    Raid: TypeAlias = (
        answers.RaidAttackLogEntry
        | answers.RaidDefenseLogEntry
        | models.RaidAttackLogEntry
        | models.RaidDefenseLogEntry
    )

__all__ = [
    "RaidHit",
    "is_finished",
    "medals_of",
    "offensive_medals",
    "raid_attacks",
    "raid_attacks_by_member",
    "raid_attacks_left",
    "without_raid_attacks",
]

A = TypeVar("A")
D = TypeVar("D")
R = TypeVar("R")
M = TypeVar("M")

CAPITAL_PEAK = 70000000
"""The id of the district with the capital hall."""

PEAK_MEDALS = {2: 180, 3: 360, 4: 585, 5: 810, 6: 1115, 7: 1240, 8: 1260, 9: 1375, 10: 1450}
DISTRICT_MEDALS = {1: 135, 2: 225, 3: 350, 4: 405, 5: 460}
"""Medals of the clan for a destroyed capital peak and for another district, by the level of its hall. Source:
"How offensive raid medals are precisely calculated and distributed",
https://www.reddit.com/r/ClashOfClans/comments/yox6dd/ (2022). With them `offensive_medals` gives the
`offensiveReward` of every recorded weekend of 2023 and 2025 exactly."""

FULL = 100


@dataclass(frozen=True, slots=True)
class RaidHit(Generic[A, D, R]):
    """An attack of a raid weekend, in its raid.

    Attributes:
        answer: The attack as the API tells it.
        district: The district that was attacked.
        raid: The raid that it is part of.
        attacker_tag: The tag of the member who attacked.
        attacker_name: The name of that member.
        destruction: Per cent of the district that this attack added.
        new_stars: Stars that this attack added.
    """

    answer: A
    district: D
    raid: R
    attacker_tag: str
    attacker_name: str
    destruction: int
    new_stars: int


@overload
def raid_attacks(season: answers.ClanCapitalRaidSeason) -> tuple[AnswerHit, ...]: ...
@overload
def raid_attacks(season: models.ClanCapitalRaidSeason) -> tuple[ModelHit, ...]: ...
def raid_attacks(season: Any) -> tuple[Any, ...]:
    """The clan's attacks of a weekend: raid after raid, district after district as the answer has them, and
    in each the first first. The API drops them from old weekends.

    Args:
        season: A weekend of ``clan_capitalraidseasons``, as a dict or a model.
    """
    return tuple(
        hit
        for raid in parts(season, "attackLog")
        for district in parts(raid, "districts")
        for hit in hits(raid, district)
    )


def hits(raid: Any, district: Any) -> list[RaidHit[Any, Any, Any]]:
    """The attacks on one district, the first first: the answer has the newest first, and tells of each how
    much was destroyed after it."""
    destroyed = stars = 0
    in_order = []
    for attack in reversed(parts(district, "attacks")):
        attacker = part(attack, "attacker")
        in_order.append(
            RaidHit(
                answer=attack,
                district=district,
                raid=raid,
                attacker_tag=text(attacker, "tag"),
                attacker_name=part(attacker, "name"),
                destruction=number(attack, "destructionPercent") - destroyed,
                new_stars=max(0, number(attack, "stars") - stars),
            )
        )
        destroyed = number(attack, "destructionPercent")
        stars = max(stars, number(attack, "stars"))
    return in_order


@overload
def raid_attacks_by_member(season: answers.ClanCapitalRaidSeason) -> dict[str, tuple[AnswerHit, ...]]: ...
@overload
def raid_attacks_by_member(season: models.ClanCapitalRaidSeason) -> dict[str, tuple[ModelHit, ...]]: ...
def raid_attacks_by_member(season: Any) -> dict[str, Any]:
    """By tag of a member, the attacks of `raid_attacks`.

    Args:
        season: As for `raid_attacks`.
    """
    by_member: dict[str, tuple[RaidHit[Any, Any, Any], ...]] = {}
    for hit in raid_attacks(season):
        by_member[hit.attacker_tag] = (*by_member.get(hit.attacker_tag, ()), hit)
    return by_member


def is_finished(raid: Raid) -> bool:
    """Whether every district of the raided capital was destroyed."""
    return bool(0 < number(raid, "districtCount") == number(raid, "districtsDestroyed"))


def offensive_medals(season: Season) -> int:
    """Raid medals for each attack: those of all destroyed districts, divided by all attacks, rounded up.

    While a weekend is on, the API tells 0, and this is what it would be if the weekend ended now. A level
    that is not known here counts as the highest known one.

    Args:
        season: As for `raid_attacks`.
    """
    reward = int(number(season, "offensiveReward"))
    raids = parts(season, "attackLog")
    attacks = int(sum(number(raid, "attackCount") for raid in raids))
    if reward or not attacks:
        return reward
    medals: int = sum(
        worth(district)
        for raid in raids
        for district in parts(raid, "districts")
        if number(district, "destructionPercent") == FULL
    )
    return math.ceil(medals / attacks)


def worth(district: object) -> int:
    """Medals of the clan for a district that was destroyed."""
    table = PEAK_MEDALS if part(district, "id") == CAPITAL_PEAK else DISTRICT_MEDALS
    return table.get(int(number(district, "districtHallLevel")), max(table.values()))


def medals_of(season: Season, tag: str) -> int:
    """Raid medals of a member: those for each attack times the attacks made, and the defensive ones; 0 for
    one who has not attacked.

    The API tells the attacks of members for the newest weekend only, and the defensive medals when it is
    over.

    Args:
        season: As for `raid_attacks`.
        tag: Of the member, however it is written.

    Raises:
        InvalidParams: `tag` cannot be a tag.
    """
    raider = normal_tag(tag)
    attacks = sum(number(m, "attacks") for m in parts(season, "members") if part(m, "tag") == raider)
    return int(attacks * offensive_medals(season) + number(season, "defensiveReward")) if attacks else 0


def raid_attacks_left(season: Season) -> dict[str, int]:
    """By tag, the attacks that members who have begun still have: limit and bonus less those made.

    Args:
        season: The newest weekend; the API tells members of no other.
    """
    return {
        text(member, "tag"): max(
            0,
            number(member, "attackLimit") + number(member, "bonusAttackLimit") - number(member, "attacks"),
        )
        for member in parts(season, "members")
    }


@overload
def without_raid_attacks(
    season: answers.ClanCapitalRaidSeason, clan: answers.Clan
) -> tuple[answers.ClanMember, ...]: ...
@overload
def without_raid_attacks(
    season: models.ClanCapitalRaidSeason, clan: models.Clan
) -> tuple[models.ClanMember, ...]: ...
def without_raid_attacks(season: Any, clan: Any) -> tuple[Any, ...]:
    """The members of a clan who have not attacked in a weekend, in the order of the clan's list.

    Args:
        season: The newest weekend; the API tells members of no other.
        clan: The answer of ``clan_tag`` for the same clan.
    """
    raiders = {text(m, "tag") for m in parts(season, "members") if number(m, "attacks")}
    return tuple(m for m in parts(clan, "memberList") if text(m, "tag") not in raiders)
