"""Models on a client: when they are given, from where, and what they cost when they are not."""

import json
import pickle
import subprocess
import sys
from typing import Any

import anyio
import pytest

import cocapi_models
from cocapi import (
    ApiConfig,
    AsyncCocApi,
    Clan,
    CocApi,
    CocApiError,
    ConfigError,
    MissingExtra,
    NotFound,
    Response,
)
from cocapi.models import ClanMember, DynamicModel, Page, create_dynamic_model
from cocapi.testing import Script, json_response
from cocapi_models import dynamic

from .answers import dumped, sandbox_answer

CLAN = sandbox_answer("clan_tag")
ON: dict[str, Any] = {"only_plugins": ("models",), "use_pydantic_models": True}


def test_models_instead_of_dicts(play: Any) -> None:
    """In sync and async."""
    found = play(Script(json_response(CLAN)), "clan_tag", "#2PP", **ON)
    assert isinstance(found, Clan)
    assert found.clan_level == CLAN["clanLevel"]


def test_errors_stay_error_dicts_or_raise(play: Any) -> None:
    """They are no answers."""
    gone = json_response({"reason": "notFound"}, 404)
    assert play(Script(gone), "clan_tag", "#2PP", **ON)["error_type"] == "http"
    with pytest.raises(NotFound):
        play(Script(gone), "clan_tag", "#2PP", raise_errors=True, **ON)


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b'"text"', b"<html>", b"{", b'{"a": \xff}'])
def test_a_body_that_is_no_object_is_an_error(play: Any, body: bytes) -> None:
    """As it is without models."""
    assert play(Script(Response(200, {}, body)), "clan_tag", "#2PP", **ON)["error_type"] == "json"


def test_an_answer_from_the_cache_is_the_same_object() -> None:
    """Nobody can change it, so everybody may have it; nothing is read twice."""
    script = Script(json_response(CLAN))
    with script.client(only_plugins=("models", "cache"), use_pydantic_models=True) as api:
        assert api.clan_tag("#2PP") is api.clan_tag("2pp")
        assert len(script.requests) == 1
        plain = api.with_options(models=False).clan_tag("#2PP")
        assert (plain, len(script.requests)) == (CLAN, 1)
        assert api.with_options(models="dynamic").clan_tag("#2PP").clan_level == CLAN["clanLevel"]
        assert isinstance(api.clan_tag("#2PP"), Clan)


def test_the_typed_view_returns_models_and_raises() -> None:
    """Whatever the configuration says; the client itself goes on with dicts."""
    script = Script(json_response(CLAN), json_response(CLAN), json_response({"reason": "notFound"}, 404))
    with script.client(only_plugins=("models",)) as api:
        assert api.models.clan_tag("#2PP").member_list[0].tag == CLAN["memberList"][0]["tag"]
        assert api.clan_tag("#2PP") == CLAN
        with pytest.raises(NotFound):
            api.models.clan_tag("#VV")


async def both(api: AsyncCocApi) -> tuple[Any, Any]:
    return await api.models.clan_tag("#2PP"), await api.clan_tag("#2PP")


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_the_typed_view_of_an_asynchronous_client(backend: str) -> None:
    """As in synchronous code."""

    async def main() -> None:
        async with Script(json_response(CLAN)).async_client(only_plugins=("models",)) as api:
            model, plain = await both(api)
            assert isinstance(model, Clan)
            assert plain == CLAN

    anyio.run(main, backend=backend)


def test_lists_are_pages_to_walk_along() -> None:
    """paginate and batch work on models as on dicts."""
    config = ApiConfig(base_url="sandbox://", enable_rate_limiting=False)
    with CocApi("token", config=config) as api:
        page = api.models.clan_members("#2PP", limit=3)
        assert isinstance(page, Page)
        assert len(page) == 3
        members = list(api.models.paginate(api.models.clan_members, "#2PP", limit=20))
        assert {member.tag for member in members} == {m["tag"] for m in api.clan_tag("#2PP")["memberList"]}
        assert isinstance(members[0], ClanMember)
        found, missing = api.models.batch(api.models.clan_tag, ["#2PP", "#VV"])
        assert isinstance(found, Clan)
        assert isinstance(missing, CocApiError)


def test_a_custom_path_gets_a_model_of_its_own_shape() -> None:
    """Nested, with lists of objects; what is no identifier is reached by key."""
    answer = {
        "someThing": {"innerValue": 1, "more": []},
        "rowList": [{"id": 1, "class": "x"}, {"id": None, "extra": {"a": [1, {"b": 2}]}}],
        "no identifier": 3,
        "modelDump": 4,
        "_hidden": 5,
    }
    with Script(json_response(answer)).client(only_plugins=("models",)) as api:
        found: Any = api.custom_endpoint("/new/thing", use_dynamic_model=True)
    assert isinstance(found, DynamicModel)
    assert found.some_thing.inner_value == 1
    assert [row.id for row in found.row_list] == [1, None]
    assert found.row_list[0]["class"] == "x"
    assert found.row_list[1].extra.a == (1, {"b": 2})
    assert (found["no identifier"], found["modelDump"], found["_hidden"]) == (3, 4, 5)
    assert dumped(found) == answer
    assert pickle.loads(pickle.dumps(found)) == found
    with pytest.raises(KeyError, match="nothing"):
        found["nothing"]


def test_one_class_for_one_shape() -> None:
    """Other values make no other class, other keys do."""
    first, second = (
        create_dynamic_model({"a": 1, "b": [{"c": 2}]}),
        create_dynamic_model({"b": [{"c": "x"}], "a": None}),
    )
    assert type(first) is type(second)
    assert type(create_dynamic_model({"a": 1})) is not type(first)


def test_the_classes_made_are_bounded() -> None:
    """An API that sends new keys each time fills no memory."""
    for number in range(dynamic.KEPT + 50):
        create_dynamic_model({f"key{number}": 1})
    assert dynamic.model_of.cache_info().currsize <= dynamic.KEPT


def test_depth_is_bounded() -> None:
    """Deeper levels stay JSON."""
    answer: Any = {"end": 1}
    for _ in range(100):
        answer = {"in": answer, "list": [answer]} if _ == 0 else {"in": answer}
    found: Any = create_dynamic_model(answer)
    for _ in range(100):
        found = found["in"]
    assert found["end"] == 1


def test_without_pydantic_nothing_is_there_and_nothing_is_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who asks for models is told what to install; who does not never hears of it."""
    monkeypatch.setattr(cocapi_models, "find_spec", lambda _: None)
    monkeypatch.setattr("cocapi.models.find_spec", lambda _: None)
    script = Script(json_response(CLAN))
    plugins = {"models": cocapi_models.models_if_installed}
    with script.client(only_plugins=("models",), plugins=plugins) as api:
        assert api.clan_tag("#2PP") == CLAN
        with pytest.raises(MissingExtra, match=r"pip install 'cocapi\[pydantic\]'"):
            api.models.clan_tag("#2PP")
        with pytest.raises(MissingExtra):
            api.custom_endpoint("/x", use_dynamic_model=True)
    with pytest.raises(MissingExtra, match="models needs"):
        cocapi_models.models_if_installed(ApiConfig(use_pydantic_models=True))
    with pytest.raises(MissingExtra, match=r"cocapi\.models\.Hero needs"):
        from cocapi.models import Hero  # noqa: F401


def test_switched_off_models_say_so() -> None:
    """A dict where a model was asked for would be a surprise."""
    with (
        Script(json_response(CLAN)).client(plugins={"models": False}) as api,
        pytest.raises(ConfigError, match=r"No models: .* is off"),
    ):
        api.models.clan_tag("#2PP")


def test_options_that_make_no_sense_are_refused() -> None:
    """At once, in one sentence."""
    for options in ({"strikt": True}, {"strict": "very"}):
        with pytest.raises(ConfigError, match="strict"):
            cocapi_models.Models(ApiConfig(plugins={"models": options}))


def test_pydantic_is_imported_with_the_first_model() -> None:
    """A client without models does not pay for them."""
    program = """
import sys, json
from cocapi.testing import Script, json_response
with Script(json_response({})).client() as api:
    api.clan_tag("#2PP")
    assert "models" in api.plugins
    before = "pydantic" in sys.modules
    api.models.clan_members("#2PP")
print(json.dumps([before, "pydantic" in sys.modules]))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == [False, True]
