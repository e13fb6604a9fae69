"""Models that read themselves when somebody looks.

A model that came over the wire holds the bytes of its object. The first look at a field reads the object,
without what is nested in it (`Shallow`); the first look at a nested object reads that one. Whoever asks for
the whole (``__dict__``, which everything in pydantic and in Python's copying and pickling asks for) has it
read whole, by pydantic.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Self, TypeVar
from weakref import ref

from pydantic import BaseModel

from cocapi.interrupts import reraise
from cocapi_models.shallow import (
    ANSWER,
    ARRAYS,
    CONTENT,
    OWN,
    Part,
    leaf,
    part,
    read_shallow,
    set_own,
    shallow,
)

__all__ = ["ODD", "Answer", "Unread", "own"]

U = TypeVar("U", bound="Unread")

ODD = "irregularities"
"""Key of the odd values in ``__dict__``, where there are some."""

STATE = ("__pydantic_fields_set__", "__pydantic_extra__", "__pydantic_private__")
"""What pydantic keeps beside ``__dict__``; not there until a model has been read whole."""

own: Callable[[BaseModel], dict[str, Any]] = OWN.__get__
"""The real ``__dict__``, as far as it has been read."""

PUBLISHING = threading.RLock()
"""Held for a few operations on dictionaries, so that all threads see the same parts of a model."""

if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=PUBLISHING.acquire, after_in_parent=PUBLISHING.release, after_in_child=PUBLISHING.release
    )


class LazyField:
    """What a class has under the name of a field: reads the field of a model that has not been read so far.

    A field that has been read is in the model's ``__dict__``, where Python looks first. Pydantic would take a
    value here for the field's default, and so a class says that it has none.
    """

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, model: Unread | None, kind: type[Unread]) -> Any:
        """The value: this is the first look at the model, or at an array in it.

        Raises:
            AttributeError: The model is not an answer's, and has no such value; or a class was asked.
        """
        name = self.name
        if model is None:
            raise AttributeError(f"{kind.__name__} has the field {name!r} in its models only")
        try:
            values = own(model) or opened(model)
            if name in values:
                return values[name]
            if ARRAYS not in values:
                raise AttributeError(name)  # then Python asks `__getattr__`, which says it well
            reader: Any = shallow(type(model))
            items = reader.items(name, getattr(values[ARRAYS], name), ANSWER.__get__(model))
        except ValueError as error:
            reraise(error)
            return read_whole(model)[name]
        with PUBLISHING:
            return own(model).setdefault(name, items)


class Unread(Part):
    """A model that may not have been read yet, or not whole.

    Until it is read whole it has its bytes, or its struct, in ``__content__``. Before the first look its real
    ``__dict__`` is empty; then what the arrays in it are to be made of is under `ARRAYS`.
    """

    @classmethod
    def __pydantic_init_subclass__(cls, **settings: Any) -> None:
        """Give each field a way to be read late."""
        for name in cls.__pydantic_fields__:
            setattr(cls, name, LazyField(name))

    @classmethod
    def _read_late(cls, content: bytes) -> Self:
        """The model of a JSON object with all that is in it; nothing is refused any more."""
        raise NotImplementedError

    def _undeclared(self, name: str) -> Any:
        """The value of an attribute that is no field.

        Raises:
            AttributeError: There is none.
        """
        raise NotImplementedError

    if not TYPE_CHECKING:  # for a checker, a model has the declared fields and no others

        @property
        def __dict__(self) -> dict[str, Any]:
            """All values, read now where they have not been; nested models may still be unread."""
            values = own(self)
            return values if values and ARRAYS not in values else read_whole(self)

        __dict__ = __dict__.setter(OWN.__set__)

        def __getattr__(self, name: str) -> Any:
            if name in STATE:
                return state(self, name)
            return self._undeclared(name)


class Answer:
    """An answer, for the models that are part of it.

    Attributes:
        listener: Is called when an odd value has come to light in the answer: with the outermost model, or
            with the one that has the value where nobody holds the outermost any more. None: nobody listens.
    """

    __slots__ = ("listener", "outermost")

    def __init__(self, listener: Callable[[Any], None] | None = None) -> None:
        self.listener = listener
        self.outermost: Callable[[], BaseModel | None] = nothing

    def model(self, kind: type[U], content: bytes) -> U:
        """The outermost model. All that is not nested is read at once: so it is known that this is JSON.

        Raises:
            ValueError: `content` is no JSON object, or not as the model says; or only pydantic can read it.
        """
        if not content.isascii():
            content.decode()  # msgspec looks only at the texts that it reads
        values = read_shallow(kind, content, self)
        model = part(kind, content, self)
        set_own(model, values)
        self.outermost = ref(model)
        return model

    def tell(self, model: BaseModel) -> None:
        """Tell the listener of the odd values in a model."""
        if self.listener is not None:
            self.listener(self.outermost() or model)


def nothing() -> None:
    """A reference to no model."""


def state(model: Unread, name: str) -> Any:
    """What pydantic keeps beside the values.

    Raises:
        AttributeError: The model lacks it.
    """
    if type(content_of(model)) is bytes:
        read_whole(model)
    elif values := model.__dict__:  # of a struct: it has what is not None, nothing unknown, nothing private
        present = {field for field, value in values.items() if value is not None}
        object.__setattr__(model, name, dict(zip(STATE, (present, {}, None), strict=True))[name])
    return object.__getattribute__(model, name)


def content_of(model: BaseModel) -> Any:
    """The bytes, or the struct, of a model that has not been read whole; None for any other."""
    try:
        content: Any = CONTENT.__get__(model)
    except AttributeError as error:
        reraise(error)
        return None
    return content


def opened(model: Unread) -> dict[str, Any]:
    """The values of a model as far as they are not nested.

    Raises:
        ValueError: Something is not as the model says.
    """
    content = content_of(model)
    if content is None:
        return own(model)
    answer = ANSWER.__get__(model)
    if type(content) is bytes:
        values = read_shallow(type(model), content, answer)
    else:
        reader: Any = leaf(type(model))
        values = reader.read(content, answer)
    with PUBLISHING:
        if own(model):
            return own(model)
        set_own(model, values)
        if type(content) is not bytes:
            CONTENT.__delete__(model)
    return values


def read_whole(model: Unread) -> dict[str, Any]:
    """All values of a model. What somebody has looked at stays the object that he has."""
    content = content_of(model)
    if content is None:
        return own(model)
    if type(content) is not bytes:
        return opened(model)
    complete = model._read_late(content)
    with PUBLISHING:
        if content_of(model) is None:
            return own(model)
        values = own(model)
        for name in STATE:
            object.__setattr__(model, name, getattr(complete, name))
        merged = {name: values.get(name, value) for name, value in own(complete).items()}
        set_own(model, merged)
        CONTENT.__delete__(model)
    if ODD in merged:
        ANSWER.__get__(model).tell(model)
    return merged
