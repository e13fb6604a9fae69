"""What a raid weekend means: sums that must agree with the answer."""

from typing import Any

import pytest

from cocapi import game
from cocapi.game.parts import part
from cocapi.models import Clan, ClanCapitalRaidSeason

from .answers import clans, raids, recorded_raids, sandbox_answers

needs_recorded = pytest.mark.skipif(not recorded_raids(), reason="there are no recorded answers here")


@pytest.mark.parametrize("kind", [dict, ClanCapitalRaidSeason.from_answer])
def test_attacks_are_those_of_the_districts(kind: Any) -> None:
    """Their destruction adds up to that of the district, and their stars to those of the best."""
    seen = 0
    for answer in (*raids(), *recorded_raids()):
        season = kind(answer)
        hits = game.raid_attacks(season)
        by_district: dict[int, list[Any]] = {}
        for hit in hits:
            by_district.setdefault(id(hit.district), []).append(hit)
        for told in by_district.values():
            assert sum(hit.destruction for hit in told) == part(told[0].district, "destructionPercent")
            assert sum(hit.new_stars for hit in told) == max(part(hit.answer, "stars") for hit in told)
        by_member = game.raid_attacks_by_member(season)
        assert sum(map(len, by_member.values())) == len(hits)
        assert all(hit.attacker_tag == tag for tag, own in by_member.items() for hit in own)
        seen += len(hits)
    assert seen > 300


@needs_recorded
def test_attacks_of_members_are_those_that_the_answer_counts() -> None:
    counted = 0
    for season in recorded_raids():
        by_member = game.raid_attacks_by_member(season)
        if by_member and season.get("members"):
            assert {m["tag"]: m["attacks"] for m in season["members"]} == {
                t: len(h) for t, h in by_member.items()
            }
            counted += 1
    assert counted


@needs_recorded
def test_the_formula_gives_the_medals_of_every_recorded_weekend() -> None:
    """As if the answer did not yet tell them."""
    assert len(recorded_raids()) > 20
    for season in recorded_raids():
        assert game.offensive_medals({**season, "offensiveReward": 0}) == season["offensiveReward"]
        assert game.offensive_medals(season) == season["offensiveReward"]
        for member in season.get("members", ()):
            own = member["attacks"] * season["offensiveReward"] + season["defensiveReward"]
            assert game.medals_of(season, member["tag"]) == own


def test_medals_of_who_has_not_attacked_are_none() -> None:
    season: Any = {"attackLog": [], "members": [{"tag": "#A", "attacks": 0}], "defensiveReward": 200}
    assert game.medals_of(season, "#A") == game.medals_of(season, "#B") == 0


def test_a_hall_that_is_not_known_counts_as_the_highest_one() -> None:
    district = {"id": 70000001, "districtHallLevel": 9, "destructionPercent": 100}
    season: Any = {"offensiveReward": 0, "attackLog": [{"attackCount": 2, "districts": [district]}]}
    assert game.offensive_medals(season) == 230


def test_a_raid_is_finished_when_no_district_is_left() -> None:
    for season in (*raids(), *recorded_raids()):
        for raid in (*season["attackLog"], *season["defenseLog"]):
            destroyed = all(d["destructionPercent"] == 100 for d in raid["districts"])
            assert game.is_finished(raid) is destroyed


@pytest.mark.parametrize("models", [False, True])
def test_who_did_not_attack_and_who_may_still(models: bool) -> None:
    for path in clans()[:2]:
        clan: Any = next(sandbox_answers(path))
        season: Any = next(sandbox_answers(f"{path}/capitalraidseasons"))["items"][0]
        raided = {
            m["tag"]: m["attackLimit"] + m["bonusAttackLimit"] - m["attacks"] for m in season["members"]
        }
        missing = [m["tag"] for m in clan["memberList"] if m["tag"] not in raided]
        if models:
            clan, season = Clan.from_answer(clan), ClanCapitalRaidSeason.from_answer(season)
        told = game.without_raid_attacks(season, clan)
        assert [m.tag if models else m["tag"] for m in told] == missing
        assert game.raid_attacks_left(season) == raided
        assert missing
