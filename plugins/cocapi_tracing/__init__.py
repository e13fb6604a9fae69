"""Plugin ``tracing``: a span a call and one an attempt, through OpenTelemetry.

Switched by `ApiConfig.enable_tracing`. It needs `opentelemetry-api` alone; what becomes of the spans is up
to the provider that the program sets.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cocapi import ApiConfig, MissingExtra, Off
from cocapi_tracing.options import TracingOptions

if TYPE_CHECKING:
    from cocapi_tracing.spans import Tracing

__all__ = ["TracingOptions", "tracing"]


def tracing(config: ApiConfig, options: TracingOptions | None = None) -> Tracing:
    """The plugin.

    Raises:
        MissingExtra: Opentelemetry-api is not installed.
        Off: The provider keeps no spans.
    """
    try:
        from cocapi_tracing.spans import Tracing
    except ModuleNotFoundError as missing:
        raise MissingExtra("enable_tracing", "otel") from missing
    plugin = Tracing(options or config.options_for("tracing", TracingOptions))
    if not plugin.listened_to:
        raise Off("its TracerProvider keeps no spans")
    return plugin
