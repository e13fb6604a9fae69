"""Things that have a name and an id: leagues, locations, labels; and seasons."""

from __future__ import annotations

from rich.console import RenderableType
from rich.text import Text

from cocapi import Json
from cocapi_cli.panels import facts, moment, parts, table, text

__all__ = ["many", "one", "season", "seasons"]


def many(answer: Json) -> RenderableType:
    """Ids and names, and the code of a country."""
    items = parts(answer, "items")
    if not items:
        return Text("There are none.")
    countries = any("countryCode" in item for item in items)
    sheet = table("ID", "Name", *(["Code"] if countries else []), folds=("Name",))
    for item in items:
        code = [text(item.get("countryCode"))] if countries else []
        sheet.add(text(item.get("id"), "cyan"), text(item.get("name")), *code)
    return sheet


def one(answer: Json) -> RenderableType:
    """One of them."""
    return facts(
        [
            ("ID", text(answer.get("id"), "cyan")),
            ("Name", text(answer.get("name"), "bold")),
            ("Code", answer.get("countryCode")),
        ]
    )


def seasons(answer: Json) -> RenderableType:
    """The names of seasons."""
    sheet = table("Season")
    for item in parts(answer, "items"):
        sheet.add(text(item.get("id")))
    return sheet


def season(answer: Json) -> RenderableType:
    """When it began and ends."""
    return facts([("Began", moment(answer.get("startTime"))), ("Ends", moment(answer.get("endTime")))])
