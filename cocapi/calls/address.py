"""The address of a request: path templates with values in their places, and queries.

What is plainly meant is written as the API writes it; what cannot be meant is refused by name, before
anything is sent (RFC 3986).
"""

from __future__ import annotations

import operator
import re
from collections.abc import Iterable, Mapping
from enum import Enum
from itertools import islice
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode

from cocapi.errors import InvalidParams
from cocapi.interrupts import reraise
from cocapi.text import cited

__all__ = [
    "CONTROL",
    "Repeated",
    "encodable",
    "encoded_query",
    "gathered",
    "literal_template",
    "mapping",
    "parsed_path",
    "parsed_query",
    "query_pairs",
    "refusal",
    "segment",
    "spelt",
    "template_of",
]

LONGEST_QUERY = 8000
"""Characters of a path or a value of a query: as much as a server must take (RFC 9112 section 3)."""

MOST_ITEMS = 1000
"""Items of a list in a query."""

CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]")

FRAGMENT = re.compile(r"[^/=,]#")
"""A ``#`` that does not begin a segment or a value, as that of a tag does."""

NUMERIC = ("__index__", "__float__")


class Repeated(tuple[str, ...]):
    """The values of a name that stands several times in a query: ``a=1&a=2``, where a list is ``a=1,2``."""

    __slots__ = ()


def refusal(what: str) -> InvalidParams:
    """The error of arguments that cannot be a request; `what` says which, and why."""
    return InvalidParams(f"Invalid params for method: {what}")


# Queries


def gathered(*sources: object) -> dict[str, Any]:
    """The parameters of several sources in one dict, a later one before an earlier; iterators are read once.

    Raises:
        InvalidParams: A source is no mapping.
    """
    params: dict[str, Any] = {}
    for source in sources:
        params.update(mapping(source))
    for name, value in params.items():
        if hasattr(value, "__next__"):
            params[name] = listed(name, value)
    return params


def mapping(source: object) -> Mapping[str, Any]:
    """`source`, which must be a mapping; None and empty texts and lists are one without names.

    Raises:
        InvalidParams: It is none.
    """
    if source is None:
        return {}
    if type(source) is dict or isinstance(source, Mapping):  # nearly always a dict; an ABC takes its time
        return source
    if isinstance(source, str | list | tuple | set) and not source:
        return {}
    raise refusal(f"params is a dict of names and values, not {cited(source)}")


def query_pairs(params: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Names and values of the query that `params` are; None, ``""`` and empty lists are left out.

    Raises:
        InvalidParams: For a value that no query can hold, by its name.
    """
    return [(name, text) for name, value in params.items() for text in texts(name, value)]


def encoded_query(pairs: Iterable[tuple[str, str]]) -> str:
    """Names and values as a query, percent-encoded (application/x-www-form-urlencoded), in their order.

    Raises:
        InvalidParams: For text that has no UTF-8 form, by its name.
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
        InvalidParams: Name or value can be in no query.
    """
    if type(value) is str and 0 < len(value) <= LONGEST_QUERY and type(name) is str:  # as nearly always
        return (value,)
    if not isinstance(name, str):
        raise refusal(f"{cited(name)} is no name of a parameter: names are texts")
    if value is None:
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
        InvalidParams: It is no list, or one of more than `MOST_ITEMS`.
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
        InvalidParams: For numbers that are not finite, or too long to be written.
    """
    if isinstance(value, Enum):
        return spelt(name, value.value)
    if isinstance(value, str):
        return "".join(value)  # the text of a subclass, whatever its __str__ says
    if not any(hasattr(value, method) for method in NUMERIC) or is_array(value):
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


def is_array(value: object) -> bool:
    """Whether it is a list of numbers; an array of numpy's without a dimension is one number."""
    return isinstance(value, Iterable) and getattr(value, "shape", None) != ()


def parsed_query(query: str) -> dict[str, str | Repeated]:
    """The parameters of an encoded query; a name that stands in it several times has all its values.

    Raises:
        InvalidParams: What is percent-encoded is no UTF-8.
    """
    found: dict[str, list[str]] = {}
    try:
        for name, value in parse_qsl(query, errors="strict"):
            found.setdefault(name, []).append(value)
    except ValueError as error:  # UnicodeDecodeError among them
        reraise(error)
        raise refusal(f"{cited(query)} is no query: {error}") from error
    return {name: values[0] if len(values) == 1 else Repeated(values) for name, values in found.items()}


# Paths


def parsed_path(written: object) -> tuple[list[str], dict[str, str | Repeated]]:
    """The segments, decoded, and the parameters of a path such as ``/clans/#2PP/members?limit=5``.

    Raises:
        InvalidParams: It is no path below the base URL: an address, ``.`` or ``..`` in it, a fragment,
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


def segment(name: str, value: str) -> str:
    """`value` percent-encoded so that it stays one path segment (RFC 3986 section 3.3).

    Raises:
        InvalidParams: For an empty value, for ``.`` and ``..`` (URL libraries resolve them even when
            they are percent-encoded) and for text that has no UTF-8 form.
    """
    if value.isalnum() and value.isascii():
        return value
    if value[:1] == "#" and value[1:].isalnum() and value.isascii():
        return f"%23{value[1:]}"  # a tag, as nearly always
    if value in ("", ".", ".."):
        raise InvalidParams(f"Invalid params for method: {name}={value!r} cannot be part of a path")
    try:
        return quote(value, safe="")
    except UnicodeEncodeError as error:
        raise InvalidParams(f"Invalid params for method: {name} is not valid text") from error


def literal_template(path: str) -> tuple[str, dict[str, str]]:
    """A path, percent-encoded or not, as a template and the values in it.

    Raises:
        InvalidParams: See `parsed_path`.
    """
    return template_of(parsed_path(path)[0])


def template_of(segments: Iterable[str]) -> tuple[str, dict[str, str]]:
    """The template and values of a path of these segments, which are not percent-encoded.

    Segments that are tags or numbers become ``{tag}`` and ``{id}``, so no metric ever sees them.
    """
    template, values = "", dict[str, str]()
    for part in segments:
        name = variable(part)
        if name:
            name += str(len(values) or "")
            values[name] = part
        template += "/{" + name + "}" if name else f"/{part}"
    return template or "/", values


def variable(part: str) -> str:
    """The name for a path segment that is a value rather than a word of the API; ``""`` for a word."""
    if part.startswith("#"):
        return "tag"
    if part.isdigit():
        return "id"
    return "" if re.fullmatch(r"[\w.~-]+", part, re.ASCII) else "value"
