"""A distribution with one plugin, written from the files in ``skeleton/``."""

from __future__ import annotations

import keyword
import re
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from string import Template

import cocapi

__all__ = ["Distribution"]

SUFFIX = ".txt"
"""Of files of the skeleton: none of them is code of this package."""


@dataclass(frozen=True)
class Distribution:
    """One to be written.

    Args:
        name: Of its plugin.

    Raises:
        ValueError: It is no name of a plugin (small letters, digits and underscores, a letter first, and no
            word of Python's), or begins with cocapi, as the distribution will.
    """

    name: str

    def __post_init__(self) -> None:
        name = suggested(self.name)
        if not name or name != self.name:
            hint = f"; did you mean {name!r}?" if name else ""
            raise ValueError(
                f"{self.name!r} is no name for a plugin: it is written in small letters, digits and "
                f"underscores, a letter first, without cocapi in front, which its distribution has{hint}"
            )
        if keyword.iskeyword(name):
            raise ValueError(f"{name!r} is a word of Python's, and api.{name} could not be written")

    @property
    def project(self) -> str:
        """The name under which pip installs it."""
        return f"cocapi-{self.name.replace('_', '-')}"

    @property
    def names(self) -> dict[str, str]:
        """What the files of the skeleton call things."""
        return {
            "name": self.name,
            "project": self.project,
            "package": f"cocapi_{self.name}",
            "Plugin": "".join(part.capitalize() for part in self.name.split("_")),
            "variable": f"COCAPI_{self.name.upper()}",
            "cocapi": cocapi.__version__,
        }

    def write(self, folder: Path) -> Path:
        """Write it into a folder that is not there yet, or is empty.

        Raises:
            FileExistsError: There is something in it.
        """
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise FileExistsError(17, "there is something already; choose another --folder", str(folder))
        self._write(files("cocapi_scaffold") / "skeleton", folder)
        return folder

    def _write(self, source: Traversable, target: Path) -> None:
        if source.is_file():
            target.with_name(target.name.removesuffix(SUFFIX)).write_text(
                Template(source.read_text(encoding="utf-8")).substitute(self.names), encoding="utf-8"
            )
            return
        target.mkdir(parents=True, exist_ok=True)
        for child in source.iterdir():
            self._write(child, target / Template(child.name).substitute(self.names))


def suggested(name: str) -> str:
    """The name of a plugin that is nearest to another name: itself where it is one, ``""`` where none is."""
    words = re.sub("[^a-z0-9]+", "_", name.lower()).strip("_")
    return re.sub(r"^(?:cocapi(?:_|$)|[0-9]+_?)+", "", words)
