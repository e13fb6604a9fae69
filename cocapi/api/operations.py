"""How a method of the API is written once and typed for both worlds.

An operation is a function that turns the caller's arguments into `Arguments`, whose type says what the answer
is, as a dict and as a model; the decorator says the rest: HTTP method, path template, allowed query.

    @operation("GET /clans/{clanTag}")
    def clan_tag(self, tag: str) -> Arguments[answers.Clan, models.Clan]:
        return Arguments({"clanTag": normal_tag(tag)})

On a synchronous client ``api.clan_tag`` is then a function ``(tag: str) -> answers.Clan``, on an asynchronous
one a coroutine function with the same answer; on ``api.models`` it is the model instead. `cocapi.api.methods`
makes these functions; to a checker an operation is a descriptor that gives them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import (
    TYPE_CHECKING,
    Any,
    ClassVar,
    Concatenate,
    Generic,
    ParamSpec,
    Protocol,
    Self,
    TypeAlias,
    TypedDict,
    TypeVar,
    get_args,
    overload,
)

from cocapi.api.words import read_id, read_tag
from cocapi.calls.address import mapping
from cocapi.calls.effects import Eventual
from cocapi.calls.messages import Request
from cocapi.errors import InvalidParams
from cocapi.text import cited

__all__ = [
    "PAGE_PARAMS",
    "Arguments",
    "Asynchronous",
    "AsynchronousModels",
    "EitherMode",
    "EitherModeModels",
    "Operation",
    "PageParams",
    "Synchronous",
    "SynchronousModels",
    "World",
    "normal_tag",
    "operation",
    "path_value",
]

P = ParamSpec("P")
D = TypeVar("D")
M = TypeVar("M")
T = TypeVar("T")

Promise: TypeAlias = Coroutine[object, None, T]
"""What a coroutine function returns; without an Any in it, for which mypy would give up on asyncio.gather."""

PAGE_PARAMS = ("limit", "after", "before")


class PageParams(TypedDict, total=False):
    """Which part of a list is wanted.

    Attributes:
        limit: How many items at most; without it the API sends all it has.
        after: A cursor of the answer's ``paging.cursors``, exclusive; one of the two.
        before: As `after`.

    None is as good as not given.
    """

    limit: int | None
    after: str | None
    before: str | None


@dataclass(slots=True)
class Arguments(Generic[D, M]):
    """What a caller's arguments mean for the request; the answer is a `D` as a dict, an `M` as a model.

    Attributes:
        path_params: By name in the template.
        params: The query, by the API's names or those of the method; None: none.
        more: What the method adds to `params`, and wins over; None: nothing.
        json: The body; None sends none.
        template: In place of the operation's own; None: the operation's own.
        model: As `template`.
        options: Added to the options of the call, by plugin name.
    """

    path_params: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, Any] | None = None
    more: Mapping[str, Any] | None = None
    json: Any = None
    template: str | None = None
    model: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class World:
    """What the methods of a class of clients are.

    Attributes:
        awaited: Whether they are coroutine functions.
        answers: The module that their answers are classes of: ``"answers"`` or ``"models"``.
    """

    awaited: bool
    answers: str


class Performer(Protocol):
    """What an operation asks of the client it is called on. The names leave the plain ones to subclasses."""

    def _request(self, operation: Operation[Any, Any, Any], arguments: Arguments[Any, Any]) -> Request:
        """The request that the arguments mean on this client."""
        ...

    def _perform(self, request: Request) -> Any:
        """Make the call: the answer itself, or an awaitable of it."""
        ...

    def _refuse(self, error: InvalidParams) -> Any:
        """Answer a call that cannot be made as `_perform` answers one that failed."""
        ...


class EitherMode(Performer):
    """Marks a client of which a checker does not know whether it is synchronous; its answers are dicts."""


class EitherModeModels(Performer):
    """Marks a client of which a checker does not know whether it is synchronous; its answers are models."""


class Synchronous(Performer):
    """Marks a client whose operations return their answers."""

    _world: ClassVar[World] = World(awaited=False, answers="answers")


class Asynchronous(Performer):
    """Marks a client whose operations return awaitables of their answers."""

    _world: ClassVar[World] = World(awaited=True, answers="answers")


class SynchronousModels(Performer):
    """Marks a client whose operations return models."""

    _world: ClassVar[World] = World(awaited=False, answers="models")


class AsynchronousModels(Performer):
    """Marks a client whose operations return awaitables of models."""

    _world: ClassVar[World] = World(awaited=True, answers="models")


class Operation(Generic[P, D, M]):
    """One operation of the API; in a class of clients `cocapi.api.methods.equip` makes a method of it.

    Attributes:
        name: The name of the method.
        method: Of HTTP, ``"GET"``.
        template: The path, ``"/clans/{clanTag}"``.
        query: The query parameters that the API knows for it; None: any.
        model: The name of its answer's model (``"Clan"``, ``"Page[ClanMember]"``); None: it has none.
    """

    def __init__(
        self,
        arguments: Callable[Concatenate[Any, P], Arguments[D, M]],
        call: str,
        query: tuple[str, ...] | None,
    ) -> None:
        self.__doc__ = arguments.__doc__
        self.arguments = arguments
        self.name: str = arguments.__name__
        self.__module__ = arguments.__module__
        self.__name__: str = arguments.__name__
        self.__qualname__: str = arguments.__qualname__
        self.method: str
        self.template: str
        self.method, self.template = call.split(" ")
        self.query = query
        self.model: str | None = model_in(arguments.__annotations__.get("return"))

    if TYPE_CHECKING:  # what the functions of cocapi.methods are; the answer is the class's own

        @overload
        def __get__(self, client: None, owner: type[Synchronous]) -> Callable[Concatenate[Any, P], D]: ...
        @overload
        def __get__(
            self, client: None, owner: type[Asynchronous]
        ) -> Callable[Concatenate[Any, P], Promise[D]]: ...
        @overload
        def __get__(
            self, client: None, owner: type[SynchronousModels]
        ) -> Callable[Concatenate[Any, P], M]: ...
        @overload
        def __get__(
            self, client: None, owner: type[AsynchronousModels]
        ) -> Callable[Concatenate[Any, P], Promise[M]]: ...
        @overload
        def __get__(self, client: None, owner: type) -> Self: ...
        @overload
        def __get__(self, client: Synchronous, owner: type) -> Callable[P, D]: ...
        @overload
        def __get__(self, client: Asynchronous, owner: type) -> Callable[P, Promise[D]]: ...
        @overload
        def __get__(self, client: SynchronousModels, owner: type) -> Callable[P, M]: ...
        @overload
        def __get__(self, client: AsynchronousModels, owner: type) -> Callable[P, Promise[M]]: ...
        @overload
        def __get__(self, client: EitherMode, owner: type) -> Callable[P, Eventual[D]]: ...
        @overload
        def __get__(self, client: EitherModeModels, owner: type) -> Callable[P, Eventual[M]]: ...
        def __get__(self, client: Any, owner: type) -> Any: ...

    def answer(self, world: World) -> object:
        """The type of its answer in a world, as an annotation: ``"models.Page[models.Clan]"``, or Any."""
        return re.sub(r"\w+", rf"{world.answers}.\g<0>", self.model) if self.model else Any

    def __call__(self, client: Performer, /, *args: P.args, **kwargs: P.kwargs) -> Any:
        """Call this operation on `client`."""
        try:
            request = self.request(client, *args, **kwargs)
        except InvalidParams as error:
            return client._refuse(error)
        return client._perform(request)

    def request(self, client: Performer, /, *args: P.args, **kwargs: P.kwargs) -> Request:
        """The request that calling this operation on `client` would send.

        Raises:
            InvalidParams: The arguments cannot be one.
        """
        try:
            arguments = self.arguments(client, *args, **kwargs)
            if arguments.params is not None or arguments.more is not None:
                self.check(arguments)
            request = client._request(self, arguments)
            _ = request.path, request.query  # what neither can hold is refused here, before anything happens
        except InvalidParams as error:
            error.operation, error.template = self.name, f"{self.method} {self.template}"
            raise
        return request

    def check(self, arguments: Arguments[D, M]) -> None:
        """Refuse a query that the API does not know for this operation.

        Raises:
            InvalidParams: Naming the parameter and the allowed ones.
        """
        if self.query is None:
            return
        for name in (*mapping(arguments.params), *mapping(arguments.more)):
            if name not in self.query:
                allowed = ", ".join(self.query) or "none"
                raise InvalidParams(
                    f"Invalid params for method {self.name}: {cited(name)} is unknown; allowed: {allowed}",
                    title="Invalid params for method",
                )


def operation(
    call: str, query: tuple[str, ...] | None = ()
) -> Callable[[Callable[Concatenate[Any, P], Arguments[D, M]]], Operation[P, D, M]]:
    """Make a function that returns `Arguments` an operation of the API.

    Args:
        call: HTTP method and path template, as the API's documentation writes them.
        query: See `Operation`.
    """

    def decorate(arguments: Callable[Concatenate[Any, P], Arguments[D, M]]) -> Operation[P, D, M]:
        return Operation(arguments, call, query)

    return decorate


def model_in(annotation: object) -> str | None:
    """The name of the model in the annotation of what an operation returns, which checkers read too:
    ``"Page[Clan]"`` for ``PageArguments[answers.Clan, models.Clan]``; None where it has none."""
    if not isinstance(annotation, str):
        _, model = get_args(annotation) or (Any, Any)
        return None if model is Any else getattr(model, "__name__", None)
    named = re.fullmatch(r"(Arguments|PageArguments)\[answers\.\w+, models\.(\w+)\]", annotation)
    if named is None:
        return None
    return named[2] if named[1] == "Arguments" else f"Page[{named[2]}]"


def normal_tag(tag: str, name: str = "") -> str:
    """A tag as the API writes it: ``"#2PP"`` for ``"2pp"``, ``" %232PP "``, ``"**# 2PP**"``.

    A tag is 1 to 32 letters and digits of ASCII. Tags have no letter O, so it is read as zero. What comes
    with copying is taken off: characters that cannot be seen, white space, quotes, brackets, emoji and
    punctuation on both sides; full-width letters are letters. A share link of the game means the tag in it.
    Among words (``"Cato (#2PP)"``) the tag is the one word that begins with ``#`` and has the letters of
    tags only (0289PYLQGRJCUV). The API is asked for whatever else has the form of a tag, and answers that
    there is no such thing.

    Args:
        name: The parameter, for the error; ``""``: it has none.

    Raises:
        InvalidParams: For anything but text, and for text in which no tag, or more than one, can be made out.
    """
    return read_tag(tag, name)


def path_value(name: str, value: str | int) -> str:
    """An id for a path, from text or a whole number of any integer type.

    Text loses what cannot be seen, and white space and quotes on both sides.

    Raises:
        InvalidParams: For anything else, for control characters and for more than 500 characters.
    """
    return read_id(name, value)
