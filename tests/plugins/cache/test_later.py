"""Another cache behind this one."""

from collections.abc import Callable
from typing import Any

import pytest

from cocapi import Hit, Request, hookimpl
from cocapi.testing import Script, json_response

CLAN = json_response({"tag": "#2PP"})


class Later:
    """A cache that is asked last, and has the same for everybody."""

    def __init__(self, hit: Hit) -> None:
        self.hit = hit
        self.asked = 0

    @hookimpl(trylast=True)
    def cocapi_cache_lookup(self, request: Request) -> Hit:
        self.asked += 1
        return self.hit


@pytest.mark.parametrize(
    ("hit", "seconds"),
    [
        (Hit(CLAN, fresh_for=10), 10),
        (Hit(CLAN, fresh_for=1000), 60),
        (Hit(CLAN, fresh_for=0), 0),
        (Hit(CLAN), 0),
        (Hit(CLAN, stale=True, fresh_for=10), 0),
    ],
    ids=["its time", "our time", "no time", "nobody knows", "stale"],
)
def test_what_a_later_cache_has_is_kept_for_as_long_as_both_allow(
    talk: Callable[..., Any], hit: Hit, seconds: float
) -> None:
    """And that is not asked again meanwhile."""
    later = Later(hit)
    here = talk(
        Script(),
        cache_ttl=60,
        plugins={"later": lambda _: later},
        only_plugins=("script", "cache", "later"),
    )
    assert here.ask("clan_tag", "#2PP") == {"tag": "#2PP"}
    assert here.cache.stats()["stats"]["sets"] == bool(seconds)
    if seconds:
        here.clock.advance(seconds - 1)
        assert here.ask("clan_tag", "#2PP") == {"tag": "#2PP"}
        assert later.asked == 1
        here.clock.advance(1)
    assert here.ask("clan_tag", "#2PP") == {"tag": "#2PP"}
    assert (later.asked, here.sent) == (2, 0)
