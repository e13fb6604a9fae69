"""One list, page after page.

The API cuts lists into pages and gives a cursor with each (``paging.cursors``). `Paginator` asks for the
next one until there is none; ``paginate`` hands out its items, in synchronous and in asynchronous code.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from inspect import signature
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, overload

from cocapi.api.methods import given, operation_of
from cocapi.api.operations import PAGE_PARAMS, Operation
from cocapi.calls.effects import Flow, do
from cocapi.calls.messages import Request
from cocapi.client.session import Session
from cocapi.errors import CocApiError, InvalidParams, RepeatedCursor, UnreadableResponse
from cocapi.interrupts import reraise
from cocapi.text import printable

if TYPE_CHECKING:
    from cocapi import answers, models

__all__ = ["AsyncPaging", "SyncPaging"]

LONGEST_CURSOR = 4000
"""Characters. The API's have under a hundred; servers refuse addresses of more than 8,000."""

P = ParamSpec("P")
T = TypeVar("T")


class Paginator:
    """Asks for the pages of one list, one after another.

    Attributes:
        client: Makes the calls; failures raise.
        request: What to ask next.
        done: Whether the last page was read.

    Raises:
        InvalidParams: `method` is no operation that answers with a list, or its arguments are wrong.
    """

    def __init__(self, method: Callable[..., Any], args: Sequence[Any], keywords: dict[str, Any]) -> None:
        operation, client = parts(method)
        if operation.query is not None and not ("after" in operation.query and is_list(operation)):
            raise pageless(method)
        if operation.query is None:  # a path of any kind takes its cursors in `params`
            keywords = in_params(keywords)
        self.client: Any = client._raising()
        self.request: Request = operation.request(client, *args, **given(**keywords))
        self.begin(self.request.params)

    def begin(self, params: Mapping[str, Any]) -> None:
        """Note where the list begins."""
        self.done: bool = False
        self.direction = "before" if params.get("before") else "after"
        self.asked: str | None = params.get(self.direction) or None
        self.seen: set[str] = set() if self.asked is None else {self.asked}

    def ask(self) -> Any:
        """Call for the page: its answer, or an awaitable of it."""
        return self.client._perform(self.request)

    def go_to(self, cursor: str) -> None:
        """Let the page at a cursor be asked for next."""
        self.request = replace(self.request, params={**self.request.params, self.direction: cursor}, state={})

    def next_page(self) -> Flow[Sequence[Any]]:
        """Ask for the next page; returns the items.

        Raises:
            UnreadableResponse: There are no items in the answer, or its cursor is none.
            RepeatedCursor: It names a page that was already read.
            CocApiError: The call failed.
        """
        try:
            answer = yield from do(blocking=self.ask, awaiting=self.ask)
        except CocApiError as error:
            raise self.placed(error) from error.__cause__
        items = field_of(answer, "items")
        if isinstance(answer, dict) and answer.get("result") == "error":  # of a function; operations raise
            raise self.placed(CocApiError(str(answer.get("detail", answer.get("message")))))
        if not isinstance(items, list | tuple):
            raise self.placed(UnreadableResponse(f"a page without items{instead(items)}; is this a list?"))
        self.turn_to(self.cursor_in(answer))
        return items

    def turn_to(self, cursor: str | None) -> None:
        """Go on at a cursor; None: there is no page any more.

        Raises:
            RepeatedCursor: It was already read.
        """
        if cursor in self.seen:
            raise self.placed(RepeatedCursor(f"the page {self.direction}={cursor!r} was already read"))
        self.done = cursor is None
        if cursor is not None:
            self.seen.add(cursor)
            self.asked = cursor
            self.go_to(cursor)

    def cursor_in(self, answer: Any) -> str | None:
        """The cursor of the page after `answer`; None: it is the last one, for it says nothing of another.

        Raises:
            UnreadableResponse: It says something else. A list never ends quietly before its end.
        """
        place, value = "", answer
        for name in ("paging", "cursors"):
            place, value = f"{place}{name}.", field_of(value, name)
            if not value:
                return None
            if isinstance(value, str | int | float | list | tuple):
                raise self.placed(unclear(f"{place[:-1]} is", value))
        cursor = field_of(value, self.direction)
        if cursor is None or cursor == "":
            return None
        if not isinstance(cursor, str) or not cursor.isprintable() or len(cursor) > LONGEST_CURSOR:
            raise self.placed(unclear(f"{place}{self.direction} is", cursor))
        return cursor

    def placed(self, error: CocApiError) -> CocApiError:
        """`error`, which now says at which page it happened."""
        if not error.operation:
            self.name(error)
        error.cursor = self.asked
        if self.asked is not None:
            error.add_note(f"go on with {self.direction}={self.asked!r}")
        return error

    def name(self, error: CocApiError) -> None:
        """Say in an error of which call it is."""
        error.of(self.request, error.attempts)


class FunctionPaginator(Paginator):
    """Asks a function of the user's for the pages, which takes the query as ``params`` and returns an answer.

    Attributes:
        function: Called with `args` and ``params``.
        params: The query of the next page.
    """

    def __init__(self, function: Callable[..., Any], args: Sequence[Any], keywords: dict[str, Any]) -> None:
        self.function: Callable[..., Any] = partial(function, *args)
        self.params: dict[str, Any] = {"limit": 100, **in_params(keywords)["params"]}
        self.begin(self.params)

    def ask(self) -> Any:
        """Call the function."""
        return self.function(params=dict(self.params))

    def go_to(self, cursor: str) -> None:
        """Put the cursor into the query."""
        self.params[self.direction] = cursor

    def name(self, error: CocApiError) -> None:
        """Nothing: whatever calls the function makes say themselves which they are."""


def paginator(method: Callable[..., Any], args: Sequence[Any], keywords: dict[str, Any]) -> Paginator:
    """What asks for the pages of `method`: an operation, one with some arguments given (`functools.partial`),
    or a function that takes ``params``.

    Raises:
        InvalidParams: It is none of these.
    """
    if isinstance(method, partial) and operation_of(method.func) is not None:
        return Paginator(method.func, (*method.args, *args), {**method.keywords, **keywords})
    if operation_of(method) is None and takes_params(method):
        return FunctionPaginator(method, args, keywords)
    return Paginator(method, args, keywords)


def takes_params(function: Callable[..., Any]) -> bool:
    """Whether a function can be given its query as ``params``."""
    try:
        parameters = signature(function, follow_wrapped=False).parameters
        return "params" in parameters or any(one.kind is one.VAR_KEYWORD for one in parameters.values())
    except (TypeError, ValueError) as error:
        reraise(error)  # else it is none, or tells nothing of itself
        return False


def in_params(keywords: Mapping[str, Any]) -> dict[str, Any]:
    """The keywords of a call with those that choose a part of a list among its ``params``."""
    others = {name: value for name, value in keywords.items() if name not in PAGE_PARAMS}
    chosen = given(**{name: value for name, value in keywords.items() if name in PAGE_PARAMS})
    return {**others, "params": {**(others.get("params") or {}), **chosen}}


def unclear(what: str, value: object) -> UnreadableResponse:
    """The error for a page that does not say which one is next."""
    return UnreadableResponse(
        f"the page does not say which is next: {what} {printable(repr(value), 100)}, "
        f"not a text of 1 to {LONGEST_CURSOR} characters"
    )


def instead(items: object) -> str:
    """What a page has in place of items."""
    return "" if items is None else f": they are {printable(repr(items), 100)}"


def parts(method: Callable[..., Any]) -> tuple[Operation[Any, Any, Any], Any]:
    """The operation of a client's method, and the client.

    Raises:
        InvalidParams: It is no such method.
    """
    operation = operation_of(method)
    if operation is None:
        raise pageless(method)
    return operation, method.__self__  # type: ignore[attr-defined]  # a method has one


def is_list(operation: Operation[Any, Any, Any]) -> bool:
    """Whether the answer is a page of a list; a clan takes ``after`` too, and ignores it."""
    return (operation.model or "").startswith("Page[")


def pageless(method: Callable[..., Any]) -> InvalidParams:
    """The error for something without pages."""
    name = getattr(method, "__name__", repr(method))
    return InvalidParams(f"{name} has no pages; paginate() takes a list such as api.clan_members")


def field_of(answer: Any, name: str) -> Any:
    """What a dict or a model has under `name`; None when it has nothing."""
    return answer.get(name) if isinstance(answer, dict) else getattr(answer, name, None)


def items(pages: Paginator, session: Session) -> Iterator[Any]:
    """The items of all pages."""
    while not pages.done:
        yield from session.run(pages.next_page())


async def aitems(pages: Paginator, session: Session) -> AsyncIterator[Any]:
    """The items of all pages."""
    while not pages.done:
        for item in await session.arun(pages.next_page()):
            yield item


class SyncPaging:
    """Gives `cocapi.CocApi` the method `paginate`."""

    _session: Session

    @overload
    def paginate(
        self, method: Callable[P, answers.Page[T]], *args: P.args, **keywords: P.kwargs
    ) -> Iterator[T]: ...
    @overload
    def paginate(
        self, method: Callable[P, models.Page[T]], *args: P.args, **keywords: P.kwargs
    ) -> Iterator[T]: ...
    def paginate(self, method: Callable[..., Any], *args: Any, **keywords: Any) -> Iterator[Any]:
        """The items of a list, over all its pages, each page asked for when it is needed.

            for member in api.paginate(api.clan_members, "#2PP", limit=10):
                print(member["name"])

        Args:
            method: One of this client's operations that answer with a list, also by `functools.partial`;
                ``api.custom_endpoint``; or a function that takes the query as ``params`` and returns an
                answer, which is asked for 100 items at a time.
            args: Its arguments.
            keywords: Its arguments by name. ``limit`` is the size of a page, ``after`` the cursor to begin
                with; ``before`` walks backwards.

        Yields:
            Items, as dicts; as models where `method` is one of ``api.models``.

        Raises:
            InvalidParams: At once, for an operation without pages or wrong arguments.
            CocApiError: A page failed; `CocApiError.cursor` says from where to go on. Also where the client
                answers with error dicts: a list never ends quietly before its end.
            RepeatedCursor: A page names one that was already read.
        """
        return items(paginator(method, args, keywords), self._session)


class AsyncPaging:
    """Gives `cocapi.AsyncCocApi` the method `paginate`."""

    _session: Session

    @overload
    def paginate(
        self, method: Callable[P, Awaitable[answers.Page[T]]], *args: P.args, **keywords: P.kwargs
    ) -> AsyncIterator[T]: ...
    @overload
    def paginate(
        self, method: Callable[P, Awaitable[models.Page[T]]], *args: P.args, **keywords: P.kwargs
    ) -> AsyncIterator[T]: ...
    def paginate(self, method: Callable[..., Any], *args: Any, **keywords: Any) -> AsyncIterator[Any]:
        """The items of a list, over all its pages, each page asked for when it is needed.

            async for member in api.paginate(api.clan_members, "#2PP", limit=10):
                print(member["name"])

        Arguments and errors are those of `SyncPaging.paginate`.
        """
        return aitems(paginator(method, args, keywords), self._session)
