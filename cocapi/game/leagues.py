"""A group of the clan war league with its wars, as one clan sees them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast

from cocapi.game.parts import part
from cocapi.game.standings import Standing, standings

__all__ = ["LeagueWars"]

G = TypeVar("G")
W = TypeVar("W")


@dataclass(frozen=True, slots=True)
class LeagueWars(Generic[G, W]):
    """What ``api.league_wars(tag)`` answers.

    Attributes:
        clan_tag: Of the clan that was asked for.
        group: The group, as ``clan_leaguegroup`` answers.
        rounds: Of each round that has been drawn, its wars by their tags. The war of the clan that was asked
            for is the first, and has that clan on the side `clan`.
    """

    clan_tag: str
    group: G
    rounds: tuple[Mapping[str, W], ...]

    def __iter__(self) -> Iterator[W]:
        """All wars, round after round."""
        return (war for wars in self.rounds for war in wars.values())

    @property
    def own(self) -> tuple[W | None, ...]:
        """The clan's own war of each round that has been drawn; None in a round without one."""
        firsts = (next(iter(wars.values()), None) for wars in self.rounds)
        return tuple(war if part(part(war, "clan"), "tag") == self.clan_tag else None for war in firsts)

    @property
    def standings(self) -> tuple[Standing, ...]:
        """The table of the group so far, the first first; see `cocapi.game.standings`."""
        return standings(cast(Any, self.group), cast(Any, self))

    @property
    def standing(self) -> Standing | None:
        """The clan's own row in `standings`; None where the group does not name it."""
        return next((row for row in self.standings if row.tag == self.clan_tag), None)
