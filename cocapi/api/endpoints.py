"""One short method per operation of the API: template, parameters, name of the answer's model.

The operations are documented at https://developer.clashofclans.com/#/documentation. Tags may be written
with or without ``#``. Wherever a list is answered, `params` and the keywords ``limit``, ``after`` and
``before`` (`PageParams`) choose a part of it; both may be used, a keyword wins.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar, Unpack

from cocapi.api.operations import (
    PAGE_PARAMS,
    Arguments,
    Operation,
    PageParams,
    normal_tag,
    operation,
    path_value,
)
from cocapi.api.words import player_token, read_tag
from cocapi.calls.address import parsed_path, template_of
from cocapi.compat.settings import dynamic_model

if TYPE_CHECKING:
    from cocapi import answers, models

    D = TypeVar("D")
    M = TypeVar("M")
    PageArguments: TypeAlias = Arguments[answers.Page[D], models.Page[M]]
else:  # for who reads the annotations of the methods
    from cocapi.api.methods import answers, models

__all__ = ["Operations"]

Params: TypeAlias = Mapping[str, Any] | None
Id: TypeAlias = str | int

SEARCH = (
    "name",
    "warFrequency",
    "locationId",
    "minMembers",
    "maxMembers",
    "minClanPoints",
    "minClanLevel",
    "labelIds",
    *PAGE_PARAMS,
)
REALTIME = ("realtime",)
"""Undocumented: fresh answers for tokens that were granted the realtime scope."""


def clan_path(tag: str) -> dict[str, str]:
    return {"clanTag": read_tag(tag, "clanTag")}


def player_path(tag: str) -> dict[str, str]:
    return {"playerTag": read_tag(tag, "playerTag")}


def location_path(location_id: Id) -> dict[str, str]:
    return {"locationId": path_value("locationId", location_id)}


def league_path(league_id: Id) -> dict[str, str]:
    return {"leagueId": path_value("leagueId", league_id)}


class Operations:
    """Every operation of the API."""

    # Clans

    @operation("GET /clans", query=SEARCH)
    def clan(
        self,
        name: str = "",
        limit: int = 10,
        params: Params = None,
        war_frequency: str | None = None,
        location_id: Id | None = None,
        min_members: int | None = None,
        max_members: int | None = None,
        min_clan_points: int | None = None,
        min_clan_level: int | None = None,
        label_ids: str | Iterable[Id] | None = None,
    ) -> PageArguments[answers.ClanSearchEntry, models.ClanSearchEntry]:
        """Search clans. The API wants at least one criterion and orders the answer as it likes.

        Args:
            name: At least 3 characters; may contain what is looked for anywhere.
            limit: How many clans at most.
            params: ``after`` and ``before``, and any filter by its name in the API; wins over the keywords.
            war_frequency: ``always``, ``moreThanOncePerWeek``, ``oncePerWeek``, ``lessThanOncePerWeek``,
                ``never`` or ``unknown``.
            location_id: An id of `location()`.
            label_ids: Ids of `labels_clans()`: a list of them, or a text with commas between them.
        """
        filters = {
            "name": name,
            "limit": limit,
            "warFrequency": war_frequency,
            "locationId": location_id,
            "minMembers": min_members,
            "maxMembers": max_members,
            "minClanPoints": min_clan_points,
            "minClanLevel": min_clan_level,
            "labelIds": label_ids,
        }
        return Arguments(params=filters, more=params)

    @operation("GET /clans/{clanTag}", query=PAGE_PARAMS)
    def clan_tag(self, tag: str, params: Params = None) -> Arguments[answers.Clan, models.Clan]:
        """One clan, with its members."""
        return Arguments(clan_path(tag), params)

    @operation("GET /clans/{clanTag}/members", query=PAGE_PARAMS)
    def clan_members(
        self, clan_tag: str, params: Params = None, **paging: Unpack[PageParams]
    ) -> PageArguments[answers.ClanMember, models.ClanMember]:
        """The members of a clan."""
        return Arguments(clan_path(clan_tag), params, paging)

    @operation("GET /clans/{clanTag}/warlog", query=PAGE_PARAMS)
    def clan_war_log(
        self, clan_tag: str, params: Params = None, **paging: Unpack[PageParams]
    ) -> PageArguments[answers.ClanWarLogEntry, models.ClanWarLogEntry]:
        """The wars a clan has fought, newest first; refused (403) where the clan keeps them private."""
        return Arguments(clan_path(clan_tag), params, paging)

    @operation("GET /clans/{clanTag}/currentwar", query=REALTIME)
    def clan_current_war(
        self, clan_tag: str, params: Params = None
    ) -> Arguments[answers.ClanWar, models.ClanWar]:
        """The war a clan is in; refused (403) where the clan keeps its wars private."""
        return Arguments(clan_path(clan_tag), params)

    @operation("GET /clans/{clanTag}/currentwar/leaguegroup", query=REALTIME)
    def clan_leaguegroup(
        self, clan_tag: str, params: Params = None
    ) -> Arguments[answers.ClanWarLeagueGroup, models.ClanWarLeagueGroup]:
        """The clan war league group a clan is in; 404 when it is in none."""
        return Arguments(clan_path(clan_tag), params)

    @operation("GET /clanwarleagues/wars/{warTag}", query=REALTIME)
    def warleague(self, war_tag: str, params: Params = None) -> Arguments[answers.ClanWar, models.ClanWar]:
        """One war of the clan war league. ``#0`` in a group stands for a war not yet drawn."""
        return Arguments({"warTag": normal_tag(war_tag, "warTag")}, params)

    @operation("GET /clans/{clanTag}/capitalraidseasons", query=PAGE_PARAMS)
    def clan_capitalraidseasons(
        self, clan_tag: str, params: Params = None, **paging: Unpack[PageParams]
    ) -> PageArguments[answers.ClanCapitalRaidSeason, models.ClanCapitalRaidSeason]:
        """The capital raid weekends of a clan, newest first."""
        return Arguments(clan_path(clan_tag), params, paging)

    # Players

    @operation("GET /players/{playerTag}", query=PAGE_PARAMS)
    def players(self, player_tag: str, params: Params = None) -> Arguments[answers.Player, models.Player]:
        """One player."""
        return Arguments(player_path(player_tag), params)

    @operation("POST /players/{playerTag}/verifytoken")
    def verify_player_token(
        self, player_tag: str, token: str
    ) -> Arguments[answers.VerifyTokenResponse, models.VerifyTokenResponse]:
        """Whether a player's one-use token from the game's settings is right: ``status`` is ``ok`` or
        ``invalid``."""
        return Arguments(player_path(player_tag), json={"token": player_token(token)})

    @operation("GET /players/{playerTag}/battlelog")
    def player_battlelog(
        self, player_tag: str
    ) -> PageArguments[answers.BattleLogEntry, models.BattleLogEntry]:
        """The newest battles of a player, about 50, in one page."""
        return Arguments(player_path(player_tag))

    @operation("GET /players/{playerTag}/leaguehistory")
    def player_leaguehistory(
        self, player_tag: str
    ) -> PageArguments[answers.LeagueSeasonResult, models.LeagueSeasonResult]:
        """How a player ended the ranked seasons, in one page."""
        return Arguments(player_path(player_tag))

    # Leagues

    @operation("GET /leaguegroup/{leagueGroupTag}/{leagueSeasonId}", query=("playerTag",))
    def leaguegroup(
        self, league_group_tag: str, league_season_id: Id, player_tag: str
    ) -> Arguments[answers.LeagueGroup, models.LeagueGroup]:
        """The ranked group of a player in one season.

        Args:
            league_group_tag: ``currentLeagueGroupTag`` and ``currentLeagueSeasonId`` of the player, or the
                ``previous…`` ones. The season is a time in seconds since 1970.
            league_season_id: As `league_group_tag`.
            player_tag: A member of the group; the API requires it.
        """
        path = {
            "leagueGroupTag": normal_tag(league_group_tag, "leagueGroupTag"),
            "leagueSeasonId": path_value("leagueSeasonId", league_season_id),
        }
        return Arguments(path, more={"playerTag": normal_tag(player_tag, "playerTag")})

    @operation("GET /leagues", query=PAGE_PARAMS)
    def league(
        self, params: Params = None, **paging: Unpack[PageParams]
    ) -> PageArguments[answers.League, models.League]:
        """The trophy leagues of before October 2025; see `leaguetiers` for today's."""
        return Arguments(params=params, more=paging)

    @operation("GET /leagues/{leagueId}")
    def league_id(self, league_id: Id) -> Arguments[answers.League, models.League]:
        """One trophy league."""
        return Arguments(league_path(league_id))

    @operation("GET /leagues/{leagueId}/seasons", query=PAGE_PARAMS)
    def league_season(
        self,
        id: Id,  # noqa: A002  # the keyword of 3.0
        params: Params = None,
        **paging: Unpack[PageParams],
    ) -> PageArguments[answers.LeagueSeason, models.LeagueSeason]:
        """The seasons of a league; there are some for the Legend League (29000022) only."""
        return Arguments(league_path(id), params, paging)

    @operation("GET /leagues/{leagueId}/seasons/{seasonId}", query=PAGE_PARAMS)
    def league_season_id(
        self,
        id: Id,  # noqa: A002  # the keyword of 3.0
        sid: Id,
        params: Params = None,
        **paging: Unpack[PageParams],
    ) -> PageArguments[answers.PlayerRankingEntry, models.PlayerRankingEntry]:
        """How a season of the Legend League ended. It is long: pass a limit."""
        return Arguments({**league_path(id), "seasonId": path_value("seasonId", sid)}, params, paging)

    @operation("GET /leaguetiers", query=PAGE_PARAMS)
    def leaguetiers(
        self, params: Params = None, **paging: Unpack[PageParams]
    ) -> PageArguments[answers.LeagueTier, models.LeagueTier]:
        """The tiers of the ranked league."""
        return Arguments(params=params, more=paging)

    @operation("GET /leaguetiers/{leagueTierId}")
    def leaguetiers_id(self, league_tier_id: Id) -> Arguments[answers.LeagueTier, models.LeagueTier]:
        """One tier of the ranked league."""
        return Arguments({"leagueTierId": path_value("leagueTierId", league_tier_id)})

    @operation("GET /warleagues", query=PAGE_PARAMS)
    def warleagues(
        self, params: Params = None, **paging: Unpack[PageParams]
    ) -> PageArguments[answers.WarLeague, models.WarLeague]:
        """The leagues of clan wars."""
        return Arguments(params=params, more=paging)

    @operation("GET /warleagues/{leagueId}")
    def warleagues_id(self, league_id: Id) -> Arguments[answers.WarLeague, models.WarLeague]:
        """One league of clan wars."""
        return Arguments(league_path(league_id))

    @operation("GET /capitalleagues", query=PAGE_PARAMS)
    def capitalleagues(
        self, params: Params = None, **paging: Unpack[PageParams]
    ) -> PageArguments[answers.CapitalLeague, models.CapitalLeague]:
        """The leagues of clan capitals."""
        return Arguments(params=params, more=paging)

    @operation("GET /capitalleagues/{leagueId}")
    def capitalleagues_id(self, league_id: Id) -> Arguments[answers.CapitalLeague, models.CapitalLeague]:
        """One league of clan capitals."""
        return Arguments(league_path(league_id))

    @operation("GET /builderbaseleagues", query=PAGE_PARAMS)
    def builderbaseleagues(
        self, params: Params = None, **paging: Unpack[PageParams]
    ) -> PageArguments[answers.BuilderBaseLeague, models.BuilderBaseLeague]:
        """The leagues of the builder base."""
        return Arguments(params=params, more=paging)

    @operation("GET /builderbaseleagues/{leagueId}")
    def builderbaseleagues_id(
        self, league_id: Id
    ) -> Arguments[answers.BuilderBaseLeague, models.BuilderBaseLeague]:
        """One league of the builder base."""
        return Arguments(league_path(league_id))

    # Locations

    @operation("GET /locations", query=PAGE_PARAMS)
    def location(
        self, params: Params = None, **paging: Unpack[PageParams]
    ) -> PageArguments[answers.Location, models.Location]:
        """Countries and regions."""
        return Arguments(params=params, more=paging)

    @operation("GET /locations/{locationId}")
    def location_id(self, location_id: Id) -> Arguments[answers.Location, models.Location]:
        """One country or region."""
        return Arguments(location_path(location_id))

    @operation("GET /locations/{locationId}/rankings/clans", query=PAGE_PARAMS)
    def location_id_clan_rank(
        self, location_id: Id, params: Params = None, **paging: Unpack[PageParams]
    ) -> PageArguments[answers.ClanRankingEntry, models.ClanRankingEntry]:
        """The best clans of a country, or of the world (``"global"``): 200 at most."""
        return Arguments(location_path(location_id), params, paging)

    @operation("GET /locations/{locationId}/rankings/players", query=PAGE_PARAMS)
    def location_id_player_rank(
        self, location_id: Id, params: Params = None, **paging: Unpack[PageParams]
    ) -> PageArguments[answers.PlayerRankingEntry, models.PlayerRankingEntry]:
        """The best players of a country, or of the world (``"global"``): 200 at most."""
        return Arguments(location_path(location_id), params, paging)

    @operation("GET /locations/{locationId}/rankings/clans-builder-base", query=PAGE_PARAMS)
    def location_clans_builder_base(
        self, location_id: Id, params: Params = None, **paging: Unpack[PageParams]
    ) -> PageArguments[answers.ClanBuilderBaseRankingEntry, models.ClanBuilderBaseRankingEntry]:
        """The best clans at the builder base."""
        return Arguments(location_path(location_id), params, paging)

    @operation("GET /locations/{locationId}/rankings/players-builder-base", query=PAGE_PARAMS)
    def location_players_builder_base(
        self, location_id: Id, params: Params = None, **paging: Unpack[PageParams]
    ) -> PageArguments[answers.PlayerBuilderBaseRankingEntry, models.PlayerBuilderBaseRankingEntry]:
        """The best players at the builder base."""
        return Arguments(location_path(location_id), params, paging)

    @operation("GET /locations/{locationId}/rankings/capitals", query=PAGE_PARAMS)
    def location_capital_rankings(
        self, location_id: Id, params: Params = None, **paging: Unpack[PageParams]
    ) -> PageArguments[answers.ClanCapitalRankingEntry, models.ClanCapitalRankingEntry]:
        """The best clan capitals."""
        return Arguments(location_path(location_id), params, paging)

    @operation("GET /locations/{locationId}/rankings/clans-builder-base", query=PAGE_PARAMS)
    def location_clan_versus(
        self, location_id: Id, params: Params = None, **paging: Unpack[PageParams]
    ) -> PageArguments[answers.ClanBuilderBaseRankingEntry, models.ClanBuilderBaseRankingEntry]:
        """Deprecated: the API retired versus rankings in 2023; asks `location_clans_builder_base`."""
        retired("location_clan_versus", "location_clans_builder_base")
        return Arguments(location_path(location_id), params, paging)

    @operation("GET /locations/{locationId}/rankings/players-builder-base", query=PAGE_PARAMS)
    def location_player_versus(
        self, location_id: Id, params: Params = None, **paging: Unpack[PageParams]
    ) -> PageArguments[answers.PlayerBuilderBaseRankingEntry, models.PlayerBuilderBaseRankingEntry]:
        """Deprecated: the API retired versus rankings in 2023; asks `location_players_builder_base`."""
        retired("location_player_versus", "location_players_builder_base")
        return Arguments(location_path(location_id), params, paging)

    # Labels and the gold pass

    @operation("GET /labels/clans", query=PAGE_PARAMS)
    def labels_clans(
        self, params: Params = None, **paging: Unpack[PageParams]
    ) -> PageArguments[answers.Label, models.Label]:
        """The labels a clan can carry."""
        return Arguments(params=params, more=paging)

    @operation("GET /labels/players", query=PAGE_PARAMS)
    def labels_players(
        self, params: Params = None, **paging: Unpack[PageParams]
    ) -> PageArguments[answers.Label, models.Label]:
        """The labels a player can carry."""
        return Arguments(params=params, more=paging)

    @operation("GET /goldpass/seasons/current", query=PAGE_PARAMS)
    def goldpass(self, params: Params = None) -> Arguments[answers.GoldPassSeason, models.GoldPassSeason]:
        """When the running gold pass season began and when it ends."""
        return Arguments(params=params)

    goldpass_seasons_current = goldpass

    # Anything else

    @operation("GET /{path}", query=None)
    def custom_endpoint(
        self, endpoint_path: str, params: Params = None, use_dynamic_model: bool = False
    ) -> Arguments[Any, Any]:
        """Any path of the API, also one that is newer than this library.

        Args:
            endpoint_path: As in ``/clans/#2PP/members?limit=5``, percent-encoded or not, below the base URL.
                A name that stands several times in the query is sent with all its values.
            params: The query; no name is refused. Wins over the query of the path.
            use_dynamic_model: Answer with a model: that of the operation whose path it is, else one made from
                the answer's shape; needs the models plugin.
        """
        segments, query = parsed_path(endpoint_path)
        template, values = template_of(segments)
        known = operation_at(segments)
        model = None if known is None else known.model
        return Arguments(
            values,
            query,
            params,
            template=template,
            model=model,
            options=dynamic_model(model) if use_dynamic_model else {},
        )


def operation_at(segments: Sequence[str]) -> Operation[Any, Any, Any] | None:
    """The operation that asks for a path with GET; None: there is none.

    Args:
        segments: The path, not percent-encoded.
    """
    for known in vars(Operations).values():
        if isinstance(known, Operation) and known.method == "GET" and known.query is not None:
            places = known.template.split("/")[1:]
            if len(places) == len(segments) and all(
                place.startswith("{") or place == part for place, part in zip(places, segments, strict=True)
            ):
                return known
    return None


def retired(name: str, successor: str) -> None:
    """Tell the caller of an operation that it is gone and what is called instead."""
    warnings.warn(
        f"{name}() is deprecated: the API retired versus rankings; {successor}() is called instead",
        DeprecationWarning,
        stacklevel=6,  # retired, the operation, Operation.request, Operation.__call__, the method, the caller
    )
