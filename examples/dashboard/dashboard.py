"""A dashboard of one clan in a terminal, drawn anew every ten seconds; ``--once``: once."""

import os
import sys
import time
from datetime import UTC, datetime

from rich.columns import Columns
from rich.console import Console, Group
from rich.live import Live
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table

from cocapi import ApiConfig, CocApi, game

TAG = "#2PP"


def screen(api: CocApi) -> Group:
    clan, war = api.clan_tag(TAG), api.current_war(TAG)
    givers = Table("donated", "by", box=None)
    for member in sorted(clan["memberList"], key=lambda member: -member["donations"])[:8]:
        givers.add_row(str(member["donations"]), escape(member["name"]))
    sides = Table("clan", "stars", "destroyed", box=None)
    for side in (war["clan"], war["opponent"]) if war else ():
        name, destroyed = escape(side.get("name") or ""), f"{side['destructionPercentage']:.1f} %"
        sides.add_row(name, str(side["stars"]), destroyed)
    left = game.seconds_left(war, datetime.fromtimestamp(time.time(), UTC)) if war else None
    title = f"{war['state']}, {left / 3600:.1f} hours left" if war and left else "no war"
    calls = api.cache.stats()["stats"]
    return Group(
        f"[bold]{escape(clan['name'])}[/] level {clan['clanLevel']}, {clan['members']} members",
        Columns([Panel(sides, title=title), Panel(givers, title="donations")]),
        f"[dim]{calls['misses']} requests, {calls['hits']} answers from the cache[/]",
    )


token = os.environ.get("COCAPI_TOKEN")
base_url = "https://api.clashofclans.com/v1" if token else "sandbox://"  # without a token: the local API
config = ApiConfig(base_url=base_url, cache_ttl="server", cache_stale_if_error=3600, raise_errors=True)

with CocApi(token or "sandbox", config=config) as api:
    if "--once" in sys.argv:
        Console().print(screen(api))
        sys.exit()
    with Live(screen(api), auto_refresh=False) as live:
        while True:
            time.sleep(10)
            live.update(screen(api), refresh=True)
