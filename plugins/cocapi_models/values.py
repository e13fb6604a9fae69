"""Values as the wire has them: words that may be new, numbers, lists and JSON that cannot change.

An enumeration is open: a word that the game did not have when this was written is a plain text, and both
compare as text (``member.role == "admin"``).
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, NoReturn, TypeVar, get_args

from pydantic import Field, GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

__all__ = [
    "BattleModifier",
    "BattleType",
    "ClanType",
    "FrozenDict",
    "HousePart",
    "Json",
    "Many",
    "Number",
    "Open",
    "RaidState",
    "Role",
    "TokenStatus",
    "Village",
    "WarFrequency",
    "WarLeagueState",
    "WarPreference",
    "WarResult",
    "WarState",
]

E = TypeVar("E", bound=StrEnum)
T = TypeVar("T")

DEEPEST = 200
"""Levels of JSON within JSON: as many as pydantic's own parser reads."""


class Words(dict[str, str]):
    """The members of an enumeration by their words; a word that is none stands for itself.

    A look-up here costs a third of what pydantic's union of enumeration and text does.
    """

    def __missing__(self, word: str) -> str:
        return word


@functools.cache
def words(enumeration: type[StrEnum]) -> Words:
    """The words of an enumeration."""
    return Words({member.value: member for member in enumeration})


class AnyWord:
    """Tells pydantic to read ``Enumeration | str`` by `Words`."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """A text, as a member where it is one."""
        members = words(get_args(source)[0])
        return core_schema.no_info_after_validator_function(members.__getitem__, core_schema.str_schema())


Open = Annotated[E | str, AnyWord]
"""A member of the enumeration where the word is known, else the word as it came."""

Number = Annotated[int | float, Field(union_mode="left_to_right")]
"""A JSON number: 100 stays an int, 72.93 is a float."""


class Listed:
    """Tells pydantic to read a tuple from a list as well, strictly or not: JSON, once decoded, has lists."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """A tuple. From text pydantic reads an array as one by itself; of a text that a validator of the
        user's has decoded before it takes a list, where strictness is not asked for with the very call.
        """
        plain: Any = handler(source)
        either = core_schema.no_info_before_validator_function(as_tuple, plain)
        from_text = core_schema.lax_or_strict_schema({**plain, "strict": False}, either, strict=False)
        return core_schema.json_or_python_schema(json_schema=from_text, python_schema=either)


def as_tuple(value: object) -> object:
    """A list as a tuple; what is none is left as it is."""
    return tuple(value) if isinstance(value, list) else value


Many = Annotated[tuple[T, ...], Listed]
"""Some of a kind, in an order, unchangeable."""


class FrozenDict(dict[str, Any]):
    """A JSON object that nobody can change, for it may be shared by everyone who asked."""

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise TypeError("this is part of an answer that others may hold too; change a copy: dict(…)")

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    def __hash__(self) -> int:  # type: ignore[override]  # dicts have none because they change
        return hash(frozenset(self.items()))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (dict(self),)


def freeze(value: Any, levels: int = DEEPEST) -> Any:
    """JSON that cannot change: objects as `FrozenDict`, arrays as tuples.

    Raises:
        ValueError: It is nested deeper than `levels`.
    """
    if not isinstance(value, Mapping | list | tuple):
        return value
    if levels == 0:
        raise ValueError(f"JSON is read down to {DEEPEST} levels, and this is nested deeper")
    if isinstance(value, Mapping):
        return FrozenDict({name: freeze(item, levels - 1) for name, item in value.items()})
    return tuple(freeze(item, levels - 1) for item in value)


class FrozenJson:
    """Tells pydantic to read any JSON as `freeze` does."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Whatever it is, frozen."""
        return core_schema.no_info_after_validator_function(freeze, core_schema.any_schema())


Json = Annotated[Any, FrozenJson]
"""Any JSON value, unchangeable."""


class Role(StrEnum):
    """What a member is in a clan. ``admin`` is what the game calls an elder."""

    MEMBER = "member"
    ELDER = "admin"
    CO_LEADER = "coLeader"
    LEADER = "leader"


class ClanType(StrEnum):
    """Who may join a clan."""

    OPEN = "open"
    INVITE_ONLY = "inviteOnly"
    CLOSED = "closed"


class WarFrequency(StrEnum):
    """How often a clan says that it fights."""

    ALWAYS = "always"
    MORE_THAN_ONCE_PER_WEEK = "moreThanOncePerWeek"
    ONCE_PER_WEEK = "oncePerWeek"
    LESS_THAN_ONCE_PER_WEEK = "lessThanOncePerWeek"
    NEVER = "never"
    UNKNOWN = "unknown"
    ANY = "any"


class WarState(StrEnum):
    """Where a war stands."""

    NOT_IN_WAR = "notInWar"
    PREPARATION = "preparation"
    IN_WAR = "inWar"
    WAR_ENDED = "warEnded"


class WarLeagueState(StrEnum):
    """Where a group of the clan war league stands; ``notInWar`` while one is being searched."""

    NOT_IN_WAR = "notInWar"
    PREPARATION = "preparation"
    IN_WAR = "inWar"
    ENDED = "ended"


class WarResult(StrEnum):
    """How a war ended for a clan."""

    WIN = "win"
    LOSE = "lose"
    TIE = "tie"


class WarPreference(StrEnum):
    """Whether a player wants to be in wars."""

    IN = "in"
    OUT = "out"


class BattleModifier(StrEnum):
    """What makes a war's battles harder."""

    NONE = "none"
    HARD_MODE = "hardMode"
    MINUS_ONE = "minusOne"
    MINUS_TWO = "minusTwo"
    MINUS_THREE = "minusThree"


class BattleType(StrEnum):
    """Which kind of battle a log tells of."""

    HOME_VILLAGE = "homeVillage"
    RANKED = "ranked"
    LEGEND = "legend"


class RaidState(StrEnum):
    """Where a raid weekend stands."""

    ONGOING = "ongoing"
    ENDED = "ended"
    UNKNOWN = "unknown"


class Village(StrEnum):
    """Where in the game something belongs."""

    HOME = "home"
    BUILDER_BASE = "builderBase"
    CLAN_CAPITAL = "clanCapital"


class HousePart(StrEnum):
    """Which part of a player's house something is."""

    GROUND = "ground"
    WALLS = "walls"
    ROOF = "roof"
    DECORATION = "decoration"


class TokenStatus(StrEnum):
    """Whether a player's token was right."""

    OK = "ok"
    INVALID = "invalid"
