"""Values that ApiConfig took in versions 3 and 4, and the header fields of a client."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from cocapi import ApiConfig, CocApi, ConfigError
from cocapi.testing import Script


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ({"timeout": None}, {"timeout": 1_000_000}),
        ({"max_retries": 0}, {"max_retries": 1}),
        ({"retry_delay": 0}, {"retry_delay": 0}),
        ({"cache_ttl": 0}, {"cache_ttl": 0}),
        ({"burst_limit": 0}, {"burst_limit": 1}),
        ({"requests_per_second": 0}, {"enable_rate_limiting": False}),
        ({"max_connections": None}, {"max_connections": 1000}),
        ({"max_keepalive_connections": None}, {"max_keepalive_connections": 1000}),
        ({"max_keepalive_connections": 0}, {"max_keepalive_connections": 0}),
        ({"key_count": 20}, {"key_count": 10}),
    ],
    ids=str,
)
def test_a_value_means_what_it_meant(given: dict[str, Any], meant: dict[str, Any]) -> None:
    """Nothing, zero and too much."""
    config = ApiConfig(**given)
    assert {name: getattr(config, name) for name in meant} == meant


def test_a_path_is_taken_where_keys_are_stored() -> None:
    """As a text is."""
    assert Path(ApiConfig(key_storage_path=Path("/tmp/keys")).key_storage_path or "") == Path("/tmp/keys")  # noqa: S108


@pytest.mark.parametrize(
    ("timeout", "seconds"),
    [(httpx.Timeout(5), 5), (httpx.Timeout(5, connect=60), 60), (httpx.Timeout(None), 1_000_000)],
    ids=str,
)
def test_a_timeout_of_httpx_is_one_number_of_seconds_now(timeout: httpx.Timeout, seconds: float) -> None:
    """The longest of its steps, with one warning at the line that made the settings."""
    with pytest.warns(DeprecationWarning, match="for an attempt as a whole since 5.0") as caught:
        assert ApiConfig(timeout=timeout).timeout == seconds  # type: ignore[arg-type]  # of version 4
    assert [warning.filename for warning in caught] == [__file__]


@pytest.mark.parametrize("name", ["timeout", "max_connections", "metrics_window_size"])
def test_a_zero_with_which_nothing_worked_is_refused(name: str) -> None:
    """No call could succeed with it, or every call was kept for ever."""
    with pytest.raises(ConfigError, match=f"ApiConfig.{name} is 0: it must be"):
        ApiConfig(**{name: 0})  # type: ignore[arg-type]


def test_header_fields_are_read_and_assigned() -> None:
    """As the dict that they were; what is assigned is sent, and no repr shows the token."""
    script = Script()
    with script.client("secret-token", only_plugins=("script", "middleware")) as api:
        assert dict(api.headers) == {"authorization": "Bearer secret-token", "Accept": "application/json"}
        api.headers["X-Bot"] = "mine"
        api.headers["X-Other"] = "1"
        del api.headers["X-Other"]
        assert (api.headers["X-Bot"], len(api.headers), "X-Other" in api.headers) == ("mine", 3, False)
        assert "secret-token" not in repr(api.headers)
        api.headers["authorization"] = "Bearer another-token"
        api.clan_tag("#2PP")
        assert api.token == "another-token"
        headers = script.requests[0].headers
        assert (headers["X-Bot"], headers["Authorization"]) == ("mine", "Bearer another-token")
        assert "X-Other" not in headers
        with pytest.raises(KeyError):
            del api.headers["Accept"]


def test_a_field_that_cannot_be_sent_since_middleware_is_off() -> None:
    """The error names the plugin."""
    with CocApi("token", config=ApiConfig(base_url="sandbox://", plugins={"middleware": False})) as api:
        assert len(api.headers) == 2
        with pytest.raises(ConfigError, match="No middleware: "):
            api.headers["X-Bot"] = "mine"
