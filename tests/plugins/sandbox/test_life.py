"""The world lives: what happens in it is the same in every answer and in the diary, whoever asks and when."""

import json
from collections import Counter
from typing import Any, get_args
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cocapi_sandbox import Api, Diary, Entry, Sandbox, World
from cocapi_sandbox.diary import FIELDS, Kind
from cocapi_sandbox.scenes import ClanScenes, PlayerScenes
from cocapi_sandbox.times import DAY, HOUR, MINUTE, WEEK, friday, monday

pytestmark = pytest.mark.once

TOKEN = {"authorization": "Bearer any"}
NOON = 1_773_900_000.0
"""A Thursday in the middle of March 2026."""
MOMENTS = st.integers(0, 400 * 24 * 60).map(lambda minutes: NOON + minutes * MINUTE)


class Here:
    """A world at a time that a test moves."""

    def __init__(self, now: float = NOON, seed: int = 0) -> None:
        self.now = now
        self.api = Api(World(seed), clock=lambda: self.now)
        self.world = self.api.world
        self.diary = Diary(self.api, now)

    def get(self, path: str, **query: str) -> Any:
        answer = self.api.respond("GET", quote(path), query, TOKEN)
        assert answer.status == 200, answer
        return json.loads(answer.body)

    def members(self, clan: str) -> dict[str, Any]:
        return {member["tag"]: member for member in self.get(f"/clans/{clan}")["memberList"]}

    def clan(self, tag: str = "#2PP") -> ClanScenes:
        return ClanScenes(self.world, lambda: self.now, tag)

    def player(self, tag: str) -> PlayerScenes:
        return PlayerScenes(self.world, lambda: self.now, tag)


@pytest.fixture
def here() -> Here:
    return Here()


@given(MOMENTS, st.integers(0, 3))
@settings(max_examples=4, deadline=None)
def test_everybody_is_in_the_clan_that_the_own_answer_names(now: float, seed: int) -> None:
    """In one list at most; who has left is in none, and has no clan."""
    here = Here(now, seed)
    lists = {tag: here.members(tag) for tag in here.world.clan_tags}
    counts = Counter(player for members in lists.values() for player in members)
    assert set(counts.values()) == {1}
    for tag, members in lists.items():
        assert 15 <= len(members) <= 50
        assert here.get(f"/clans/{tag}")["members"] == len(members)
        assert [member["role"] for member in members.values()].count("leader") == 1
    absent = [tag for tag in here.world.lives.paths if tag not in counts]
    assert absent
    for tag in absent[:10]:
        assert {"clan", "role"}.isdisjoint(here.get(f"/players/{tag}"))
    for tag, members in list(lists.items())[::9]:
        for member in list(members)[-6:]:
            player = here.get(f"/players/{member}")
            assert player["clan"]["tag"] == tag
            shared = {"role", "trophies", "donations", "donationsReceived", "leagueTier", "townHallLevel"}
            assert {key: player[key] for key in shared} == {key: members[member][key] for key in shared}


@given(MOMENTS, st.integers(1, 3000), st.integers(0, 47))
@settings(max_examples=20, deadline=None)
def test_two_member_lists_differ_by_what_the_diary_says(now: float, minutes: int, number: int) -> None:
    """Members and each of their fields."""
    here = Here(now)
    tag = here.world.clan_tags[number]
    before = here.members(tag)
    here.now += minutes * MINUTE
    after = here.members(tag)
    here_now = {player: {} for player in before}
    for entry in here.diary.between(now, here.now, kinds=["join", "leave"], clans=[tag]):
        if entry.tags[1] == tag:
            here_now.pop(entry.tags[0], None) if entry.kind == "leave" else here_now.setdefault(
                entry.tags[0], {}
            )
    assert set(here_now) == set(after)
    for player in set(before) & set(after):
        told = {key: before[player][key] for key in FIELDS}
        for entry in here.diary.between(now, here.now, kinds=FIELDS, clans=[], players=[player]):
            assert told[entry.kind] == entry.old
            told[entry.kind] = entry.new
        assert told == {key: after[player][key] for key in FIELDS}


@given(MOMENTS, st.integers(0, 60), st.integers(0, 1500))
@settings(max_examples=10, deadline=None)
def test_two_armies_differ_by_the_upgrades_of_the_diary(now: float, days: int, member: int) -> None:
    """Troops, heroes, spells and equipment, in both villages."""
    here = Here(now)
    tag = here.world.members[member]

    def army() -> dict[tuple[str, str, str], int]:
        player = here.get(f"/players/{tag}")
        sections = ("troops", "heroes", "heroEquipment", "spells")
        return {
            (section, unit["name"], unit["village"]): unit["level"]
            for section in sections
            for unit in player[section]
        }

    levels = army()
    here.now += days * DAY
    for entry in here.diary.between(now, here.now, kinds=["upgrade"], clans=[], players=[tag]):
        unit = (entry.new["section"], entry.new["name"], entry.new["village"])
        assert levels.get(unit) == (entry.old["level"] if entry.old else None)
        levels[unit] = entry.new["level"]
    assert levels == army()


def test_a_moment_is_the_same_whatever_was_asked_before() -> None:
    """Forwards, backwards and at once: nothing is kept that could be wrong."""
    paths = ["/clans/#2PP", "/players/#2PP", "/clans/#2PP/currentwar", "/clans/#2PP/capitalraidseasons"]
    moments = [NOON + step * 31 * HOUR for step in range(6)]
    walked, fresh = Here(), []
    for moment in moments + moments[::-1]:
        walked.now = moment
        last = [walked.get(path) for path in paths]
        fresh = [Here(moment).get(path) for path in paths]
        assert last == fresh


def test_everything_happens_within_some_weeks(here: Here) -> None:
    """Each kind that needs no script, and every day something in every clan."""
    until = NOON + 23 * DAY
    clans = here.world.clan_tags[:2]
    kinds = Counter(entry.kind for entry in here.diary.between(NOON, until, clans=clans))
    by_script = {"name", "maintenance_started", "maintenance_ended"}
    assert set(kinds) == set(get_args(Kind)) - by_script
    for day in range(3):
        begin = NOON + day * DAY
        for clan in clans:
            entries = here.diary.between(begin, begin + DAY, kinds=["donations", "trophies"], clans=[clan])
            assert {entry.kind for entry in entries} == {"donations", "trophies"}


def test_the_diary_is_in_order_within_its_time_and_names_no_moment_twice(here: Here) -> None:
    """After `after`, up to and with `until`; two halves are the whole."""
    middle, end = NOON + HOUR, NOON + 3 * HOUR
    whole = here.diary.between(NOON, end, clans=["#2PP"])
    assert whole == here.diary.between(NOON, middle, clans=["#2PP"]) + here.diary.between(
        middle, end, clans=["#2PP"]
    )
    assert [entry.at for entry in whole] == sorted(entry.at for entry in whole)
    assert all(NOON < entry.at <= end and entry.at % MINUTE == 0 for entry in whole)
    here.now = end
    assert [entry for entry in here.diary if "#2PP" in entry.tags] == [e for e in whole if "#2PP" in e.tags]


@pytest.mark.parametrize(("kinds", "clans", "name"), [(["joins"], None, "joins"), (None, ["#VV"], "#VV")])
def test_the_diary_refuses_what_is_not_there(here: Here, kinds: Any, clans: Any, name: str) -> None:
    """And names it."""
    with pytest.raises(ValueError, match=name):
        here.diary.between(NOON, NOON + 1, kinds=kinds, clans=clans)


def test_trophies_are_those_of_the_battles_of_the_week(here: Here) -> None:
    """The player's own, the log's, and those that the ranked group shows."""
    for tag in here.world.members[3:200:20]:
        player = here.get(f"/players/{tag}")
        begin = player["currentLeagueSeasonId"]
        log = here.get(f"/players/{tag}/battlelog")["items"]
        week = here.world.lives.week(tag, begin)
        seen = [battle for battle in week.battles if battle.when <= NOON]
        assert player["trophies"] == sum(battle.trophies for battle in seen)
        assert sum(row["battleType"] == "ranked" for row in log) >= min(len(seen), 25)
        if player["currentLeagueGroupTag"] != "#0":
            group = here.get(f"/leaguegroup/{player['currentLeagueGroupTag']}/{begin}", playerTag=tag)
            own = next(row for row in group["members"] if row["playerTag"] == tag)
            assert own["leagueTrophies"] == player["trophies"]
            logs = group["attackLogs"] + group["defenseLogs"]
            assert sum(row["trophies"] for row in logs) == player["trophies"]
            assert own.get("clanTag") == player.get("clan", {}).get("tag")


def test_trophies_begin_anew_on_monday_and_donations_with_the_season(here: Here) -> None:
    """Every four weeks."""
    here.now = monday(NOON) + WEEK - MINUTE
    before = here.members("#2PP")
    here.now += MINUTE
    after = here.members("#2PP")
    assert sum(member["trophies"] for member in after.values()) * 20 < sum(
        member["trophies"] for member in before.values()
    )
    here.now = 1_759_726_800 + 6 * 4 * WEEK
    assert {member["donations"] for member in here.members("#2PP").values()} == {0}


def test_the_sums_of_a_raid_weekend_are_the_sums_of_its_attacks() -> None:
    """On both sides, of members, districts and clans, at any hour."""
    here = Here()

    def weekend(tag: str) -> Any:
        return here.get(f"/clans/{tag}/capitalraidseasons")["items"][0]

    for hours in (0, 20, 71, 72):
        here.now = friday(NOON) + hours * HOUR
        for tag in here.world.clan_tags[:2]:
            season = weekend(tag)
            assert season["state"] == ("ongoing" if hours < 72 else "ended")
            assert season["totalAttacks"] == sum(log["attackCount"] for log in season["attackLog"])
            assert season["totalAttacks"] == sum(member["attacks"] for member in season["members"])
            loot = sum(member["capitalResourcesLooted"] for member in season["members"])
            assert season["capitalTotalLoot"] == loot
            assert all(member["attacks"] <= 6 for member in season["members"])
            for log in season["attackLog"]:
                there = weekend(log["defender"]["tag"])["defenseLog"]
                mirrored = next(entry for entry in there if entry["attacker"]["tag"] == tag)
                assert mirrored["districts"] == log["districts"]
                for district in log["districts"]:
                    attacks = district.get("attacks", [])
                    assert len(attacks) == district["attackCount"]
                    if attacks:
                        assert attacks[0]["destructionPercent"] == district["destructionPercent"]


def test_who_left_attacks_no_more(here: Here) -> None:
    """In wars, leagues and raids; what was done before stays."""
    while here.get("/clans/#2PP/currentwar")["state"] != "inWar":
        here.now += HOUR
    here.now += 5 * HOUR
    war = here.get("/clans/#2PP/currentwar")
    attackers = {tag for tag, member in here.members("#2PP").items() if member["role"] != "leader"}
    fighters = [member for member in war["clan"]["members"] if member["tag"] in attackers]
    for fighter in fighters:
        here.clan().kick(fighter["tag"])
    here.now += MINUTE
    left = here.get("/clans/#2PP/currentwar")
    assert [m.get("attacks") for m in left["clan"]["members"]] == [
        m.get("attacks") for m in war["clan"]["members"]
    ]
    here.now += 18 * HOUR
    over = here.get("/clans/#2PP/currentwar")
    leader = {member["tag"] for member in war["clan"]["members"]} - attackers
    done = sum(len(m.get("attacks", ())) for m in over["clan"]["members"] if m["tag"] not in leader)
    assert done == sum(len(fighter.get("attacks", ())) for fighter in fighters)


# Scenes


def member_of(here: Here, role: str = "member") -> str:
    return next(tag for tag, member in here.members("#2PP").items() if member["role"] == role)


def later(here: Here) -> list[Entry]:
    """What the scene has brought about, a minute later."""
    begin, here.now = here.now, here.now + MINUTE
    return here.diary.between(begin - MINUTE, here.now)


def test_a_member_is_sent_away_and_comes_back(here: Here) -> None:
    """Every answer agrees, and the past is what it was."""
    tag = member_of(here)
    before = here.get("/clans/#2PP")
    here.now += HOUR
    here.clan().kick(tag)
    entries = later(here)
    assert [(e.tags, e.old, e.new) for e in entries if e.kind == "leave" and e.tags[0] == tag] == [
        ((tag, "#2PP"), "#2PP", None)
    ]
    assert tag not in here.members("#2PP")
    assert {"clan", "role"}.isdisjoint(here.get(f"/players/{tag}"))
    with pytest.raises(ValueError, match="is no member"):
        here.clan().kick(tag)
    here.now += 30 * DAY
    assert tag not in here.members("#2PP")
    other = here.world.clan_tags[1]
    here.player(tag).join(other)
    here.now += MINUTE
    assert here.get(f"/players/{tag}")["clan"]["tag"] == other
    assert here.members(other)[tag]["role"] == "member"
    here.clan().join(tag)
    here.now += MINUTE
    assert tag not in here.members(other)
    assert tag in here.members("#2PP")
    here.now = NOON
    assert here.get("/clans/#2PP") == before


def test_roles_rise_and_fall_by_script(here: Here) -> None:
    """member, admin, coLeader; nobody above or below, and the leader stays."""
    tag = member_of(here)
    roles = []
    for step in ("promote", "promote", "promote", "demote", "demote", "demote"):
        getattr(here.clan(), step)(tag)
        here.now += MINUTE
        roles.append(here.members("#2PP")[tag]["role"])
    assert roles == ["admin", "coLeader", "coLeader", "admin", "member", "member"]
    for step in ("promote", "demote", "kick"):
        with pytest.raises(ValueError, match="lead"):
            getattr(here.clan(), step)("#2PP")


def test_a_player_does_by_script_what_else_happens_by_itself(here: Here) -> None:
    """Donates, battles, upgrades, takes another name."""
    tag = member_of(here, "leader")
    before = here.get(f"/players/{tag}")
    player = here.player(tag)
    unit = next(unit for unit in before["troops"] if unit["level"] < unit["maxLevel"])
    player.donate(111)
    player.attack(trophies=222)
    player.rename("Alda the Second")
    player.upgrade(unit["name"])
    kinds = {entry.kind: entry for entry in later(here) if entry.tags[0] == tag}
    after = here.get(f"/players/{tag}")
    assert after["donations"] - before["donations"] >= 111
    assert after["trophies"] - before["trophies"] >= 222
    assert after["name"] == "Alda the Second" == here.members("#2PP")[tag]["name"]
    assert kinds["upgrade"].new["level"] == kinds["upgrade"].old["level"] + 1
    assert {"donations", "trophies", "name", "upgrade"} <= set(kinds)


def test_a_staged_war_is_seen_by_both_and_breaks_off_another(here: Here) -> None:
    """Declared now, with the hours that were asked for; logged when it is over."""
    while here.get("/clans/#2PP/currentwar")["state"] != "inWar":
        here.now += HOUR
    broken_off = here.get("/clans/#2PP/currentwar")["endTime"]
    here.clan().start_war(preparation=1, battle=2)
    begin = here.now - MINUTE
    here.now += MINUTE
    war = here.get("/clans/#2PP/currentwar")
    enemy = war["opponent"]["tag"]
    assert war["state"] == "preparation"
    assert here.get(f"/clans/{enemy}/currentwar")["opponent"] == war["clan"]
    here.now += 2 * HOUR
    assert here.get("/clans/#2PP/currentwar")["state"] == "inWar"
    here.now += 2 * HOUR
    over = here.get("/clans/#2PP/currentwar")
    assert (over["state"], over["endTime"] != broken_off) == ("warEnded", True)
    log = [row["endTime"] for row in here.get("/clans/#2PP/warlog")["items"]]
    assert (log[0], broken_off in log) == (over["endTime"], False)
    told = [e for e in here.diary.between(begin, here.now, clans=["#2PP"]) if e.kind.startswith("war_")]
    told = [entry for entry in told if "#2PP" in entry.tags]
    assert [entry.kind for entry in told if entry.kind != "war_attack"] == [
        "war_declared",
        "war_started",
        "war_ended",
    ]
    attacks = over["clan"]["attacks"] + over["opponent"]["attacks"]
    assert sum(entry.kind == "war_attack" and entry.at > begin + MINUTE for entry in told) == attacks


def test_settings_change_by_script_and_only_those_that_there_are(here: Here) -> None:
    """Of the clan's own answer."""
    here.clan().change(description="Closed for renovation", requiredTrophies=999)
    here.now += MINUTE
    clan = here.get("/clans/#2PP")
    assert (clan["description"], clan["requiredTrophies"]) == ("Closed for renovation", 999)
    with pytest.raises(ValueError, match="no setting 'members'"):
        here.clan().change(members=3)


@pytest.mark.parametrize("tag", ["#VV", "", "2PP"])
def test_scenes_of_nobody_are_refused(here: Here, tag: str) -> None:
    """A clan or player that is not there."""
    with pytest.raises(ValueError, match="there is no clan"):
        here.clan(tag)
    with pytest.raises(ValueError, match="there is no player"):
        here.player(tag)


def test_a_box_has_all_of_it_over_a_socket() -> None:
    """advance, clan, player, maintenance, diary."""
    import httpx

    with Sandbox(clock=lambda: NOON) as box, httpx.Client(headers=TOKEN, base_url=box.base_url) as client:

        def members() -> set[str]:
            answer = client.get("/clans/%232PP").json()
            return {member["tag"] for member in answer["memberList"]}

        tag = min(members() - {"#2PP"})
        box.clan("#2PP").kick(tag)
        assert tag not in members()
        assert box.advance(hours=1, minutes=1) == NOON + 61 * MINUTE
        box.player(tag).join("#2PP")
        box.advance(minutes=1)
        assert tag in members()
        assert box.maintenance.__bool__() is False
        box.maintenance(minutes=20)
        assert client.get("/clans/%232PP").status_code == 503
        assert bool(box.maintenance)
        box.advance(minutes=20)
        assert client.get("/clans/%232PP").status_code == 200
        kinds = {entry.kind for entry in box.diary}
        assert {"join", "maintenance_started", "maintenance_ended", "donations"} <= kinds
        with pytest.raises(ValueError, match="back"):
            box.advance(hours=-1)


def test_a_year_leaves_no_more_behind_than_a_month() -> None:
    """What is remembered is bounded, and was worked out from the moment alone."""
    here = Here()
    for day in range(0, 400, 40):
        here.now = NOON + day * DAY
        here.get("/clans/#2PP")
        here.get("/clans/#2PP/warlog")
        here.get("/clans/#2PP/capitalraidseasons")
    remembered = [
        value
        for owner in (here.api, here.world, here.world.lives, here.api.wars, here.api.raids, here.api.leagues)
        for value in vars(owner).values()
        if hasattr(value, "cache_info")
    ]
    assert len(remembered) > 8
    assert all(cached.cache_info().maxsize is not None for cached in remembered)
