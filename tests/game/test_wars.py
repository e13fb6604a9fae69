"""What a war means: sums that must agree, for every war in sight, as a dict and as a model."""

import copy
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocapi import InvalidParams, game
from cocapi.game.parts import moment
from cocapi.models import ClanWar

from .answers import raids, recorded, wars

SIDES = (("clan", "opponent"), ("opponent", "clan"))

every_war = pytest.mark.parametrize(
    "war",
    [
        pytest.param(wars, id="dicts"),
        pytest.param(lambda: map(ClanWar.from_answer, wars()), id="models"),
    ],
)


def of(thing: Any, name: str) -> Any:
    """A part by its name on the wire, of a dict or a model."""
    return thing.get(name) if isinstance(thing, dict) else getattr(thing, name, None)


@every_war
def test_stars_destruction_and_attacks_of_a_side_are_the_sums_of_its_attacks(war: Any) -> None:
    """New stars of its attacks are its stars; the best attack on each enemy makes its destruction."""
    seen = 0
    for each in war():
        attacks = game.attacks(each)
        assert [a.order for a in attacks] == sorted(a.order for a in attacks)
        assert len(attacks) == game.total_attacks(each)
        for ours, theirs in SIDES:
            side, other = of(each, ours), of(each, theirs)
            made = [a for a in attacks if a.clan is side]
            best = [game.best_attack_on(each, of(m, "tag")) for m in of(other, "members")]
            assert sum(a.new_stars for a in made) == of(side, "stars")
            assert sum(a.stars for a in best if a) == of(side, "stars")
            destruction = sum(a.destruction for a in best if a) / of(each, "teamSize")
            assert destruction == pytest.approx(of(side, "destructionPercentage"))
            assert len(made) == of(side, "attacks")
            assert len(made) + game.attacks_left(each, side) == game.max_attacks(each)
            assert game.attacks(each, ours) == tuple(made)
            assert of(side, "stars") <= game.max_stars(each)
            seen += len(made)
    assert seen > 500


@every_war
def test_what_an_answer_says_of_a_member_is_what_the_attacks_say(war: Any) -> None:
    for each in war():
        members = [m for side in ("clan", "opponent") for m in of(of(each, side), "members")]
        for member in members[::6]:
            tag = of(member, "tag")
            suffered, best = game.defenses_of(each, tag), game.best_attack_on(each, tag)
            assert len(suffered) == of(member, "opponentAttacks")
            assert (best.answer if best else None) == of(member, "bestOpponentAttack")
            made = game.attacks_by(each, tag)
            assert [a.answer for a in made] == list(of(member, "attacks") or ())
            assert len(made) + game.attacks_left_of(each, member) == game.attacks_per_member(each)
            assert all(a.attacker is member for a in made)
            assert all(a.defender is member for a in suffered)


@every_war
def test_the_first_attack_on_a_base_is_fresh_and_later_ones_know_the_best_before(war: Any) -> None:
    """Which is the best of those before it, and its stars are new only above that one's."""
    for each in war():
        before: dict[str, list[Any]] = {}
        for attack in game.attacks(each):
            earlier = before.setdefault(of(attack.defender, "tag"), [])
            assert attack.is_fresh is (not earlier)
            stars = [one.stars for one in earlier]
            assert attack.new_stars == max(0, attack.stars - max(stars, default=0))
            assert attack.is_cleanup is (bool(earlier) and max(stars) < 3)
            assert attack.is_perfect is (attack.stars == 3)
            if earlier:
                assert of(attack.best_before, "stars") == max(stars)
            earlier.append(attack)


@every_war
def test_the_other_side_sees_the_opposite(war: Any) -> None:
    opposite = {"winning": "losing", "won": "lost", "tied": "tied", "tie": "tie", None: None}
    opposite |= {value: key for key, value in opposite.items()}
    for each in war():
        other = game.swapped(each)
        assert of(other, "clan") is of(each, "opponent")
        assert game.swapped(other) == each
        assert game.status(other) == opposite[game.status(each)]
        assert (game.status(each) is None) is (of(each, "state") == "preparation")
        assert [a.order for a in game.attacks(other)] == [a.order for a in game.attacks(each)]
        assert game.with_own_side(each, of(of(each, "opponent"), "tag")) == other
        assert game.with_own_side(each, of(of(each, "clan"), "tag")) is each
        assert game.with_own_side(each, "#VVV") is None


@every_war
def test_missed_attacks_are_those_that_were_not_made_in_a_war_that_is_over(war: Any) -> None:
    over = 0
    for each in war():
        missed = game.missed_attacks(each)
        if of(each, "state") != "warEnded":
            assert missed == {}
            continue
        over += 1
        left = sum(game.attacks_left(each, of(each, side)) for side in ("clan", "opponent"))
        assert sum(missed.values()) == left
        assert 0 not in missed.values()
    assert over


@every_war
def test_the_time_left_goes_down_to_the_next_change(war: Any) -> None:
    for each in list(war())[::5]:
        start, end = (moment(of(each, name)) for name in ("startTime", "endTime"))
        assert game.seconds_left(each, start - timedelta(seconds=90)) == 90
        assert game.seconds_left(each, start) == (end - start).total_seconds()
        assert game.seconds_left(each, end - timedelta(milliseconds=500)) == 0.5
        assert game.seconds_left(each, end) == game.seconds_left(each, end + timedelta(days=9)) == 0


@every_war
def test_durations_are_means_of_the_attacks(war: Any) -> None:
    for each in war():
        for side in ("clan", "opponent"):
            attacks = game.attacks(each, side)
            seconds = [a.duration for a in attacks if a.duration]
            mean = game.average_duration(attacks)
            assert mean == (pytest.approx(sum(seconds) / len(seconds)) if seconds else None)


def test_models_and_dicts_are_told_the_same() -> None:
    for each in wars():
        model = ClanWar.from_answer(each)
        for function in (
            game.status, game.result, game.is_cwl, game.war_type, game.max_stars, game.max_attacks,
            game.total_attacks, game.missed_attacks, game.decided_by, game.attacks_per_member,
        ):  # fmt: skip
            assert function(each) == function(model)  # type: ignore[operator]


def test_the_league_and_the_types_of_wars_are_told_apart() -> None:
    kinds = {(game.war_type(war), game.attacks_per_member(war)) for war in wars()}
    assert {("random", 2), ("cwl", 1)} <= kinds
    if recorded("currentwar-inWar*"):
        assert ("friendly", 1) in kinds
    nothing: Any = {"state": "notInWar", "clan": {}, "opponent": {}}
    assert game.war_type(nothing) is None
    assert (game.attacks_per_member(nothing), game.max_stars(nothing), game.attacks(nothing)) == (0, 0, ())
    assert (game.status(nothing), game.seconds_left(nothing, datetime.now(UTC))) == (None, 0)


def side(stars: int, destruction: float) -> dict[str, Any]:
    return {"tag": "#A", "stars": stars, "destructionPercentage": destruction}


@given(
    st.integers(0, 15),
    st.integers(0, 15),
    st.floats(0, 100),
    st.floats(0, 100),
    st.sampled_from(["inWar", "warEnded"]),
)
def test_stars_decide_and_then_destruction(a: int, b: int, x: float, y: float, state: str) -> None:
    war: Any = {"state": state, "teamSize": 5, "clan": side(a, x), "opponent": side(b, y)}
    leads = (a, x) > (b, y)
    trails = (a, x) < (b, y)
    told = game.status(war)
    assert (told in ("winning", "won")) is leads
    assert (told in ("losing", "lost")) is trails
    assert (game.result(war) is not None) is (state == "warEnded")
    decided = game.decided_by(war)
    assert decided == ("stars" if a != b else "destruction" if x != y else None)
    assert game.is_perfect(war, war["clan"]) is (a == 15)


@every_war
def test_a_side_is_named_or_given(war: Any) -> None:
    """Either way the answer is the same; what is no side is refused, not counted as one without attacks."""
    for each in war():
        for name in ("clan", "opponent"):
            itself = of(each, name)
            assert game.attacks(each, name) == game.attacks(each, itself)
            assert game.attacks_left(each, name) == game.attacks_left(each, itself)
            assert game.is_perfect(each, name) is game.is_perfect(each, itself)
        for ask in (game.attacks, game.attacks_left, game.is_perfect):
            with pytest.raises(
                InvalidParams, match="side is 'clam': it must be 'clan', 'opponent', or that side"
            ):
                ask(each, "clam")


def test_odd_values_are_nothing_and_no_error() -> None:
    """An answer that the game's next update has changed is still an answer."""
    war: Any = {
        "state": "inWar",
        "teamSize": "many",
        "clan": {"tag": "#A", "stars": None, "members": [7, {"tag": "#M", "attacks": "none"}]},
        "opponent": {"tag": "#B", "stars": 3, "destructionPercentage": 1, "members": None},
        "endTime": "tomorrow",
    }
    for each in (war, ClanWar.from_answer(war)):
        assert game.attacks(each) == ()
        assert game.status(each) is game.decided_by(each) is None
        assert game.seconds_left(each, datetime.now(UTC)) == 0


def test_what_is_no_tag_and_no_moment_is_refused() -> None:
    war = wars()[0]
    with pytest.raises(InvalidParams):
        game.attacks_by(war, "no tag!")
    with pytest.raises(ValueError, match="has no zone"):
        game.seconds_left(war, datetime(2026, 1, 1))


def test_seconds_until_a_time_of_an_answer() -> None:
    now = datetime(2025, 10, 1, 7, tzinfo=UTC)
    assert game.seconds_until("20251001T080000.000Z", now) == 3600
    assert game.seconds_until("2025-10-01T06:59:00Z", now) == -60
    assert game.seconds_until(now + timedelta(days=1), now) == 86400
    assert game.seconds_until(None, now) is game.seconds_until("soon", now) is None


@pytest.mark.parametrize("odd", [[], {}, ["#2PP"], {"tag": "#2PP"}, 7, True, None])
def test_a_tag_that_is_no_text_is_nothing_and_no_error(odd: Any) -> None:
    """Lists and objects cannot be looked up in a table."""
    war: Any = copy.deepcopy(next(war for war in wars() if game.attacks(war)))
    season: Any = copy.deepcopy(next(season for season in raids() if game.raid_attacks(season)))
    for side in ("clan", "opponent"):
        war[side]["members"][0]["tag"] = war[side]["members"][1]["attacks"] = odd
        for member in war[side]["members"][2:]:
            for attack in member.get("attacks", ()):
                attack["attackerTag"] = odd
    ended: Any = {**war, "state": "warEnded"}
    group: Any = {"clans": [{"tag": odd}, {"tag": "#A"}]}
    before = len(game.raid_attacks(season))
    season["members"][0]["tag"] = odd
    season["attackLog"][0]["districts"][0]["attacks"] = [{"attacker": {"tag": odd}, "stars": 1}]
    assert game.attacks(war)
    assert game.missed_attacks(ended)
    assert len(game.standings(group, [{**ended, "clan": {**ended["clan"], "tag": odd}}])) == 2
    assert 0 < sum(map(len, game.raid_attacks_by_member(season).values())) <= before
    assert game.raid_attacks_left(season)
    assert game.without_raid_attacks(season, {"memberList": [{"tag": odd}]}) is not None
    defended: Any = {
        **war,
        "clan": {**war["clan"], "members": [{"tag": "#M", "attacks": [{"defenderTag": odd}]}]},
    }
    assert game.attacks(defended, "clan") == ()
