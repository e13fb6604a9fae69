"""One JSON object, read without what is nested in it.

bytes ──▶ msgspec ──▶ numbers, texts, words, times     as they are
                      objects                          as models that have read nothing yet
                      arrays of objects                as bytes, until somebody looks at them

msgspec goes through what is nested without making objects of it, which takes a fourth of the time of
decoding it. A value that is not as the model says is none of its business: then pydantic reads.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from types import NoneType, UnionType
from typing import Annotated, Any, TypeAlias, Union, get_args, get_origin

from pydantic import BaseModel

from cocapi import read_json
from cocapi.interrupts import reraise
from cocapi_models.times import Written
from cocapi_models.values import AnyWord, freeze, words

if find_spec("msgspec") is not None:
    import msgspec

__all__ = ["Shallow", "shallow"]

HOME = "cocapi_models."
"""Where the classes are whose fields this knows to read; a user's own may have validators and much else."""

PLAIN = (str, int, bool, int | float)
"""Types that msgspec reads as pydantic's strict mode does."""

OBJECT = ord("{")

Part: TypeAlias = Callable[[type[BaseModel], bytes], BaseModel]
"""Makes the model of a nested object."""


@dataclass(frozen=True, slots=True)
class Shallow:
    """Reads objects of one model.

    Attributes:
        decode: From bytes to a struct of the fields, in which objects, and arrays of them, are bytes.
        split: From the bytes of an array to those of its items.
        converted: Fields whose values are made of what is decoded, and how.
        objects: Fields that have an object, its model, and whether they may have null instead.
        arrays: Fields that have an array of objects, its model, and the value where there is no array.
    """

    decode: Callable[[bytes], Any]
    split: Callable[[Any], list[Any]]
    converted: tuple[tuple[str, Callable[[Any], Any]], ...]
    objects: tuple[tuple[str, type[BaseModel], bool], ...]
    arrays: dict[str, tuple[type[BaseModel], Any]]

    def read(self, content: bytes, part: Part) -> tuple[dict[str, Any], dict[str, Any]]:
        """The values of the fields; and apart, as bytes, the arrays of objects.

        Raises:
            ValueError: `content` is no JSON object, or something in it is not as the model says.
        """
        values: dict[str, Any] = msgspec.structs.asdict(self.decode(content))
        for name, convert in self.converted:
            value = values[name]
            if value is not None:
                values[name] = convert(value)
        for name, kind, nullable in self.objects:
            value = values[name]
            if value is not None:
                inner = bytes(value)
                values[name] = None if nullable and inner == b"null" else object_of(kind, inner, part)
        unread = {}
        for name, (_, default) in self.arrays.items():
            array = values.pop(name)
            if array is None:
                values[name] = default
            else:
                unread[name] = array
        return values, unread

    def items(self, name: str, array: Any, part: Part) -> tuple[BaseModel, ...]:
        """The models in an array.

        Raises:
            ValueError: it is no array, or an item is no object.
        """
        kind, _ = self.arrays[name]
        return tuple([object_of(kind, bytes(item), part) for item in self.split(array)])


def pieces(content: bytes) -> dict[str, Any]:
    """The values in a JSON object, one by one; what is too large or too deep for any reader is its text."""
    return {name: piece(bytes(raw)) for name, raw in msgspec.json.decode(content, type=dict[str, msgspec.Raw]).items()}


def piece(content: bytes) -> Any:
    """A JSON value, or its text."""
    try:
        value = read_json(content)
        freeze(value)
    except ValueError as error:
        reraise(error)
        return content.decode()
    return value


def object_of(kind: type[BaseModel], content: bytes, part: Part) -> BaseModel:
    """The model of an object.

    Raises:
        ValueError: it is none.
    """
    if content[0] != OBJECT:
        raise ValueError("a JSON object is due here")
    return part(kind, content)


@functools.cache
def shallow(kind: type[BaseModel]) -> Shallow | None:
    """What reads objects of a model; None where only pydantic can.

    That is so for a user's own class, or one with such a class in it, for fields of any JSON, and where
    msgspec is not installed.
    """
    if find_spec("msgspec") is None or not kind.model_fields or not kind.__module__.startswith(HOME):
        return None
    fields: list[tuple[str, Any] | tuple[str, Any, Any]] = []
    converted: list[tuple[str, Callable[[Any], Any]]] = []
    objects: list[tuple[str, type[BaseModel], bool]] = []
    arrays: dict[str, tuple[type[BaseModel], Any]] = {}
    for name, info in kind.model_fields.items():
        inner, marks, nullable = without_none(info.rebuild_annotation())
        default = None if info.is_required() else info.default
        if is_model(inner):
            objects.append((name, inner, nullable))
            read: Any = msgspec.Raw
        elif get_origin(inner) is tuple and is_model(get_args(inner)[0]) and not nullable:
            arrays[name] = (get_args(inner)[0], default)
            read, default = msgspec.Raw, None
        elif inner == tuple[str, ...]:
            converted.append((name, tuple))
            read = list[str]
        elif convert := converter(inner, marks):
            converted.append((name, convert))
            read = str
        elif inner in PLAIN:
            read = inner
        else:
            return None
        read = read | None if nullable and read is not msgspec.Raw else read
        fields.append((name, read) if info.is_required() else (name, read, default))
    nested = [inner for _, inner, _ in objects] + [inner for inner, _ in arrays.values()]
    if any(shallow(inner) is None for inner in nested):
        return None
    wire = {name: info.alias or name for name, info in kind.model_fields.items()}
    struct = msgspec.defstruct(kind.__name__, fields, rename=wire, kw_only=True, gc=False)
    return Shallow(
        msgspec.json.Decoder(struct).decode,
        msgspec.json.Decoder(list[msgspec.Raw]).decode,
        tuple(converted),
        tuple(objects),
        arrays,
    )


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
            annotation, *found = parts
            marks += found
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
