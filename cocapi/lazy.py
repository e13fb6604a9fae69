"""A property that is worked out once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

__all__ = ["lazy"]

T = TypeVar("T")


class lazy(Generic[T]):  # noqa: N801  # used like the built-in property
    """A property that is worked out once, by two threads at once perhaps twice.

    As `functools.cached_property` since Python 3.12. That of 3.11 has one lock for all objects of a class,
    which the child of a fork finds taken for good where a thread of its parent was working the property out.
    """

    def __init__(self, work: Callable[[Any], T]) -> None:
        self.work = work
        self.name: str = work.__name__
        self.__doc__ = work.__doc__

    def __get__(self, owner: Any, kind: type | None = None) -> T:
        """The value, kept in the object's ``__dict__``, where it is found first from then on."""
        value = self.work(owner)
        owner.__dict__[self.name] = value
        return value
