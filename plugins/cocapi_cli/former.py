"""Commands of version 4 that are none any more, and what to use in their place."""

from __future__ import annotations

__all__ = ["SUCCESSORS"]

SUCCESSORS = {
    "builder-base-leagues": "cocapi get /builderbaseleagues",
    "capital-leagues": "cocapi get /capitalleagues",
    "cwl": "cocapi get '/clans/#TAG/currentwar/leaguegroup'",
    "cwl-war": "cocapi get '/clanwarleagues/wars/#TAG'",
    "goldpass": "cocapi get /goldpass/seasons/current",
    "labels": "cocapi get /labels/clans, or /labels/players",
    "league": "cocapi get /leagues/ID",
    "league-seasons": "cocapi get /leagues/ID/seasons",
    "league-tiers": "cocapi get /leaguetiers",
    "leagues": "cocapi get /leagues",
    "location": "cocapi get /locations/ID",
    "locations": "cocapi get '/locations?limit=50'",
    "raids": "cocapi get '/clans/#TAG/capitalraidseasons?limit=5'",
    "rankings": "cocapi get /locations/ID/rankings/clans",
    "verify-token": "verify_player_token(tag, token) in a program",
    "war-leagues": "cocapi get /warleagues",
    "warlog": "cocapi get '/clans/#TAG/warlog?limit=20'",
}
"""By the name that the command had."""
