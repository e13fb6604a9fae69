"""Models are pydantic's in every way in and out, and in other people's models."""

import json
import pickle
from collections.abc import Callable
from typing import Annotated, Any

import anyio
import httpx
import pytest
from fastapi import FastAPI
from pydantic import (
    AliasChoices,
    AliasPath,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    Json,
    PlainSerializer,
    TypeAdapter,
    ValidationError,
    WrapValidator,
    field_validator,
    model_validator,
)

from cocapi import Clan, ClanMember, ClanWar, Player
from cocapi.models import Model, Page, Role, WarClan
from cocapi_models.base import names
from cocapi_models.names import model_named
from cocapi_models.times import Timestamp

from .answers import dumped, labels, made, operations, sandbox_answer, short_sample

EACH_SAMPLE = pytest.mark.parametrize("label", labels())
CLAN = sandbox_answer("clan_tag")
WAR = sandbox_answer("warleague")

WAYS_OUT: list[dict[str, Any]] = [
    {},
    {"mode": "json"},
    {"by_alias": True},
    {"by_alias": True, "exclude_unset": True, "mode": "json"},
    {"exclude_none": True},
    {"exclude_defaults": True},
    {"round_trip": True},
    {"serialize_as_any": True},
]


def in_bytes(kind: type[Model]) -> Callable[[Any], Any]:
    """`Model.from_bytes` of an answer as a dict."""
    return lambda answer: kind.from_bytes(json.dumps(answer).encode())


def odd(answer: dict[str, Any]) -> dict[str, Any]:
    """The answer with each of its values replaced by one of another type, in turn the same."""
    strange = ["x", None, [], {"x": [1]}, 1e300, True]
    return {key: strange[place % len(strange)] for place, key in enumerate(answer)}


@EACH_SAMPLE
def test_a_dump_becomes_the_same_model_without_a_warning(label: str) -> None:
    """In Python's values or JSON's, by either name, whatever is left out, strictly or not."""
    model, answer = short_sample(label)
    kind = model_named(model)
    found = made(model, answer)
    assert kind.model_validate(answer) == kind(**answer) == kind.from_answer(answer) == found
    assert kind.model_validate(answer, strict=True) == found
    assert kind.model_validate_json(json.dumps(answer), strict=True) == found
    for options in WAYS_OUT:
        dump = found.model_dump(**options)
        text = found.model_dump_json(**{key: value for key, value in options.items() if key != "mode"})
        again = [
            kind.model_validate(dump),
            kind.model_validate(dump, strict=True),
            kind(**dump),
            kind.model_validate_json(text),
            TypeAdapter(kind).validate_python(dump),
        ]
        assert all(one == found for one in again), options
        assert {hash(one) for one in again} == {hash(found)}
    assert dumped(kind.model_validate(found.model_dump(exclude_unset=True))) == answer


@EACH_SAMPLE
def test_an_odd_answer_is_dumped_without_a_warning(label: str) -> None:
    """Also by whoever has the model as a part: a field, a list, FastAPI."""
    model, answer = short_sample(label)

    class Note(BaseModel):
        part: Model
        parts: dict[str, list[Model]]

    found = model_named(model).from_answer(odd(answer))
    assert found.irregularities
    for options in WAYS_OUT:
        found.model_dump(**options)
        note = Note(part=found, parts={"a": [found]}).model_dump(**options)
        assert note.keys() == {"part", "parts"}
    assert dumped(found) == odd(answer)
    typed = TypeAdapter(list[model_named(model)])  # type: ignore[misc]  # made while the program runs
    assert json.loads(typed.dump_json([found], by_alias=True, exclude_unset=True)) == [odd(answer)]


def test_a_part_may_be_included_or_excluded() -> None:
    """As in any model."""
    found = Clan.model_validate(CLAN)
    assert found.model_dump(include={"tag", "location"}) == {
        "tag": "#2PP",
        "location": CLAN["location"] and found.location.model_dump() if found.location else None,
    }
    assert found.model_dump(include={"member_list": {0: {"tag"}}}) == {
        "member_list": ({"tag": CLAN["memberList"][0]["tag"]},)
    }
    assert "member_list" not in found.model_dump(exclude={"member_list"})


@pytest.mark.parametrize("nonsense", [42, None, "clan", [], {}, {"tag": 1}, {**CLAN, "clanLevel": "18"}])
@pytest.mark.parametrize("read", [Clan.model_validate, TypeAdapter(Clan).validate_python])
def test_what_is_no_clan_is_refused(read: Callable[[Any], Clan], nonsense: Any) -> None:
    """A request's body with a text where a number is due has to be answered with 422."""
    with pytest.raises(ValidationError):
        read(nonsense)


@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize("frozen", [True, False])
def test_a_model_is_a_field_of_a_users_own(strict: bool, frozen: bool) -> None:
    """From a dict, from JSON and from an object; alone, in containers and among others."""

    class Tracked(BaseModel):
        model_config = ConfigDict(strict=strict, frozen=frozen, from_attributes=True)
        clan: Clan
        known: dict[str, Clan] = Field(default_factory=dict)
        members: list[ClanMember] | None = None
        either: Player | Clan | None = None
        page: Page[ClanMember] | None = None
        role: Role | None = None

    given = {
        "clan": CLAN,
        "known": {"a": CLAN},
        "members": CLAN["memberList"][:2],
        "either": CLAN,
        "page": {"items": CLAN["memberList"][:2]},
    }
    tracked = Tracked.model_validate(given)
    assert type(tracked.either) is Clan
    assert tracked.page is not None
    assert list(tracked.page) == tracked.members
    assert Tracked.model_validate_json(json.dumps(given)) == tracked
    assert Tracked.model_validate_json(tracked.model_dump_json()) == tracked
    assert Tracked.model_validate(tracked.model_dump()) == tracked
    assert Tracked.model_validate(tracked) is tracked
    assert Tracked.model_validate(tracked, from_attributes=True) == tracked
    assert pickle.loads(pickle.dumps(tracked.clan)) == tracked.clan
    assert Tracked(clan=tracked.clan).clan is tracked.clan


def test_users_subclass_models_with_fields_and_settings_of_their_own() -> None:
    """Their fields are written as their types say."""

    class Member(ClanMember):
        model_config = ConfigDict(extra="ignore", frozen=False)
        nickname: str = "?"
        score: Annotated[int, PlainSerializer(lambda score: f"{score} points", return_type=str)] = 0

    class Mine(Clan):
        member_list: tuple[Member, ...]

    found = Mine.model_validate({**CLAN, "memberList": tuple(CLAN["memberList"])})
    member = Mine.from_answer(CLAN).member_list[0]
    assert found.member_list[0] == member
    member.nickname = "Al"
    assert (member.model_dump()["nickname"], member.model_dump()["score"]) == ("Al", "0 points")
    assert found.member(member.tag) == found.member_list[0]
    assert found.share_link == Clan.model_validate(CLAN).share_link


@pytest.mark.parametrize("present", [["start"], ["startTime"], ["start", "startTime"], []])
def test_a_users_field_with_several_names_is_read_by_each_and_missed_once(present: list[str]) -> None:
    """Also in an answer with an odd value, which is read field by field; the first name counts most."""

    class Timed(Model):
        at: Timestamp = Field(validation_alias=AliasChoices("startTime", "start"))
        level: int

    texts = {"start": "20251001T080000.000Z", "startTime": "20251001T090000.000Z"}
    timed = Timed.from_answer({**{name: texts[name] for name in present}, "level": "x"})
    hours = {"start": 8, "startTime": 9}
    hour = max((hours[name] for name in present), default=None)
    assert (timed.at and timed.at.hour) == hour
    assert [odd.path for odd in timed.irregularities] == ["level", *([] if present else ["startTime"])]


@pytest.mark.filterwarnings("error")
def test_a_field_that_a_users_subclass_declares_again_has_no_default_of_ours() -> None:
    """The class itself has no value under a field's name, though there is something that reads it late."""

    class Numbered(Clan):
        tag: str
        clan_level: int = 7
        chat_language: None = None

    assert not any(hasattr(kind, name) for kind in (Clan, Numbered) for name in kind.model_fields)
    assert Numbered.model_fields["tag"].is_required()
    with pytest.raises(ValidationError, match="tag"):
        Numbered.model_validate({name: value for name, value in CLAN.items() if name != "tag"})
    without_level = {name: value for name, value in CLAN.items() if name not in ("clanLevel", "chatLanguage")}
    assert Numbered.model_validate(without_level).clan_level == 7


class Titled(Clan):
    """One of a user's own: a validator, a field under several names, one from inside the answer."""

    note: str = Field("", validation_alias=AliasChoices("note", "remark"))
    first_label: int = Field(0, validation_alias=AliasPath("labels", 0, "id"))

    @field_validator("name")
    @classmethod
    def loud(cls, name: str) -> str:
        return name.upper()


@pytest.mark.parametrize("read", [Titled.model_validate, Titled.from_answer, in_bytes(Titled)])
def test_what_a_users_subclass_adds_counts_on_every_way_in(read: Callable[[Any], Titled]) -> None:
    """`from_answer` once passed by pydantic, and so by validators."""
    found = read({**CLAN, "remark": "ours"})
    assert (found.name, found.note) == (CLAN["name"].upper(), "ours")
    assert found.first_label == CLAN["labels"][0]["id"]


@pytest.mark.parametrize("unknown", ["allow", "ignore", "forbid"])
@pytest.mark.parametrize("level", [18, "x"])
def test_a_users_subclass_says_what_becomes_of_unknown_fields(unknown: Any, level: Any) -> None:
    """Kept, dropped, or dropped and listed: from a dict and from bytes, in any answer."""

    class Mine(Clan):
        model_config = ConfigDict(extra=unknown)

    answer = {**CLAN, "clanLevel": level, "mood": "good", "remark": 1}
    for read in (Mine.from_answer, in_bytes(Mine)):
        found = read(answer)
        assert hasattr(found, "mood") is (unknown == "allow")
        assert ("mood" in found.model_dump()) is (unknown == "allow")
        assert ("mood" in {odd.path for odd in found.irregularities}) is (unknown == "forbid")
        assert found.clan_level == level


@pytest.mark.parametrize("strict", [True, False, None])
def test_a_model_is_read_behind_a_validator_that_has_decoded_the_text(strict: bool | None) -> None:
    """It hands lists on where text has arrays: a validator before, around, of the whole, and `Json`."""

    class Tracked(BaseModel):
        clan: Clan
        around: Annotated[Clan, WrapValidator(lambda value, handler: handler(value))]
        before: Annotated[Page[ClanMember], BeforeValidator(lambda value: value)]
        text: Json[Clan]

        @model_validator(mode="before")
        @classmethod
        def whole(cls, data: Any) -> Any:
            return dict(data)

    members = {"items": CLAN["memberList"]}
    given = {"clan": CLAN, "around": CLAN, "before": members, "text": json.dumps(CLAN)}
    found = Tracked.model_validate_json(json.dumps(given), strict=strict)
    assert found.clan == found.around == found.text == Clan.from_answer(CLAN)
    assert found.before.items == found.clan.member_list


def test_a_model_without_its_fields_is_a_model_all_the_same() -> None:
    """As `model_construct` makes it; a field that is not there is an AttributeError, no recursion."""
    for kind in (Clan, Player, ClanWar, Page[ClanMember]):
        bare = kind.model_construct()
        for name in (*kind.model_fields, *names(kind)):
            getattr(bare, name, None)
        with pytest.raises(AttributeError):
            _ = bare.nothing
        assert (bare.model_dump(exclude_unset=True), repr(bare)) == ({}, f"{kind.__name__}()")
        assert pickle.loads(pickle.dumps(bare)) == bare


class Members(Page[ClanMember]):
    """A page with a name, as users make them."""


def test_a_users_page_is_pickled_as_what_it_is() -> None:
    """A generic one, and one with a name."""
    answer = {"items": CLAN["memberList"][:2]}
    for kind in (Members, Page[ClanMember]):
        again = pickle.loads(pickle.dumps(kind.model_validate(answer)))
        assert (type(again), dumped(again)) == (kind, answer)


@pytest.mark.parametrize("mode", ["validation", "serialization"])
def test_every_model_has_a_json_schema(mode: Any) -> None:
    """Without a warning, of either direction."""
    for operation in operations().values():
        schema = model_named(operation.model or "").model_json_schema(mode=mode)
        assert schema["properties"]


def test_models_in_fastapi() -> None:
    """As body and as answer, listed, in the document; what is wrong is answered with 422."""
    app = FastAPI()

    @app.post("/clan")
    def clan(clan: Clan) -> Clan:
        return clan

    @app.post("/sides")
    def sides(war: ClanWar) -> list[WarClan]:
        return [war.clan, war.opponent]

    @app.get("/odd", response_model_by_alias=True, response_model_exclude_unset=True)
    def strange() -> dict[str, Clan]:
        return {"clan": Clan.from_answer(odd(CLAN))}

    async def talk() -> None:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://app") as http:
            answer = (await http.post("/clan", json=CLAN)).json()
            assert Clan.model_validate(answer) == Clan.model_validate(CLAN)
            names = [side["name"] for side in (await http.post("/sides", json=WAR)).json()]
            assert names == [WAR[side]["name"] for side in ("clan", "opponent")]
            assert (await http.get("/odd")).json() == {"clan": odd(CLAN)}
            assert (await http.post("/clan", json={**CLAN, "clanLevel": "18"})).status_code == 422
            document = (await http.get("/openapi.json")).json()
            assert {"WarClan", "WarMember"} <= {
                name.partition("-")[0] for name in document["components"]["schemas"]
            }

    anyio.run(talk)
