"""The same work by the peers: coc.py 4.0.0 in this environment, cocapi 4.0.1 in a folder of its own."""

import asyncio
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from typing import Any

from calls import config
from measure import WINDOWS, Line, awindow, window
from server import Server

from cocapi import AsyncCocApi, CocApi

OLD = """
import sys, time
from cocapi import ApiConfig, CocApi
api = CocApi("token", config=ApiConfig(base_url=sys.argv[1], enable_caching=False, timeout=5))
for line in sys.stdin:
    started = time.perf_counter()
    calls = 0
    while time.perf_counter() - started < 0.25:
        api.clan_tag("#2PP")
        calls += 1
    print((time.perf_counter() - started) / calls, flush=True)
"""


def old_cocapi(server: Server) -> Iterator[tuple[float, float]]:
    with tempfile.TemporaryDirectory() as folder:
        install = [sys.executable, "-m", "pip", "install", "-q", "--target", folder, "cocapi==4.0.1"]
        subprocess.run(install, check=True, stderr=subprocess.DEVNULL)
        environment = {**os.environ, "PYTHONPATH": folder}
        with (
            CocApi("token", config=config(server, "pyreqwest")) as api,
            subprocess.Popen(
                [sys.executable, "-c", OLD, server.base_url],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                env=environment,
                cwd=folder,
            ) as old,
        ):
            assert old.stdin is not None
            assert old.stdout is not None
            for number in range(WINDOWS + 1):
                ours = window(lambda: api.clan_tag("#2PP"))
                old.stdin.write("go\n")
                old.stdin.flush()
                pair = ours, float(old.stdout.readline())
                if number:
                    yield pair
            old.stdin.close()


def coc_py(server: Server, concurrency: int) -> Iterator[tuple[float, float]]:
    """coc.py's HTTP layer, which gives a raw dict: no objects are made."""
    import coc

    async def main() -> list[tuple[float, float]]:
        client = coc.Client(
            base_url=server.base_url,
            throttle_limit=10**6,
            cache_max_size=None,
            load_game_data=coc.LoadGameData(never=True),
        )
        await client.login_with_tokens("token")
        async with AsyncCocApi("token", config=config(server, "pyreqwest")) as api:

            async def ours() -> Any:
                return await api.clan_tag("#2PP")

            async def theirs() -> Any:
                return await client.http.get_clan("#2PP")

            pairs = [
                (await awindow(ours, concurrency), await awindow(theirs, concurrency))
                for _ in range(WINDOWS + 1)
            ]
        await client.close()
        return pairs[1:]

    return iter(asyncio.run(main()))


def lines(server: Server) -> Iterator[Line]:
    """The comparisons; above 1 we are faster."""
    yield Line("sync: calls/s over those of cocapi 4.0.1", "least", 1, lambda: old_cocapi(server))
    for concurrency in (1, 10, 50):
        yield Line(
            f"{concurrency} tasks: calls/s over those of coc.py 4.0.0",
            "least",
            1,
            lambda concurrency=concurrency: coc_py(server, concurrency),  # type: ignore[misc]
        )
