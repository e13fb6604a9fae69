"""Settings of versions 3 and 4 that belong to plugins now.

They are fields of `ApiConfig` as they were, and stand for options of plugins: a field that differs from its
default is what the option is given. Each option is declared by its plugin, with what is allowed and what it
means.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["DYNAMIC_MODEL", "FRONT", "SWITCHES", "front_of", "plugin_behind", "with_credentials"]

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

DYNAMIC_MODEL = {"models": "dynamic"}
"""The options of a call that ``custom_endpoint(..., use_dynamic_model=True)`` means."""


def plugin_behind(setting: str) -> str | None:
    """The plugin that a field of `ApiConfig` switches or is an option of; None: it is the core's own."""
    if setting in FRONT:
        return FRONT[setting][0]
    return next((plugin for plugin, switch in SWITCHES.items() if switch == setting), None)


def with_credentials(plugins: Mapping[str, Any], email: str, password: str) -> dict[str, Any]:
    """`ApiConfig.plugins` with what the plugin keys is to log in with."""
    given = plugins.get("keys")
    options = given if isinstance(given, Mapping) else {}
    return {**plugins, "keys": {**options, "email": email, "password": password}}


def front_of(plugin: str) -> dict[str, str]:
    """By option of a plugin, the field of `ApiConfig` that sets it."""
    return {option: field for field, (owner, option) in FRONT.items() if owner == plugin}
