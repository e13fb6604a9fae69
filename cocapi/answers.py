"""The answers of the API as typed dicts: what the methods return, to a checker.

Each is the model of the same name (`cocapi.models`, where the fields are explained) in the wire's own names.
A key that is `NotRequired` is missing from some answers. Times are texts.

Written by tests/meta/answers.py; do not edit.
"""

from __future__ import annotations

import sys
from typing import Generic, Literal, NotRequired, TypeVar

if sys.version_info >= (3, 12):
    from typing import TypedDict
else:
    from typing_extensions import TypedDict  # pydantic, and so FastAPI, take no other there

__all__ = [
    "Achievement",
    "Answer",
    "BadgeUrls",
    "BattleLogEntry",
    "BattleResource",
    "BuilderBaseLeague",
    "CapitalLeague",
    "ChatLanguage",
    "Clan",
    "ClanBuilderBaseRankingEntry",
    "ClanCapital",
    "ClanCapitalDistrict",
    "ClanCapitalRaidSeason",
    "ClanCapitalRaidSeasonMember",
    "ClanCapitalRankingEntry",
    "ClanMember",
    "ClanRankingClan",
    "ClanRankingEntry",
    "ClanSearchEntry",
    "ClanWar",
    "ClanWarLeagueClan",
    "ClanWarLeagueGroup",
    "ClanWarLeagueMember",
    "ClanWarLeagueRound",
    "ClanWarLogEntry",
    "Cursors",
    "GoldPassSeason",
    "Hero",
    "HeroEquipment",
    "IconUrls",
    "Label",
    "League",
    "LeagueGroup",
    "LeagueGroupBattle",
    "LeagueGroupMember",
    "LeagueSeason",
    "LeagueSeasonResult",
    "LeagueTier",
    "LegendSeason",
    "LegendStatistics",
    "Location",
    "Page",
    "Paging",
    "Player",
    "PlayerBuilderBaseRankingEntry",
    "PlayerClan",
    "PlayerHouse",
    "PlayerHouseElement",
    "PlayerRankingEntry",
    "RaidAttack",
    "RaidAttackLogEntry",
    "RaidAttacker",
    "RaidClan",
    "RaidDefenseLogEntry",
    "RaidDistrict",
    "RaidLogEntry",
    "RankedClan",
    "Spell",
    "Troop",
    "VerifyTokenResponse",
    "WarAttack",
    "WarClan",
    "WarLeague",
    "WarMember",
]

T = TypeVar("T")


class Answer(TypedDict, total=False):
    """What every answer may have instead of its own keys: the error dict of a call that failed.

    Attributes:
        result: ``"error"``; to be asked for with ``answer.get("result") == "error"``.
        message: See `cocapi.CocApiError.as_dict`. ``status_code`` is also in other answers when asked for.
        error_type: As `message`.
        status_code: As `message`.
        reason: As `message`.
        http_status: As `message`.
    """

    result: Literal["error"]
    message: str
    error_type: str
    status_code: int
    reason: str
    http_status: int


class Cursors(TypedDict):
    """Where a list goes on."""

    after: NotRequired[str | None]
    before: NotRequired[str | None]


class Paging(TypedDict):
    """The cursors of a page."""

    cursors: Cursors


class Page(Answer, Generic[T]):
    """One page of a list."""

    items: list[T]
    paging: NotRequired[Paging | None]


class BattleResource(TypedDict):
    """So much of one thing that can be looted."""

    name: str
    amount: int


class BattleLogEntry(TypedDict):
    """One battle."""

    battleType: str
    attack: bool
    armyShareCode: NotRequired[str | None]
    opponentPlayerTag: str
    stars: int
    destructionPercentage: int
    lootedResources: NotRequired[list[BattleResource]]
    extraLootedResources: NotRequired[list[BattleResource]]
    availableLoot: NotRequired[list[BattleResource]]
    opponentName: NotRequired[str | None]
    opponentTownHallLevel: NotRequired[int | None]
    battleTime: NotRequired[int | None]
    battleTimestamp: NotRequired[str | None]


class BuilderBaseLeague(Answer):
    """A league of the builder base."""

    id: int
    name: str


class CapitalLeague(Answer):
    """A league of clan capitals."""

    id: int
    name: str


class Location(Answer):
    """A country or region."""

    id: int
    name: str
    isCountry: bool
    countryCode: NotRequired[str | None]
    localizedName: NotRequired[str | None]


class BadgeUrls(TypedDict):
    """A clan's badge."""

    small: str
    medium: str
    large: str


class WarLeague(Answer):
    """A league of clan wars."""

    id: int
    name: str


class IconUrls(TypedDict):
    """An icon, in the sizes that there are of it."""

    small: NotRequired[str | None]
    tiny: NotRequired[str | None]
    medium: NotRequired[str | None]
    large: NotRequired[str | None]


class Label(TypedDict):
    """A label of a clan or of a player."""

    id: int
    name: str
    iconUrls: IconUrls


class ChatLanguage(TypedDict):
    """The language that a clan writes in."""

    id: int
    name: str
    languageCode: str


class ClanSearchEntry(TypedDict):
    """A clan as the search finds it."""

    tag: str
    name: str
    type: str
    location: NotRequired[Location | None]
    isFamilyFriendly: bool
    badgeUrls: BadgeUrls
    clanLevel: int
    clanPoints: int
    clanBuilderBasePoints: int
    clanVersusPoints: NotRequired[int | None]
    clanCapitalPoints: int
    capitalLeague: NotRequired[CapitalLeague | None]
    requiredTrophies: int
    requiredBuilderBaseTrophies: int
    requiredVersusTrophies: NotRequired[int | None]
    requiredTownhallLevel: NotRequired[int | None]
    warFrequency: str
    warWinStreak: int
    warWins: int
    warTies: NotRequired[int | None]
    warLosses: NotRequired[int | None]
    isWarLogPublic: bool
    warLeague: NotRequired[WarLeague | None]
    members: int
    labels: list[Label]
    chatLanguage: NotRequired[ChatLanguage | None]


class League(Answer):
    """A trophy league of before October 2025."""

    id: int
    name: str
    iconUrls: IconUrls


class LeagueTier(Answer):
    """A tier of the ranked league."""

    id: int
    name: str
    iconUrls: IconUrls


class PlayerHouseElement(TypedDict):
    """A part of a player's house."""

    type: str
    id: int


class PlayerHouse(TypedDict):
    """A player's house in the clan capital."""

    elements: list[PlayerHouseElement]


class ClanMember(TypedDict):
    """A member of a clan."""

    tag: str
    name: str
    role: str
    townHallLevel: int
    expLevel: int
    league: NotRequired[League | None]
    leagueTier: NotRequired[LeagueTier | None]
    trophies: int
    builderBaseTrophies: int
    versusTrophies: NotRequired[int | None]
    clanRank: int
    previousClanRank: int
    donations: int
    donationsReceived: int
    playerHouse: NotRequired[PlayerHouse | None]
    builderBaseLeague: NotRequired[BuilderBaseLeague | None]


class ClanCapitalDistrict(TypedDict):
    """A district of a clan capital."""

    id: int
    name: str
    districtHallLevel: int


class ClanCapital(TypedDict):
    """A clan capital."""

    capitalHallLevel: NotRequired[int | None]
    districts: NotRequired[list[ClanCapitalDistrict]]


class Clan(ClanSearchEntry, Answer):
    """A clan, with its members."""

    description: str
    memberList: list[ClanMember]
    clanCapital: ClanCapital


class RankedClan(TypedDict):
    """What all rankings of clans have in common."""

    tag: str
    name: str
    location: NotRequired[Location | None]
    badgeUrls: BadgeUrls
    clanLevel: int
    members: int
    rank: int
    previousRank: NotRequired[int | None]


class ClanBuilderBaseRankingEntry(RankedClan):
    """A clan by its builder base trophies."""

    clanBuilderBasePoints: int
    clanVersusPoints: NotRequired[int | None]


class ClanCapitalRaidSeasonMember(TypedDict):
    """A member who has raided."""

    tag: str
    name: str
    attacks: int
    attackLimit: int
    bonusAttackLimit: int
    capitalResourcesLooted: int


class RaidAttacker(TypedDict):
    """Who attacked a district."""

    tag: str
    name: str


class RaidAttack(TypedDict):
    """An attack on a district."""

    attacker: RaidAttacker
    destructionPercent: int
    stars: int


class RaidDistrict(TypedDict):
    """A district in a raid."""

    id: int
    name: str
    districtHallLevel: int
    destructionPercent: int
    stars: int
    attackCount: int
    totalLooted: int
    attacks: NotRequired[list[RaidAttack]]


class RaidLogEntry(TypedDict):
    """A raid on one capital."""

    attackCount: int
    districtCount: int
    districtsDestroyed: int
    districts: list[RaidDistrict]


class RaidClan(TypedDict):
    """The other clan of a raid."""

    tag: str
    name: str
    level: int
    badgeUrls: BadgeUrls


class RaidAttackLogEntry(RaidLogEntry):
    """A raid of the clan on another capital."""

    defender: RaidClan


class RaidDefenseLogEntry(RaidLogEntry):
    """A raid of another clan on the clan's capital."""

    attacker: RaidClan


class ClanCapitalRaidSeason(TypedDict):
    """A raid weekend."""

    state: str
    startTime: str
    endTime: str
    capitalTotalLoot: int
    raidsCompleted: int
    totalAttacks: int
    enemyDistrictsDestroyed: int
    offensiveReward: int
    defensiveReward: int
    members: NotRequired[list[ClanCapitalRaidSeasonMember]]
    attackLog: list[RaidAttackLogEntry]
    defenseLog: list[RaidDefenseLogEntry]


class ClanCapitalRankingEntry(RankedClan):
    """A clan by its capital trophies."""

    clanCapitalPoints: int


class ClanRankingEntry(RankedClan):
    """A clan by its trophies."""

    clanPoints: int


class WarAttack(TypedDict):
    """An attack."""

    attackerTag: str
    defenderTag: str
    stars: int
    destructionPercentage: float
    order: int
    duration: NotRequired[int | None]


class WarMember(TypedDict):
    """A player in a war."""

    tag: str
    name: str
    townhallLevel: int
    mapPosition: int
    attacks: NotRequired[list[WarAttack]]
    opponentAttacks: int
    bestOpponentAttack: NotRequired[WarAttack | None]


class WarClan(TypedDict):
    """One side of a war."""

    tag: NotRequired[str | None]
    name: NotRequired[str | None]
    badgeUrls: BadgeUrls
    clanLevel: int
    attacks: NotRequired[int | None]
    stars: int
    destructionPercentage: float
    expEarned: NotRequired[int | None]
    members: NotRequired[list[WarMember]]


class ClanWar(Answer):
    """A war."""

    state: str
    teamSize: NotRequired[int | None]
    attacksPerMember: NotRequired[int | None]
    battleModifier: NotRequired[str | None]
    preparationStartTime: NotRequired[str | None]
    startTime: NotRequired[str | None]
    endTime: NotRequired[str | None]
    warStartTime: NotRequired[str | None]
    clan: WarClan
    opponent: WarClan


class ClanWarLeagueMember(TypedDict):
    """A player on the roster of a clan in the clan war league."""

    tag: str
    name: str
    townHallLevel: int


class ClanWarLeagueClan(TypedDict):
    """A clan in a group of the clan war league."""

    tag: str
    name: str
    clanLevel: int
    badgeUrls: BadgeUrls
    members: list[ClanWarLeagueMember]


class ClanWarLeagueRound(TypedDict):
    """A day of the clan war league."""

    warTags: list[str]


class ClanWarLeagueGroup(Answer):
    """The clan war league group that a clan is in."""

    state: str
    tag: NotRequired[str | None]
    season: NotRequired[str | None]
    clans: NotRequired[list[ClanWarLeagueClan]]
    rounds: NotRequired[list[ClanWarLeagueRound]]


class ClanWarLogEntry(TypedDict):
    """A war that a clan has fought, in short."""

    result: NotRequired[str | None]
    endTime: str
    teamSize: int
    attacksPerMember: NotRequired[int | None]
    battleModifier: NotRequired[str | None]
    clan: WarClan
    opponent: WarClan


class GoldPassSeason(Answer):
    """When the running season of the gold pass began, and when it ends."""

    startTime: str
    endTime: str


class LeagueGroupMember(TypedDict):
    """A player in a ranked group."""

    playerTag: str
    playerName: str
    clanTag: NotRequired[str | None]
    clanName: NotRequired[str | None]
    leagueTrophies: int
    attackWinCount: int
    attackLoseCount: int
    defenseWinCount: int
    defenseLoseCount: int


class LeagueGroupBattle(TypedDict):
    """A battle of the player for whom a ranked group was asked."""

    opponentPlayerTag: str
    opponentName: str
    stars: int
    destructionPercentage: int
    trophies: int
    creationTime: str


class LeagueGroup(Answer):
    """A ranked group in one season."""

    members: list[LeagueGroupMember]
    attackLogs: NotRequired[list[LeagueGroupBattle]]
    defenseLogs: NotRequired[list[LeagueGroupBattle]]


class LeagueSeason(TypedDict):
    """A season of the Legend League."""

    id: str


class LeagueSeasonResult(TypedDict):
    """How a player ended one ranked season."""

    leagueSeasonId: int
    leagueTrophies: int
    leagueTierId: int
    placement: int
    attackWins: int
    attackLosses: int
    attackStars: int
    defenseWins: int
    defenseLosses: int
    defenseStars: int
    maxBattles: int


class PlayerClan(TypedDict):
    """The clan that a player is in."""

    tag: str
    name: str
    clanLevel: int
    badgeUrls: BadgeUrls


class LegendSeason(TypedDict):
    """A player's season in the Legend League."""

    id: NotRequired[str | None]
    rank: NotRequired[int | None]
    trophies: NotRequired[int | None]


class LegendStatistics(TypedDict):
    """What a player has reached in the Legend League."""

    legendTrophies: int
    currentSeason: NotRequired[LegendSeason | None]
    previousSeason: NotRequired[LegendSeason | None]
    bestSeason: NotRequired[LegendSeason | None]
    previousBuilderBaseSeason: NotRequired[LegendSeason | None]
    bestBuilderBaseSeason: NotRequired[LegendSeason | None]


class Achievement(TypedDict):
    """An achievement."""

    name: str
    stars: int
    value: int
    target: int
    info: str
    completionInfo: NotRequired[str | None]
    village: str


class Troop(TypedDict):
    """A troop, pet or siege machine."""

    name: str
    level: int
    maxLevel: int
    village: str
    superTroopIsActive: NotRequired[bool | None]


class HeroEquipment(TypedDict):
    """A piece of equipment."""

    name: str
    level: int
    maxLevel: int
    village: str


class Hero(TypedDict):
    """A hero, and the equipment it carries."""

    name: str
    level: int
    maxLevel: int
    village: str
    equipment: NotRequired[list[HeroEquipment]]


class Spell(TypedDict):
    """A spell."""

    name: str
    level: int
    maxLevel: int
    village: str


class Player(Answer):
    """A player."""

    tag: str
    name: str
    townHallLevel: int
    townHallWeaponLevel: NotRequired[int | None]
    expLevel: int
    trophies: int
    bestTrophies: int
    warStars: int
    attackWins: int
    defenseWins: int
    builderHallLevel: NotRequired[int | None]
    builderBaseTrophies: int
    bestBuilderBaseTrophies: int
    role: NotRequired[str | None]
    warPreference: NotRequired[str | None]
    donations: int
    donationsReceived: int
    clanCapitalContributions: int
    clan: NotRequired[PlayerClan | None]
    league: NotRequired[League | None]
    leagueTier: NotRequired[LeagueTier | None]
    builderBaseLeague: NotRequired[BuilderBaseLeague | None]
    legendStatistics: NotRequired[LegendStatistics | None]
    currentLeagueGroupTag: NotRequired[str | None]
    currentLeagueSeasonId: NotRequired[int | None]
    previousLeagueGroupTag: NotRequired[str | None]
    previousLeagueSeasonId: NotRequired[int | None]
    achievements: list[Achievement]
    playerHouse: NotRequired[PlayerHouse | None]
    labels: list[Label]
    troops: list[Troop]
    heroes: list[Hero]
    heroEquipment: list[HeroEquipment]
    spells: list[Spell]


class ClanRankingClan(TypedDict):
    """The clan of a ranked player."""

    tag: str
    name: str
    badgeUrls: BadgeUrls


class PlayerBuilderBaseRankingEntry(TypedDict):
    """A player by builder base trophies."""

    tag: str
    name: str
    expLevel: int
    rank: int
    previousRank: NotRequired[int | None]
    builderBaseTrophies: int
    versusTrophies: NotRequired[int | None]
    versusBattleWins: NotRequired[int | None]
    clan: NotRequired[ClanRankingClan | None]
    builderBaseLeague: NotRequired[BuilderBaseLeague | None]


class PlayerRankingEntry(TypedDict):
    """A player by trophies."""

    tag: str
    name: str
    expLevel: int
    trophies: int
    attackWins: int
    defenseWins: int
    rank: int
    previousRank: NotRequired[int | None]
    clan: NotRequired[ClanRankingClan | None]
    league: NotRequired[League | None]
    leagueTier: NotRequired[LeagueTier | None]


class VerifyTokenResponse(Answer):
    """Whether a player's token was right."""

    tag: str
    token: str
    status: str
