"""Every operation in its four worlds, with the type of its answer. Type-checked, never run."""

from typing import Any, assert_type

from cocapi import AsyncCocApi, AsyncCocApiModels, CocApi, CocApiModels, answers, models


def dicts(api: CocApi) -> None:
    assert_type(api.clan("abc", limit=3, min_members=10), answers.Page[answers.ClanSearchEntry])
    assert_type(api.clan_tag("#2PP"), answers.Clan)
    assert_type(api.clan_members("#2PP", limit=3), answers.Page[answers.ClanMember])
    assert_type(api.clan_war_log("#2PP", limit=3), answers.Page[answers.ClanWarLogEntry])
    assert_type(api.clan_current_war("#2PP"), answers.ClanWar)
    assert_type(api.clan_leaguegroup("#2PP"), answers.ClanWarLeagueGroup)
    assert_type(api.warleague("#2PP"), answers.ClanWar)
    assert_type(api.clan_capitalraidseasons("#2PP", limit=3), answers.Page[answers.ClanCapitalRaidSeason])
    assert_type(api.players("#2PP"), answers.Player)
    assert_type(api.verify_player_token("#2PP", token="once"), answers.VerifyTokenResponse)
    assert_type(api.player_battlelog("#2PP"), answers.Page[answers.BattleLogEntry])
    assert_type(api.player_leaguehistory("#2PP"), answers.Page[answers.LeagueSeasonResult])
    assert_type(api.leaguegroup("#GR", 1773032400, "#2PP"), answers.LeagueGroup)
    assert_type(api.league(limit=3), answers.Page[answers.League])
    assert_type(api.league_id(29000022), answers.League)
    assert_type(api.league_season(29000022, limit=3), answers.Page[answers.LeagueSeason])
    assert_type(api.league_season_id(29000022, "2025-08", limit=3), answers.Page[answers.PlayerRankingEntry])
    assert_type(api.leaguetiers(limit=3), answers.Page[answers.LeagueTier])
    assert_type(api.leaguetiers_id(105000000), answers.LeagueTier)
    assert_type(api.warleagues(limit=3), answers.Page[answers.WarLeague])
    assert_type(api.warleagues_id(29000022), answers.WarLeague)
    assert_type(api.capitalleagues(limit=3), answers.Page[answers.CapitalLeague])
    assert_type(api.capitalleagues_id(29000022), answers.CapitalLeague)
    assert_type(api.builderbaseleagues(limit=3), answers.Page[answers.BuilderBaseLeague])
    assert_type(api.builderbaseleagues_id(29000022), answers.BuilderBaseLeague)
    assert_type(api.location(limit=3), answers.Page[answers.Location])
    assert_type(api.location_id("global"), answers.Location)
    assert_type(api.location_id_clan_rank("global", limit=3), answers.Page[answers.ClanRankingEntry])
    assert_type(api.location_id_player_rank("global", limit=3), answers.Page[answers.PlayerRankingEntry])
    assert_type(
        api.location_clans_builder_base("global", limit=3), answers.Page[answers.ClanBuilderBaseRankingEntry]
    )
    assert_type(
        api.location_players_builder_base("global", limit=3),
        answers.Page[answers.PlayerBuilderBaseRankingEntry],
    )
    assert_type(
        api.location_capital_rankings("global", limit=3), answers.Page[answers.ClanCapitalRankingEntry]
    )
    assert_type(
        api.location_clan_versus("global", limit=3), answers.Page[answers.ClanBuilderBaseRankingEntry]
    )
    assert_type(
        api.location_player_versus("global", limit=3), answers.Page[answers.PlayerBuilderBaseRankingEntry]
    )
    assert_type(api.labels_clans(limit=3), answers.Page[answers.Label])
    assert_type(api.labels_players(limit=3), answers.Page[answers.Label])
    assert_type(api.goldpass(), answers.GoldPassSeason)
    assert_type(api.goldpass_seasons_current(), answers.GoldPassSeason)
    assert_type(api.custom_endpoint("/x", {"a": 1}, use_dynamic_model=True), Any)


def objects(api: CocApiModels) -> None:
    assert_type(api.clan("abc", limit=3, min_members=10), models.Page[models.ClanSearchEntry])
    assert_type(api.clan_tag("#2PP"), models.Clan)
    assert_type(api.clan_members("#2PP", limit=3), models.Page[models.ClanMember])
    assert_type(api.clan_war_log("#2PP", limit=3), models.Page[models.ClanWarLogEntry])
    assert_type(api.clan_current_war("#2PP"), models.ClanWar)
    assert_type(api.clan_leaguegroup("#2PP"), models.ClanWarLeagueGroup)
    assert_type(api.warleague("#2PP"), models.ClanWar)
    assert_type(api.clan_capitalraidseasons("#2PP", limit=3), models.Page[models.ClanCapitalRaidSeason])
    assert_type(api.players("#2PP"), models.Player)
    assert_type(api.verify_player_token("#2PP", token="once"), models.VerifyTokenResponse)
    assert_type(api.player_battlelog("#2PP"), models.Page[models.BattleLogEntry])
    assert_type(api.player_leaguehistory("#2PP"), models.Page[models.LeagueSeasonResult])
    assert_type(api.leaguegroup("#GR", 1773032400, "#2PP"), models.LeagueGroup)
    assert_type(api.league(limit=3), models.Page[models.League])
    assert_type(api.league_id(29000022), models.League)
    assert_type(api.league_season(29000022, limit=3), models.Page[models.LeagueSeason])
    assert_type(api.league_season_id(29000022, "2025-08", limit=3), models.Page[models.PlayerRankingEntry])
    assert_type(api.leaguetiers(limit=3), models.Page[models.LeagueTier])
    assert_type(api.leaguetiers_id(105000000), models.LeagueTier)
    assert_type(api.warleagues(limit=3), models.Page[models.WarLeague])
    assert_type(api.warleagues_id(29000022), models.WarLeague)
    assert_type(api.capitalleagues(limit=3), models.Page[models.CapitalLeague])
    assert_type(api.capitalleagues_id(29000022), models.CapitalLeague)
    assert_type(api.builderbaseleagues(limit=3), models.Page[models.BuilderBaseLeague])
    assert_type(api.builderbaseleagues_id(29000022), models.BuilderBaseLeague)
    assert_type(api.location(limit=3), models.Page[models.Location])
    assert_type(api.location_id("global"), models.Location)
    assert_type(api.location_id_clan_rank("global", limit=3), models.Page[models.ClanRankingEntry])
    assert_type(api.location_id_player_rank("global", limit=3), models.Page[models.PlayerRankingEntry])
    assert_type(
        api.location_clans_builder_base("global", limit=3), models.Page[models.ClanBuilderBaseRankingEntry]
    )
    assert_type(
        api.location_players_builder_base("global", limit=3),
        models.Page[models.PlayerBuilderBaseRankingEntry],
    )
    assert_type(api.location_capital_rankings("global", limit=3), models.Page[models.ClanCapitalRankingEntry])
    assert_type(api.location_clan_versus("global", limit=3), models.Page[models.ClanBuilderBaseRankingEntry])
    assert_type(
        api.location_player_versus("global", limit=3), models.Page[models.PlayerBuilderBaseRankingEntry]
    )
    assert_type(api.labels_clans(limit=3), models.Page[models.Label])
    assert_type(api.labels_players(limit=3), models.Page[models.Label])
    assert_type(api.goldpass(), models.GoldPassSeason)
    assert_type(api.goldpass_seasons_current(), models.GoldPassSeason)
    assert_type(api.custom_endpoint("/x", {"a": 1}, use_dynamic_model=True), Any)


async def awaited_dicts(api: AsyncCocApi) -> None:
    assert_type(await api.clan("abc", limit=3, min_members=10), answers.Page[answers.ClanSearchEntry])
    assert_type(await api.clan_tag("#2PP"), answers.Clan)
    assert_type(await api.clan_members("#2PP", limit=3), answers.Page[answers.ClanMember])
    assert_type(await api.clan_war_log("#2PP", limit=3), answers.Page[answers.ClanWarLogEntry])
    assert_type(await api.clan_current_war("#2PP"), answers.ClanWar)
    assert_type(await api.clan_leaguegroup("#2PP"), answers.ClanWarLeagueGroup)
    assert_type(await api.warleague("#2PP"), answers.ClanWar)
    assert_type(
        await api.clan_capitalraidseasons("#2PP", limit=3), answers.Page[answers.ClanCapitalRaidSeason]
    )
    assert_type(await api.players("#2PP"), answers.Player)
    assert_type(await api.verify_player_token("#2PP", token="once"), answers.VerifyTokenResponse)
    assert_type(await api.player_battlelog("#2PP"), answers.Page[answers.BattleLogEntry])
    assert_type(await api.player_leaguehistory("#2PP"), answers.Page[answers.LeagueSeasonResult])
    assert_type(await api.leaguegroup("#GR", 1773032400, "#2PP"), answers.LeagueGroup)
    assert_type(await api.league(limit=3), answers.Page[answers.League])
    assert_type(await api.league_id(29000022), answers.League)
    assert_type(await api.league_season(29000022, limit=3), answers.Page[answers.LeagueSeason])
    assert_type(
        await api.league_season_id(29000022, "2025-08", limit=3), answers.Page[answers.PlayerRankingEntry]
    )
    assert_type(await api.leaguetiers(limit=3), answers.Page[answers.LeagueTier])
    assert_type(await api.leaguetiers_id(105000000), answers.LeagueTier)
    assert_type(await api.warleagues(limit=3), answers.Page[answers.WarLeague])
    assert_type(await api.warleagues_id(29000022), answers.WarLeague)
    assert_type(await api.capitalleagues(limit=3), answers.Page[answers.CapitalLeague])
    assert_type(await api.capitalleagues_id(29000022), answers.CapitalLeague)
    assert_type(await api.builderbaseleagues(limit=3), answers.Page[answers.BuilderBaseLeague])
    assert_type(await api.builderbaseleagues_id(29000022), answers.BuilderBaseLeague)
    assert_type(await api.location(limit=3), answers.Page[answers.Location])
    assert_type(await api.location_id("global"), answers.Location)
    assert_type(await api.location_id_clan_rank("global", limit=3), answers.Page[answers.ClanRankingEntry])
    assert_type(
        await api.location_id_player_rank("global", limit=3), answers.Page[answers.PlayerRankingEntry]
    )
    assert_type(
        await api.location_clans_builder_base("global", limit=3),
        answers.Page[answers.ClanBuilderBaseRankingEntry],
    )
    assert_type(
        await api.location_players_builder_base("global", limit=3),
        answers.Page[answers.PlayerBuilderBaseRankingEntry],
    )
    assert_type(
        await api.location_capital_rankings("global", limit=3), answers.Page[answers.ClanCapitalRankingEntry]
    )
    assert_type(
        await api.location_clan_versus("global", limit=3), answers.Page[answers.ClanBuilderBaseRankingEntry]
    )
    assert_type(
        await api.location_player_versus("global", limit=3),
        answers.Page[answers.PlayerBuilderBaseRankingEntry],
    )
    assert_type(await api.labels_clans(limit=3), answers.Page[answers.Label])
    assert_type(await api.labels_players(limit=3), answers.Page[answers.Label])
    assert_type(await api.goldpass(), answers.GoldPassSeason)
    assert_type(await api.goldpass_seasons_current(), answers.GoldPassSeason)
    assert_type(await api.custom_endpoint("/x", {"a": 1}, use_dynamic_model=True), Any)


async def awaited_objects(api: AsyncCocApiModels) -> None:
    assert_type(await api.clan("abc", limit=3, min_members=10), models.Page[models.ClanSearchEntry])
    assert_type(await api.clan_tag("#2PP"), models.Clan)
    assert_type(await api.clan_members("#2PP", limit=3), models.Page[models.ClanMember])
    assert_type(await api.clan_war_log("#2PP", limit=3), models.Page[models.ClanWarLogEntry])
    assert_type(await api.clan_current_war("#2PP"), models.ClanWar)
    assert_type(await api.clan_leaguegroup("#2PP"), models.ClanWarLeagueGroup)
    assert_type(await api.warleague("#2PP"), models.ClanWar)
    assert_type(await api.clan_capitalraidseasons("#2PP", limit=3), models.Page[models.ClanCapitalRaidSeason])
    assert_type(await api.players("#2PP"), models.Player)
    assert_type(await api.verify_player_token("#2PP", token="once"), models.VerifyTokenResponse)
    assert_type(await api.player_battlelog("#2PP"), models.Page[models.BattleLogEntry])
    assert_type(await api.player_leaguehistory("#2PP"), models.Page[models.LeagueSeasonResult])
    assert_type(await api.leaguegroup("#GR", 1773032400, "#2PP"), models.LeagueGroup)
    assert_type(await api.league(limit=3), models.Page[models.League])
    assert_type(await api.league_id(29000022), models.League)
    assert_type(await api.league_season(29000022, limit=3), models.Page[models.LeagueSeason])
    assert_type(
        await api.league_season_id(29000022, "2025-08", limit=3), models.Page[models.PlayerRankingEntry]
    )
    assert_type(await api.leaguetiers(limit=3), models.Page[models.LeagueTier])
    assert_type(await api.leaguetiers_id(105000000), models.LeagueTier)
    assert_type(await api.warleagues(limit=3), models.Page[models.WarLeague])
    assert_type(await api.warleagues_id(29000022), models.WarLeague)
    assert_type(await api.capitalleagues(limit=3), models.Page[models.CapitalLeague])
    assert_type(await api.capitalleagues_id(29000022), models.CapitalLeague)
    assert_type(await api.builderbaseleagues(limit=3), models.Page[models.BuilderBaseLeague])
    assert_type(await api.builderbaseleagues_id(29000022), models.BuilderBaseLeague)
    assert_type(await api.location(limit=3), models.Page[models.Location])
    assert_type(await api.location_id("global"), models.Location)
    assert_type(await api.location_id_clan_rank("global", limit=3), models.Page[models.ClanRankingEntry])
    assert_type(await api.location_id_player_rank("global", limit=3), models.Page[models.PlayerRankingEntry])
    assert_type(
        await api.location_clans_builder_base("global", limit=3),
        models.Page[models.ClanBuilderBaseRankingEntry],
    )
    assert_type(
        await api.location_players_builder_base("global", limit=3),
        models.Page[models.PlayerBuilderBaseRankingEntry],
    )
    assert_type(
        await api.location_capital_rankings("global", limit=3), models.Page[models.ClanCapitalRankingEntry]
    )
    assert_type(
        await api.location_clan_versus("global", limit=3), models.Page[models.ClanBuilderBaseRankingEntry]
    )
    assert_type(
        await api.location_player_versus("global", limit=3), models.Page[models.PlayerBuilderBaseRankingEntry]
    )
    assert_type(await api.labels_clans(limit=3), models.Page[models.Label])
    assert_type(await api.labels_players(limit=3), models.Page[models.Label])
    assert_type(await api.goldpass(), models.GoldPassSeason)
    assert_type(await api.goldpass_seasons_current(), models.GoldPassSeason)
    assert_type(await api.custom_endpoint("/x", {"a": 1}, use_dynamic_model=True), Any)
