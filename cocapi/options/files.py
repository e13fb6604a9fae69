"""Settings in a TOML file: which file, which table of it, and why it could not be read."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Collection
from pathlib import Path
from typing import Any

from cocapi.errors import ConfigError
from cocapi.interrupts import reraise
from cocapi.options.reading import refuse_unknown
from cocapi.text import cited, printable

__all__ = ["from_file"]


def from_file(path: str | Path | None, known: Collection[str]) -> tuple[str, dict[str, Any]]:
    """The settings of the named file, or of the first usual one that has some.

    Args:
        path: None: ``cocapi.toml`` in the working directory, else ``pyproject.toml`` there.
        known: The names of the settings there are.

    Returns:
        Where the settings stand, in words, and these.

    Raises:
        ConfigError: The file cannot be read, or has a setting that does not exist.
    """
    if path is not None:
        return settings_of(Path(path), document_of(Path(path)), known)
    for candidate in (Path("cocapi.toml"), Path("pyproject.toml")):
        if os.path.isfile(candidate):  # noqa: PTH113  # False, too, where nobody may look
            try:
                place, settings = settings_of(candidate, document_of(candidate), known)
            except Unread:
                if somebody_elses(candidate):
                    continue
                raise
            if settings:
                return place, settings
    return "", {}


class Unread(ConfigError):
    """A file that is no TOML, or cannot be opened."""


def somebody_elses(path: Path) -> bool:
    """Whether a file that cannot be read is none of ours: a pyproject.toml without a word of tool.cocapi."""
    try:
        return path.name == "pyproject.toml" and not OURS.search(path.read_bytes())
    except OSError as error:
        reraise(error)
        return True


OURS = re.compile(rb"^\s*\[\[?[^#\n]*tool[^#\n]*cocapi|^\s*cocapi[^#\n]*=", re.MULTILINE)
"""A line of TOML that may be a setting of ours, or begin a table of them."""


def document_of(path: Path) -> dict[str, Any]:
    """What a TOML file says.

    Raises:
        Unread: It cannot be read.
    """
    try:
        return tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:  # UnicodeDecodeError, TOMLDecodeError among them
        reraise(error)
        raise Unread(f"{shown(path)} cannot be read: {why_unread(error)}") from error


def settings_of(path: Path, document: dict[str, Any], known: Collection[str]) -> tuple[str, dict[str, Any]]:
    """Where in a file the settings stand, in words, and these.

    Raises:
        ConfigError: There is a setting that does not exist, or something else where they should be.
    """
    if path.name != "pyproject.toml":
        refuse_unknown(document, known, shown(path))
        return shown(path), document
    tool = document.get("tool")
    settings = tool.get("cocapi", {}) if isinstance(tool, dict) else {}
    if not isinstance(settings, dict):
        raise ConfigError(
            f"{shown(path)}: tool.cocapi is {cited(settings)}: it must be a table, [tool.cocapi]"
        )
    refuse_unknown(settings, known, f"[tool.cocapi] of {shown(path)}")
    return f"[tool.cocapi] of {shown(path)}", settings


def why_unread(error: Exception) -> str:
    """Why a file was not read, with the way out."""
    if isinstance(error, UnicodeDecodeError):
        encoding = "UTF-16" if error.object[:2] in (b"\xff\xfe", b"\xfe\xff") else "not UTF-8"
        return f"it is {encoding}; TOML is UTF-8, save it as that"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return printable(str(error)) or type(error).__name__


def shown(path: Path) -> str:
    """A path as an error names it: on one line, of a long one the beginning."""
    return printable(str(path), 200)
