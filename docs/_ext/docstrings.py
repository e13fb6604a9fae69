"""Makes docstrings, which people read in editors, what Sphinx reads: names link, indented code is code."""

from __future__ import annotations

import re

from docutils import nodes
from docutils.parsers.rst import roles
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxRole
from sphinx.util.typing import ExtensionMetadata

import cocapi

TREE = "├──"
SECTION = re.compile(r"\w+( \w+)?:")


def mark_code(
    app: Sphinx, what: str, name: str, described: object, options: object, lines: list[str]
) -> None:
    """Put a directive in front of each indented block that is no part of a section (``Args:``)."""
    last, marked = "", []
    for number, line in enumerate(lines):
        alone = number > 0 and not lines[number - 1] and last and not last.startswith(" ")
        if line.startswith("    ") and alone and not SECTION.fullmatch(last) and not last.endswith("::"):
            marked += [f".. code-block:: {'text' if TREE in ''.join(lines) else 'python'}", ""]
        marked.append(line)
        last = line or last
    lines[:] = marked


class NameOrCode(SphinxRole):
    """What stands between single backticks: a link where it is a public name of ours, else code."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """See `sphinx.util.docutils.SphinxRole.run`."""
        language = self.inliner.document.settings.language_code
        target = target_of(self.text.removesuffix("()"))
        role, _ = roles.role("py:obj" if target else "code", language, self.lineno, self.inliner.reporter)
        text = f"{self.text} <{target}>" if target else self.text
        return role("py:obj", self.rawtext, text, self.lineno, self.inliner, self.options, self.content)


def target_of(name: str) -> str | None:
    """The full name of what is meant, None where it is nothing of ours."""
    first = name.partition(".")[0]
    if name.startswith("cocapi."):
        return name
    if first in cocapi.__all__:
        return f"cocapi.{name}"
    return f"cocapi.CocApi.{name}" if not name.startswith("_") and hasattr(cocapi.CocApi, name) else None


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register with Sphinx."""
    app.connect("autodoc-process-docstring", mark_code, priority=400)
    app.add_role("name_or_code", NameOrCode())
    return {"parallel_read_safe": True}
