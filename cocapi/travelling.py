"""What is copied and sent to other processes: exceptions, whole; and what a client has once, not at all."""

from __future__ import annotations

import copy
import itertools
import pickle
from collections.abc import Iterator
from typing import Any, Self, cast

from cocapi.interrupts import reraise

__all__ = ["Single", "Travelling"]


class Single:
    """Something that a client has once. A deep copy of what holds it, as by `dataclasses.asdict`, holds
    the very same, as it does of the client."""

    __slots__ = ()

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self


class Travelling(BaseException):
    """An exception that pickles and copies with its attributes, notes and causes.

    Python's own forget their causes, and hand ``args`` to ``__init__`` again, which may want others.
    """

    def __reduce__(self) -> tuple[Any, ...]:
        """For pickle: everything that is known of it, and its causes down to one that cannot be pickled.

        It is put together without ``__init__``, so a subclass may take whatever arguments it likes.
        """
        return linked, (parts(self), *travelling_causes(self))

    def __copy__(self) -> Self:
        """Another one with the very same attributes, cause and context."""
        twin = put_together(*parts(self))
        twin.__context__, twin.__cause__ = self.__context__, self.__cause__
        twin.__suppress_context__ = self.__suppress_context__
        return cast("Self", twin)

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """One with attributes of its own; cause and context, which nobody changes, are the very same."""
        twin = memo[id(self)] = copy.copy(self)
        vars(twin).update(copy.deepcopy(vars(self), memo))
        return twin


def parts(error: BaseException) -> tuple[type[BaseException], tuple[Any, ...], dict[str, Any]]:
    """What an exception is made of, without those that it hangs together with."""
    return type(error), error.args, vars(error)


def put_together(kind: type[BaseException], args: tuple[Any, ...], state: dict[str, Any]) -> BaseException:
    """The exception of `parts`, made without its ``__init__``."""
    error = kind.__new__(kind)
    error.args = args
    vars(error).update(state)
    return error


def travelling_causes(error: BaseException) -> Iterator[Any]:
    """The causes of `error` as `linked` takes them, down to the first that does not arrive elsewhere.

    Each is tried by itself, so a chain costs what its links cost; those of other libraries end it, for they
    forget their causes. A cause that causes itself is named once.
    """
    known = {id(error)}
    cause = error.__cause__
    while cause is not None and id(cause) not in known:
        known.add(id(cause))
        part = parts(cause) if isinstance(cause, Travelling) else cause
        if not can_travel(part):
            return
        yield part
        cause = cause.__cause__ if isinstance(cause, Travelling) else None


def linked(*chain: Any) -> BaseException:
    """An exception out of a pickle, with its causes: the `parts` of each, or an exception as it is."""
    links = [part if isinstance(part, BaseException) else put_together(*part) for part in chain]
    for error, cause in itertools.pairwise(links):
        error.__cause__ = cause
    return links[0]


def can_travel(part: object) -> bool:
    """Whether it arrives in another process; the exceptions of many a library do not."""
    try:
        pickle.loads(pickle.dumps(part))  # noqa: S301  # our own bytes
    except Exception as error:
        reraise(error)
        return False
    return True
