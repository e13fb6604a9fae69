"""Refresh-ahead: an answer whose time is nearly over is asked for anew in the background."""

from __future__ import annotations

import logging
from contextlib import suppress
from functools import partial

from cocapi import AnyCocApi, ClientClosed, CocApiError, Flow, Request, call

__all__ = ["Refreshing"]

log = logging.getLogger("cocapi_sqlite_cache")

MOST = 8
"""Refreshes at the same time; in synchronous code each has a thread."""


class Refreshing:
    """What is being asked for anew, each address once at a time.

    Args:
        client: The plugin's own view of its client.
    """

    def __init__(self, client: AnyCocApi) -> None:
        self.client = client.with_options(cache=False)
        self.under_way: dict[str, Request] = {}

    def begin(self, request: Request) -> None:
        """Make the call of `request` again, unless that is under way, or too many others are."""
        if len(self.under_way) >= MOST or self.under_way.setdefault(request.url, request) is not request:
            return
        with suppress(ClientClosed):
            self.client.background.start(partial(self.fetch, request), f"refresh of {request.template}")

    def fetch(self, request: Request) -> Flow[None]:
        """A whole call of the same address, so every plugin has its say, and this one keeps what comes."""
        try:
            yield from call(self.client.custom_endpoint, f"{request.path}?{request.query}")
        except CocApiError as error:
            log.debug("%s could not be refreshed: %s", request.template, error)
        finally:
            self.under_way.pop(request.url, None)
