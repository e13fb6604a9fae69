"""What people write, as the API writes it: tags, ids, the values of a query, a path with a query.

What is plainly meant is read: invisible characters, full-width forms, quotes and the marks of chat programs
come with every copy and paste. What cannot be meant is refused by name, before anything is sent. What could
be meant is sent, and the API says what it makes of it: a tag that nobody has is an ordinary 404.
"""

from __future__ import annotations

import operator
import re
import reprlib
import unicodedata
from collections.abc import Iterable, Mapping
from enum import Enum
from itertools import islice
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode

from cocapi.errors import InvalidParams
from cocapi.interrupts import reraise

__all__ = [
    "Repeated",
    "bare",
    "cited",
    "encoded_query",
    "gathered",
    "parsed_path",
    "parsed_query",
    "player_token",
    "query_pairs",
    "read_id",
    "read_tag",
]

LONGEST_TAG = 32
"""Tags are numbers of 64 bits in 14 digits, so 17 characters at most; up to here the API may say so."""

LONGEST_WORD = 500
"""Characters of a tag, an id or a player's token as it may be written, links and names around it included."""

LONGEST_QUERY = 8000
"""Characters of a path or a value of a query: as much as a server must take (RFC 9112 section 3)."""

MOST_ITEMS = 1000
"""Items of a list in a query."""

WORD = re.compile(r"[0-9A-Za-z-]+")
AROUND = r"(?:[^\w%/=&@\x00-\x08\x0e-\x1f\x7f-\x9f]|_)"
"""What may stand beside a tag: quotes, brackets, ``*`` and ``_`` of chat programs, punctuation, emoji;
nothing that a path, a query or a mention is made of."""

DECORATED_TAG = re.compile(rf"(?:{AROUND}|%(?:25)*23)*([0-9A-Za-z]{{1,{LONGEST_TAG}}}){AROUND}*")
TAG_IN_LINK = re.compile(r"(?:^|[?&;\s])tag=([^&\s<>\"')\]]*)", re.IGNORECASE)
TAG_IN_WORDS = re.compile(
    rf"(?<![\w/=&%@#])#\s*([0289PYLQGRJCUVO]{{3,{LONGEST_TAG}}})(?![\w/=&%@#])", re.IGNORECASE
)
CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]")
FRAGMENT = re.compile(r"[^/=,]#")
"""A ``#`` that does not begin a segment or a value, as that of a tag does."""

INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u20e3\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
"""What shows nothing by itself and is no format character: Default_Ignorable_Code_Point of Unicode, and the
keycap of emoji."""

NUMERIC = ("__index__", "__float__")

shortened: reprlib.Repr = reprlib.Repr()
shortened.maxstring = shortened.maxother = 80


class Repeated(tuple[str, ...]):
    """The values of a name that stands several times in a query: ``a=1&a=2``, where a list is ``a=1,2``."""

    __slots__ = ()


def cited(value: object) -> str:
    """`value` as an error quotes it: on one line, unprintable characters escaped, about 80 at most."""
    try:
        return shortened.repr(value)
    except ValueError as error:  # sys.set_int_max_str_digits
        reraise(error)
        return "a number of thousands of digits"


def refusal(what: str) -> InvalidParams:
    return InvalidParams(f"Invalid params for method: {what}")


def visible(text: str) -> str:
    """`text` without what cannot be seen, full-width and other forms made plain (Unicode NFKC)."""
    kept = "".join(c for c in text if unicodedata.category(c) != "Cf")
    return unicodedata.normalize("NFKC", INVISIBLE.sub("", kept)).replace("\u266f", "#").replace("\x85", "\n")


def read_tag(written: object, name: str = "") -> str:
    """The tag that somebody wrote, as ``"#2PP"``: see `cocapi.normal_tag`.

    name:
        The parameter, for the error; ``""``: it has none.

    Raises:
        InvalidParams: it is no text, or no tag can be made out in it.
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
    text = visible(written)
    if CONTROL.search(text):
        return ""
    linked = TAG_IN_LINK.findall(text)
    candidates = linked or [text]
    tags = {found[1].upper() for found in map(DECORATED_TAG.fullmatch, candidates) if found}
    if not tags and not linked:
        tags = {found.upper() for found in TAG_IN_WORDS.findall(text)}
    return tags.pop() if len(tags) == 1 else ""


def why_no_tag(written: str) -> str:
    """What stands in the way, where a person cannot see it."""
    if len(written) > LONGEST_WORD:
        return f", having {len(written):,} characters"
    for character in visible(written):
        if CONTROL.match(character) or (character.isalnum() and not character.isascii()):
            name = unicodedata.name(character, "a control character")
            return f": {character!a} ({name}) cannot be in one"
    return ""


def of(name: str) -> str:
    return f" for {name}" if name else ""


def read_id(name: str, value: object) -> str:
    """An id for a path: a whole number, or text without what cannot be seen and without quotes around it.

    Raises:
        InvalidParams: for anything else, for control characters, and for more than `LONGEST_WORD` characters.
    """
    if isinstance(value, str):
        return value if WORD.fullmatch(value) and len(value) <= LONGEST_WORD else plain(name, value)
    if not isinstance(value, bool) and hasattr(value, "__index__"):
        try:
            return str(operator.index(value))
        except (TypeError, ValueError) as error:  # ValueError: more than 4,300 digits
            reraise(error)
    raise refusal(f"{name} is a number or text, not {cited(value)}")


def plain(name: str, text: str) -> str:
    """`text` as it is meant to be sent: visible, without white space or quotes around it."""
    if len(text) > LONGEST_WORD:
        raise refusal(f"{name} has {len(text):,} characters, more than {LONGEST_WORD}")
    meant = visible(text).strip().strip("\"'`\u2018\u2019\u201c\u201d\u00ab\u00bb").strip()
    if CONTROL.search(meant) or "\n" in meant or "\r" in meant:
        raise refusal(f"{name}={cited(text)} has control characters")
    return meant


def player_token(token: object) -> str:
    """A player's one-use token from the game, as it goes into a body. It is quoted in no error.

    Raises:
        InvalidParams: it is no text, has nothing in it, or characters that no token has.
    """
    if not isinstance(token, str):
        raise refusal(f"token is a text, not {type(token).__name__}")
    meant = visible(token[: LONGEST_WORD + 1]).strip().strip("\"'`").strip()
    if not meant or len(token) > LONGEST_WORD:
        raise refusal(f"token has {'nothing in it' if not meant else f'{len(token):,} characters'}")
    if not meant.isascii() or not meant.isprintable() or " " in meant:
        raise refusal("token has characters that no player's token has; copy it again")
    return meant


# Queries


def gathered(*sources: object) -> dict[str, Any]:
    """The parameters of several sources in one dict, a later one before an earlier; iterators are read once.

    Raises:
        InvalidParams: a source is no mapping.
    """
    params: dict[str, Any] = {}
    for source in sources:
        if source:
            params.update(mapping(source))
    for name, value in params.items():
        if hasattr(value, "__next__"):
            params[name] = listed(name, value)
    return params


def mapping(source: object) -> Mapping[str, Any]:
    """`source`, which must be a mapping.

    Raises:
        InvalidParams: it is none.
    """
    if not isinstance(source, Mapping):
        raise refusal(f"params is a dict of names and values, not {cited(source)}")
    return source


def query_pairs(params: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Names and values of the query that `params` are; None, ``""`` and empty lists are left out.

    Raises:
        InvalidParams: for a value that no query can hold, by its name.
    """
    return [(name, text) for name, value in params.items() for text in texts(name, value)]


def encoded_query(pairs: Iterable[tuple[str, str]]) -> str:
    """Names and values as a query, percent-encoded (application/x-www-form-urlencoded), in their order.

    Raises:
        InvalidParams: for text that has no UTF-8 form, by its name.
    """
    pairs = list(pairs)
    try:
        return urlencode(pairs)
    except UnicodeEncodeError as error:
        name = next(name for name, text in pairs if not encodable(name + text))
        raise refusal(f"{cited(name)} is not valid text: half of a surrogate pair is no character") from error


def encodable(text: str) -> bool:
    """Whether `text` has a UTF-8 form."""
    return not any("\ud800" <= character <= "\udfff" for character in text)


def texts(name: object, value: object) -> Iterable[str]:
    """A value as the API spells it; none where it is not given, several where the name is repeated.

    Raises:
        InvalidParams: name or value can be in no query.
    """
    if type(value) is str and 0 < len(value) <= LONGEST_QUERY and type(name) is str:  # as nearly always
        return (value,)
    if not isinstance(name, str):
        raise refusal(f"{cited(name)} is no name of a parameter: names are texts")
    if value is None or value == "":
        return ()
    if isinstance(value, Repeated):
        return value
    text = spelt(name, value)
    if text is None:
        text = ",".join(item_text(name, item) for item in listed(name, value))
    if len(text) > LONGEST_QUERY:
        raise refusal(f"{cited(name)} has {len(text):,} characters, more than {LONGEST_QUERY:,}")
    return (text,) if text else ()


def item_text(name: str, item: object) -> str:
    """An item of a list as the API spells it."""
    text = spelt(name, item)
    if not text:
        raise refusal(f"{cited(name)} has {cited(item)} in its list; items are numbers and texts")
    return text


def listed(name: str, value: object) -> tuple[object, ...]:
    """The items of a list, a set in an order of its own.

    Raises:
        InvalidParams: it is no list, or one of more than `MOST_ITEMS`.
    """
    if isinstance(value, Mapping | bytes | bytearray | memoryview) or not isinstance(value, Iterable):
        kind = type(value).__name__
        raise refusal(
            f"{cited(name)} is {cited(value)}: a {kind} is no number, text, truth value or list of them"
        )
    items = tuple(islice(value, MOST_ITEMS + 1))
    if len(items) > MOST_ITEMS:
        raise refusal(f"{cited(name)} has more than {MOST_ITEMS:,} items")
    return tuple(sorted(items, key=str)) if isinstance(value, set | frozenset) else items


def spelt(name: str, value: Any) -> str | None:
    """A number, text or truth value as the API spells it; None for anything else.

    A whole number has no point, of whatever type it is; a member of an enumeration is its value.

    Raises:
        InvalidParams: for numbers that are not finite, or too long to be written.
    """
    if isinstance(value, Enum):
        return spelt(name, value.value)
    if isinstance(value, str):
        return "".join(value)  # the text of a subclass, whatever its __str__ says
    if not any(hasattr(value, method) for method in NUMERIC) or isinstance(value, Iterable):
        return None
    value = value.item() if hasattr(value, "item") else value  # numpy's scalars know their Python value
    if isinstance(value, bool):
        return "true" if value else "false"
    try:
        if hasattr(value, "__index__"):
            return str(operator.index(value))
        return str(int(value)) if value == int(value) else str(float(value))
    except (TypeError, ValueError, OverflowError) as error:  # no number, infinite, more than 4,300 digits
        reraise(error)
        raise refusal(f"{cited(name)} is {cited(value)}, and must be a finite number") from None


def parsed_query(query: str) -> dict[str, str | Repeated]:
    """The parameters of an encoded query; a name that stands in it several times has all its values.

    Raises:
        InvalidParams: what is percent-encoded is no UTF-8.
    """
    found: dict[str, list[str]] = {}
    try:
        for name, value in parse_qsl(query, errors="strict"):
            found.setdefault(name, []).append(value)
    except ValueError as error:  # UnicodeDecodeError among them
        reraise(error)
        raise refusal(f"{cited(query)} is no query: {error}") from error
    return {name: values[0] if len(values) == 1 else Repeated(values) for name, values in found.items()}


def parsed_path(written: object) -> tuple[list[str], dict[str, str | Repeated]]:
    """The segments, decoded, and the parameters of a path such as ``/clans/#2PP/members?limit=5``.

    Raises:
        InvalidParams: it is no path below the base URL: an address, ``.`` or ``..`` in it, a fragment,
            control characters, percent-encoding that is no UTF-8.
    """
    if not isinstance(written, str):
        raise refusal(f"endpoint_path is a text such as '/clans/#2PP', not {cited(written)}")
    text = written.strip("\ufeff\u200b \t\r\n")
    path, _, query = text.partition("?")
    if len(text) > LONGEST_QUERY:
        raise refusal(f"endpoint_path has {len(text):,} characters, more than {LONGEST_QUERY:,}")
    if "://" in path or path.startswith(("//", "\\")):
        raise refusal(
            f"endpoint_path={cited(written)} is an address; write the path below the base URL alone"
        )
    if FRAGMENT.search(text):
        raise refusal(f"endpoint_path={cited(written)} has a #, which may only begin a tag")
    try:
        segments = [unquote(part, errors="strict") for part in path.split("/") if part]
    except UnicodeDecodeError as error:
        raise refusal(f"endpoint_path={cited(written)} is not valid text: {error}") from error
    for segment in segments:
        if segment in (".", "..") or CONTROL.search(segment) or not encodable(segment):
            raise refusal(f"endpoint_path={cited(written)}: {cited(segment)} cannot be part of a path")
    return segments, parsed_query(query)


AROUND = " \t\r\n\v\f\ufeff\u200b\u00a0"


def bare(said: str) -> str:
    """The text of a variable without what files and shells add: white space, a byte order mark, quotes."""
    said = said.strip(AROUND)
    if len(said) > 1 and said[0] == said[-1] and said[0] in "\"'":
        said = said[1:-1].strip(AROUND)
    return said
