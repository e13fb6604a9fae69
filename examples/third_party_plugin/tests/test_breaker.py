"""The breaker, with neither network nor waiting."""

from typing import Any

import pytest
from cocapi_breaker import Breaker, CircuitOpen

from cocapi import ApiConfig, CocApi, ConfigError, ConnectionFailed, Response
from cocapi.testing import Script, json_response

DOWN = ConnectionFailed("down")


def client(script: Script, **options: Any) -> CocApi:
    """A client whose breaker opens after two failures, on the clock of the script."""
    config = ApiConfig(plugins={"breaker": {"failures": 2, "seconds": 10, **options}})
    breaker = Breaker(config, clock=script.clock)
    return script.client(only_plugins=("script", "breaker"), plugins={"breaker": lambda _: breaker})


def test_it_opens_after_failures_in_a_row_and_closes_with_a_success() -> None:
    """Closed, open, half-open, closed."""
    script = Script(DOWN, Response(503), json_response({"back": True}))
    with client(script) as api:
        breaker = api.plugins["breaker"]
        assert [api.goldpass()["error_type"] for _ in range(3)] == ["connection", "http", "connection"]
        assert (breaker.state(), len(script.requests)) == ("open", 2)
        script.clock.advance(10)
        assert breaker.state() == "half-open"
        assert api.goldpass() == {"back": True}
        assert breaker.state() == "closed"


def test_a_404_is_no_failure_of_the_api() -> None:
    """Only servers and networks count."""
    with client(Script(Response(404))) as api:
        for _ in range(5):
            api.players("#VV")
        assert api.plugins["breaker"].state() == "closed"


def test_calls_may_wait_instead() -> None:
    """A flow sleeps until the time is up."""
    script = Script(DOWN, DOWN, json_response({"back": True}))
    with client(script, wait=True) as api:
        api.goldpass()
        api.goldpass()
        assert api.goldpass() == {"back": True}
    assert script.sleeps == [10]


def test_a_call_may_go_past_the_breaker() -> None:
    """with_options(breaker=False)."""
    script = Script(DOWN)
    with client(script) as api:
        for _ in range(3):
            api.goldpass()
        assert len(script.requests) == 2
        api.with_options(breaker=False).goldpass()
        assert len(script.requests) == 3
        with pytest.raises(CircuitOpen, match=r"\d times in a row"):
            api.with_options(raise_errors=True).goldpass()


def test_an_unknown_option_is_refused() -> None:
    """By name."""
    with pytest.raises(ConfigError, match="no option 'failurs'"):
        Breaker(ApiConfig(plugins={"breaker": {"failurs": 3}}))
