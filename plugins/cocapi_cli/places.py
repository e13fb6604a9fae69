"""Countries and regions by the names that people have for them."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

from cocapi import CocApi, InvalidParams
from cocapi.text import cited, nearest

__all__ = ["ALL_PLACES", "EVERYWHERE", "place"]

ALL_PLACES = "locations -l 300"
"""The command that lists all of them."""

EVERYWHERE = "global"
"""What rankings of the whole world have in place of an id."""


def place(word: str) -> Callable[[CocApi], str]:
    """What finds the id of a location, by the id itself, a name or the code of a country.

    The list is asked for where it is neither an id nor `EVERYWHERE`. `cocapi.InvalidParams`: nothing in it is
    called so.
    """

    def found(api: CocApi) -> str:
        if word.isdecimal() or word == EVERYWHERE:
            return word
        locations = list(api.paginate(api.location))
        names = {plain(location["name"]): location["name"] for location in locations}
        ids = {
            plain(called): str(location["id"])
            for location in locations
            for called in (location["name"], location.get("countryCode") or "")
            if called
        }
        if plain(word) in ids:
            return ids[plain(word)]
        near = nearest(plain(word), names)
        hint = f"did you mean {names[near]!r}?" if near else f"'cocapi {ALL_PLACES}' lists them"
        raise InvalidParams(f"there is no location {cited(word)}; {hint}")

    return found


def plain(name: str) -> str:
    """A name as it may be typed: without accents, in small letters, words joined by one space."""
    letters = unicodedata.normalize("NFKD", name.casefold().replace("-", " "))
    return " ".join("".join(char for char in letters if not unicodedata.combining(char)).split())
