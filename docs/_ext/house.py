"""What the pictures of docs/explanation/architecture.md show, read from the code without importing it."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from configparser import ConfigParser
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

__all__ = ["House", "Plugin", "Room"]

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Room:
    """A package or module of the core.

    Attributes:
        name: Without ``cocapi.``.
        modules: Those of a package; none of a module.
    """

    name: str
    modules: tuple[str, ...]


@dataclass(frozen=True)
class Plugin:
    """A plugin that comes with cocapi.

    Attributes:
        name: Of its entry point.
        package: Where the entry point leads.
        hooks: Those that a class of its package implements, in the order in which a call meets them.
        imports: The modules of the core that it imports.
    """

    name: str
    package: str
    hooks: tuple[str, ...]
    imports: frozenset[str]


@dataclass(frozen=True)
class House:
    """The code of the repository at `root`."""

    root: Path = ROOT

    @cached_property
    def project(self) -> dict[str, Any]:
        """The table ``project`` of pyproject.toml."""
        project: dict[str, Any] = tomllib.loads(self.text("pyproject.toml"))["project"]
        return project

    @cached_property
    def contracts(self) -> dict[str, dict[str, str]]:
        """The contracts of import-linter by their short names."""
        parser = ConfigParser()
        parser.read_string(self.text(".importlinter"))
        prefix = "importlinter:contract:"
        return {name.removeprefix(prefix): dict(parser[name]) for name in parser.sections() if prefix in name}

    @cached_property
    def floors(self) -> list[list[Room]]:
        """The rooms of the core, the topmost floor first, as the contract ``rooms`` keeps them."""
        lines = self.contracts["rooms"]["layers"].split("\n")
        return [[self.room(name.strip()) for name in line.split("|")] for line in lines if line.strip()]

    @cached_property
    def beside(self) -> list[str]:
        """The other modules of the core."""
        rooms = {room.name for floor in self.floors for room in floor}
        return sorted({file.stem for file in (self.root / "cocapi").glob("[!_]*.py")} - rooms)

    @cached_property
    def hooks(self) -> list[str]:
        """The hooks in the order in which a client and its calls meet them: as they are specified."""
        specified = ast.parse(self.text("cocapi/calls/hookspecs.py")).body
        return [node.name for node in specified if is_hook(node, "hookspec")]

    @cached_property
    def hooks_of_a_call(self) -> list[str]:
        """Those that the life of a call has, as its docstring says."""
        return [hook for hook in self.hooks if re.search(rf"\b{hook}  ", self.life_of_a_call)]

    @cached_property
    def hooks_of_an_attempt(self) -> list[str]:
        """Those of them that each attempt has."""
        return [hook for hook in self.hooks if re.search(rf"[┌│└] {hook}  ", self.life_of_a_call)]

    @cached_property
    def life_of_a_call(self) -> str:
        """The docstring that draws it."""
        return ast.get_docstring(ast.parse(self.text("cocapi/calls/pipeline.py"))) or ""

    @cached_property
    def plugins(self) -> list[Plugin]:
        """The plugins, whoever has the earliest hook first."""
        points = self.project["entry-points"]["cocapi"]
        plugins = [self.plugin(name, value.partition(":")[0]) for name, value in points.items()]
        return sorted(plugins, key=lambda plugin: [self.hooks.index(hook) for hook in plugin.hooks])

    @cached_property
    def imported(self) -> list[str]:
        """The modules of the core that plugins import."""
        return sorted({module for plugin in self.plugins for module in plugin.imports})

    def text(self, path: str) -> str:
        """A file of the repository."""
        return (self.root / path).read_text(encoding="utf-8")

    def room(self, module: str) -> Room:
        """A package or module of the core by its full name."""
        folder = self.root.joinpath(*module.split("."))
        modules = sorted(file.stem for file in folder.glob("[!_]*.py"))
        return Room(module.removeprefix("cocapi."), tuple(modules))

    def plugin(self, name: str, package: str) -> Plugin:
        """The plugin of an entry point."""
        trees = [
            ast.parse(file.read_text(encoding="utf-8"))
            for file in (self.root / "plugins" / package).rglob("*.py")
        ]
        nodes = [node for tree in trees for node in ast.walk(tree)]
        implemented = {node.name for node in nodes if is_hook(node, "hookimpl")}
        imports = frozenset(module for node in nodes for module in modules_of_core(node))
        return Plugin(name, package, tuple(hook for hook in self.hooks if hook in implemented), imports)


def is_hook(node: ast.AST, mark: str) -> bool:
    """Whether a node is a function that is marked as a hook, with or without arguments of the mark."""
    return (
        isinstance(node, ast.FunctionDef)
        and node.name.startswith("cocapi_")
        and any(mark in ast.unparse(decorator) for decorator in node.decorator_list)
    )


def modules_of_core(node: ast.AST) -> Iterator[str]:
    """The modules of the core that an import names."""
    names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
    names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
    yield from (name for name in names if name.split(".")[0] == "cocapi")
