"""docs/explanation/architecture.md shows the house as it is."""

import asyncio
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import entry_points
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple
from xml.etree import ElementTree

import pytest

from cocapi import ApiConfig, AsyncCocApi, CocApi
from cocapi.calls.hooks import HOOKS
from cocapi.plugins.implemented import hooks_of
from cocapi_sandbox import Sandbox

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "explanation" / "architecture.md").read_text(encoding="utf-8")

sys.path.insert(0, str(ROOT / "docs" / "_ext"))
from drawings import PICTURES  # noqa: E402
from house import House  # noqa: E402

pytestmark = pytest.mark.once

PLUGINS = {point.name for point in entry_points(group="cocapi") if point.value.startswith("cocapi_")}


def words_of(place: str, attribute: str) -> list[str]:
    """What a picture's elements with such an attribute have in it."""
    root = ElementTree.parse(ROOT / "docs" / place).getroot()  # noqa: S314  # our own file
    return [element.attrib[attribute] for element in root.iter() if attribute in element.attrib]


@pytest.mark.parametrize("place", PICTURES)
def test_a_picture_is_what_the_code_draws(place: str) -> None:
    """After a change of plugins, hooks or rooms: python docs/_ext/drawings.py."""
    written = (ROOT / "docs" / place).read_text(encoding="utf-8")
    assert written == PICTURES[place](House()), "python docs/_ext/drawings.py draws it anew"


@pytest.mark.parametrize("place", PICTURES)
def test_no_plugin_is_missing_from_a_picture(place: str) -> None:
    """As they are installed."""
    installed = {name for name in PLUGINS if (ROOT / "plugins" / f"cocapi_{name}").is_dir()}
    assert installed
    assert set(words_of(place, "data-plugin")) == installed


def test_no_hook_is_missing_from_the_picture() -> None:
    """All of them, in the order in which they are met."""
    assert words_of("explanation/hooks.svg", "data-hook") == list(HOOKS)


def test_a_plugin_has_the_hooks_that_the_picture_gives_it() -> None:
    """Whatever a client of this or that configuration asks of it; and, of those with one class, no other."""
    pairs = zip(
        words_of("explanation/hooks.svg", "data-of"),
        words_of("explanation/hooks.svg", "data-in"),
        strict=True,
    )
    drawn: dict[str, set[str]] = {}
    for plugin, hook in pairs:
        drawn.setdefault(plugin, set()).add(hook)
    with CocApi("token", config=ApiConfig(base_url="sandbox://", enable_metrics=True)) as api:
        own = {name: set(hooks_of(api.plugins[name])) for name in api.plugins if name in PLUGINS}
    assert own["retry"] == drawn["retry"]
    assert own["metrics"] == drawn["metrics"]
    assert [(name, hooks - drawn[name]) for name, hooks in own.items() if hooks - drawn[name]] == []


def test_every_module_of_the_core_is_named_in_the_rooms() -> None:
    """In the words that say what it is for."""
    rooms = PAGE.partition("## The rooms")[2].partition("```text")[2].partition("```")[0]
    house = House()
    modules = {module for floor in house.floors for room in floor for module in (*room.modules, room.name)}
    assert sorted(module for module in modules if not re.search(rf"\b{module}\b", rooms)) == []


class Step(NamedTuple):
    """A row of the walk: in one of these functions the tag comes in, or goes out, as so written."""

    functions: frozenset[str]
    taken: str
    given: str


def walk() -> list[Step]:
    """The table of the page."""
    rows = re.findall(r"^\| `([\w.]+)` \| (`[^|]+`) \| ([^|]+) \|", PAGE, re.MULTILINE)
    return [
        Step(
            frozenset(f"{module}.{name}" for name in re.findall(r"`([\w.]+)`", functions)),
            *(part.strip(" `") for part in (tag if "→" in tag else f"{tag}→").split("→")),
        )
        for module, functions, tag in rows
    ]


class Trace:
    """Notes where the tag is, whenever a function of ours is called or gives something back."""

    def __init__(self) -> None:
        self.passed: list[tuple[str, str, str]] = []

    def __call__(self, frame: FrameType, event: str, value: Any) -> None:
        """See `sys.setprofile`."""
        module = frame.f_globals.get("__name__", "")
        if module.startswith("cocapi") and event in ("call", "return"):
            values = list(frame.f_locals.values()) if event == "call" else [value]
            text = " ".join(map(shown, values))
            self.passed.append((f"{module}.{frame.f_code.co_qualname}", event, text))

    def ahead(self, step: Step, place: int) -> int:
        """Behind the next place at which the trace is as a step says.

        Raises:
            StopIteration: It is so nowhere.
        """
        for event, tag in (("call", step.taken), ("return", step.given)):
            if tag:
                place = next(
                    number + 1
                    for number, (function, kind, text) in enumerate(self.passed[place:], place)
                    if function in step.functions and kind == event and tag in text
                )
        return place


def shown(value: object) -> str:
    """Its repr; nothing where it is not yet whole, or no longer."""
    try:
        return repr(value)
    except Exception:  # of an object in the midst of its __init__, whatever that may be
        return ""


@contextmanager
def profiled(trace: Trace) -> Iterator[None]:
    """Let a trace see each function that this thread calls."""
    before = sys.getprofile()
    sys.setprofile(trace)
    try:
        yield
    finally:
        sys.setprofile(before)


def sync_call(config: ApiConfig, token: str, trace: Trace) -> Any:
    with CocApi(token, config=config) as api, profiled(trace):
        return api.clan_tag("2pp")


def async_call(config: ApiConfig, token: str, trace: Trace) -> Any:
    async def main() -> Any:
        async with AsyncCocApi(token, config=config) as api:
            with profiled(trace):
                return await api.clan_tag("2pp")

    return asyncio.run(main())


@pytest.mark.parametrize("call", [sync_call, async_call])
def test_a_tag_goes_the_way_that_the_page_describes(call: Callable[..., Any]) -> None:
    """From function to function, in that order, as it is written there, with the plugins of the default."""
    steps, place, trace = walk(), 0, Trace()
    with Sandbox() as box:
        answer = call(ApiConfig(base_url=box.base_url, verify_token=False), box.token, trace)
    assert answer["tag"] == "#2PP"
    assert len(steps) > 15
    for step in steps:
        try:
            place = trace.ahead(step, place)
        except StopIteration:
            pytest.fail(f"behind the step before it, the tag does not pass {step}")
