"""One printable, bounded line, whatever the text is."""

import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocapi.text import MOST, printable


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", ""),
        ("notFound", "notFound"),
        ("Größe 部落 🏆", "Größe 部落 🏆"),
        ("one\ntwo\r\nthree", r"one\ntwo\r\nthree"),
        ("\x1b[31mred\x1b]0;title\x07", r"\x1b[31mred\x1b]0;title\x07"),
        ("C1 \x85 \x9b31m, DEL \x7f", r"C1 \x85 \x9b31m, DEL \x7f"),
        ("\u202egnp.exe\u2066\u200b\ufeff", r"\u202egnp.exe\u2066\u200b\ufeff"),
        ("\u2028\u2029\x0b\x0c\x1c", r"\u2028\u2029\x0b\x0c\x1c"),
        ("\ud800", r"\ud800"),
        ("\U000e0041", r"\U000e0041"),
    ],
)
def test_what_cannot_be_seen_is_written_out(text: str, line: str) -> None:
    """As Python writes it in a string; what can be seen stays."""
    assert printable(text) == line


@given(st.text(st.characters()), st.integers(1, 60))
def test_it_is_one_printable_line_within_its_bound(text: str, most: int) -> None:
    """Every character there is, and every bound."""
    line = printable(text, most)
    assert line.isprintable()
    assert len(line) <= most
    assert line.splitlines() in ([line], [])


def test_what_is_too_long_is_cut_and_says_so() -> None:
    """At the bound, with a mark."""
    assert printable("a" * MOST) == "a" * MOST
    assert printable("a" * (MOST + 1)) == "a" * (MOST - 1) + "…"
    assert printable("\n" * MOST, 9) == r"\n\n\n\n" + "…"


def test_a_text_of_millions_costs_no_more_than_its_line() -> None:
    """A thousand lines of ten megabytes of line breaks."""
    text = "\n" * 10_000_000
    started = time.perf_counter()
    for _ in range(1000):
        assert len(printable(text)) == MOST
    assert time.perf_counter() - started < 10


def test_every_character_there_is_can_be_shown() -> None:
    """Each of the 1,114,112 alone would do as well: none raises."""
    everything = "".join(map(chr, range(sys.maxunicode + 1)))
    assert printable(everything, len(everything) * 10).isprintable()
