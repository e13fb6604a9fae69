"""Puts the pictures that are drawn from the code into the pages of the site.

As a part of the page a picture follows its theme, light or dark; as a file it would follow the system.
"""

from __future__ import annotations

from html import escape

from docutils import nodes
from drawings import PICTURES
from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata


def put_in(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Replace the links of a page to such a picture."""
    if app.builder.format != "html":
        return
    for image in list(doctree.findall(nodes.image)):
        if image["uri"] in PICTURES:
            label = escape(image["alt"])
            frame = f'<div class="drawing" role="group" aria-label="{label}" tabindex="0">'
            drawing = app.srcdir.joinpath(image["uri"]).read_text(encoding="utf-8")
            image.replace_self(nodes.raw("", f"{frame}{drawing}</div>", format="html"))


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register with Sphinx."""
    app.connect("doctree-resolved", put_in)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
