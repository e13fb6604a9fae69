"""What two answers differ by, as functions of the two."""

import json
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cocapi_events import kinds
from cocapi_events.differences import (
    calendar_differences,
    clan_differences,
    player_differences,
    raid_differences,
    ranking_differences,
    war_differences,
)
from cocapi_events.differences.wars import Wars
from cocapi_sandbox import Api, World

MARCH = datetime(2026, 3, 1, tzinfo=UTC).timestamp()
TOKEN = {"authorization": "Bearer any"}
WORLD = World()
MINUTES = st.integers(0, 60 * 24 * 60)


def answer(path: str, minute: int, **query: str) -> Any:
    found = Api(WORLD, clock=lambda: MARCH + minute * 60).respond("GET", quote(path), query, TOKEN)
    return json.loads(found.body)


def told(differences: list[Any]) -> list[tuple[str, dict[str, Any]]]:
    return [(each.kind.type, each.details) for each in differences]


@pytest.mark.parametrize("path", ["/clans/#2PP", "/players/#2PP", "/clans/#2PP/currentwar"])
def test_nothing_differs_from_itself(path: str) -> None:
    """Of no operation."""
    one = answer(path, 5000)
    functions: dict[str, Any] = {"clans": clan_differences, "players": player_differences}
    if path.endswith("war"):
        wars: Wars = {"war": one, "group": None, "rounds": {}}
        assert war_differences(wars, wars) == []
    else:
        assert functions[path.split("/")[1]](one, one) == []


@given(MINUTES, MINUTES)
@settings(max_examples=15, deadline=None)
def test_a_clan_is_made_of_the_old_one_and_the_differences(one: int, two: int) -> None:
    """None is missing, none is too much: applied to the old answer they give the new."""
    old, new = answer("/clans/#2PP", one), answer("/clans/#2PP", two)
    members = {member["tag"]: dict(member) for member in old["memberList"]}
    fields = dict(old)
    for each in clan_differences(old, new):
        details = each.details
        if each.kind is kinds.MemberLeft:
            del members[details["member"]]
        elif each.kind is kinds.MemberJoined:
            members[details["member"]] = details["new"]
        elif issubclass(each.kind, kinds.MemberChanged):
            assert members[details["member"]][details["field"]] == details["old"]
            members[details["member"]][details["field"]] = details["new"]
        elif each.kind is kinds.ClanChanged:
            assert fields[details["field"]] == details["old"]
            fields[details["field"]] = details["new"]
    ranks = {"clanRank", "previousClanRank"}
    now = {member["tag"]: member for member in new["memberList"]}
    assert members.keys() == now.keys()
    for tag, member in members.items():
        assert {k: v for k, v in member.items() if k not in ranks} == {
            k: v for k, v in now[tag].items() if k not in ranks
        }
    assert {**fields, "memberList": 0} == {**new, "memberList": 0}


@given(MINUTES, MINUTES)
@settings(max_examples=15, deadline=None)
def test_the_levels_of_a_player_are_the_old_ones_and_the_differences(one: int, two: int) -> None:
    """Of troops, pets, spells, heroes and equipment, in both villages."""
    tag = WORLD.members[77]
    old, new = answer(f"/players/{tag}", one), answer(f"/players/{tag}", two)

    def levels(player: Any) -> dict[tuple[str, str], int]:
        sections = ("troops", "heroes", "heroEquipment", "spells")
        return {(unit["name"], unit["village"]): unit["level"] for name in sections for unit in player[name]}

    known = levels(old)
    for each in player_differences(old, new):
        if issubclass(each.kind, kinds.UnitEvent) and each.kind is not kinds.TroopBoosted:
            unit = (each.details["unit"], each.details["village"])
            assert known.get(unit) == each.details["old"]
            known[unit] = each.details["new"]
            assert each.details["name"] == new["name"]
    if one <= two:
        assert known == levels(new)


@given(st.lists(MINUTES, min_size=2, max_size=6).map(sorted))
@settings(max_examples=15, deadline=None)
def test_each_attack_of_a_war_is_told_once_however_often_it_is_asked(minutes: list[int]) -> None:
    """And the new stars of a war sum up to the stars of its sides."""
    wars = [answer("/clans/#2PP/currentwar", minute) for minute in minutes]
    ended = [each for each in wars if each["state"] == "warEnded"]
    before: Wars = {"war": {"state": "notInWar"}, "group": None, "rounds": {}}
    attacks: dict[str, list[Any]] = {}
    for war in wars:
        now: Wars = {"war": war, "group": None, "rounds": {}}
        for each in war_differences(before, now):
            if each.kind is kinds.WarAttack:
                attacks.setdefault(war["preparationStartTime"], []).append(each.details)
        before = now
    for war in ended:
        of_war = attacks[war["preparationStartTime"]]
        assert len({(one["attacker"], one["defender"]) for one in of_war}) == len(of_war)
        assert len(of_war) == war["clan"]["attacks"] + war["opponent"]["attacks"]
        for by_us, side in ((True, "clan"), (False, "opponent")):
            assert sum(one["new_stars"] for one in of_war if one["by_us"] is by_us) == war[side]["stars"]


def war_of(state: str, start: str = "1", attacks: int = 0) -> Any:
    done = [
        {"attackerTag": f"#A{n}", "defenderTag": "#B", "stars": n, "order": n} for n in range(1, attacks + 1)
    ]
    ours = [{"tag": "#A", "attacks": done}]
    return {
        "state": state,
        "preparationStartTime": start,
        "clan": {"tag": "#US", "members": ours},
        "opponent": {"tag": "#THEM", "members": [{"tag": "#B"}]},
    }


WARS = [
    ("notInWar", "preparation", ["war.announced"]),
    ("notInWar", "inWar", ["war.announced", "war.started"]),
    ("preparation", "inWar", ["war.started"]),
    ("inWar", "warEnded", ["war.ended"]),
    ("preparation", "warEnded", ["war.started", "war.ended"]),
    ("warEnded", "notInWar", []),
    ("inWar", "notInWar", ["war.ended"]),
    ("preparation", "enterWar", []),
]


@pytest.mark.parametrize(("old", "new", "types"), WARS)
def test_a_war_goes_from_state_to_state(old: str, new: str, types: list[str]) -> None:
    """What was skipped is told all the same; what ended unseen has no end."""
    wars: list[Wars] = [{"war": war_of(state), "group": None, "rounds": {}} for state in (old, new)]
    if new == "notInWar":
        wars[1]["war"] = {"state": "notInWar"}
    found = told(war_differences(*wars))
    assert [kind for kind, _ in found] == types
    assert all(details["opponent"] == "#THEM" for _, details in found)
    if new == "notInWar" and found:
        assert found[0][1]["new"] is None


def test_another_war_ends_the_one_before_and_begins() -> None:
    """Each attack with the stars that it brought beyond those before it."""
    old: Wars = {"war": war_of("inWar", "1", attacks=1), "group": None, "rounds": {}}
    new: Wars = {"war": war_of("inWar", "2", attacks=3), "group": None, "rounds": {}}
    found = told(war_differences(old, new))
    types = ["war.ended", "war.announced", "war.started", *["war.attack"] * 3]
    assert [kind for kind, _ in found] == types
    attacks = [(d["stars"], d["new_stars"]) for kind, d in found if kind == "war.attack"]
    assert attacks == [(1, 1), (2, 1), (3, 1)]


def test_a_private_log_tells_nothing_and_ends_no_war() -> None:
    """None is no answer."""
    old: Wars = {"war": war_of("inWar"), "group": None, "rounds": {}}
    assert war_differences(old, {"war": None, "group": None, "rounds": {}}) == []


def test_two_rounds_of_a_league_are_told_apart() -> None:
    """One is prepared while another is fought."""
    group = {"state": "inWar", "season": "2026-03", "clans": [{}]}
    old: Wars = {"war": {"state": "notInWar"}, "group": {"state": "notInWar"}, "rounds": {}}
    rounds = {"#W1": (1, war_of("inWar", attacks=1)), "#W2": (2, war_of("preparation", "2"))}
    new: Wars = {"war": {"state": "notInWar"}, "group": group, "rounds": rounds}
    found = told(war_differences(old, new))
    seen = [(kind, details.get("round"), details.get("war_tag")) for kind, details in found]
    assert seen == [
        ("league.found", None, None),
        ("war.announced", 1, "#W1"),
        ("war.started", 1, "#W1"),
        ("war.attack", 1, "#W1"),
        ("war.announced", 2, "#W2"),
    ]
    ended: Wars = {**new, "group": {**group, "state": "ended"}}
    assert [kind for kind, _ in told(war_differences(new, ended))] == ["league.ended"]


@given(st.lists(st.integers(0, 10 * 24 * 60), min_size=2, max_size=5).map(sorted))
@settings(max_examples=8, deadline=None)
def test_the_attacks_of_a_raid_are_told_once(minutes: list[int]) -> None:
    """As many as the weekends count, by clan and district."""
    path = "/clans/#2PP/capitalraidseasons"
    seasons = [answer(path, minute, limit="2")["items"] for minute in minutes]
    count = {season["startTime"]: season["totalAttacks"] for season in seasons[0]}
    for old, new in pairwise(seasons):
        for each in raid_differences(old, new):
            if each.kind is kinds.RaidAttack:
                count[each.details["started"]] = count.get(each.details["started"], 0) + 1
    last = {season["startTime"]: season["totalAttacks"] for season in seasons[-1]}
    assert {start: count.get(start, 0) for start in last if start in count} == {
        start: attacks for start, attacks in last.items() if start in count
    }


def test_a_ranking_is_entered_left_and_climbed() -> None:
    """By tag."""
    old = [{"tag": "#A", "name": "a", "rank": 1}, {"tag": "#B", "name": "b", "rank": 2}]
    new = [{"tag": "#B", "name": "b", "rank": 1}, {"tag": "#C", "name": "c", "rank": 2}]
    assert told(ranking_differences(old, new)) == [
        ("ranking.left", {"who": "#A", "name": "a", "old": 1}),
        ("ranking.moved", {"who": "#B", "name": "b", "new": 1, "old": 2}),
        ("ranking.entered", {"who": "#C", "name": "c", "new": 2}),
    ]


def test_the_calendar_tells_what_lies_between_two_moments() -> None:
    """A moment belongs to the first question that is not before it."""
    begin = datetime(2026, 3, 20, 7, tzinfo=UTC)
    found = told(calendar_differences(begin, begin + timedelta(days=8, hours=1)))
    assert [(kind, details["new"][:13]) for kind, details in found] == [
        ("calendar.clan_games_started", "2026-03-22T08"),
        ("calendar.season", "2026-03-23T05"),
        ("calendar.raid_weekend_ended", "2026-03-23T07"),
        ("calendar.trader", "2026-03-23T08"),
        ("calendar.raid_weekend_started", "2026-03-27T07"),
        ("calendar.clan_games_ended", "2026-03-28T08"),
    ]
    assert calendar_differences(begin, begin) == []
