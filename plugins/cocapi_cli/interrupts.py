"""Ctrl-C: the program ends with status 130 and no traceback, at once or a second later."""

from __future__ import annotations

import os
import signal
import sys
import threading
from contextlib import suppress
from typing import Any, NoReturn

from cocapi_cli.screen import say

__all__ = ["end", "listen"]

GRACE = 1.0
"""Seconds that calls under way, and what was begun to be written, have to come to an end."""

SHOW_CURSOR = "\x1b[?25h"
"""A bar of progress hides it."""


def listen() -> None:
    """Heed Ctrl-C from now on; where it is ignored (``nohup``, a shell's ``&``), it stays ignored."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, heard)


def heard(*_: Any) -> NoReturn:
    """Interrupt what is done; end when that takes too long, or when Ctrl-C is pressed again."""
    signal.signal(signal.SIGINT, lambda *_: end())
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
    say("interrupted")
    os._exit(130)
