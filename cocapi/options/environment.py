"""Settings in environment variables."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from cocapi.callers import caller_level
from cocapi.compat.settings import FRONT
from cocapi.options.declared import variable
from cocapi.text import bare, nearest

__all__ = ["rest_of", "texts_of", "warn_of_misspelt"]

TOKEN = "COCAPI_TOKEN"  # noqa: S105  # its name


def variables_of(setting: str) -> tuple[str, ...]:
    """The variables of a field of `ApiConfig`: that of its name, and that of the option it stands for."""
    special = {"only_plugins": ("COCAPI_PLUGINS",), "plugins": (), "environment": ()}
    option = (variable(*FRONT[setting]),) if setting in FRONT else ()
    return special.get(setting, (f"COCAPI_{setting.upper()}", *option))


def texts_of(settings: Iterable[str], environment: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """By field, the variable that sets it and its text. A variable that is nearly one of these is warned
    of."""
    known = {name: setting for setting in settings for name in variables_of(setting)}
    options = tuple(variable(plugin, "") for plugin, _ in FRONT.values())  # which are seen to by their plugin
    warn_of_misspelt(
        {name for name in environment if not name.startswith(options)}, [TOKEN, *known], "COCAPI_"
    )
    return {
        known[name]: (name, text) for name in reversed(known) if (text := bare(environment.get(name, "")))
    }


def rest_of(
    settings: Iterable[str], environment: Mapping[str, str], plugins: Mapping[str, Any]
) -> dict[str, str]:
    """The variables that may be options of plugins, but for those of options that are given in `plugins`."""
    others = {name for setting in settings for name in variables_of(setting)} | {TOKEN}
    for plugin, options in plugins.items():
        others |= {variable(plugin, name) for name in options} if isinstance(options, Mapping) else set()
    return {
        name: text for name, text in environment.items() if name.startswith("COCAPI_") and name not in others
    }


def warn_of_misspelt(environment: Iterable[str], known: Collection[str], beginning: str) -> None:
    """Warn of variables that are nearly ours; plugins and programs may have others of their own."""
    for name in environment:
        if not name.startswith(beginning) or name in known:
            continue
        if near := nearest(name, known, 0.88):
            warnings.warn(
                f"{name} is no setting; did you mean {near}?", UserWarning, stacklevel=caller_level()
            )
