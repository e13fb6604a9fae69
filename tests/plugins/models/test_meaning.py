"""What models tell of themselves is what `cocapi.game` tells of the same answers as dicts."""

from datetime import UTC, datetime
from typing import Any

import pytest

from cocapi import game
from cocapi.models import (
    BadgeUrls,
    Clan,
    ClanCapitalRaidSeason,
    ClanWar,
    ClanWarLeagueGroup,
    IconUrls,
    Player,
    WarResult,
)

from .answers import sandbox_answer

NOW = datetime(2026, 3, 5, 12, tzinfo=UTC)
OF_WARS = (
    "is_cwl",
    "war_type",
    "status",
    "decided_by",
    "max_stars",
    "max_attacks",
    "total_attacks",
    "missed_attacks",
)
OF_PLAYERS = ("home_troops", "super_troops", "active_super_troops", "pets", "siege_machines")
OF_BOTH_VILLAGES = ("builder_base_troops", "home_heroes", "builder_base_heroes")


def answer(name: str) -> Any:
    return sandbox_answer(name)


@pytest.fixture(params=["clan_current_war", "warleague"])
def war(request: pytest.FixtureRequest) -> Any:
    """A regular war, or that of a clan that is in none, and one of the league."""
    return answer(request.param)


def plain(thing: Any) -> Any:
    """A model as the answer that it was made of."""
    return thing.model_dump(mode="json", by_alias=True, exclude_unset=True)


def test_a_war_tells_what_the_functions_tell(war: Any) -> None:
    model = ClanWar.from_answer(war)
    for name in OF_WARS:
        assert getattr(model, name) == getattr(game, name)(war), name
    assert model.result == game.result(war)
    assert model.result is None or isinstance(model.result, WarResult)
    assert model.state_name == game.in_words(war["state"])
    assert model.seconds_left(NOW) == game.seconds_left(war, NOW)
    for name in ("clan", "opponent"):
        assert model.attacks_left(getattr(model, name)) == game.attacks_left(war, war[name])
        assert model.is_perfect(getattr(model, name)) == game.is_perfect(war, war[name])


def test_its_attacks_are_those_of_the_answer_with_its_own_models_in_them(war: Any) -> None:
    model = ClanWar.from_answer(war)
    told = game.attacks(war)
    assert [plain(attack.answer) for attack in model.attacks] == [attack.answer for attack in told]
    assert [attack.new_stars for attack in model.attacks] == [attack.new_stars for attack in told]
    for attack in model.attacks[:5]:
        assert attack.attacker in (*model.clan.members, *model.opponent.members)
        assert attack in model.attacks_by(attack.attacker.tag)
        assert attack in model.defenses_of(attack.defender.tag)
        best = model.best_attack_on(attack.defender.tag)
        assert best is not None
        assert best.answer == attack.defender.best_opponent_attack
    for member in model.clan.members:
        assert model.attacks_left_of(member) == game.attacks_per_member(war) - len(member.attacks)


def test_the_other_side_sees_the_same_war() -> None:
    model = ClanWar.from_answer(answer("warleague"))
    other = model.swapped()
    assert (other.clan, other.opponent) == (model.opponent, model.clan)
    assert other.swapped() == model
    assert plain(other) == game.swapped(answer("warleague"))
    assert model.with_own_side(str(model.opponent.tag)) == other
    assert model.with_own_side(str(model.clan.tag)) is model


def test_a_group_has_its_table() -> None:
    group, wars = answer("clan_leaguegroup"), [answer("warleague")]
    model = ClanWarLeagueGroup.from_answer(group)
    assert model.standings(map(ClanWar.from_answer, wars)) == game.standings(group, wars)
    assert len(model.standings([])) == 8


def test_a_raid_weekend_tells_what_the_functions_tell() -> None:
    season = answer("clan_capitalraidseasons")["items"][0]
    model = ClanCapitalRaidSeason.from_answer(season)
    assert [hit.destruction for hit in model.attacks] == [
        hit.destruction for hit in game.raid_attacks(season)
    ]
    assert model.attacks_by_member.keys() == game.raid_attacks_by_member(season).keys()
    assert model.attacks_left == game.raid_attacks_left(season)
    assert model.offensive_medals == game.offensive_medals(season)
    for member in model.members:
        assert model.medals_of(member.tag) == game.medals_of(season, member.tag)
    clan = answer("clan_tag")
    absent = [member["tag"] for member in game.without_raid_attacks(season, clan)]
    assert [member.tag for member in model.without_attacks(Clan.from_answer(clan))] == absent
    for raid, told in zip(model.attack_log, season["attackLog"], strict=True):
        assert raid.is_finished is game.is_finished(told)


def test_a_player_tells_what_the_functions_tell() -> None:
    answered = answer("players")
    player = Player.from_answer(answered)
    for name in (*OF_PLAYERS, *OF_BOTH_VILLAGES):
        assert list(map(plain, getattr(player, name))) == list(getattr(game, name)(answered)), name
    assert player.hero("archer queen") == next(h for h in player.heroes if h.name == "Archer Queen")
    assert player.troop("Barbarian") == next(t for t in player.troops if t.name == "Barbarian")
    assert player.spell("rage spell") == next(s for s in player.spells if s.name == "Rage Spell")
    for equipment in player.hero_equipment:
        assert player.equipment(equipment.name) == equipment
    for pet in player.pets:
        assert player.pet(pet.name) == pet
    for thing in (*player.troops, *player.heroes, *player.spells, *player.hero_equipment):
        assert thing.is_max is (thing.level >= thing.max_level)
    assert player.role is not None
    assert player.role_name == game.in_words(player.role)


def test_everybody_can_be_opened_in_the_game() -> None:
    """Clans and players, wherever they stand, as the functions say."""
    war = ClanWar.from_answer(answer("warleague"))
    group = ClanWarLeagueGroup.from_answer(answer("clan_leaguegroup"))
    clan = Clan.from_answer(answer("clan_tag"))
    player = Player.from_answer(answer("players"))
    season = ClanCapitalRaidSeason.from_answer(answer("clan_capitalraidseasons")["items"][0])
    clans = [clan, war.clan, war.opponent, *group.clans, *(raid.defender for raid in season.attack_log)]
    players = [player, *clan.member_list, *war.clan.members, *group.clans[0].members, *season.members]
    assert [one.share_link for one in clans] == [game.clan_link(str(one.tag)) for one in clans]
    assert [one.share_link for one in players] == [game.player_link(one.tag) for one in players]
    assert player.clan is not None
    assert player.clan.share_link == game.clan_link(player.clan.tag)
    nobody = ClanWar.from_answer({"state": "notInWar", "clan": {}, "opponent": {}})
    assert nobody.clan.share_link is None


def test_pictures_have_one_address_the_largest() -> None:
    badge = BadgeUrls(small="s", medium="m", large="l")
    assert badge.url == "l"
    assert IconUrls(small="s", tiny="t").url == "s"
    assert IconUrls().url is None
    assert [member.role_name for member in Clan.from_answer(answer("clan_tag")).member_list].count(
        "Leader"
    ) == 1
