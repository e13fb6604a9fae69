"""Whether the configuration wants a plugin."""

from __future__ import annotations

from cocapi.compat.settings import SWITCHES
from cocapi.config import ApiConfig

__all__ = ["switch"]


def switch(name: str, config: ApiConfig) -> tuple[bool, str]:
    """Whether the configuration wants a plugin, and which of its words decided."""
    setting = config.plugins.get(name)
    if config.only_plugins is not None and name not in (*config.only_plugins, config.transport):
        return False, f"only_plugins={','.join(config.only_plugins)}"
    if setting is not None:
        return setting is not False, f"plugins={{{name!r}: {'False' if setting is False else '…'}}}"
    if name in SWITCHES:
        wanted = getattr(config, SWITCHES[name])
        return wanted, f"{SWITCHES[name]}={wanted}"
    return True, "installed"
