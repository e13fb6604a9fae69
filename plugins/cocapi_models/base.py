"""Model: an answer, or a part of one, as an object that the game's next update cannot break.

bytes ──▶ a model that reads what somebody looks at (`Unread`)      nearly always
  │
  └─ odd, or asked for whole ──▶ pydantic-core ──▶ all of it        nearly always
                                   │
                                   └─ refused ──▶ part by part: what fits is typed,   (`read`)
                                                  what does not is kept as it came
                                                  and listed in `irregularities`
"""

import functools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from inspect import get_annotations
from typing import Any, ClassVar, Self, TypeVar, get_args, get_origin

from pydantic import (
    AliasChoices,
    AliasPath,
    BaseModel,
    ConfigDict,
    GetCoreSchemaHandler,
    TypeAdapter,
    ValidationError,
)
from pydantic.alias_generators import to_camel
from pydantic.fields import FieldInfo
from pydantic_core import CoreSchema, core_schema

from cocapi import read_json
from cocapi.interrupts import reraise
from cocapi_models.shallow import HOME, pieces
from cocapi_models.times import Reading, Written, keep
from cocapi_models.unread import ODD, Answer, Unread, own
from cocapi_models.values import Json, freeze

# No annotations from __future__ here: pydantic 2.12 looks up the text of that of
# `__pydantic_extra__` in the module of whoever subclasses Model.

__all__ = ["Irregularity", "Model", "answer_model", "every", "whole"]

M = TypeVar("M", bound="Model")

NO_NUMBERS = (b"NaN", b"Infinity")
"""Numbers to pydantic-core, which JSON does not have; in a string they cost a second look."""

MISSING = "Field required"
"""Pydantic's words for it."""

UNKNOWN = "Extra inputs are not permitted"
"""And these, of a field where there may be no more than are declared."""

AS_THE_WIRE: Any = {"by_alias": True, "by_name": False}
"""An answer has the wire's names and no others; an unknown ``clan_level`` beside them is none of ours."""


@dataclass(frozen=True, slots=True)
class Irregularity:
    """A value that is not what the model says; it was kept as it came.

    Attributes:
        path: Where it is, in the wire's names: ``"memberList[3].role"``.
        value: As it came; None where the field is missing.
        problem: What was expected, in pydantic's words.
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


class Model(Unread):
    """A part of an answer. Attributes are the wire's names in snake_case; nothing can be changed.

    Fields that are not known here are kept: ``clan.new_thing`` and ``clan.newThing`` both read the wire's
    ``newThing``, and ``model_dump(mode="json", by_alias=True, exclude_unset=True)`` gives the answer back
    as it came.

    Pydantic's own ways in (``Clan(**answer)``, `model_validate`, a field of another model) take either name
    and refuse a value of a wrong type; `from_bytes` and `from_answer` keep it.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(
        frozen=True,
        strict=True,
        extra="allow",
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=True,
        protected_namespaces=(),
        cache_strings="keys",
    )
    __pydantic_extra__: dict[str, Json]

    @property
    def irregularities(self) -> tuple[Irregularity, ...]:
        """What of this answer is not as the model says, in this object and below; nearly always ``()``."""
        irregularities: tuple[Irregularity, ...] = self.__dict__.get(ODD, ())
        return irregularities

    @classmethod
    def from_bytes(cls, content: bytes) -> Self:
        """The model of a JSON object. Values of a wrong type are kept as they came and listed.

        Raises:
            ValueError: `content` is no JSON object.
        """
        return answer_model(cls, bytes(content))

    @classmethod
    def _read_whole(cls, content: bytes) -> Self:
        """The model of a JSON object with all that is in it.

        Raises:
            ValueError: `content` is no JSON object.
        """
        reading = Reading()
        if not any(word in content for word in NO_NUMBERS):
            try:
                model = cls.model_validate_json(content, context=reading, **AS_THE_WIRE)
            except ValidationError as error:
                reraise(error)
                reading.otherwise = True
            if not reading.otherwise:
                return model
        parsed = read_json(content)
        if not isinstance(parsed, dict):
            raise ValueError("an answer is a JSON object, and this is none")
        return construct(cls, parsed)

    @classmethod
    def _read_late(cls, content: bytes) -> Self:
        try:
            return cls._read_whole(content)
        except ValueError as error:
            reraise(error)
            return construct(cls, pieces(content))

    @classmethod
    def from_answer(cls, answer: Mapping[str, Any]) -> Self:
        """The model of an answer as a dict: one that was stored, or that a method returned.

        Values of a wrong type are kept as they came and listed in `irregularities`, where `model_validate`
        would raise.

        Raises:
            ValueError: `answer` is no mapping, or the error dict of a call that failed, or is nested deeper
                than 200 levels.
        """
        reading = Reading()
        try:
            model = cls.model_validate(object_in(answer), context=reading, **AS_THE_WIRE)
        except ValidationError as error:
            reraise(error)
        else:
            if not reading.otherwise:
                return model
        return construct(cls, answer)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """The fields are written by what they hold: an odd value is dumped as it came, without a warning."""
        schema = handler(source)
        inside: Any = handler.resolve_ref_schema(schema)
        while "fields" not in inside:
            inside = inside["schema"]
        ours = [base for base in cls.__mro__ if base.__module__.startswith(HOME)]
        own = {name for base in ours for name in get_annotations(base)}
        for name in own & inside["fields"].keys():
            write(inside["fields"][name]["schema"])
        return schema

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        """What the answer holds; what it has not is None everywhere and tells nothing."""
        absent = self.__class__.model_fields.keys() - self.model_fields_set
        return ((name, value) for name, value in super().__repr_args__() if name not in absent)

    def _undeclared(self, name: str) -> Any:
        """Unknown fields by either name, and known ones by the wire's (as in 4.0)."""
        if not name.startswith("_"):
            field = names(type(self)).get(name, name)
            if field != name:
                return getattr(self, field)
            extra = self.__pydantic_extra__ or {}
            for spelling in (name, to_camel(name)):
                if spelling in extra:
                    return extra[spelling]
        return getattr(BaseModel, "__getattr__")(self, name)  # noqa: B009  # hidden from checkers


def answer_model(kind: type[M], content: bytes, listener: Callable[[Model], None] | None = None) -> M:
    """The model of a JSON object, which reads itself when somebody looks.

    Args:
        listener: Is called when an odd value comes to light later; see `Answer`.

    Raises:
        ValueError: `content` is no JSON object.
    """
    try:
        return Answer(listener).model(kind, content)
    except (ValueError, RecursionError) as error:
        reraise(error)
        return kind._read_whole(content)


def odd_already(model: Model) -> bool:
    """Whether an odd value has come to light in a model; nothing is read for the question."""
    return ODD in own(model)


def write(field: Any) -> None:
    """Have a field written as it says itself, a time as the wire has it, all else by what it is."""
    inner = field
    while inner["type"] in ("default", "nullable") and "serialization" not in inner:
        inner = inner["schema"]
    if "serialization" not in inner:
        field["serialization"] = core_schema.simple_ser_schema("any")
    elif isinstance(form := getattr(inner["serialization"].get("function"), "__self__", None), Written):
        field["serialization"] = form.in_model()


def every(kind: type[M], value: object) -> tuple[M, ...]:
    """The models of this kind in a field that should hold nothing else; what is odd in it is left out."""
    return tuple(item for item in value if isinstance(item, kind)) if isinstance(value, tuple) else ()


def whole(value: object) -> int:
    """The whole number that a field holds; 0 where it holds something odd."""
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def object_in(answer: object) -> Mapping[str, Any]:
    """An answer, if it is one.

    Raises:
        ValueError: It is no mapping, or the error dict of a call that failed.
    """
    if not isinstance(answer, Mapping):
        raise ValueError(f"an answer is a JSON object, and {type(answer).__name__} is none")
    if answer.get("result") == "error" and "error_type" in answer:
        raise ValueError(f"this is the error dict of a call that failed: {answer.get('message')}")
    return answer


@functools.cache
def names(kind: type[Model]) -> dict[str, str]:
    """The fields of a model by their names on the wire; of several names of one field the first counts most,
    and so comes last.
    """
    return {
        name: field for field, info in kind.model_fields.items() for name in reversed(spellings(field, info))
    }


def spellings(field: str, info: FieldInfo) -> list[str]:
    """What a field is called on the wire; one of a user's subclass may have several names, or a path."""
    match info.validation_alias:
        case str(name):
            return [name]
        case AliasChoices(choices=choices):
            return [name for name in choices if isinstance(name, str)]
        case AliasPath():
            return []
        case None:
            return [info.alias or field]


@functools.cache
def adapter(kind: Any) -> TypeAdapter[Any]:
    """What reads one value of a field's type."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return TypeAdapter(kind)
    return TypeAdapter(kind, config=ConfigDict(strict=True))


def read(kind: Any, value: Any, path: str, odd: list[Irregularity]) -> Any:
    """`value` as the type that a field has; what does not fit stays as it is and is added to `odd`."""
    reading = Reading()
    try:
        whole = adapter(kind).validate_python(value, context=reading, **AS_THE_WIRE)
    except ValidationError as error:
        problem = error.errors(include_url=False, include_context=False, include_input=False)[-1]["msg"]
    else:
        if not reading.otherwise:
            return whole
        problem = ""
    for option in options(kind):
        if isinstance(value, Mapping) and isinstance(option, type) and issubclass(option, Model):
            part = construct(option, value)
            odd.extend(Irregularity(f"{path}.{i.path}", i.value, i.problem) for i in part.irregularities)
            return part
        if isinstance(value, list | tuple) and get_origin(option) is tuple:
            (item_kind, _) = get_args(option)
            return tuple(read(item_kind, item, f"{path}[{n}]", odd) for n, item in enumerate(value))
    if not problem:
        return whole
    frozen = freeze(value)
    odd.append(Irregularity(path, frozen, problem))
    return frozen


def options(kind: Any) -> Iterator[Any]:
    """The types that a field may have, without unions around them."""
    if get_origin(kind) is None or get_origin(kind) is tuple:
        yield kind
    else:
        for part in get_args(kind):
            yield from options(part)


def construct(kind: type[M], data: Mapping[str, Any]) -> M:
    """A model of `data`, field by field, so that one that does not fit spoils no other."""
    odd: list[Irregularity] = []
    fields = names(kind)
    named = {field: name for name, field in fields.items() if name in data}
    values = {field: read(annotation(kind, field), data[name], name, odd) for field, name in named.items()}
    texts = {
        field: data[name]
        for field, name in named.items()
        if written_otherwise(kind, field, data[name], values[field])
    }
    present = set(values)
    for field, name in {field: name for name, field in fields.items()}.items():
        if field not in present and kind.model_fields[field].is_required():
            odd.append(Irregularity(name, None, MISSING))
            values[field] = None
    model = kind.model_construct(_fields_set=present)
    complete = {**model.__dict__, **values}
    in_order = {field: complete[field] for field in kind.model_fields}  # as pydantic has it
    object.__setattr__(model, "__dict__", in_order)
    unknown = {name: freeze(value) for name, value in data.items() if name not in fields}
    match kind.model_config.get("extra"):
        case "allow":
            object.__setattr__(model, "__pydantic_extra__", unknown)
        case "forbid":  # of a user's subclass
            odd.extend(Irregularity(name, value, UNKNOWN) for name, value in unknown.items())
    if odd:
        model.__dict__[ODD] = tuple(odd)
    if texts:
        keep(model, texts)
    return model


def written_otherwise(kind: type[Model], field: str, text: object, value: object) -> bool:
    """Whether a field has a time that came as a text which the field would not write."""
    return any(
        isinstance(form, Written) and form.otherwise(text, value) for form in options(annotation(kind, field))
    )


@functools.cache
def annotation(kind: type[Model], field: str) -> Any:
    """The type of a field with what pydantic has to know of it."""
    return kind.model_fields[field].rebuild_annotation()
