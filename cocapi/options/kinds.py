"""What a setting may be, worked out from its annotation: in words, and as two ways of reading it.

A value written in code or in TOML is read as it stands, but for a list that becomes a tuple and a text that
becomes a path or a member of an enumeration. A variable's text is parsed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from enum import Enum
from os import PathLike
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from cocapi.options.marks import Allowed

__all__ = ["Kind", "Unfit", "kind_of"]


class Unfit(ValueError):
    """A value that the setting may not have."""


class Kind:
    """What a setting may be.

    Attributes:
        words: What is allowed, as the sentence "it must be …" goes on.
        read: Makes the setting's value of one that code or TOML gives; raises `Unfit`.
        parse: Makes it of a variable's text; raises `Unfit`.
    """

    __slots__ = ("parse", "read", "words")

    def __init__(self, words: str, read: Callable[[Any], Any], parse: Callable[[str], Any]) -> None:
        self.words: str = words
        self.read: Callable[[Any], Any] = read
        self.parse: Callable[[str], Any] = parse


def kind_of(annotation: Any) -> Kind:
    """The kind that an annotation means. What is no type at all allows anything."""
    annotation = getattr(annotation, "__value__", annotation)  # of a `type` statement
    annotation = getattr(annotation, "__supertype__", annotation)  # of a NewType
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return marked(kind_of(arguments[0]), annotation.__metadata__)
    if origin in (Union, UnionType):
        return either([kind_of(argument) for argument in arguments])
    if origin is Literal:
        return one_of({str(value): value for value in arguments}, arguments)
    if origin in ITEMS and arguments and arguments[1:] in ((), (...,)):
        return listed(ITEMS[origin], kind_of(arguments[0]))
    if origin in (dict, Mapping):
        return table(kind_of(arguments[1]))
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return member(annotation)
    if annotation is Callable or origin is Callable:
        return Kind("a function", must(callable), nothing)
    return PLAIN.get(annotation) or instance(origin or annotation)


def must(fits: Callable[[Any], bool]) -> Callable[[Any], Any]:
    """A reader that gives what fits as it is."""

    def read(value: Any) -> Any:
        if not fits(value):
            raise Unfit
        return value

    return read


def nothing(text: str) -> Any:
    """Parse a text where none means anything."""
    raise Unfit


def whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def number(value: object) -> bool:
    """A finite number; a bool is none."""
    return whole(value) or (isinstance(value, float) and math.isfinite(value))


WORDS = {
    **dict.fromkeys(("1", "true", "t", "yes", "y", "on"), True),
    **dict.fromkeys(("0", "false", "f", "no", "n", "off"), False),
}
"""Truth values as people write them in variables."""


def parsed_truth(text: str) -> bool:
    if text.lower() not in WORDS:
        raise Unfit
    return WORDS[text.lower()]


def parsed_whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise Unfit from None


def parsed_number(text: str) -> float:
    try:
        return parsed_whole(text)
    except Unfit:
        return parsed_float(text)


def parsed_float(text: str) -> float:
    try:
        return must(number)(float(text))  # type: ignore[no-any-return]  # what it was given
    except ValueError:
        raise Unfit from None


def parsed_none(text: str) -> None:
    if text.lower() != "none":
        raise Unfit


def read_text(value: object) -> str:
    if not isinstance(value, str):
        raise Unfit
    return str(value)  # plain, also of a subclass


def read_path(value: object) -> Path:
    """A path; a ``~`` at its beginning is the home directory, since no shell has seen it."""
    if not isinstance(value, str | PathLike) or not str(value):
        raise Unfit
    try:
        return Path(value).expanduser()
    except RuntimeError:
        raise Unfit from None


ANYTHING = Kind("anything", must(lambda value: True), str)

PLAIN: dict[Any, Kind] = {
    bool: Kind("True or False", must(lambda value: isinstance(value, bool)), parsed_truth),
    int: Kind("a whole number", must(whole), parsed_whole),
    float: Kind("a number", must(number), parsed_number),
    str: Kind("a text", read_text, read_text),
    Path: Kind("a path", read_path, read_path),
    None: Kind("None", must(lambda value: value is None), parsed_none),
    NoneType: Kind("None", must(lambda value: value is None), parsed_none),
    Any: ANYTHING,
    object: ANYTHING,
}

ITEMS: dict[Any, Callable[[Iterable[Any]], Collection[Any]]] = {
    tuple: tuple,
    list: list,
    set: set,
    frozenset: frozenset,
    Sequence: tuple,
    Collection: tuple,
}


def listed(gather: Callable[[Iterable[Any]], Collection[Any]], item: Kind) -> Kind:
    """A list, in a variable with commas between."""

    def read(value: object) -> Collection[Any]:
        if not isinstance(value, list | tuple | set | frozenset):
            raise Unfit
        return gather(item.read(entry) for entry in value)

    def parse(text: str) -> Collection[Any]:
        return gather(item.parse(entry.strip()) for entry in text.split(",") if entry.strip())

    return Kind(f"a list, each item {item.words}", read, parse)


def table(value_kind: Kind) -> Kind:
    """A table by name, for which there is no variable."""

    def read(value: object) -> dict[str, Any]:
        if not isinstance(value, Mapping) or not all(isinstance(name, str) for name in value):
            raise Unfit
        return {name: value_kind.read(entry) for name, entry in value.items()}

    return Kind(f"a table, each value {value_kind.words}", read, nothing)


def one_of(by_text: Mapping[str, Any], allowed: tuple[Any, ...]) -> Kind:
    """One of some values, told from others that are equal, as True is to 1."""

    def read(value: object) -> Any:
        for choice in allowed:
            if type(choice) is type(value) and choice == value:
                return choice
        return parse(value) if isinstance(value, str) and value in allowed else nothing("")

    def parse(text: str) -> Any:
        if text not in by_text:
            raise Unfit
        return by_text[text]

    quoted = [f'"{choice}"' if isinstance(choice, str) else repr(choice) for choice in allowed]
    return Kind(quoted[0] if len(quoted) == 1 else f"one of {', '.join(quoted)}", read, parse)


def member(enumeration: type[Enum]) -> Kind:
    """A member of an enumeration, or its value."""
    by_value = one_of(
        {str(each.value): each for each in enumeration}, tuple(each.value for each in enumeration)
    )

    def read(value: object) -> Enum:
        return value if isinstance(value, enumeration) else enumeration(by_value.read(value))

    return Kind(by_value.words, read, by_value.parse)


def instance(kind: Any) -> Kind:
    """Something that is made in code: an object of a class, or with what a runtime protocol asks for."""
    unchecked = getattr(kind, "_is_protocol", False) and not getattr(kind, "_is_runtime_protocol", False)
    if unchecked or not isinstance(kind, type):
        return ANYTHING
    article = "an" if kind.__name__[0] in "AEIOU" else "a"
    return Kind(f"{article} {kind.__name__}", must(lambda value: isinstance(value, kind)), nothing)


def either(kinds: list[Kind]) -> Kind:
    """The first of some kinds that takes a value. Of a variable, a text is what is nothing else."""
    in_turn = sorted(kinds, key=lambda kind: (kind.parse is read_text) + 2 * (kind.parse is parsed_none))

    def first(value: Any, ways: list[Callable[[Any], Any]]) -> Any:
        for way in ways:
            try:
                return way(value)
            except Unfit:
                continue
        raise Unfit

    reads, parses = [kind.read for kind in kinds], [kind.parse for kind in in_turn]
    return Kind(
        ", or ".join(kind.words for kind in kinds),
        lambda value: first(value, reads),
        lambda text: first(text, parses),
    )


def marked(kind: Kind, marks: tuple[Any, ...]) -> Kind:
    """`kind` with the bounds and tests of its marks."""
    bounds = {
        name: bound for name in BOUNDS for mark in marks if (bound := getattr(mark, name, None)) is not None
    }
    unit = next((mark.unit for mark in marks if getattr(mark, "unit", None)), None)
    tests = [test for mark in marks if (test := getattr(mark, "fits", getattr(mark, "func", None)))]
    words = kind.words + (f" of {unit}" if unit else "") + bounds_in_words(**bounds)
    for mark in marks:
        words = mark.words if isinstance(mark, Allowed) else words

    def fitting(value: Any) -> Any:
        inside = not number(value) or all(BOUNDS[name](value, bound) for name, bound in bounds.items())
        if not inside or not all(test(value) for test in tests):
            raise Unfit
        return value

    if not bounds and not tests:
        return Kind(words, kind.read, kind.parse)
    return Kind(words, lambda value: fitting(kind.read(value)), lambda text: fitting(kind.parse(text)))


BOUNDS: dict[str, Callable[[Any, Any], bool]] = {
    "ge": lambda value, bound: value >= bound,
    "gt": lambda value, bound: value > bound,
    "le": lambda value, bound: value <= bound,
    "lt": lambda value, bound: value < bound,
}


def bounds_in_words(
    ge: float | None = None, gt: float | None = None, le: float | None = None, lt: float | None = None
) -> str:
    """``", 1 or more and 10**12 at most"``, ``" from 1 to 10"``, ``" above 0"``; ``""``: no bounds."""
    if ge is not None and le is not None and le <= 1000:
        return f" from {spelt(ge)} to {spelt(le)}"
    words = f" above {spelt(gt)}" if gt is not None else ""
    low = f"{spelt(ge)} or more" if ge is not None else ""
    high = f"{spelt(le)} at most" if le is not None else f"below {spelt(lt)}" if lt is not None else ""
    rest = " and ".join(filter(None, (low, high)))
    return f"{words}, {rest}" if rest else words


def spelt(bound: float) -> str:
    """A bound as people write it: ``10**12``, ``0.000001``."""
    exponent = len(str(bound)) - 1
    if isinstance(bound, int):
        return f"10**{exponent}" if exponent > 9 and bound == 10**exponent else str(bound)
    return f"{bound:f}".rstrip("0").rstrip(".")
