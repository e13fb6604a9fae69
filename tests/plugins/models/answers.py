"""Answers to try the models on: the sandbox's of every operation, and the recorded ones where they are."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from cocapi import Request, Response
from cocapi.api.endpoints import Operations
from cocapi.api.operations import Operation
from cocapi.testing import Script
from cocapi_models.base import Model
from cocapi_models.names import model_named
from cocapi_sandbox import Api, World

RECORDED = Path(__file__).parents[4] / "shared" / "api" / "payloads"

LEAGUE_WEEK = 1_772_700_000.0
"""A Thursday at the beginning of March 2026, when there are wars of the league."""

ARGUMENTS = {
    "clan": ("Sandbox",),
    "location_id": (32000006,),
    "verify_player_token": ("#2PP", "sandbox"),
    "league_id": (29000022,),
    "league_season": (29000022,),
    "league_season_id": (29000022, "2025-08"),
    "leaguetiers_id": (105000000,),
    "warleagues_id": (48000000,),
    "capitalleagues_id": (85000000,),
    "builderbaseleagues_id": (44000000,),
}


def operations() -> dict[str, Operation[Any, Any, Any]]:
    """Every operation that has a model."""
    found = {name: value for name, value in vars(Operations).items() if isinstance(value, Operation)}
    return {name: operation for name, operation in found.items() if operation.model}


@cache
def sandbox_answers() -> dict[str, dict[str, Any]]:
    """One answer of the sandbox for each operation, by the operation's name."""
    world = Api(World(), clock=lambda: LEAGUE_WEEK)

    def respond(request: Request) -> Response:
        query = dict(parse_qsl(request.query))
        body = json.dumps(request.json).encode()
        answer = world.respond(request.method, request.path, query, {"authorization": "Bearer any"}, body)
        return Response(answer.status, answer.headers, answer.body)

    with Script(respond).client(only_plugins=("script",), raise_errors=True) as api:
        player = api.players("#2PP")
        group = api.clan_leaguegroup("#2PP")
        war = group["rounds"][0]["warTags"][0]
        special = {
            "warleague": (war,),
            "leaguegroup": (player["currentLeagueGroupTag"], player["currentLeagueSeasonId"], "#2PP"),
        }
        found = {}
        for name, operation in operations().items():
            if "versus" in name:
                continue
            arguments = special.get(name) or ARGUMENTS.get(name)
            if arguments is None:
                arguments = ("#2PP",) if "Tag}" in operation.template else ()
                arguments = ("global",) if "{locationId}" in operation.template else arguments
            found[name] = json.loads(json.dumps(getattr(api, name)(*arguments)))
    return found


def samples() -> list[tuple[str, str, dict[str, Any]]]:
    """Label, model's name and answer, of sandbox and recordings."""
    found = [(name, operations()[name].model or "", answer) for name, answer in sandbox_answers().items()]
    return found + list(recorded())


def short(value: Any) -> Any:
    """The answer with two items of each shape in its arrays: others are like them."""
    if isinstance(value, dict):
        return {key: short(item) for key, item in value.items()}
    if not isinstance(value, list):
        return value
    items, seen = [], Counter[Any]()
    for item in map(short, value):
        seen[shape(item)] += 1
        if seen[shape(item)] <= 2:
            items.append(item)
    return items


def shape(value: Any) -> Any:
    """The names and types in a JSON value."""
    if isinstance(value, dict):
        return frozenset((key, shape(item)) for key, item in value.items())
    return frozenset(map(shape, value)) if isinstance(value, list) else type(value)


@cache
def short_samples() -> list[tuple[str, str, dict[str, Any]]]:
    """`samples`, short: 0.2 MB of 4."""
    return [(label, name, short(answer)) for label, name, answer in samples()]


def recorded() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """The recorded answers, matched to operations by INDEX.md; nothing where they are not."""
    index = RECORDED / "INDEX.md"
    if not index.is_file():
        return
    by_template = {
        f"{operation.method} {operation.template}": operation.model or ""
        for operation in operations().values()
    }
    rows = re.findall(r"^\| (\S+\.json) \| (\w+ [^ ?]+)", index.read_text(encoding="utf-8"), re.MULTILINE)
    for file, call in sorted(set(rows)):
        if not file.startswith("error"):
            document = json.loads((RECORDED / file).read_text(encoding="utf-8"))
            yield file, by_template[call], document.get("body", document)


def made(model: str, answer: Any) -> Model:
    """The model of an answer."""
    return model_named(model).from_bytes(json.dumps(answer).encode())


def dumped(model: Model) -> Any:
    """The answer that a model was made from."""
    return model.model_dump(mode="json", by_alias=True, exclude_unset=True)
