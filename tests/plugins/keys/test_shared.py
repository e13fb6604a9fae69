"""Processes and hosts that share a store: one logs in, the others receive its keys."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
import pytest

from cocapi import (
    AnyCocApi,
    ApiConfig,
    AsyncCocApi,
    CocApi,
    CocApiError,
    Flow,
    Request,
    RequestTimeout,
    Store,
    StoreUnavailable,
    call,
    hookimpl,
)
from cocapi.clocks import elapsed
from cocapi_keys import Keys
from cocapi_memory.store import MemoryStore
from cocapi_sandbox import Sandbox

pytest.importorskip("cryptography")

TAG = "#2PP"
Settings = Callable[..., ApiConfig]


class Watched(MemoryStore):
    """Remembers what was put."""

    def __init__(self, clock: Callable[[], float] = elapsed) -> None:
        super().__init__(10**6, 1000, clock=clock)
        self.written: list[tuple[str, bytes]] = []

    def put(self, key: str, value: bytes, seconds: float | None = None) -> Flow[None]:
        self.written.append((key, value))
        return (yield from super().put(key, value, seconds))


class Broken(MemoryStore):
    """Fails whatever it is asked."""

    def get(self, *_: Any) -> Flow[Any]:
        raise StoreUnavailable("the store is down")
        yield

    put = claim = admit = release = extend = get  # type: ignore[assignment]  # none does anything


class Shared:
    """Offers one store to every client, as one on the network is."""

    def __init__(self, store: Store) -> None:
        self.store = store

    @hookimpl
    def cocapi_store(self, config: ApiConfig) -> Store | None:
        return self.store if config.store == "shared://" else None


class Elsewhere:
    """Lets each request come from another host."""

    @hookimpl
    def cocapi_attempt(self, request: Request) -> Request:
        return request.with_headers(X_Forwarded_For="198.51.100.1")


@pytest.fixture
def shared() -> Shared:
    return Shared(Watched())


Make = Callable[..., Any]


@pytest.fixture
def client(box: Sandbox, shared: Shared, config_for: Settings) -> Make:
    """Makes the client of another process."""

    def make(kind: type[CocApi] = CocApi, *, password: str = box.password, **settings: Any) -> CocApi:
        plugins = {"shared": lambda _: shared, **settings.pop("plugins", {})}
        settings = {"store": "shared://", "store_timeout": 5, "raise_errors": True, **settings}
        return kind.from_credentials(box.email, password, config=config_for(plugins=plugins, **settings))

    return make


def test_the_second_needs_no_log_in(box: Sandbox, client: Make) -> None:
    for _ in range(3):
        with client() as api:
            assert api.clan_tag(TAG)["tag"] == TAG
    assert len(box.portal.logins) == 1


def test_eight_that_start_together_make_no_more_keys_than_one(box: Sandbox, client: Make) -> None:
    """And log in once."""
    answers: list[str] = []

    def start() -> None:
        with client(key_count=2) as api:
            answers.append(api.clan_tag(TAG)["tag"])

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [TAG] * 8
    assert len(box.portal.keys) == 2
    assert len(box.portal.logins) == 1


def test_tasks_share_keys_as_well(box: Sandbox, client: Make) -> None:
    async def start() -> Any:
        async with client(AsyncCocApi) as api:
            return (await api.clan_tag(TAG))["tag"]

    async def main() -> Any:
        return await asyncio.gather(*[start() for _ in range(5)])

    assert asyncio.run(main()) == [TAG] * 5
    assert len(box.portal.logins) == 1


def test_a_change_of_address_is_one_log_in_for_all(box: Sandbox, client: Make) -> None:
    with client() as one, client() as other:
        assert one.clan_tag(TAG)["tag"] == other.clan_tag(TAG)["tag"] == TAG
        box.move("203.0.113.9")
        assert one.clan_tag(TAG)["tag"] == other.clan_tag(TAG)["tag"] == TAG
        assert one.plugins[Keys].key_ids() == other.plugins[Keys].key_ids()
    assert len(box.portal.logins) == 2
    assert len(box.portal.keys) == 1


def test_hosts_do_not_revoke_each_others_keys(box: Sandbox, client: Make) -> None:
    """Each has its own, and a process that starts on either finds it."""
    elsewhere = {"elsewhere": lambda _: Elsewhere()}
    for _ in range(2):
        with client() as here, client(plugins=elsewhere) as there:
            for _ in range(2):
                assert here.clan_tag(TAG)["tag"] == there.clan_tag(TAG)["tag"] == TAG
    assert [key.cidr_ranges for key in box.portal.keys] == [["203.0.113.7"], ["198.51.100.1"]]
    assert len(box.portal.logins) == 2


def test_the_store_shows_no_key(box: Sandbox, shared: Shared, client: Make) -> None:
    """Neither does it show whose they are."""
    with client() as api:
        api.clan_tag(TAG)
    assert isinstance(shared.store, Watched)
    ((name, value),) = shared.store.written
    assert name.startswith("keys:")
    assert box.email not in name
    assert box.portal.keys[0].token.encode() not in value
    assert b"eyJ" not in value


def test_another_password_reads_nothing_of_it(
    box: Sandbox, client: Make, caplog: pytest.LogCaptureFixture
) -> None:
    """It logs in for itself."""
    with client() as api:
        api.clan_tag(TAG)
    box.portal.accounts[box.email].password = "changed-password"
    with client(password="changed-password") as api:
        assert api.clan_tag(TAG)["tag"] == TAG
    assert "the keys in the store cannot be read: InvalidToken" in caplog.text
    assert len(box.portal.logins) == 2
    assert len(box.portal.keys) == 1


def test_a_store_that_fails_costs_no_call(box: Sandbox, shared: Shared, client: Make) -> None:
    """Each process logs in for itself, and finds the key that is there."""
    shared.store = Broken(10**6, 1000)
    for _ in range(2):
        with client() as api:
            assert api.clan_tag(TAG)["tag"] == TAG
    assert len(box.portal.logins) == 2
    assert len(box.portal.keys) == 1


class Full(Watched):
    """Takes nothing while it has no room."""

    full = True

    def put(self, key: str, value: bytes, seconds: float | None = None) -> Flow[None]:
        if self.full:
            raise StoreUnavailable("has no room")
        return (yield from super().put(key, value, seconds))


def test_that_keys_are_not_shared_is_told_and_that_they_are_again(
    shared: Shared, client: Make, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once each, by the same logger."""
    caplog.set_level("INFO", "cocapi.keys")
    monkeypatch.setattr("cocapi.client.store.PAUSE", 0.0)
    shared.store = store = Full()
    with client() as api:
        assert api.clan_tag(TAG)["tag"] == TAG
        store.full = False
        for _ in range(2):
            api.run_flow(api.plugins["keys"].renewal.shared.publish(()))
    records = [record for record in caplog.records if record.getMessage().startswith("the keys are")]
    assert [(record.name, record.levelname) for record in records] == [
        ("cocapi.keys", "WARNING"),
        ("cocapi.keys", "INFO"),
    ]
    assert records[-1].getMessage() == "the keys are shared again"


def test_log_ins_are_limited_for_all_together(box: Sandbox, client: Make, shared: Shared) -> None:
    """Eight with a portal that fails do not ask it eight times."""
    shared.store = Watched(clock=lambda: 1000.0)
    box.faults.status(503, path="/api/*", times=None)
    for _ in range(8):
        with client(keys={"max_wait": 1}) as api, pytest.raises(CocApiError, match=r"503|within a minute"):
            api.clan_tag(TAG)
    assert [arrival.path for arrival in box.requests] == ["/api/login"] * 3


def test_a_lease_that_a_call_left_is_taken_over(client: Make, box: Sandbox) -> None:
    """By the next call of the same client, at once."""
    box.faults.delay(0.5, path="/api/login")
    with client() as api:
        with pytest.raises(RequestTimeout):
            api.with_options(total_timeout=0.2).clan_tag(TAG)
        assert api.clan_tag(TAG)["tag"] == TAG


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_lease_that_a_cancelled_task_left_is_the_next_ones(
    client: Make, box: Sandbox, backend: str
) -> None:
    """Nobody could give it back, for that takes a wait."""
    box.faults.delay(5, path="/api/login")

    async def main() -> Any:
        async with client(AsyncCocApi) as api:
            async with anyio.create_task_group() as group:
                group.start_soon(api.clan_tag, TAG)
                while not box.requests:
                    await anyio.sleep(0.01)
                group.cancel_scope.cancel()
            lease = api.plugins[Keys].renewal.shared._lease
            answer = await api.clan_tag(TAG)
            return lease is not None, answer["tag"]

    assert anyio.run(main, backend=backend) == (True, TAG)


def test_without_the_library_each_logs_in_for_itself(
    box: Sandbox, client: Make, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """And makes no second key; the log names the extra."""
    monkeypatch.setitem(sys.modules, "cryptography.fernet", None)
    for _ in range(2):
        with client() as api:
            assert api.clan_tag(TAG)["tag"] == TAG
    assert len(box.portal.keys) == 1
    assert len(box.portal.logins) == 2
    assert "pip install 'cocapi[keys]'" in caplog.text


def one_call(api: AnyCocApi) -> Flow[Any]:
    return (yield from call(api.clan_tag, TAG))["tag"]


PROGRAM = """
import sys
from cocapi import ApiConfig, CocApi
base_url, portal, store, email, password = sys.argv[1:]
settings = {"store_timeout": 5, "verify_token": False, "plugins": {"keys": {"portal": portal}}}
config = ApiConfig(base_url=base_url, store=store, **settings)
with CocApi.from_credentials(email, password, config=config) as api:
    print(api.clan_tag("#2PP")["tag"])
"""


def test_processes_share_a_file(box: Sandbox, tmp_path: Path) -> None:
    """Really: three that start together, with the store of a host."""
    store = f"sqlite:///{tmp_path}/cocapi.db"
    arguments = [box.base_url, box.portal_url, store, box.email, box.password]
    started = [
        subprocess.Popen([sys.executable, "-c", PROGRAM, *arguments], stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    assert [process.communicate()[0].strip() for process in started] == [TAG] * 3
    assert len(box.portal.keys) == 1
    assert len(box.portal.logins) == 1
