"""Ctrl-C, and the signal by which a service is stopped: the program ends with status 130 or 143 and no
traceback, at once or a second later."""

from __future__ import annotations

import os
import signal
import sys
import threading
from contextlib import suppress
from typing import NoReturn

from cocapi_cli.screen import say

__all__ = ["end", "listen"]

GRACE = 1.0
"""Seconds that calls under way, and what was begun to be written, have to come to an end."""

SHOW_CURSOR = "\x1b[?25h"
"""A bar of progress hides it."""


ENDING = {signal.SIGINT: "interrupted", signal.SIGTERM: "terminated"}
"""What ends the program, and what it says then."""

LEFT_ALONE = (signal.default_int_handler, signal.SIG_DFL)
"""How a signal is handled that nobody ignores (``nohup``, a shell's ``&``) or handles."""


class Heard:
    """What the program ends for.

    Attributes:
        number: The signal; Ctrl-C, where somebody else has heard it.
    """

    number: signal.Signals = signal.SIGINT


def listen() -> None:
    """Heed the signals from now on; one that is ignored stays ignored."""
    for number in ENDING:
        if signal.getsignal(number) in LEFT_ALONE:
            signal.signal(number, heard)


def heard(number: int, _: object) -> NoReturn:
    """Interrupt what is done; end when that takes too long, or at the next signal."""
    Heard.number = signal.Signals(number)
    for each in ENDING:
        if signal.getsignal(each) is heard:
            signal.signal(each, lambda *_: end())
    late = threading.Timer(GRACE, end)
    late.daemon = True
    late.start()
    raise KeyboardInterrupt


def end() -> NoReturn:
    """Say so and end the process, without waiting for threads."""
    with suppress(OSError, ValueError, RuntimeError):
        if sys.stdout.isatty():
            sys.stdout.write(SHOW_CURSOR)
        sys.stdout.flush()
    say(ENDING[Heard.number])
    os._exit(128 + Heard.number)
