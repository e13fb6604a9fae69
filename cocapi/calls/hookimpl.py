"""The mark of a plugin's hooks: pluggy's, with an order by the names of other plugins."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, NamedTuple, TypeVar, overload

import pluggy

__all__ = ["Hookimpl", "Order", "hookimpl", "order_of"]

F = TypeVar("F", bound=Callable[..., Any])


class Order(NamedTuple):
    """Whom a hook is to be asked before and after, by the names of plugins."""

    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


class Hookimpl:
    """Marks a method of a plugin as the implementation of the hook of that name.

        @hookimpl
        @hookimpl(before="cache", after=("metrics", "tracing"))

    Args:
        before, after: Plugins, one name or several, that this one is asked before, or after, at this hook. A
            plugin that is not on counts for nothing. They win over all marks of the others.
        tryfirst, trylast: Ask it before, or after, all that are not marked so.
        specname: The hook, where the method has another name.
        wrapper, hookwrapper, optionalhook: As pluggy has them; wrappers are refused when a plugin is
            registered.
    """

    def __init__(self) -> None:
        self._mark = pluggy.HookimplMarker("cocapi")

    @overload
    def __call__(self, function: F, /) -> F: ...

    @overload
    def __call__(
        self,
        function: None = None,
        /,
        *,
        before: str | Collection[str] = (),
        after: str | Collection[str] = (),
        tryfirst: bool = False,
        trylast: bool = False,
        specname: str | None = None,
        wrapper: bool = False,
        hookwrapper: bool = False,
        optionalhook: bool = False,
    ) -> Callable[[F], F]: ...

    def __call__(
        self,
        function: Any = None,
        /,
        *,
        before: str | Collection[str] = (),
        after: str | Collection[str] = (),
        **marks: Any,
    ) -> Any:
        """Mark `function`, or give the decorator that does."""

        def mark(function: F) -> F:
            marked = self._mark(function, **marks)
            vars(marked)["cocapi_order"] = Order(names(before), names(after))
            return marked

        return mark if function is None else mark(function)


def names(said: str | Collection[str]) -> tuple[str, ...]:
    return (said,) if isinstance(said, str) else tuple(said)


def order_of(function: Callable[..., Any]) -> Order:
    """The order that a marked function asks for."""
    order = getattr(function, "cocapi_order", None)
    return order if isinstance(order, Order) else Order()


hookimpl: Hookimpl = Hookimpl()
