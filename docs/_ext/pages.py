"""Makes pages that read on GitHub read on the site.

A link to a file beside docs/ leads to the repository; the empty heads of tables, which Markdown wants, go.
"""

from __future__ import annotations

import re
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata

LINK = re.compile(r"\]\((?P<path>[^)#:\s]+)(?P<anchor>#[^)\s]*)?\)")


def to_repository(app: Sphinx, docname: str, source: list[str]) -> None:
    """Replace the links of a page that leave docs/."""
    folder = Path(app.env.doc2path(docname)).parent
    root = Path(app.srcdir)
    repository = app.config.html_theme_options["source_repository"]

    def replaced(link: re.Match[str]) -> str:
        target = (folder / link["path"]).resolve()
        if target.is_relative_to(root) or not target.exists():
            return link[0]
        kind = "tree" if target.is_dir() else "blob"
        place = target.relative_to(root.parent).as_posix()
        return f"]({repository}/{kind}/main/{place}{link['anchor'] or ''})"

    source[0] = LINK.sub(replaced, source[0])


def heads_that_say_something(app: Sphinx, doctree: nodes.document) -> None:
    """Remove the head of a table that says nothing, and name an empty corner for those who hear it read."""
    for head in list(doctree.findall(nodes.thead)):
        if not head.astext().strip():
            head.parent.remove(head)
            continue
        for cell in head.findall(nodes.entry):
            if not cell.astext().strip():
                cell[:] = [nodes.paragraph("", "", nodes.inline("", "of", classes=["visually-hidden"]))]


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register with Sphinx."""
    app.connect("source-read", to_repository)
    app.connect("doctree-read", heads_that_say_something)
    return {"parallel_read_safe": True}
