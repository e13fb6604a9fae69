"""The sandbox's world: consistent, deterministic, moving with the clock, and shaped like the real one."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cocapi.game import is_valid_tag
from cocapi_sandbox import Answer, Api, World
from cocapi_sandbox.times import DAY, HOUR
from cocapi_sandbox.world import CLANS

pytestmark = pytest.mark.once

PAYLOADS = Path(__file__).parents[4] / "shared" / "api" / "payloads"
TOKEN = {"authorization": "Bearer any"}
NOON = 1_773_900_000.0
"""A Thursday in the middle of March 2026."""


class At:
    """An API at a time that a test moves."""

    def __init__(self, now: float = NOON, seed: int = 0) -> None:
        self.now = now
        self.api = Api(World(seed), clock=lambda: self.now)
        self.world = self.api.world

    def answer(self, path: str, **query: str) -> Answer:
        return self.api.respond("GET", quote(path), query, TOKEN)

    def get(self, path: str, **query: str) -> Any:
        answer = self.answer(path, **query)
        assert answer.status == 200, answer
        return json.loads(answer.body)

    def wars(self) -> Iterator[tuple[str, Any]]:
        for tag in self.world.clan_tags:
            answer = self.answer(f"/clans/{tag}/currentwar")
            if answer.status == 200:
                yield tag, json.loads(answer.body)


@pytest.fixture
def at() -> At:
    return At()


def test_the_same_seed_and_clock_give_the_same_bytes() -> None:
    """And another seed another world."""
    paths = ["/clans/#2PP", "/players/#2PP", "/clans/#2PP/warlog", "/locations/global/rankings/clans"]
    for path in paths:
        assert At().answer(path).body == At().answer(path).body
        assert At().answer(path).body != At(seed=1).answer(path).body


def test_members_of_clans_are_players_of_that_clan(at: At) -> None:
    """Both sides say the same."""
    for tag in at.world.clan_tags[:6]:
        clan = at.get(f"/clans/{tag}")
        assert clan["members"] == len(clan["memberList"])
        assert sum(member["role"] == "leader" for member in clan["memberList"]) == 1
        for member in clan["memberList"][:5]:
            player = at.get(f"/players/{member['tag']}")
            assert player["clan"]["tag"] == tag
            shared = {"name", "role", "trophies", "townHallLevel", "expLevel", "leagueTier", "donations"}
            assert {key: player[key] for key in shared} == {key: member[key] for key in shared}
        assert at.get(f"/clans/{tag}/members")["items"] == clan["memberList"]


def test_both_sides_see_one_war(at: At) -> None:
    """Opponent of my opponent am I, with the same attacks."""
    seen = dict(at.wars())
    compared = 0
    for tag, war in seen.items():
        other = war["opponent"].get("tag")
        if other in seen:
            mirrored = seen[other]
            assert (mirrored["opponent"], mirrored["clan"]) == (war["clan"], war["opponent"])
            assert war["clan"]["tag"] == tag
            compared += 1
    assert compared > 10


@given(st.integers(0, 5 * 24))
@settings(max_examples=25)
def test_stars_and_attacks_sum_up_at_any_hour(hours: int) -> None:
    """A side's stars are those of the best attack on each enemy, and nobody attacks too often."""
    at = At(NOON + hours * HOUR)
    for _, war in list(at.wars())[:12]:
        if war["state"] == "notInWar":
            assert "members" not in war["clan"]
            continue
        clan, enemy = war["clan"], war["opponent"]
        best = [
            member["bestOpponentAttack"]["stars"]
            for member in enemy["members"]
            if "bestOpponentAttack" in member
        ]
        assert clan["stars"] == sum(best)
        assert clan["attacks"] == sum(len(member.get("attacks", ())) for member in clan["members"])
        assert all(
            1 <= len(member.get("attacks", [0])) <= war["attacksPerMember"] for member in clan["members"]
        )
        assert len(clan["members"]) == war["teamSize"]
        if war["state"] == "preparation":
            assert (clan["attacks"], clan["stars"]) == (0, 0)


def test_a_war_goes_through_its_states_with_the_clock(at: At) -> None:
    """preparation, inWar with more and more attacks, warEnded, notInWar, and again."""
    states, attacks = [], []
    for hour in range(0, 80, 2):
        at.now = NOON + hour * HOUR
        war = at.get("/clans/#2PP/currentwar")
        if not states or states[-1] != war["state"]:
            states.append(war["state"])
        if war["state"] == "inWar":
            attacks.append(war["clan"]["attacks"])
    cycle = ["preparation", "inWar", "warEnded", "notInWar"]
    start = cycle.index(states[0])
    assert states[:5] == [cycle[(start + step) % 4] for step in range(len(states[:5]))]
    assert attacks[0] < max(attacks)


def test_a_finished_war_is_in_the_log_with_its_result(at: At) -> None:
    """What the last hour of a war showed is what the log says."""
    while at.get("/clans/#2PP/currentwar")["state"] != "warEnded":
        at.now += HOUR
    war = at.get("/clans/#2PP/currentwar")
    row = at.get("/clans/#2PP/warlog")["items"][0]
    assert row["endTime"] == war["endTime"]
    assert (row["clan"]["stars"], row["opponent"]["stars"]) == (
        war["clan"]["stars"],
        war["opponent"]["stars"],
    )
    ours = (war["clan"]["stars"], war["clan"]["destructionPercentage"])
    theirs = (war["opponent"]["stars"], war["opponent"]["destructionPercentage"])
    assert row["result"] == ("win" if ours > theirs else "lose" if ours < theirs else "tie")


MARCH_1 = 1_772_323_200.0


def test_a_league_draws_its_rounds_day_by_day() -> None:
    """#0 before, a tag that leads to a war after; every clan meets every other once."""
    at = At(MARCH_1 + 12 * HOUR)
    assert at.get("/clans/#2PP/currentwar/leaguegroup") == {"state": "notInWar"}
    at.now = MARCH_1 + 3 * DAY + 12 * HOUR
    group = at.get("/clans/#2PP/currentwar/leaguegroup")
    tags = [round_["warTags"] for round_ in group["rounds"]]
    assert [tag == ["#0"] * 4 for tag in tags] == [False] * 3 + [True] * 4
    assert (group["state"], group["season"], len(group["clans"])) == ("inWar", "2026-03", 8)
    at.now = MARCH_1 + 8 * DAY + HOUR
    met = set()
    for round_ in at.get("/clans/#2PP/currentwar/leaguegroup")["rounds"]:
        sides = []
        for tag in round_["warTags"]:
            war = at.get(f"/clanwarleagues/wars/{tag}")
            assert "attacksPerMember" not in war
            assert war["warStartTime"] == war["startTime"]
            pair = frozenset((war["clan"]["tag"], war["opponent"]["tag"]))
            met.add(pair)
            sides += pair
        assert len(set(sides)) == 8
    assert len(met) == 28
    assert at.get("/clans/#2PP/currentwar")["state"] == "notInWar"
    at.now = MARCH_1 + 20 * DAY
    assert at.answer("/clans/#2PP/currentwar/leaguegroup").status == 404


@pytest.mark.parametrize("tag", ["#0", "#2PP", "#22222222222", "#!!!!", ""])
def test_what_is_no_league_war_is_not_found(at: At, tag: str) -> None:
    """#0 must not be asked for."""
    assert at.answer(f"/clanwarleagues/wars/{tag}").status == 404


def test_rankings_are_sorted_and_regions_have_none(at: At) -> None:
    """By country and for the world."""
    for kind, key in [
        ("clans", "clanPoints"),
        ("players", "trophies"),
        ("clans-builder-base", "clanBuilderBasePoints"),
        ("players-builder-base", "builderBaseTrophies"),
        ("capitals", "clanCapitalPoints"),
    ]:
        rows = at.get(f"/locations/global/rankings/{kind}")["items"]
        assert [row[key] for row in rows] == sorted((row[key] for row in rows), reverse=True)
        assert [row["rank"] for row in rows] == list(range(1, len(rows) + 1))
        assert len(rows) <= 200
        assert at.get(f"/locations/32000000/rankings/{kind}")["items"] == []
    here = at.get("/clans/#2PP")["location"]["id"]
    assert "#2PP" in [row["tag"] for row in at.get(f"/locations/{here}/rankings/clans")["items"]]


@given(st.integers(1, 60), st.sampled_from(["/locations", "/clans/#2PP/members", "/labels/clans"]))
@settings(max_examples=40)
def test_cursors_lead_through_every_item_once_and_back(limit: int, path: str) -> None:
    """Forward by after, back by before."""
    at = At()
    everything = at.get(path)["items"]
    assert at.get(path)["paging"] == {"cursors": {}}
    items, query = [], {"limit": str(limit)}
    while True:
        page = at.get(path, **query)
        items += page["items"]
        cursors = page["paging"]["cursors"]
        if "after" not in cursors:
            break
        query = {"limit": str(limit), "after": cursors["after"]}
    assert items == everything
    if "before" in cursors:
        back = at.get(path, limit=str(limit), before=cursors["before"])["items"]
        assert (
            back
            == everything[
                max(0, len(everything) - len(page["items"]) - limit) : len(everything) - len(page["items"])
            ]
        )


def test_the_ranked_group_of_a_player_leads_from_the_player_and_back(at: At) -> None:
    """A hundred members, the player among them; #0 for the highest tier."""
    groups = 0
    for tag in at.world.members[:40]:
        player = at.get(f"/players/{tag}")
        if player["currentLeagueGroupTag"] == "#0":
            assert player["leagueTier"]["name"] == "Legend League"
            continue
        path = f"/leaguegroup/{player['currentLeagueGroupTag']}/{player['currentLeagueSeasonId']}"
        group = at.get(path, playerTag=tag)
        assert tag in [member["playerTag"] for member in group["members"]]
        assert len(group["members"]) == 100
        assert at.answer(path).status == 400
        groups += 1
    assert groups > 5


def test_a_hundred_thousand_players_exist_and_cost_no_memory(at: At) -> None:
    """Every tag of 8 or 9 characters of the alphabet is a player without a clan."""
    player = at.get("/players/#22222222")
    assert {"clan", "role", "currentLeagueGroupTag"}.isdisjoint(player)
    assert at.answer("/players/#VV").status == 404
    assert at.answer("/players/#ABCDEFGH").status == 404


def test_raids_name_members_in_the_newest_season_only(at: At) -> None:
    """And drop the attacks of old ones."""
    seasons = at.get("/clans/#2PP/capitalraidseasons")["items"]
    assert ["members" in season for season in seasons] == [True] + [False] * (len(seasons) - 1)
    assert "attacks" in seasons[0]["attackLog"][0]["districts"][0]
    assert "attacks" not in seasons[-1]["attackLog"][0]["districts"][0]
    assert [season["startTime"] for season in seasons] == sorted(
        (s["startTime"] for s in seasons), reverse=True
    )


# Shapes, against recordings

OPERATIONS = {
    "battlelog": ["/players/#2PP/battlelog"],
    "builderbaseleagues": ["/builderbaseleagues"],
    "capitalleagues": ["/capitalleagues"],
    "capitalraidseasons": ["/clans/#2PP/capitalraidseasons?limit=10"],
    "clan-members": ["/clans/#2PP/members"],
    "clan": ["/clans/#2PP"],
    "clans-search": ["/clans?minMembers=1&limit=40"],
    "currentwar": ["/clans/#2PP/currentwar"],
    "cwl-leaguegroup": ["/clans/#2PP/currentwar/leaguegroup"],
    "cwl-war": ["CWL"],
    "goldpass": ["/goldpass/seasons/current"],
    "labels-clans": ["/labels/clans"],
    "labels-players": ["/labels/players"],
    "league-season-rankings": ["/leagues/29000022/seasons/2026-02-23?limit=100"],
    "league-seasons": ["/leagues/29000022/seasons"],
    "leaguehistory": ["/players/#2PP/leaguehistory"],
    "leaguetiers": ["/leaguetiers"],
    "location": ["/locations/32000094", "/locations/32000000"],
    "locations": ["/locations"],
    "player": ["/players/#2PP"],
    "ranked-leaguegroup": ["GROUP"],
    "rankings-capitals": ["/locations/global/rankings/capitals?limit=20"],
    "rankings-clans-builder-base": ["/locations/global/rankings/clans-builder-base?limit=20"],
    "rankings-clans": ["/locations/global/rankings/clans?limit=20"],
    "rankings-players-builder-base": ["/locations/global/rankings/players-builder-base?limit=20"],
    "rankings-players": ["/locations/global/rankings/players?limit=20"],
    "verifytoken": ["VERIFY"],
    "warleagues": ["/warleagues"],
    "warlog": ["/clans/#2PP/warlog?limit=20"],
}
VARIANT = re.compile(
    r"-(country|region-empty|region|inWar.*|warEnded|ended|preparation|notInWar|ok|invalid|current|previous)$"
)


def keys(value: Any, path: str = "") -> set[str]:
    """Every path of keys in a document; lists count once."""
    if isinstance(value, dict):
        return {f"{path}.{key}" for key in value} | {
            found for key, part in value.items() for found in keys(part, f"{path}.{key}")
        }
    if isinstance(value, list):
        return {found for part in value for found in keys(part, path + "[]")}
    return set()


def recorded(operation: str) -> set[str]:
    found: set[str] = set()
    for file in PAYLOADS.glob("*.json"):
        name = VARIANT.sub("", file.name.split("__")[0])
        if name == operation:
            document = json.loads(file.read_text(encoding="utf-8"))
            found |= keys(document["body"] if "response_code" in document else document)
    return found


def ours(operation: str) -> set[str]:
    found: set[str] = set()
    in_league = MARCH_1 + 8 * DAY + 30 * HOUR
    times = [in_league] if operation.startswith("cwl") else [NOON + hour * HOUR for hour in range(0, 75, 6)]
    for now in times if "war" in operation else times[:1]:
        at = At(now)
        for path in OPERATIONS[operation]:
            bare, _, query = path.partition("?")
            options = dict(part.split("=") for part in query.split("&")) if query else {}
            if path == "CWL":
                rounds = at.get("/clans/#2PP/currentwar/leaguegroup")["rounds"]
                for tag in [tag for round_ in rounds for tag in round_["warTags"]]:
                    found |= keys(at.get(f"/clanwarleagues/wars/{tag}"))
            elif path == "GROUP":
                tag = next(t for t in at.world.members if at.world.lives.tier(t, at.now) != 34)
                player = at.get(f"/players/{tag}")
                group = f"/leaguegroup/{player['currentLeagueGroupTag']}/{player['currentLeagueSeasonId']}"
                found |= keys(at.get(group, playerTag=tag))
            elif path == "VERIFY":
                answer = at.api.respond("POST", "/players/%232PP/verifytoken", {}, TOKEN, b'{"token": "x"}')
                found |= keys(json.loads(answer.body))
            else:
                found |= keys(at.get(bare, **options))
                if options:
                    found |= keys(at.get(bare, **options, **after(at, bare, options)))
    return found


def after(at: At, path: str, options: dict[str, str]) -> dict[str, str]:
    cursors = at.get(path, **options)["paging"]["cursors"]
    return {"after": cursors["after"]} if "after" in cursors else {}


@pytest.mark.parametrize("operation", OPERATIONS)
def test_answers_have_every_key_that_was_recorded(operation: str) -> None:
    """Compared with recordings of the real API, where they lie beside the project."""
    if not PAYLOADS.is_dir():
        pytest.skip("no recordings beside the project")
    real = recorded(operation)
    assert real
    assert real - ours(operation) == set()


def test_every_recording_is_compared() -> None:
    """No operation is left out."""
    if not PAYLOADS.is_dir():
        pytest.skip("no recordings beside the project")
    names = {VARIANT.sub("", file.name.split("__")[0]) for file in PAYLOADS.glob("*.json")}
    assert {name for name in names if not name.startswith("error")} == set(OPERATIONS)


def test_all_have_tags_of_their_own_that_the_game_could_have_given() -> None:
    """Whether at home in a clan or nowhere; a player may have the tag of a clan, as #2PP has."""
    world = World(0)
    players = [*world.members, *(world.stranger(clan, place) for clan in range(CLANS) for place in range(50))]
    assert len(set(players)) == len(players)
    assert len(set(world.clan_tags)) == CLANS
    assert [tag for tag in (*players, *world.clan_tags) if not is_valid_tag(tag)] == []
    assert not world.has_player("#02222222")
