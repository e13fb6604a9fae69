"""One plugin's implementation of a hook, the implementations of all hooks in their order, and asking them."""

from __future__ import annotations

import logging
import operator
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from types import GeneratorType
from typing import TYPE_CHECKING, Any

from cocapi.calls.effects import Flow
from cocapi.calls.messages import Hit, Request, Response, Retry, Wait
from cocapi.errors import CocApiError, PluginError
from cocapi.interrupts import interrupt_in, reraise
from cocapi.text import printable

if TYPE_CHECKING:
    from cocapi.plugins.registry import PluginRecord

__all__ = ["HOOKS", "OBSERVERS", "Hooks", "Implementation", "each", "first", "tell", "warn"]

log: logging.Logger = logging.getLogger("cocapi.plugins")

ACCEPTED: dict[str, tuple[type, ...]] = {
    "cocapi_request": (Request,),
    "cocapi_cache_lookup": (Hit,),
    "cocapi_attempt": (Wait, Request),
    "cocapi_error": (Retry, Hit, Response),
    "cocapi_response": (Response,),
}
"""What a hook may answer beside None; a hook that is not here may answer anything."""

OBSERVERS = ("cocapi_waiting", "cocapi_attempted", "cocapi_finished", "cocapi_forked", "cocapi_commands")
"""Hooks that are told something and answer nothing."""


@dataclass(frozen=True, slots=True)
class Implementation:
    """One plugin's implementation of one hook, ready to be called.

    function:
        Takes what the hook offers, by position, and passes on what the plugin takes of it.
    accepted:
        What it may answer beside None and a flow.
    """

    hook: str
    record: PluginRecord
    function: Callable[..., Any]
    accepted: tuple[type, ...] = field(default=(object,))

    def __call__(self, *offered: Any) -> Any:
        """The plugin's answer, or a flow that gives it.

        Raises:
            CocApiError: the plugin raised it.
            PluginError: the plugin raised anything else, or answered what the hook does not accept.
        """
        try:
            said = self.function(*offered)
        except CocApiError:
            raise
        except Exception as error:
            reraise(error)
            raise self.blame(error) from error
        if said is None or isinstance(said, GeneratorType):
            return said
        return self.checked(said)

    def settle(self, flow: Flow[Any]) -> Flow[Any]:
        """Run the flow that the plugin answered with. Raises as a call does."""
        try:
            said = yield from flow
        except CocApiError:
            raise
        except Exception as error:
            reraise(error)
            raise self.blame(error) from error
        return None if said is None else self.checked(said)

    def checked(self, said: Any) -> Any:
        """An answer that the hook accepts."""
        if isinstance(said, self.accepted):
            return said
        allowed = ", ".join(kind.__name__ for kind in self.accepted)
        raise self.blame(TypeError(f"it answered a {type(said).__name__}, not {allowed} or None"))

    def blame(self, error: BaseException) -> PluginError:
        """The error of a call that this implementation made fail."""
        return PluginError(f"{self.record} failed in {self.hook}: {type(error).__name__}: {error}")


@dataclass(slots=True)
class Hooks:
    """By hook name, the implementations in the order in which they are asked."""

    cocapi_transport: tuple[Implementation, ...] = ()
    cocapi_request: tuple[Implementation, ...] = ()
    cocapi_cache_lookup: tuple[Implementation, ...] = ()
    cocapi_attempt: tuple[Implementation, ...] = ()
    cocapi_waiting: tuple[Implementation, ...] = ()
    cocapi_decode: tuple[Implementation, ...] = ()
    cocapi_attempted: tuple[Implementation, ...] = ()
    cocapi_error: tuple[Implementation, ...] = ()
    cocapi_response: tuple[Implementation, ...] = ()
    cocapi_result: tuple[Implementation, ...] = ()
    cocapi_finished: tuple[Implementation, ...] = ()
    cocapi_forked: tuple[Implementation, ...] = ()
    cocapi_close: tuple[Implementation, ...] = ()
    cocapi_commands: tuple[Implementation, ...] = ()


HOOKS = tuple(entry.name for entry in fields(Hooks))


def first(hooks: tuple[Implementation, ...], *offered: Any) -> Flow[Any]:
    """Ask one plugin after another until one answers; None when none does."""
    for hook in hooks:
        said = hook(*offered)
        if isinstance(said, GeneratorType):
            said = yield from hook.settle(said)
        if said is not None:
            return said
    return None


def each(hooks: tuple[Implementation, ...], *offered: Any) -> Flow[Any]:
    """Ask every plugin, the last thing offered being replaced by what one answers; the one in the end."""
    *others, last = offered
    for hook in hooks:
        said = hook(*others, last)
        if isinstance(said, GeneratorType):
            said = yield from hook.settle(said)
        last = last if said is None else said
    return last


def tell(hooks: tuple[Implementation, ...], *offered: Any) -> None:
    """Tell every plugin; one that raises is logged and changes nothing. An interrupt goes on its way when
    all others have been told."""
    for place, hook in enumerate(hooks, 1):
        try:
            hook.function(*offered)
        except BaseException as error:
            if interrupt_in(error) is not None:
                tell(hooks[place:], *offered)
                reraise(error)
            warn(hook.blame(error), error)


def warn(blame: CocApiError, error: BaseException) -> None:
    """Log that a plugin failed, and where, in one line: a traceback would have the words of others in it."""
    frames = traceback.extract_tb(error.__traceback__)[-3:]
    where = ", ".join(f"{frame.filename}:{frame.lineno} in {frame.name}" for frame in reversed(frames))
    log.warning("%s (%s)", printable(str(blame)), printable(where))


def taking(
    function: Callable[..., Any], wanted: tuple[str, ...], offered: tuple[str, ...]
) -> Callable[..., Any]:
    """`function` as one that takes all that is offered, by position."""
    if wanted == offered:
        return function
    places = [offered.index(name) for name in wanted]
    if not places:
        return lambda *_: function()
    if len(places) == 1:
        (place,) = places
        return lambda *given: function(given[place])
    chosen = operator.itemgetter(*places)
    return lambda *given: function(*chosen(given))
