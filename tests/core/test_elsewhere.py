"""Who knows an operation by the name that it has elsewhere is told its name here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from cocapi import CocApi
from cocapi.client.elsewhere import CALLED
from cocapi.testing import Script

GUIDES = [
    Path(__file__).parents[2] / "docs/how-to" / name for name in ("from-coc-py.md", "from-clashofclans-js.md")
]
CALL = re.compile(r"`(\w+)\(")


def names() -> Iterator[tuple[str, set[str]]]:
    """By the guides, a method elsewhere, and those that do the same here."""
    for guide in GUIDES:
        table = re.search(
            r"^\| [^\n]*(?:in|the same in) both modes[^\n]*\n\|[-|]+\n((?:\|[^\n]+\n)+)",
            guide.read_text(encoding="utf-8"),
            re.MULTILINE,
        )
        assert table is not None
        for row in table[1].splitlines():
            theirs, ours = row.split("|")[1:3]
            for name in CALL.findall(theirs):
                yield name, {*CALL.findall(ours)}


@pytest.mark.parametrize(("name", "ours"), [*names()])
def test_a_method_of_another_library_is_known_by_the_guides(name: str, ours: set[str]) -> None:
    """The error offers what the guide does, or the name is the same."""
    with Script().client(only_plugins=("script", "wars")) as api:
        if hasattr(api, name):
            assert name in ours
            return
        with pytest.raises(AttributeError) as error:
            getattr(api, name)
    offered = re.search(r"; did you mean '(\w+)'\?$", str(error.value))
    assert offered is not None
    assert offered[1] in ours


def test_what_is_offered_is_there_and_what_is_not_there_is_looked_for() -> None:
    """No name of ours is in the way of itself."""
    with Script().client(only_plugins=("script", "wars")) as api:
        assert [name for name in CALLED if name in dir(CocApi)] == []
        assert [method for method in CALLED.values() if not hasattr(api, method)] == []
