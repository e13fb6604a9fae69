"""Models: what they cost beside bare pydantic, msgspec and the decoding of the body."""

import functools
import itertools
import json
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Annotated, Any, Union, get_args, get_origin

import msgspec
import pydantic
from fixed import FREE, Offering
from measure import Line, turns
from server import Server, clan

from cocapi import ApiConfig, CocApi, Request, Response
from cocapi.api.endpoints import Operations
from cocapi_models.answers import Answers
from cocapi_models.base import Model
from cocapi_models.names import model_named

GLOBAL = "global"
"""The place whose ranking is asked for."""


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


def read(request: Request, body: bytes, decode: Callable[[bytes], object]) -> Iterator[tuple[float, float]]:
    """The plugin reading bytes, and another reader."""
    answers = Answers(strict=False)
    return turns(lambda: answers.model(request, Response(200, {}, body), dynamic=False), lambda: decode(body))


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
    for name, (request, body) in requests.items():
        kind = model_named(request.model or "")
        others: dict[str, tuple[Callable[[bytes], object], float | None]] = {
            "its model_validate_json": (kind.model_validate_json, 1.15),
            "that of plain fields": (twin(kind, "pydantic").model_validate_json, None),
            "msgspec": (msgspec.json.Decoder(twin(kind, "msgspec")).decode, None),
        }
        for other, (decode, target) in others.items():
            measure = functools.partial(read, request, body, decode)
            yield Line(f"{name} of {len(body) // 1000} kB as a model / {other}", "most", target, measure)
    yield Line("a clan as a model from the cache / json.loads of it", "most", 0.2, lambda: hit(clan()))
