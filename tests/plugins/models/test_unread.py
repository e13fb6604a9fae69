"""Models read what somebody looks at, and nobody can tell, but by the clock."""

import copy
import json
import os
import pickle
import subprocess
import sys
import threading
from typing import Any

import pytest

from cocapi import Clan, Player
from cocapi.models import BadgeUrls, ClanMember, League, Page
from cocapi_models import shallow
from cocapi_models.base import Model
from cocapi_models.names import model_named
from cocapi_models.unread import content_of, own

from .answers import dumped, labels, operations, sandbox_answer, short_sample

EACH_SAMPLE = pytest.mark.parametrize("label", labels())
CLAN = sandbox_answer("clan_tag")


def clan(**changed: Any) -> dict[str, Any]:
    return {**copy.deepcopy(CLAN), **changed}


def content(answer: Any) -> bytes:
    return json.dumps(answer, ensure_ascii=False).encode()


def looked_at(value: Any) -> Any:
    """All values of a model and of those in it, each by its attribute, so that nothing is read whole."""
    if isinstance(value, tuple):
        return tuple(looked_at(item) for item in value)
    if not isinstance(value, Model):
        return value
    return {name: looked_at(getattr(value, name)) for name in type(value).model_fields}


@EACH_SAMPLE
def test_what_is_looked_at_is_what_pydantic_reads(label: str) -> None:
    """Each value, and its type; and the whole afterwards, in the same order."""
    name, answer = short_sample(label)
    kind = model_named(name)
    model = kind.from_bytes(content(answer))
    complete = kind._read_whole(content(answer))
    assert repr(looked_at(model)) == repr(looked_at(complete))
    assert (model, repr(model), hash(model)) == (complete, repr(complete), hash(complete))
    assert model.model_dump_json() == complete.model_dump_json()
    assert dumped(model) == answer


def test_every_model_of_an_answer_can_be_read_by_looking() -> None:
    """None is left to pydantic alone by a field that nobody has thought of."""
    for name, operation in operations().items():
        assert shallow.shallow(model_named(operation.model or "")), name
    assert shallow.shallow(Page[BadgeUrls])  # written here first


def test_a_look_reads_no_more_than_is_looked_at() -> None:
    """The members of a clan have read nothing until somebody looks at one."""
    found = Clan.from_bytes(content(CLAN))
    assert "member_list" not in own(found)
    first, second = found.member_list[:2]
    assert (own(first), own(second)) == ({}, {})
    assert first.name == CLAN["memberList"][0]["name"]
    assert own(first)
    assert own(second) == {}


def test_a_part_that_is_kept_does_not_keep_the_answer() -> None:
    """A tracker that keeps one member of each clan keeps the bytes of a member."""
    member = Clan.from_bytes(content(CLAN)).member_list[0]
    kept = content_of(member)
    assert type(kept) is bytes
    assert len(kept) < len(content(CLAN)) / 10


def test_what_somebody_has_stays_what_it_is() -> None:
    """When the whole is read later: the parts that were looked at are in it."""
    found = Clan.from_bytes(content(CLAN))
    badge, members = found.badge_urls, found.member_list
    tier = members[3].league_tier
    assert dumped(found) == CLAN
    assert (found.badge_urls, found.member_list, members[3].league_tier) == (badge, members, tier)
    assert found.badge_urls is badge
    assert found.member_list is members
    assert members[3].league_tier is tier


@pytest.mark.parametrize(
    "icons",
    [{}, {"small": None}, {"huge": "x"}, {"small": "a", "tiny": None, "newThing": {"x": [1]}}, None, "x"],
)
def test_objects_without_arrays_lose_nothing(icons: Any) -> None:
    """What they lack, what is null in them, what is unknown, what is odd; whether looked at or not."""
    answer = clan()
    answer["memberList"][0]["league"]["iconUrls"] = icons
    for look in (bool, looked_at):
        found = Clan.from_bytes(content(answer))
        look(found)
        assert dumped(found) == answer
        league: Any = found.member_list[0].league
        assert dumped(league) == answer["memberList"][0]["league"]
        assert league == League.from_answer(answer["memberList"][0]["league"])
        assert pickle.loads(pickle.dumps(league)) == copy.deepcopy(league) == league
        assert bool(league.irregularities) is not isinstance(icons, dict)


def test_what_is_read_first_makes_no_difference() -> None:
    """Unknown fields, pydantic's own attributes, equality, copies, each at the first touch."""
    answer = clan(newThing=1)
    touches: dict[str, Any] = {
        "new_thing": lambda c: c.new_thing == 1,
        "newThing": lambda c: c.newThing == 1,
        "clanLevel": lambda c: c.clanLevel == CLAN["clanLevel"],
        "extra": lambda c: c.model_extra == {"newThing": 1},
        "set": lambda c: "clan_level" in c.model_fields_set,
        "vars": lambda c: vars(c)["clan_level"] == CLAN["clanLevel"],
        "copy": lambda c: copy.copy(c) == c,
        "model_copy": lambda c: c.model_copy(update={"name": "x"}).name == "x",
        "replace": lambda c: c.model_copy(deep=True) == c,
        "equal": lambda c: c == Clan.from_bytes(content(answer)),
        "hasattr": lambda c: not hasattr(c, "nothing"),
        "iter": lambda c: dict(c)["clan_level"] == CLAN["clanLevel"],
    }
    for name, touch in touches.items():
        found = Clan.from_bytes(content(answer))
        assert touch(found), name
        assert touch(found), name
        assert dumped(found) == answer
        member: Any = Clan.from_bytes(
            content(clan(memberList=[{**CLAN["memberList"][0], "mood": 1}]))
        ).member_list[0]
        assert member.mood == member.model_extra["mood"] == 1
    match Clan.from_bytes(content(answer)):
        case Clan(clan_level=level, member_list=(ClanMember(name=first), *_)):
            assert (level, first) == (CLAN["clanLevel"], CLAN["memberList"][0]["name"])
        case _:
            pytest.fail("a class pattern matches")


def test_all_threads_see_the_same_parts() -> None:
    """Whoever looks first, and whether the whole is asked for meanwhile."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for _ in range(20):
            found = Clan.from_bytes(content(CLAN))
            seen: list[tuple[Any, ...]] = []
            barrier = threading.Barrier(8)

            def look(number: int, found: Clan = found, seen: Any = seen, barrier: Any = barrier) -> None:
                barrier.wait()
                if number % 2:
                    assert vars(found)
                members = found.member_list
                seen.append((members, members[1].league_tier, members[2].player_house, found.badge_urls))

            threads = [threading.Thread(target=look, args=(number,)) for number in range(8)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert [len({id(one[place]) for one in seen}) for place in range(4)] == [1, 1, 1, 1]
            assert len(seen) == 8
    finally:
        sys.setswitchinterval(before)


@pytest.mark.parametrize(
    "body",
    [
        b'{"memberList": [{"name": "\xff"}]}',
        content(CLAN).replace(b'"name": "', b'"name": "\xff', 20),
        content(CLAN)[:-1],
        content(CLAN) + b"}",
        content(CLAN).replace(b'"role": "admin"', b'"role": admin', 1),
        content(CLAN).replace(b'"trophies": ', b'"trophies": NaN, "x": ', 1),
    ],
)
def test_what_is_no_json_is_refused_before_anybody_looks(body: bytes) -> None:
    """Wherever in the answer the fault is."""
    with pytest.raises(ValueError, match=r"."):
        Clan.from_bytes(body)


def test_space_and_a_byte_order_mark_are_passed_over() -> None:
    """And half of a surrogate pair, deep in the answer, becomes U+FFFD."""
    for before in (b" \n\t", b"\xef\xbb\xbf"):
        assert dumped(Clan.from_bytes(before + content(CLAN) + b"\n ")) == CLAN
    body = content(clan(memberList=[{**CLAN["memberList"][0], "name": "HALF"}])).replace(b"HALF", b"\\ud83d")
    assert Clan.from_bytes(body).member_list[0].name == "\ufffd"


@pytest.mark.parametrize("value", [b"1" + b"0" * 400 + b".5", b"[" * 300 + b"]" * 300])
def test_what_no_reader_takes_deep_in_an_answer_is_kept_as_its_text(value: bytes) -> None:
    """It comes to light when the answer has long been handed out; nothing else of the object suffers."""
    answer = clan()
    answer["memberList"][0] |= {"trophies": "many", "unknown": "HERE"}
    member: Any = Clan.from_bytes(content(answer).replace(b'"HERE"', value)).member_list[0]
    assert (member.trophies, member.name) == ("many", answer["memberList"][0]["name"])
    assert member.unknown == value.decode()


def test_a_users_class_is_read_at_once() -> None:
    """Its validators run with the call, and so do those of what is in it."""
    seen: list[str] = []

    class Mine(Clan):
        def model_post_init(self, context: Any) -> None:
            seen.append(self.name)

    assert ("member_list" in own(Mine.from_bytes(content(CLAN))), seen) == (True, [CLAN["name"]])


def test_without_msgspec_models_are_read_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """By pydantic, as those who have installed it themselves need."""
    monkeypatch.setattr(shallow, "find_spec", lambda _: None)
    shallow.shallow.cache_clear()
    try:
        player = Player.from_bytes(content(sandbox_answer("players")))
        assert content_of(player) is None
        assert dumped(player) == sandbox_answer("players")
    finally:
        shallow.shallow.cache_clear()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on Windows")
def test_the_child_of_a_fork_can_look_whatever_another_thread_was_doing() -> None:
    """The lock under which parts are published is free in it."""
    program = """
import os, signal, sys, threading, time
from cocapi import Clan
from cocapi_models.unread import PUBLISHING
held = threading.Event()
def publish():
    with PUBLISHING:
        held.set()
        time.sleep(0.2)
other = threading.Thread(target=publish)
other.start()
held.wait()
child = os.fork()
if child == 0:
    signal.alarm(60)
    os._exit(0 if Clan.from_bytes(sys.stdin.buffer.read()).member_list[0].name else 1)
other.join()
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    run = [sys.executable, "-W", "ignore", "-c", program]
    assert subprocess.run(run, input=content(CLAN), check=False).returncode == 0
