"""What a player owns, by name, and kind by kind: the API has troops, pets and siege machines in one list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeAlias, overload

from cocapi.game.parts import number, part, parts, text

if TYPE_CHECKING:
    from cocapi import answers, models

    Upgradable: TypeAlias = (
        answers.Troop
        | answers.Hero
        | answers.Spell
        | answers.HeroEquipment
        | models.Troop
        | models.Hero
        | models.Spell
        | models.HeroEquipment
    )

__all__ = [
    "active_super_troops",
    "builder_base_heroes",
    "builder_base_troops",
    "equipment",
    "hero",
    "home_heroes",
    "home_troops",
    "is_max",
    "pet",
    "pets",
    "siege_machines",
    "spell",
    "super_troops",
    "troop",
]

Village: TypeAlias = Literal["home", "builderBase"]

PETS = frozenset(
    {
        "Angry Jelly",
        "Diggy",
        "Electro Owl",
        "Frosty",
        "Greedy Raven",
        "L.A.S.S.I",
        "Mighty Yak",
        "Phoenix",
        "Poison Lizard",
        "Sneezy",
        "Spirit Fox",
        "Unicorn",
    }
)
SIEGE_MACHINES = frozenset(
    {
        "Battle Blimp",
        "Battle Drill",
        "Flame Flinger",
        "Log Launcher",
        "Siege Barracks",
        "Stone Slammer",
        "Troop Launcher",
        "Wall Wrecker",
    }
)
SUPER = "Super "
"""How the names of super troops begin, but for four."""
OTHER_SUPER_TROOPS = frozenset({"Sneaky Goblin", "Rocket Balloon", "Inferno Dragon", "Ice Hound"})


def named(things: list[Any], name: str) -> Any:
    """The first thing of that name, in any case of letters; None when there is none."""
    folded = name.casefold()
    return next((thing for thing in things if str(part(thing, "name")).casefold() == folded), None)


def of_village(player: Any, field: str, village: str) -> list[Any]:
    """The troops or heroes of a village."""
    return [thing for thing in parts(player, field) if part(thing, "village") == village]


@overload
def hero(player: answers.Player, name: str) -> answers.Hero | None: ...
@overload
def hero(player: models.Player, name: str) -> models.Hero | None: ...
def hero(player: Any, name: str) -> Any:
    """The hero of that name, of either village, in any case of letters; None when the player has none."""
    return named(parts(player, "heroes"), name)


@overload
def troop(player: answers.Player, name: str, village: Village = "home") -> answers.Troop | None: ...
@overload
def troop(player: models.Player, name: str, village: Village = "home") -> models.Troop | None: ...
def troop(player: Any, name: str, village: Village = "home") -> Any:
    """The troop of that name, in any case of letters; None when the player has none.

    Args:
        player: An answer of ``players``, as a dict or a model.
        name: ``"Dragon"``; super troops, pets and siege machines are found as well.
        village: Some names are in both: there are two Baby Dragons.
    """
    return named(of_village(player, "troops", village), name)


@overload
def spell(player: answers.Player, name: str) -> answers.Spell | None: ...
@overload
def spell(player: models.Player, name: str) -> models.Spell | None: ...
def spell(player: Any, name: str) -> Any:
    """The spell of that name, in any case of letters; None when the player has none."""
    return named(parts(player, "spells"), name)


@overload
def pet(player: answers.Player, name: str) -> answers.Troop | None: ...
@overload
def pet(player: models.Player, name: str) -> models.Troop | None: ...
def pet(player: Any, name: str) -> Any:
    """The pet of that name, in any case of letters; None when the player has none."""
    return named(list(pets(player)), name)


@overload
def equipment(player: answers.Player, name: str) -> answers.HeroEquipment | None: ...
@overload
def equipment(player: models.Player, name: str) -> models.HeroEquipment | None: ...
def equipment(player: Any, name: str) -> Any:
    """The piece of equipment of that name, carried or not, in any case of letters; None: there is none."""
    return named(parts(player, "heroEquipment"), name)


@overload
def home_troops(player: answers.Player) -> tuple[answers.Troop, ...]: ...
@overload
def home_troops(player: models.Player) -> tuple[models.Troop, ...]: ...
def home_troops(player: Any) -> tuple[Any, ...]:
    """The troops of the home village that are no super troops, pets or siege machines.

    A pet or siege machine that the game has got since this was written is among them.
    """
    others = PETS | SIEGE_MACHINES
    return tuple(
        troop
        for troop in of_village(player, "troops", "home")
        if text(troop, "name") not in others and not is_super(troop)
    )


@overload
def builder_base_troops(player: answers.Player) -> tuple[answers.Troop, ...]: ...
@overload
def builder_base_troops(player: models.Player) -> tuple[models.Troop, ...]: ...
def builder_base_troops(player: Any) -> tuple[Any, ...]:
    """The troops of the builder base."""
    return tuple(of_village(player, "troops", "builderBase"))


@overload
def super_troops(player: answers.Player) -> tuple[answers.Troop, ...]: ...
@overload
def super_troops(player: models.Player) -> tuple[models.Troop, ...]: ...
def super_troops(player: Any) -> tuple[Any, ...]:
    """The super troops that the player can boost: those that are active, and those whose names begin with
    "Super" or are Sneaky Goblin, Rocket Balloon, Inferno Dragon and Ice Hound."""
    return tuple(troop for troop in of_village(player, "troops", "home") if is_super(troop))


@overload
def active_super_troops(player: answers.Player) -> tuple[answers.Troop, ...]: ...
@overload
def active_super_troops(player: models.Player) -> tuple[models.Troop, ...]: ...
def active_super_troops(player: Any) -> tuple[Any, ...]:
    """The super troops that are boosted at the moment."""
    return tuple(troop for troop in parts(player, "troops") if part(troop, "superTroopIsActive"))


@overload
def pets(player: answers.Player) -> tuple[answers.Troop, ...]: ...
@overload
def pets(player: models.Player) -> tuple[models.Troop, ...]: ...
def pets(player: Any) -> tuple[Any, ...]:
    """The pets, by the names that the game had in March 2026."""
    return tuple(troop for troop in of_village(player, "troops", "home") if text(troop, "name") in PETS)


@overload
def siege_machines(player: answers.Player) -> tuple[answers.Troop, ...]: ...
@overload
def siege_machines(player: models.Player) -> tuple[models.Troop, ...]: ...
def siege_machines(player: Any) -> tuple[Any, ...]:
    """The siege machines, by the names that the game had in March 2026."""
    home = of_village(player, "troops", "home")
    return tuple(troop for troop in home if text(troop, "name") in SIEGE_MACHINES)


@overload
def home_heroes(player: answers.Player) -> tuple[answers.Hero, ...]: ...
@overload
def home_heroes(player: models.Player) -> tuple[models.Hero, ...]: ...
def home_heroes(player: Any) -> tuple[Any, ...]:
    """The heroes of the home village."""
    return tuple(of_village(player, "heroes", "home"))


@overload
def builder_base_heroes(player: answers.Player) -> tuple[answers.Hero, ...]: ...
@overload
def builder_base_heroes(player: models.Player) -> tuple[models.Hero, ...]: ...
def builder_base_heroes(player: Any) -> tuple[Any, ...]:
    """The heroes of the builder base."""
    return tuple(of_village(player, "heroes", "builderBase"))


def is_super(troop: object) -> bool:
    """Whether a troop of the home village is a super troop."""
    name = str(part(troop, "name"))
    return bool(part(troop, "superTroopIsActive")) or name.startswith(SUPER) or name in OTHER_SUPER_TROOPS


def is_max(thing: Upgradable) -> bool:
    """Whether a troop, hero, spell, pet or piece of equipment has the highest level that the answer names
    (`maxLevel`): that of the game, not of the player's hall."""
    return bool(0 < number(thing, "maxLevel") <= number(thing, "level"))
