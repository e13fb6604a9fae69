"""One JSON object, read without what is nested in it.

bytes ──▶ msgspec ──▶ numbers, texts, words, times     as they are
                      objects                          as models that have read nothing yet (`Part`)
                      arrays of objects                as bytes, until somebody looks at them

msgspec goes through what is nested without making objects of it, which takes a fourth of the time of
decoding it. What is not as the model says is not read here, but by pydantic.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from types import NoneType, UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel

from cocapi import read_json
from cocapi.interrupts import reraise
from cocapi_models.times import Written
from cocapi_models.values import AnyWord, freeze, words

if find_spec("msgspec") is not None:
    import msgspec
    from msgspec.structs import asdict

    split = msgspec.json.Decoder(list[msgspec.Raw]).decode
    split_object = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode

__all__ = [
    "ANSWER",
    "ARRAYS",
    "CONTENT",
    "HOME",
    "OWN",
    "Part",
    "Shallow",
    "part",
    "pieces",
    "read_shallow",
    "set_own",
    "shallow",
]

HOME = "cocapi_models."
"""Where the classes are whose fields this knows to read; a user's own may have validators and much else."""

P = TypeVar("P", bound=BaseModel)

PLAIN = (str, int, bool, int | float)
"""Types that msgspec reads as pydantic's strict mode does."""

ARRAYS = "arrays of objects"
"""Key of the real ``__dict__`` of a model that is not read whole; no field and no attribute can have it."""

OBJECT = ord("{")

NULL = b"null"


class Part(BaseModel):
    """A model that may hold its object, as bytes or as the struct of a `Leaf`, and the answer that it is part
    of."""

    __slots__ = ("__answer__", "__content__")


CONTENT: Any = Part.__dict__["__content__"]
ANSWER: Any = Part.__dict__["__answer__"]
set_content, set_answer = CONTENT.__set__, ANSWER.__set__
OWN: Any = BaseModel.__dict__["__dict__"]
set_own = OWN.__set__
new: Callable[[Any], Any] = object.__new__


def part(kind: type[P], content: object, answer: object) -> P:
    """The model of an object in an answer; nothing of it is read."""
    model: P = new(kind)
    set_content(model, content)
    set_answer(model, answer)
    return model


@dataclass(frozen=True, slots=True)
class Leaf:
    """Reads objects that have no arrays in them, such as leagues with their icons. They are decoded together
    with the object that they are in.

    Attributes:
        struct: What they are decoded to. It takes neither unknown fields nor null, so that a model that has
            one needs no bytes to be whole.
        leaves: Fields that have such an object again, and its model.
    """

    struct: Any
    leaves: tuple[tuple[str, type[BaseModel]], ...]

    def read(self, struct: Any, answer: object) -> dict[str, Any]:
        """The values of all fields. None is what the answer has not."""
        values: dict[str, Any] = asdict(struct)
        for name, kind in self.leaves:
            inner = values[name]
            if inner is not None:
                values[name] = part(kind, inner, answer)
        return values


@dataclass(frozen=True, slots=True)
class Shallow:
    """Reads objects of one model.

    Attributes:
        decode: From bytes to a struct of the fields; what is nested in it is bytes, or a `Leaf`'s struct.
        converted: Fields whose values are made of what is decoded, and how.
        leaves: Fields that have an object without arrays, and its model.
        objects: Fields that have another object, its model, and whether they may have null instead.
        arrays: Fields that have an array of objects, and its model.
    """

    decode: Callable[[bytes], Any]
    converted: tuple[tuple[str, Callable[[Any], Any]], ...]
    leaves: tuple[tuple[str, type[BaseModel]], ...]
    objects: tuple[tuple[str, type[BaseModel], bool], ...]
    arrays: dict[str, type[BaseModel]]

    def read(self, content: bytes, answer: object) -> dict[str, Any]:
        """The values of the fields; what arrays are to be made of is in the struct under `ARRAYS`.

        Args:
            answer: What the object is part of.

        Raises:
            ValueError: `content` is no JSON object, or something in it is not as the model says.
        """
        struct = self.decode(content)
        values: dict[str, Any] = asdict(struct)
        for name, convert in self.converted:
            value = values[name]
            if value is not None:
                values[name] = convert(value)
        for name, kind in self.leaves:
            value = values[name]
            if value is not None:
                values[name] = part(kind, value, answer)
        for name, kind, nullable in self.objects:
            value = values[name]
            if value is not None:
                inner = bytes(value)
                if inner[0] == OBJECT:
                    values[name] = part(kind, inner, answer)
                elif nullable and inner == NULL:
                    values[name] = None
                else:
                    raise ValueError(f"{name} is no object")
        for name in self.arrays:
            if values[name]:  # else the answer does not have it, and this is its default
                del values[name]
        values[ARRAYS] = struct if self.arrays else None
        return values

    def items(self, name: str, array: Any, answer: object) -> tuple[BaseModel, ...]:
        """The models in an array.

        Raises:
            ValueError: It is no array, or an item is no object.
        """
        kind = self.arrays[name]
        models = []
        for item in split(array):
            content = bytes(item)
            if content[0] != OBJECT:
                raise ValueError(f"an item of {name} is no object")
            model = new(kind)  # what `part` does; there may be hundreds
            set_content(model, content)
            set_answer(model, answer)
            models.append(model)
        return tuple(models)


def pieces(content: bytes) -> dict[str, Any]:
    """The values in a JSON object, one by one; what is too large or too deep for any reader is its text."""
    return {name: piece(bytes(raw)) for name, raw in split_object(content).items()}


def piece(content: bytes) -> Any:
    """A JSON value, or its text."""
    try:
        value = read_json(content)
        freeze(value)
    except ValueError as error:
        reraise(error)
        return content.decode()
    return value


def read_shallow(kind: type[BaseModel], content: bytes, answer: object) -> dict[str, Any]:
    """`Shallow.read`. Where a leaf has an unknown field, it is read as other objects are.

    Raises:
        ValueError: `content` is no JSON object, or not as the model says; or only pydantic can read it.
    """
    reader = shallow(kind)
    if reader is None:
        raise ValueError(f"{kind.__name__} is read by pydantic alone")
    try:
        return reader.read(content, answer)
    except ValueError as error:
        reraise(error)
    further: Any = shallow(kind, leaves=False)
    values: dict[str, Any] = further.read(content, answer)
    return values


@functools.cache
def shallow(kind: type[BaseModel], leaves: bool = True) -> Shallow | None:
    """What reads objects of a model; None where only pydantic can.

    That is so for a user's own class, or one with such a class in it, for fields of any JSON, and where
    msgspec is not installed.

    Args:
        leaves: Whether objects without arrays are decoded with the object that they are in.
    """
    if find_spec("msgspec") is None or not kind.model_fields or not ours(kind):
        return None
    struct: list[tuple[str, Any] | tuple[str, Any, Any]] = []
    converted: list[tuple[str, Callable[[Any], Any]]] = []
    decoded: list[tuple[str, type[BaseModel]]] = []
    objects: list[tuple[str, type[BaseModel], bool]] = []
    arrays: dict[str, type[BaseModel]] = {}
    for name, info in kind.model_fields.items():
        inner, marks, nullable = without_none(info.rebuild_annotation())
        default = None if info.is_required() else info.default
        if leaves and is_model(inner) and (reader := leaf(inner)):
            decoded.append((name, inner))
            wire = reader.struct
        elif is_model(inner) and shallow(inner):
            objects.append((name, inner, nullable))
            wire, nullable = msgspec.Raw, False
        elif get_origin(inner) is tuple and is_model(get_args(inner)[0]) and shallow(get_args(inner)[0]):
            if nullable:
                return None
            arrays[name] = get_args(inner)[0]
            wire = msgspec.Raw
        elif inner == tuple[str, ...]:
            converted.append((name, tuple))
            wire = list[str]
        elif convert := converter(inner, marks):
            converted.append((name, convert))
            wire = str
        elif inner in PLAIN:
            wire = inner
        else:
            return None
        wire = wire | None if nullable else wire
        struct.append((name, wire) if info.is_required() else (name, wire, default))
    return Shallow(
        msgspec.json.Decoder(struct_of(kind, struct)).decode,
        tuple(converted),
        tuple(decoded),
        tuple(objects),
        arrays,
    )


@functools.cache
def leaf(kind: type[BaseModel]) -> Leaf | None:
    """What reads such objects of a model; None where an array may be in them, or something that is read in a
    way of its own.
    """
    struct: list[tuple[str, Any] | tuple[str, Any, Any]] = []
    leaves: list[tuple[str, type[BaseModel]]] = []
    for name, info in kind.model_fields.items():
        inner, _, _ = without_none(info.rebuild_annotation())
        if is_model(inner) and (reader := leaf(inner)):
            leaves.append((name, inner))
            inner = reader.struct
        elif inner not in PLAIN:
            return None
        if not info.is_required() and info.default is not None:
            return None
        struct.append((name, inner) if info.is_required() else (name, inner, None))
    if not ours(kind) or not struct:
        return None
    return Leaf(struct_of(kind, struct, forbid_unknown_fields=True), tuple(leaves))


def struct_of(kind: type[BaseModel], fields: Any, **settings: Any) -> Any:
    """A struct with the names of a model, in Python and on the wire."""
    wire = {name: info.alias or name for name, info in kind.model_fields.items()}
    return msgspec.defstruct(kind.__name__, fields, rename=wire, kw_only=True, gc=False, **settings)


def ours(kind: type[BaseModel]) -> bool:
    """Whether it is of this package, and has its ``__dict__`` from `Unread`, not from a class beside it.

    ``Page[ClanMember]`` is where `Page` is, whoever wrote it first.
    """
    named: type[BaseModel] = kind.__pydantic_generic_metadata__["origin"] or kind
    (first, *_) = (vars(base)["__dict__"] for base in kind.__mro__ if "__dict__" in vars(base))
    return named.__module__.startswith(HOME) and isinstance(first, property)


def is_model(kind: object) -> bool:
    """Whether it is a class of models."""
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def without_none(annotation: Any) -> tuple[Any, list[Any], bool]:
    """A field's type without marks and None, the marks, and whether None was part of it."""
    marks: list[Any] = []
    nullable = False
    while True:
        parts = get_args(annotation)
        if get_origin(annotation) is Annotated:
            annotation, *outer_marks = parts
            marks += outer_marks
        elif get_origin(annotation) in (Union, UnionType) and NoneType in parts:
            nullable = True
            annotation = Union[tuple(part for part in parts if part is not NoneType)]  # noqa: UP007  # of a tuple
        else:
            return annotation, marks, nullable


def converter(kind: Any, marks: list[Any]) -> Callable[[str], Any] | None:
    """What makes a value of this type of a text; None for other types."""
    for mark in marks:
        if isinstance(mark, Written):
            return mark.usual
        if mark is AnyWord:
            return words(get_args(kind)[0]).__getitem__
    return None
