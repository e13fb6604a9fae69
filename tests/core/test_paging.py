"""paginate: one list, page after page, in synchronous and asynchronous code."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st

from cocapi import (
    AsyncCocApi,
    CocApi,
    CocApiError,
    InvalidParams,
    Maintenance,
    RepeatedCursor,
    Request,
    Response,
    UnreadableResponse,
)
from cocapi.testing import Script, json_response

ALONE = {"only_plugins": ("script",)}
Walk = Callable[..., list[Any]]


class Shelf(Script):
    """A server that has `items` and cuts them into pages; the cursor is the index of the next item.

    failing:
        Cursors whose pages answer with maintenance.
    """

    def __init__(self, items: list[Any], failing: tuple[str, ...] = ()) -> None:
        super().__init__(self.page)
        self.items = items
        self.failing = failing

    def page(self, request: Request) -> Response:
        after, limit = request.params.get("after", "0"), request.params.get("limit", 3)
        if after in self.failing:
            return json_response({"reason": "inMaintenance"}, 503)
        start, end = int(after), int(after) + limit
        cursors = {"after": str(end)} if end < len(self.items) else {}
        return json_response({"items": self.items[start:end], "paging": {"cursors": cursors}})


@pytest.fixture(params=["sync", "asyncio", "trio"])
def walk(request: pytest.FixtureRequest) -> Walk:
    """walk(script, method, *args, **keywords) -> the items that paginate gave."""
    return {"sync": walk_sync, "asyncio": walk_asyncio, "trio": walk_trio}[request.param]


def walk_sync(script: Script, method: str, *args: Any, into: Any = None, **keywords: Any) -> list[Any]:
    got = [] if into is None else into
    with script.client(**ALONE) as api:
        for item in api.paginate(getattr(api, method), *args, **keywords):
            got.append(item)
    return got


async def walk_tasks(script: Script, method: str, *args: Any, into: Any = None, **keywords: Any) -> list[Any]:
    got = [] if into is None else into
    async with script.async_client(**ALONE) as api:
        async for item in api.paginate(getattr(api, method), *args, **keywords):
            got.append(item)
    return got


def walk_asyncio(*args: Any, **keywords: Any) -> list[Any]:
    return asyncio.run(walk_tasks(*args, **keywords))


def walk_trio(*args: Any, **keywords: Any) -> list[Any]:
    async def main() -> list[Any]:
        return await walk_tasks(*args, **keywords)

    return trio.run(main)


def test_every_item_comes_once_and_in_order(walk: Walk) -> None:
    shelf = Shelf(list(range(10)))
    assert walk(shelf, "clan_members", "#2PP", limit=4) == list(range(10))
    assert [request.params.get("after") for request in shelf.requests] == [None, "4", "8"]


@given(st.lists(st.integers(), max_size=40), st.integers(1, 12))
def test_no_size_of_page_loses_or_repeats_an_item(items: list[int], limit: int) -> None:
    assert walk_sync(Shelf(items), "location", limit=limit) == items


def test_a_page_is_asked_for_only_when_it_is_needed() -> None:
    shelf = Shelf(list(range(10)))
    with shelf.client(**ALONE) as api:
        items = api.paginate(api.clan_members, "#2PP", limit=2)
        assert len(shelf.requests) == 0
        assert [next(items), next(items)] == [0, 1]
        assert len(shelf.requests) == 1


def test_a_page_that_fails_raises_with_the_cursor_to_go_on_from(walk: Walk) -> None:
    """Also where failed calls answer with error dicts: the items before it have been given."""
    shelf, got = Shelf(list(range(10)), failing=("6",)), list[int]()
    with pytest.raises(Maintenance) as raised:
        walk(shelf, "clan_members", "#2PP", limit=3, into=got)
    assert raised.value.cursor == "6"
    assert raised.value.__notes__ == ["go on with after='6'"]
    assert got == [0, 1, 2, 3, 4, 5]
    shelf.failing = ()
    assert walk(shelf, "clan_members", "#2PP", limit=3, after=raised.value.cursor) == [6, 7, 8, 9]


def test_when_the_first_page_fails_there_is_no_cursor(walk: Walk) -> None:
    with pytest.raises(Maintenance) as raised:
        walk(Shelf([1], failing=("0",)), "clan_members", "#2PP")
    assert raised.value.cursor is None


def test_a_cursor_that_comes_again_is_an_error_and_no_loop(walk: Walk) -> None:
    script = Script(json_response({"items": [1], "paging": {"cursors": {"after": "same"}}}))
    with pytest.raises(RepeatedCursor, match=r"GET /clans/\{clanTag\}/members: .*after='same'"):
        walk(script, "clan_members", "#2PP")
    assert len(script.requests) == 2


def test_an_empty_page_with_a_cursor_is_not_the_end(walk: Walk) -> None:
    pages = [
        json_response({"items": [], "paging": {"cursors": {"after": "x"}}}),
        json_response({"items": [1], "paging": {"cursors": {}}}),
    ]
    assert walk(Script(*pages), "clan_members", "#2PP") == [1]


def test_before_walks_backwards(walk: Walk) -> None:
    pages = [
        json_response({"items": [3], "paging": {"cursors": {"before": "b", "after": "a"}}}),
        json_response({"items": [2], "paging": {"cursors": {"after": "c"}}}),
    ]
    script = Script(*pages)
    assert walk(script, "clan_members", "#2PP", before="z") == [3, 2]
    assert [request.params for request in script.requests] == [{"before": "z"}, {"before": "b"}]


def test_the_other_arguments_go_with_every_page(walk: Walk) -> None:
    shelf = Shelf(list(range(4)))
    walk(shelf, "clan", "abc", 2, min_members=10)
    assert [r.params["minMembers"] for r in shelf.requests] == [10, 10]
    assert [r.params["name"] for r in shelf.requests] == ["abc", "abc"]


def test_an_answer_without_items_is_told(walk: Walk) -> None:
    with pytest.raises(UnreadableResponse, match="without items"):
        walk(Script(json_response({"tag": "#2PP"})), "clan_members", "#2PP")


@pytest.mark.parametrize("make", [Script.client, Script.async_client], ids=["sync", "async"])
def test_wrong_arguments_are_refused_before_anything_is_asked(
    make: Callable[..., CocApi | AsyncCocApi],
) -> None:
    script = Script()
    api = make(script, **ALONE)
    for wrong in (api.verify_player_token, print, api.test):
        with pytest.raises(InvalidParams, match="has no pages"):
            api.paginate(wrong, "#2PP")
    with pytest.raises(InvalidParams, match="'color' is unknown"):
        api.paginate(api.clan_members, "#2PP", color="red")
    assert script.requests == []


def test_each_page_is_a_call_of_its_own(walk: Walk) -> None:
    """Plugins keep notes in `Request.state`: one page's must not be the next one's."""
    shelf = Shelf(list(range(6)))
    walk(shelf, "clan_members", "#2PP")
    first, second = shelf.requests
    assert first.state is not second.state


def test_the_error_of_a_page_survives_pickling() -> None:
    import pickle

    with pytest.raises(CocApiError) as raised:
        walk_sync(Shelf([1] * 9, failing=("3",)), "clan_members", "#2PP")
    assert pickle.loads(pickle.dumps(raised.value)).cursor == "3"


def test_an_operation_without_pages_is_refused_by_name() -> None:
    """At once, before anything is sent."""
    script = Script()
    with script.client() as api, pytest.raises(InvalidParams, match=r"^clan_tag has no pages"):
        api.paginate(api.clan_tag, "#2PP")  # type: ignore[call-overload]
    assert script.requests == []


@pytest.mark.parametrize(
    ("paging", "told"),
    [
        ({"cursors": {"after": ["a"]}}, "paging.cursors.after is ['a']"),
        ({"cursors": {"after": 7}}, "paging.cursors.after is 7"),
        ({"cursors": {"after": {"x": 1}}}, "paging.cursors.after is {'x': 1}"),
        ({"cursors": {"after": False}}, "paging.cursors.after is False"),
        ({"cursors": {"after": "x" * 5_000_000}}, "paging.cursors.after is 'xxx"),
        ({"cursors": {"after": "a\nb"}}, "paging.cursors.after is 'a\\nb'"),
        ({"cursors": ["a"]}, "paging.cursors is ['a']"),
        ({"cursors": "abc"}, "paging.cursors is 'abc'"),
        ({"cursors": 1}, "paging.cursors is 1"),
        (["cursors"], "paging is ['cursors']"),
        ("after", "paging is 'after'"),
    ],
)
def test_a_cursor_that_is_none_is_told_and_the_list_does_not_end_quietly(
    walk: Walk, paging: Any, told: str
) -> None:
    """By place and value; where to go on is known as ever."""
    script = Script(json_response({"items": [1], "paging": paging}))
    with pytest.raises(UnreadableResponse) as raised:
        walk(script, "clan_members", "#2PP", after="before")
    assert told in raised.value.message
    assert raised.value.message.isprintable()
    assert len(raised.value.message) < 300
    assert raised.value.cursor == "before"
    assert len(script.requests) == 1


@pytest.mark.parametrize(
    "paging",
    [
        None,
        {},
        [],
        "",
        {"cursors": None},
        {"cursors": []},
        {"cursors": {"after": None}},
        {"cursors": {"after": ""}},
    ],
)
def test_what_names_no_cursor_is_the_last_page(walk: Walk, paging: Any) -> None:
    """However it is written."""
    assert walk(Script(json_response({"items": [1, 2], "paging": paging})), "clan_members", "#2PP") == [1, 2]


@pytest.mark.parametrize("items", [None, {"a": 1}, "abc", 3])
def test_items_that_are_no_list_are_told(walk: Walk, items: Any) -> None:
    """With what stands in their place."""
    with pytest.raises(UnreadableResponse, match="a page without items") as raised:
        walk(Script(json_response({"items": items})), "clan_members", "#2PP")
    assert items is None or repr(items) in raised.value.message


@pytest.mark.parametrize(
    "spelled",
    [
        lambda api: (lambda params=None: api.clan_members("#2PP", params),),
        lambda api: (lambda tag, **query: api.clan_members(tag, **query), "#2PP"),
        lambda api: (partial(api.clan_members, "#2PP"),),
        lambda api: (api.custom_endpoint, "/clans/%232PP/members"),
        lambda api: (partial(api.custom_endpoint, endpoint_path="/clans/%232PP/members"),),
    ],
    ids=["lambda", "keywords", "partial", "path", "partial of a path"],
)
def test_functions_that_take_params_have_pages_too(spelled: Callable[[Any], tuple[Any, ...]]) -> None:
    """As in 4.0, in both modes; the pages are those of the size that was asked for."""
    shelf = Shelf(list(range(10)))
    with shelf.client(**ALONE) as api:
        assert list(api.paginate(*spelled(api), limit=4)) == list(range(10))

    async def main() -> list[Any]:
        async with shelf.async_client(**ALONE) as api:
            return [item async for item in api.paginate(*spelled(api), limit=4)]

    assert asyncio.run(main()) == list(range(10))
    assert [request.params.get("after") for request in shelf.requests] == [None, "4", "8"] * 2
    assert {request.params["limit"] for request in shelf.requests} == {4}


def test_a_page_of_a_function_that_fails_is_told() -> None:
    """An error dict has no items, and no list ends quietly before its end."""
    with Shelf([1] * 9, failing=("3",)).client(**ALONE) as api:
        items = api.paginate(lambda params: api.clan_members("#2PP", params), limit=3)
        with pytest.raises(CocApiError) as raised:
            list(items)
    assert raised.value.cursor == "3"
