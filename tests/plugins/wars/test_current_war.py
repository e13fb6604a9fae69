"""api.current_war: the war that a player would name, in as few calls as possible."""

import json
from itertools import islice
from typing import Any

import anyio
import pytest

from cocapi import CocApi, InvalidParams, NotFound, PrivateWarLog, Request, Response
from cocapi.game import swapped
from cocapi.testing import Script, json_response

CLAN = "#2PP"
ROUNDS: list[Any] = ["current", "preparation", "previous", *range(1, 9)]


def plain(war: Any) -> Any:
    """A war as a dict, whichever it is."""
    return (
        war
        if war is None or isinstance(war, dict)
        else json.loads(war.model_dump_json(by_alias=True, exclude_unset=True))
    )


def own_wars(box: Any, tag: str) -> list[Any]:
    """A clan's war of each round that has been drawn, by looking at all of them; None where it has none."""
    found = []
    group = box.get(f"/clans/%23{tag[1:]}/currentwar/leaguegroup") or {}
    for each in group.get("rounds", []):
        wars = [box.get(f"/clanwarleagues/wars/%23{war[1:]}") for war in each["warTags"] if war != "#0"]
        sides = [war if war["clan"]["tag"] == tag else swapped(war) for war in wars]
        if wars:
            found.append(next((war for war in sides if war["clan"]["tag"] == tag), None))
    return found


def expected(wars: list[Any], which: Any) -> Any:
    """The war of a round, told by the states of all."""
    if isinstance(which, int):
        return wars[which - 1] if which <= len(wars) else None
    states = [war["state"] for war in wars]
    if which == "preparation":
        return wars[states.index("preparation")] if "preparation" in states else None
    running = states.index("inWar") if "inWar" in states else len(states) - 1 if "warEnded" in states else 0
    place = running - (which == "previous")
    return wars[place] if 0 <= place < len(wars) else None


def test_a_regular_war_is_one_call(box: Any, mode: Any) -> None:
    box.at(20)
    tag = next(
        tag for tag in box.public_clans() if box.get(f"/clans/%23{tag[1:]}/currentwar")["state"] == "inWar"
    )
    war = mode.ask(box, lambda api: api.current_war(tag.lower()))
    assert box.asked == [f"/clans/%23{tag[1:]}/currentwar"]
    assert plain(war) == box.get(box.asked[0])
    assert plain(war)["clan"]["tag"] == tag


def test_a_clan_that_is_in_no_war_is_answered_with_none(box: Any, mode: Any) -> None:
    box.at(20)
    tag = next(
        t for t in box.public_clans() if box.get(f"/clans/%23{t[1:]}/currentwar")["state"] == "notInWar"
    )
    assert mode.ask(box, lambda api: api.current_war(tag)) is None
    assert len(box.asked) == 2


@pytest.mark.parametrize("day", [2.5, 3.5, 5.5, 8.5, 9.5, 10.5])
@pytest.mark.parametrize("which", ROUNDS)
def test_in_the_league_it_is_that_of_the_round(box: Any, day: float, which: Any) -> None:
    """Every round, on the first day, in the middle, on the last two and after the end; none is asked twice,
    and of a round no more than its wars."""
    truth = expected(own_wars(box.at(day), CLAN), which)
    regular = box.get(f"/clans/%23{CLAN[1:]}/currentwar")
    if which == "current" and regular["state"] != "notInWar":
        truth = regular  # the first one after the league
    with box.script.client(only_plugins=("script", "wars"), raise_errors=True) as api:
        war = api.current_war(CLAN, round=which)
    assert war == truth
    assert war is None or war["clan"]["tag"] == CLAN
    assert len(set(box.asked)) == len(box.asked) <= 7
    assert "%230" not in " ".join(box.asked)


def test_in_the_league_it_is_the_same_in_every_mode(box: Any, mode: Any) -> None:
    truth = own_wars(box.at(5.5), CLAN)[2]
    war = mode.ask(box, lambda api: api.current_war(CLAN))
    assert plain(war) == truth
    assert isinstance(war, dict) is not mode.models


def test_every_clan_of_the_league_finds_its_war_on_its_own_side(box: Any) -> None:
    """Also those that stand on the other side in the answer."""
    box.at(5.5)
    with box.script.client(only_plugins=("script", "wars"), raise_errors=True) as api:
        for tag in islice(box.public_clans(), 8):
            war = api.current_war(tag)
            assert war == own_wars(box, tag)[2]


def test_a_group_that_is_still_searched_for_is_no_war(box: Any, mode: Any) -> None:
    box.at(1.5)
    box.private = set(box.api.world.clan_tags)
    with pytest.raises(PrivateWarLog):
        mode.ask(box, lambda api: api.current_war(CLAN))
    box.private = set()
    assert plain(mode.ask(box, lambda api: api.current_war(CLAN, round="preparation"))) is None


def test_a_private_war_log_falls_through_to_the_league(box: Any, mode: Any) -> None:
    truth = own_wars(box.at(5.5), CLAN)[2]
    box.private = {CLAN}
    assert plain(mode.ask(box, lambda api: api.current_war(CLAN))) == truth


def test_a_private_war_log_without_a_league_says_so(box: Any, mode: Any) -> None:
    """None would be a lie: nobody knows."""
    box.at(20).private = {CLAN}
    with pytest.raises(PrivateWarLog):
        mode.ask(box, lambda api: api.current_war(CLAN))


def test_a_failure_is_raised_though_operations_answer_with_error_dicts(box: Any, mode: Any) -> None:
    with pytest.raises(NotFound):
        mode.ask(box, lambda api: api.current_war("#VV"))


@pytest.mark.parametrize("which", ["next", 0, -1, True, 1.5, None])
def test_what_names_no_round_is_refused_before_anything_is_sent(box: Any, which: Any) -> None:
    with (
        box.script.client(only_plugins=("script", "wars")) as api,
        pytest.raises(InvalidParams, match="round is"),
    ):
        api.current_war(CLAN, round=which)
    assert box.asked == []


def test_a_batch_keeps_the_order_and_a_stream_the_keys(box: Any, mode: Any) -> None:
    """With the error of a key in its place."""
    tags = [*islice(box.at(5.5).public_clans(), 3), "#VV"]
    truth = [own_wars(box, tag)[2] for tag in tags[:-1]]
    wars = mode.ask(box, lambda api: api.batch(api.current_war, tags))
    assert [plain(war) for war in wars[:-1]] == truth
    assert isinstance(wars[-1], NotFound)

    def streamed(api: Any) -> Any:
        if mode.backend == "sync":
            return dict(api.stream(api.current_war, tags))

        async def pairs() -> Any:
            return {tag: war async for tag, war in api.stream(api.current_war, tags)}

        return pairs()

    found = mode.ask(box, streamed)
    assert [plain(found[tag]) for tag in tags[:-1]] == truth
    assert isinstance(found["#VV"], NotFound)


def test_what_was_asked_before_comes_from_the_cache(box: Any) -> None:
    box.at(5.5)
    with box.script.client(only_plugins=("script", "wars", "cache")) as api:
        first = api.current_war(CLAN)
        asked = len(box.asked)
        assert api.current_war(CLAN) == first
        assert len(box.asked) == asked


def league(*rounds: tuple[str, ...], state: str = "inWar") -> dict[str, Any]:
    """A group of two clans, whose wars have these states, round by round; ``#0`` where one is not drawn."""
    tags = [[f"#W{place}" if state else "#0"] for place, (state, *_) in enumerate(rounds)]
    return {"state": state, "clans": [], "rounds": [{"warTags": each} for each in tags]}


def scripted(group: Any, regular: Any, states: list[str]) -> Script:
    """A server that answers with these; a war of the league has the clan on the other side."""

    def respond(request: Request) -> Response:
        if request.operation == "clan_current_war":
            return json_response(regular)
        if request.operation == "clan_leaguegroup":
            return json_response(group) if group else json_response({"reason": "notFound"}, 404)
        place = int(request.path_params["warTag"][2:])
        return json_response({"state": states[place], "clan": {"tag": "#Q"}, "opponent": {"tag": CLAN}})

    return Script(respond)


ENDED = {"state": "warEnded", "clan": {"tag": CLAN}, "opponent": {"tag": "#Q"}}
NO_WAR = {"state": "notInWar", "clan": {}, "opponent": {}}


@pytest.mark.parametrize(
    ("group", "states", "regular", "state"),
    [
        (None, [], ENDED, "warEnded"),
        (league(("inWar",), ("preparation",)), ["inWar", "preparation"], ENDED, "inWar"),
        (league(("warEnded",), state="ended"), ["warEnded"], NO_WAR, "warEnded"),
        (league(("preparation",), state="preparation"), ["preparation"], NO_WAR, "preparation"),
        # The answer about the group is older than the wars: the round that it tells as running is over.
        (league(("x",), ("x",), ("",)), ["warEnded", "inWar"], NO_WAR, "inWar"),
    ],
)
def test_the_war_is_the_one_that_a_player_would_name(
    group: Any, states: list[str], regular: Any, state: str
) -> None:
    script = scripted(group, regular, states)
    with script.client(only_plugins=("script", "wars")) as api:
        war: Any = api.current_war(CLAN)
    assert (war["state"], war["clan"]["tag"]) == (state, CLAN)


def test_a_regular_war_after_the_league_is_later_than_it() -> None:
    group = league(("warEnded",), state="ended")
    script = scripted(group, {**ENDED, "teamSize": 5}, ["warEnded"])
    with script.client(only_plugins=("script", "wars")) as api:
        war: Any = api.current_war(CLAN)
    assert war["teamSize"] == 5


def test_a_round_in_which_the_clan_has_no_war_is_none() -> None:
    """In a group of an odd number one clan pauses."""
    script = scripted(league(("inWar",), ("preparation",)), NO_WAR, ["inWar", "preparation"])
    with script.client(only_plugins=("script", "wars")) as api:
        assert api.current_war("#PAUSE") is None


def test_the_methods_are_not_there_when_the_plugin_is_off() -> None:
    with Script().client(plugins={"wars": False}) as api, pytest.raises(AttributeError, match="current_war"):
        api.current_war(CLAN)


def test_a_client_finds_them_by_name_in_both_modes() -> None:
    with CocApi("token", config=Script().config()) as api:
        assert api.current_war.__name__ == "current_war"
        assert (api.league_wars.__doc__ or "").startswith("The clan war league of a clan")

    async def main() -> None:
        async with Script().async_client() as api:
            assert api.current_war.__name__ == "current_war"

    anyio.run(main)
