"""Panels by name: rich, which draws them, is not needed for JSON, and imported when one is drawn."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

__all__ = ["drawn"]


def drawn(name: str, *args: Any) -> Callable[[Any], Any]:
    """What makes something to look at of an answer: a function of `cocapi_cli.panels`, or of another module
    of the package, as in ``"rankings.clans"``.

    Args:
        args: What the function is given after the answer.
    """
    module, _, function = f"panels.{name}".rpartition(".")

    def draw(answer: Any) -> Any:
        drawing = import_module(f"cocapi_cli.{module.rpartition('.')[2]}")
        return getattr(drawing, function)(answer, *args)

    return draw
