"""Marks for `typing.Annotated`: what a setting may be beyond its type.

The marks of annotated-types, which pydantic's ``Field`` makes too, are read alike: what counts is that they
have attributes ``ge``, ``gt``, ``le``, ``lt``, ``unit`` or ``func``. They are not needed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Annotated, Any

__all__ = [
    "HIDDEN",
    "Allowed",
    "Attempts",
    "Calls",
    "Count",
    "HeaderText",
    "Lifetime",
    "Masked",
    "Range",
    "Rate",
    "Seconds",
    "Secret",
    "Timeout",
    "conceal",
    "masked",
    "secrets_in",
    "unmasked",
]

HIDDEN = "***"
"""What stands in the place of a secret."""


class Range:
    """The numbers that a setting may have.

        timeout: Annotated[float, Range(gt=0, le=60, unit="seconds")] = 20

    Args:
        ge, gt, le, lt: At least, above, at most, below; None: no bound.
        unit: What is counted, in the plural; None: nothing that has a name.
    """

    __slots__ = ("ge", "gt", "le", "lt", "unit")

    def __init__(
        self,
        *,
        ge: float | None = None,
        gt: float | None = None,
        le: float | None = None,
        lt: float | None = None,
        unit: str | None = None,
    ) -> None:
        self.ge: float | None = ge
        self.gt: float | None = gt
        self.le: float | None = le
        self.lt: float | None = lt
        self.unit: str | None = unit


class Allowed:
    """What a setting may be, in words, and as a test where the type does not say it all.

        language: Annotated[str, Allowed("a code of two letters", lambda code: len(code) == 2)] = "en"

    Args:
        words: As the sentence "it must be …" goes on.
        fits: Is given a value of the right type; None: every one fits.
    """

    __slots__ = ("fits", "words")

    def __init__(self, words: str, fits: Callable[[Any], bool] | None = None) -> None:
        self.words: str = words
        self.fits: Callable[[Any], bool] | None = fits


class Secret:
    """Marks a text that is shown nowhere: in no repr, error, log or listing.

        password: Annotated[str, Secret]

    The value is a `str` like any other, whose repr is ``'***'``. A field of a dataclass may also say it with
    ``field(metadata={"secret": True})``, one of a pydantic model by its type, ``pydantic.SecretStr``.
    """


class Masked(str):
    """A text whose repr does not show it. ``str(text)`` and ``f"{text}"`` do."""

    __slots__ = ()

    def __repr__(self) -> str:
        return repr(HIDDEN)


SHORTEST = 4
"""Characters. A shorter secret may be part of any word, and is not looked for in texts of others."""


def conceal(text: str, secrets: Iterable[str]) -> str:
    """`text` without the secrets that are in it."""
    for secret in secrets:
        if len(secret) >= SHORTEST:
            text = text.replace(secret, HIDDEN)
    return text


LISTS = (list, tuple, set, frozenset)


def masked(value: Any) -> Any:
    """`value` with each text in its tables and lists as a `Masked` one."""
    if isinstance(value, str):
        return Masked(value)
    if isinstance(value, Mapping):
        return {name: masked(entry) for name, entry in value.items()}
    return type(value)(map(masked, value)) if type(value) in LISTS else value


def unmasked(value: Any) -> Any:
    """`value` with its texts as they are."""
    if isinstance(value, Masked):
        return str(value)
    if isinstance(value, dict):
        return {name: unmasked(entry) for name, entry in value.items()}
    return type(value)(map(unmasked, value)) if type(value) in LISTS else value


def secrets_in(value: Any) -> Iterator[str]:
    """The masked texts of a value: it, or those in its tables and lists."""
    if isinstance(value, Masked):
        yield str(value)
    elif isinstance(value, Mapping):
        yield from secrets_in(list(value.values()))
    elif type(value) in LISTS:
        for entry in value:
            yield from secrets_in(entry)


def header_text(text: str) -> bool:
    """Whether HTTP can carry `text` in a header field (RFC 9110 section 5.5), and every library does."""
    return text.isascii() and text.isprintable() and text != ""


LONGEST_WAIT = 1_000_000
"""Seconds, eleven days: within what sockets, locks and event loops can wait for (2**31 milliseconds)."""

LONGEST_LIFE = 1_000_000_000
"""Seconds, thirty years: for ever, for an answer that is kept."""

MOST = 10**12
"""Of whatever is counted; what counts, counts in a machine's own numbers."""

Seconds = Annotated[float, Range(ge=0, le=LONGEST_WAIT, unit="seconds")]
"""A wait."""

Timeout = Annotated[float, Range(gt=0, le=LONGEST_WAIT, unit="seconds")]
"""How long something may take."""

Lifetime = Annotated[float, Range(ge=0, le=LONGEST_LIFE, unit="seconds")]
"""How long something is kept."""

Count = Annotated[int, Range(ge=1, le=MOST)]
"""One or more of something."""

Attempts = Annotated[int, Range(ge=1, le=MOST, unit="attempts")]
"""How often something is tried in all."""

Calls = Annotated[int, Range(ge=1, le=MOST, unit="calls")]
"""How many calls something is about."""

Rate = Annotated[float, Range(ge=1 / LONGEST_WAIT, le=10**9, unit="requests a second")]
"""The slowest is one in `LONGEST_WAIT` seconds."""

HeaderText = Annotated[str, Allowed("a text of printable ASCII characters", header_text)]
"""A value that a header field can have."""
