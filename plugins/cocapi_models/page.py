"""Page: one page of a list."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Generic, TypeVar

from cocapi_models.base import Model

__all__ = ["Cursors", "Page", "Paging"]

T = TypeVar("T")


class Cursors(Model):
    """Where a list goes on. A cursor is opaque; hand it back as ``after`` or ``before``.

    after, before:
        None: there is nothing more in that direction.
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

    paging:
        None where the API gives a list in one piece.
    """

    items: tuple[T, ...]
    paging: Paging | None = None

    def __iter__(self) -> Iterator[T]:  # type: ignore[override]  # a page is its items, not its fields
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, index: int) -> T:
        return self.items[index]

    def __reduce__(self) -> tuple[Any, ...]:
        return restored, (self.__pydantic_generic_metadata__["args"], self.__getstate__())

    @property
    def after(self) -> str | None:
        """The cursor of the next page; None on the last one."""
        return self.paging.cursors.after if self.paging else None

    @property
    def before(self) -> str | None:
        """The cursor of the page before; None on the first one."""
        return self.paging.cursors.before if self.paging else None


def restored(kinds: tuple[type, ...], state: dict[Any, Any]) -> Page[Any]:
    """A page out of a pickle: ``Page[ClanMember]`` is made while the program runs, and has no name there."""
    kind: Any = Page[kinds] if kinds else Page  # type: ignore[valid-type]
    page: Page[Any] = kind.__new__(kind)
    page.__setstate__(state)
    return page
