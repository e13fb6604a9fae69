"""What an `EventStream` remembers, in memory and in a file of JSON."""

from __future__ import annotations

import json
import logging
import time
from pathlib import Path
from typing import Any

from cocapi import Flow
from cocapi.interrupts import reraise
from cocapi_events.records import Mark, Record, Shelf
from cocapi_events.sharing import Holding
from cocapi_events.version4.types import Json, WarState

__all__ = ["PollingState", "StateShelf", "WarStateMachine"]

log: logging.Logger = logging.getLogger("cocapi.events")


class WarStateMachine:
    """The state of a clan's war, which tells when it becomes another."""

    def __init__(self, initial_state: WarState = WarState.NOT_IN_WAR) -> None:
        self.state: WarState = initial_state

    def transition(self, raw_state: str) -> WarState | None:
        """Take a state as the API writes it; returns the state if it is another, None else."""
        states = {state.value: state for state in WarState}
        if raw_state not in states or states[raw_state] == self.state:
            return None
        self.state = states[raw_state]
        return self.state


class PollingState:
    """The last answers of what is polled."""

    def __init__(self) -> None:
        self._clans: dict[str, Json] = {}
        self._members: dict[str, list[Json]] = {}
        self._wars: dict[str, Json] = {}
        self._leagues: dict[str, Json] = {}
        self._machines: dict[str, WarStateMachine] = {}
        self._players: dict[str, Json] = {}
        self._polled: dict[str, float] = {}

    def get_clan(self, tag: str) -> Json | None:
        """The clan as it was last seen; None: it was not."""
        return self._clans.get(tag)

    def set_clan(self, tag: str, data: Json) -> None:
        """Remember a clan."""
        self._clans[tag] = data

    def get_members(self, tag: str) -> list[Json] | None:
        """The members of a clan as they were last seen; None: they were not."""
        return self._members.get(tag)

    def set_members(self, tag: str, members: list[Json]) -> None:
        """Remember the members of a clan."""
        self._members[tag] = members

    def get_war(self, tag: str) -> Json | None:
        """The war of a clan as it was last seen; None: it was not."""
        return self._wars.get(tag)

    def set_war(self, tag: str, data: Json) -> None:
        """Remember the war of a clan."""
        self._wars[tag] = data
        self.get_war_fsm(tag).transition(data.get("state", "notInWar"))

    def get_league(self, tag: str) -> Json:
        """The league of a clan as it was last seen: ``group``, None if there was none, and ``rounds``."""
        return self._leagues.get(tag, {"group": None, "rounds": {}})

    def set_league(self, tag: str, group: Json | None, rounds: Json) -> None:
        """Remember the league of a clan."""
        self._leagues[tag] = {"group": group, "rounds": rounds}

    def get_war_fsm(self, tag: str) -> WarStateMachine:
        """The state of the war of a clan."""
        return self._machines.setdefault(tag, WarStateMachine())

    def get_player(self, tag: str) -> Json | None:
        """The player as last seen; None: he was not."""
        return self._players.get(tag)

    def set_player(self, tag: str, data: Json) -> None:
        """Remember a player."""
        self._players[tag] = data

    def should_poll(self, resource_key: str, interval: float) -> bool:
        """Whether so many seconds have passed since `mark_polled`."""
        return time.time() - self._polled.get(resource_key, 0.0) >= interval

    def mark_polled(self, resource_key: str) -> None:
        """Note that something was polled just now."""
        self._polled[resource_key] = time.time()

    def save(self, path: Path) -> None:
        """Write everything to a file, in one step: another program reads the one before, or this one."""
        document = {
            "clans": self._clans,
            "members": self._members,
            "wars": self._wars,
            "leagues": self._leagues,
            "war_states": {tag: machine.state.value for tag, machine in self._machines.items()},
            "players": self._players,
            "last_poll_times": self._polled,
            "saved_at": time.time(),
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(path.name + ".new")
        beside.write_text(json.dumps(document), encoding="utf-8")
        beside.replace(path)

    def load(self, path: Path) -> bool:
        """Read what `save` wrote, in this version or in 4.

        Returns:
            False: there is no such file, or it cannot be read, which is logged.
        """
        if not path.exists():
            return False
        try:
            document = json.loads(path.read_text(encoding="utf-8"))
            self._clans, self._players = document.get("clans", {}), document.get("players", {})
            self._members, self._wars = document.get("members", {}), document.get("wars", {})
            self._leagues, self._polled = document.get("leagues", {}), document.get("last_poll_times", {})
            states = document.get("war_states", {})
        except (OSError, ValueError, AttributeError) as error:
            reraise(error)
            log.warning("the state of events in %s cannot be read: %s", path, error)
            return False
        for tag, state in states.items():
            self.get_war_fsm(tag).transition(state)
        return True


class StateShelf(Shelf):
    """A `PollingState` where a watch keeps its records.

    What is in the state has been told: the state of a thing is set when its events have gone to the queue.
    """

    def __init__(self, state: PollingState) -> None:
        self.state = state
        self.records: dict[str, Record] = {}

    def record(self, key: str) -> Flow[Record | None]:
        """See `Shelf.record`."""
        yield from ()
        if key not in self.records:
            snapshot = self._remembered(key)
            if snapshot is not None:
                self.records[key] = Record(0, 0.0, snapshot)
        return self.records.get(key)

    def keep(self, key: str, record: Record, holding: Holding) -> Flow[None]:
        """See `Shelf.keep`."""
        yield from ()
        self.records[key] = record
        if not record.pending:
            self._remember(key, record.snapshot)

    def mark(self, key: str) -> Flow[Mark]:
        """See `Shelf.mark`."""
        yield from ()
        return Mark()

    def set_mark(self, key: str, mark: Mark, holding: Holding) -> Flow[None]:
        """See `Shelf.set_mark`."""
        yield from ()
        record = self.records[key]
        if mark.number >= record.number:
            self._remember(key, record.snapshot)

    def _remembered(self, key: str) -> Any:
        kind, _, tag = key.partition(":")
        match kind:
            case "clan" if (clan := self.state.get_clan(tag)) is not None:
                return {**clan, "memberList": self.state.get_members(tag) or clan.get("memberList", [])}
            case "player":
                return self.state.get_player(tag)
            case "war":  # a war that is on at the first sight has begun for whoever watches
                war = self.state.get_war(tag) or {"state": "notInWar"}
                return {"war": war, **self.state.get_league(tag)}
        return None

    def _remember(self, key: str, snapshot: Any) -> None:
        if snapshot is None:
            return
        kind, _, tag = key.partition(":")
        match kind:
            case "clan":
                self.state.set_clan(tag, snapshot)
                self.state.set_members(tag, snapshot.get("memberList", []))
            case "player":
                self.state.set_player(tag, snapshot)
            case "war":
                if snapshot["war"] is not None:
                    self.state.set_war(tag, snapshot["war"])
                self.state.set_league(tag, snapshot["group"], snapshot["rounds"])
