"""Plugin ``wars``: the war that a clan is in, and its league, as a player would name them.

    war = api.current_war("#2PP")
    league = api.league_wars("#2PP")

What the answers mean is computed in `cocapi.game`; here are the calls that it takes to get them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cocapi import ApiConfig, Composite, hookimpl
from cocapi.options import NoOptions

__all__ = ["Wars"]


class Wars:
    """Adds ``api.current_war`` and ``api.league_wars`` to every client.

    Args:
        config: The settings of the client.
        options: There are none.
    """

    def __init__(self, config: ApiConfig, options: NoOptions | None = None) -> None:
        pass

    @hookimpl
    def cocapi_composites(self) -> Mapping[str, Composite[..., Any]]:
        """Both, which are loaded when one is first read."""
        from cocapi_wars.composites import current_war, league_wars

        return {"current_war": current_war, "league_wars": league_wars}
