"""Settings of versions 3 and 4 that belong to plugins now.

They are fields of `ApiConfig` as they were, and stand for options of plugins: a field that differs from its
default is what the option is given. Each option is declared by its plugin, with what is allowed and what it
means.
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import Mapping
from typing import Any

from cocapi.callers import caller_level

__all__ = ["CREDENTIALS", "FRONT", "SWITCHES", "as_now", "dynamic_model", "front_of", "plugin_behind"]

FRONT: dict[str, tuple[str, str]] = {
    "max_retries": ("retry", "max_attempts"),
    "retry_delay": ("retry", "delay"),
    "cache_ttl": ("cache", "ttl"),
    "cache_max_entries": ("cache", "max_entries"),
    "cache_stale_if_error": ("cache", "stale_if_error"),
    "requests_per_second": ("ratelimit", "requests_per_second"),
    "burst_limit": ("ratelimit", "burst_limit"),
    "metrics_window_size": ("metrics", "window_size"),
    "use_pydantic_models": ("models", "always"),
    "strict_models": ("models", "strict"),
    "user_agent": ("middleware", "user_agent"),
    "enable_request_id": ("middleware", "request_id"),
    "key_name": ("keys", "name"),
    "key_count": ("keys", "count"),
    "key_description": ("keys", "description"),
    "auto_refresh_keys": ("keys", "renew"),
    "persist_keys": ("keys", "keep"),
    "key_storage_path": ("keys", "path"),
}
"""By field of `ApiConfig`, the plugin and its option that it sets."""

SWITCHES: dict[str, str] = {
    "cache": "enable_caching",
    "metrics": "enable_metrics",
    "ratelimit": "enable_rate_limiting",
    "tracing": "enable_tracing",
}
"""By plugin, the field of `ApiConfig` that says whether it is on."""


def dynamic_model(model: str | None) -> dict[str, Any]:
    """The options of a call that ``custom_endpoint(..., use_dynamic_model=True)`` means.

    Args:
        model: The name of the model for the path; None: it is not known.
    """
    return {"models": "dynamic" if model is None else True}


def plugin_behind(setting: str) -> str | None:
    """The plugin that a field of `ApiConfig` switches or is an option of; None: it is the core's own."""
    if setting in FRONT:
        return FRONT[setting][0]
    return next((plugin for plugin, switch in SWITCHES.items() if switch == setting), None)


CREDENTIALS = "keys"
"""The plugin whose options `CocApi.from_credentials` gives."""


@functools.cache
def front_of(plugin: str) -> Mapping[str, str]:
    """By option of a plugin, the field of `ApiConfig` that sets it."""
    return {option: field for field, (owner, option) in FRONT.items() if owner == plugin}


LONGEST_TIMEOUT = 1_000_000
"""Seconds that stand for no timeout."""

MOST_CONNECTIONS = 1_000
"""Connections that stand for no bound."""

MOST_KEYS = 10
"""Keys of an account at the developer portal."""


def as_now(given: Mapping[str, Any]) -> dict[str, Any]:
    """Values that versions 3 and 4 took and that are written in another way now, by field of `ApiConfig`."""
    values: dict[str, Any] = {}
    timeout = given["timeout"]
    if timeout is None:
        values["timeout"] = LONGEST_TIMEOUT
    elif hasattr(timeout, "read") and hasattr(timeout, "connect"):
        values["timeout"] = in_all(timeout)
    if given["max_retries"] == 0:
        values["max_retries"] = 1
    if given["burst_limit"] == 0:
        values["burst_limit"] = 1
    if given["requests_per_second"] == 0:
        values.update(requests_per_second=10.0, enable_rate_limiting=False)
    for name in ("max_connections", "max_keepalive_connections"):
        if given[name] is None:
            values[name] = MOST_CONNECTIONS
    if type(given["key_count"]) is int and given["key_count"] > MOST_KEYS:
        values["key_count"] = MOST_KEYS
    return values


def in_all(timeout: Any) -> float:
    """Seconds for an attempt as a whole in place of those of its steps, as `httpx.Timeout` has them."""
    steps = (timeout.connect, timeout.read, timeout.write, timeout.pool)
    seconds: float = LONGEST_TIMEOUT if None in steps else max(steps)
    warnings.warn(
        f"ApiConfig.timeout is {timeout!r}: it is one number of seconds for an attempt as a whole since 5.0, "
        f"and {seconds:g} are used",
        DeprecationWarning,
        stacklevel=caller_level(),
    )
    return seconds
