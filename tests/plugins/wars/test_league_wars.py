"""api.league_wars: all rounds of a league, the clan's own war first, and the table."""

from types import SimpleNamespace
from typing import Any

import pytest

from cocapi import NotFound, Request, Response
from cocapi.game import BONUS_STARS, LeagueWars, promoted, relegated, standings
from cocapi.testing import Script, json_response

CLAN = "#2PP"
ROUNDS_ON = {2.5: 1, 3.5: 2, 5.5: 4, 8.5: 7, 9.5: 7, 10.5: 7}
"""By day of March, how many rounds have been drawn."""


def table_by_hand(box: Any, tag: str) -> dict[str, tuple[int, int, int]]:
    """Stars with bonus, destruction and wars won of each clan of a group, from the attacks themselves."""
    group = box.get(f"/clans/%23{tag[1:]}/currentwar/leaguegroup")
    rows = {clan["tag"]: (0, 0, 0) for clan in group["clans"]}
    for war_tag in {war for each in group["rounds"] for war in each["warTags"]} - {"#0"}:
        war = box.get(f"/clanwarleagues/wars/%23{war_tag[1:]}")
        scores = {war[side]["tag"]: score_by_hand(war[side]) for side in ("clan", "opponent")}
        for clan, score in scores.items():
            won = war["state"] == "warEnded" and all(
                score > other for c, other in scores.items() if c != clan
            )
            stars, destruction, wins = rows[clan]
            rows[clan] = (stars + score[0] + BONUS_STARS * won, destruction + score[1], wins + won)
    return rows


def score_by_hand(side: Any) -> tuple[int, int]:
    """Stars and destruction of a side: the best attack on each enemy counts."""
    best: dict[str, tuple[int, int]] = {}
    for member in side["members"]:
        for attack in member.get("attacks", ()):
            worth = (attack["stars"], attack["destructionPercentage"])
            best[attack["defenderTag"]] = max(best.get(attack["defenderTag"], (0, 0)), worth)
    return sum(stars for stars, _ in best.values()), sum(destruction for _, destruction in best.values())


@pytest.mark.parametrize("day", ROUNDS_ON)
def test_all_drawn_wars_are_there_and_the_own_one_is_first(box: Any, day: float) -> None:
    with box.at(day).script.client(only_plugins=("script", "wars")) as api:
        league = api.league_wars(CLAN)
    assert league is not None
    assert [len(wars) for wars in league.rounds] == [4] * ROUNDS_ON[day]
    for wars, own in zip(league.rounds, league.own, strict=True):
        assert own is next(iter(wars.values()))
        assert own["clan"]["tag"] == CLAN
    assert len(list(league)) == len(set(box.asked)) - 1 == len(box.asked) - 1


@pytest.mark.parametrize("day", ROUNDS_ON)
def test_the_table_is_that_of_the_world(box: Any, day: float) -> None:
    """Stars, bonus, destruction and wins, counted from the attacks themselves."""
    with box.at(day).script.client(only_plugins=("script", "wars")) as api:
        league = api.league_wars(CLAN)
    assert league is not None
    truth = table_by_hand(box, CLAN)
    assert {row.tag: (row.stars, round(row.destruction, 6), row.won) for row in league.standings} == truth
    order = sorted(truth.values(), reverse=True, key=lambda row: row[:2])
    assert [(row.stars, round(row.destruction, 6), row.won) for row in league.standings] == order
    assert league.standing == next(row for row in league.standings if row.tag == CLAN)


def test_it_is_the_same_in_every_mode(box: Any, mode: Any) -> None:
    league = mode.ask(box.at(5.5), lambda api: api.league_wars(CLAN))
    assert isinstance(league, LeagueWars)
    rows = {row.tag: (row.stars, round(row.destruction, 6), row.won) for row in league.standings}
    assert rows == table_by_hand(box, CLAN)
    assert all(isinstance(war, dict) is not mode.models for war in league)


def test_sums_of_the_table_agree(box: Any) -> None:
    """Every win is somebody's defeat, and every attack is made or missed."""
    with box.at(10.5).script.client(only_plugins=("script", "wars")) as api:
        league: Any = api.league_wars(CLAN)
    rows = league.standings
    assert [row.wars for row in rows] == [7] * 8
    assert sum(row.won for row in rows) == sum(row.lost for row in rows)
    assert sum(row.tied for row in rows) % 2 == 0
    assert {row.attacks + row.missed for row in rows} == {7 * 15}
    assert [row.rank for row in rows] == sorted(row.rank for row in rows)
    assert [row.rank for row in promoted(rows, 2)] == [1, 2]
    assert [row.rank for row in relegated(rows, 2)] == [7, 8]
    assert relegated(rows, 0) == ()


@pytest.mark.parametrize(("day", "clan"), [(20, 0), (1.5, 0), (5.5, 34), (5.5, 42)])
def test_without_a_group_there_is_none(box: Any, mode: Any, day: float, clan: int) -> None:
    """Out of season, before it is drawn, while it is searched for, and for who never signs up."""
    tags = box.at(day).api.world.clan_tags[clan:]
    tag = next(tag for tag in tags if box.get(f"/clans/%23{tag[1:]}")["isWarLogPublic"])
    assert mode.ask(box, lambda api: api.league_wars(tag)) is None


def test_a_clan_that_does_not_exist_is_in_no_group_either(box: Any, mode: Any) -> None:
    """The API says of both that there is nothing, in the same words."""
    assert mode.ask(box.at(5.5), lambda api: api.league_wars("#VV")) is None
    with pytest.raises(NotFound):
        mode.ask(box, lambda api: api.current_war("#VV"))


@pytest.mark.parametrize("odd", [[{}], [None], [{"warTags": 7}], [{"warTags": [{}, None, 7]}], None, 7])
def test_what_is_no_round_is_left_out(mode: Any, odd: Any) -> None:
    """Of what the API says of a group, and a group without rounds has no wars; no call fails for it."""

    def answer(request: Request) -> Response:
        return json_response({"state": "inWar", "rounds": odd, "clans": [{"tag": CLAN}]})

    box = SimpleNamespace(script=Script(answer))
    league = mode.ask(box, lambda api: api.league_wars(CLAN))
    assert list(league or ()) == []
    assert mode.ask(box, lambda api: api.current_war(CLAN, round="preparation")) is None


def test_clans_that_are_level_share_a_rank() -> None:
    group: Any = {"clans": [{"tag": tag, "name": tag} for tag in ("#A", "#B", "#C")]}
    side: Any = {"stars": 10, "destructionPercentage": 50.0, "attacks": 3}
    wars: Any = [
        {"state": "warEnded", "teamSize": 5, "clan": {"tag": "#A", **side}, "opponent": {"tag": "#B", **side}}
    ]
    rows = standings(group, wars)
    assert [(row.tag, row.rank, row.tied, row.stars) for row in rows] == [
        ("#A", 1, 1, 10),
        ("#B", 1, 1, 10),
        ("#C", 3, 0, 0),
    ]
