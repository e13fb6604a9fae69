"""What people write, as the API writes it: tags, ids, a player's token.

What is plainly meant is read: invisible characters, full-width forms, quotes and the marks of chat programs
come with every copy and paste. What cannot be meant is refused by name, before anything is sent. What could
be meant is sent, and the API says what it makes of it: a tag that nobody has is an ordinary 404.
"""

from __future__ import annotations

import html
import re
import unicodedata
from enum import Enum
from urllib.parse import unquote

from cocapi.calls.address import CONTROL, encodable, refusal, spelt
from cocapi.text import cited

__all__ = ["player_token", "read_id", "read_tag"]

LONGEST_TAG = 32
"""Tags are numbers of 64 bits in 14 digits, so 17 characters at most; up to here the API may say so."""

LONGEST_WORD = 500
"""Characters of a tag, an id or a player's token as it may be written, links and names around it included."""

WORD = re.compile(r"[0-9A-Za-z-]+")

AROUND = r"(?:[^\w%/=&@\x00-\x08\x0e-\x1f\x7f-\x9f]|_)"
"""What may stand beside a tag: quotes, brackets, ``*`` and ``_`` of chat programs, punctuation, emoji;
nothing that a path, a query or a mention is made of."""

DECORATED_TAG = re.compile(rf"{AROUND}*([0-9A-Za-z]{{1,{LONGEST_TAG}}}){AROUND}*")

TAG_IN_LINK = re.compile(r"(?:^|[?&;\s])tag=(#*[^#&\s<>\"')\]]*)", re.IGNORECASE)

TAG_IN_WORDS = re.compile(
    rf"(?<![\w/=&%@#])#\s*([0289PYLQGRJCUVO]{{3,{LONGEST_TAG}}})(?![\w/=&%@#])", re.IGNORECASE
)

ENCODED = 3
"""How many times a text may have been encoded on its way from program to program."""

INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u20e3\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
"""What shows nothing by itself and is no format character: Default_Ignorable_Code_Point of Unicode, and the
keycap of emoji."""


def visible(text: str) -> str:
    """`text` without what cannot be seen, full-width and other forms made plain (Unicode NFKC)."""
    kept = "".join(c for c in text if unicodedata.category(c) != "Cf")
    return unicodedata.normalize("NFKC", INVISIBLE.sub("", kept)).replace("\u266f", "#").replace("\x85", "\n")


def decoded(text: str) -> str:
    """`text` without HTML's entities and percent-encoding, which come on top of each other."""
    for _ in range(ENCODED):
        text = unquote(html.unescape(text))
    return text


def read_tag(written: object, name: str = "") -> str:
    """The tag that somebody wrote, as ``"#2PP"``: see `cocapi.normal_tag`.

    Args:
        name: The parameter, for the error; ``""``: it has none.

    Raises:
        InvalidParams: It is no text, or no tag can be made out in it.
    """
    if type(written) is str:  # as nearly always, and then nearly always no more than a tag
        bare = written.removeprefix("#")
        if bare.isalnum() and bare.isascii() and len(bare) <= LONGEST_TAG:
            return "#" + bare.upper().replace("O", "0")
    if not isinstance(written, str):
        raise refusal(f"a tag is a text such as '#2PP', not {cited(written)}{of(name)}")
    tag = made_out(written)
    if not tag:
        raise refusal(f"{cited(written)} is no tag{of(name)}{why_no_tag(written)}; one looks like '#2PP'")
    return "#" + tag.upper().replace("O", "0")


def made_out(written: str) -> str:
    """The tag in a text that is more than a tag; ``""`` where there is none, or more than one."""
    if len(written) > LONGEST_WORD:
        return ""
    text = visible(decoded(visible(written)))
    if CONTROL.search(text) or not encodable(text):
        return ""
    linked = TAG_IN_LINK.findall(text)
    candidates = linked or [text]
    tags = {match[1].upper() for match in map(DECORATED_TAG.fullmatch, candidates) if match}
    if not tags and not linked:
        tags = {tag.upper() for tag in TAG_IN_WORDS.findall(text)}
    return tags.pop() if len(tags) == 1 else ""


def why_no_tag(written: str) -> str:
    """What stands in the way, where a person cannot see it."""
    if len(written) > LONGEST_WORD:
        return f", having {len(written):,} characters"
    for character in visible(written):
        if CONTROL.match(character) or (character.isalnum() and not character.isascii()):
            name = unicodedata.name(character, "a control character")
            return f": {character!a} ({name}) cannot be in one"
        if not encodable(character):
            return f": {character!a} is half of a character"
    return ""


def of(name: str) -> str:
    return f" for {name}" if name else ""


def read_id(name: str, value: object) -> str:
    """An id for a path: a whole number of any type, or text without quotes and what cannot be seen.

    Raises:
        InvalidParams: For anything else, for control characters, and for more than `LONGEST_WORD` characters.
    """
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, str):
        return value if WORD.fullmatch(value) and len(value) <= LONGEST_WORD else plain(name, value)
    number = spelt(name, value)
    if number is None or not number.removeprefix("-").isdecimal():
        raise refusal(f"{name} is a whole number or text, not {cited(value)}")
    return number


def plain(name: str, text: str) -> str:
    """`text` as it is meant to be sent: visible, without white space or quotes around it."""
    if len(text) > LONGEST_WORD:
        raise refusal(f"{name} has {len(text):,} characters, more than {LONGEST_WORD}")
    word = visible(text).strip().strip("\"'`\u2018\u2019\u201c\u201d\u00ab\u00bb").strip()
    if CONTROL.search(word) or "\n" in word or "\r" in word:
        raise refusal(f"{name}={cited(text)} has control characters")
    return word


def player_token(token: object) -> str:
    """A player's one-use token from the game, as it goes into a body. It is quoted in no error.

    Raises:
        InvalidParams: It is no text, has nothing in it, or characters that no token has.
    """
    if not isinstance(token, str):
        raise refusal(f"token is a text, not {type(token).__name__}")
    word = visible(token[: LONGEST_WORD + 1]).strip().strip("\"'`").strip()
    if not word or len(token) > LONGEST_WORD:
        raise refusal(f"token has {'nothing in it' if not word else f'{len(token):,} characters'}")
    if not word.isascii() or not word.isprintable() or " " in word:
        raise refusal("token has characters that no player's token has; copy it again")
    return word
