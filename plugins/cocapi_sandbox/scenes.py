"""What a script lets happen in the world, beside what comes from the seed.

`Scenes` is the list of it, and nothing else; `ClanScenes` and `PlayerScenes` are what a test calls.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from cocapi_sandbox.times import DAY, HOUR, to_the_minute

if TYPE_CHECKING:
    from cocapi_sandbox.world import World

__all__ = ["TRIAL", "ClanScenes", "PlayerScenes", "Scenes", "Sequence", "StagedWar"]

T = TypeVar("T")
TRIAL = 3 * DAY
"""Who has come newly to a clan is a plain member for so long."""


class Sequence(Generic[T]):
    """Values in the order of time; of one moment the last that was set counts."""

    def __init__(self) -> None:
        self.times: list[int] = []
        self.values: list[T] = []

    def add(self, when: int, value: T) -> None:
        """Let something be so from a moment on."""
        place = bisect_right(self.times, when)
        self.times.insert(place, when)
        self.values.insert(place, value)

    def at(self, now: float) -> tuple[int, T] | None:
        """Since when what has been so; None before the first."""
        place = bisect_right(self.times, now)
        return (self.times[place - 1], self.values[place - 1]) if place else None

    def between(self, after: float, until: float) -> list[tuple[int, T]]:
        """What was set later than `after`, up to and with `until`."""
        part = slice(bisect_right(self.times, after), bisect_right(self.times, until))
        return list(zip(self.times[part], self.values[part], strict=True))


@dataclass(frozen=True, slots=True)
class StagedWar:
    """A war that a script began: the numbers of both clans, and its three moments."""

    sides: tuple[int, int]
    preparation: int
    start: int
    end: int


@dataclass
class Scenes:
    """Everything that scripts let happen, by the tag of whom it happens to.

    Attributes:
        clans: To which clan a player belongs, by number; None: to none. From the first entry on, the player
            no longer moves by the seed.
        staged: Wars by the number of the pair of clans that fights them.
        maintenance: When it began and ended, in seconds since 1970.
        version: Counts the scenes, so that an answer of before one is told from an answer of after.
    """

    clans: defaultdict[str, Sequence[int | None]] = field(default_factory=lambda: defaultdict(Sequence))
    roles: defaultdict[str, Sequence[str]] = field(default_factory=lambda: defaultdict(Sequence))
    names: defaultdict[str, Sequence[str]] = field(default_factory=lambda: defaultdict(Sequence))
    donations: defaultdict[str, Sequence[int]] = field(default_factory=lambda: defaultdict(Sequence))
    attacks: defaultdict[str, Sequence[int]] = field(default_factory=lambda: defaultdict(Sequence))
    upgrades: defaultdict[tuple[str, str], Sequence[int]] = field(
        default_factory=lambda: defaultdict(Sequence)
    )
    settings: defaultdict[int, Sequence[dict[str, object]]] = field(
        default_factory=lambda: defaultdict(Sequence)
    )
    staged: defaultdict[int, list[StagedWar]] = field(default_factory=lambda: defaultdict(list))
    maintenance: list[tuple[float, float]] = field(default_factory=list)
    version: int = 0

    def of_player(self, tag: str) -> Iterator[int]:
        """When scripts let something happen to a player, and when its consequences end."""
        for when in self.clans[tag].times if tag in self.clans else ():
            yield from (when, when + TRIAL)
        for by_tag in (self.roles, self.names, self.donations, self.attacks):
            sequences: Mapping[str, Sequence[Any]] = by_tag
            if tag in sequences:
                yield from sequences[tag].times

    def newcomers(self, clan: int) -> list[str]:
        """The players that scripts have sent to a clan."""
        return [tag for tag, sequence in self.clans.items() if clan in sequence.values]

    def in_maintenance(self, now: float) -> bool:
        """Whether the API is down at a moment."""
        return any(start <= now < end for start, end in self.maintenance)


@dataclass(frozen=True)
class PlayerScenes:
    """What a script can let happen to a player, now: at the next whole minute.

    Args:
        clock: Tells the time in seconds since 1970.

    Raises:
        ValueError: There is no such player.
    """

    world: World
    clock: Callable[[], float]
    tag: str

    def __post_init__(self) -> None:
        if not self.world.has_player(self.tag):
            raise ValueError(f"there is no player {self.tag} in this world")

    def join(self, clan: str) -> None:
        """Enter a clan, out of any other.

        Raises:
            ValueError: There is no such clan, or it has 50 members.
        """
        number = number_of(self.world, clan)
        now = self._now()
        if len(self.world.roster(number, now)) >= 50:
            raise ValueError(f"{clan} has 50 members")
        self._set(self.world.scenes.clans[self.tag], number)

    def leave(self) -> None:
        """Leave the clan, or be sent away: the API does not tell which."""
        self._set(self.world.scenes.clans[self.tag], None)

    def become(self, role: str) -> None:
        """Have a role in the clan for as long as the player stays: ``member``, ``admin`` or ``coLeader``.

        Raises:
            ValueError: For another role; the leader stays the leader.
        """
        if role not in RANKS:
            raise ValueError(f"role must be one of {', '.join(RANKS)}, not {role!r}")
        self._set(self.world.scenes.roles[self.tag], role)

    def rename(self, name: str) -> None:
        """Take another name."""
        self._set(self.world.scenes.names[self.tag], name)

    def donate(self, troops: int = 10) -> None:
        """Give away so many places of housing space."""
        self._set(self.world.scenes.donations[self.tag], troops)

    def attack(self, trophies: int = 30) -> None:
        """Win a ranked battle that brings so many trophies."""
        self._set(self.world.scenes.attacks[self.tag], trophies)

    def upgrade(self, name: str, levels: int = 1) -> None:
        """Raise a troop, spell, hero or piece of equipment by name, or ``Town Hall``, up to its maximum."""
        self._set(self.world.scenes.upgrades[self.tag, name], levels)

    def _now(self) -> int:
        return to_the_minute(self.clock())

    def _set(self, sequence: Sequence[T], value: T) -> None:
        sequence.add(self._now(), value)
        self.world.scenes.version += 1


RANKS = ("member", "admin", "coLeader")


@dataclass(frozen=True)
class ClanScenes:
    """What a script can let happen in a clan, now: at the next whole minute.

    Raises:
        ValueError: There is no such clan.
    """

    world: World
    clock: Callable[[], float]
    tag: str

    def __post_init__(self) -> None:
        number_of(self.world, self.tag)

    def join(self, player: str) -> None:
        """Let a player in, out of any other clan.

        Raises:
            ValueError: The clan has 50 members.
        """
        self._player(player).join(self.tag)

    def kick(self, player: str) -> None:
        """Send a member away.

        Raises:
            ValueError: Who is no member, and the leader.
        """
        if self._role(player) == "leader":
            raise ValueError(f"{player} leads {self.tag}, and cannot be sent away")
        self._player(player).leave()

    def promote(self, player: str) -> None:
        """One rank up, at most to co-leader."""
        self._step(player, 1)

    def demote(self, player: str) -> None:
        """One rank down, at least to member."""
        self._step(player, -1)

    def change(self, **settings: object) -> None:
        """Let settings have other values: ``change(description="…", requiredTrophies=5000)``.

        Raises:
            ValueError: Leaders of a clan cannot set this.
        """
        known = self.world.settings(number_of(self.world, self.tag), self.clock())
        if unknown := set(settings) - set(known):
            raise ValueError(f"a clan has no setting {min(unknown)!r}; there are {', '.join(sorted(known))}")
        self.world.scenes.settings[number_of(self.world, self.tag)].add(self._now(), settings)
        self.world.scenes.version += 1

    def start_war(self, preparation: float = 23.0, battle: float = 24.0) -> None:
        """Declare war on the clan's usual enemy; another war between them is broken off.

        Args:
            preparation: Hours until the first attack.
            battle: Hours from then to the end.
        """
        number, now = number_of(self.world, self.tag), self._now()
        start = now + to_the_minute(preparation * HOUR)
        pair = number // 2
        war = StagedWar((pair * 2, pair * 2 + 1), now, start, start + to_the_minute(battle * HOUR))
        self.world.scenes.staged[pair].append(war)
        self.world.scenes.version += 1

    def _step(self, player: str, step: int) -> None:
        role = self._role(player)
        if role not in RANKS:
            raise ValueError(f"{player} is the {role} of {self.tag}, which stays so")
        place = RANKS.index(role) + step
        self._player(player).become(RANKS[max(0, min(place, len(RANKS) - 1))])

    def _role(self, player: str) -> str | None:
        now = self._now()
        if player not in self.world.roster(number_of(self.world, self.tag), now):
            raise ValueError(f"{player} is no member of {self.tag}")
        return self.world.lives.role(player, now)

    def _player(self, tag: str) -> PlayerScenes:
        return PlayerScenes(self.world, self.clock, tag)

    def _now(self) -> int:
        return to_the_minute(self.clock())


def number_of(world: World, clan: str) -> int:
    """A clan's number by its tag.

    Raises:
        ValueError: There is no such clan.
    """
    if clan not in world.clan_numbers:
        raise ValueError(f"there is no clan {clan} in this world; box.world.clan_tags names them")
    return world.clan_numbers[clan]
