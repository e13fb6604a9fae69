"""What answers mean to players: functions of dicts and models, which make no calls and look at no clock.

    from cocapi import game

    war = api.current_war("#2PP")
    for attack in game.attacks(war):
        print(attack.attacker["name"], attack.new_stars)

Each takes an answer as a dict (`cocapi.answers`) or as a model (`cocapi.models`) and gives parts of the same
kind back. Models have the same as properties.
"""

from __future__ import annotations

from cocapi.game.attacks import *
from cocapi.game.calendar import *
from cocapi.game.leagues import *
from cocapi.game.links import *
from cocapi.game.players import *
from cocapi.game.raids import *
from cocapi.game.standings import *
from cocapi.game.tags import *
from cocapi.game.wars import *
from cocapi.game.words import *
