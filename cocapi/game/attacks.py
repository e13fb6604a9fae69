"""The attacks of a war in order, each with everything that it takes to tell of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar, overload

from cocapi.api.operations import normal_tag
from cocapi.game.parts import by_tag, number, part, parts, text
from cocapi.game.sides import ENEMY, Side, side_name

if TYPE_CHECKING:
    from cocapi import answers, models
    from cocapi.game.sides import WarSide

    AnswerAttack: TypeAlias = "Attack[answers.WarAttack, answers.WarMember, answers.WarClan]"
    ModelAttack: TypeAlias = "Attack[models.WarAttack, models.WarMember, models.WarClan]"

__all__ = ["Attack", "attacks", "attacks_by", "average_duration", "best_attack_on", "defenses_of"]

A = TypeVar("A")
M = TypeVar("M")
C = TypeVar("C")

ALL_STARS = 3
"""Of one base."""


@dataclass(frozen=True, slots=True)
class Attack(Generic[A, M, C]):
    """An attack of a war, in the war.

    Attributes:
        answer: The attack as the API tells it.
        order: Its place among the attacks of both sides, from 1.
        attacker: The member who attacked.
        defender: The member who was attacked.
        clan: The side of the attacker.
        opponent: The side of the defender.
        stars: From 0 to 3.
        destruction: Per cent, from 0 to 100.
        duration: Seconds; None where the API does not tell.
        best_before: The best attack on this defender up to then, by stars, then destruction, then the earlier
            one; None: there had been none.
        new_stars: Stars that the attacker's side has more than before: those above the best before.
    """

    answer: A
    order: int
    attacker: M
    defender: M
    clan: C
    opponent: C
    stars: int
    destruction: float
    duration: int | None
    best_before: A | None
    new_stars: int

    @property
    def is_fresh(self) -> bool:
        """Whether it is the first attack on this defender."""
        return self.best_before is None

    @property
    def is_cleanup(self) -> bool:
        """Whether the defender had been attacked before, and had stars left to win."""
        return self.best_before is not None and number(self.best_before, "stars") < ALL_STARS

    @property
    def is_perfect(self) -> bool:
        """Whether it won all three stars."""
        return self.stars == ALL_STARS


@overload
def attacks(war: answers.ClanWar, side: Side | WarSide | None = None) -> tuple[AnswerAttack, ...]: ...
@overload
def attacks(war: models.ClanWar, side: Side | WarSide | None = None) -> tuple[ModelAttack, ...]: ...
def attacks(war: Any, side: Side | WarSide | None = None) -> tuple[Any, ...]:
    """The attacks of a war, in the order in which they were made.

    An attack on somebody who is not in the war, which no known answer has, is left out.

    Args:
        war: An answer of ``clan_current_war``, ``warleague`` or ``current_war``, as a dict or a model.
        side: ``"clan"``, ``"opponent"``, or that side of the war: its attacks; None: those of both.

    Raises:
        InvalidParams: `side` is no side of the war.
    """
    attacking = list(ENEMY) if side is None else [side_name(war, side)]
    entries = [
        (attack, member, ours, ENEMY[ours])
        for ours in attacking
        for member in parts(part(war, ours), "members")
        for attack in parts(member, "attacks")
    ]
    defenders = {theirs: by_tag(parts(part(war, theirs), "members")) for theirs in ENEMY}
    best: dict[tuple[str, str], Any] = {}
    in_order = []
    for attack, member, ours, theirs in sorted(entries, key=lambda entry: number(entry[0], "order")):
        tag = text(attack, "defenderTag")
        if tag not in defenders[theirs]:
            continue
        before = best.get((theirs, tag))
        in_order.append(
            Attack(
                answer=attack,
                order=number(attack, "order"),
                attacker=member,
                defender=defenders[theirs][tag],
                clan=part(war, ours),
                opponent=part(war, theirs),
                stars=number(attack, "stars"),
                destruction=number(attack, "destructionPercentage"),
                duration=number(attack, "duration") or None,
                best_before=before,
                new_stars=max(0, number(attack, "stars") - number(before, "stars")),
            )
        )
        if before is None or worth(attack) > worth(before):
            best[theirs, tag] = attack
    return tuple(in_order)


def worth(attack: object) -> tuple[float, float]:
    """Attacks on one defender in the order in which they count: stars, then destruction."""
    return number(attack, "stars"), number(attack, "destructionPercentage")


@overload
def attacks_by(war: answers.ClanWar, tag: str) -> tuple[AnswerAttack, ...]: ...
@overload
def attacks_by(war: models.ClanWar, tag: str) -> tuple[ModelAttack, ...]: ...
def attacks_by(war: Any, tag: str) -> tuple[Any, ...]:
    """The attacks of a player, in order.

    Args:
        war: As for `attacks`.
        tag: Of a player of either side, however it is written.

    Raises:
        InvalidParams: `tag` cannot be a tag.
    """
    attacker = normal_tag(tag)
    return tuple(attack for attack in attacks(war) if part(attack.attacker, "tag") == attacker)


@overload
def defenses_of(war: answers.ClanWar, tag: str) -> tuple[AnswerAttack, ...]: ...
@overload
def defenses_of(war: models.ClanWar, tag: str) -> tuple[ModelAttack, ...]: ...
def defenses_of(war: Any, tag: str) -> tuple[Any, ...]:
    """The attacks on a player, in order.

    Args:
        war: As for `attacks`.
        tag: Of a player of either side, however it is written.

    Raises:
        InvalidParams: `tag` cannot be a tag.
    """
    defender = normal_tag(tag)
    return tuple(attack for attack in attacks(war) if part(attack.defender, "tag") == defender)


@overload
def best_attack_on(war: answers.ClanWar, tag: str) -> AnswerAttack | None: ...
@overload
def best_attack_on(war: models.ClanWar, tag: str) -> ModelAttack | None: ...
def best_attack_on(war: Any, tag: str) -> Any:
    """The attack on a player that counts: most stars, then most destruction, then the earliest; None when the
    player was not attacked.

    Args:
        war: As for `attacks`.
        tag: Of a player of either side, however it is written.

    Raises:
        InvalidParams: `tag` cannot be a tag.
    """
    defenses = defenses_of(war, tag)
    return max(defenses, key=lambda attack: (attack.stars, attack.destruction), default=None)


def average_duration(attacks: Iterable[Attack[Any, Any, Any]]) -> float | None:
    """The mean seconds that attacks took; None when there are none that tell.

    Args:
        attacks: What `attacks`, `attacks_by` or `defenses_of` gives.
    """
    seconds = [attack.duration for attack in attacks if attack.duration is not None]
    return sum(seconds) / len(seconds) if seconds else None
