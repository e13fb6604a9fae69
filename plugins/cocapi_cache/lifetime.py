"""How long an answer may be used, by what the server says of it (RFC 9111, as a private cache)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import NamedTuple

from cocapi.interrupts import reraise

__all__ = ["UNSAID", "Lifetime", "directives", "lifetime"]

UNSAID = 60
"""Seconds for an answer whose server says nothing (RFC 9111 section 4.2.2 leaves it to the cache).
The API says 60 for clans and players; geniuslib assumes 60 too, coc.py does not cache then."""

LONGEST = 2**31
"""Larger numbers of seconds mean this (RFC 9111 section 1.2.2)."""

DIRECTIVE = re.compile(
    r"""(?P<name> [\w!\#$%&'*+.^`|~-]+ )
        (?: \s*=\s* (?: "(?P<quoted> (?: [^"\\] | \\. )* )" | (?P<token> [^\s,"]* ) ) )?""",
    re.VERBOSE | re.ASCII | re.DOTALL,
)


class Lifetime(NamedTuple):
    """How long an answer may be used.

    Attributes:
        seconds: Counted from its arrival; 0: it is not to be kept.
        stale: Whether it may be used past its time when nothing fresh can be had.
    """

    seconds: float
    stale: bool = True


def lifetime(headers: Mapping[str, str]) -> Lifetime:
    """What response headers, with names in lower case, allow a private cache.

    ``no-store`` and ``no-cache`` keep nothing, since the API has no validators to ask with. Else the
    first of max-age, Expires less Date, and `UNSAID` counts (section 4.2.1), less Age (section 5.1).
    ``s-maxage`` and ``private`` speak to shared caches. A number or date that is none means: stale.
    """
    control = directives(headers.get("cache-control", ""))
    if "no-store" in control or "no-cache" in control:
        return Lifetime(0)
    if "max-age" in control:
        fresh = delta_seconds(control["max-age"]) or 0
    elif "expires" in headers:
        fresh = between(headers.get("date", ""), headers["expires"])
    else:
        fresh = UNSAID
    age = delta_seconds(headers.get("age", "")) or 0
    return Lifetime(max(0.0, fresh - age), stale="must-revalidate" not in control)


def directives(field: str) -> dict[str, str]:
    """The directives of a Cache-Control field by name in lower case; ``""`` for one without argument.

    Of two with one name the first counts (section 4.2.1). White space parts them as a comma does: the
    API writes ``public max-age=600``.
    """
    arguments: dict[str, str] = {}
    for match in DIRECTIVE.finditer(field):
        arguments.setdefault(match["name"].lower(), match["quoted"] or match["token"] or "")
    return arguments


def delta_seconds(text: str) -> float | None:
    """A number of seconds as HTTP writes it, at most `LONGEST`; None for what is none."""
    text = text.strip()
    return min(float(text), LONGEST) if text.isascii() and text.isdigit() else None


def between(date: str, expires: str) -> float:
    """Seconds from one HTTP date to another, both of the server's clock; 0 where one is none."""
    try:
        return (parsedate_to_datetime(expires) - parsedate_to_datetime(date)).total_seconds()
    except (ValueError, TypeError, OverflowError) as error:  # TypeError: one has a zone, the other has none
        reraise(error)
        return 0
