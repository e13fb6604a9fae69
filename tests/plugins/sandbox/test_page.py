"""The page of the sandbox names what a script may use."""

import inspect
import re
from pathlib import Path

import pytest

from cocapi_events import Events
from cocapi_sandbox import Sandbox

from ..events.conftest import NOON, Motion

PAGE = (Path(__file__).parents[3] / "docs/reference/plugins/sandbox.md").read_text(encoding="utf-8")


def test_every_parameter_is_in_the_table_with_its_default() -> None:
    """And no other."""
    table = PAGE.partition("| `Sandbox(…)` |")[2].partition("\n\n")[0]
    rows = re.findall(r"^\| (`[^|]*`) \| ([^|]*) \|", table, re.MULTILINE)
    shown = {name.strip("` "): value for names, value in rows for name in names.split(", ")}
    assert set(shown) == set(inspect.signature(Sandbox).parameters)
    assert (shown["seed"], shown["rate"], shown["latency"], shown["tokens"]) == ("0", "None", "0.0", "None")


def test_what_the_world_is_said_to_have_it_has() -> None:
    table = PAGE.partition("| `box.world` |")[2].partition("\n\n")[0]
    names = re.findall(r"`\.(\w+)", table)
    assert len(names) > 4
    box = Sandbox()
    assert [name for name in names if not hasattr(box.world, name)] == []
    assert box.world.clan_numbers["#2PP"] == 0
    leader, *others = box.world.roster(0, box.now())
    with pytest.raises(ValueError, match="leads"):
        box.clan("#2PP").kick(leader)
    box.clan("#2PP").kick(others[0])


def test_time_that_is_advanced_is_the_worlds_alone() -> None:
    """A watch sleeps its own seconds; one that is made anew asks at once."""
    motion = Motion()
    slept: list[float] = []
    plugins = {"events": lambda config: Events(config, clock=lambda: NOON)}
    with motion.client(plugins=plugins) as api:
        api._session.keep_time(slept.append, None)  # type: ignore[arg-type]
        watch = api.watch(clans=["#2PP"])
        api.run_flow(watch.ask_some())
        motion.box.clan("#2PP").kick(motion.box.world.roster(0, motion.box.now())[3])
        motion.box.advance(hours=1)
        api.run_flow(watch.ask_some())
        assert sum(slept) > 0
        assert not watch.queue
        slept.clear()
        assert next(api.watch(clans=["#2PP"], kinds=["member.left"])).type == "member.left"
        assert slept == []
