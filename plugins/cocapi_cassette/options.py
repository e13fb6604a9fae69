"""The options of the plugin."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, TypeAlias, cast, get_args

from cocapi import ApiConfig, ConfigError

__all__ = ["Mode", "options_of"]

Mode: TypeAlias = Literal["once", "record", "replay"]


def options_of(config: ApiConfig) -> tuple[Path, Mode]:
    """The options `path` and `mode`, which is ``"once"`` unless given.

    Raises:
        ConfigError: For an unknown option or a wrong value, by name.
    """
    options: dict[str, Any] = {"mode": "once", **config.options("cassette")}
    path, mode = options.pop("path", None), options.pop("mode")
    if options:
        raise ConfigError(f"plugins['cassette'] has no option {min(options)!r}; there are 'path' and 'mode'")
    if not isinstance(path, str | Path) or not str(path):
        raise ConfigError(f"plugins['cassette']['path'] is {path!r}: it must be the path of a file")
    if mode not in get_args(Mode):
        raise ConfigError(f"plugins['cassette']['mode'] is {mode!r}: it must be 'once', 'record' or 'replay'")
    return Path(path), cast(Mode, mode)
