"""Model: an answer, or a part of one, as an object that the game's next update cannot break.

bytes ──▶ pydantic-core ──▶ the model                          nearly always
              │
              └─ refused ──▶ part by part: what fits is typed,   (`read`)
                             what does not is kept as it came
                             and listed in `irregularities`
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar, get_args, get_origin

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from pydantic.alias_generators import to_camel
from pydantic_core import to_json

from cocapi import read_json
from cocapi.interrupts import reraise
from cocapi_models.values import Json, freeze

__all__ = ["Irregularity", "Model"]

M = TypeVar("M", bound="Model")

NO_NUMBERS = (b"NaN", b"Infinity")
"""Numbers to pydantic-core, which JSON does not have; in a string they cost a second look."""

MISSING = "Field required"
"""Pydantic's words for it."""


@dataclass(frozen=True, slots=True)
class Irregularity:
    """A value that is not what the model says; it was kept as it came.

    path:
        Where it is, in the wire's names: ``"memberList[3].role"``.
    value:
        As it came; None where the field is missing.
    problem:
        What was expected, in pydantic's words.
    """

    path: str
    value: Any
    problem: str

    def __str__(self) -> str:
        if self.problem == MISSING:
            return f"{self.path} is missing"
        shown = repr(self.value)
        shown = shown if len(shown) <= 80 else f"{shown[:77]}..."
        return f"{self.path} is {shown}: {self.problem}"


class Model(BaseModel):
    """A part of an answer. Attributes are the wire's names in snake_case; nothing can be changed.

    Fields that are not known here are kept: ``clan.new_thing`` and ``clan.newThing`` both read the wire's
    ``newThing``, and ``model_dump(mode="json", by_alias=True, exclude_unset=True)`` gives the answer back
    as it came.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(
        frozen=True,
        strict=True,
        extra="allow",
        alias_generator=to_camel,
        protected_namespaces=(),
        cache_strings="keys",
    )
    __pydantic_extra__: dict[str, Json]

    @property
    def irregularities(self) -> tuple[Irregularity, ...]:
        """What of this answer is not as the model says, in this object and below; nearly always ``()``."""
        found: tuple[Irregularity, ...] = self.__dict__.get("irregularities", ())
        return found

    @classmethod
    def from_bytes(cls, content: bytes) -> Self:
        """The model of a JSON object. Values of a wrong type are kept as they came and listed.

        Raises:
            ValueError: `content` is no JSON object.
        """
        if not any(word in content for word in NO_NUMBERS):
            try:
                return cls.model_validate_json(content)
            except ValidationError as error:
                reraise(error)
        parsed = read_json(content)
        if not isinstance(parsed, dict):
            raise ValueError("no JSON object")  # of the body, not of an argument
        return construct(cls, parsed)

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        """What the answer holds; what it has not is None everywhere and tells nothing."""
        absent = self.__class__.model_fields.keys() - self.model_fields_set
        return ((name, value) for name, value in super().__repr_args__() if name not in absent)

    if not TYPE_CHECKING:  # for a checker, a model has the declared fields and no others

        def __getattr__(self, name: str) -> Any:
            """What is not declared: unknown fields, and known ones by the wire's name (as in 4.0)."""
            if not name.startswith("_"):
                extra = self.__pydantic_extra__ or {}
                for spelling in (name, to_camel(name)):
                    if spelling in extra:
                        return extra[spelling]
                if name in names(type(self)):
                    return getattr(self, names(type(self))[name])
            return super().__getattr__(name)

        def model_dump(self, **options: Any) -> dict[str, Any]:
            """As pydantic's; odd values were told of before, and are dumped without a warning."""
            return super().model_dump(**{"warnings": not self.irregularities, **options})

        def model_dump_json(self, **options: Any) -> str:
            """As pydantic's; odd values were told of before, and are dumped without a warning."""
            return super().model_dump_json(**{"warnings": not self.irregularities, **options})


@functools.cache
def names(kind: type[Model]) -> dict[str, str]:
    """The fields of a model by their names on the wire."""
    return {field.alias or name: name for name, field in kind.model_fields.items()}


@functools.cache
def adapter(kind: Any) -> TypeAdapter[Any]:
    """What reads one value of a field's type."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return TypeAdapter(kind)
    return TypeAdapter(kind, config=ConfigDict(strict=True))


def read(kind: Any, value: Any, path: str, found: list[Irregularity]) -> Any:
    """`value` as the type that a field has; what does not fit stays as it is and is added to `found`."""
    try:
        return adapter(kind).validate_json(to_json(value, inf_nan_mode="constants"))
    except ValidationError as error:
        problem = error.errors(include_url=False, include_context=False)[-1]["msg"]
    for option in options(kind):
        if isinstance(value, dict) and isinstance(option, type) and issubclass(option, Model):
            part = construct(option, value)
            found.extend(Irregularity(f"{path}.{i.path}", i.value, i.problem) for i in part.irregularities)
            return part
        if isinstance(value, list) and get_origin(option) is tuple:
            (item_kind, _) = get_args(option)
            return tuple(read(item_kind, item, f"{path}[{n}]", found) for n, item in enumerate(value))
    kept = freeze(value)
    found.append(Irregularity(path, kept, problem))
    return kept


def options(kind: Any) -> Iterator[Any]:
    """The types that a field may have, without unions around them."""
    if get_origin(kind) is None or get_origin(kind) is tuple:
        yield kind
    else:
        for part in get_args(kind):
            yield from options(part)


def construct(kind: type[M], data: dict[str, Any]) -> M:
    """A model of `data`, field by field, so that one that does not fit spoils no other."""
    found: list[Irregularity] = []
    known = names(kind)
    present = {known[name]: name for name in data if name in known}
    values = {
        field: read(kind.model_fields[field].rebuild_annotation(), data[name], name, found)
        for field, name in present.items()
    }
    for name, field in known.items():
        if field not in present and kind.model_fields[field].is_required():
            found.append(Irregularity(name, None, MISSING))
            values[field] = None
    extra = {name: freeze(value) for name, value in data.items() if name not in known}
    model = kind.model_construct(_fields_set=set(present))
    model.__dict__.update(values)
    object.__setattr__(model, "__pydantic_extra__", extra)
    if found:
        model.__dict__["irregularities"] = tuple(found)
    return model
