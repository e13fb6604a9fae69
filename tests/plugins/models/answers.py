"""Answers to try the models on: the sandbox's of every operation, and the recorded ones where they are."""

import json
import re
from collections import Counter
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


@cache
def operations() -> dict[str, Operation[Any, Any, Any]]:
    """Every operation that has a model."""
    found = {name: value for name, value in vars(Operations).items() if isinstance(value, Operation)}
    return {name: operation for name, operation in found.items() if operation.model}


@cache
def world() -> Api:
    """The sandbox, at one moment."""
    return Api(World(), clock=lambda: LEAGUE_WEEK)


def respond(request: Request) -> Response:
    """What it answers."""
    query = dict(parse_qsl(request.query))
    body = json.dumps(request.json).encode()
    answer = world().respond(request.method, request.path, query, {"authorization": "Bearer any"}, body)
    return Response(answer.status, answer.headers, answer.body)


@cache
def sandbox_answer(name: str) -> dict[str, Any]:
    """The sandbox's answer to an operation, by its name."""
    with Script(respond).client(only_plugins=("script",), raise_errors=True) as api:
        answer: dict[str, Any] = json.loads(json.dumps(getattr(api, name)(*arguments(name))))
    return answer


def arguments(name: str) -> tuple[Any, ...]:
    """What an operation is called with."""
    if name == "warleague":
        return (sandbox_answer("clan_leaguegroup")["rounds"][0]["warTags"][0],)
    if name == "leaguegroup":
        player = sandbox_answer("players")
        return player["currentLeagueGroupTag"], player["currentLeagueSeasonId"], "#2PP"
    template = operations()[name].template
    usual = ("#2PP",) if "Tag}" in template else ("global",) if "{locationId}" in template else ()
    return ARGUMENTS.get(name, usual)


def labels() -> list[str]:
    """Of each sample: the name of an operation, or the file of a recorded answer where those are."""
    return [*(name for name in operations() if "versus" not in name), *recordings()]


@cache
def sample(label: str) -> tuple[str, dict[str, Any]]:
    """A model's name, and an answer that it is for."""
    if label in operations():
        return operations()[label].model or "", sandbox_answer(label)
    document = json.loads((RECORDED / label).read_text(encoding="utf-8"))
    return recordings()[label], document.get("body", document)


@cache
def short_sample(label: str) -> tuple[str, dict[str, Any]]:
    """`sample`, short; all together they have 0.2 MB of 4."""
    name, answer = sample(label)
    return name, short(answer)


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
def recordings() -> dict[str, str]:
    """By file of a recorded answer, its model's name, by the operations in INDEX.md; none where it is not."""
    index = RECORDED / "INDEX.md"
    if not index.is_file():
        return {}
    by_template = {
        f"{operation.method} {operation.template}": operation.model or ""
        for operation in operations().values()
    }
    rows = re.findall(r"^\| (\S+\.json) \| (\w+ [^ ?]+)", index.read_text(encoding="utf-8"), re.MULTILINE)
    return {file: by_template[call] for file, call in sorted(set(rows)) if not file.startswith("error")}


def made(model: str, answer: Any) -> Model:
    """The model of an answer."""
    return model_named(model).from_bytes(json.dumps(answer).encode())


def dumped(model: Model) -> Any:
    """The answer that a model was made from."""
    return model.model_dump(mode="json", by_alias=True, exclude_unset=True)
