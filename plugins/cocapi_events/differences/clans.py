"""Differences of clans: ``/clans/{clanTag}``."""

from __future__ import annotations

from collections.abc import Iterator

from cocapi_events import kinds
from cocapi_events.differences.difference import Difference, Json, changed_fields

__all__ = ["clan_differences"]

APART = ("memberList", "clanCapital")
RANKS = ("clanRank", "previousClanRank")
"""A member's places in the list follow from the trophies of all."""
MEMBERS: dict[str, type[kinds.MemberChanged]] = {
    "role": kinds.MemberRoleChanged,
    "name": kinds.MemberNameChanged,
    "donations": kinds.MemberDonationsChanged,
    "donationsReceived": kinds.MemberReceivedChanged,
    "trophies": kinds.MemberTrophiesChanged,
    "leagueTier": kinds.MemberLeagueChanged,
    "townHallLevel": kinds.MemberTownHallUpgraded,
}
"""By field of a member, the kind of its change; `MemberChanged` for the others."""


def clan_differences(old: Json, new: Json) -> list[Difference]:
    """Members that left and joined, their fields, the capital, and the clan's own fields.

    A clan whose answer has no member list (a search's) has no members to compare.
    """
    return [*members(old, new), *capital(old, new), *settings(old, new)]


def members(old: Json, new: Json) -> Iterator[Difference]:
    """Who left, then who joined or has changed, in the order of the lists."""
    if "memberList" not in old or "memberList" not in new:
        return
    before = {member["tag"]: member for member in old["memberList"]}
    now = {member["tag"]: member for member in new["memberList"]}
    for tag, member in before.items():
        if tag not in now:
            yield Difference(kinds.MemberLeft, {"member": tag, "name": member.get("name", ""), "old": member})
    for tag, member in now.items():
        if tag not in before:
            yield Difference(
                kinds.MemberJoined, {"member": tag, "name": member.get("name", ""), "new": member}
            )
            continue
        for field, was, is_now in changed_fields(before[tag], member, without=RANKS):
            details = {
                "member": tag,
                "name": member.get("name", ""),
                "field": field,
                "old": was,
                "new": is_now,
            }
            yield Difference(MEMBERS.get(field, kinds.MemberChanged), details)


def capital(old: Json, new: Json) -> Iterator[Difference]:
    """Halls of the capital and of its districts that have another level."""
    before, now = old.get("clanCapital") or {}, new.get("clanCapital") or {}
    if before.get("capitalHallLevel") != now.get("capitalHallLevel"):
        levels = {"old": before.get("capitalHallLevel"), "new": now.get("capitalHallLevel")}
        yield Difference(kinds.CapitalUpgraded, {"district": None, **levels})
    halls = {
        district.get("name"): district.get("districtHallLevel") for district in before.get("districts", ())
    }
    for district in now.get("districts", ()):
        name, level = district.get("name"), district.get("districtHallLevel")
        if halls.get(name) != level:
            yield Difference(kinds.CapitalUpgraded, {"district": name, "old": halls.get(name), "new": level})


def settings(old: Json, new: Json) -> Iterator[Difference]:
    """The clan's other fields."""
    for field, was, is_now in changed_fields(old, new, without=APART):
        yield Difference(kinds.ClanChanged, {"field": field, "old": was, "new": is_now})
