"""The API itself, without a socket: a request in, an answer out.

Everything here follows what is known of the real server: which errors it answers in which words, how it
pages, what it says of caching. Answers change at most once a minute, as the real ones do, and their
``max-age`` counts down to the next change.
"""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

from cocapi.interrupts import reraise
from cocapi_sandbox import game, players, rankings
from cocapi_sandbox.faults import JSON, Answer, Faults
from cocapi_sandbox.leagues import Leagues
from cocapi_sandbox.portal import Portal
from cocapi_sandbox.raids import Raids
from cocapi_sandbox.times import basic, month, season_ids
from cocapi_sandbox.wars import Wars, not_in_war
from cocapi_sandbox.world import Json, World, label, league_tier, named, trophy_league

__all__ = ["Api", "Maintenance", "Refusal"]

MINUTE = 60
WAR_PATHS = ("warlog", "currentwar", "leaguegroup")


class Refusal(Exception):
    """An error that the API answers with; `age` is its max-age in seconds, in the API's odd spelling."""

    def __init__(self, status: int, reason: str, message: str | None = None, age: str = "public max-age=600"):
        super().__init__(status, reason)
        self.status = status
        self.headers = {"content-type": "application/json", "cache-control": age}
        body = {"reason": reason} | ({"message": message} if message else {})
        self.body = json.dumps(body).encode()


def not_found(tag: str = "") -> Refusal:
    """404; a tag that does not exist and one that is none look the same."""
    return Refusal(404, "notFound", f"Not found with tag {tag.removeprefix('#')}" if tag else None)


def bad(parameter: str) -> Refusal:
    """400 for an id that is not known."""
    return Refusal(400, "badRequest", f"Unknown value for parameter {parameter}")


PRIVATE = {"warlog": "max-age=600", "currentwar": "max-age=120", "leaguegroup": "max-age=600"}


class Api:
    """A world behind the rules of the API.

    Attributes:
        world: Who there is.
        clock: Tells the time in seconds since 1970; wars move with it.
        tokens: The tokens that are accepted; None: any but ``invalid`` and ``wrong-ip``, which are refused as
            a wrong token and a wrong address.
        rate: Requests a second and token before 429; None: no limit.
        maintenance: While True, everything is answered with 503.
        portal: Where keys are made, which are accepted beside `tokens` from the addresses that they allow.
    """

    def __init__(
        self,
        world: World,
        clock: Callable[[], float] = time.time,
        tokens: Iterable[str] | None = None,
        rate: float | None = None,
        faults: Faults | None = None,
    ) -> None:
        self.world = world
        self.clock = clock
        self.tokens = None if tokens is None else frozenset(tokens)
        self.rate = rate
        self.faults = faults or Faults(world.seed)
        self.portal = Portal(self.faults, clock, world.seed)
        self.maintenance = False
        self.leagues = Leagues(world)
        self.wars = Wars(world, self.leagues)
        self.raids = Raids(world)
        self._allowance: dict[str, tuple[float, float]] = {}
        self._lock = threading.Lock()
        self._body = lru_cache(maxsize=512)(self._answered)

    def respond(
        self, method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str], body: bytes = b""
    ) -> Answer:
        """Answer a request.

        Args:
            path: Below ``/v1``, percent-encoded: ``/clans/%232PP``.
            headers: Names in lower case.
        """
        try:
            self._admit(headers)
            answer = self._verify(path, body) if method == "POST" else self._get(path, query)
        except Refusal as refusal:
            answer = Answer(refusal.status, refusal.headers, refusal.body)
        return self.faults.spoil(path, answer)

    def in_maintenance(self) -> bool:
        """Whether everything is answered with 503."""
        return self.maintenance or self.world.scenes.in_maintenance(self.clock())

    def _admit(self, headers: Mapping[str, str]) -> None:
        """Maintenance first, then the token, then its rate."""
        if self.in_maintenance():
            raise Refusal(503, "inMaintenance", "API is currently in maintenance, please come back later")
        token = headers.get("authorization", "").removeprefix("Bearer ").strip()
        address = self.portal.address_of(headers)
        verdict = self.portal.verdict(token, address)
        if token == "wrong-ip" or verdict == "accessDenied.invalidIp":  # noqa: S105  # documented
            raise Refusal(
                403,
                "accessDenied.invalidIp",
                f"Invalid authorization: API key does not allow access from IP {address}",
            )
        known = token not in ("", "invalid") if self.tokens is None else token in self.tokens
        if verdict or (verdict is None and not known):
            raise Refusal(403, "accessDenied", "Invalid authorization")
        if self.rate is not None and not self._spend(token, self.rate):
            raise Refusal(
                429,
                "requestThrottled",
                "Request was throttled, because amount of requests was above the threshold defined for the "
                "used API token.",
            )

    def _spend(self, token: str, rate: float) -> bool:
        """Whether a token may have one more request: a bucket of a second's worth."""
        now = time.monotonic()
        with self._lock:
            left, since = self._allowance.get(token, (max(rate, 1.0), now))
            left = min(max(rate, 1.0), left + (now - since) * rate)
            allowed = left >= 1
            self._allowance[token] = (left - allowed, now)
        return allowed

    def _get(self, path: str, query: Mapping[str, str]) -> Answer:
        now = self.clock()
        age, content = self._body(
            path, tuple(sorted(query.items())), int(now // MINUTE), self.world.scenes.version
        )
        left = age - int(now) % MINUTE if age > MINUTE else MINUTE - int(now) % MINUTE
        return Answer(200, {"content-type": JSON, "cache-control": f"max-age={left}"}, content)

    def _answered(
        self, path: str, query: tuple[tuple[str, str], ...], minute: int, version: int
    ) -> tuple[int, bytes]:
        """The max-age and the body of a GET, the same for a whole minute and number of scenes."""
        now = float(minute * MINUTE)
        segments = [unquote(segment) for segment in path.strip("/").split("/")]
        age, body = route(self, segments, dict(query), now)
        return age, json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()

    def _verify(self, path: str, body: bytes) -> Answer:
        """``POST /players/{playerTag}/verifytoken``."""
        match [unquote(segment) for segment in path.strip("/").split("/")]:
            case ["players", tag, "verifytoken"] if self.world.has_player(tag):
                pass
            case ["players", tag, "verifytoken"]:
                raise not_found(tag)
            case _:
                raise Refusal(404, "notFound")
        try:
            token = json.loads(body)["token"]
        except (ValueError, KeyError, TypeError) as error:
            reraise(error)
            raise Refusal(400, "badRequest", "Request body is not valid") from None
        status = "ok" if token == self.world.token_of(tag) else "invalid"
        answer = {"tag": tag, "token": token, "status": status}
        return Answer(
            200, {"content-type": JSON, "cache-control": "max-age=600"}, json.dumps(answer).encode()
        )


class Maintenance:
    """The maintenance of an API: true while it lasts; called, it begins one that ends by itself."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def __bool__(self) -> bool:
        return self._api.in_maintenance()

    def __call__(self, minutes: float = 20.0) -> None:
        """Let everything be answered with 503 from now on, for so many minutes of the world's clock."""
        now = self._api.clock()
        self._api.world.scenes.maintenance.append((now, now + minutes * MINUTE))


def route(api: Api, segments: list[str], query: dict[str, str], now: float) -> tuple[int, Json]:
    """What a GET answers: seconds of max-age, and the body.

    Raises:
        Refusal: For what is not there.
    """
    match segments:
        case ["clans"]:
            return 60, paged(search(api.world, query, now), query)
        case ["clans", tag, *rest]:
            return clan_route(api, tag, rest, query, now)
        case ["clanwarleagues", "wars", tag]:
            war = api.leagues.war_body(tag, now)
            if war is None:
                raise not_found()
            return 600, war
        case ["players", tag, *rest]:
            return player_route(api.world, tag, rest, now)
        case ["leaguegroup", tag, season]:
            return 300, ranked_group(api.world, tag, season, query, now)
        case ["leagues", league, "seasons", *rest]:
            return seasons_route(api.world, league, rest, query, now)
        case ["locations", where, "rankings", kind]:
            return 600, paged(ranking(api.world, where, kind, now), query)
        case ["labels", "clans"]:
            return 60, paged([label(n, 56000000, game.CLAN_LABELS) for n in range(17)], query)
        case ["labels", "players"]:
            return 60, paged([label(n, 57000000, game.PLAYER_LABELS) for n in range(19)], query)
        case ["goldpass", "seasons", "current"]:
            return 60, {"startTime": basic(month(now)[0] + 60), "endTime": basic(month(now, 1)[0])}
        case [kind] if kind in LISTS:
            return 600, paged(list(LISTS[kind][1].values()), query)
        case [kind, ident] if kind in LISTS:
            parameter, items = LISTS[kind]
            if ident not in items:
                raise bad(parameter)
            return 600, items[ident]
        case _:
            raise Refusal(404, "notFound")


def by_id(items: Iterable[Json]) -> dict[str, Json]:
    return {str(item["id"]): item for item in items}


LISTS: dict[str, tuple[str, dict[str, Json]]] = {
    "leagues": ("leagueId", by_id(trophy_league(n) for n in range(len(game.LEAGUES)))),
    "leaguetiers": ("leagueTierId", by_id(league_tier(n) for n in range(len(game.LEAGUE_TIERS)))),
    "warleagues": (
        "leagueId",
        by_id(named(n, 48000000, game.WAR_LEAGUES) for n in range(len(game.WAR_LEAGUES))),
    ),
    "capitalleagues": (
        "leagueId",
        by_id(named(n, 85000000, game.CAPITAL_LEAGUES) for n in range(len(game.CAPITAL_LEAGUES))),
    ),
    "builderbaseleagues": (
        "leagueId",
        by_id(named(n, 44000000, game.BUILDER_BASE_LEAGUES) for n in range(len(game.BUILDER_BASE_LEAGUES))),
    ),
    "locations": ("locationId", rankings.LOCATIONS),
}
"""Lists that never change, with the name of the parameter of their single items."""


def clan_route(api: Api, tag: str, rest: list[str], query: dict[str, str], now: float) -> tuple[int, Json]:
    """Everything below ``/clans/{clanTag}``."""
    number = api.world.clan_numbers.get(tag)
    if number is None:
        raise not_found(tag)
    if rest and rest[-1] in WAR_PATHS and not api.world.identity(number)["isWarLogPublic"]:
        raise Refusal(403, "accessDenied", age=PRIVATE[rest[-1]])
    match rest:
        case []:
            return 120, api.world.clan(number, now)
        case ["members"]:
            return 120, paged(api.world.member_list(number, now), query)
        case ["warlog"]:
            return 120, paged(api.wars.log(number, now), query)
        case ["currentwar"] if api.leagues.fighting(number, now):
            return 120, not_in_war(api.world)  # a league war is found through the league group
        case ["currentwar"]:
            return 120, api.wars.current(number, now)
        case ["currentwar", "leaguegroup"]:
            group = api.leagues.group(number, now)
            if group is None:
                raise not_found()
            return 600, group
        case ["capitalraidseasons"]:
            return 120, paged(api.raids.seasons(number, now), query)
        case _:
            raise Refusal(404, "notFound")


def player_route(world: World, tag: str, rest: list[str], now: float) -> tuple[int, Json]:
    """Everything below ``/players/{playerTag}``."""
    if not world.has_player(tag):
        raise not_found(tag)
    match rest:
        case []:
            return 60, players.player(world, tag, now)
        case ["battlelog"]:
            return 60, players.battle_log(world, tag, now)
        case ["leaguehistory"]:
            return 300, players.league_history(world, tag, now)
        case _:
            raise Refusal(404, "notFound")


def ranked_group(world: World, tag: str, season: str, query: dict[str, str], now: float) -> Json:
    """``/leaguegroup/{leagueGroupTag}/{leagueSeasonId}``; the player is required."""
    if "playerTag" not in query:
        raise bad("playerTag")
    if not season.isdecimal():
        raise bad("leagueSeasonId")
    group = players.league_group(world, tag, int(season), query["playerTag"], now)
    if group is None:
        raise not_found(tag)
    return group


def seasons_route(
    world: World, league: str, rest: list[str], query: dict[str, str], now: float
) -> tuple[int, Json]:
    """``/leagues/{leagueId}/seasons`` and one of them; only the Legend League has any."""
    if league not in LISTS["leagues"][1]:
        raise bad("leagueId")
    if league != "29000022":
        raise Refusal(400, "badRequest", "Seasons are available only for legendary league", "max-age=600")
    ids = season_ids(now)
    match rest:
        case []:
            return 600, paged([{"id": ident} for ident in ids], query)
        case [season] if season in ids:
            return 3600, paged(rankings.ladder(world, season, now), query)
        case [_]:
            raise bad("seasonId")
        case _:
            raise Refusal(404, "notFound")


RANKINGS: dict[str, Callable[[World, str, float], list[Json]]] = {
    "clans": rankings.clans,
    "players": rankings.players,
    "clans-builder-base": rankings.clans_builder_base,
    "players-builder-base": rankings.players_builder_base,
    "capitals": rankings.capitals,
}


def ranking(world: World, where: str, kind: str, now: float) -> list[Json]:
    """The rows of a ranking."""
    if kind not in RANKINGS:
        raise Refusal(404, "notFound")
    if where != "global" and where not in rankings.LOCATIONS:
        raise bad("locationId")
    return RANKINGS[kind](world, where, now)


def search(world: World, query: dict[str, str], now: float) -> list[Json]:
    """The clans that fit all criteria of a search; one at least is required."""
    criteria = {name: value for name, value in query.items() if name not in ("limit", "after", "before")}
    if not criteria:
        raise Refusal(400, "badRequest", "At least one filtering parameter must exist")
    if len(criteria.get("name", "abc")) < 3:
        raise Refusal(400, "badRequest", "Name must have at least 3 characters")
    unknown = set(criteria) - set(CRITERIA)
    if unknown:
        raise Refusal(400, "badRequest", f"Unknown parameter {min(unknown)}")
    try:
        return [
            clan
            for clan in (world.clan_base(number, now) for number in range(len(world.clan_tags)))
            if all(CRITERIA[name](clan, value) for name, value in criteria.items())
        ]
    except ValueError as error:
        reraise(error)
        raise Refusal(400, "badRequest", "Invalid value for a numeric parameter") from None


CRITERIA: dict[str, Callable[[Json, str], bool]] = {
    "name": lambda clan, value: value.lower() in clan["name"].lower(),
    "warFrequency": lambda clan, value: value in (clan["warFrequency"], "any"),
    "locationId": lambda clan, value: clan.get("location", {}).get("id") == int(value),
    "minMembers": lambda clan, value: bool(clan["members"] >= int(value)),
    "maxMembers": lambda clan, value: bool(clan["members"] <= int(value)),
    "minClanPoints": lambda clan, value: bool(clan["clanPoints"] >= int(value)),
    "minClanLevel": lambda clan, value: bool(clan["clanLevel"] >= int(value)),
    "labelIds": lambda clan, value: (
        {int(part) for part in value.split(",")} <= {one["id"] for one in clan["labels"]}
    ),
}


def cursor(position: int) -> str:
    """A cursor as the API writes it: ``{"pos":50}`` in base64 without padding."""
    return base64.b64encode(b'{"pos":%d}' % position).decode().rstrip("=")


def position(text: str) -> int:
    """The position of a cursor.

    Raises:
        Refusal: 400, for what is none.
    """
    try:
        found: Any = json.loads(base64.b64decode(text + "=" * (-len(text) % 4), validate=True))["pos"]
    except (ValueError, KeyError, TypeError) as error:
        reraise(error)
        raise Refusal(400, "badRequest", "Invalid cursor") from None
    if not isinstance(found, int) or found < 0:
        raise Refusal(400, "badRequest", "Invalid cursor")
    return found


def paged(items: list[Json], query: dict[str, str]) -> Json:
    """The part of a list that is asked for. Without a limit that is all; cursors are exclusive."""
    if "after" in query and "before" in query:
        raise Refusal(400, "badRequest", "Only after or before can be specified, not both")
    limit = query.get("limit", str(len(items) or 1))
    if not limit.isdecimal() or limit == "0":
        raise Refusal(400, "badRequest", "Invalid value for parameter limit")
    if "before" in query:
        end = min(position(query["before"]), len(items))
        start = max(0, end - int(limit))
    else:
        start = min(position(query["after"]), len(items)) if "after" in query else 0
        end = min(len(items), start + int(limit))
    cursors = {}
    if end < len(items):
        cursors["after"] = cursor(end)
    if start > 0:
        cursors["before"] = cursor(start)
    return {"items": items[start:end], "paging": {"cursors": cursors}}
