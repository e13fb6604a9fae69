"""Text of others, a server's or a user's, as one line that any log or terminal can show."""

from __future__ import annotations

import reprlib
from collections.abc import Callable, Iterable

from cocapi.interrupts import reraise, undisturbed

__all__ = ["MOST", "bare", "cited", "did_you_mean", "nearest", "printable"]

MOST = 500
"""Characters of a line. The API's own sentences have fewer than a hundred."""


def printable(text: str, most: int = MOST) -> str:
    """`text` as one line of at most `most` characters, all of which can be seen.

    A character that cannot is written as Python writes it in a string: a line break as ``\\n``, an escape
    sequence as ``\\x1b[31m``, what turns the direction of writing as ``\\u202e``, a lone surrogate as
    ``\\ud800``. What is longer ends in ``…``. Work and memory are bounded by `most`, whatever the length.
    """
    if len(text) <= most and text.isprintable():
        return text
    line = "".join(char if char.isprintable() else escaped(char) for char in text[: most + 1])
    return line if len(line) <= most else line[: most - 1] + "…"


def escaped(char: str) -> str:
    """One character as in a string of Python, all in ASCII."""
    return char.encode("unicode_escape").decode("ascii")


WHITE = " \t\r\n\v\f\ufeff\u200b\u00a0"

shortened: reprlib.Repr = reprlib.Repr()

shortened.maxstring = shortened.maxother = 80


def cited(value: object) -> str:
    """`value` as an error quotes it: on one line, unprintable characters escaped, about 80 at most."""
    try:
        return shortened.repr(value)
    except ValueError as error:  # sys.set_int_max_str_digits
        reraise(error)
        return "a number of thousands of digits"


def bare(text: str) -> str:
    """The text of a variable without what files and shells add: white space, a byte order mark, quotes."""
    text = text.strip(WHITE)
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        text = text[1:-1].strip(WHITE)
    return text


def nearest(name: str, known: Iterable[str], likeness: float = 0.6) -> str | None:
    """The known name that `name` is most probably meant to be; None when none is near.

    Args:
        likeness: How near it must be, from 0 to 1, as `difflib.get_close_matches` counts.
    """
    near = undisturbed(close_matches)(name, list(known), 1, likeness)
    return near[0] if near else None


def close_matches() -> Callable[[str, list[str], int, float], list[str]]:
    """`difflib.get_close_matches`, which only errors need, imported by a statement that PyInstaller sees."""
    from difflib import get_close_matches

    return get_close_matches


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """How an error about an unknown name goes on: ``"; did you mean 'x'?"``, or with the names there are."""
    names = sorted(known)
    near = nearest(name, names)
    return f"; did you mean {near!r}?" if near else f"; there are {', '.join(names)}"
