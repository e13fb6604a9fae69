"""Models made from the shape of an answer, for paths that this library does not know.

The shape is the names and the nesting, not the values. A class is made once for each shape; the shapes seen
last are remembered.
"""

from __future__ import annotations

import functools
import keyword
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from pydantic import Field, create_model
from pydantic.alias_generators import to_snake

from cocapi_models.base import Model, names, object_in
from cocapi_models.values import Json, Many

__all__ = ["DynamicModel", "create_dynamic_model", "dynamic_model"]

KEPT = 256
"""Shapes for which the class is remembered."""

DEEPEST = 32
"""Levels that become models; what is nested deeper stays JSON."""

MOST = 1_000
"""Keys of one answer that become fields; objects for which there is no room stay JSON."""

LONGEST = 100
"""Characters of a key that becomes a field."""


class DynamicModel(Model):
    """An answer of unknown kind. ``model["key"]`` reads what has a key that is no identifier."""

    def __getitem__(self, key: str) -> Any:
        """What the wire's `key` has.

        Raises:
            KeyError: There is no such key.
        """
        kind = type(self)
        field = names(kind).get(key, key)
        return vars(self)[field] if field in kind.model_fields else (self.__pydantic_extra__ or {})[key]

    def __reduce__(self) -> tuple[Any, ...]:
        return create_dynamic_model, (self.model_dump(mode="json", by_alias=True, exclude_unset=True),)


@dataclass(frozen=True, slots=True)
class Object:
    """The shape of a JSON object: what is under each key, by key."""

    keys: tuple[tuple[str, Shape], ...]


@dataclass(frozen=True, slots=True)
class Array:
    """The shape of a JSON array of objects: that of an object with the keys of them all."""

    item: Object


Shape: TypeAlias = Object | Array | None
"""None: anything that is neither."""


def dynamic_model(answer: Mapping[str, Any]) -> type[DynamicModel]:
    """The class for a decoded answer; the same class for answers of the same shape."""
    fitted = Room(MOST).fit(shape(answer))
    return model_of(fitted) if isinstance(fitted, Object) else DynamicModel


def shape(value: Any, depth: int = DEEPEST) -> Shape:
    """The shape of a JSON value."""
    if depth == 0:
        return None
    if isinstance(value, Mapping):
        return Object(tuple(sorted((key, shape(item, depth - 1)) for key, item in value.items())))
    if isinstance(value, list) and value and all(isinstance(item, Mapping) for item in value):
        return Array(merged(shape(item, depth - 1) for item in value))
    return None


def merged(shapes: Iterable[Shape]) -> Object:
    """The shape that fits all of the objects."""
    keys: dict[str, set[Shape]] = {}
    for shape in shapes:
        if isinstance(shape, Object):
            for key, under in shape.keys:
                keys.setdefault(key, set()).add(under)
    return Object(tuple((key, common(under)) for key, under in sorted(keys.items())))


def common(shapes: set[Shape]) -> Shape:
    """The shape that fits all of these."""
    if all(isinstance(shape, Object) for shape in shapes):
        return merged(shapes)
    if all(isinstance(shape, Array) for shape in shapes):
        return Array(merged(shape.item for shape in shapes if isinstance(shape, Array)))
    return None


@dataclass(slots=True)
class Room:
    """How many fields there may still be in the classes of one answer.

    Attributes:
        left: Keys.
    """

    left: int

    def fit(self, shape: Shape) -> Shape:
        """The shape with those objects in it for which there is room; outer ones come first."""
        if isinstance(shape, Array):
            item = self.fit(shape.item)
            return Array(item) if isinstance(item, Object) else None
        if shape is None or len(shape.keys) > self.left:
            return None
        self.left -= len(shape.keys)
        return Object(tuple((key, self.fit(under)) for key, under in shape.keys))


@functools.lru_cache(maxsize=KEPT)
def model_of(shape: Object) -> type[DynamicModel]:
    """The class for a shape."""
    fields: dict[str, Any] = {}
    for key, under in sorted(shape.keys, key=spelled_otherwise):
        if attribute(name := spelled(key)) and name not in fields:
            fields[name] = (type_of(under), Field(None, alias=key))
    return create_model("DynamicModel", __base__=DynamicModel, **fields)


def spelled(key: str) -> str:
    """The name of the field for a key; an empty one for a key that is too long to have a field."""
    return to_snake(key) if len(key) <= LONGEST else ""


def spelled_otherwise(item: tuple[str, Shape]) -> bool:
    """Whether a key is not its field's name; of several keys with that name, the one that is it has it."""
    return spelled(item[0]) != item[0]


def attribute(name: str) -> bool:
    """Whether a field may have this name: models have methods, and Python has words."""
    return (
        name.isidentifier()
        and not keyword.iskeyword(name)
        and not name.startswith("_")
        and not hasattr(DynamicModel, name)
    )


def type_of(shape: Shape) -> Any:
    """The type of a field with that shape. A value may be missing or null in one item of many."""
    match shape:
        case Object():
            return model_of(shape) | None
        case Array(item):
            return Many[model_of(item)] | None  # type: ignore[misc]  # made while the program runs
        case None:
            return Json


def create_dynamic_model(response: Mapping[str, Any], endpoint_type: str = "") -> Any:
    """A model of a decoded answer, as 4.0 named it.

    Args:
        endpoint_type: The path that was asked, as in ``"/clans/%232PP"``: where it is that of an operation,
            the answer becomes the operation's model.

    Returns:
        The model; the error dict of a call that failed as it is.

    Raises:
        ValueError: `response` is no mapping, or is nested deeper than 200 levels.
    """
    if isinstance(response, Mapping) and response.get("result") == "error":
        return response
    from cocapi.models import model_at
    from cocapi_models.names import model_named  # both import this module

    name = model_at(endpoint_type)
    kind = dynamic_model(object_in(response)) if name is None else model_named(name)
    return kind.from_answer(response)
