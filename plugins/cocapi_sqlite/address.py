"""Which file a setting names."""

from __future__ import annotations

from pathlib import Path

from cocapi import ConfigError

__all__ = ["file_of"]

SCHEME = "sqlite:"
FORM = "sqlite:///"


def file_of(store: str) -> Path | None:
    """The file of ``sqlite:///name.db`` (in the working directory of this moment), or ``sqlite:////var/name.db``.

    Args:
        store: `ApiConfig.store`.

    Returns:
        An absolute path; None: the setting is for another plugin.

    Raises:
        ConfigError: It names no file.
    """
    if not store.startswith(SCHEME):
        return None
    name = store.removeprefix(FORM)
    if name == store or name in ("", ":memory:") or "\0" in name or name.endswith("/"):
        raise ConfigError(
            f"store={store!r} names no file: write 'sqlite:///cocapi.db' for one in the working directory, "
            "'sqlite:////var/lib/cocapi.db' for one anywhere, or 'memory' for none"
        )
    if "?" in name or "#" in name:
        raise ConfigError(f"store={store!r}: the name of the file may have no '?' or '#'; name a plain file")
    return Path.cwd() / name
