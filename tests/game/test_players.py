"""What a player owns."""

from typing import Any

import pytest

from cocapi import game
from cocapi.models import Player

from .answers import players, recorded

kinds = pytest.mark.parametrize("kind", [dict, Player.from_answer], ids=["dicts", "models"])


def name_of(thing: Any) -> str:
    found: str = thing["name"] if isinstance(thing, dict) else thing.name
    return found


@kinds
def test_every_troop_is_of_one_kind(kind: Any) -> None:
    for player in map(kind, players()):
        apart = [
            *game.home_troops(player),
            *game.super_troops(player),
            *game.pets(player),
            *game.siege_machines(player),
            *game.builder_base_troops(player),
        ]
        troops = list(player["troops"] if isinstance(player, dict) else player.troops)
        assert sorted(map(id, apart)) == sorted(map(id, troops))
        heroes = [*game.home_heroes(player), *game.builder_base_heroes(player)]
        assert len(heroes) == len(player["heroes"] if isinstance(player, dict) else player.heroes)
        assert set(map(id, game.active_super_troops(player))) <= set(map(id, game.super_troops(player)))


@pytest.mark.skipif(not recorded("player__*"), reason="there are no recorded answers here")
def test_the_recorded_players_have_what_the_game_had() -> None:
    """The last of them has every pet and siege machine of March 2026."""
    player = max(recorded("player__*"), key=lambda each: len(each["troops"]))
    assert len(game.pets(player)) == 11
    assert len(game.siege_machines(player)) == 8
    assert {"Sneaky Goblin", "Super Yeti"} <= set(map(name_of, game.super_troops(player)))
    assert {"Barbarian", "Meteor Golem"} <= set(map(name_of, game.home_troops(player)))


@kinds
def test_things_are_found_by_name_in_any_case(kind: Any) -> None:
    lists = {
        "heroes": game.hero,
        "spells": game.spell,
        "heroEquipment": game.equipment,
    }
    for answer in players():
        player = kind(answer)
        for field, find in lists.items():
            for thing in answer[field]:
                found: Any = find(player, thing["name"].upper())
                assert name_of(found) == thing["name"]
            assert find(player, "Nothing") is None
        for pet in game.pets(player):
            assert game.pet(player, name_of(pet).lower()) is pet
        for troop in answer["troops"]:
            of_village: Any = game.troop(player, troop["name"], troop["village"])
            assert (of_village if isinstance(of_village, dict) else of_village.level) == (
                troop if kind is dict else troop["level"]
            )
        assert game.pet(player, "Barbarian") is None


def test_the_highest_level_is_that_of_the_answer() -> None:
    for player in players():
        for thing in (*player["troops"], *player["heroes"], *player["spells"], *player["heroEquipment"]):
            assert game.is_max(thing) is (thing["level"] >= thing["maxLevel"])
    odd: Any = {"level": 3}
    assert game.is_max(odd) is False


def test_one_who_is_active_is_a_super_troop_whatever_its_name() -> None:
    new: Any = {"name": "Gigantic Golem", "village": "home", "superTroopIsActive": True}
    assert game.super_troops({"troops": [new]}) == game.active_super_troops({"troops": [new]}) == (new,)  # type: ignore[typeddict-item]
    assert game.home_troops({"troops": [new]}) == ()  # type: ignore[typeddict-item]


@pytest.mark.parametrize("odd", [[], {}, ["Golem"], 7, None])
def test_a_name_that_is_no_text_is_nothing_and_no_error(odd: Any) -> None:
    """Whatever is asked for by name, the others are found."""
    golem = {"name": "Golem", "village": "home"}
    player: Any = {"troops": [{"name": odd, "village": "home"}, golem]}
    assert game.home_troops(player)[-1] is game.troop(player, "Golem") is golem
    assert game.pets(player) == game.siege_machines(player) == ()
    assert game.pet(player, "Unicorn") is None
