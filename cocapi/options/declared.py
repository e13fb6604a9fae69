"""What a class of options declares: the fields of a dataclass, or of a pydantic model, which is not imported
here."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from typing import Annotated, Any, get_args, get_type_hints
from weakref import WeakKeyDictionary

from cocapi.compat.settings import front_of
from cocapi.options.kinds import Kind, kind_of
from cocapi.options.marks import HIDDEN, Secret
from cocapi.text import cited

__all__ = ["REQUIRED", "NoOptions", "Option", "declared", "is_declaration", "meanings", "table", "variable"]

REQUIRED: Any = type("Required", (), {"__repr__": lambda self: "required"})()
"""Stands for the default of an option that has none."""


@dataclass(frozen=True)
class NoOptions:
    """What a plugin declares that has no options, so that whatever it is given is refused."""


class Option:
    """One option.

    Attributes:
        name: As in code and in TOML.
        kind: What it may be.
        default: What it is when nobody gives it; `REQUIRED`: somebody must.
        secret: Whether its value is shown nowhere.
    """

    __slots__ = ("default", "kind", "name", "secret")

    def __init__(self, name: str, kind: Kind, default: Any, secret: bool) -> None:
        self.name: str = name
        self.kind: Kind = kind
        self.default: Any = default
        self.secret: bool = secret


def is_declaration(kind: object) -> bool:
    """Whether `kind` is a class that declares options."""
    return isinstance(kind, type) and (is_dataclass(kind) or hasattr(kind, "model_fields"))


KNOWN: WeakKeyDictionary[type, dict[str, Option]] = WeakKeyDictionary()
"""By class, the options that were found in it."""


def declared(options: type) -> Mapping[str, Option]:
    """The options of a class by name, in its order.

    Raises:
        TypeError: It is neither a dataclass nor a pydantic model, or a secret is no text.
        NameError: An annotation names what cannot be found.
    """
    if options not in KNOWN:
        KNOWN[options] = {option.name: option for option in found_in(options)}
    return KNOWN[options]


def found_in(options: Any) -> Iterator[Option]:
    if not is_declaration(options):
        raise TypeError(f"{cited(options)} is neither a dataclass nor a pydantic model")
    if hasattr(options, "model_fields"):
        yield from (of_model(name, entry) for name, entry in options.model_fields.items())
        return
    hints = get_type_hints(options, include_extras=True)
    yield from (of_dataclass(entry, hints[entry.name]) for entry in fields(options) if entry.init)


def of_dataclass(entry: Field[Any], annotation: Any) -> Option:
    default = entry.default
    if entry.default_factory is not MISSING:
        default = entry.default_factory()
    secret = bool(entry.metadata.get("secret")) or hides(annotation)
    if secret and str not in (annotation, *members(annotation)):
        raise TypeError(f"the option {entry.name} is marked secret and is no text")
    return Option(entry.name, kind_of(annotation), REQUIRED if default is MISSING else default, secret)


def of_model(name: str, entry: Any) -> Option:
    """An option of a pydantic model, by its ``FieldInfo``."""
    marks = tuple(entry.metadata)
    annotation = Annotated[(entry.annotation, *marks)] if marks else entry.annotation
    default = REQUIRED if entry.is_required() else entry.get_default(call_default_factory=True)
    return Option(name, kind_of(annotation), default, hides(annotation))


def members(annotation: Any) -> list[Any]:
    """The types and marks that an annotation is made of."""
    parts = [*get_args(annotation), *getattr(annotation, "__metadata__", ())]
    return [*parts, *(inner for part in parts for inner in members(part))]


def hides(annotation: Any) -> bool:
    """Whether an annotation has the mark `Secret`, or a secret type of pydantic."""
    return any(
        part is Secret or isinstance(part, Secret) or hasattr(part, "get_secret_value")
        for part in (annotation, *members(annotation))
    )


def variable(plugin: str, option: str) -> str:
    """The environment variable of an option: ``COCAPI_RETRY_BUDGET``."""
    return f"COCAPI_{plugin}_{option}".upper().replace("-", "_").replace(".", "_")


ENTRY = re.compile(r"    (?P<names>\w+(?:, \w+)*)(?: \([^)]*\))?: *(?P<words>.*)")
"""The first line of an entry in a section of a Google docstring."""


def meanings(options: type) -> dict[str, str]:
    """By option, what the docstring says of it under ``Attributes:`` or ``Args:``, or a pydantic field's
    description."""
    words: dict[str, str] = {
        name: entry.description or "" for name, entry in getattr(options, "model_fields", {}).items()
    }
    names: list[str] = []
    for line in (inspect.getdoc(options) or "").splitlines():
        if entry := ENTRY.fullmatch(line):
            names = entry["names"].split(", ")
            words |= dict.fromkeys(names, entry["words"])
        elif line.startswith("        ") and names:
            words |= {name: f"{words[name]} {line.strip()}" for name in names}
        elif not line.startswith("    "):
            names = []
    return words


def table(options: type, plugin: str) -> str:
    """The table of a plugin's options as its reference page has it, in Markdown.

    A column more names the settings of `ApiConfig` that are the same, where there are such.
    """
    words, fields = meanings(options), front_of(plugin)
    rows = [["option", "default", "allowed", "", "field of ApiConfig"]]
    for option in declared(options).values():
        default = "" if option.default is REQUIRED else f"`{HIDDEN if option.secret else option.default!r}`"
        meaning = words.get(option.name, "").replace("``", "`")
        field = f"`{fields[option.name]}`" if option.name in fields else ""
        rows.append([f"`{option.name}`", default, option.kind.words, meaning, field])
    columns = 5 if fields else 4
    lines = [f"| {' | '.join(cell.replace('|', '&#124;') for cell in row[:columns])} |" for row in rows]
    return "\n".join([lines[0], "|" + "---|" * columns, *lines[1:]])
