"""The options of the plugin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from cocapi.options import Allowed, Calls

__all__ = ["MetricsOptions"]

Provider = Annotated[Any, Allowed("a MeterProvider", lambda provider: hasattr(provider, "get_meter"))]


@dataclass(frozen=True)
class MetricsOptions:
    """What is recorded, and where it is reported to.

    Attributes:
        window_size: Calls that `get_metrics()` looks back on.
        meter_provider: Where the instruments of OpenTelemetry report to; None: the global provider.
        http_client: Whether the instruments ``http.client.*`` report attempts.
    """

    window_size: Calls = 1000
    meter_provider: Provider | None = None
    http_client: bool = True
