"""Which stored answers a place means."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocapi import Request
from cocapi_cache.selection import selection

STORED = {
    "clan": ("/clans/%232PP", ""),
    "members": ("/clans/%232PP/members", "limit=5"),
    "other": ("/clans/%232PPQ", ""),
    "search": ("/clans", "name=best"),
    "player": ("/players/%232PP", ""),
    "group": ("/leaguegroup/%23G0/1772427600", "playerTag=%232PP"),
    "rank": ("/locations/32000006/rankings/clans", ""),
    "global": ("/locations/global/rankings/clans", "limit=3"),
}


@pytest.mark.parametrize(
    ("place", "values", "meant"),
    [
        ("/clans/{clanTag}", {"clanTag": "#2PP"}, "clan members"),
        ("/clans/{clanTag}", {"clanTag": "2pp"}, "clan members"),
        ("/clans/{clanTag}", {"clanTag": "%232PP"}, "clan members"),
        ("/clans/{clanTag}", {}, "clan members other"),
        ("/clans/{clanTag}/members", {}, "members"),
        ("/clans/%232PP", {}, "clan members"),
        ("/clans/#2pp", {}, "clan members"),
        ("/clans", {}, "clan members other search"),
        ("/clans/", {}, "clan members other search"),
        ("/clan", {}, ""),
        ("#2PP", {}, "clan members player group"),
        ("#2pp ", {}, "clan members player group"),
        ("#GO", {}, "group"),
        ("#2P", {}, ""),
        ("/locations/{locationId}", {"locationId": 32000006}, "rank"),
        ("/locations/{locationId}/rankings/clans", {}, "rank global"),
        ("/", {}, " ".join(STORED)),
        ("/.*", {}, ""),
    ],
)
def test_a_place_means_a_path_and_all_below_it_or_a_tag_anywhere(
    place: str, values: dict[str, Any], meant: str
) -> None:
    """Whole segments count, and a tag is the same in any spelling."""
    fits = selection(place, values)
    assert [name for name, stored in STORED.items() if fits(*stored)] == meant.split()


@pytest.mark.parametrize(
    ("place", "values", "said"),
    [
        ("/clans/{clanTag}", {"clantag": "#2PP"}, r"has no \{clantag\}"),
        ("#2PP", {"clanTag": "#2PP"}, r"has no \{clanTag\}"),
        ("2PP", {}, "neither a path such as '/clans' nor a tag"),
        ("", {}, "neither a path"),
    ],
)
def test_a_place_that_can_mean_nothing_is_refused(place: str, values: dict[str, str], said: str) -> None:
    """A typing error must not look like an empty cache."""
    with pytest.raises(ValueError, match=said):
        selection(place, values)


@given(st.text(min_size=1).filter(lambda t: t.isprintable() and "%" not in t and not t.startswith("#")))
def test_any_path_value_selects_the_request_that_was_made_with_it(value: str) -> None:
    """Encoding here is the encoding of requests; regular expressions in values mean nothing."""
    if value.strip() in ("", ".", "..") or value in (".", ".."):
        return
    request = Request("x", "GET", "/labels/{name}/more", {"name": value}, {"q": 1})
    assert selection("/labels/{name}", {"name": value})(request.path, request.query)
    assert not selection("/labels/{name}", {"name": value + "x"})(request.path, request.query)
