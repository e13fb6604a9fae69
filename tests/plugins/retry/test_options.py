"""The options, and what is refused."""

import re
from typing import Any

import pytest

from cocapi import ApiConfig, ConfigError
from cocapi_retry import Retries
from cocapi_retry.options import RetryOptions

SECONDS = "a number of seconds, 0 or more and 1000000 at most"


def test_options_come_from_the_configuration() -> None:
    """plugins={"retry": {…}}; the rest has defaults."""
    plugin = Retries(ApiConfig(plugins={"retry": {"max_delay": 5, "jitter": 0}}))
    assert plugin.options == RetryOptions(max_delay=5, budget=120, jitter=0)
    assert Retries(ApiConfig(plugins={"retry": True})).options == RetryOptions()
    assert Retries(ApiConfig(max_retries=7, retry_delay=2)).options == RetryOptions(max_attempts=7, delay=2)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"max_dealy": 5}, "plugins['retry'] has no option 'max_dealy'; did you mean 'max_delay'?"),
        (
            {"x": 5},
            "plugins['retry'] has no option 'x'; there are budget, delay, jitter, max_attempts, max_delay",
        ),
        (
            {"max_delay": -1},
            f"plugins['retry']['max_delay'] is -1: it must be {SECONDS}",
        ),
        (
            {"budget": "60"},
            f"plugins['retry']['budget'] is '60': it must be {SECONDS}",
        ),
        (
            {"budget": float("inf")},
            f"plugins['retry']['budget'] is inf: it must be {SECONDS}",
        ),
        (
            {"budget": True},
            f"plugins['retry']['budget'] is True: it must be {SECONDS}",
        ),
        ({"jitter": 1.5}, "plugins['retry']['jitter'] is 1.5: it must be a number from 0 to 1"),
        ({"jitter": float("nan")}, "plugins['retry']['jitter'] is nan: it must be a number from 0 to 1"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_sentence(given: dict[str, Any], said: str) -> None:
    """Naming option, value and what is allowed."""
    with pytest.raises(ConfigError, match=f"^{re.escape(said)}$"):
        Retries(ApiConfig(plugins={"retry": given}))
