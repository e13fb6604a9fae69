"""Plugin ``history``: keeps what the API said, and answers as of a moment in the past.

    config = ApiConfig(plugins={"history": {"path": "clash.sqlite3"}})
    with CocApi(token, config=config) as api:
        api.clan_tag("#2PP")                                    # asked, and kept
        api.with_options(history=last_week).clan_tag("#2PP")    # as it was then; nothing is sent
        api.with_options(history=False).clan_tag("#2PP")        # asked, not kept
        api.plugins["history"].snapshots("#2PP")                # when it changed

It is off until it has a `path`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cocapi import ApiConfig, ConfigError, Flow, Hit, Off, Request, Response, hookimpl

from cocapi_history.archive import Archive, Snapshot
from cocapi_history.past import NotRecorded, keep, moment_of, recall

__all__ = ["History", "HistoryOptions", "NotRecorded", "Snapshot", "history_if_configured"]


@dataclass(frozen=True)
class HistoryOptions:
    """Where answers are kept.

    Attributes:
        path: The file; None: nothing is kept.
    """

    path: Path | None = None


def history_if_configured(config: ApiConfig, options: HistoryOptions) -> History:
    """What the entry point names.

    Raises:
        Off: Nobody asked for it: no file appears by surprise.
        ConfigError: It is asked for, and has no path.
    """
    if options.path is not None:
        return History(options.path)
    if config.plugins.get("history"):
        raise ConfigError("plugins['history']['path'] is missing: it must be the path of a file")
    raise Off("it keeps nothing until it has a path: plugins={'history': {'path': …}}")


class History:
    """Every answer that differs from the one before it, in an SQLite file that clients may share.

    Args:
        path: The file; it is made when first needed.
        clock: The time in seconds since 1970.
    """

    def __init__(self, path: Path, *, clock: Callable[[], float] = time.time) -> None:
        self.archive = Archive(path)
        self.clock = clock

    @hookimpl(tryfirst=True)
    def cocapi_cache_lookup(self, request: Request) -> Flow[Hit] | None:
        """The answer as it was, where the call has a moment; before any cache, which knows only now."""
        moment = moment_of(request)
        return recall(self.archive, request, moment) if moment else None

    @hookimpl(tryfirst=True)
    def cocapi_response(self, request: Request, response: Response) -> Flow[None] | None:
        """Keep the answer as the API sent it, before other plugins change it."""
        if request.method != "GET" or request.options.get("history") is False:
            return None
        return keep(self.archive, request, response, self.clock())

    @hookimpl
    def cocapi_forked(self) -> None:
        """Open the file anew in the child."""
        self.archive.forked()

    @hookimpl
    def cocapi_close(self) -> None:
        """Close the file."""
        self.archive.close()

    @hookimpl
    def cocapi_commands(self, app: Any) -> None:
        """Add ``cocapi history TAG``."""

        @app.command("history")  # type: ignore[untyped-decorator]  # typer is the command line's affair
        def history(tag: str) -> None:
            """When the answers about a tag changed."""
            for snapshot in self.snapshots(tag):
                print(f"{snapshot.taken:%Y-%m-%d %H:%M:%S} UTC  {snapshot.url}")
            self.archive.close()

    def snapshots(self, tag: str) -> list[Snapshot]:
        """What is kept about a clan, player or war, the oldest first; empty when there is nothing.

        Args:
            tag: With or without its ``#``.
        """
        return self.archive.about(tag)
