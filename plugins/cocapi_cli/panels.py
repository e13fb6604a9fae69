"""Answers of the API as something to look at. Each function takes an answer and makes a renderable of it."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.highlighter import JSONHighlighter
from rich.panel import Panel
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from cocapi import Json
from cocapi_cli import piped
from cocapi_cli.screen import without_steering
from cocapi_cli.sheets import Column, Row, Sheet

__all__ = [
    "clan",
    "clans",
    "colored",
    "members",
    "player",
    "plugins",
    "progress",
    "row",
    "show",
    "text",
    "verified",
    "war",
]

ROLES = {"leader": "Leader", "coLeader": "Co-leader", "admin": "Elder", "member": "Member"}
"""What the game calls a role; a role that is not here is shown as it came."""

PREFERENCES = {"in": "opted in", "out": "opted out"}
"""What a player has said about wars."""

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
        """The text of a `Text`, or of a `Row`, on one line; of a row for programs its cells."""
        if isinstance(self.content, Row):
            return self.content.line.plain if sys.stdout.isatty() else piped.line(self.content.cells)
        return " ".join(without_steering(str(self.content)).split("\n"))


def show(content: RenderableType | list[Json], color: bool | None) -> None:
    """Print on standard output: for eyes where that is a terminal, or FORCE_COLOR says so; else lines with
    tabs.

    Args:
        content: A text, rows by header, or whatever rich can print.
        color: False: no colours; None: as the terminal has them, and ``NO_COLOR``, ``FORCE_COLOR`` and
            ``TERM`` say.
    """
    renderable = sheet(content) if isinstance(content, list) else content
    console = console_for(color, width=None if sys.stdout.isatty() else PIPE_WIDTH)
    if console.is_terminal or console.color_system is not None:
        console.print(Shown(renderable))
        return
    for line in piped.lines(renderable, console):
        sys.stdout.write(line + "\n")


def colored(json: str, color: bool | None) -> bool:
    """Print JSON with colours, if there are any to print it with; whether it was."""
    console = console_for(color)
    if console.no_color or console.color_system is None:
        return False
    console.print(JSONHighlighter()(Text(json)), soft_wrap=True)
    return True


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
    written = "" if value is None else str(value)
    return Text(" ".join(without_steering(written).split("\n")), style)


def table(
    *columns: str, right: Iterable[str] = (), folds: Iterable[str] = (), spare: Iterable[str] = ()
) -> Sheet:
    """A table without lines.

    Args:
        right: Columns of numbers.
        folds: Columns whose cells may take several lines.
        spare: Columns that are left out where there is no room, the last first.
    """
    places = {column: place for place, column in enumerate(spare, 1)}
    return Sheet(*(Column(name, name in folds, name in right, places.get(name, 0)) for name in columns))


def sheet(rows: Sequence[Json]) -> Sheet:
    """A table of rows by header. Numbers are set to the right, and cells of several words may fold."""
    headers = list(dict.fromkeys(header for row in rows for header in row))
    cells = {header: [row.get(header) for row in rows] for header in headers}
    made = table(
        *headers,
        right=[header for header in headers if all(isinstance(cell, int) for cell in cells[header])],
        folds=[header for header in headers if any(" " in str(cell) for cell in cells[header])],
    )
    for row in rows:
        made.add(*(text(row.get(header)) for header in headers))
    return made


def facts(pairs: Iterable[tuple[str, object]]) -> Table:
    """Names and values, one pair a line; pairs without value are left out."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, value in pairs:
        if value not in (None, ""):
            grid.add_row(name, value if isinstance(value, Text) else text(value))
    return grid


def framed(content: RenderableType, title: Text) -> Panel:
    """A frame with a title."""
    return Panel(content, title=title, title_align="left", border_style="cyan", expand=False)


def titled(answer: Json) -> Text:
    """Name and tag."""
    return Text.assemble(" ", text(answer.get("name"), "bold"), "  ", text(answer.get("tag"), "cyan"), " ")


def part(answer: Json, key: str) -> Json:
    """An object in an answer; an empty one where there is none, or something odd."""
    value = answer.get(key)
    return value if isinstance(value, dict) else {}


def parts(answer: Json, key: str) -> list[Json]:
    """The objects of an array in an answer; none where there is no array."""
    value = answer.get(key)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list | tuple) else []


def name_in(answer: Json, key: str) -> str:
    """The name of something that may be missing."""
    return str(part(answer, key).get("name", ""))


def names_in(answer: Json, key: str) -> str:
    """The names of what is in an array."""
    return ", ".join(str(item.get("name", "")) for item in parts(answer, key))


def amount(answer: Json, key: str) -> str:
    """A number with its thousands set apart; what is no number as it came, 0 where there is none."""
    value = answer.get(key, 0)
    return f"{value:,}" if isinstance(value, int | float) else str(value)


def percent(answer: Json, key: str) -> str:
    """A number with one decimal; what is no number as it came, 0 where there is none."""
    value = answer.get(key, 0)
    return f"{value:.1f}" if isinstance(value, int | float) else str(value)


def in_game_words(words: dict[str, str], word: object) -> str:
    """What the game calls something; a word that is new as it came."""
    api_word = "" if word is None else str(word)
    return words.get(api_word, api_word)


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
            ("Points", amount(answer, "clanPoints")),
            ("War league", name_in(answer, "warLeague")),
            ("Wars", record(answer)),
            ("Capital", name_in(answer, "capitalLeague")),
            ("Labels", names_in(answer, "labels")),
            ("", answer.get("description")),
        ]
    )
    return framed(Group(about, "", member_table(parts(answer, "memberList"))), titled(answer))


def tier(player: Json) -> str:
    """The league of a player, without the word League, which its column has."""
    return (name_in(player, "leagueTier") or name_in(player, "league")).replace(" League", "")


def members(answer: Json) -> RenderableType:
    """The members of a clan."""
    return member_table(parts(answer, "items"))


def member_table(items: Iterable[Json]) -> Sheet:
    """One row a member."""
    sheet = table(
        "#",
        "Name",
        "Tag",
        "Role",
        "TH",
        "League",
        "Trophies",
        "Donated",
        right=("#", "TH", "Trophies", "Donated"),
        folds=("Name", "Role", "League"),
        spare=("League", "Role", "Donated", "#"),
    )
    for place, member in enumerate(items, 1):
        sheet.add(
            text(member.get("clanRank", place)),
            text(member.get("name")),
            text(member.get("tag"), "cyan"),
            text(in_game_words(ROLES, member.get("role"))),
            text(member.get("townHallLevel")),
            text(tier(member)),
            text(amount(member, "trophies")),
            text(amount(member, "donations")),
        )
    return sheet


def clans(answer: Json) -> RenderableType:
    """The clans that a search gave."""
    items = parts(answer, "items")
    if not items:
        return Text("No clan fits.")
    sheet = table(
        "Name",
        "Tag",
        "Level",
        "Members",
        "Points",
        "War league",
        "Location",
        right=("Level", "Members", "Points"),
        folds=("Name", "War league", "Location"),
        spare=("Location", "War league", "Points"),
    )
    for item in items:
        sheet.add(
            text(item.get("name")),
            text(item.get("tag"), "cyan"),
            text(item.get("clanLevel")),
            text(item.get("members")),
            text(amount(item, "clanPoints")),
            text(name_in(item, "warLeague")),
            text(name_in(item, "location")),
        )
    return sheet


def player(answer: Json) -> RenderableType:
    """A player with heroes."""
    home = part(answer, "clan")
    role = in_game_words(ROLES, answer.get("role"))
    membership = f"{role} of {home.get('name')} {home.get('tag')}" if home else "none"
    about = facts(
        [
            ("Town hall", answer.get("townHallLevel")),
            ("Builder hall", answer.get("builderHallLevel")),
            ("Level", answer.get("expLevel")),
            ("League", name_in(answer, "leagueTier") or name_in(answer, "league")),
            ("Trophies", f"{amount(answer, 'trophies')} (best {amount(answer, 'bestTrophies')})"),
            (
                "Builder base",
                f"{amount(answer, 'builderBaseTrophies')} {name_in(answer, 'builderBaseLeague')}",
            ),
            ("War stars", amount(answer, "warStars")),
            ("War", in_game_words(PREFERENCES, answer.get("warPreference"))),
            ("Donated", f"{amount(answer, 'donations')} (received {amount(answer, 'donationsReceived')})"),
            ("Clan", membership),
            ("Labels", names_in(answer, "labels")),
        ]
    )
    heroes = parts(answer, "heroes")
    if not heroes:
        return framed(about, titled(answer))
    sheet = table("Hero", "Level", "Most", right=("Level", "Most"))
    for hero in heroes:
        sheet.add(text(hero.get("name")), text(hero.get("level")), text(hero.get("maxLevel")))
    return framed(Group(about, "", sheet), titled(answer))


def verified(answer: Json) -> RenderableType:
    """Whether a player's token is right."""
    right = answer.get("status") == "ok"
    word = Text("right", "green") if right else text(answer.get("status"), "red")
    return Text.assemble("The token of ", text(answer.get("tag"), "cyan"), " is ", word, ".")


STATES = {"preparation": "Preparation", "inWar": "Battle", "warEnded": "Over"}


def war(answer: Json) -> RenderableType:
    """A war with both teams, or a word that there is none."""
    state = str(answer.get("state", ""))
    if state == "notInWar":
        return Text("The clan is in no war. Wars of the clan war league: cocapi cwl.")
    ours, theirs = part(answer, "clan"), part(answer, "opponent")
    score = Text.assemble(
        text(ours.get("name"), "bold"),
        text(f"  {amount(ours, 'stars')} ★ {percent(ours, 'destructionPercentage')} %   :   "),
        text(f"{amount(theirs, 'stars')} ★ {percent(theirs, 'destructionPercentage')} %  "),
        text(theirs.get("name"), "bold"),
    )
    about = facts(
        [
            ("State", in_game_words(STATES, state)),
            ("Size", f"{answer.get('teamSize')} against {answer.get('teamSize')}"),
            ("Begins", moment(answer.get("startTime"))),
            ("Ends", moment(answer.get("endTime"))),
        ]
    )
    return framed(Group(score, "", about, "", war_table(ours, theirs)), Text(" War "))


WAR_SIDE = (
    Column("#", right=True, spare=2),
    Column("Name", folds=True),
    Column("TH", right=True, spare=1),
    Column("Attacks"),
)
WAR_COLUMNS = (*WAR_SIDE, Column(""), *(replace(column) for column in WAR_SIDE))


def war_table(ours: Json, theirs: Json) -> Sheet:
    """Both teams side by side, in the order of the map."""
    sheet = Sheet(*WAR_COLUMNS)
    teams = [sorted(parts(side, "members"), key=place_on_map) for side in (ours, theirs)]
    for left, right in zip(*teams, strict=False):
        sheet.add(*war_cells(left), Text(), *war_cells(right))
    return sheet


def place_on_map(member: Json) -> float:
    """Where a member stands; those of whom it is not known come first."""
    value = member.get("mapPosition")
    return value if isinstance(value, int | float) else 0


def star_row(attack: Json) -> str:
    """The stars of an attack, of which there are no more than three; a number that cannot be as it came."""
    stars = attack.get("stars")
    return "★" * stars or "0" if isinstance(stars, int) and 0 <= stars <= 3 else str(stars)


def war_cells(member: Json) -> tuple[Text, Text, Text, Text]:
    """Place, name, town hall, and the stars of each attack."""
    stars = "  ".join(star_row(attack) for attack in parts(member, "attacks"))
    hall = member.get("townhallLevel", member.get("townHallLevel"))
    return (
        text(member.get("mapPosition")),
        text(member.get("name")),
        text(hall),
        text(stars or "-", "yellow"),
    )


def moment(when: Any) -> str:
    """A time of the API for people, in UTC; as it came when it is none."""
    try:
        return f"{datetime.fromisoformat(str(when)):%Y-%m-%d %H:%M} UTC"
    except ValueError:
        return str(when or "")


def plugins(answer: Json) -> RenderableType:
    """The plugins, and the order in which each hook asks them."""
    sheet = table(
        "Plugin",
        "On",
        "Why",
        "Load",
        "Distribution",
        right=("Load",),
        folds=("Why", "Distribution"),
        spare=("Load", "Distribution"),
    )
    for row in answer["plugins"]:
        load = "-" if row["load_ms"] is None else f"{row['load_ms']:.1f} ms"
        sheet.add(
            text(row["name"], "bold" if row["on"] else "dim"),
            Text("on", "green") if row["on"] else Text("off", "dim"),
            text(row["why"]),
            text(load),
            text(f"{row['distribution']} {row['version']}"),
        )
    hooks = answer["hooks"].items()
    order = facts((hook.removeprefix("cocapi_"), Text(" → ".join(names))) for hook, names in hooks)
    return Group(sheet, "", Text("Hooks, in the order in which a call meets them", "bold"), order)


def plugin(answer: Json) -> RenderableType:
    """One plugin and its options."""
    state = Text("on", "green") if answer["on"] else Text("off", "dim")
    about = facts(
        [
            ("Plugin", text(answer["name"], "bold")),
            ("Distribution", text(f"{answer['distribution']} {answer['version']}".strip() or "-")),
            ("State", Text.assemble(state, ", ", text(answer["why"]))),
            ("Hooks", text(", ".join(answer["hooks"]) or "-")),
        ]
    )
    options = table(
        "Option",
        "Value",
        "Default",
        "Allowed",
        "Variable",
        folds=("Value", "Default", "Allowed"),
        spare=("Variable", "Default"),
    )
    for option in answer["options"]:
        options.add(*(text(option[key]) for key in ("name", "value", "default", "allowed", "variable")))
    return Group(about, "", options) if answer["options"] else about


def row(answer: Json) -> Row:
    """One of many players, or why there is none; for programs tag, name, level of the town hall, trophies,
    clan and what went wrong."""
    tag = text(answer.get("tag"), "cyan")
    line = tag.copy()
    line.pad_right(max(0, 11 - tag.cell_len))
    if answer.get("result") == "error":
        wrong = text(answer.get("detail", answer.get("message")), "red")
        return Row(Text.assemble(line, " ", wrong), (tag.plain, "", "", "", "", wrong.plain))
    name, clan = text(answer.get("name"), "bold"), text(part(answer, "clan").get("name"))
    level, trophies = str(answer.get("townHallLevel", "?")), str(answer.get("trophies", 0))
    cells = (tag.plain, name.plain, level, trophies, clan.plain, "")
    name.truncate(16, pad=True)
    return Row(Text.assemble(line, " ", name, f" TH{level:<3}{trophies:>5} trophies  ", clan), cells)


def progress(total: int | None, color: bool | None) -> Progress:
    """A bar on standard output where that is a terminal, else on standard error; where nobody knows how much
    there will be, no bar but how much there was, and for how long."""
    columns: tuple[ProgressColumn, ...] = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    if total is None:
        columns = (TextColumn("{task.completed} so far, in"), TimeElapsedColumn())
    console = console_for(color, stderr=not sys.stdout.isatty())
    bar = Progress(SpinnerColumn(), *columns, console=console)
    bar.add_task("", total=total)
    return bar
