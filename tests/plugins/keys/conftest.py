"""A sandbox with a portal, and programs that run on a client with credentials in each mode."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
import trio

from cocapi import AnyCocApi, ApiConfig, AsyncCocApi, CocApi, Flow
from cocapi_sandbox import Sandbox
from cocapi_sandbox.portal import ADDRESS, EMAIL, PASSWORD

MODES = ["sync", "asyncio", "trio"]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(tokens=["own"]) as box:
        yield box


@pytest.fixture
def box(sandbox: Sandbox) -> Sandbox:
    """As good as new."""
    portal = sandbox.portal
    portal.accounts.clear()
    portal.add_account(EMAIL, PASSWORD)
    portal.logins.clear()
    portal.move(ADDRESS)
    portal.message, portal.login_rate = "ok", None
    sandbox.faults.clear()
    sandbox.requests.clear()
    sandbox.maintenance = False
    return sandbox


def settings_of(box: Sandbox, /, *, keys: dict[str, Any] | None = None, **settings: Any) -> ApiConfig:
    """Settings of a client of the sandbox: its calls are not cached, and tried again at once."""
    plugins = {"keys": {"portal": box.portal_url, **(keys or {})}, **settings.pop("plugins", {})}
    settings = {"enable_caching": False, "retry_delay": 0, "verify_token": False, **settings}
    return ApiConfig(base_url=box.base_url, plugins=plugins, **settings)


Program = Callable[[AnyCocApi], Flow[Any]]


class Play:
    """Runs a program on a client with credentials, in one of the modes."""

    def __init__(self, mode: str, box: Sandbox) -> None:
        self.mode = mode
        self.box = box

    def __call__(
        self, program: Program, *, email: str = EMAIL, password: str = PASSWORD, **settings: Any
    ) -> Any:
        config = settings.pop("config", None) or settings_of(self.box, **settings)
        if self.mode == "sync":
            with CocApi.from_credentials(email, password, config=config) as api:
                return api.run_flow(program(api))

        async def main() -> Any:
            async with AsyncCocApi.from_credentials(email, password, config=replace(config)) as api:
                return await api.run_flow(program(api))

        return asyncio.run(main()) if self.mode == "asyncio" else trio.run(main)


@pytest.fixture(params=MODES)
def play(request: pytest.FixtureRequest, box: Sandbox) -> Play:
    return Play(request.param, box)


@pytest.fixture
def play_sync(box: Sandbox) -> Play:
    return Play("sync", box)


@pytest.fixture
def run_in(box: Sandbox) -> Callable[[str], Play]:
    """Runs programs in a mode by its name."""
    return partial(Play, box=box)


@pytest.fixture
def config_for(box: Sandbox) -> Callable[..., ApiConfig]:
    """Makes settings of a client of the sandbox."""
    return partial(settings_of, box)
