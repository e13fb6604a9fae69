"""Tags: their alphabet, and the numbers that they stand for."""

from __future__ import annotations

from cocapi.api.operations import normal_tag
from cocapi.errors import InvalidParams

__all__ = ["NOT_DRAWN", "TAG_ALPHABET", "id_to_tag", "is_valid_tag", "tag_to_id"]

NOT_DRAWN = "#0"
"""In a league group, in place of the tag of a war that is not yet drawn."""

TAG_ALPHABET = "0289PYLQGRJCUV"
"""The digits of tags, from 0 to 13."""

BASE = len(TAG_ALPHABET)
SHARDS = 256
"""A tag is the number ``low * 256 + high`` in base 14; the id has `high` in its upper 32 bits, `low` in the
lower ones: #2PP is 256, so the first of the first shard."""

IDS = SHARDS << 32
"""Ids are below this."""


def is_valid_tag(text: str) -> bool:
    """Whether a text is a tag that the game could have given: its letters are those of `TAG_ALPHABET`, and
    it stands for an id.

    White space, a missing ``#``, small letters and an O for a zero are forgiven, as in every call. Whether
    somebody has the tag, only the API knows.
    """
    try:
        tag_to_id(text)
    except InvalidParams:
        return False
    return True


def tag_to_id(tag: str) -> int:
    """The number that a tag stands for: the id of the clan or player inside the game.

    Raises:
        InvalidParams: `tag` cannot be a tag, has letters that no tag has, or stands for no id.
    """
    letters = normal_tag(tag)[1:]
    if unknown := set(letters) - set(TAG_ALPHABET):
        raise InvalidParams(f"{tag!r} is no tag: {min(unknown)} is none of {TAG_ALPHABET}")
    count = 0
    for letter in letters:
        count = count * BASE + TAG_ALPHABET.index(letter)
    low, high = divmod(count, SHARDS)
    if low >> 32 or letters[0] == TAG_ALPHABET[0]:
        raise InvalidParams(f"{tag!r} is no tag: no id is written so")
    return high << 32 | low


def id_to_tag(number: int) -> str:
    """The tag of an id: `tag_to_id` turned round.

    Raises:
        InvalidParams: `number` is no id: below 1, or 2**40 and more.
    """
    if not 0 < number < IDS:
        raise InvalidParams(f"{number!r} is no id: those are from 1 to 2**40 - 1")
    high, low = divmod(number, 1 << 32)
    count = low * SHARDS + high
    letters = ""
    while count:
        count, digit = divmod(count, BASE)
        letters = TAG_ALPHABET[digit] + letters
    return f"#{letters}"
