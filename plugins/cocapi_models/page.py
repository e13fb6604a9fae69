"""Page: one page of a list."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Generic, TypeVar, overload

from cocapi_models.base import Model
from cocapi_models.values import Many

__all__ = ["Cursors", "Page", "Paging"]

T = TypeVar("T")


class Cursors(Model):
    """Where a list goes on. A cursor is opaque; hand it back as ``after`` or ``before``.

    Attributes:
        after: To the items behind these; None: there are none.
        before: To the items in front of these; None: there are none.
    """

    after: str | None = None
    before: str | None = None


class Paging(Model):
    """The cursors of a page."""

    cursors: Cursors


class Page(Model, Generic[T]):
    """One page of a list: a sequence of its items.

        page = api.models.clan_members("#2PP", limit=10)
        for member in page:
            print(member.name)

    Attributes:
        paging: None where the API gives a list in one piece.
    """

    items: Many[T]
    paging: Paging | None = None

    def __iter__(self) -> Iterator[T]:  # type: ignore[override]  # a page is its items, not its fields
        return iter(self[:])

    def __len__(self) -> int:
        return len(self[:])

    @overload
    def __getitem__(self, index: int) -> T: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[T, ...]: ...

    @overload
    def __getitem__(self, index: str) -> Any: ...

    def __getitem__(self, index: int | slice | str) -> Any:
        """An item, or several; by the text ``"items"`` all of them, by ``"paging"`` the cursors as a dict: a
        page was a dict of models in 4.0."""
        if isinstance(index, str):
            return as_dict(self)[index]
        items: object = self.items
        return (items if isinstance(items, tuple) else ())[index]

    def get(self, name: str, default: Any = None) -> Any:
        """What a page has under ``"items"`` or ``"paging"``, as a dict has it."""
        return as_dict(self).get(name, default)

    def __contains__(self, item: object) -> bool:
        return item in ("items", "paging") if isinstance(item, str) else item in self[:]

    def __reduce__(self) -> Any:
        generic = self.__pydantic_generic_metadata__
        if generic["origin"] is None:
            return super().__reduce__()
        return restored, (generic["origin"], generic["args"], self.__getstate__())

    @property
    def after(self) -> str | None:
        """The cursor of the next page; None on the last one."""
        return self._cursor("after")

    @property
    def before(self) -> str | None:
        """The cursor of the page before; None on the first one."""
        return self._cursor("before")

    def _cursor(self, name: str) -> str | None:
        """The cursor of that name, where the page has it and it is a text."""
        cursors = getattr(self.paging, "cursors", None)
        cursor = getattr(cursors, name, None)
        return cursor if isinstance(cursor, str) else None


def as_dict(page: Page[T]) -> dict[str, Any]:
    """A page as 4.0 had it: under ``"items"`` a list of models, under ``"paging"`` a dict or None."""
    paging: object = page.paging
    if isinstance(paging, Model):
        paging = paging.model_dump(by_alias=True, exclude_unset=True)
    return {**(page.__pydantic_extra__ or {}), "items": list(page), "paging": paging}


def restored(origin: type[Page[Any]], kinds: tuple[type, ...], state: dict[Any, Any]) -> Page[Any]:
    """A page out of a pickle: ``Page[ClanMember]`` is made while the program runs, and has no name there."""
    listed: Any = origin
    kind = listed[kinds]
    page: Page[Any] = kind.__new__(kind)
    page.__setstate__(state)
    return page
