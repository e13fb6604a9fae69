"""Makes docstrings, which people read in editors, what Sphinx reads: indented code is code, and names link.

Names link in pages, too: what stands there as code and can only be a method of a client or a public name.
"""

from __future__ import annotations

import re
from typing import get_type_hints

from docutils import nodes
from docutils.parsers.rst import roles
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.ext.napoleon import GoogleDocstring
from sphinx.util.docutils import SphinxRole
from sphinx.util.typing import ExtensionMetadata

import cocapi
from cocapi import models
from cocapi_models.unread import LazyField

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


CALLED = re.compile(r"(?:api\.)?(?P<name>\w+)(?P<arguments>\(.*\))?", re.DOTALL)


def link_names(app: Sphinx, doctree: nodes.document) -> None:
    """Let code of a page that names something of ours link to it."""
    for code in list(doctree.findall(nodes.literal)):
        named = CALLED.fullmatch(code.astext())
        if named is None or isinstance(code.parent, nodes.reference | addnodes.pending_xref | nodes.title):
            continue
        method = named["arguments"] is not None or code.astext().startswith("api.")
        target = target_of(named["name"]) if method or named["name"] in cocapi.__all__ else None
        if target is not None:
            link = addnodes.pending_xref(
                "", refdomain="py", reftype="obj", reftarget=target, refdoc=app.env.current_document.docname
            )
            code.replace_self(link)
            link += code


def show_where_to_import_from(app: Sphinx, doctree: nodes.document) -> None:
    """Let models and events be named by the modules that are public, not by those which define them."""
    for place in doctree.findall(addnodes.desc_addname):
        package = place.astext().partition(".")[0]
        if package in PUBLIC:
            place[:] = [nodes.Text(f"{PUBLIC[package]}.")]


PUBLIC = {"cocapi_events": "cocapi.events", "cocapi_models": "cocapi.models"}
"""By package, where its names are imported from."""


def shorten_types(
    app: Sphinx, what: str, name: str, described: object, options: object, lines: list[str]
) -> None:
    """Let the types of attributes and arguments be shown without their modules, as those of signatures."""
    for number, line in enumerate(lines):
        if line.startswith((":vartype ", ":type ")):
            lines[number] = QUALIFIED.sub(r"~\g<0>", line)


def of_a_model(
    app: Sphinx, what: str, name: str, described: object, options: object, lines: list[str]
) -> None:
    """Leave out what would stand below each model and each of its fields: how pydantic makes one by hand, and
    how a field is read."""
    if isinstance(described, LazyField):
        lines.clear()
    elif BY_HAND in lines:
        del lines[lines.index(BY_HAND) :]


BY_HAND = "Create a new model by parsing and validating input data from keyword arguments."


def whole(docstring: GoogleDocstring) -> tuple[str, list[str]]:
    """The docstring of a property or an attribute. Napoleon would take what stands before a colon for its
    type; ours have their types in annotations."""
    return "", GoogleDocstring(docstring._consume_to_end(), docstring._config).lines()


QUALIFIED = re.compile(r"(?<![\w.~])(?:\w+\.)+(?=\w)")


def target_of(name: str) -> str | None:
    """The full name of what is meant, None where it is nothing of ours."""
    first = name.partition(".")[0]
    if name.startswith("cocapi."):
        return name
    if first in cocapi.__all__:
        return f"cocapi.{name}"
    return f"cocapi.CocApi.{name}" if not name.startswith("_") and hasattr(cocapi.CocApi, name) else None


def where_it_is_defined(
    app: Sphinx, env: BuildEnvironment, link: addnodes.pending_xref, text: nodes.TextElement
) -> nodes.reference | None:
    """The place of a public name that the reference describes in its own module, as it does errors."""
    name = link["reftarget"].removeprefix("cocapi.")
    public = name.partition(".")[0]
    if link["refdomain"] != "py" or public not in cocapi.__all__:
        return None
    target = f"{getattr(getattr(cocapi, public), '__module__', '')}.{name}"
    domain = env.domains.python_domain
    return domain.resolve_xref(env, link["refdoc"], app.builder, "obj", target, link, text)


def give_types_to_fields() -> None:
    """Let a model show the types of all its fields, without what only pydantic reads in them (``Annotated``).

    Autodoc cannot read those of a model's bases: pydantic's own have names that only type checkers know.
    """
    for name in models.__all__:
        model = getattr(models, name)
        if isinstance(model, type) and issubclass(model, models.Model):
            model.__annotations__ = get_type_hints(model)


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register with Sphinx."""
    give_types_to_fields()
    app.connect("doctree-read", link_names)
    app.connect("doctree-read", show_where_to_import_from)
    app.connect("missing-reference", where_it_is_defined)
    app.connect("autodoc-process-docstring", mark_code, priority=400)
    app.connect("autodoc-process-docstring", of_a_model, priority=400)
    app.connect("autodoc-process-docstring", shorten_types, priority=600)
    GoogleDocstring._consume_inline_attribute = whole
    app.add_role("name_or_code", NameOrCode())
    return {"parallel_read_safe": True}
