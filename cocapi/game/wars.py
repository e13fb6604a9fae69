"""How a war stands: stars and attacks there may be, who leads, how long it goes on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypeVar

from cocapi.api.operations import normal_tag
from cocapi.game.attacks import ALL_STARS
from cocapi.game.parts import moment, number, part, parts, text, utc
from cocapi.game.sides import Side, side_of

if TYPE_CHECKING:
    from cocapi import answers, models

    War: TypeAlias = "answers.ClanWar | models.ClanWar"
    from cocapi.game.sides import WarSide

    Member: TypeAlias = "answers.WarMember | models.WarMember"

__all__ = [
    "attacks_left",
    "attacks_left_of",
    "attacks_per_member",
    "decided_by",
    "is_cwl",
    "is_perfect",
    "max_attacks",
    "max_stars",
    "missed_attacks",
    "result",
    "seconds_left",
    "seconds_until",
    "status",
    "swapped",
    "total_attacks",
    "war_type",
    "with_own_side",
]

W = TypeVar("W", bound="answers.ClanWar | models.ClanWar")

RANDOM_PREPARATION = timedelta(hours=23)
"""How long a war with an opponent that the game chose is prepared; friends agree on less, or on 24 hours. So
it is in the recorded war of either kind, and coc.py 4.0.0 tells them apart alike."""

Status = Literal["winning", "losing", "tied", "won", "lost", "tie"]
WarType = Literal["random", "friendly", "cwl"]
Result = Literal["win", "lose", "tie"]

STANDING: dict[bool, dict[int, Status]] = {
    False: {1: "winning", 0: "tied", -1: "losing"},
    True: {1: "won", 0: "tie", -1: "lost"},
}
RESULTS: dict[int, Result] = {1: "win", 0: "tie", -1: "lose"}


def is_cwl(war: War) -> bool:
    """Whether it is a war of the clan war league: such an answer has a `warStartTime`, or a team size without
    attacks per member."""
    if part(war, "warStartTime") is not None:
        return True
    return bool(number(war, "teamSize")) and not number(war, "attacksPerMember")


def war_type(war: War) -> WarType | None:
    """``"cwl"``, ``"friendly"`` or ``"random"`` (the game chose the opponent); None where there is no war.

    A war is friendly when its preparation does not take the 23 hours that the game gives to others.
    """
    if is_cwl(war):
        return "cwl"
    prepared, start = moment(part(war, "preparationStartTime")), moment(part(war, "startTime"))
    if prepared is None or start is None:
        return None
    return "random" if start - prepared == RANDOM_PREPARATION else "friendly"


def attacks_per_member(war: War) -> int:
    """Attacks that each member has: as the answer says, one in the clan war league, 0 without a war."""
    return int(number(war, "attacksPerMember")) or int(is_cwl(war))


def max_stars(war: War) -> int:
    """Stars that a side can win: three for each enemy."""
    return ALL_STARS * int(number(war, "teamSize"))


def max_attacks(war: War) -> int:
    """Attacks that a side can make: those of all its members."""
    return int(number(war, "teamSize")) * attacks_per_member(war)


def total_attacks(war: War) -> int:
    """Attacks that both sides have made."""
    return int(number(part(war, "clan"), "attacks") + number(part(war, "opponent"), "attacks"))


def attacks_left_of(war: War, member: Member) -> int:
    """Attacks that a member of the war has not made, be it still on or over."""
    return max(0, attacks_per_member(war) - len(parts(member, "attacks")))


def attacks_left(war: War, side: Side | WarSide) -> int:
    """Attacks that a side of the war has not made, be it still on or over.

    Raises:
        InvalidParams: `side` is a text other than ``"clan"`` and ``"opponent"``.
    """
    return max(0, max_attacks(war) - int(number(side_of(war, side), "attacks")))


def missed_attacks(war: War) -> dict[str, int]:
    """By tag, the attacks that members of both sides let pass in a war that is over, in the order of the map,
    the side `clan` first; those who missed none are not named. ``{}`` until it is over."""
    if part(war, "state") != "warEnded":
        return {}
    members = [
        member
        for side in ("clan", "opponent")
        for member in sorted(parts(part(war, side), "members"), key=lambda m: number(m, "mapPosition"))
    ]
    return {text(m, "tag"): left for m in members if (left := attacks_left_of(war, m))}


def lead(war: object) -> int | None:
    """1 where `clan` leads, -1 where it is behind, 0 where neither does: by stars, then by destruction. None
    where they are no numbers."""
    ours, theirs = score(part(war, "clan")), score(part(war, "opponent"))
    if ours is None or theirs is None:
        return None
    return (ours > theirs) - (ours < theirs)


def score(side: object) -> tuple[float, float] | None:
    """Stars and destruction of a side, which compare as the game does; None where they are no numbers."""
    stars, destruction = part(side, "stars"), part(side, "destructionPercentage")
    sound = isinstance(stars, int | float) and isinstance(destruction, int | float)
    return (stars, destruction) if sound else None


def status(war: War) -> Status | None:
    """How it stands for `clan`: winning, losing or tied while it is fought, won, lost or tie when it is over;
    by stars, then by destruction. None before the battle, and where there is no war."""
    state, leading = part(war, "state"), lead(war)
    if leading is None or state not in ("inWar", "warEnded"):
        return None
    return STANDING[state == "warEnded"][leading]


def result(war: War) -> Result | None:
    """How it ended for `clan`, by stars, then by destruction, in the war log's words; None until then."""
    leading = lead(war)
    return RESULTS[leading] if leading is not None and part(war, "state") == "warEnded" else None


def decided_by(war: War) -> Literal["stars", "destruction"] | None:
    """What tells the sides apart: stars, or destruction where they have as many; None where nothing does."""
    if not lead(war):
        return None
    ours, theirs = part(war, "clan"), part(war, "opponent")
    return "destruction" if number(ours, "stars") == number(theirs, "stars") else "stars"


def is_perfect(war: War, side: Side | WarSide) -> bool:
    """Whether a side has won every star that there is.

    Raises:
        InvalidParams: `side` is a text other than ``"clan"`` and ``"opponent"``.
    """
    return bool(0 < max_stars(war) == number(side_of(war, side), "stars"))


def seconds_until(time: object, now: datetime) -> float | None:
    """Seconds from `now` to a time of an answer; below 0 when it has passed, None where there is no time.

    Args:
        time: A text of the API (``"20251001T080000.000Z"``), a datetime with a zone, or None.
        now: A moment, with its zone.

    Raises:
        ValueError: `now` has no zone.
    """
    then = moment(time)
    now = utc(now)
    return None if then is None else (then - now).total_seconds()


def seconds_left(war: War, now: datetime) -> float:
    """Seconds until the battle begins, while a war is prepared, and until it ends, while it is fought; 0 when
    it is over and where there is none.

    What counts are the war's own times, so an answer that was stored a while ago tells the truth.

    Args:
        war: As for `attacks`.
        now: A moment, with its zone.

    Raises:
        ValueError: `now` has no zone.
    """
    for name in ("startTime", "endTime"):
        left = seconds_until(part(war, name), now)
        if left is not None and left > 0:
            return left
    return 0.0


def swapped(war: W) -> W:
    """The war as the other side sees it: `clan` and `opponent` have changed places in a copy."""
    sides = {"clan": part(war, "opponent"), "opponent": part(war, "clan")}
    if isinstance(war, Mapping):
        return {**war, **sides}  # type: ignore[return-value]  # the same keys
    model: Any = war
    return model.model_copy(update=sides)  # type: ignore[no-any-return]


def with_own_side(war: W, tag: str) -> W | None:
    """The war with the clan of this tag on the side `clan`; None when that clan is not in it.

    Raises:
        InvalidParams: `tag` cannot be a tag.
    """
    clan = normal_tag(tag)
    if part(part(war, "clan"), "tag") == clan:
        return war
    return swapped(war) if part(part(war, "opponent"), "tag") == clan else None
