"""Models: what they cost beside the decoding of the body, bare pydantic and msgspec.

A model reads what is looked at, so each is looked at as a tracker does: ten fields are read.
"""

import functools
import gc
import itertools
import json
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Annotated, Any, Union, get_args, get_origin

import msgspec
import orjson
import pydantic
from fixed import FREE, Offering
from measure import Line, turns
from server import Server, clan

from cocapi import ApiConfig, Clan, ClanMember, CocApi, Player, Request, Response
from cocapi.api.endpoints import Operations
from cocapi_models.answers import Answers
from cocapi_models.base import Model
from cocapi_models.names import model_named

GLOBAL = "global"
"""The place whose ranking is asked for."""

MEMBER = tuple(ClanMember.model_fields)

PLAYERS = 500
"""So many are kept; ten thousand dicts would take a gigabyte."""


@functools.cache
def twin(kind: type[Model], maker: str) -> Any:
    """The same fields, by their names on the wire, as a plain pydantic model or a msgspec struct."""
    fields = [
        (field.alias or name, plain(field.annotation, maker), field.is_required(), field.default)
        for name, field in kind.model_fields.items()
    ]
    if maker == "pydantic":
        given: dict[str, Any] = {n: (k, ... if required else d) for n, k, required, d in fields}
        keeps = pydantic.ConfigDict(extra="allow")  # what is unknown, as ours do
        return pydantic.create_model(kind.__name__, __config__=keeps, **given)
    return msgspec.defstruct(
        "Struct", [(n, k) if required else (n, k, d) for n, k, required, d in fields], kw_only=True
    )


def plain(annotation: Any, maker: str) -> Any:
    """A type without what is ours in it."""
    if isinstance(annotation, type) and issubclass(annotation, Model):
        return twin(annotation, maker)
    if annotation is datetime:
        return str
    if get_origin(annotation) is Annotated:
        return plain(get_args(annotation)[0], maker)
    if get_origin(annotation) is tuple:
        return tuple[plain(get_args(annotation)[0], maker), ...]
    if get_args(annotation):
        kinds = {plain(argument, maker) for argument in get_args(annotation)}
        enums = {kind for kind in kinds if isinstance(kind, type) and kind.__module__.endswith("values")}
        return Union[tuple(kinds - enums)]  # noqa: UP007  # made while the program runs
    return annotation


def of_clan(clan: Any) -> tuple[Any, ...]:
    """Ten fields of a clan, three of them nested."""
    return (
        *(clan.tag, clan.name, clan.clan_level, clan.clan_points, clan.members, clan.war_wins),
        *(clan.is_war_log_public, clan.war_league.name, clan.badge_urls.small, clan.member_list[0].name),
    )


def of_player(player: Any) -> tuple[Any, ...]:
    """Ten fields of a player, three of them nested."""
    return (
        *(player.tag, player.name, player.town_hall_level, player.exp_level, player.trophies, player.role),
        *(player.war_stars, player.clan.name, player.labels[0].name, player.heroes[0].level),
    )


def of_ranking(page: Any) -> list[str]:
    """The names of the first ten."""
    return [entry.name for entry in page[:10]]


def of_members(clan: Any) -> list[list[Any]]:
    """All fields of all members."""
    return [[getattr(member, name) for name in MEMBER] for member in clan.member_list]


def read(
    request: Request, body: bytes, look: Callable[[Any], object], decode: Callable[[bytes], object]
) -> Iterator[tuple[float, float]]:
    """The plugin reading bytes, and a look at the model; and another reader."""
    answers = Answers(strict=False)
    return turns(
        lambda: look(answers.model(request, Response(200, {}, body), dynamic=False)), lambda: decode(body)
    )


def kept(body: bytes, look: Callable[[Any], object]) -> Iterator[tuple[float, float]]:
    """Megabytes of a player that is kept as a model, and as a dict."""

    def model(body: bytes) -> Player:
        player = Player.from_bytes(body)
        look(player)
        return player

    yield memory(model, body), memory(orjson.loads, body)


def memory(make: Callable[[bytes], object], body: bytes) -> float:
    """Megabytes that one of many objects takes, with all that it alone keeps."""
    make(body)
    gc.collect()
    tracemalloc.start()
    objects = [make(body + b" " * number) for number in range(PLAYERS)]
    gc.collect()
    used = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return used / len(objects) / 1e6


def hit(body: bytes) -> Iterator[tuple[float, float]]:
    """A whole call that the cache answers, and the decoding of the body."""
    settings = ApiConfig(plugins={"offering": lambda _: Offering(body)}, use_pydantic_models=True, **FREE)  # type: ignore[arg-type]
    api = CocApi("token", config=settings)
    api.clan_tag("#2PP")
    return turns(lambda: api.clan_tag("#2PP"), lambda: json.loads(body))


def lines(server: Server) -> Iterator[Line]:
    with CocApi("token", config=ApiConfig(base_url="sandbox://")) as api:
        rows = itertools.islice(itertools.cycle(api.location_id_clan_rank(GLOBAL)["items"]), 200)
        ranking = json.dumps({"items": list(rows)}, ensure_ascii=False).encode()
        player = json.dumps(api.players("#2PP"), ensure_ascii=False).encode()
        requests = {
            "a 50-member clan": (Operations.clan_tag.request(api, "#2PP"), clan()),
            "a player": (Operations.players.request(api, "#2PP"), player),
            "a 200-row ranking": (Operations.location_id_clan_rank.request(api, GLOBAL), ranking),
        }
    looks = {"a 50-member clan": of_clan, "a player": of_player, "a 200-row ranking": of_ranking}
    for name, (request, body) in requests.items():
        kind = model_named(request.model or "")
        others: dict[str, tuple[Callable[[bytes], object], float | None]] = {
            "orjson.loads": (orjson.loads, 1.5),
            "its model_validate_json": (kind.model_validate_json, 0.5),
            "that of plain fields": (twin(kind, "pydantic").model_validate_json, None),
            "msgspec": (msgspec.json.Decoder(twin(kind, "msgspec")).decode, None),
        }
        for other, (decode, target) in others.items():
            measure = functools.partial(read, request, body, looks[name], decode)
            yield Line(f"{name} of {len(body) // 1000} kB, ten fields / {other}", "most", target, measure)
    request, body = requests["a 50-member clan"]
    measure = functools.partial(read, request, body, of_members, Clan.model_validate_json)
    yield Line("all fields of all members / its model_validate_json", "most", 0.6, measure)
    _, body = requests["a player"]
    for label, look in {"": bool, ", ten fields read": of_player}.items():
        measure = functools.partial(kept, body, look)
        yield Line(f"memory of kept players{label} / of dicts", "most", 0.5, measure)
    yield Line("a clan as a model from the cache / json.loads of it", "most", 0.2, lambda: hit(clan()))
