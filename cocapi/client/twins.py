"""The asynchronous twin of a class of clients: what a client becomes inside ``async with``.

class Bot(CocApi): ...            the twin of Bot     Bot → AsyncCocApi → CocApi
async with Bot(token) as bot:     is a subclass of it, so methods, properties, slots and isinstance stay,
    await bot.clan_tag("#2PP")    and what Bot inherits from CocApi comes from AsyncCocApi instead
"""

from __future__ import annotations

from types import new_class
from typing import Any

from cocapi.api.endpoints import Operations
from cocapi.api.methods import equip

__all__ = ["original", "twin"]

OWN = "_cocapi_twin"
"""Where a class keeps its twin, so that both live as long as each other."""


class Quiet(Operations):
    """Comes first in a twin, so that no ``__init_subclass__`` of the user's hears of a class that the user
    has not written. Of all that clients inherit it has the layout, without which no object may change to a
    class, and nothing else."""

    def __init_subclass__(cls) -> None:
        equip(cls)


def twin(kind: type, face: type) -> type:
    """The class that is `kind` with what it inherits taken from `face`, a subclass of its base; `kind` itself
    where it inherits from `face` already.

    It is made once for each class, and has its name.
    """
    if issubclass(kind, face):
        return kind
    if kind in face.__mro__:
        return face
    if OWN not in vars(kind):
        bases = (Quiet, kind, face)
        setattr(kind, OWN, new_class(kind.__name__, bases, exec_body=lambda body: body.update(named(kind))))
    return vars(kind)[OWN]  # type: ignore[no-any-return]  # put there above


def original(kind: type, face: type, plain: type) -> Any:
    """The class that `kind` is the twin of; `plain` where it is `face` itself.

    Raises:
        TypeError: It is no twin.
    """
    if kind is face:
        return plain
    if kind.__bases__[0] is not Quiet:
        raise TypeError(f"{kind.__name__} is always asynchronous; make a CocApi for synchronous code")
    return kind.__bases__[1]


def named(kind: type) -> dict[str, Any]:
    """What a class of the same name says of itself. Without slots of its own an object may change to it."""
    return {
        "__module__": kind.__module__,
        "__qualname__": kind.__qualname__,
        "__doc__": kind.__doc__,
        "__slots__": (),
    }
