"""JSON as the API sends it, read alike whatever is installed (docs/decisions/decode-hook.md).

The rules are those of RFC 8259, with mercy for what others get wrong and no person is to blame for.
"""

from __future__ import annotations

import codecs
import json
import math
import re
from typing import Any

from cocapi.interrupts import reraise

__all__ = ["read_json"]

ESCAPE = re.compile(
    r"\\(?:u[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2}|(u[dD][89a-fA-F][\da-fA-F]{2})|.)",
    re.ASCII | re.DOTALL,
)
"""An escape in a string; the group has half of a surrogate pair that stands alone."""

DECODER = codecs.lookup("utf-8-sig")
"""Looked up here, which imports it: an import that an interrupt hits leaves Python's own lock taken."""

DIGITS = bytes(ord("0") if chr(code).isdigit() and code < 128 else code for code in range(256))
LONG_NUMBER = b"0" * 19
"""Digits of the shortest number that may need more than 64 bits, each written as 0."""


def read_json(content: bytes) -> Any:
    """The value that `content` is in JSON.

    UTF-8 alone is read (RFC 8259 section 8.1); a byte order mark before it is passed over. Half of a
    surrogate pair, which is no character, becomes U+FFFD, so that every text can be written again. Whole
    numbers of more than 64 bits become floats (section 6). Of a name that stands twice in an object the last
    counts.

    Raises:
        ValueError: It is no JSON; NaN, Infinity, and numbers too large for a float are none. Or it is nested
            too deeply; 150 levels are always read.
    """
    text = DECODER.decode(content)[0]
    if "\\ud" in text or "\\uD" in text:
        text = ESCAPE.sub(whole, text)
    decoder = CAREFUL if LONG_NUMBER in content.translate(DIGITS) else ORDINARY
    try:
        return decoder.decode(text)
    except RecursionError as error:
        reraise(error)
        raise ValueError("it is nested too deeply") from error


def whole(escape: re.Match[str]) -> str:
    """An escape that stands for a character."""
    return "\\ufffd" if escape[1] else escape[0]


def finite(number: str) -> float:
    """A number as a float.

    Raises:
        ValueError: It is too large.
    """
    value = float(number)
    if math.isinf(value):
        raise ValueError(f"a number of {len(number)} characters is too large")
    return value


def integer(number: str) -> float:
    """A whole number, exact where it has 64 bits or fewer."""
    if len(number) > 20:
        return finite(number)
    value = int(number)
    return value if -(2**63) <= value < 2**64 else float(value)


def refuse(constant: str) -> None:
    """Refuse NaN, Infinity and -Infinity, which Python would read."""
    raise ValueError(f"{constant} is no JSON")


ORDINARY = json.JSONDecoder(parse_float=finite, parse_constant=refuse)
CAREFUL = json.JSONDecoder(parse_float=finite, parse_int=integer, parse_constant=refuse)
"""A function for whole numbers costs half as much again as reading an answer does."""
