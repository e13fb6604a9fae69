"""One plugin's implementation of a hook, the implementations of all hooks in their order, and asking them."""

from __future__ import annotations

import functools
import logging
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from types import GeneratorType
from typing import TYPE_CHECKING, Any

from cocapi.calls.checks import Check, Unfit, anything
from cocapi.calls.effects import Flow
from cocapi.calls.keyring import Keyring
from cocapi.calls.trace import timed
from cocapi.errors import CocApiError, PluginError, StoreUnavailable
from cocapi.interrupts import interrupt_in, reraise
from cocapi.lazy import lazy
from cocapi.text import printable

if TYPE_CHECKING:
    from cocapi.plugins.records import PluginRecord

__all__ = [
    "HOOKS",
    "OBSERVERS",
    "Hooks",
    "Implementation",
    "adapted",
    "ask",
    "first",
    "first_by",
    "in_pairs",
    "notify",
    "observers_of_attempt",
    "of_plugins_asked",
    "warn",
]

log: logging.Logger = logging.getLogger("cocapi.plugins")

OBSERVERS = (
    *("cocapi_waiting", "cocapi_attempted", "cocapi_finished"),
    *("cocapi_event", "cocapi_forked", "cocapi_commands"),
)
"""Hooks that are told something and answer nothing."""


@dataclass(frozen=True, slots=True)
class Implementation:
    """One plugin's implementation of one hook, ready to be called.

    Attributes:
        function: Takes what the hook offers, by position, and passes on what the plugin takes of it.
        keyring: The tokens that must not be shown when it fails.
        check: Takes the answer and what was offered, and returns the answer as the call goes on with it.
        max_effects: How many effects a flow of it may ask for.
    """

    hook: str
    record: PluginRecord
    function: Callable[..., Any]
    keyring: Keyring
    check: Check = anything
    max_effects: int = 100_000

    def __call__(self, *offered: Any) -> Any:
        """The plugin's answer, or a flow that gives it, to be run by `complete`.

        Raises:
            CocApiError: The plugin raised it.
            PluginError: The plugin raised anything else, or answered what the hook does not accept.
        """
        answered = ask(iter((self,)), *offered)
        return None if answered is None else answered[1]

    def complete(self, flow: Flow[Any], *offered: Any) -> Flow[Any]:
        """Run the flow that the plugin answered with, for its answer. Raises as a call does; without the
        store that it asked, it answers None."""
        try:
            effect = next(flow)
            for _ in range(self.max_effects):
                try:
                    value = yield effect
                except Exception as error:
                    effect = flow.throw(error)
                else:
                    effect = flow.send(value)
            failure: CocApiError = self.blame(
                f"its flow asked for more than {self.max_effects} effects, the most that "
                "ApiConfig.max_effects allows"
            )
        except StopIteration as end:
            return None if end.value is None else self.checked(end.value, offered)
        except StoreUnavailable:
            return None  # a store that fails costs no call
        except Exception as error:
            reraise(error)
            failure = self.failure(error)
        finally:
            flow.close()
        raise failure

    def checked(self, answer: Any, offered: tuple[Any, ...]) -> Any:
        """The answer, if the hook accepts it."""
        try:
            return self.check(answer, *offered)
        except Unfit as unfit:
            raise self.blame(str(unfit)) from None

    def failure(self, error: Exception) -> CocApiError:
        """The error of a call in which the plugin raised `error`: of what is none of a call, the plugin is to
        blame, and the log has the traceback at DEBUG. No token is shown by either."""
        if isinstance(error, CocApiError):
            return self.keyring.out_of_error(error)
        failure = self.blame(f"{type(error).__name__}: {error}")
        failure.__cause__ = None if self.record.is_shown_in(error) else error
        self.keyring.out_of_error(failure)
        log.debug("%s", printable(str(failure)), exc_info=failure.__cause__)
        return failure

    def blame(self, fault: str) -> PluginError:
        """The error that names plugin, distribution and hook."""
        fault = self.keyring.hide(self.record.conceal(fault))
        return PluginError(f"{self.record} failed in {self.hook}: {fault}")


@dataclass(frozen=True, eq=False)
class Hooks:
    """By hook name, the implementations in the order in which they are asked.

    A client makes another one whenever a plugin comes or goes; a call keeps the one that it began with.
    """

    cocapi_transport: tuple[Implementation, ...] = ()
    cocapi_wrap_transport: tuple[Implementation, ...] = ()
    cocapi_store: tuple[Implementation, ...] = ()
    cocapi_open: tuple[Implementation, ...] = ()
    cocapi_request: tuple[Implementation, ...] = ()
    cocapi_cache_lookup: tuple[Implementation, ...] = ()
    cocapi_cache_hit: tuple[Implementation, ...] = ()
    cocapi_token: tuple[Implementation, ...] = ()
    cocapi_attempt: tuple[Implementation, ...] = ()
    cocapi_waiting: tuple[Implementation, ...] = ()
    cocapi_decode: tuple[Implementation, ...] = ()
    cocapi_attempted: tuple[Implementation, ...] = ()
    cocapi_error: tuple[Implementation, ...] = ()
    cocapi_response: tuple[Implementation, ...] = ()
    cocapi_result: tuple[Implementation, ...] = ()
    cocapi_finished: tuple[Implementation, ...] = ()
    cocapi_event: tuple[Implementation, ...] = ()
    cocapi_forked: tuple[Implementation, ...] = ()
    cocapi_close: tuple[Implementation, ...] = ()
    cocapi_namespace: tuple[Implementation, ...] = ()
    cocapi_composites: tuple[Implementation, ...] = ()
    cocapi_commands: tuple[Implementation, ...] = ()

    @lazy
    def timed(self) -> Hooks:
        """The same hooks, each of which logs what it answers and how long it takes."""
        return Hooks(**{name: tuple(map(timed, getattr(self, name))) for name in HOOKS})


HOOKS = tuple(entry.name for entry in fields(Hooks))


def ask(chain: Iterator[Implementation], *offered: Any) -> tuple[Implementation, Any] | None:
    """Ask one plugin after another until one does not answer None.

    Most never do, so the whole chain is one step of a call, and not one for each plugin.

    Args:
        chain: Whom to ask; the others are left in it.

    Returns:
        Whose answer it is, and the answer, which the hook accepts; or a flow that gives it, to be run by
        `Implementation.complete`. None: nobody in the chain has one.

    Raises:
        CocApiError: A plugin raised it.
        PluginError: A plugin raised anything else, or answered what the hook does not accept.
    """
    try:
        for hook in chain:
            answer = hook.function(*offered)
            if answer is not None:
                break
        else:
            return None
    except Exception as error:
        reraise(error)
        failure = hook.failure(error)
    else:
        return hook, answer if type(answer) is GeneratorType else hook.checked(answer, offered)
    raise failure  # here, so that what shows a token is not its context


def first(hooks: tuple[Implementation, ...], *offered: Any) -> Flow[Any]:
    """Ask one plugin after another until one answers; None when none does."""
    chain = iter(hooks)
    while (answered := ask(chain, *offered)) is not None:
        hook, answer = answered
        if type(answer) is GeneratorType:
            answer = yield from hook.complete(answer, *offered)
        if answer is not None:
            return answer
    return None


def first_by(hooks: tuple[Implementation, ...], *offered: Any) -> Flow[tuple[Implementation, Any] | None]:
    """Ask as `first` does; the answer, and whose it is."""
    chain = iter(hooks)
    while (answered := ask(chain, *offered)) is not None:
        hook, answer = answered
        if type(answer) is GeneratorType:
            answer = yield from hook.complete(answer, *offered)
        if answer is not None:
            return hook, answer
    return None


def notify(hooks: tuple[Implementation, ...], *offered: Any) -> None:
    """Tell every plugin; one that raises is logged and changes nothing. An interrupt goes on its way when
    all others have been told."""
    for place, hook in enumerate(hooks, 1):
        try:
            hook.function(*offered)
        except BaseException as error:
            if interrupt_in(error) is not None:
                notify(hooks[place:], *offered)
                reraise(error)
            warn(hook.blame(f"{type(error).__name__}: {error}"), error)


def warn(blame: CocApiError, error: BaseException) -> None:
    """Log that a plugin failed, and where, in one line: a traceback would have the words of others in it."""
    frames = traceback.extract_tb(error.__traceback__)[-3:]
    where = ", ".join(f"{frame.filename}:{frame.lineno} in {frame.name}" for frame in reversed(frames))
    log.warning("%s (%s)", printable(str(blame)), printable(where))


def in_pairs(
    beginnings: tuple[Implementation, ...], ends: tuple[Implementation, ...]
) -> tuple[Implementation, ...]:
    """The order of `cocapi_attempted` (`ends`): first the plugins that observe only, as they stand; then
    those with a `cocapi_attempt` (`beginnings`), in the reverse order of these."""
    places = {hook.record.name: place for place, hook in enumerate(beginnings)}
    return tuple(sorted(ends, key=lambda hook: -places.get(hook.record.name, len(places))))


def of_plugins_asked(
    hooks: tuple[Implementation, ...], asked: tuple[Implementation, ...]
) -> tuple[Implementation, ...]:
    """Those of `hooks` whose plugins are among the ones that were `asked` something else."""
    names = {hook.record.name for hook in asked}
    return tuple(hook for hook in hooks if hook.record.name in names)


def observers_of_attempt(
    hooks: Hooks, asked: tuple[Implementation, ...], sent: bool
) -> tuple[Implementation, ...]:
    """Who is told of the end of an attempt: the plugins that were `asked` to prepare it and, when it was
    `sent`, those that only observe."""
    names = {hook.record.name for hook in asked}
    preparing = {hook.record.name for hook in hooks.cocapi_attempt}
    return tuple(
        hook
        for hook in hooks.cocapi_attempted
        if hook.record.name in names or (sent and hook.record.name not in preparing)
    )


def adapted(
    function: Callable[..., Any], wanted: tuple[str, ...], offered: tuple[str, ...]
) -> Callable[..., Any]:
    """`function` as one that takes all that is offered, by position."""
    return function if wanted == offered else adapter(wanted, offered)(function)


@functools.cache
def adapter(wanted: tuple[str, ...], offered: tuple[str, ...]) -> Callable[..., Any]:
    """What adapts a function that takes what is `wanted`; compiled once a process."""
    code = f"lambda function: lambda {', '.join(offered)}: function({', '.join(wanted)})"
    adapt: Callable[..., Any] = eval(code)  # noqa: S307  # names of the hookspecs
    return adapt
