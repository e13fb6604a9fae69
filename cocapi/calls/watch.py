"""A hook that blocks holds up an event loop, and all that runs on it: its plugin is named, once.

The hooks of the plugins that come with cocapi are known not to block, and are not watched; so it costs nobody
anything who has no other.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from time import perf_counter
from types import GeneratorType
from typing import TYPE_CHECKING, Any

from cocapi.calls.effects import stepped
from cocapi.loops import in_event_loop
from cocapi.text import printable

if TYPE_CHECKING:
    from cocapi.calls.hooks import Implementation

__all__ = ["watched"]

log: logging.Logger = logging.getLogger("cocapi.plugins")

LONGEST = 0.25
"""Seconds that a hook may hold an event loop. asyncio's own bound for a callback, in its debug mode, is 0.1;
a busy machine alone may take that long."""


def watched(hook: Implementation) -> Implementation:
    """The same implementation, named in a warning the first time that it holds an event loop for long."""
    function, warned = hook.function, False

    def check(seconds: float) -> None:
        nonlocal warned
        if seconds > LONGEST and not warned and in_event_loop():
            warned = True
            log.warning(
                "%s held the event loop for %.2f s in %s, and every other task with it; what takes time is "
                "yielded from a flow: yield from do(blocking, awaiting)",
                *(printable(str(hook.record)), seconds, hook.hook),
            )

    def timed(*offered: Any) -> Any:
        started = perf_counter()
        try:
            answer = function(*offered)
        finally:
            check(perf_counter() - started)
        return stepped(answer, perf_counter, check) if type(answer) is GeneratorType else answer

    return replace(hook, function=timed)
