"""pluggy's manager, told where hooks can be."""

from __future__ import annotations

from typing import Any

import pluggy

from cocapi.plugins.implemented import names_of

__all__ = ["Manager"]


class Manager(pluggy.PluginManager):
    """Looks for marks where the names or the marks of a plugin's class say that hooks are.

    pluggy itself looks at each attribute in a way that runs no descriptor, of which most plugins have dozens:
    that took half of the time in which a client is made.
    """

    _names: frozenset[str] = frozenset()

    def register(self, plugin: object, name: str | None = None) -> str | None:
        """Register a plugin, as pluggy does."""
        self._names = names_of(plugin)
        return super().register(plugin, name)

    def parse_hookimpl_opts(self, plugin: object, name: str) -> Any:
        """The mark of an attribute; None where it can be no hook (pluggy asks for each attribute)."""
        return getattr(getattr(plugin, name, None), "cocapi_impl", None) if name in self._names else None

    def parse_hookspec_opts(self, module_or_class: Any, name: str) -> Any:
        """The mark of a name in a module of hookspecs; None where it is none."""
        return getattr(getattr(module_or_class, name), "cocapi_spec", None)
