"""The options of the plugin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from cocapi.options import Allowed

__all__ = ["TracingOptions"]

Provider = Annotated[Any, Allowed("a TracerProvider", lambda provider: hasattr(provider, "get_tracer"))]


@dataclass(frozen=True)
class TracingOptions:
    """What spans carry, and where they go.

    Attributes:
        tracer_provider: Where spans go; None: the global provider.
        full_url: Whether spans of attempts carry ``url.full``, which names players and clans.
        propagate_to: Hosts, as ``"proxy.example"``, that are sent ``traceparent`` (W3C Trace Context). Nobody
            else is.
    """

    tracer_provider: Provider | None = None
    full_url: bool = False
    propagate_to: Annotated[tuple[str, ...], Allowed("a list of host names")] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "propagate_to", tuple(host.lower() for host in self.propagate_to))
