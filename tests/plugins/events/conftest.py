"""A sandbox in process, in fast motion: what sleeps moves its clock."""

from collections.abc import Callable, Iterator
from typing import Any

import anyio
import anyio.lowlevel
import pytest

from cocapi import ApiConfig, AsyncCocApi, CocApi, Transport, hookimpl
from cocapi_events import Events, EventsOptions
from cocapi_sandbox import Sandbox
from cocapi_sandbox.transport import InProcess

NOON = 1_773_900_000.0
"""A Thursday in the middle of March 2026."""


class Motion:
    """A sandbox and clients of it, over whose sleeps its time passes at once."""

    def __init__(self, now: float = NOON, seed: int = 0) -> None:
        self.box = Sandbox(seed, clock=lambda: now)
        self.asked: list[str] = []

    @hookimpl(tryfirst=True)
    def cocapi_transport(self) -> Transport:
        """The sandbox."""
        return InProcess(self.box.api, 10**8)

    @hookimpl
    def cocapi_attempt(self, request: Any) -> None:
        """Note what is asked."""
        self.asked.append(request.path)

    def config(self, **settings: Any) -> ApiConfig:
        interval = settings.pop("interval", 10.0)
        plugins = {
            "motion": lambda config: self,
            "events": lambda config: Events(config, EventsOptions(interval=interval), clock=self.box.now),
            **settings.pop("plugins", {}),
        }
        return ApiConfig(plugins=plugins, verify_token=False, enable_rate_limiting=False, **settings)

    def client(self, **settings: Any) -> CocApi:
        return self._moved(CocApi("token", config=self.config(**settings)))

    def async_client(self, **settings: Any) -> AsyncCocApi:
        return self._moved(AsyncCocApi("token", config=self.config(**settings)))

    def _moved(self, api: Any) -> Any:
        api._session.keep_time(self._sleep, self._asleep)
        return api

    def _sleep(self, seconds: float) -> None:
        self.box.advance(seconds=seconds)

    async def _asleep(self, seconds: float) -> None:
        await anyio.lowlevel.checkpoint()
        self._sleep(seconds)


@pytest.fixture
def motion() -> Motion:
    return Motion()


def until(watch: Any, now: Callable[[], float], end: float) -> Iterator[Any]:
    """The events up to a moment."""
    for event in watch:
        if now() > end:
            return
        yield event
