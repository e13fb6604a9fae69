"""Operations of several calls: a flow that makes calls, written once, as a method in both modes.

    class Wars(CocApi):
        @composite
        def current_war(self, tag: str) -> Flow[answers.ClanWar]:
            war = yield from call(self.clan_current_war, tag)
            …

On a synchronous client the method returns what the flow returns, on an asynchronous one an awaitable of it.
It raises where a call in it fails, as `paginate` does: what it answers is its author's, and may have no place
for an error dict.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import update_wrapper, wraps
from inspect import signature
from types import MethodType
from typing import TYPE_CHECKING, Any, Concatenate, Generic, ParamSpec, TypeAlias, TypeVar, get_args, overload

from cocapi.api.operations import (
    Asynchronous,
    AsynchronousModels,
    EitherMode,
    EitherModeModels,
    Synchronous,
    SynchronousModels,
)
from cocapi.calls.effects import Eventual, Flow

__all__ = ["Composite", "Either", "Namespace", "composite"]

P = ParamSpec("P")
T = TypeVar("T")
D = TypeVar("D")
M = TypeVar("M")
C_co = TypeVar("C_co", covariant=True)

Blocking: TypeAlias = Synchronous | SynchronousModels
Awaited: TypeAlias = Asynchronous | AsynchronousModels


class Either(Generic[D, M]):
    """To a type checker, what a composite returns that serves dicts and models alike: a `D` on a client, an
    `M` on its ``api.models``. There are no instances.

        @composite
        def current_war(api: AnyCocApi, tag: str) -> Flow[Either[answers.ClanWar, models.ClanWar]]: ...
    """


class Composite(Generic[P, T]):
    """A method of several calls, of a client class or of a `Namespace`; `composite` makes it.

    Attributes:
        flow: The function that gives the flow, as it was written.
    """

    def __init__(self, flow: Callable[Concatenate[Any, P], Flow[T]]) -> None:
        self.flow = flow

        @wraps(flow)
        def blocking(owner: Any, /, *args: P.args, **keywords: P.kwargs) -> T:
            return owner._run(flow(owner, *args, **keywords))  # type: ignore[no-any-return]  # the owner's mode

        @wraps(flow)
        async def awaited(owner: Any, /, *args: P.args, **keywords: P.kwargs) -> T:
            return await owner._run(flow(owner, *args, **keywords))  # type: ignore[no-any-return]

        shown = signature(flow)
        shown = shown.replace(return_annotation=result_of(shown.return_annotation))
        for function in (blocking, awaited):
            function.__dict__.update(flow=flow, __signature__=shown)
        self.blocking: Callable[..., T] = blocking
        self.awaited: Callable[..., Coroutine[object, None, T]] = awaited
        update_wrapper(self, blocking)

    if TYPE_CHECKING:

        @overload
        def __get__(self, owner: None, kind: type) -> Composite[P, T]: ...
        @overload
        def __get__(
            self: Composite[P, Either[D, M]], owner: Synchronous | Namespace[Synchronous], kind: type
        ) -> Callable[P, D]: ...
        @overload
        def __get__(
            self: Composite[P, Either[D, M]],
            owner: SynchronousModels | Namespace[SynchronousModels],
            kind: type,
        ) -> Callable[P, M]: ...
        @overload
        def __get__(
            self: Composite[P, Either[D, M]], owner: Asynchronous | Namespace[Asynchronous], kind: type
        ) -> Callable[P, Coroutine[object, None, D]]: ...
        @overload
        def __get__(
            self: Composite[P, Either[D, M]],
            owner: AsynchronousModels | Namespace[AsynchronousModels],
            kind: type,
        ) -> Callable[P, Coroutine[object, None, M]]: ...
        @overload
        def __get__(
            self: Composite[P, Either[D, M]], owner: EitherMode | Namespace[EitherMode], kind: type
        ) -> Callable[P, Eventual[D]]: ...
        @overload
        def __get__(
            self: Composite[P, Either[D, M]],
            owner: EitherModeModels | Namespace[EitherModeModels],
            kind: type,
        ) -> Callable[P, Eventual[M]]: ...
        @overload
        def __get__(self, owner: Blocking | Namespace[Blocking], kind: type) -> Callable[P, T]: ...
        @overload
        def __get__(
            self, owner: Awaited | Namespace[Awaited], kind: type
        ) -> Callable[P, Coroutine[object, None, T]]: ...
        @overload
        def __get__(
            self, owner: EitherMode | EitherModeModels | Namespace[Any], kind: type
        ) -> Callable[P, Eventual[T]]: ...
        def __get__(self, owner: Any, kind: type) -> Any: ...

    else:

        def __get__(self, owner: Any, kind: type | None = None) -> Any:
            """The method in the mode of its owner."""
            if owner is None:
                return self
            return MethodType(self.awaited if owner.async_mode else self.blocking, owner)

    def __call__(self, owner: Any, /, *args: P.args, **keywords: P.kwargs) -> Any:
        """Call it on a client or a namespace."""
        return MethodType(self.awaited if owner.async_mode else self.blocking, owner)(*args, **keywords)


def composite(flow: Callable[Concatenate[Any, P], Flow[T]]) -> Composite[P, T]:
    """Make a flow of calls a method: of a client class, or of a `Namespace`.

    Args:
        flow: A generator function, whose first parameter is the client or namespace.

    Returns:
        A method with the other parameters. It returns what the flow returns on a synchronous client, and an
        awaitable of it on an asynchronous one; it raises the `CocApiError` of a call that failed.
    """
    return Composite(flow)


class Namespace(Generic[C_co]):
    """What a plugin offers as ``api.NAME``, when it makes calls: a class for its composites.

        class Wars(Namespace[C]):
            @composite
            def current(self, tag: str) -> Flow[answers.ClanWar]:
                return (yield from call(self.client.clan_current_war, tag))

    ``Wars(api).current("#2PP")`` works on any client, with a plugin and without.

    Args:
        client: The client, or the view of one, whose calls the methods make.
    """

    def __init__(self, client: C_co) -> None:
        self.client: C_co = client

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.client!r})"

    @property
    def async_mode(self) -> bool:
        """Whether composites return awaitables."""
        return bool(self.client.async_mode)  # type: ignore[attr-defined]  # it is a client

    def _run(self, flow: Flow[T]) -> Any:
        return self.client._run(flow)  # type: ignore[attr-defined]


def result_of(annotation: Any) -> Any:
    """The `T` of ``Flow[T]``, as an annotation or as its text; anything else as it is."""
    if isinstance(annotation, str):
        inner = annotation.removeprefix("cocapi.").removeprefix("Flow[")
        return inner[:-1] if inner != annotation and inner.endswith("]") else annotation
    parts = get_args(annotation)
    return parts[2] if len(parts) == 3 else annotation
