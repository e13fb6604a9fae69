"""One list, page after page.

The API cuts lists into pages and gives a cursor with each (``paging.cursors``). `Pages` asks for the next
one until there is none; ``paginate`` walks along it, in synchronous and in asynchronous code.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, overload

from cocapi.api.methods import given, operation_of
from cocapi.api.operations import Operation
from cocapi.calls.messages import Request
from cocapi.errors import CocApiError, InvalidParams, RepeatedCursor, UnreadableResponse
from cocapi.text import printable

if TYPE_CHECKING:
    from cocapi import answers, models

__all__ = ["AsyncPaging", "SyncPaging"]

LONGEST_CURSOR = 4000
"""Characters. The API's have under a hundred; servers refuse addresses of more than 8,000."""

P = ParamSpec("P")
T = TypeVar("T")


class Pages:
    """The pages of one list: the request for the next one, and the items of the one that came.

    call:
        Makes a request and returns the answer, or an awaitable of it; failures raise.
    request:
        What to ask next; None after the last page.

    Raises:
        InvalidParams: `method` is no operation that answers with a list, or its arguments are wrong.
    """

    def __init__(self, method: Callable[..., Any], args: Sequence[Any], keywords: dict[str, Any]) -> None:
        operation, client = parts(method)
        if operation.query is not None and not ("after" in operation.query and is_list(operation)):
            raise pageless(method)
        self.call: Callable[[Request], Any] = client.with_options(raise_errors=True)._perform
        self.request: Request | None = operation.request(client, *args, **given(**keywords))
        self.direction = "before" if self.request.params.get("before") else "after"
        self.asked: str | None = self.request.params.get(self.direction) or None
        self.seen: set[str | None] = {self.asked}

    def turn(self, answer: Any) -> Sequence[Any]:
        """The items of `answer`, a dict or a page of models; from now on `request` is the one after it.

        Raises:
            UnreadableResponse: there are no items in it, or its cursor is none.
            RepeatedCursor: it names a page that was already read.
        """
        request, items = self.request, look(answer, "items")
        if request is None or not isinstance(items, list | tuple):
            raise self.told(UnreadableResponse(f"a page without items{instead(items)}; is this a list?"))
        cursor = self.cursor_in(answer)
        if cursor is None:
            self.request = None
            return items
        if cursor in self.seen:
            raise self.told(RepeatedCursor(f"the page {self.direction}={cursor!r} was already read"))
        self.seen.add(cursor)
        self.asked = cursor
        self.request = replace(request, params={**request.params, self.direction: cursor}, state={})
        return items

    def cursor_in(self, answer: Any) -> str | None:
        """The cursor of the page after `answer`; None: it is the last one, for it says nothing of another.

        Raises:
            UnreadableResponse: it says something else. A list never ends quietly before its end.
        """
        place, said = "", answer
        for name in ("paging", "cursors"):
            place, said = f"{place}{name}.", look(said, name)
            if not said:
                return None
            if isinstance(said, str | int | float | list | tuple):
                raise self.told(unclear(f"{place[:-1]} is", said))
        cursor = look(said, self.direction)
        if cursor is None or cursor == "":
            return None
        if not isinstance(cursor, str) or not cursor.isprintable() or len(cursor) > LONGEST_CURSOR:
            raise self.told(unclear(f"{place}{self.direction} is", cursor))
        return cursor

    def told(self, error: CocApiError) -> CocApiError:
        """`error`, told at which page it happened."""
        if self.request is not None and not error.operation:
            error.of(self.request, error.attempts)
        error.cursor = self.asked
        if self.asked is not None:
            error.add_note(f"go on with {self.direction}={self.asked!r}")
        return error


def unclear(what: str, said: object) -> UnreadableResponse:
    """The error for a page that does not say which one is next."""
    return UnreadableResponse(
        f"the page does not say which is next: {what} {printable(repr(said), 100)}, "
        f"not a text of 1 to {LONGEST_CURSOR} characters"
    )


def instead(items: object) -> str:
    """What a page has in place of items."""
    return "" if items is None else f": they are {printable(repr(items), 100)}"


def parts(method: Callable[..., Any]) -> tuple[Operation[Any, Any, Any], Any]:
    """The operation of a client's method, and the client.

    Raises:
        InvalidParams: it is no such method.
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


def look(answer: Any, name: str) -> Any:
    """What a dict or a model has under `name`; None when it has nothing."""
    return answer.get(name) if isinstance(answer, dict) else getattr(answer, name, None)


def walk(pages: Pages) -> Iterator[Any]:
    """The items of all pages."""
    while pages.request is not None:
        try:
            answer = pages.call(pages.request)
        except CocApiError as error:
            raise pages.told(error) from error.__cause__
        yield from pages.turn(answer)


async def awalk(pages: Pages) -> AsyncIterator[Any]:
    """The items of all pages."""
    while pages.request is not None:
        try:
            answer = await pages.call(pages.request)
        except CocApiError as error:
            raise pages.told(error) from error.__cause__
        for item in pages.turn(answer):
            yield item


class SyncPaging:
    """Gives `cocapi.CocApi` the method `paginate`."""

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

        method:
            One of this client's operations that answer with a list.
        args, keywords:
            Its arguments. ``limit`` is the size of a page, ``after`` the cursor to begin with;
            ``before`` walks backwards.

        Raises:
            InvalidParams: at once, for an operation without pages or wrong arguments.
            CocApiError: a page failed; `CocApiError.cursor` says from where to go on. Also where the
                client answers with error dicts: a list never ends quietly before its end.
            RepeatedCursor: a page names one that was already read.
        """
        return walk(Pages(method, args, keywords))


class AsyncPaging:
    """Gives `cocapi.AsyncCocApi` the method `paginate`."""

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
        return awalk(Pages(method, args, keywords))
