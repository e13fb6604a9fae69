"""Exceptions out of signal handlers belong to the caller of whatever they interrupted.

A handler may raise at any instruction of the main thread: a KeyboardInterrupt, Celery's
SoftTimeLimitExceeded, a TimeoutError of the user's own. To the code that it hits, it looks like a failure of
that code. So whoever catches every `Exception` on the way of a synchronous call asks here first.
"""

from __future__ import annotations

import _thread
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from types import FrameType
from typing import TypeVar

__all__ = ["interrupt_in", "let_go", "reraise", "undisturbed"]

T = TypeVar("T")

CO_VARARGS = 0x04
"""Of `inspect`, whose import is not worth it: the function has a parameter ``*args``."""


HANDLER_ARGUMENTS = 2
"""So many has a signal handler: the signal's number and the frame."""

UNSHARED = 3
"""The references to a frame's copy of its variables where nobody else has it: the frame's, a variable's and
that of the call that counts."""


def reraise(error: BaseException) -> None:
    """Raise the interrupt behind `error`, as it was when the handler raised it; return if there is none."""
    interrupt = interrupt_in(error)
    if interrupt is None:
        return
    context = interrupt.__context__
    try:
        raise interrupt
    finally:
        interrupt.__context__ = context  # `raise` put there what is being handled, which hides nothing
        del error, interrupt, context  # through this frame it would hold itself, and all that it passed


def let_go(error: BaseException) -> None:
    """Clear the variables of the functions that `error` came through, those of its handler left alone.

    For where a call ends early: whoever keeps the exception would else keep what they held, such as a place
    in line and a socket that has no owner yet.
    """
    traceback = error.__traceback__
    while traceback is not None:
        frame, traceback = traceback.tb_frame, traceback.tb_next
        if handles_signal(frame):
            continue  # by which `error` is still known as an interrupt
        try:
            frame.clear()
        except RuntimeError:
            continue  # it is running: the one that asks


def undisturbed(work: Callable[[], T], seconds: float | None = None) -> T:
    """What `work` returns or raises, done in a thread of its own, which no signal handler reaches.

    For what does not survive an interrupt, such as an import, which would leave half a module or swallow
    it. The caller may be interrupted while it waits; the work then goes on.

    A fork waits for work without a bound, for the child would have half a module, and wait for it for good.

    Args:
        seconds: How long to wait, after which the work is forgotten; None: until it is done.

    Raises:
        TimeoutError: The seconds were over.
    """
    outcomes: list[tuple[T | None, BaseException | None]] = []
    done = _thread.allocate_lock()  # looked up now, as the thread is: gevent may have replaced both meanwhile
    done.acquire()

    def run() -> None:
        if seconds is None:
            UNDER_WAY.add(_thread.get_ident())
        try:
            outcomes.append((work(), None))
        except BaseException as error:
            outcomes.append((None, error))
        finally:
            UNDER_WAY.discard(_thread.get_ident())
            done.release()

    _thread.start_new_thread(run, ())  # threading.Thread itself does not survive an interrupt
    if not done.acquire(timeout=-1 if seconds is None else seconds):
        raise TimeoutError(f"it took more than {seconds:g} seconds")
    value, error = outcomes.pop()
    if error is not None:
        try:
            raise error
        finally:
            del error  # through this frame it would hold itself
    return value  # type: ignore[return-value]  # it is None only where `work` returns it


UNDER_WAY: set[int] = set()
"""The threads of the work without a bound that is under way."""

PATIENCE = 10_000
"""Milliseconds that a fork waits for such work, most of which are imports."""


def wait_for_work() -> None:
    """Before a fork: let what is being imported be whole. Work that forks does not wait for itself."""
    for _ in range(PATIENCE):  # no clock: a test may have stopped it
        if not UNDER_WAY - {_thread.get_ident()}:
            return
        time.sleep(0.001)


if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(before=wait_for_work, after_in_child=UNDER_WAY.clear)


def interrupt_in(error: BaseException) -> BaseException | None:
    """The exception that a signal handler raised, in `error` or in what led to it; None when none did.

    What is no `Exception` (KeyboardInterrupt, SystemExit, a cancellation) is an interrupt by itself. One that
    a function further out is handling is none here: Python makes it the context of whatever fails meanwhile.
    """
    if not isinstance(error, Exception):
        return error
    if threading.get_ident() != threading.main_thread().ident:
        return None  # handlers run in the main thread alone
    for behind in chain(error):
        if from_handler(behind) and (behind is error or not handled_further_out(behind)):
            return behind
    return None


def chain(error: BaseException) -> Iterator[BaseException]:
    """`error`, its causes and its contexts, each once."""
    seen: dict[int, BaseException] = {}
    waiting: list[BaseException | None] = [error]
    while waiting:
        behind = waiting.pop()
        if behind is not None and id(behind) not in seen:
            seen[id(behind)] = behind
            yield behind
            waiting += [behind.__context__, behind.__cause__]


def handled_further_out(error: BaseException) -> bool:
    """Whether the function that caught `error` is still running, and has called the one that asks."""
    if error.__traceback__ is None:
        return False
    caught_in, asking = error.__traceback__.tb_frame, sys._getframe()
    while asking.f_globals is globals() and asking.f_back is not None:
        asking = asking.f_back
    outer = asking.f_back
    while outer is not None and outer is not caught_in:
        outer = outer.f_back
    return outer is not None


def from_handler(error: BaseException) -> bool:
    """Whether the traceback goes through a signal handler: a function that was called, by nobody, with
    the frame that it interrupted (`signal.signal`)."""
    traceback = error.__traceback__
    while traceback is not None:
        if handles_signal(traceback.tb_frame):
            return True
        traceback = traceback.tb_next
    return False


def handles_signal(frame: FrameType) -> bool:
    code, interrupted = frame.f_code, frame.f_back
    names = code.co_varnames[: code.co_argcount]
    if code.co_flags & CO_VARARGS:
        names += (code.co_varnames[code.co_argcount + code.co_kwonlyargcount],)
    elif len(names) < HANDLER_ARGUMENTS:
        return False
    return interrupted is not None and any(
        value is interrupted or (type(value) is tuple and any(item is interrupted for item in value))
        for value in values(frame, names)
    )


def values(frame: FrameType, names: tuple[str, ...]) -> list[object]:
    """The values of some variables of a frame.

    Before Python 3.13 the frame makes a copy of its variables, and keeps it: with the exception in it, which
    keeps the frame. Such a circle would hold sockets until it is collected.
    """
    variables = frame.f_locals
    chosen = [variables.get(name) for name in names]
    if sys.version_info < (3, 13) and sys.getrefcount(variables) <= UNSHARED:
        variables.clear()
    return chosen
