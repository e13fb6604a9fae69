"""What has a level, and a highest one."""

from __future__ import annotations

from typing import Any, cast

from cocapi import game

__all__ = ["Upgradable"]


class Upgradable:
    """A model with `level` and `max_level`."""

    __slots__ = ()  # `Unread` has the ``__dict__``

    @property
    def is_max(self) -> bool:
        """Whether it has the highest level that the answer names: that of the game, not of the player's
        hall."""
        return game.is_max(cast(Any, self))
