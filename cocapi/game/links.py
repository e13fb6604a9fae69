"""Addresses that open something in the game, and those of pictures."""

from __future__ import annotations

from cocapi.api.operations import normal_tag
from cocapi.game.parts import part

__all__ = ["clan_link", "picture", "player_link"]

OPEN = "https://link.clashofclans.com/en?action="
"""The game's own deep links."""

SIZES = ("large", "medium", "small", "tiny")


def clan_link(tag: str) -> str:
    """The address that opens a clan in the game.

    Raises:
        InvalidParams: `tag` cannot be a tag.
    """
    return f"{OPEN}OpenClanProfile&tag={normal_tag(tag)[1:]}"


def player_link(tag: str) -> str:
    """The address that opens a player in the game.

    Raises:
        InvalidParams: `tag` cannot be a tag.
    """
    return f"{OPEN}OpenPlayerProfile&tag={normal_tag(tag)[1:]}"


def picture(thing: object) -> str | None:
    """The address of the largest picture of something; None where there is none.

    Args:
        thing: Any part of an answer, as a dict or a model, with a badge (`badgeUrls`) or an icon
            (`iconUrls`).
    """
    urls = part(thing, "badgeUrls") or part(thing, "iconUrls")
    return next((address for size in SIZES if (address := part(urls, size))), None)
