"""Models of unknown answers, and unknown fields of known ones, whatever their keys are."""

import json
import pickle
import subprocess
import sys
import time
from typing import Any

import pytest

from cocapi.models import Clan, ClanMember, DynamicModel, Page, create_dynamic_model
from cocapi.testing import Script, json_response
from cocapi_models import dynamic

from .answers import dumped, made, sandbox_answer

CLAN = sandbox_answer("clan_tag")

HOSTILE = [
    "class", "None", "match", "", " ", "a b", "1", "__class__", "__dict__", "__pydantic_extra__", "_hidden",
    "model_dump", "modelDump", "model_fields", "model_config", "copy", "json", "schema", "dict", "validate",
    "irregularities", "from_bytes", "fromBytes", "self", "cls", "data", "context", "someThing", "some_thing",
    "SomeThing", "ﬁeld", "märk_würdig", "名前", "\u202e", "\x00", "A" * 40_000, "aB" * 20_000, "_" * 40_000,
    "clan_level", "texts of times", "items", "after",
]  # fmt: skip


@pytest.mark.parametrize("value", [1, None, {"deep": 1}, [{"deep": 1}, {"other": [None]}]])
def test_any_key_is_kept_and_can_be_read(value: Any) -> None:
    """Alone and all together, in dynamic models and as unknown fields of known ones; at once."""
    together = dict.fromkeys(HOSTILE, value)
    started = time.process_time()
    for answer in (*({key: value} for key in HOSTILE), together, {"in": together, "rows": [together, {}]}):
        found: Any = create_dynamic_model(answer)
        assert dumped(found) == answer
        assert all(found[key] is not None or value is None for key in answer)
        assert json.loads(found.model_dump_json(by_alias=True, exclude_unset=True)) == answer
        assert dumped(DynamicModel.from_bytes(json.dumps(answer).encode())) == answer
        assert pickle.loads(pickle.dumps(found)) == found
        clan = made("Clan", {**answer, **CLAN})
        assert isinstance(clan, Clan)
        assert dumped(clan) == {**answer, **CLAN}
        assert (clan.clan_level, clan.irregularities) == (CLAN["clanLevel"], ())
        assert (repr(found), hash(found)) == (repr(create_dynamic_model(answer)), hash(found))
    assert time.process_time() - started < 8


def test_of_keys_with_one_name_the_one_that_is_the_name_has_the_field() -> None:
    """The others are read by key."""
    found: Any = create_dynamic_model({"someThing": 1, "some_thing": 2, "SomeThing": 3})
    assert found.some_thing == 2
    assert (found["someThing"], found["SomeThing"]) == (1, 3)


@pytest.mark.parametrize(
    "answer",
    [
        {f"key{number}": number for number in range(100_000)},
        {"rows": [{f"key{number}": 1} for number in range(20_000)]},
        {f"key{number}": {f"inner{number}": {"x": 1}} for number in range(20_000)},
        {"A" * 40_000: 1},
    ],
    ids=["keys", "rows", "objects", "capitals"],
)
def test_the_classes_of_one_answer_are_bounded(answer: dict[str, Any]) -> None:
    """An answer made to hurt takes a moment, and all of it is there."""
    started = time.process_time()
    found = create_dynamic_model(answer)
    assert time.process_time() - started < 6
    assert dumped(found) == answer
    assert found[next(iter(answer))] is not None


@pytest.mark.parametrize("array", [True, False])
def test_what_is_nested_too_deeply_is_refused(array: bool) -> None:
    """With a ValueError, from text and from a dict; 150 levels are none too many."""

    def nested(levels: int) -> Any:
        value: Any = 1
        for _ in range(levels):
            value = [value] if array else {"in": value}
        return {"answer": value}

    for kind in (DynamicModel, Clan):
        with pytest.raises(ValueError, match="nested"):
            kind.from_answer({**CLAN, **nested(10_000)})
        with pytest.raises(ValueError, match="nested"):
            kind.model_validate({**CLAN, **nested(10_000)})
        with pytest.raises(ValueError, match=r"nested"):
            kind.from_bytes(f'{{"a": {"[" * 10_000}{"]" * 10_000}}}'.encode())
    with pytest.raises(ValueError, match="nested"):
        create_dynamic_model(nested(10_000))
    found = create_dynamic_model(nested(150))
    assert (dumped(found), hash(found)) == (nested(150), hash(create_dynamic_model(nested(150))))
    assert pickle.loads(pickle.dumps(found)) == found


@pytest.mark.parametrize("nonsense", [42, None, [], "x", [("a", 1)]])
def test_what_is_no_object_becomes_no_model(nonsense: Any) -> None:
    """It is refused by a ValueError that says so."""
    for make in (create_dynamic_model, Clan.from_answer, DynamicModel.from_answer):
        with pytest.raises(ValueError, match="an answer is a JSON object"):
            make(nonsense)


def test_an_error_dict_becomes_no_model() -> None:
    """A call that failed returns its error dict, and that is no answer."""
    script = Script(json_response({"reason": "notFound"}, 404))
    with script.client(only_plugins=("models",), use_pydantic_models=True) as api:
        failed: Any = api.custom_endpoint("/new/thing", use_dynamic_model=True)
        assert (type(failed), failed["result"]) == (dict, "error")
        assert type(api.clan_tag("#2PP")) is dict
    assert create_dynamic_model(failed, "/clans/%232PP") is failed
    for make in (Clan.from_answer, DynamicModel.from_answer):
        with pytest.raises(ValueError, match="error dict of a call that failed"):
            make(failed)


def test_the_path_of_an_operation_has_its_model(play: Any) -> None:
    """As in 4.0, for `use_dynamic_model`, `use_pydantic_models` and `create_dynamic_model`."""
    answer = {"items": [{"tag": "#2PP", "name": "a"}]}
    made = create_dynamic_model(answer, "/clans/%232PP/members")
    assert (type(made), type(made["items"][0])) == (Page[ClanMember], ClanMember)
    ways: list[tuple[dict[str, Any], bool]] = [({}, True), ({"use_pydantic_models": True}, False)]
    for settings, wanted in ways:
        script = Script(json_response(answer))
        got = play(
            script, "custom_endpoint", "clans/#2PP/members", call={"use_dynamic_model": wanted}, **settings
        )
        assert type(got) is Page[ClanMember]
    assert type(create_dynamic_model(answer, "/new/thing")).__base__ is DynamicModel


def test_a_page_is_read_as_the_dict_that_it_was() -> None:
    """In 4.0 a list was a dict of models."""
    page = Page[ClanMember].from_answer({"items": [{"tag": "#2PP"}], "paging": {"cursors": {"after": "x"}}})
    assert [member.tag for member in page["items"]] == ["#2PP"]
    assert page.get("items") == page["items"] == list(page)
    assert page["paging"] == {"cursors": {"after": "x"}}
    assert (page.get("nothing"), page.get("nothing", 3)) == (None, 3)
    assert ("items" in page, "nothing" in page, page[0] in page) == (True, False, True)
    assert Page[ClanMember].from_answer({"items": []})["paging"] is None
    with pytest.raises(KeyError):
        page["nothing"]


def test_models_can_be_touched_first_by_many_threads() -> None:
    """Each model class is made once, whoever comes first."""
    program = """
import sys, threading, json
from cocapi.testing import Script, json_response
sys.setswitchinterval(1e-6)
from cocapi.models import create_dynamic_model
barrier, found, failed = threading.Barrier(24), [], []
from cocapi import CocApi, ApiConfig
api = CocApi("token", config=ApiConfig(base_url="sandbox://", enable_rate_limiting=False))
def work():
    barrier.wait()
    try:
        found.append((type(api.models.clan_members("#2PP")), type(create_dynamic_model({"a": {"b": 1}}))))
    except BaseException as error:
        failed.append(repr(error))
threads = [threading.Thread(target=work) for _ in range(24)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
print(json.dumps([failed, len({kind for kind, _ in found})]))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == [[], 1]


def test_the_room_of_an_answer_goes_to_its_outer_objects_first() -> None:
    """Objects for which there is none are JSON."""
    wide = {f"key{number}": 1 for number in range(dynamic.MOST)}
    found: Any = create_dynamic_model({"a": {"b": 1}, "wide": wide})
    assert found.a.b == 1
    assert found.wide == wide
