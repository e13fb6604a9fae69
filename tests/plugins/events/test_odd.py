"""Answers whose values have other types than the API's, and records that cannot be read: one thing waits."""

import copy
import json
import zlib
from collections.abc import Iterator
from itertools import cycle
from typing import Any

import pytest

from cocapi import Request, Response, events
from cocapi.testing import Script, json_response

from .conftest import Motion

ODD = (None, [], {}, "", "x", -1, 1.5, True, 10**30, [None], [{}], ["x"], {"x": 1}, "\ud800")
SETTINGS = {"enable_caching": False, "enable_rate_limiting": False}
THINGS = {
    "clans": "clan_tag",
    "players": "players",
    "wars": "clan_current_war",
    "raids": "clan_capitalraidseasons",
}


class Server(Script):
    """Answers with what it is given."""

    def __init__(self, answer: Any) -> None:
        super().__init__(self.reply)
        self.answer = answer

    def reply(self, request: Request) -> Response:
        return json_response(self.answer)


def sandbox_answer(operation: str) -> Any:
    """As the sandbox gives it, in the midst of a war."""
    motion = Motion()
    motion.box.advance(hours=30)
    with motion.client() as api:
        return getattr(api, operation)("#2PP")


def mutations(answer: Any, stride: int) -> Iterator[Any]:
    """The answer with one odd value; every so many places have their turn."""
    odd = cycle(ODD)
    for path in [*places(answer)][::stride]:
        changed = copy.deepcopy(answer)
        part = changed
        for name in path[:-1]:
            part = part[name]
        part[path[-1]] = next(odd)
        yield changed


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths to all values, of lists to the first item."""
    if path:
        yield path
    pairs = (
        value.items() if isinstance(value, dict) else enumerate(value[:1]) if isinstance(value, list) else ()
    )
    for name, part in pairs:
        yield from places(part, (*path, name))


@pytest.mark.parametrize("what", THINGS)
def test_no_odd_answer_ends_a_watch_nor_keeps_it_from_the_next(what: str) -> None:
    """Dicts and models, at first sight and later: when the answer is as it should be, it is taken again."""
    good: Any = sandbox_answer(THINGS[what])
    for number, odd in enumerate(mutations(good, 9)):
        with Server(odd).client(**SETTINGS) as api:
            view = api.models if number % 2 else api
            server: Any = api.plugins["script"]
            things: Any = {what: ["#2PP"]}
            view.changes(**things)
            for answer in (good, odd, good, good):
                server.answer = answer
                happened = view.changes(**things)
            assert happened == []


def test_what_happens_beside_an_odd_answer_is_told(caplog: pytest.LogCaptureFixture) -> None:
    """It is not taken for what was before; a warning names the thing, and `PollFailed` whoever wants it."""
    good: Any = sandbox_answer("clan_tag")
    server = Server(good)
    kinds = ["clan.changed", "poll.failed"]
    with server.client(**SETTINGS) as api:
        assert api.changes(clans=["#2PP"], kinds=kinds) == []
        server.answer = {**good, "memberList": 3}
        (failed,) = api.changes(clans=["#2PP"], kinds=kinds)
        assert isinstance(failed, events.PollFailed)
        assert "clan:#2PP could not be asked: its answer cannot be compared: TypeError" in caplog.text
        server.answer = {**good, "description": "another"}
        (changed,) = api.changes(clans=["#2PP"], kinds=kinds)
        assert (changed.old, changed.new) == (good["description"], "another")


@pytest.mark.parametrize(
    "content", [b"", b"no zlib", zlib.compress(b"{"), zlib.compress(b"[1]"), zlib.compress(b"3")]
)
def test_a_record_that_cannot_be_read_counts_as_none(
    content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """The thing is seen for the first time again."""
    good: Any = sandbox_answer("clan_tag")
    server = Server(good)
    with server.client(**SETTINGS) as api:
        api.changes(clans=["#2PP"])
        api.run_flow(api.store.put("events::record:clan:#2PP", content))
        api.run_flow(api.store.put("events::mark:clan:#2PP", content))
        assert api.changes(clans=["#2PP"]) == []
        assert "what the store keeps of clan:#2PP cannot be read" in caplog.text
        server.answer = {**good, "description": "another"}
        assert [event.type for event in api.changes(clans=["#2PP"])] == ["clan.changed"]


def test_an_event_of_a_kind_that_only_a_later_version_knows_is_passed_over(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It was queued by that version; the others are told."""
    good: Any = sandbox_answer("clan_tag")
    server = Server(good)
    with server.client(**SETTINGS) as api:
        api.changes(clans=["#2PP"])
        server.answer = {**good, "description": "another"}
        for _ in api.watch(clans=["#2PP"], once=True):
            break  # it is not done
        key = "events::record:clan:#2PP"
        record = json.loads(zlib.decompress(api.run_flow(api.store.get(key)) or b""))
        record[3].insert(0, {**record[3][0], "type": "clan.relocated"})
        api.run_flow(api.store.put(key, zlib.compress(json.dumps(record).encode())))
        assert [event.type for event in api.changes(clans=["#2PP"])] == ["clan.changed"]
    assert "is of no kind that is known here" in caplog.text
