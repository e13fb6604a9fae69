"""The methods of a client, made of the operations: a real function for each, in each class of clients.

    CocApi.clan_tag               def (self, tag, params=None) -> answers.Clan
    AsyncCocApi.clan_tag          async def (self, tag, params=None) -> answers.Clan
    AsyncCocApiModels.clan_tag    async def (self, tag, params=None) -> models.Clan

Whatever looks at functions (`inspect`, ``help()``, `unittest.mock`, tenacity, FastAPI) thus sees what a user
sees. The functions are made of text, as those of `dataclasses` are, because nothing else gives a function
parameters of its own; `linecache` knows the text, so tracebacks and `inspect.getsource` show it.
"""

from __future__ import annotations

import functools
import linecache
from collections.abc import Iterator
from contextlib import suppress
from importlib import import_module
from inspect import Parameter, Signature, signature
from types import CodeType, FunctionType, MethodType
from typing import Any, get_type_hints

from cocapi.api.operations import Operation, PageParams, World

__all__ = ["answers", "equip", "given", "models", "operation_of"]

MAKER = """\
def make(_call):
    {define} method{parameters}:{page_params}
        return {wait}_call({passed})
    return method
"""

PAGE_LINES = """
        _page = {}
        if limit is not None:
            _page["limit"] = limit
        if after is not None:
            _page["after"] = after
        if before is not None:
            _page["before"] = before"""

PAGE_KEYWORDS: list[Parameter] = [
    Parameter(name, Parameter.KEYWORD_ONLY, default=None, annotation=kind)
    for name, kind in get_type_hints(PageParams).items()
]
"""What ``**paging: Unpack[PageParams]`` stands for (PEP 692), written out"""


class Deferred:
    """A module that is imported when something is taken from it."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        return getattr(import_module(self._name), attribute)


answers: Deferred = Deferred("cocapi.answers")
models: Deferred = Deferred("cocapi.models")


def equip(kind: type) -> None:
    """Give a class of clients a method of its own world for each operation that it inherits.

    A method that the class or a base overrides with a function of its own is left alone.
    """
    world: World | None = getattr(kind, "_world", None)
    if world is None:
        return
    inherited = {name: value for base in reversed(kind.__mro__) for name, value in vars(base).items()}
    for name, value in inherited.items():
        operation = value if isinstance(value, Operation) else operation_in(value)
        if operation is not None and getattr(value, "world", None) != world:
            setattr(kind, name, method(operation, name, kind, world))


def operation_of(method: object) -> Operation[Any, Any, Any] | None:
    """The operation that a client's method calls; None for anything else."""
    return operation_in(method.__func__) if isinstance(method, MethodType) else None


def operation_in(function: object) -> Operation[Any, Any, Any] | None:
    """The operation of a function of this module; None for any other, one that wraps such a function too."""
    operation = getattr(function, "operation", None)
    ours = isinstance(operation, Operation) and not hasattr(function, "__wrapped__")
    return operation if ours else None


def method(operation: Operation[Any, Any, Any], name: str, kind: type, world: World) -> FunctionType:
    """The function that is `operation` in the class `kind`, under the name `name`.

    The annotation of its answer is a text, for naming a model would load pydantic. It is read where the
    operation is defined: those globals are the function's.
    """
    scope: dict[str, Any] = {}
    exec(compiled(text(operation, world.awaited)), operation.arguments.__globals__, scope)  # noqa: S102  # our own text
    function: FunctionType = scope["make"](operation.__call__)
    parameters = written_out(operation)
    function.__code__ = function.__code__.replace(co_name=name)  # what a traceback says
    function.__name__, function.__qualname__ = name, f"{kind.__qualname__}.{name}"
    function.__module__, function.__doc__ = kind.__module__, operation.__doc__
    function.__defaults__ = operation.arguments.__defaults__
    function.__kwdefaults__ = {
        entry.name: entry.default
        for entry in parameters
        if entry.kind is Parameter.KEYWORD_ONLY and entry.default is not Parameter.empty
    }
    function.__annotations__ = {
        entry.name: entry.annotation for entry in parameters if entry.annotation is not Parameter.empty
    } | {"return": operation.answer(world)}
    function.__dict__.update(operation=operation, world=world)
    return function


@functools.lru_cache(128)
def text(operation: Operation[Any, Any, Any], awaited: bool) -> str:
    """What makes the function, by its parameters. They are bare: defaults and annotations are given to the
    function as they are."""
    bare = [
        entry.replace(default=Parameter.empty, annotation=Parameter.empty) for entry in written_out(operation)
    ]
    paged = any(map(is_page_params, signature(operation.arguments).parameters.values()))
    return MAKER.format(
        define="async def" if awaited else "def",
        wait="await " if awaited else "",
        parameters=Signature(bare),
        page_params=PAGE_LINES if paged else "",
        passed=", ".join(passed(operation)),
    )


@functools.cache
def compiled(text: str) -> CodeType:
    """The code of a text; operations with the same parameters share it."""
    place = f"<cocapi.methods {compiled.cache_info().currsize}>"
    linecache.cache[place] = (len(text), None, text.splitlines(keepends=True), place)
    return compile(text, place, "exec")


@functools.lru_cache(64)
def written_out(operation: Operation[Any, Any, Any]) -> tuple[Parameter, ...]:
    """The parameters of an operation, its cursors among them by name, annotated with types rather than texts:
    pydantic reads a text in the module of the class, where it may mean nothing."""
    parameters: list[Parameter] = []
    for entry in signature(operation.arguments).parameters.values():
        if is_page_params(entry):
            parameters += PAGE_KEYWORDS
        else:
            parameters.append(evaluated(entry, operation.arguments.__globals__))
    return tuple(parameters)


def evaluated(entry: Parameter, namespace: dict[str, Any]) -> Parameter:
    """A parameter whose annotation is a type, unless it names what is there for checkers alone."""
    if not isinstance(entry.annotation, str):
        return entry
    with suppress(NameError, AttributeError):
        return entry.replace(annotation=eval(entry.annotation, namespace))  # noqa: S307  # a line of the module
    return entry


def passed(operation: Operation[Any, Any, Any]) -> Iterator[str]:
    """The arguments of the call that hands each parameter on."""
    for entry in signature(operation.arguments).parameters.values():
        match entry.kind:
            case Parameter.VAR_POSITIONAL:
                yield f"*{entry.name}"
            case Parameter.KEYWORD_ONLY:
                yield f"{entry.name}={entry.name}"
            case Parameter.VAR_KEYWORD if is_page_params(entry):
                yield "**_page"
            case Parameter.VAR_KEYWORD:
                yield f"**{entry.name}"
            case _:
                yield entry.name


def is_page_params(entry: Parameter) -> bool:
    """Whether a parameter takes the keywords of `PageParams`."""
    return bool(entry.annotation == "Unpack[PageParams]")


def given(**keywords: Any) -> dict[str, Any]:
    """The keywords that are not None."""
    return {name: value for name, value in keywords.items() if value is not None}
