"""Pictures of terminals show what commands write today; ``python docs/_ext/recordings.py`` redraws them."""

import html
import re

import pytest
from recordings import PICTURES, RECORDINGS, Recording

PIECE = re.compile(r"<text [^>]*>([^<]*)</text>")


def words(picture: str) -> list[str]:
    """What a picture says, without how long it took."""
    text = html.unescape(" ".join(PIECE.findall(picture))).replace("\xa0", " ")
    return re.sub(r"[\d,.]+ [mµ]?s\b", "…", text).split()


@pytest.mark.parametrize("recording", RECORDINGS, ids=lambda recording: recording.name)
def test_a_picture_is_true(recording: Recording) -> None:
    """Word for word."""
    assert words(recording.picture()) == words(recording.file.read_text(encoding="utf-8"))


def test_every_picture_is_made_by_a_command() -> None:
    """And none is left of a command that is gone; none loads anything."""
    pictures = list(PICTURES.iterdir())
    assert {file.stem for file in pictures} == {recording.name for recording in RECORDINGS}
    assert [file.name for file in pictures if "url(http" in file.read_text(encoding="utf-8")] == []
