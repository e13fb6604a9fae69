"""Tags, links, pictures and words."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocapi import InvalidParams, game, normal_tag
from cocapi.models import Role

from .answers import players, wars

ids = st.builds(lambda high, low: high << 32 | low, st.integers(0, 255), st.integers(1, 2**32 - 1))


@given(ids)
def test_an_id_has_a_tag_and_the_tag_the_id(number: int) -> None:
    tag = game.id_to_tag(number)
    assert game.tag_to_id(tag) == number
    assert game.is_valid_tag(tag)
    assert normal_tag(tag) == tag


@given(st.text("0289PYLQGRJCUV", min_size=3, max_size=14))
def test_a_valid_tag_is_the_only_one_of_its_id(letters: str) -> None:
    if game.is_valid_tag(letters):
        assert game.id_to_tag(game.tag_to_id(letters)) == f"#{letters}"


def test_known_tags_have_their_ids() -> None:
    """#2PP is the first of the first shard."""
    assert game.tag_to_id("#2PP") == game.tag_to_id(" 2pp") == 1
    assert game.id_to_tag(1) == "#2PP"


@pytest.mark.parametrize(
    "text", ["", "#", "#0", "#0PP", "#ABC", "hello world", "#2PP#", "#" + "V" * 20, "2P"]
)
def test_what_the_game_gives_nobody_is_no_valid_tag(text: str) -> None:
    assert game.is_valid_tag(text) is (text == "2P" or text == "#2PP#")


@pytest.mark.parametrize("number", [0, -1, 1 << 40])
def test_what_is_no_id_is_refused(number: int) -> None:
    with pytest.raises(InvalidParams, match="is no id"):
        game.id_to_tag(number)


def test_tags_of_players_are_valid() -> None:
    """But for those of the sandbox that begin with a zero, as no number does."""
    tags = {m["tag"] for war in wars() for side in ("clan", "opponent") for m in war[side]["members"]}
    assert len(tags) > 300
    assert all(game.is_valid_tag(tag) or tag.startswith("#0") for tag in tags)


def test_links_open_the_game() -> None:
    assert game.clan_link("2pp") == "https://link.clashofclans.com/en?action=OpenClanProfile&tag=2PP"
    assert game.player_link("#2PP") == "https://link.clashofclans.com/en?action=OpenPlayerProfile&tag=2PP"
    with pytest.raises(InvalidParams):
        game.clan_link("?")


def test_the_picture_is_the_largest_there_is() -> None:
    clan = wars()[0]["clan"]
    assert game.picture(clan) == clan["badgeUrls"]["large"]
    tiny: dict[str, Any] = {"iconUrls": {"tiny": "a", "small": "b"}}
    assert game.picture(tiny) == "b"
    assert game.picture({"name": "none"}) is game.picture({"iconUrls": {}}) is None


def test_words_are_those_of_the_game() -> None:
    assert game.in_words("admin") == game.in_words(Role.ELDER) == "Elder"
    assert game.in_words("coLeader") == "Co-leader"
    assert game.in_words("inWar") == "Battle Day"
    assert game.in_words("grandLeader") == "Grand Leader"
    assert game.in_words("") == ""
    for player in players():
        if "role" in player:
            assert re.match(r"[A-Z]", game.in_words(player["role"]))
