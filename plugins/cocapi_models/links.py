"""What has a tag can be opened in the game."""

from __future__ import annotations

from cocapi.game.links import OPEN

__all__ = ["OPEN", "ClanLink", "PlayerLink", "bare"]


class ClanLink:
    """A model with the tag of a clan."""

    __slots__ = ()  # `Unread` has the ``__dict__``

    @property
    def share_link(self) -> str:
        """The address that opens this clan in the game."""
        return f"{OPEN}OpenClanProfile&tag={bare(self)}"


class PlayerLink:
    """A model with the tag of a player."""

    __slots__ = ()  # `Unread` has the ``__dict__``

    @property
    def share_link(self) -> str:
        """The address that opens this player in the game."""
        return f"{OPEN}OpenPlayerProfile&tag={bare(self)}"


def bare(model: object) -> str:
    """The tag of a model without its ``#``, whatever the answer has in its place."""
    return str(getattr(model, "tag", None)).lstrip("#")
