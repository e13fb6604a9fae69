"""coc.py, as it is published, runs on the sandbox: what others read of the API is what is served."""

import asyncio
from typing import Any

import coc
import pytest

from cocapi_sandbox import Sandbox

NOON = 1_773_900_000.0
MARCH_4 = 1_772_323_200.0 + 3.5 * 86400


def asked(question: Any, now: float = NOON) -> Any:
    """What a question to a client of coc.py, logged in with a token, is answered."""

    async def main() -> Any:
        with Sandbox(clock=lambda: now) as box:
            client = coc.Client(base_url=box.base_url, lookup_cache=False)
            async with client:
                await client.login_with_tokens(box.token)
                return await question(client, box)

    return asyncio.run(main())


def test_clans_and_their_members_are_read() -> None:
    """With every player, in whatever clan."""

    async def question(client: Any, box: Sandbox) -> Any:
        clan = await client.get_clan("#2PP")
        players = [await client.get_player(member.tag) for member in clan.members[:10]]
        return clan, players

    clan, players = asked(question)
    assert (clan.name, clan.member_count) == ("Sandbox Pioneers", len(clan.members))
    assert all(player.clan.tag == "#2PP" for player in players)
    assert [player.trophies for player in players] == [member.trophies for member in clan.members[:10]]
    assert all(player.heroes for player in players if player.town_hall > 10)


@pytest.mark.parametrize("hours", range(0, 72, 12))
def test_wars_are_read_in_every_state(hours: int) -> None:
    """With their attacks."""

    async def question(client: Any, box: Sandbox) -> Any:
        return await client.get_clan_war("#2PP"), await client.get_war_log("#2PP", limit=30)

    war, log = asked(question, NOON + hours * 3600)
    assert len(list(log)) > 10
    if war.state != "notInWar":
        assert len(war.members) == 2 * war.team_size
        assert sum(attack.stars > 3 for attack in war.attacks) == 0


def test_league_wars_raids_and_rankings_are_read() -> None:
    """The round that is being fought is found by way of the group."""

    async def question(client: Any, box: Sandbox) -> Any:
        group = await client.get_league_group("#2PP")
        war = await client.get_current_war("#2PP")
        raids = await client.get_raid_log("#2PP", limit=3)
        ranking = await client.get_location_players("global")
        return group, war, list(raids), list(ranking)

    group, war, raids, ranking = asked(question, MARCH_4)
    assert len(group.clans) == 8
    assert (war.is_cwl, war.state) == (True, "inWar")
    assert raids[0].total_loot == sum(member.capital_resources_looted for member in raids[0].members)
    assert len(ranking) == 200


def test_a_member_that_is_sent_away_is_gone() -> None:
    """The world moves under a client that is logged in."""

    async def question(client: Any, box: Sandbox) -> Any:
        clan = await client.get_clan("#2PP")
        leaver = next(member for member in clan.members if member.role == coc.Role.member)
        box.clan("#2PP").kick(leaver.tag)
        return leaver, await client.get_clan("#2PP"), await client.get_player(leaver.tag)

    leaver, clan, player = asked(question)
    assert leaver.tag not in [member.tag for member in clan.members]
    assert player.clan is None
