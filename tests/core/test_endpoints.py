"""Every operation of the API has its method, and every method sends what it should."""

import inspect
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from cocapi import CocApi
from cocapi.api.endpoints import Operations
from cocapi.api.operations import PAGE_PARAMS, Operation
from cocapi.calls.address import literal_template
from cocapi.testing import Script

V1 = "https://api.clashofclans.com/v1"

CALLS: list[tuple[str, tuple[Any, ...], str]] = [
    ("clan", ("abc",), "GET /clans?limit=10&name=abc"),
    ("clan_tag", ("#2PP",), "GET /clans/#2PP"),
    ("clan_members", ("#2PP",), "GET /clans/#2PP/members"),
    ("clan_war_log", ("#2PP",), "GET /clans/#2PP/warlog"),
    ("clan_current_war", ("#2PP",), "GET /clans/#2PP/currentwar"),
    ("clan_leaguegroup", ("#2PP",), "GET /clans/#2PP/currentwar/leaguegroup"),
    ("warleague", ("#2PP",), "GET /clanwarleagues/wars/#2PP"),
    ("clan_capitalraidseasons", ("#2PP",), "GET /clans/#2PP/capitalraidseasons"),
    ("players", ("#2PP",), "GET /players/#2PP"),
    ("verify_player_token", ("#2PP", "once"), "POST /players/#2PP/verifytoken"),
    ("player_battlelog", ("#2PP",), "GET /players/#2PP/battlelog"),
    ("player_leaguehistory", ("#2PP",), "GET /players/#2PP/leaguehistory"),
    ("leaguegroup", ("#GR0", 1773032400, "2pp"), "GET /leaguegroup/#GR0/1773032400?playerTag=#2PP"),
    ("league", (), "GET /leagues"),
    ("league_id", (29000022,), "GET /leagues/29000022"),
    ("league_season", (29000022,), "GET /leagues/29000022/seasons"),
    ("league_season_id", ("29000022", "2025-08"), "GET /leagues/29000022/seasons/2025-08"),
    ("leaguetiers", (), "GET /leaguetiers"),
    ("leaguetiers_id", (105000000,), "GET /leaguetiers/105000000"),
    ("warleagues", (), "GET /warleagues"),
    ("warleagues_id", (48000000,), "GET /warleagues/48000000"),
    ("capitalleagues", (), "GET /capitalleagues"),
    ("capitalleagues_id", (85000000,), "GET /capitalleagues/85000000"),
    ("builderbaseleagues", (), "GET /builderbaseleagues"),
    ("builderbaseleagues_id", (44000000,), "GET /builderbaseleagues/44000000"),
    ("location", (), "GET /locations"),
    ("location_id", (32000007,), "GET /locations/32000007"),
    ("location_id_clan_rank", ("global",), "GET /locations/global/rankings/clans"),
    ("location_id_player_rank", (32000007,), "GET /locations/32000007/rankings/players"),
    ("location_clans_builder_base", (1,), "GET /locations/1/rankings/clans-builder-base"),
    ("location_players_builder_base", (1,), "GET /locations/1/rankings/players-builder-base"),
    ("location_capital_rankings", (1,), "GET /locations/1/rankings/capitals"),
    ("labels_clans", (), "GET /labels/clans"),
    ("labels_players", (), "GET /labels/players"),
    ("goldpass", (), "GET /goldpass/seasons/current"),
]
"""The 35 operations, each with a call and what it should send."""

OTHER_NAMES = {
    "goldpass_seasons_current",
    "location_clan_versus",
    "location_player_versus",
    "custom_endpoint",
}


def operations() -> dict[str, Operation[Any, Any, Any]]:
    return {name: value for name, value in vars(Operations).items() if isinstance(value, Operation)}


def test_there_are_35_operations_and_a_few_more_names() -> None:
    """No operation of the API is missing, and no method stands for none."""
    assert len(CALLS) == 35
    assert set(operations()) == {name for name, _, _ in CALLS} | OTHER_NAMES


@pytest.mark.parametrize(("method", "args", "sent"), CALLS, ids=[name for name, _, _ in CALLS])
def test_a_method_sends_its_request_and_returns_the_answer(
    play: Any, method: str, args: tuple[Any, ...], sent: str
) -> None:
    """The same in sync and async."""
    script = Script()
    assert play(script, method, *args, only_plugins=("script",)) == {}
    (request,) = script.requests
    assert f"{request.method} {unquote(request.url.removeprefix(V1))}" == sent
    assert request.operation == method


def test_the_templates_are_those_of_the_specification() -> None:
    """Compared with the API's own description, where it lies beside the project."""
    spec = Path(__file__).parents[3] / "shared/api/openapi-WarSpark-2026.yaml"
    if not spec.is_file():
        pytest.skip("the API's description is not beside the project")
    paths = {
        line.strip().strip(":'\"")
        for line in spec.read_text().splitlines()
        if line.startswith(("  /", "  '/"))
    }
    ours = {operations()[name].template for name, _, _ in CALLS}
    assert ours == {path for path in paths if path.startswith("/")}


LISTS = [
    *("clan_members", "clan_war_log", "clan_capitalraidseasons", "league", "league_season"),
    *("league_season_id", "leaguetiers", "warleagues", "capitalleagues", "builderbaseleagues"),
    *("location", "location_id_clan_rank", "location_id_player_rank", "location_clans_builder_base"),
    *("location_players_builder_base", "location_capital_rankings", "labels_clans", "labels_players"),
]
ACCEPTED_PARAMS_IN_4_0 = ["clan", "clan_tag", "players", "goldpass", *LISTS]
ARGS = {name: args for name, args, _ in CALLS}


@pytest.mark.parametrize("method", ACCEPTED_PARAMS_IN_4_0)
def test_paging_is_taken_from_params(method: str) -> None:
    """Wherever 4.0 took it, and by every list."""
    script = Script()
    with script.client(only_plugins=("script",)) as api:
        getattr(api, method)(*ARGS[method], params={"limit": 5, "after": "abc"})
    assert {"limit": 5, "after": "abc"}.items() <= dict(script.requests[0].params).items()
    assert operations()[method].query is not None
    assert set(PAGE_PARAMS) <= set(operations()[method].query or ())


@pytest.mark.parametrize("method", LISTS)
def test_paging_is_taken_as_keywords_by_every_list(method: str) -> None:
    """api.clan_members(tag, limit=5)."""
    script = Script()
    with script.client(only_plugins=("script",)) as api:
        getattr(api, method)(*ARGS[method], params={"limit": 9}, limit=5, before="x")
    assert script.requests[0].query == "before=x&limit=5"


@pytest.mark.parametrize(
    "method", [name for name, _, _ in CALLS if name != "verify_player_token" and name != "leaguegroup"]
)
def test_an_unknown_parameter_is_refused_by_name_and_nothing_is_sent(play: Any, method: str) -> None:
    """The documented error, with what is allowed."""
    takes = inspect.signature(getattr(CocApi, method)).parameters
    if "params" not in takes:
        with pytest.raises(TypeError):
            play(Script(), method, *ARGS[method], call={"params": {}})
        return
    script = Script()
    answer = play(script, method, *ARGS[method], call={"params": {"limt": 5}})
    assert answer["error_type"] == "params"
    assert answer["message"] == "Invalid params for method"
    assert answer["detail"].startswith(f"Invalid params for method {method}: 'limt' is unknown; allowed: ")
    assert script.requests == []


def test_clan_search_takes_all_its_filters() -> None:
    """As keywords of 4.0, and by the API's own names in params."""
    script = Script()
    with script.client(only_plugins=("script",)) as api:
        api.clan(
            "abc",
            limit=3,
            war_frequency="always",
            location_id=32000007,
            min_members=1,
            max_members=50,
            min_clan_points=2,
            min_clan_level=3,
            label_ids="56000000,56000001",
        )
        api.clan(params={"minMembers": 5, "after": "x"})
    assert unquote(script.requests[0].query) == (
        "labelIds=56000000,56000001&limit=3&locationId=32000007&maxMembers=50&minClanLevel=3"
        "&minClanPoints=2&minMembers=1&name=abc&warFrequency=always"
    )
    assert script.requests[1].query == "after=x&limit=10&minMembers=5"


@pytest.mark.parametrize(
    ("old", "successor"),
    [
        ("location_clan_versus", "location_clans_builder_base"),
        ("location_player_versus", "location_players_builder_base"),
    ],
)
def test_retired_operations_ask_their_successor_and_say_so(old: str, successor: str) -> None:
    """The warning points at the caller's line."""
    script = Script()
    with script.client(only_plugins=("script",)) as api:
        with pytest.warns(DeprecationWarning, match=successor) as caught:
            getattr(api, old)("global")
        getattr(api, successor)("global")
    assert caught[0].filename == __file__
    assert script.requests[0].url == script.requests[1].url


def test_verify_player_token_posts_the_token_in_the_body() -> None:
    """Not in the address, where logs would keep it."""
    script = Script()
    with script.client() as api:
        api.verify_player_token("#2PP", "once")
    assert script.requests[0].json == {"token": "once"}
    assert "once" not in script.requests[0].url


@pytest.mark.parametrize("value", ["..", ".", "", None, 1.5, True, b"x"])
def test_what_cannot_be_an_id_is_refused(play: Any, value: Any) -> None:
    """Nothing is sent."""
    script = Script()
    answer = play(script, "location_id", value)
    assert (answer["error_type"], script.requests) == ("params", [])


@pytest.mark.parametrize("value", ["a/b", "../clans", "1?x=1", "1#x", "%2e%2e", "a b", "é"])
def test_an_id_never_leaves_its_segment(value: str) -> None:
    """Whatever it is."""
    script = Script()
    with script.client() as api:
        api.location_id(value)
    path = script.requests[0].url.removeprefix(f"{V1}/locations/")
    assert unquote(path) == value
    assert not set("/?# ") & set(path)


@pytest.mark.parametrize(
    ("path", "url", "template"),
    [
        ("/clans/#2PP/newthing", "/clans/%232PP/newthing", "/clans/{tag}/newthing"),
        ("clans/%232PP", "/clans/%232PP", "/clans/{tag}"),
        ("/leagues/29000022/x?limit=5", "/leagues/29000022/x?limit=5", "/leagues/{id}/x"),
        ("/a/#X/#Y/12", "/a/%23X/%23Y/12", "/a/{tag}/{tag1}/{id2}"),
        ("/a//b/", "/a/b", "/a/b"),
        ("/a/{b}", "/a/%7Bb%7D", "/a/{value}"),
        ("", "/", "/"),
    ],
)
def test_custom_endpoint_calls_anything_below_the_base_url(path: str, url: str, template: str) -> None:
    """And its template names no tag and no id."""
    script = Script()
    with script.client() as api:
        api.custom_endpoint(path)
    assert script.requests[0].url == V1 + url
    assert script.requests[0].template == template


def test_custom_endpoint_takes_any_parameter() -> None:
    """It is for what this library does not know yet."""
    script = Script()
    with script.client() as api:
        api.custom_endpoint("/x?a=1", {"b": 2})
        assert api.custom_endpoint("/x/../y")["error_type"] == "params"
    assert script.requests[0].query == "a=1&b=2"


def test_literal_templates_are_templates() -> None:
    """Templates and values give the path back."""
    assert literal_template("/clans/%232PP/x") == ("/clans/{tag}/x", {"tag": "#2PP"})


@pytest.mark.parametrize("name", operations())
def test_every_operation_says_what_it_answers(name: str) -> None:
    """help(api.clan_tag) helps."""
    assert operations()[name].__doc__
    assert inspect.signature(getattr(CocApi, name))
