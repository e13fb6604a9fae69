"""The two sides of a war, which whoever asks names, or gives as they stand in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from cocapi.errors import InvalidParams
from cocapi.game.parts import part

if TYPE_CHECKING:
    from cocapi import answers, models

    WarSide: TypeAlias = "answers.WarClan | models.WarClan"

__all__ = ["ENEMY", "Side", "side_name", "side_of"]

Side: TypeAlias = Literal["clan", "opponent"]

ENEMY: dict[Side, Side] = {"clan": "opponent", "opponent": "clan"}


def side_name(war: object, side: object) -> Side:
    """Which side of a war it is.

    Args:
        war: As for `attacks`.
        side: Its name, or the side as it stands in the war.

    Raises:
        InvalidParams: It is neither.
    """
    for name in ENEMY:
        if side in (name, part(war, name)):
            return name
    raise InvalidParams(f"side is {side!r:.80}: it must be 'clan', 'opponent', or that side of the war")


def side_of(war: object, side: object) -> Any:
    """The side itself, which `side` names or already is.

    Raises:
        InvalidParams: It is a text other than the names of the sides.
    """
    return part(war, side_name(war, side)) if isinstance(side, str) else side
