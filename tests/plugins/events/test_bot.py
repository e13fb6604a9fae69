"""The bot of examples/bot, in a sandbox in fast motion."""

import importlib.util
from pathlib import Path
from typing import Any

import pytest

from .conftest import Motion

pytestmark = pytest.mark.once

BOT = Path(__file__).parents[3] / "examples" / "bot" / "bot.py"
MARCH = 1_772_323_200.0


def loaded() -> Any:
    spec = importlib.util.spec_from_file_location("bot", BOT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_it_says_what_happens_in_two_days_of_a_league() -> None:
    """Members, a war with its reminder, the table when the round is over; and nothing that did not happen."""
    motion = Motion(MARCH + 1.9 * 86_400)
    box, said = motion.box, []
    end = MARCH + 3.1 * 86_400
    tag = box.world.roster(0, box.now())[5]
    name = box.world.name(tag, box.now())
    with motion.client(interval=900.0) as api:
        bot = loaded().Bot(api, "#2PP", said.append)
        api.changes(clans=["#2PP"], wars=["#2PP"], name="bot")
        box.clan("#2PP").kick(tag)
        box.advance(minutes=20)
        bot.run(lambda: box.now() > end)
    assert said.count(f"{name} has left us.") == 1
    assert any(line.startswith("War against ") for line in said)
    assert sum(line.startswith("Attack, before it is too late: ") for line in said) == 1
    assert any(" new stars by #" in line for line in said)
    assert any(" donated " in line for line in said)
    over = next(place for place, line in enumerate(said) if line.startswith("The war is over: "))
    assert said[over + 1].startswith("1. ")
    assert len([line for line in said[over + 1 :] if ". " in line and line.endswith(" stars")]) >= 8


def test_the_bot_is_short() -> None:
    """Under 80 lines."""
    assert len(BOT.read_text(encoding="utf-8").splitlines()) < 80
