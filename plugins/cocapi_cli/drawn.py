"""Panels by name: rich, which draws them, is not needed for JSON, and imported when one is drawn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cocapi import Json

__all__ = ["drawn"]


def drawn(panel: str) -> Callable[[Json], Any]:
    """What makes something to look at of an answer: the function of that name in `cocapi_cli.panels`."""

    def draw(answer: Json) -> Any:
        from cocapi_cli import panels

        return getattr(panels, panel)(answer)

    return draw
