"""Fixtures that all tests share."""

import asyncio
import gc
import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from cocapi import AsyncCocApi
from cocapi.testing import Script

for name in [name for name in os.environ if name.startswith(("COCAPI_", "SSL_CERT_"))]:
    del os.environ[name]  # tests see the settings they make, and SSL contexts at an ordinary user's price


@pytest.fixture(autouse=True)
def _leaks_show_where_they_happen() -> Iterator[None]:
    """Collect after each test, so that a ResourceWarning (an error here) belongs to its test."""
    yield
    gc.collect()


@pytest.fixture(params=["sync", "async"])
def play(request: pytest.FixtureRequest) -> Callable[..., Any]:
    """Make one call on a client of a script, once in synchronous and once in asynchronous code.

    play(script, "clan_tag", "#2PP", **settings) -> the answer
    """

    def play_sync(script: Script, method: str, *args: Any, call: Any = None, **settings: Any) -> Any:
        with script.client(**settings) as api:
            return getattr(api, method)(*args, **(call or {}))

    def play_async(script: Script, method: str, *args: Any, call: Any = None, **settings: Any) -> Any:
        async def main() -> Any:
            async with script.async_client(**settings) as api:
                assert isinstance(api, AsyncCocApi)
                return await getattr(api, method)(*args, **(call or {}))

        return asyncio.run(main())

    return play_sync if request.param == "sync" else play_async
