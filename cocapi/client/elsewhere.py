"""What the operations are called by other libraries and by the command line, for the error about a name that
no client has."""

from __future__ import annotations

import re

__all__ = ["method_called"]

CALLED: dict[str, str] = {
    "builder_base_leagues": "builderbaseleagues",
    "capital_leagues": "capitalleagues",
    "clan_info": "clan_tag",
    "cwl": "clan_leaguegroup",
    "cwl_war": "warleague",
    "get_builder_base_league": "builderbaseleagues_id",
    "get_capital_league": "capitalleagues_id",
    "get_capital_raid_seasons": "clan_capitalraidseasons",
    "get_clan": "clan_tag",
    "get_clan_labels": "labels_clans",
    "get_clan_members": "clan_members",
    "get_clan_ranks": "location_id_clan_rank",
    "get_clan_war": "clan_current_war",
    "get_clan_war_league_group": "clan_leaguegroup",
    "get_clan_war_league_round": "warleague",
    "get_clan_war_log": "clan_war_log",
    "get_clan_wars": "clan_current_war",
    "get_clans": "clan_tag",
    "get_current_goldpass_season": "goldpass",
    "get_current_war": "current_war",
    "get_current_wars": "current_war",
    "get_gold_pass_season": "goldpass",
    "get_league": "league_id",
    "get_league_group": "clan_leaguegroup",
    "get_league_named": "league",
    "get_league_war": "warleague",
    "get_league_wars": "league_wars",
    "get_location": "location_id",
    "get_location_clans": "location_id_clan_rank",
    "get_location_clans_builder_base": "location_clans_builder_base",
    "get_location_clans_capital": "location_capital_rankings",
    "get_location_named": "location",
    "get_location_players": "location_id_player_rank",
    "get_location_players_builder_base": "location_players_builder_base",
    "get_locations": "location",
    "get_members": "clan_members",
    "get_player": "players",
    "get_player_labels": "labels_players",
    "get_player_ranks": "location_id_player_rank",
    "get_players": "players",
    "get_raid_log": "clan_capitalraidseasons",
    "get_season_rankings": "league_season_id",
    "get_seasons": "league_season",
    "get_war_league": "warleagues_id",
    "get_war_log": "clan_war_log",
    "get_wars": "league_wars",
    "league_seasons": "league_season",
    "league_tiers": "leaguetiers",
    "leagues": "league",
    "locations": "location",
    "members": "clan_members",
    "player": "players",
    "raids": "clan_capitalraidseasons",
    "rankings": "location_id_clan_rank",
    "search": "clan",
    "search_builder_base_leagues": "builderbaseleagues",
    "search_capital_leagues": "capitalleagues",
    "search_clan": "clan",
    "search_clans": "clan",
    "search_leagues": "league",
    "search_locations": "location",
    "search_war_leagues": "warleagues",
    "verify_token": "verify_player_token",
    "war": "clan_current_war",
    "war_leagues": "warleagues",
    "war_log": "clan_war_log",
    "warlog": "clan_war_log",
}
"""By name, the method that does the same. Names of classes and of JavaScript are in ``snake_case`` here."""


def method_called(name: str) -> str | None:
    """The method that others call `name`; None: nobody is known to."""
    return CALLED.get(re.sub("(?<=[a-z])(?=[A-Z])", "_", name).lower())
