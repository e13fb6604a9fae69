"""Draws the pictures of docs/explanation/architecture.md from the code.

    python docs/_ext/drawings.py

writes them beside that page, where GitHub shows them.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from html import escape

from house import ROOT, House, Room

__all__ = ["PICTURES", "hooks_and_plugins", "rooms"]

STYLE = """
.drawn { --ink: var(--color-foreground-primary, #1b1c1e); --faint: var(--color-foreground-secondary, #55595f);
  --line: var(--color-background-border, #d4d7dc); --floor: var(--color-background-secondary, #f6f7f9);
  --paper: var(--color-background-primary, #ffffff); --mark: var(--color-brand-primary, #9a4508);
  background: var(--paper); }
@media (prefers-color-scheme: dark) { .drawn:root { --ink: #e6e8eb; --faint: #a5abb3; --line: #3a3f46;
  --floor: #1d2125; --paper: #131416; --mark: #ffb070; } }
.drawn text { fill: var(--ink); font: 12px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
.drawn .words { font-family: system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
.drawn .name { font-weight: 600; font-size: 13px; }
.drawn .small { font-size: 11px; fill: var(--faint); }
.drawn rect { fill: var(--floor); stroke: var(--line); }
.drawn .plugin { fill: var(--paper); stroke: var(--mark); }
.drawn .line { stroke: var(--line); fill: none; }
.drawn .bracket { stroke: var(--faint); fill: none; }
.drawn .dot { fill: var(--mark); }
"""

WIDTH = 880
CHARACTER = 6.65  # of the small monospaced letters, with some air


class Drawing:
    """An SVG of lines of text, one below the other.

    Args:
        name: Names its elements, so that two drawings can stand in one page.
        title: What one sees, in a few words.
        description: The same for those who do not see it.
    """

    def __init__(self, name: str, title: str, description: str) -> None:
        self.name, self.title, self.description = name, title, description
        self.elements: list[str] = []

    def add(self, tag: str, text: str = "", **attributes: object) -> None:
        """An element; underscores at the end of names of attributes go, others become hyphens."""
        written = "".join(
            f' {key.rstrip("_").replace("_", "-")}="{escape(str(value))}"'
            for key, value in attributes.items()
        )
        self.elements.append(f"<{tag}{written}>{text}</{tag}>" if text else f"<{tag}{written}/>")

    def text(self, x: float, y: float, words: str, class_: str, **attributes: object) -> None:
        """Words that begin at a point."""
        self.add("text", escape(words), x=f"{x:g}", y=f"{y:g}", class_=class_, **attributes)

    def svg(self, width: float, height: float) -> str:
        """All of it."""
        size = f'viewBox="0 0 {width:g} {height:g}" width="{width:g}"'
        label = f'role="img" aria-labelledby="{self.name}-title {self.name}-desc"'
        return "\n".join(
            [
                f'<svg xmlns="http://www.w3.org/2000/svg" class="drawn" {size} {label}>',
                f'<title id="{self.name}-title">{escape(self.title)}</title>',
                f'<desc id="{self.name}-desc">{escape(self.description)}</desc>',
                f"<style>{STYLE}</style>",
                *self.elements,
                "</svg>\n",
            ]
        )


def rooms(house: House) -> str:
    """The plugins, and below them the core, floor by floor."""
    told = [f"{house.contracts[name]['name']}." for name in ("plugins", "public", "core", "rooms")]
    floors = [" and ".join(room.name for room in floor) for floor in house.floors]
    drawing = Drawing(
        "rooms",
        "The rooms of the core, and the plugins above them",
        f"{' '.join(told)} From above: {', then '.join(floors)}. "
        f"Plugins: {', '.join(sorted(plugin.name for plugin in house.plugins))}.",
    )
    y = draw_plugins(drawing, house)
    users = {module: sum(module in plugin.imports for plugin in house.plugins) for module in house.imported}
    door = f"the public names: what users import, and {users['cocapi']} plugins"
    drawing.add("rect", x=20, y=f"{y:g}", width=WIDTH - 40, height=28, rx=4, class_="plugin")
    drawing.text(30, y + 18, "cocapi", "name")
    drawing.text(84, y + 18, door, "words")
    y += 36
    for floor in house.floors:
        height = max(height_of(room, share(floor)) for room in floor)
        for place, room in enumerate(floor):
            draw_room(drawing, house, room, 20 + place * share(floor), y, share(floor) - 8, height)
        y += height + 8
    beside = textwrap.wrap("beside the rooms: " + " ".join(house.beside), int((WIDTH - 40) / CHARACTER))
    for line in beside:
        y += 15
        drawing.text(20, y, line, "small")
    return drawing.svg(WIDTH, y + 16)


def draw_plugins(drawing: Drawing, house: House) -> float:
    """A box for each, in rows; where they end."""
    across, height = 7, 24
    width = (WIDTH - 40) / across
    drawing.text(20, 24, "plugins/", "name")
    drawing.text(
        96, 24, f"{house.contracts['plugins']['name']}; {lowered(house.contracts['public']['name'])}", "words"
    )
    names = sorted(plugin.name for plugin in house.plugins)
    for number, name in enumerate(names):
        row, column = divmod(number, across)
        x, y = 20 + column * width, 36 + row * (height + 6)
        drawing.add("rect", x=f"{x:g}", y=y, width=f"{width - 8:g}", height=height, rx=4, class_="plugin")
        drawing.text(x + 8, y + 16, name, "", data_plugin=name)
    y = 36 + (len(names) - 1) // across * (height + 6) + height
    others = [
        f"{group} {name} = {value}"
        for group, points in (
            ("command", house.project["scripts"]),
            *(
                (group, points)
                for group, points in house.project["entry-points"].items()
                if group != "cocapi"
            ),
        )
        for name, value in points.items()
    ]
    for other in others:
        y += 15
        drawing.text(20, y + 3, other, "small")
    return y + 12


def share(floor: list[Room]) -> float:
    """The width that each room of a floor has, with the gap behind it."""
    return (WIDTH - 32) / len(floor)


def height_of(room: Room, width: float) -> float:
    """That of a room: its name, and its modules in lines."""
    return 28 + 14 * len(lines_of(room, width)) if room.modules else 28


def lines_of(room: Room, width: float) -> list[str]:
    """Its modules, as many to a line as fit."""
    return textwrap.wrap(" ".join(room.modules), int((width - 28) / CHARACTER))


def draw_room(
    drawing: Drawing, house: House, room: Room, x: float, y: float, width: float, height: float
) -> None:
    """A room with its modules, and how many plugins look into it."""
    drawing.add("rect", x=f"{x:g}", y=f"{y:g}", width=f"{width:g}", height=f"{height:g}", rx=4)
    drawing.text(x + 10, y + 18, room.name, "name", data_room=room.name)
    name = f"cocapi.{room.name}"
    users = sum(
        any(f"{module}.".startswith(f"{name}.") for module in plugin.imports) for plugin in house.plugins
    )
    if users:
        words = f"{users} plugin{'s' if users > 1 else ''}"
        drawing.text(x + width - 10, y + 18, words, "small words", text_anchor="end")
    for number, line in enumerate(lines_of(room, width)):
        drawing.text(x + 10, y + 34 + 14 * number, line, "small")


def hooks_and_plugins(house: House) -> str:
    """A row for each hook, a column for each plugin, a dot where they meet."""
    told = [f"{plugin.name} has {', '.join(plugin.hooks)}" for plugin in house.plugins]
    drawing = Drawing("hooks", "Which plugin has which hook", f"{'; '.join(told)}.")
    left, top, cell = 222, 96, 26
    width, bottom = left + cell * len(house.plugins) + 56, top + cell * len(house.hooks)
    for row, hook in enumerate(house.hooks):
        y = top + row * cell
        drawing.add("path", d=f"M 44 {y} H {width - 56}", class_="line")
        drawing.text(46, y + 17, hook, "", data_hook=hook)
    drawing.add("path", d=f"M 44 {bottom} H {width - 56}", class_="line")
    for column, plugin in enumerate(house.plugins):
        x = left + column * cell + cell / 2
        drawing.add("path", d=f"M {x:g} {top} V {bottom}", class_="line")
        turned = f"rotate(-55 {x + 4:g} {top - 8})"
        drawing.text(x + 4, top - 8, plugin.name, "", transform=turned, data_plugin=plugin.name)
        for hook in plugin.hooks:
            y = top + house.hooks.index(hook) * cell + cell / 2
            title = f"<title>{plugin.name}: {hook}</title>"
            pair = {"data_of": plugin.name, "data_in": hook}
            drawing.add("circle", title, cx=f"{x:g}", cy=f"{y:g}", r=6, class_="dot", **pair)
    for words, hooks in (("a call", house.hooks_of_a_call), ("attempts", house.hooks_of_an_attempt)):
        draw_bracket(drawing, words, top, cell, [house.hooks.index(hook) for hook in hooks])
    return drawing.svg(width, bottom + 16)


def draw_bracket(drawing: Drawing, words: str, top: float, cell: float, rows: list[int]) -> None:
    """What some rows have in common, at their left."""
    x = 16 if words == "a call" else 36
    begin, end = top + rows[0] * cell + 4, top + (rows[-1] + 1) * cell - 4
    drawing.add("path", d=f"M {x + 6} {begin} H {x} V {end} H {x + 6}", class_="bracket")
    middle = (begin + end) / 2
    drawing.text(
        x - 3, middle, words, "small words", text_anchor="middle", transform=f"rotate(-90 {x - 3} {middle:g})"
    )


def lowered(sentence: str) -> str:
    """A sentence as the second half of another."""
    return sentence[0].lower() + sentence[1:]


PICTURES: dict[str, Callable[[House], str]] = {
    "explanation/rooms.svg": rooms,
    "explanation/hooks.svg": hooks_and_plugins,
}
"""By their places in docs/."""


if __name__ == "__main__":
    for place, drawn in PICTURES.items():
        ROOT.joinpath("docs", place).write_text(drawn(House()), encoding="utf-8")
