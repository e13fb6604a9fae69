"""What two answers differ by, in the events of version 4."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from cocapi_events.differences.wars import Wars, war_differences
from cocapi_events.kinds import WarAttack
from cocapi_events.version4.types import Change, Event, EventType, Json, WarState

__all__ = ["clan_events", "diff_dicts", "diff_member_tags", "diff_named_list", "player_events", "war_events"]

LISTS = {
    "troops": EventType.TROOP_UPGRADED,
    "spells": EventType.SPELL_UPGRADED,
    "heroes": EventType.HERO_UPGRADED,
    "heroEquipment": EventType.HERO_EQUIPMENT_UPGRADED,
}
FIELDS = {
    "townHallLevel": EventType.TOWNHALL_UPGRADED,
    "builderHallLevel": EventType.BUILDERHALL_UPGRADED,
    "name": EventType.PLAYER_NAME_CHANGED,
    "league": EventType.PLAYER_LEAGUE_CHANGED,
    "leagueTier": EventType.PLAYER_LEAGUE_CHANGED,  # what the API has in its place since October 2025
    "labels": EventType.PLAYER_LABEL_CHANGED,
}
DONATIONS = ("donations", "donationsReceived")


def diff_dicts(
    old: Mapping[str, Any],
    new: Mapping[str, Any],
    *,
    include_fields: Collection[str] | None = None,
    exclude_fields: Collection[str] | None = None,
) -> list[Change]:
    """The top-level fields with another value, sorted by name.

    Args:
        include_fields: Only these; None: all.
        exclude_fields: None of these.
    """
    names = sorted((old.keys() | new.keys()) - set(exclude_fields or ()))
    return [
        Change(name, old.get(name), new.get(name))
        for name in names
        if old.get(name) != new.get(name) and (include_fields is None or name in include_fields)
    ]


def diff_member_tags(
    old_members: Sequence[Json], new_members: Sequence[Json]
) -> tuple[list[Json], list[Json], list[tuple[Json, Json]]]:
    """Who joined, who left, and pairs of those with another value, each sorted by tag."""
    old, new = ({member["tag"]: member for member in members} for members in (old_members, new_members))
    joined = [new[tag] for tag in sorted(new.keys() - old.keys())]
    left = [old[tag] for tag in sorted(old.keys() - new.keys())]
    both = sorted(old.keys() & new.keys())
    return joined, left, [(old[tag], new[tag]) for tag in both if old[tag] != new[tag]]


def diff_named_list(
    old_items: Sequence[Json], new_items: Sequence[Json], key: str = "name", compare_field: str = "level"
) -> list[tuple[str, Any, Any]]:
    """What has another value in a list of named things, as (name, old, new); old is None for new things."""
    old = {item[key]: item.get(compare_field) for item in old_items}
    new = {item[key]: item.get(compare_field) for item in new_items}
    return [
        (name, old.get(name), new[name]) for name in sorted(new) if name not in old or old[name] != new[name]
    ]


def clan_events(tag: str, old: Json, new: Json, track_members: bool) -> Iterator[Event]:
    """The clan's own fields, then its members."""
    changes = diff_dicts(old, new, exclude_fields={"memberList"})
    if changes:
        yield Event(EventType.CLAN_UPDATED, tag, old_data=old, new_data=new, changes=tuple(changes))
    if not track_members:
        return
    joined, left, updated = diff_member_tags(old.get("memberList", []), new.get("memberList", []))
    for member in joined:
        yield Event(EventType.MEMBER_JOINED, tag, new_data=member, metadata=about(member))
    for member in left:
        yield Event(EventType.MEMBER_LEFT, tag, old_data=member, metadata=about(member))
    for before, member in updated:
        yield from member_events(tag, before, member)


def member_events(tag: str, old: Json, new: Json) -> Iterator[Event]:
    """All changes of a member at once; those of the role and of donations again by themselves."""
    changes = diff_dicts(old, new)
    parts: list[tuple[EventType, tuple[str, ...] | None, Json]] = [
        (EventType.MEMBER_UPDATED, None, {}),
        (
            EventType.MEMBER_ROLE_CHANGED,
            ("role",),
            {"old_role": old.get("role"), "new_role": new.get("role")},
        ),
        (EventType.MEMBER_DONATIONS, DONATIONS, {name: new.get(name) for name in DONATIONS}),
    ]
    for kind, fields, more in parts:
        own = tuple(change for change in changes if fields is None or change.field in fields)
        if own:
            metadata = {**about(new), **more}
            yield Event(kind, tag, old_data=old, new_data=new, changes=own, metadata=metadata)


def about(member: Json) -> Json:
    """Whom an event of a member is about."""
    return {"member_tag": member.get("tag"), "member_name": member.get("name")}


def player_events(
    tag: str,
    old: Json,
    new: Json,
    include_fields: Collection[str] | None,
    exclude_fields: Collection[str] | None,
) -> Iterator[Event]:
    """Fields with a kind of their own, then all fields at once, then what was upgraded."""
    without = {*(exclude_fields or ()), *(LISTS.keys() - set(include_fields or ()))}
    changes = diff_dicts(old, new, include_fields=include_fields, exclude_fields=without)
    for change in changes:
        if change.field in FIELDS:
            values = {"old_value": change.old_value, "new_value": change.new_value}
            kind = FIELDS[change.field]
            yield Event(kind, tag, old_data=old, new_data=new, changes=(change,), metadata=values)
    if changes:
        yield Event(EventType.PLAYER_UPDATED, tag, old_data=old, new_data=new, changes=tuple(changes))
    for section, kind in LISTS.items():
        if section in (exclude_fields or ()) or section not in (include_fields or LISTS):
            continue
        for name, level, now in diff_named_list(old.get(section, []), new.get(section, [])):
            levels = {"name": name, "old_level": level, "new_level": now}
            yield Event(kind, tag, changes=(Change(name, level, now),), metadata=levels)


def war_events(tag: str, old: Wars, new: Wars) -> Iterator[Event]:
    """States and attacks of the regular war, and of the wars in the league, which have a ``war_tag``."""
    pairs: list[tuple[Json, Any, Any]] = [({}, old["war"], new["war"])]
    for war_tag, (number, war) in new["rounds"].items():
        last = old["rounds"].get(war_tag)
        pairs.append(({"war_tag": war_tag, "round": number}, last[1] if last else None, war))
    for league, before, now in pairs:
        if now is None:
            continue
        states = [(war or {}).get("state", "notInWar") for war in (before, now)]
        if states[0] != states[1] and states[1] in {state.value for state in WarState}:
            metadata = {"war_state_from": states[0], "war_state_to": states[1], **league}
            yield Event(EventType.WAR_STATE_CHANGED, tag, old_data=before, new_data=now, metadata=metadata)
    for difference in war_differences(old, new):
        if difference.kind is WarAttack:
            attack = difference.details
            metadata = {
                "attacker_tag": attack["attacker"],
                "defender_tag": attack["defender"],
                "stars": attack["stars"],
                "new_stars": attack["new_stars"],
                **{name: attack[name] for name in ("war_tag", "round") if attack.get(name) is not None},
            }
            yield Event(EventType.WAR_ATTACK_NEW, tag, new_data=attack["new"], metadata=metadata)
