"""The command ``cocapi watch``."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from cocapi import CommandLine

__all__ = ["watch"]


class What(StrEnum):
    """What the tags are of."""

    clan = "clan"
    player = "player"
    war = "war"
    raid = "raid"


class To(StrEnum):
    """Where events are written to, beside the terminal."""

    redis = "redis"


def watch(
    context: typer.Context,
    what: Annotated[What, typer.Argument(help="What the tags are of: war and raid take tags of clans.")],
    tags: Annotated[list[str], typer.Argument(help="Whom to watch.")],
    kind: Annotated[
        list[str] | None,
        typer.Option(help="Only events of this kind, such as member.joined; may be given again."),
    ] = None,
    name: Annotated[
        str, typer.Option(help="Of this watch in the store: it goes on where the last one of the name ended.")
    ] = "cli",
    once: Annotated[
        bool, typer.Option("--once", help="Tell what has changed since the last time, and end.")
    ] = False,
    shared: Annotated[
        bool, typer.Option("--shared", help="Share the tags with all that watch under this name.")
    ] = False,
    to: Annotated[
        To | None,
        typer.Option(help="Write each event to a stream as well; the store must be of that kind."),
    ] = None,
    stream: Annotated[str, typer.Option(help="Which stream.")] = "events",
) -> None:
    """Tell what happens, until Ctrl-C.

    With a store that lasts (COCAPI_STORE=sqlite:///watch.db) nothing is lost between two runs. With one that
    hosts share (COCAPI_STORE=redis://host/0) many can watch (--shared), and programs elsewhere read what they
    write (--to redis).
    """
    from cocapi_events.kinds import KINDS  # help and other commands do not wait for it

    if once and shared:
        raise typer.BadParameter("--once asks all tags, and a watch that is shared has a part of them")
    unknown = [text for text in kind or () if text not in KINDS]
    if unknown:
        raise typer.BadParameter(f"there is no kind {unknown[0]!r}; there are {', '.join(sorted(KINDS))}")
    line: CommandLine = context.obj
    with line.client() as api:
        things: dict[str, Any] = {f"{what.value}s": tags}
        where = stream if to is not None else None
        events = api.watch(**things, kinds=kind, name=name, once=once, shared=shared, to=where)
        line.show_each(documents(events), sentence)


def documents(events: Any) -> Iterator[dict[str, Any]]:
    """The events as JSON can hold them."""
    from cocapi_events.records import as_json

    return map(as_json, events)


def sentence(event: dict[str, Any]) -> str:
    """An event on a line for people."""
    who = event.get("name") or event.get("member") or event.get("opponent") or ""
    field = event.get("field") or event.get("unit") or event.get("achievement") or ""
    values = "" if large(event["old"]) or large(event["new"]) else f"{event['old']} → {event['new']}"
    parts = (event["at"][:19].replace("T", " "), event["type"], event["tag"], who, field, values)
    return "  ".join(part for part in parts if part)


def large(value: object) -> bool:
    """Whether a value is too much for a line."""
    return isinstance(value, dict | list)
