"""Values as the wire has them: times that keep their text, words that may be new, JSON that cannot change.

An enumeration is open: a word that the game did not have when this was written is a plain text, and both
compare as text (``member.role == "admin"``).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, NoReturn, Self, TypeVar, get_args

from pydantic import Field, GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

__all__ = [
    "BattleModifier",
    "BattleType",
    "ClanType",
    "FrozenDict",
    "HousePart",
    "Json",
    "Number",
    "Open",
    "RaidState",
    "Role",
    "Timestamp",
    "TokenStatus",
    "Village",
    "WarFrequency",
    "WarLeagueState",
    "WarPreference",
    "WarResult",
    "WarState",
]

E = TypeVar("E", bound=StrEnum)


class Words(dict[str, str]):
    """The members of an enumeration by their words; a word that is none stands for itself.

    A look-up here costs a third of what pydantic's union of enumeration and text does.
    """

    def __missing__(self, word: str) -> str:
        return word


class AnyWord:
    """Tells pydantic to read ``Enumeration | str`` by `Words`."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """A text, as a member where it is one."""
        enumeration: type[StrEnum] = get_args(source)[0]
        words = Words({member.value: member for member in enumeration})
        return core_schema.no_info_after_validator_function(words.__getitem__, core_schema.str_schema())


Open = Annotated[E | str, AnyWord]
"""A member of the enumeration where the word is known, else the word as it came."""

Number = Annotated[int | float, Field(union_mode="left_to_right")]
"""A JSON number: 100 stays an int, 72.93 is a float."""


class Timestamp(datetime):
    """An aware datetime that remembers how the API wrote it.

    The API writes ``20251001T080000.000Z`` nearly everywhere and ``2026-03-11T18:14:44Z`` in ranked groups.

    text:
        What came over the wire.
    """

    text: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """The time that `text` says.

        Raises:
            ValueError: it is no ISO 8601 time with a zone.
        """
        moment = cls.fromisoformat(text)
        if moment.tzinfo is None:
            raise ValueError("a time without a zone")
        moment.text = text
        return moment

    def __str__(self) -> str:
        return self.isoformat(sep=" ")

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self).parse, (self.text,)

    def __reduce_ex__(self, protocol: object) -> tuple[Any, ...]:
        return self.__reduce__()

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Read from text, written as that text."""
        return core_schema.no_info_after_validator_function(
            cls.parse,
            core_schema.str_schema(),
            serialization=core_schema.plain_serializer_function_ser_schema(
                wire_text, return_schema=core_schema.any_schema(), when_used="json"
            ),
        )


def wire_text(moment: object) -> object:
    """What came over the wire for a time; what is none is left as it is."""
    return getattr(moment, "text", moment)


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


def freeze(value: Any) -> Any:
    """JSON that cannot change: objects as `FrozenDict`, arrays as tuples."""
    if isinstance(value, Mapping):
        return FrozenDict({name: freeze(item) for name, item in value.items()})
    if isinstance(value, list | tuple):
        return tuple(map(freeze, value))
    return value


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
