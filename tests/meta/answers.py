"""Writes cocapi/answers.py, the answers as typed dicts, from the models. ``python tests/meta/answers.py``"""

from __future__ import annotations

import importlib
import inspect
import re
import sys
import types
from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from cocapi.api.endpoints import Operations
from cocapi.api.operations import Operation
from cocapi_models.base import Model
from cocapi_models.page import Page

TARGET = Path(__file__).parents[2] / "cocapi" / "answers.py"

HEAD = '''"""The answers of the API as typed dicts: what the methods return, to a checker.

Each is the model of the same name (`cocapi.models`, where the fields are explained) in the wire's own names.
A key that is `NotRequired` is missing from some answers. Times are texts.

Written by tests/meta/answers.py; do not edit.
"""

from __future__ import annotations

import sys
from typing import Generic, Literal, NotRequired, TypeVar

if sys.version_info >= (3, 12):
    from typing import TypedDict
else:
    from typing_extensions import TypedDict  # pydantic, and so FastAPI, take no other there

T = TypeVar("T")


class Answer(TypedDict, total=False):
    """What every answer may have instead of its own keys: the error dict of a call that failed.

    Attributes:
        result: ``"error"``; to be asked for with ``answer.get("result") == "error"``.
        message: See `cocapi.CocApiError.as_dict`. ``status_code`` is also in other answers when asked for.
        error_type: As `message`.
        status_code: As `message`.
        reason: As `message`.
        http_status: As `message`.
    """

    result: Literal["error"]
    message: str
    error_type: str
    status_code: int
    reason: str
    http_status: int
'''


def text() -> str:
    """The whole module."""
    classes = list(models())
    exported = ["Answer", *(kind.__name__ for kind in classes)]
    listed = "".join(f'    "{name}",\n' for name in sorted(exported))
    return HEAD.replace("\nT = TypeVar", f"\n__all__ = [\n{listed}]\n\nT = TypeVar") + "".join(
        f"\n\n{definition(kind)}" for kind in classes
    )


def models() -> Iterator[type[Model]]:
    """Every model, parts before what they are parts of."""
    done: set[type[Model]] = set()

    def visit(kind: type[Model]) -> Iterator[type[Model]]:
        if kind in done:
            return
        done.add(kind)
        for part in [*kind.__bases__, *parts(kind)]:
            if isinstance(part, type) and issubclass(part, Model) and part is not Model:
                yield from visit(part)
        yield kind

    yield from visit(Page)
    for name in sorted(answered()):
        module = importlib.import_module("cocapi_models.names")
        yield from visit(getattr(module, name))


def answered() -> set[str]:
    """The names of the models in what the operations answer."""
    operations = [value for value in vars(Operations).values() if isinstance(value, Operation)]
    return {name for operation in operations for name in re.findall(r"\w+", operation.model or "")}


def answers() -> set[str]:
    """The names of the models that are whole answers."""
    operations = [value for value in vars(Operations).values() if isinstance(value, Operation)]
    return {operation.model.partition("[")[0] for operation in operations if operation.model}


def parts(kind: type[Model]) -> Iterator[Any]:
    """The models that a model's fields are made of."""

    def inside(annotation: Any) -> Iterator[Any]:
        yield annotation
        for argument in get_args(annotation):
            yield from inside(argument)

    for field in kind.model_fields.values():
        yield from inside(field.annotation)


def definition(kind: type[Model]) -> str:
    """The typed dict of a model."""
    bases = [base.__name__ for base in kind.__bases__ if issubclass(base, Model) and base is not Model]
    if kind.__name__ in answers():
        bases.append("Answer")
    if kind is Page:
        bases = ["Answer", "Generic[T]"]
    inherited = {name for base in kind.__bases__ for name in getattr(base, "model_fields", {})}
    lines = [
        f"    {field.alias}: {key(field)}"
        for name, field in kind.model_fields.items()
        if name not in inherited
    ]
    summary = re.split(r"[:.]", " ".join((inspect.getdoc(kind) or "").split()))[0] + "."
    head = f'class {kind.__name__}({", ".join(bases or ["TypedDict"])}):\n    """{summary}"""\n\n'
    return head + "\n".join(lines) + "\n"


def key(field: FieldInfo) -> str:
    """The type of a key, and whether it may be missing."""
    spelt = spelled(field.annotation)
    return spelt if field.is_required() else f"NotRequired[{spelt}]"


def spelled(annotation: Any) -> str:
    """A field's type as the decoded JSON has it."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return spelled(arguments[0])
    if origin in (Union, types.UnionType):
        return " | ".join(dict.fromkeys(map(spelled, arguments))).replace("int | float", "float")
    if origin is tuple:
        return f"list[{spelled(arguments[0])}]"
    if isinstance(annotation, TypeVar):
        return annotation.__name__
    if annotation is type(None):
        return "None"
    if issubclass(annotation, StrEnum | datetime):
        return "str"
    return str(annotation.__name__)


if __name__ == "__main__":
    sys.stdout.write(f"writing {TARGET}\n")
    TARGET.write_text(text(), encoding="utf-8")
