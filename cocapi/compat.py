"""What remains of versions 3 and 4: the settings and methods of features that are plugins now.

The settings are fields of `ApiConfig` as they were, and options of plugins: this is the only place in the
core that knows of which. A default that differs from the field's is what has been set.
"""

from __future__ import annotations

__all__ = ["FRONT", "SWITCHES", "front_of"]

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
}
"""By field of `ApiConfig`, the plugin and its option that it sets."""

SWITCHES: dict[str, str] = {
    "cache": "enable_caching",
    "metrics": "enable_metrics",
    "ratelimit": "enable_rate_limiting",
    "tracing": "enable_tracing",
}
"""By plugin, the field of `ApiConfig` that says whether it is on."""


def front_of(plugin: str) -> dict[str, str]:
    """By option of a plugin, the field of `ApiConfig` that sets it."""
    return {option: field for field, (owner, option) in FRONT.items() if owner == plugin}
