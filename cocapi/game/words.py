"""Roles and states as the game shows them to players, in English."""

from __future__ import annotations

import re

__all__ = ["in_words"]

WORDS = {
    # Roles: the API says admin of what the game calls an elder.
    "member": "Member",
    "admin": "Elder",
    "coLeader": "Co-leader",
    "leader": "Leader",
    # States of wars, of groups of the clan war league, of raid weekends
    "notInWar": "Not in war",
    "preparation": "Preparation Day",
    "inWar": "Battle Day",
    "warEnded": "War ended",
    "ongoing": "Ongoing",
    "ended": "Ended",
    # Results
    "win": "Victory",
    "lose": "Defeat",
    "tie": "Draw",
    # Who may join a clan
    "open": "Anyone Can Join",
    "inviteOnly": "Invite Only",
    "closed": "Closed",
    # How often a clan fights
    "always": "Always",
    "moreThanOncePerWeek": "Twice a week",
    "oncePerWeek": "Once a week",
    "lessThanOncePerWeek": "Rarely",
    "never": "Never",
    "unknown": "Not set",
    # War preference
    "in": "In",
    "out": "Out",
    # Villages
    "home": "Home Village",
    "builderBase": "Builder Base",
    "clanCapital": "Clan Capital",
}


def in_words(word: str) -> str:
    """A word of the API as the game shows it: ``"Elder"`` for ``"admin"``, ``"Battle Day"`` for ``"inWar"``.

    A word that is not known is taken apart: ``"Grand Leader"`` for ``"grandLeader"``.

    Args:
        word: A role, a state, a result, a clan type, a war frequency, a war preference or a village; of a
            model as well, where it may be a member of an enumeration.
    """
    shown = WORDS.get(str(word))
    if shown is not None:
        return shown
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", str(word))
    return spaced[:1].upper() + spaced[1:]
