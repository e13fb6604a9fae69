"""Answers of the API as something to look at. Each function takes an answer and makes a renderable of it."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.panel import Panel
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TimeRemainingColumn
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from cocapi import Json
from cocapi_cli.screen import without_steering

__all__ = ["clan", "clans", "members", "player", "plugins", "progress", "row", "show", "text", "war"]

ROLES = {"leader": "Leader", "coLeader": "Co-leader", "admin": "Elder", "member": "Member"}
"""What the game calls a role; a role that is not here is shown as it came."""

PIPE_WIDTH = 200
"""Columns when standard output is no terminal: enough that nothing is cut."""


class Shown:
    """A renderable with nothing in it that steers a terminal, wherever in it that was."""

    def __init__(self, content: RenderableType) -> None:
        self.content = content

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for segment in console.render(self.content, options):
            yield segment if segment.control else Segment(without_steering(segment.text), segment.style)

    @property
    def plain(self) -> str:
        """The text of a `Text`, on one line."""
        return " ".join(without_steering(str(self.content)).split("\n"))


def show(renderable: RenderableType, color: bool | None) -> None:
    """Print on standard output.

    color:
        False: no colours; None: as the terminal has them, and ``NO_COLOR``, ``FORCE_COLOR`` and ``TERM`` say.
    """
    console_for(color, width=None if sys.stdout.isatty() else PIPE_WIDTH).print(Shown(renderable))


def console_for(color: bool | None, **settings: Any) -> Console:
    """A console that shows text as it stands: no markup, no names of emoji, no colours for numbers."""
    return Console(
        no_color=True if color is False else None,  # None: rich asks NO_COLOR
        markup=False,
        emoji=False,
        highlight=False,
        soft_wrap=False,
        legacy_windows=False,
        **settings,
    )


def text(value: object, style: str = "") -> Text:
    """What a player or clan wrote, shown as it stands, on one line and without characters that steer."""
    said = "" if value is None else str(value)
    return Text(" ".join(without_steering(said).split("\n")), style)


def table(*columns: str, right: Iterable[str] = ()) -> Table:
    """A table without lines; columns of numbers are set to the right."""
    made = Table(box=None, header_style="bold", pad_edge=False)
    for column in columns:
        made.add_column(column, justify="right" if column in right else "left", overflow="fold")
    return made


def facts(pairs: Iterable[tuple[str, object]]) -> Table:
    """Names and values, one pair a line; pairs without value are left out."""
    made = Table.grid(padding=(0, 2))
    made.add_column(style="dim", no_wrap=True)
    made.add_column(overflow="fold")
    for name, value in pairs:
        if value not in (None, ""):
            made.add_row(name, value if isinstance(value, Text) else text(value))
    return made


def framed(content: RenderableType, title: Text) -> Panel:
    """A frame with a title."""
    return Panel(content, title=title, title_align="left", border_style="cyan", expand=False)


def titled(answer: Json) -> Text:
    """Name and tag."""
    return Text.assemble(" ", text(answer.get("name"), "bold"), "  ", text(answer.get("tag"), "cyan"), " ")


def name_in(answer: Json, key: str) -> str:
    """The name of something that may be missing."""
    return str((answer.get(key) or {}).get("name", ""))


def record(clan: Json) -> str:
    """Wars won, drawn and lost, as far as the clan shows it."""
    won = f"{clan.get('warWins', 0)} won"
    if "warLosses" not in clan:
        return f"{won}, the log is private"
    return f"{won}, {clan.get('warTies', 0)} drawn, {clan['warLosses']} lost"


def clan(answer: Json) -> RenderableType:
    """A clan and the table of its members."""
    about = facts(
        [
            ("Level", answer.get("clanLevel")),
            ("Members", f"{answer.get('members', 0)} of 50"),
            ("Type", answer.get("type")),
            ("Location", name_in(answer, "location")),
            ("Points", f"{answer.get('clanPoints', 0):,}"),
            ("War league", name_in(answer, "warLeague")),
            ("Wars", record(answer)),
            ("Capital", name_in(answer, "capitalLeague")),
            ("Labels", ", ".join(label["name"] for label in answer.get("labels", ()))),
            ("", answer.get("description")),
        ]
    )
    return framed(Group(about, "", member_table(answer.get("memberList", ()))), titled(answer))


def members(answer: Json) -> RenderableType:
    """The members of a clan."""
    return member_table(answer.get("items", ()))


def member_table(items: Iterable[Json]) -> Table:
    """One row a member."""
    made = table(
        "#",
        "Name",
        "Tag",
        "Role",
        "TH",
        "League",
        "Trophies",
        "Donated",
        right=("#", "TH", "Trophies", "Donated"),
    )
    for place, member in enumerate(items, 1):
        made.add_row(
            str(member.get("clanRank", place)),
            text(member.get("name")),
            text(member.get("tag"), "cyan"),
            text(ROLES.get(member.get("role", ""), member.get("role"))),
            text(member.get("townHallLevel")),
            text((name_in(member, "leagueTier") or name_in(member, "league")).replace(" League", "")),
            f"{member.get('trophies', 0):,}",
            f"{member.get('donations', 0):,}",
        )
    return made


def clans(answer: Json) -> RenderableType:
    """The clans that a search found."""
    items = answer.get("items", ())
    if not items:
        return Text("No clan fits.")
    made = table(
        "Name",
        "Tag",
        "Level",
        "Members",
        "Points",
        "War league",
        "Location",
        right=("Level", "Members", "Points"),
    )
    for item in items:
        made.add_row(
            text(item.get("name")),
            text(item.get("tag"), "cyan"),
            text(item.get("clanLevel")),
            text(item.get("members")),
            f"{item.get('clanPoints', 0):,}",
            text(name_in(item, "warLeague")),
            text(name_in(item, "location")),
        )
    return made


def player(answer: Json) -> RenderableType:
    """A player with heroes."""
    home = answer.get("clan")
    membership = (
        f"{ROLES.get(answer.get('role', ''), answer.get('role', ''))} of {home['name']} {home['tag']}"
        if home
        else ""
    )
    about = facts(
        [
            ("Town hall", answer.get("townHallLevel")),
            ("Builder hall", answer.get("builderHallLevel")),
            ("Level", answer.get("expLevel")),
            ("League", name_in(answer, "leagueTier") or name_in(answer, "league")),
            ("Trophies", f"{answer.get('trophies', 0):,} (best {answer.get('bestTrophies', 0):,})"),
            (
                "Builder base",
                f"{answer.get('builderBaseTrophies', 0):,} {name_in(answer, 'builderBaseLeague')}",
            ),
            ("War stars", f"{answer.get('warStars', 0):,}"),
            ("War", {"in": "opted in", "out": "opted out"}.get(answer.get("warPreference", ""), "")),
            ("Donated", f"{answer.get('donations', 0):,} (received {answer.get('donationsReceived', 0):,})"),
            ("Clan", membership or "none"),
            ("Labels", ", ".join(label["name"] for label in answer.get("labels", ()))),
        ]
    )
    heroes = answer.get("heroes", ())
    if not heroes:
        return framed(about, titled(answer))
    made = table("Hero", "Level", "Most", right=("Level", "Most"))
    for hero in heroes:
        made.add_row(text(hero.get("name")), text(hero.get("level")), text(hero.get("maxLevel")))
    return framed(Group(about, "", made), titled(answer))


STATES = {"preparation": "Preparation", "inWar": "Battle", "warEnded": "Over"}


def war(answer: Json) -> RenderableType:
    """A war with both teams, or a word that there is none."""
    state = str(answer.get("state", ""))
    if state == "notInWar":
        return Text("The clan is in no war. During the clan war league, ask for its league group instead.")
    ours, theirs = answer["clan"], answer["opponent"]
    score = Text.assemble(
        text(ours.get("name"), "bold"),
        f"  {ours.get('stars', 0)} ★ {ours.get('destructionPercentage', 0):.1f} %   :   ",
        f"{theirs.get('stars', 0)} ★ {theirs.get('destructionPercentage', 0):.1f} %  ",
        text(theirs.get("name"), "bold"),
    )
    about = facts(
        [
            ("State", STATES.get(state, state)),
            ("Size", f"{answer.get('teamSize')} against {answer.get('teamSize')}"),
            ("Begins", moment(answer.get("startTime"))),
            ("Ends", moment(answer.get("endTime"))),
        ]
    )
    return framed(Group(score, "", about, "", war_table(ours, theirs)), Text(" War "))


def war_table(ours: Json, theirs: Json) -> Table:
    """Both teams side by side, in the order of the map."""
    made = table("#", "Name", "TH", "Attacks", "", "#", "Name", "TH", "Attacks", right=("#", "TH"))
    teams = [
        sorted(side.get("members", ()), key=lambda member: member.get("mapPosition", 0))
        for side in (ours, theirs)
    ]
    for left, right in zip(*teams, strict=False):
        made.add_row(*war_cells(left), "", *war_cells(right))
    return made


def war_cells(member: Json) -> tuple[str, Text, Text, Text]:
    """Place, name, town hall, and the stars of each attack."""
    stars = "  ".join("★" * attack["stars"] or "0" for attack in member.get("attacks", ()))
    hall = member.get("townhallLevel", member.get("townHallLevel"))
    return (
        str(member.get("mapPosition", "")),
        text(member.get("name")),
        text(hall),
        Text(stars or "-", "yellow"),
    )


def moment(when: Any) -> str:
    """A time of the API for people, in UTC; as it came when it is none."""
    try:
        return f"{datetime.fromisoformat(str(when)):%Y-%m-%d %H:%M} UTC"
    except ValueError:
        return str(when or "")


def plugins(answer: Json) -> RenderableType:
    """The plugins, and the order in which each hook asks them."""
    made = table("Plugin", "Distribution", "Version", "On", "Why", "Load", "Hooks", right=("Load",))
    for row in answer["plugins"]:
        load = "-" if row["load_ms"] is None else f"{row['load_ms']:.1f} ms"
        made.add_row(
            text(row["name"], "bold" if row["on"] else "dim"),
            text(row["distribution"]),
            text(row["version"]),
            Text("on", "green") if row["on"] else Text("off", "dim"),
            text(row["why"]),
            load,
            text(", ".join(name.removeprefix("cocapi_") for name in row["hooks"])),
        )
    order = facts((hook, Text(" → ".join(names))) for hook, names in answer["hooks"].items())
    return Group(made, "", Text("Hooks, in the order in which a call meets them", "bold"), order)


def row(answer: Json) -> Text:
    """One of many players, or why there is none, on one line."""
    tag = text(answer.get("tag"), "cyan")
    tag.pad_right(max(0, 11 - tag.cell_len))
    if answer.get("result") == "error":
        return Text.assemble(tag, " ", text(answer.get("message"), "red"))
    name = text(answer.get("name"), "bold")
    name.truncate(16, pad=True)
    level, trophies = f"TH{answer.get('townHallLevel', '?')}", f"{answer.get('trophies', 0):>5}"
    return Text.assemble(
        tag, " ", name, f" {level:<5}", f"{trophies} trophies  ", text(answer.get("clan", {}).get("name"))
    )


def progress(total: int | None, color: bool | None) -> Progress:
    """A bar on standard output where that is a terminal, else on standard error."""
    console = console_for(color, stderr=not sys.stdout.isatty())
    bar = Progress(SpinnerColumn(), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=console)
    bar.add_task("", total=total)
    return bar
