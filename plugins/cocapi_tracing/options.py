"""The options of the plugin."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

from opentelemetry.trace import TracerProvider

from cocapi import ConfigError

__all__ = ["Options"]


@dataclass(frozen=True, slots=True)
class Options:
    """What ``plugins={"tracing": {…}}`` may say.

    tracer_provider:
        Where spans go; None: the global provider.
    full_url:
        Whether spans of attempts carry ``url.full``, which names players and clans.
    propagate_to:
        Hosts, as ``"proxy.example"``, that are sent ``traceparent`` (W3C Trace Context). Nobody else is.

    Raises:
        ConfigError: when read with `of`, for an unknown name or a wrong value.
    """

    tracer_provider: TracerProvider | None = None
    full_url: bool = False
    propagate_to: tuple[str, ...] = ()

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> Self:
        """The options as `ApiConfig.plugins` has them."""
        known = [entry.name for entry in fields(cls)]
        for name in said:
            if name not in known:
                raise ConfigError(f"plugins['tracing'] has no option {name!r}; there are {', '.join(known)}")
        provider = said.get("tracer_provider")
        if provider is not None and not hasattr(provider, "get_tracer"):
            raise refused("tracer_provider", provider, "a TracerProvider, or None")
        full_url = said.get("full_url", False)
        if not isinstance(full_url, bool):
            raise refused("full_url", full_url, "True or False")
        hosts = said.get("propagate_to", ())
        if not isinstance(hosts, tuple | list) or not all(isinstance(host, str) for host in hosts):
            raise refused("propagate_to", hosts, "a list of host names")
        return cls(provider, full_url, tuple(host.lower() for host in hosts))


def refused(name: str, value: object, allowed: str) -> ConfigError:
    """The error for an option that has a wrong value."""
    return ConfigError(f"plugins['tracing'][{name!r}] is {value!r}: it must be {allowed}")
