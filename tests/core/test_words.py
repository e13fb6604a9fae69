"""What people write becomes what the API reads, or is refused by name before anything is sent."""

# ruff: noqa: RUF001  # letters that look like others are what this is about

from __future__ import annotations

import asyncio
import enum
import itertools
import math
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocapi import InvalidParams, build_url, normal_tag
from cocapi.testing import Script


def kind(value: object) -> str:
    """The id of a case: values themselves may be long, or have an address in memory."""
    return type(value).__name__


LINK = "https://link.clashofclans.com/en?action=OpenPlayerProfile&tag="

PASTED = [
    *("#2PP", "2pp", " #2PP\r\n", "%232PP", "%25232PP", "##2PP", "# 2PP", "#\u00a02PP", "\u2003#2PP"),
    *(
        "\u200b#2PP\u200b",
        "\ufeff#2PP",
        "\u202a#2PP\u202c",
        "#2\u00adPP",
        "#2\u200dPP",
        "#2PP\ufe0f",
        "#\ufe0f\u20e32PP",
    ),
    *("＃２ＰＰ", "\uff032pp", "\uff052\uff132PP", "\u266f2PP", "#②PP"),
    *("'#2PP'", '"#2PP"', "“#2PP”", "„2PP“", "«2PP»", "‘2PP’", "`#2PP`", "```2PP```", "´2PP´"),
    *(
        "**#2PP**",
        "__#2PP__",
        "~~2PP~~",
        "||#2PP||",
        "<#2PP>",
        "(#2PP)",
        "[#2PP]",
        "\\#2PP",
        "> #2PP",
        "- #2PP",
    ),
    *("#2PP,", "#2PP.", "2PP;", "#2PP!", ":#2PP", "🏆 #2PP", "• #2PP", "#2PP…"),
    *(LINK + "2PP", LINK + "%232PP", LINK + "#2PP", f"<{LINK}2PP>", f"[Cato]({LINK}2PP)", LINK + "2PP&x=1"),
    *(
        "https://link.clashofclans.com/?action=OpenClanProfile&amp;tag=2PP",
        f"look: {LINK}2pp thanks",
        "tag=2PP",
    ),
    *("&#35;2PP", "&#x23;2pp", "&num;2PP", "&lt;#2PP&gt;", "&quot;2PP&quot;", "&amp;#35;2PP", "&nbsp;#2PP"),
    *("%E2%80%8B%232PP", "%2525232PP", "％２３2PP", LINK + "2PP#top", LINK + "%25232PP", "%23２PP%20"),
    "https%3A%2F%2Flink.clashofclans.com%2Fen%3Faction%3DOpenClanProfile%26tag%3D2PP",
    "https://link.clashofclans.com/de?tag=2PP&action=OpenClanProfile&utm_source=a%2526b",
    *("Cato (#2PP)", "Cato #2pp", "#2PP Cato", "#2PP, Cato", "Cato #2PP, #2PP", "Élodie — #2PP"),
    enum.Enum("Tags", {"A": "#2PP"}, type=str).A,
]
"""The same tag as people paste it."""

NO_TAG = [
    *(None, 12, 1.5, b"#2PP", ["#2PP"], object(), True),
    *("", "#", "  ", "%23", "\u200b", "!!!", "..", "."),
    *(
        "../clans",
        "/clans/#2PP",
        "a/b",
        "2PP?x=1",
        "2PP&x=1",
        "2PP%2F",
        "#2PP/members",
        "2PP\\..\\x",
        "2PP@x",
    ),
    *("#2PP\x00", "\x1b[31m#2PP", "#2\x7fPP", "#2PP\x9b"),
    *(
        "\ud800",
        "2\ud800PP",
        "#\ud8002PP",
        "#2PP%00",
        "%2e%2e/2PP",
        "2PP&sol;members",
        "&#0;2&#0;PP",
        "#2РР",
        "#2ΡΡ",
        "#ÉPP",
        "#2PṔ",
        "ß",
        "#2 PP",
        "#2PP #8QU",
        "#2PP,#8QU",
        "Cato#2PP",
        "Cato #1234",
    ),
    *("#" + "2" * 33, "2" * 5_000_000, "#2PP" + " " * 5_000_000, b"x" * 5_000_000, "<@80351110224678912>"),
    *(
        LINK,
        "https://link.clashofclans.com/en?action=OpenLayout&id=TH16",
        "https://x/#2PP",
        f"{LINK}2PP {LINK}8QU",
    ),
]


@pytest.mark.parametrize("written", PASTED, ids=kind)
def test_a_pasted_tag_is_read(written: str) -> None:
    """Whatever came along with it."""
    assert normal_tag(written) == "#2PP"


@pytest.mark.parametrize("written", NO_TAG, ids=kind)
def test_what_is_no_tag_is_refused_by_name_and_nothing_is_sent(play: Any, written: Any) -> None:
    """In a sentence of printable characters and bounded length, that shows what a tag looks like."""
    script = Script()
    answer = play(script, "clan_members", written)
    assert (answer["error_type"], script.requests) == ("params", [])
    assert "clanTag" in answer["message"]
    assert "#2PP" in answer["message"]
    assert answer["message"].isprintable()
    assert len(answer["message"]) < 400


def test_a_letter_that_only_looks_right_is_named() -> None:
    """A Cyrillic ER in place of P cannot be seen."""
    with pytest.raises(InvalidParams, match="CYRILLIC CAPITAL LETTER ER"):
        normal_tag("#2РР")


@given(st.text() | st.text("#%23 2Pp0Oo()\u200b\ud800\x00=&?tag", max_size=30))
def test_a_tag_that_was_read_is_read_the_same_again(written: str) -> None:
    """And nothing but InvalidParams is ever raised."""
    try:
        tag = normal_tag(written)
    except InvalidParams:
        return
    assert tag.isascii()
    assert tag[1:].isalnum()
    assert "O" not in tag
    assert normal_tag(tag) == tag


@given(
    st.none()
    | st.integers()
    | st.floats()
    | st.binary()
    | st.lists(st.text())
    | st.dictionaries(st.text(), st.text())
)
def test_anything_but_text_is_refused_as_a_tag(written: Any) -> None:
    with pytest.raises(InvalidParams):
        normal_tag(written)


def test_the_same_tag_written_differently_is_one_call_of_a_batch() -> None:
    """A batch knows calls by the tag that is meant."""
    script = Script()
    with script.client() as api:
        answers = api.batch(api.clan_tag, ["#2PP", "2pp", "**#2PP**", LINK + "2PP"])
    assert len(answers) == 4
    assert len(script.requests) == 1


class Number(enum.IntEnum):
    LEGEND = 29000022


class Mixed(int, enum.Enum):
    LEGEND = 29000022


class Word(enum.Enum):
    LEGEND = "29000022"


class Array:
    """An array of numpy or a series of pandas: of no truth, and equal to nothing as a whole; that of one
    number has no dimension, and no items.
    """

    def __init__(self, *values: Any) -> None:
        self.values = values
        self.shape = (len(values),) if len(values) > 1 else ()

    def item(self) -> Any:
        (value,) = self.values
        return value

    def __iter__(self) -> Iterator[Any]:
        if not self.shape:
            raise TypeError("iteration over a 0-d array")
        return iter(self.values)

    def __index__(self) -> int:
        return int(self.item())

    def __bool__(self) -> bool:
        raise ValueError("The truth value of an array is ambiguous")

    def __eq__(self, other: object) -> Any:
        return self

    __hash__ = None  # type: ignore[assignment]


class Index:
    """What numpy's integers have in common with integers."""

    def __index__(self) -> int:
        return 29000022


@pytest.mark.parametrize(
    "written",
    [
        *(29000022, "29000022", " 29000022\n", "'29000022'", "\ufeff29000022", "２９０００022"),
        *("29000022\u200b", Number.LEGEND, Mixed.LEGEND, Word.LEGEND, Index()),
        *(29000022.0, Decimal("29000022.0"), Fraction(29000022), Array(29000022)),
    ],
    ids=kind,
)
def test_an_id_is_read(written: Any) -> None:
    script = Script()
    with script.client() as api:
        api.league_id(written)
        api.league_season_id(written, " 2025-08 ")
    assert script.requests[0].path == "/leagues/29000022"
    assert script.requests[1].path == "/leagues/29000022/seasons/2025-08"


@pytest.mark.parametrize(
    "written",
    [
        *(
            "",
            " ",
            "\u200b",
            "..",
            "a\x00b",
            "a\nb",
            "\ud800",
            "x" * 501,
            10**5000,
            1.5,
            b"x",
            None,
            True,
            [1],
        ),
        *(math.nan, math.inf, Decimal("1.5"), Decimal("NaN"), 1j, Array(True), Array(1, 2)),
    ],
    ids=kind,
)
def test_what_is_no_id_is_refused_by_name(play: Any, written: Any) -> None:
    script = Script()
    answer = play(script, "location_id", written)
    assert (answer["error_type"], script.requests) == ("params", [])
    assert "locationId" in answer["message"]
    assert len(answer["message"]) < 400


def sent(params: Any, method: str = "custom_endpoint", *args: Any) -> str:
    script = Script()
    with script.client(raise_errors=True) as api:
        getattr(api, method)(*(args or ("/clans",)), params=params)
    (request,) = script.requests
    return request.query


def generated() -> Iterator[int]:
    yield from (1, 2)


class Frequency(str, enum.Enum):  # noqa: UP042  # its str() is not its value
    ALWAYS = "always"


class Item:
    """A scalar of numpy: it knows its Python value."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def item(self) -> Any:
        return self.value

    def __float__(self) -> float:
        return float(self.value)


VALUES: list[tuple[Any, str]] = [
    *((Array(1, 2), "1%2C2"), (Array(1), "1"), (Array(False), "false"), ([Array(1.5), 2], "1.5%2C2")),
    *(([1, 2], "1%2C2"), ((1, 2), "1%2C2"), ({2, 1}, "1%2C2"), (frozenset({1}), "1"), (range(1, 3), "1%2C2")),
    *((["1", "2"], "1%2C2"), ("1,2", "1%2C2"), ({1: 0, 2: 0}.keys(), "1%2C2"), ([Number.LEGEND], "29000022")),
    *((True, "true"), (False, "false"), (0, "0"), (Number.LEGEND, "29000022"), (Mixed.LEGEND, "29000022")),
    *(
        (Frequency.ALWAYS, "always"),
        (5.0, "5"),
        (1.5, "1.5"),
        (Decimal("5.00"), "5"),
        (Decimal("0.5"), "0.5"),
    ),
    *(
        (Fraction(1, 2), "0.5"),
        (Index(), "29000022"),
        (Item(True), "true"),
        (Item(1.5), "1.5"),
        (10**30, "1" + "0" * 30),
    ),
    *(("a\r\nb", "a%0D%0Ab"), ("a+b;c&d", "a%2Bb%3Bc%26d"), ("é", "%C3%A9"), ("%32", "%2532")),
]


@pytest.mark.parametrize(("value", "text"), VALUES, ids=kind)
def test_a_value_is_spelt_as_the_api_does(value: Any, text: str) -> None:
    """A list has commas between its items, a whole number has no point."""
    assert sent({"x": value}) == f"x={text}"
    assert build_url("", "/clans", {"x": value}) == f"/clans?x={text}"


@pytest.mark.parametrize(
    "labels", [[56000000, 56000001], "56000000,56000001", ("56000000", 56000001)], ids=kind
)
def test_labels_may_be_a_list(labels: Any) -> None:
    script = Script()
    with script.client() as api:
        api.clan("abc", label_ids=labels)
    assert "labelIds=56000000%2C56000001&" in script.requests[0].query


def test_a_generator_is_read_once_however_often_the_address_is() -> None:
    """A plugin that changes the request makes a new address of it."""
    assert sent({"labelIds": generated()}, "clan", "abc") == "labelIds=1%2C2&limit=10&name=abc"
    assert sent({"x": generated()}) == "x=1%2C2"


@pytest.mark.parametrize("value", [None, "", [], (), set()], ids=kind)
def test_nothing_is_not_given(value: Any) -> None:
    assert sent({"x": value}) == ""


REFUSED: list[Any] = [
    *("\ud800", "x" * 8001, float("nan"), float("inf"), Decimal("NaN"), Decimal("inf"), 10**5000),
    *(
        [[1]],
        [None],
        [""],
        [{}],
        {"a": 1},
        b"x",
        bytearray(b"x"),
        object(),
        1j,
        itertools.count(),
        ["\ud800"],
    ),
    *(Array(datetime(2025, 1, 1, tzinfo=UTC)), Array(math.nan), Array(1, Array(2, 3))),
    *(datetime(2025, 1, 1, tzinfo=UTC), asyncio.Queue, print, ["x"] * 1001),
]


@pytest.mark.parametrize("value", REFUSED, ids=kind)
@pytest.mark.parametrize("method", ["custom_endpoint", "clan"])
def test_a_value_that_no_query_can_hold_is_refused_by_name(play: Any, method: str, value: Any) -> None:
    """Nothing is sent."""
    script = Script()
    answer = play(script, method, "/clans", call={"params": {"labelIds": value}})
    assert (answer["error_type"], script.requests) == ("params", [])
    assert "'labelIds'" in answer["message"]
    assert len(answer["message"]) < 400


@pytest.mark.parametrize(
    "params", ["limit=5", 5, [("limit", 5)], {5: 1}, {None: 1}, {"\ud800": 1}, Array(1, 2)], ids=kind
)
@pytest.mark.parametrize("method", ["custom_endpoint", "clan_tag", "location_id_clan_rank", "clan"])
def test_params_that_are_no_dict_of_names_are_refused(play: Any, method: str, params: Any) -> None:
    script = Script()
    answer = play(script, method, "2PP", call={"params": params})
    assert (answer["error_type"], script.requests) == ("params", [])


def test_a_name_that_is_repeated_in_a_path_keeps_all_its_values_in_their_order() -> None:
    """A list is something else: it has commas."""
    script = Script()
    with script.client() as api:
        api.custom_endpoint("/x?b=2&a=9&b=1&b=3", {"c": [1, 2]})
        api.custom_endpoint("/x?b=2&b=1", {"b": 7})
    assert script.requests[0].query == "a=9&b=2&b=1&b=3&c=1%2C2"
    assert script.requests[1].query == "b=7"


def test_a_middleware_that_repeats_a_name_keeps_all_its_values() -> None:
    """The sibling: an address that a function on requests returns."""
    script = Script()
    with script.client(only_plugins=("script", "middleware")) as api:
        api.add_request_middleware(lambda url, headers, params: (url + "?a=2&a=1", headers, params))
        api.custom_endpoint("/x")
    assert script.requests[0].query == "a=2&a=1"


@pytest.mark.parametrize(
    ("path", "url"),
    [
        ("/clans/%2532PP", "/clans/%2532PP"),
        ("/clans/a+b", "/clans/a%2Bb"),
        ("/clans/a;b", "/clans/a%3Bb"),
        (" /clans/#2PP\n", "/clans/%232PP"),
        ("#2PP", "/%232PP"),
        ("/x?name=a+b&y=%26", "/x?name=a+b&y=%26"),
        ("/x?playerTag=#2PP", "/x?playerTag=%232PP"),
    ],
)
def test_a_path_is_sent_as_it_is_meant(path: str, url: str) -> None:
    script = Script()
    with script.client(raise_errors=True) as api:
        api.custom_endpoint(path)
    assert script.requests[0].url == "https://api.clashofclans.com/v1" + url


NO_PATH = [
    *("https://evil.example/x", "//evil.example/x", "\\\\evil\\x", "/x/../y", "/x/%2e%2e/y", "/x/./y", ".."),
    *(
        "/clans/2PP#members",
        "/x?limit=5#top",
        "/x/%ff",
        "/x?a=%ff",
        "/x/a\x00b",
        "/x/\ud800",
        "/x?a=\ud800",
        "/x" * 5000,
    ),
    *(None, 5, b"/x", ["/x"]),
]


@pytest.mark.parametrize("path", NO_PATH, ids=kind)
def test_what_is_no_path_below_the_base_url_is_refused(play: Callable[..., Any], path: Any) -> None:
    script = Script()
    answer = play(script, "custom_endpoint", path)
    assert (answer["error_type"], script.requests) == ("params", [])
    assert len(answer["message"]) < 400


@pytest.mark.parametrize("token", [" once\r\n", "'once'", "\ufeffonce", "ｏｎｃｅ"], ids=kind)
def test_a_player_token_is_read(token: str) -> None:
    script = Script()
    with script.client() as api:
        api.verify_player_token("#2PP", token)
    assert script.requests[0].json == {"token": "once"}


@pytest.mark.parametrize(
    "token", ["", " ", "\ud800", "a b", "a\nb", "é", b"once", None, 5, {1}, "x" * 501], ids=kind
)
def test_what_is_no_player_token_is_refused_and_not_quoted(play: Any, token: Any) -> None:
    """It is a secret for as long as it is good."""
    script = Script()
    answer = play(script, "verify_player_token", "#2PP", token)
    assert (answer["error_type"], script.requests) == ("params", [])
    assert answer["message"].startswith("Invalid params for method: token ")
    assert not isinstance(token, str) or len(token) < 2 or token not in answer["message"]
