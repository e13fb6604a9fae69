"""What the hooks of a call did, and how long each took: records at DEBUG on the logger ``cocapi.hooks``.

That logger has a level of its own, so it is switched on by its name.

A hook is timed by putting another function in its place, once a client; a call chooses at its beginning
whether it goes through the timed hooks. So nothing is paid while nobody listens.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from types import GeneratorType
from typing import TYPE_CHECKING, Any

from cocapi.calls.effects import Flow, stepped
from cocapi.calls.messages import Hit, Request, Response, Retry, Wait
from cocapi.clocks import elapsed

if TYPE_CHECKING:
    from cocapi.calls.hooks import Implementation

__all__ = ["log", "timed"]

log: logging.Logger = logging.getLogger("cocapi.hooks")
if log.level == logging.NOTSET:
    log.setLevel(logging.INFO)  # whoever wants DEBUG of all wants a record a call, not one a hook


def timed(hook: Implementation) -> Implementation:
    """The same implementation, whose every call is timed and logged.

    The fields of a record, by name: `operation` of the call, `hook`, `plugin`, `answer` in a word, and
    `microseconds` spent in the plugin, without what its flow waited for.
    """

    def function(*offered: Any) -> Any:
        started = elapsed()
        try:
            answer = hook.function(*offered)
        except BaseException as error:
            report(hook, offered, f"raised {type(error).__name__}", elapsed() - started)
            raise
        if type(answer) is GeneratorType:
            return timed_flow(answer, elapsed() - started, partial(report, hook, offered))
        report(hook, offered, word_for(answer), elapsed() - started)
        return answer

    return replace(hook, function=function)


def timed_flow(flow: Flow[Any], seconds: float, report: Callable[[str, float], None]) -> Flow[Any]:
    """Run `flow`, and report its answer and the time that was spent in it, `seconds` of which are over."""
    steps, word = [seconds], "cancelled"
    try:
        value = yield from stepped(flow, elapsed, steps.append)
    except Exception as error:
        word = f"raised {type(error).__name__}"
        raise
    else:
        word = word_for(value)
        return value
    finally:
        report(f"flow: {word}", sum(steps))


def report(hook: Implementation, offered: tuple[Any, ...], word: str, seconds: float) -> None:
    """Log what a plugin answered."""
    request = offered[0] if offered and isinstance(offered[0], Request) else None
    fields = {
        "operation": request.operation if request is not None else "",
        "hook": hook.hook,
        "plugin": hook.record.name,
        "answer": word,
        "microseconds": round(seconds * 1e6, 1),
    }
    log.debug("%(operation)s %(hook)s %(plugin)s: %(answer)s, %(microseconds).1f µs", fields, extra=fields)


def word_for(answer: object) -> str:
    """An answer in a word; nothing of a request, a response or a result is in it."""
    match answer:
        case None:
            return "none"
        case Wait(seconds):
            return f"wait {seconds:g} s" if isinstance(seconds, int | float) else "wait"
        case Retry(after):
            return f"retry after {after:g} s" if isinstance(after, int | float) else "retry"
        case Hit():
            return "stale hit" if answer.stale else "hit"
        case Request():
            return "request"
        case Response():
            return f"response {answer.status_code}"
        case _:
            return type(answer).__name__
