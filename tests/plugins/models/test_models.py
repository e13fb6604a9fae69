"""Nothing is lost, nothing fails the object."""

import copy
import json
import logging
import pickle
import warnings
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import cocapi.models
from cocapi import Clan, ClanWar, Player, UnexpectedValue
from cocapi.models import ClanMember, Page, Role, WarResult
from cocapi.testing import Script, json_response
from cocapi_models.base import Model
from cocapi_models.names import model_named

from .answers import dumped, labels, made, operations, recordings, sample, sandbox_answer, short_sample

EACH_SAMPLE = pytest.mark.parametrize("label", labels())


def clan(**changed: Any) -> dict[str, Any]:
    return {**copy.deepcopy(sandbox_answer("clan_tag")), **changed}


@EACH_SAMPLE
def test_an_answer_comes_back_as_it_came(label: str) -> None:
    """Of the sandbox, and of the recordings where they are; all values are of the declared types."""
    model, answer = sample(label)
    found = made(model, answer)
    assert found.irregularities == ()
    assert dumped(found) == answer
    assert json.loads(found.model_dump_json(by_alias=True, exclude_unset=True)) == answer
    assert pickle.loads(pickle.dumps(found)) == found


def test_every_operation_has_a_model() -> None:
    """By the name that its answer's type says, which is what checkers see."""
    for name, operation in operations().items():
        said = operation.arguments.__annotations__["return"]
        names = {part.split("]")[0].split(",")[0] for part in said.split("models.")[1:]}
        shown = f"Page[{names.pop()}]" if said.startswith("PageArguments[") else names.pop()
        assert operation.model == shown, name
        assert issubclass(model_named(operation.model), Model)


def test_the_names_of_4_0_are_there() -> None:
    """And importable from cocapi itself."""
    names = """Achievement BadgeUrls BuilderBaseLeague CapitalLeague ChatLanguage Clan
        ClanBuilderBaseRankingEntry ClanCapital ClanCapitalRaidSeason ClanCapitalRankingEntry ClanMember
        ClanRankingEntry ClanSearchEntry ClanWar ClanWarLeagueClan ClanWarLeagueGroup ClanWarLeagueMember
        ClanWarLeagueRound ClanWarLogEntry GoldPassSeason Hero HeroEquipment IconUrls Label League
        LeagueSeason LeagueTier Location Paging Player PlayerBuilderBaseRankingEntry PlayerClan PlayerHouse
        PlayerRankingEntry Spell Troop VerifyTokenResponse WarAttack WarClan WarLeague WarMember
        create_dynamic_model validate_pydantic_available get_pydantic_info"""
    for name in names.split():
        assert getattr(cocapi, name) is getattr(cocapi.models, name)
        assert name in cocapi.models.__all__


def test_every_model_that_an_answer_is_made_of_is_public() -> None:
    """What a user meets can be named in an annotation."""
    seen = {cls for label in labels() for cls in classes(made(*sample(label)))}
    assert {cls.__name__.partition("[")[0] for cls in seen} <= set(cocapi.models.__all__)


def classes(value: Any) -> set[type]:
    """The classes of a model and of all in it."""
    if isinstance(value, tuple):
        return set().union(*map(classes, value))
    if not isinstance(value, Model):
        return set()
    return {type(value)}.union(*(classes(part) for part in value.__dict__.values()))


def test_the_typed_dicts_are_those_of_the_models() -> None:
    """One source: cocapi/answers.py is what tests/meta/answers.py writes."""
    from importlib.util import module_from_spec, spec_from_file_location

    place = Path(__file__).parents[2] / "meta" / "answers.py"
    spec = spec_from_file_location("writer", place)
    assert spec is not None
    assert spec.loader is not None
    writer = module_from_spec(spec)
    spec.loader.exec_module(writer)
    assert writer.TARGET.read_text(encoding="utf-8") == writer.text(), f"run python {place}"


def test_attributes_are_snake_case_and_the_wires_names_work_too() -> None:
    """4.0 had the wire's names; the war's townhallLevel is a town_hall_level like any other."""
    found = Clan.from_bytes(json.dumps(clan(requiredTownhallLevel=9)).encode())
    assert found.clan_level == found.clanLevel == clan()["clanLevel"]  # type: ignore[attr-defined]
    assert found.required_town_hall_level == 9
    war = made("ClanWar", sandbox_answer("warleague"))
    assert isinstance(war, ClanWar)
    assert war.clan.members[0].town_hall_level >= 1
    with pytest.raises(AttributeError, match="no_such_thing"):
        found.no_such_thing  # type: ignore[attr-defined]  # noqa: B018


def test_unknown_fields_are_kept_and_reachable_by_both_names() -> None:
    """So code that is written today for tomorrow's field goes on working when it becomes known."""
    found: Any = made("Clan", clan(newThing={"deep": [1, {"x": 2}]}, märk_würdig=3))
    assert found.new_thing == found.newThing == {"deep": (1, {"x": 2})}
    assert getattr(found, "märk_würdig") == 3  # noqa: B009
    assert dumped(found)["newThing"] == {"deep": [1, {"x": 2}]}
    assert found.irregularities == ()


def test_nothing_of_a_model_can_be_changed() -> None:
    """Neither fields nor what is unknown: a model may be shared by all callers."""
    found: Any = made("Clan", clan(newThing={"deep": {"x": []}}))
    with pytest.raises(ValueError, match="frozen"):
        found.name = "other"
    with pytest.raises(ValueError, match="frozen"):
        found.new_thing = 1
    with pytest.raises(TypeError, match="others may hold"):
        found.new_thing["more"] = 1
    with pytest.raises(TypeError, match="others may hold"):
        found.new_thing["deep"].update(x=1)
    assert isinstance(found.member_list, tuple)
    assert found.new_thing["deep"]["x"] == ()


def test_what_an_answer_lacks_is_not_shown() -> None:
    """A printed member is not a wall of None."""
    shown = repr(made("Location", {"id": 1, "name": "Europe", "isCountry": False, "new": 2}))
    assert shown == "Location(id=1, name='Europe', is_country=False, new=2)"


def test_known_words_are_members_and_unknown_ones_texts() -> None:
    """Both compare as text, and come back as they came."""
    answer = clan()
    answer["memberList"][0]["role"] = "emperor"
    answer["memberList"][1]["role"] = "admin"
    found = made("Clan", answer)
    assert isinstance(found, Clan)
    first, second = (member.role for member in found.member_list[:2])
    assert (first, type(first)) == ("emperor", str)
    assert second is Role.ELDER
    assert second == "admin"
    assert found.irregularities == ()
    assert dumped(found) == answer


@pytest.mark.parametrize("text", ["20251001T080000.000Z", "2025-10-01T08:00:00Z"])
def test_both_time_formats_are_aware_datetimes(text: str) -> None:
    """They compare and pickle as times, and are written as they came."""
    found: Any = made("GoldPassSeason", {"startTime": text, "endTime": text})
    assert found.start_time == datetime(2025, 10, 1, 8, tzinfo=UTC)
    assert dumped(found) == {"startTime": text, "endTime": text}
    assert type(found.start_time) is datetime
    again = pickle.loads(pickle.dumps(found))
    assert dumped(again) == dumped(copy.deepcopy(found)) == {"startTime": text, "endTime": text}


@pytest.mark.parametrize("text", ["yesterday", "", "2025-10-01T08:00:00", "2025-13-01T00:00:00Z"])
def test_what_is_no_time_stays_a_text_and_is_listed(text: str) -> None:
    """A time without a zone is none."""
    found: Any = made("GoldPassSeason", {"startTime": text, "endTime": "20251001T080000.000Z"})
    assert found.start_time == text
    assert [odd.path for odd in found.irregularities] == ["startTime"]


WRONG = [
    ("clanLevel", "eighteen"),
    ("clanLevel", True),
    ("clanLevel", 1.5),
    ("clanLevel", None),
    ("name", 3),
    ("isFamilyFriendly", "yes"),
    ("location", "Germany"),
    ("badgeUrls", []),
    ("labels", {"a": 1}),
    ("type", 4),
]


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_a_value_of_a_wrong_type_stays_raw_and_spoils_nothing(name: str, value: Any) -> None:
    """The class is kept, and every other field."""
    answer = clan(**{name: value})
    found = made("Clan", answer)
    assert type(found) is Clan
    (odd,) = found.irregularities
    assert odd.path == name
    assert getattr(found, name) == (tuple(value) if isinstance(value, list) else value)
    assert found.member_list[0] == made("ClanMember", answer["memberList"][0])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert dumped(found) == answer


def test_a_missing_field_is_none_and_listed_and_not_invented() -> None:
    """It is not in what the model dumps."""
    answer = clan()
    del answer["clanLevel"]
    found: Any = made("Clan", answer)
    assert found.clan_level is None
    assert [str(odd) for odd in found.irregularities] == ["clanLevel is missing"]
    assert dumped(found) == answer


def test_an_odd_item_is_listed_on_itself_and_above() -> None:
    """Each object tells of what is in it."""
    answer = clan()
    answer["memberList"][3]["trophies"] = "many"
    found = made("Clan", answer)
    assert isinstance(found, Clan)
    assert [odd.path for odd in found.irregularities] == ["memberList[3].trophies"]
    assert [odd.path for odd in found.member_list[3].irregularities] == ["trophies"]
    assert found.member_list[2].irregularities == ()
    assert isinstance(found.member_list[4], ClanMember)
    assert "'many'" in str(found.irregularities[0])


WHOLE = st.integers(-(2**63), 2**64 - 1)
"""Beyond 64 bits a number is read as a float, by whichever reader."""

JSON = st.recursive(
    st.none() | st.booleans() | WHOLE | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every container and key in a JSON value."""
    keys: list[Any] = list(value) if isinstance(value, dict) else list(range(len(value)))
    found = [(value, key) for key in keys]
    for key in keys:
        if isinstance(value[key], dict | list):
            found += places(value[key])
    return found


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_whatever_is_changed_in_an_answer_its_model_is_of_the_right_class(data: st.DataObject) -> None:
    """Values dropped, retyped, nulled, added, nested: nothing is lost, and nothing raises."""
    name, original = short_sample(data.draw(st.sampled_from(labels())))
    answer = copy.deepcopy(original)
    for _ in range(data.draw(st.integers(1, 4))):
        spots = places(answer)
        if not spots:
            break
        container, key = spots[data.draw(st.integers(0, len(spots) - 1))]
        match data.draw(st.sampled_from(["drop", "retype", "null", "add", "nest"])):
            case "drop":
                del container[key]
            case "retype":
                container[key] = data.draw(JSON)
            case "null":
                container[key] = None
            case "nest":
                container[key] = {str(key): container[key]}
            case "add" if isinstance(container, dict):
                container[data.draw(st.text())] = data.draw(JSON)
            case _:
                container.append(data.draw(JSON))
    found = made(name, answer)
    assert type(found) is model_named(name)
    assert dumped(found) == answer
    assert pickle.loads(pickle.dumps(found)) == found
    assert repr(found)


def test_an_odd_value_is_logged_once_a_field_and_operation(caplog: pytest.LogCaptureFixture) -> None:
    """Fifty members with a new kind of value, a hundred calls: one line, when somebody looks at a member."""
    answer = clan()
    for member in answer["memberList"]:
        member["trophies"] = "many"
    script = Script(lambda _: json_response(answer))
    with (
        caplog.at_level(logging.WARNING, "cocapi"),
        script.client(only_plugins=("models",), use_pydantic_models=True) as api,
    ):
        for _ in range(5):
            found: Any = api.clan_tag("#2PP")
            assert {member.trophies for member in found.member_list} == {"many"}
    (record,) = caplog.records
    assert record.getMessage().startswith("clan_tag: Clan.memberList[0].trophies is 'many': ")


def test_an_odd_value_that_is_not_nested_is_logged_with_the_call(caplog: pytest.LogCaptureFixture) -> None:
    """And one that is nested by its own place, where nobody holds the answer any more."""
    answer = clan()
    answer["memberList"][3]["trophies"] = "many"
    answers = iter([clan(clanLevel="x"), answer])
    with (
        caplog.at_level(logging.WARNING, "cocapi"),
        Script(lambda _: json_response(next(answers))).client(only_plugins=("models",)) as api,
    ):
        api.models.clan_tag("#2PP")
        member = api.models.clan_tag("#2PP").member_list[3]
        shown = [record.getMessage() for record in caplog.records]
        assert shown == [
            "clan_tag: Clan.clanLevel is 'x': Input should be a valid integer; the rest is as ever"
        ]
        assert member.trophies == "many"  # type: ignore[comparison-overlap]
    assert caplog.records[1].getMessage().startswith("clan_tag: ClanMember.trophies is 'many': ")


def test_strict_models_refuse_naming_operation_path_and_value(play: Any) -> None:
    """The error is one of type json, as for any answer that cannot be read."""
    script = Script(json_response(clan(clanLevel="eighteen")))
    options = {"only_plugins": ("models",), "use_pydantic_models": True, "strict_models": True}
    answer = play(script, "clan_tag", "#2PP", **options)
    assert answer["error_type"] == "json"
    assert answer["message"].startswith("clan_tag: Clan.clanLevel is 'eighteen': ")
    with pytest.raises(UnexpectedValue, match="eighteen"):
        play(script, "clan_tag", "#2PP", raise_errors=True, **options)


def test_links_open_the_game() -> None:
    """Without the number sign, as the game itself writes them."""
    player = made("Player", sandbox_answer("players"))
    assert isinstance(player, Player)
    assert player.share_link == "https://link.clashofclans.com/en?action=OpenPlayerProfile&tag=2PP"
    found = made("Clan", clan())
    assert isinstance(found, Clan)
    assert found.share_link == "https://link.clashofclans.com/en?action=OpenClanProfile&tag=2PP"


def test_members_are_found_by_tag_however_it_is_written() -> None:
    """None for a stranger."""
    found = made("Clan", clan())
    assert isinstance(found, Clan)
    someone = found.member_list[4]
    assert found.member(someone.tag.lower().lstrip("#")) is someone
    assert found.member("#000") is None


def war(ours: tuple[int, float], theirs: tuple[int, float], state: str = "warEnded") -> ClanWar:
    answer = copy.deepcopy(sandbox_answer("warleague"))
    answer["state"] = state
    answer["clan"] |= {"stars": ours[0], "destructionPercentage": ours[1]}
    answer["opponent"] |= {"stars": theirs[0], "destructionPercentage": theirs[1]}
    found = made("ClanWar", answer)
    assert isinstance(found, ClanWar)
    return found


def test_a_war_says_who_won_by_stars_then_by_destruction() -> None:
    """And nothing before its end."""
    assert war((30, 80.5), (29, 99)).result is WarResult.WIN
    assert war((30, 80.5), (30, 80.6)).result is WarResult.LOSE
    assert war((30, 80), (30, 80.0)).result is WarResult.TIE
    assert war((30, 80), (2, 0), "inWar").result is None


def test_a_war_of_the_league_is_told_from_an_ordinary_one() -> None:
    """By the field that only the league's wars have."""
    current = made("ClanWar", sandbox_answer("clan_current_war"))
    assert isinstance(current, ClanWar)
    assert (war((1, 1), (1, 1)).is_cwl, current.is_cwl) == (True, False)


def test_attacks_are_found_by_member_of_either_side() -> None:
    """Empty for one who has made none."""
    found = war((1, 1), (1, 1))
    members = [*found.clan.members, *found.opponent.members]
    assert any(member.attacks for member in members)
    for member in members:
        assert tuple(attack.answer for attack in found.attacks_by(member.tag)) == member.attacks
    assert found.attacks_by("#000") == ()


def test_raid_totals_sum_up_the_logs() -> None:
    """Attacks and gold, of what others did."""
    answer = sandbox_answer("clan_capitalraidseasons")
    page: Any = made("Page[ClanCapitalRaidSeason]", answer)
    for season, raw in zip(page, answer["items"], strict=True):
        assert season.total_defense_attacks == sum(raid["attackCount"] for raid in raw["defenseLog"])
        gold = [d["totalLooted"] for raid in raw["defenseLog"] for d in raid["districts"]]
        assert season.total_lost == sum(gold)
        assert sum(raid.total_looted for raid in season.attack_log) > 0
    newest = page[0]
    assert newest.member(newest.members[0].tag) is newest.members[0]


def test_a_page_is_a_sequence_of_its_items() -> None:
    """With its cursors."""
    page = made(
        "Page[ClanMember]", {"items": [clan()["memberList"][0]], "paging": {"cursors": {"after": "x"}}}
    )
    assert isinstance(page, Page)
    assert (len(page), [member.tag for member in page], page[0]) == (1, [page[0].tag], page.items[0])
    assert (page.after, page.before) == ("x", None)


def test_the_recordings_are_many() -> None:
    """Where they are, all of them are tried."""
    found = recordings()
    if not found:
        pytest.skip("no recorded answers beside the project")
    assert len(found) > 50
