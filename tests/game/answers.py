"""Wars, raid weekends and players to compute with: the sandbox's, and the recorded ones where they are."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from cocapi_sandbox import Api, World
from cocapi_sandbox.times import DAY, HOUR, month

PAYLOADS = Path("shared", "api", "payloads")
RECORDED = next((path / PAYLOADS for path in Path(__file__).parents if (path / PAYLOADS).is_dir()), PAYLOADS)
MARCH = float(month(1_772_700_000.0)[0])


def recorded(pattern: str) -> list[Any]:
    """The bodies of recorded answers whose files are named so; ``[]`` where there are none."""
    files = sorted(RECORDED.glob(f"{pattern}.json"))
    return [json.loads(file.read_text(encoding="utf-8"))["body"] for file in files]


def sandbox_answers(*paths: str) -> Iterator[Any]:
    """What the sandbox answers for paths at some hours of March 2026."""
    now = MARCH
    api = Api(World(), clock=lambda: now)
    for now in (MARCH + 2.5 * DAY, MARCH + 5.5 * DAY, MARCH + 15 * DAY + 7 * HOUR):  # noqa: B007
        for path in paths:
            answer = api.respond("GET", path, {}, {"authorization": "Bearer any"})
            if answer.status == 200:
                yield json.loads(answer.body)


def clans() -> list[str]:
    return [f"/clans/%23{tag[1:]}" for tag in World().clan_tags]


@cache
def wars() -> tuple[Any, ...]:
    """Every war in sight: regular ones and those of a league, prepared, fought and over."""
    current = [
        war for war in sandbox_answers(*(f"{clan}/currentwar" for clan in clans()[::4])) if "teamSize" in war
    ]
    groups = sandbox_answers(*(f"{clan}/currentwar/leaguegroup" for clan in clans()[:1]))
    tags = {tag for group in groups for each in group.get("rounds", ()) for tag in each["warTags"]} - {"#0"}
    league = sandbox_answers(*(f"/clanwarleagues/wars/%23{tag[1:]}" for tag in sorted(tags)))
    return (*recorded("currentwar-[!n]*"), *recorded("cwl-war-*"), *current, *league)


@cache
def raids() -> tuple[Any, ...]:
    """Raid weekends of the sandbox."""
    pages = sandbox_answers(*(f"{clan}/capitalraidseasons" for clan in clans()[:2]))
    return tuple(season for page in pages for season in page["items"][:4])


@cache
def recorded_raids() -> tuple[Any, ...]:
    return tuple(season for page in recorded("capitalraidseasons*") for season in page["items"])


@cache
def players() -> tuple[Any, ...]:
    clan = next(sandbox_answers(clans()[0]))
    paths = [f"/players/%23{member['tag'][1:]}" for member in clan["memberList"][:10]]
    return (*recorded("player__*"), *list(sandbox_answers(*paths))[:10])
