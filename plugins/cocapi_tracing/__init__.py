"""Plugin ``tracing``: a span a call and one an attempt, through OpenTelemetry.

Switched by `ApiConfig.enable_tracing`. It needs `opentelemetry-api` alone; what becomes of the spans is up
to the provider that the program sets.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cocapi import ApiConfig, MissingExtra

if TYPE_CHECKING:
    from cocapi_tracing.spans import Tracing

__all__ = ["tracing"]


def tracing(config: ApiConfig) -> Tracing | None:
    """The plugin, with the options of `cocapi_tracing.options.Options`; None for a provider that keeps
    nothing.

    Raises:
        ConfigError: for an unknown option or a wrong value.
        MissingExtra: opentelemetry-api is not installed.
    """
    try:
        from cocapi_tracing.options import Options
        from cocapi_tracing.spans import Tracing
    except ModuleNotFoundError as missing:
        raise MissingExtra("enable_tracing", "otel") from missing
    plugin = Tracing(Options.of(config.options("tracing")))
    return plugin if plugin.listened_to else None
