"""What is known of a plugin, on or off."""

from __future__ import annotations

import traceback
from dataclasses import dataclass, field
from typing import Any

from cocapi.options.marks import conceal

__all__ = ["NoPlugin", "PluginRecord", "PluginWarning"]


class PluginWarning(UserWarning):
    """A plugin was left out; the message says which, of which distribution, and why."""


class NoPlugin(ValueError):
    """What cannot be used as a plugin; the sentence says why."""


@dataclass(slots=True)
class PluginRecord:
    """What is known of one plugin.

    Attributes:
        name: As registered.
        distribution, version: Of whom it is; ``""`` for a plugin given in code.
        on: Whether it is registered with this client.
        why: What decided that, in a sentence.
        hooks: The names of the hooks it implements.
        load_ms: Milliseconds that importing it (once a process) and making it took; None when it was not
            imported.
        options: What it was told, as an object of the class that its factory declares; None: it declares
            none, or was not made. A secret in it has the repr ``'***'``.
    """

    name: str
    distribution: str = ""
    version: str = ""
    on: bool = False
    why: str = ""
    hooks: tuple[str, ...] = ()
    load_ms: float | None = None
    options: Any = None
    secrets: tuple[str, ...] = field(default=(), repr=False)

    def __str__(self) -> str:
        origin = f" of {self.distribution} {self.version}" if self.distribution else ""
        return f"plugin {self.name!r}{origin}"

    def is_shown_in(self, error: BaseException) -> bool:
        """Whether the traceback of `error` shows a secret among the plugin's options."""
        text = "".join(traceback.format_exception(error)) if self.secrets else ""
        return self.conceal(text) != text

    def conceal(self, text: str) -> str:
        """`text` without the secrets among the plugin's options."""
        return conceal(text, self.secrets)
