"""A bot for one clan: war reminders, joins and leaves, the table of the league, donations. It prints.

    COCAPI_TOKEN=... COCAPI_STORE=sqlite:///bot.db python examples/bot/bot.py "#2PP"

Nothing is said twice, and nothing is missed while it was off: the store remembers what was said.
"""

import os
import sys
from collections.abc import Callable
from datetime import datetime

from cocapi import ApiConfig, CocApi, events, game

WATCHED = (events.MemberEvent, events.WarEvent, events.LeagueEvent, events.MaintenanceStarted)


class Bot:
    """What it says, and to whom it says it; `say` might as well post to a channel."""

    def __init__(self, api: CocApi, clan: str, say: Callable[[str], None]) -> None:
        self.api, self.clan, self.say = api, clan, say
        self.reminded: str | None = ""  # the end of the war of which it has reminded

    def run(self, until: Callable[[], bool] = lambda: False) -> None:
        """Listen until told otherwise."""
        for event in self.api.watch(clans=[self.clan], wars=[self.clan], kinds=WATCHED, name="bot"):
            self.hear(event)
            self.remind(event.at)
            if until():
                return

    def hear(self, event: events.GameEvent) -> None:
        """Say what happened."""
        match event:
            case events.MemberJoined():
                self.say(f"Welcome, {event.name}!")
            case events.MemberLeft():
                self.say(f"{event.name} has left us.")
            case events.MemberRoleChanged():
                self.say(f"{event.name} is {game.in_words(event.new)} now.")
            case events.MemberDonationsChanged() if event.new > event.old:
                self.say(f"{event.name} donated {event.new - event.old}.")
            case events.WarAnnounced():
                self.say(f"War against {event.new['opponent']['name']}!")
            case events.WarAttack() if event.by_us and event.new_stars:
                self.say(f"{event.new_stars} new stars by {event.attacker}.")
            case events.WarEnded() if event.new is not None:
                self.say(f"The war is over: {game.result(event.new)}.")
                if event.round is not None:
                    self.table()
            case events.MaintenanceStarted():
                self.say("The game is in maintenance.")

    def remind(self, now: datetime) -> None:
        """In the last hours of a war, name those with attacks left, once."""
        war = self.api.current_war(self.clan)
        if war is None or war["state"] != "inWar" or war.get("endTime") == self.reminded:
            return
        if game.seconds_left(war, now) < 4 * 3600:
            self.reminded = war.get("endTime")
            idle = [m["name"] for m in war["clan"].get("members", []) if game.attacks_left_of(war, m)]
            self.say(f"Attack, before it is too late: {', '.join(idle)}")

    def table(self) -> None:
        """The standings of the league."""
        league = self.api.league_wars(self.clan)
        for row in league.standings if league is not None else ():
            self.say(f"{row.rank}. {row.name}: {row.stars} stars")


if __name__ == "__main__":
    token = os.environ.get("COCAPI_TOKEN")
    with CocApi(token, config=ApiConfig.load()) as api:
        Bot(api, sys.argv[1], print).run()
