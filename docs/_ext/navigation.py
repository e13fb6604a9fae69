"""Makes the tree of all pages once: to make it anew for each of them took half of the time of a build.

Furo asks Sphinx for the tree with every page, and parses what it gets. Trees differ only in where their links
lead from, and in which of them lead to the page and those above it.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.environment import BuildEnvironment
from sphinx.environment.adapters.toctree import global_toctree_for_doc
from sphinx.util.osutil import relative_uri
from sphinx.util.typing import ExtensionMetadata

ENTRY = re.compile(r'<li class="(?P<classes>[^"]+)"><a (?P<kind>[^>]+) href="(?P<page>[^"]+)"(?P<rest>.*)')


@cache
def tree(builder: StandaloneHTMLBuilder) -> str:
    """The tree for a page of the first folder that is not in it."""
    toctree = global_toctree_for_doc(
        builder.env, "search", builder, tags=builder.tags, titles_only=True, maxdepth=-1
    )
    return builder.render_partial(toctree)["fragment"]


def end_branches(app: Sphinx, env: BuildEnvironment) -> None:
    """Let a page without pages below it say so: llms.txt would have those beside it there, in no order."""
    for page in env.found_docs:
        env.toctree_includes.setdefault(page, [])


def give_tree(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document
) -> None:
    """Let furo get the same tree with each page: it remembers what it made of it."""
    context["toctree"] = lambda **options: tree(app.builder)


def mark_way(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document) -> None:
    """Let the tree lead on from this page, and show where in it this page is."""
    here = app.builder.get_target_uri(page)
    above = {parent["link"] for parent in context.get("parents", ())}

    def marked(entry: re.Match[str]) -> str:
        link = relative_uri(here, entry["page"])
        marks = " current current-page" if not link else " current" if link in above else ""
        rest = entry["rest"].replace("<input ", '<input checked="" ') if marks else entry["rest"]
        return f'<li class="{entry["classes"]}{marks}"><a {entry["kind"]} href="{link or "#"}"{rest}'

    context["furo_navigation_tree"] = ENTRY.sub(marked, context["furo_navigation_tree"])


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register with Sphinx, in front of furo and behind it."""
    app.connect("env-check-consistency", end_branches)
    app.connect("html-page-context", give_tree, priority=400)
    app.connect("html-page-context", mark_way, priority=600)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
