"""The plugin ``sqlite_cache``, over a scripted network and with a clock that is moved by hand."""

from __future__ import annotations

import sqlite3
import threading
import time
import zlib
from collections.abc import Callable
from multiprocessing import get_all_start_methods, get_context
from pathlib import Path
from typing import Any

import anyio
import pytest
from cocapi import ApiConfig, ConfigError, Request, Response
from cocapi.testing import Clock, Script, json_response

from cocapi_sqlite_cache import SqliteCache, SqliteCacheOptions
from cocapi_sqlite_cache.answers import Answer, Answers
from cocapi_sqlite_cache.packing import pack, unpack

START = 1_760_000_000.0
FIRST, SECOND = {"clanLevel": 1}, {"clanLevel": 2}
FAILED = "http"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "cache.sqlite3"


@pytest.fixture
def script() -> Script:
    """Each answer says by its level which one it is."""
    return Script(*(json_response({"clanLevel": level}) for level in range(1, 10)), clock=Clock(START))


def settings(script: Script, path: Path, *others: str, **options: Any) -> dict[str, Any]:
    """Settings of a client with this plugin, told the time by the script's clock, and with some others."""
    given = SqliteCacheOptions(path, **options)
    return {
        "only_plugins": ("script", "sqlite_cache", *others),
        "plugins": {"sqlite_cache": lambda config: SqliteCache(config, given, clock=script.clock)},
    }


def client(script: Script, **settings: Any) -> Any:
    """A client whose answers may be whatever a script says."""
    return script.client(**settings)


Ask = Callable[..., Any]


@pytest.fixture(params=["sync", "asyncio", "trio"])
def ask(request: pytest.FixtureRequest) -> Ask:
    """Ask a new client one question, as a program does that starts, asks and ends.

    ask(script, settings, cache=False) -> the answer, or the kind of the error
    """

    def ask(script: Script, settings: dict[str, Any], **options: Any) -> Any:
        if request.param == "sync":
            with client(script, **settings) as api:
                answer = api.with_options(**options).clan_tag("#2PP")
        else:
            answer = anyio.run(asked, script, settings, options, backend=request.param)
        return answer.get("error_type", answer)

    return ask


async def asked(script: Script, settings: dict[str, Any], options: dict[str, Any]) -> Any:
    async with script.async_client(**settings) as api:
        return await api.with_options(**options).clan_tag("#2PP")


def test_an_answer_survives_a_restart(ask: Ask, script: Script, path: Path) -> None:
    """Until its time is over."""
    some = settings(script, path, ttl=60)
    assert ask(script, some) == ask(script, some) == FIRST
    script.clock.advance(59.9)
    assert ask(script, some) == FIRST
    script.clock.advance(0.1)
    assert ask(script, some) == ask(script, some) == SECOND
    assert len(script.requests) == 2


def test_the_cache_in_memory_is_asked_first_and_fills(script: Script, path: Path) -> None:
    """The file is read once by each client, whatever the plugin's name."""
    some = settings(script, path, "cache")
    for _ in range(2):
        with client(script, **some) as api:
            asked = [hook.record.name for hook in api.plugins.hooks.cocapi_cache_lookup]
            assert asked == ["cache", "sqlite_cache"]
            answers = [api.clan_tag("#2PP") for _ in range(3)]
            assert api.get_cache_stats()["stats"]["misses"] == 1
            assert answers == [FIRST] * 3
    assert len(script.requests) == 1


def test_memory_keeps_it_no_longer_than_the_file(script: Script, path: Path) -> None:
    """`Hit.fresh_for` says how long."""
    some = settings(script, path, "cache", ttl=60)
    with client(script, **some) as api:
        api.clan_tag("#2PP")
    script.clock.advance(59.9)
    with client(script, **some) as api:
        assert api.clan_tag("#2PP") == FIRST
        time.sleep(0.15)  # the cache in memory has a clock of its own
        script.clock.advance(0.1)
        assert api.clan_tag("#2PP") == SECOND


def test_a_fresh_answer_is_fetched_and_kept(ask: Ask, script: Script, path: Path) -> None:
    """``with_options(cache=False)``, a cache of another name included."""
    some = settings(script, path)
    assert ask(script, some) == FIRST
    assert ask(script, some, cache=False) == SECOND
    assert ask(script, some) == SECOND


def test_a_wrong_token_is_not_vouched_for(path: Path) -> None:
    """The verification of a token reaches the network, although its answer is in the file."""
    refused = json_response({"reason": "accessDenied"}, status_code=403)
    some = json_response({"items": []})
    script = Script(some, some, refused, clock=Clock(START))
    verified = settings(script, path) | {"verify_token": True}
    with client(script, **verified) as api:
        api.location()
        assert "error_type" not in api.location()
    with pytest.raises(ValueError, match="API initialization failed"):
        script.client(**verified)


def test_a_call_can_sit_out(ask: Ask, script: Script, path: Path) -> None:
    """Nothing is read, and nothing kept."""
    some = settings(script, path)
    assert ask(script, some, sqlite_cache=False) == FIRST
    assert ask(script, some) == SECOND
    assert ask(script, some, sqlite_cache=False) == {"clanLevel": 3}
    assert ask(script, some) == SECOND


def test_an_answer_past_its_time_stands_in_for_a_failure(ask: Ask, path: Path) -> None:
    """As long as the options allow, and not for an answer that says no."""
    script = Script(json_response(FIRST), Response(503), Response(404), Response(503), clock=Clock(START))
    some = settings(script, path, ttl=60, stale_if_error=60)
    assert ask(script, some) == FIRST
    script.clock.advance(60)
    assert ask(script, some) == FIRST
    assert ask(script, some) == FAILED
    script.clock.advance(60)
    assert ask(script, some) == FAILED
    assert len(script.requests) == 4


def test_an_answer_near_its_end_is_refreshed(script: Script, path: Path) -> None:
    """In the background, once; whoever asks does not wait for it."""
    asked = threading.Event()

    def slow(request: Request) -> Response:
        asked.wait(60)
        return json_response(SECOND)

    script.answers[1] = slow
    with client(script, **settings(script, path, ttl=60, refresh_ahead=10)) as api:
        assert api.clan_tag("#2PP") == FIRST
        script.clock.advance(55)
        assert [api.clan_tag("#2PP") for _ in range(3)] == [FIRST] * 3
        asked.set()
        while api.plugins["sqlite_cache"].refreshing.under_way:
            time.sleep(0.005)
        script.clock.advance(30)
        assert api.clan_tag("#2PP") == SECOND
    assert len(script.requests) == 2
    assert script.requests[0].url == script.requests[1].url


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_an_answer_near_its_end_is_refreshed_by_a_task(backend: str, script: Script, path: Path) -> None:
    """The same in asynchronous code."""

    async def main() -> None:
        api: Any
        async with script.async_client(**settings(script, path, ttl=60, refresh_ahead=10)) as api:
            assert await api.clan_tag("#2PP") == FIRST
            script.clock.advance(55)
            assert await api.clan_tag("#2PP") == FIRST
            while api.plugins["sqlite_cache"].refreshing.under_way:  # noqa: ASYNC110
                await anyio.sleep(0.005)
            script.clock.advance(30)
            assert await api.clan_tag("#2PP") == SECOND

    anyio.run(main, backend=backend)
    assert len(script.requests) == 2


def test_a_refresh_that_fails_changes_nothing(path: Path) -> None:
    """The answer is given as long as it may be."""
    script = Script(json_response(FIRST), Response(404), json_response(SECOND), clock=Clock(START))
    with client(script, **settings(script, path, ttl=60, refresh_ahead=10)) as api:
        api.clan_tag("#2PP")
        script.clock.advance(55)
        assert api.clan_tag("#2PP") == FIRST
        while api.plugins["sqlite_cache"].refreshing.under_way:
            time.sleep(0.005)
        script.clock.advance(4)
        assert api.clan_tag("#2PP") == FIRST


def test_a_clock_that_was_turned_back_keeps_nothing_alive(ask: Ask, script: Script, path: Path) -> None:
    """An answer from the future is none."""
    some = settings(script, path)
    assert ask(script, some) == FIRST
    script.clock.advance(-1)
    assert ask(script, some) == SECOND


@pytest.mark.parametrize("damage", ["cut off", "one bit flipped", "empty", "a pickle", "of another format"])
def test_a_damaged_answer_is_a_miss(damage: str, ask: Ask, script: Script, path: Path) -> None:
    """And the next one is kept in its place."""
    some = settings(script, path)
    assert ask(script, some) == FIRST
    with sqlite3.connect(path) as connection:
        (packed,) = connection.execute("SELECT packed FROM answer").fetchone()
        connection.execute("UPDATE answer SET packed = ?", (damaged(packed, damage),))
    connection.close()
    assert ask(script, some) == ask(script, some) == SECOND


def damaged(packed: bytes, damage: str) -> bytes:
    """What a disk, another program or another version may have left."""
    return {
        "cut off": packed[:-5],
        "one bit flipped": bytes([*packed[:-1], packed[-1] ^ 1]),
        "empty": b"",
        "a pickle": b"\x80\x04N.",
        "of another format": zlib.compress(zlib.decompress(packed).replace(b'"format": 1', b'"format": 2')),
    }[damage]


def test_a_file_that_is_none_costs_a_warning(
    ask: Ask, script: Script, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """One for each client; calls go on, and the file stays as it is."""
    path.parent.mkdir()
    path.write_bytes(b"a letter to my aunt, by mistake" * 100)
    some = settings(script, path)
    assert [ask(script, some), ask(script, some)] == [FIRST, SECOND]
    assert [record.getMessage().partition(": ")[0] for record in caplog.records] == [
        f"{path} cannot be used"
    ] * 2
    assert path.read_bytes().startswith(b"a letter to my aunt")


def test_two_clients_share_the_file(script: Script, path: Path) -> None:
    """At the same time."""
    some = settings(script, path)
    with client(script, **some) as one, client(script, **some) as other:
        assert one.clan_tag("#2PP") == other.clan_tag("#2PP") == FIRST


@pytest.mark.skipif("fork" not in get_all_start_methods(), reason="this system has no fork")
def test_the_child_of_a_fork_opens_the_file_for_itself(script: Script, path: Path) -> None:
    """SQLite forbids a child its parent's connection; both go on reading and writing."""
    with client(script, **settings(script, path)) as api:
        api.clan_tag("#2PP")
        child = get_context("fork").Process(target=api.clan_tag, args=("#2QQ",))
        child.start()
        child.join()
        assert child.exitcode == 0
        assert api.clan_tag("#2QQ") == SECOND
    assert len(script.requests) == 1  # the other one was the child's


def test_the_oldest_go_first(path: Path) -> None:
    """Where there are more than the options allow."""
    answers = Answers(path, limit=10)
    for second in range(101):
        answers.put(str(second), Answer(Response(200), float(second)))
    kept = [second for second in range(101) if answers.get(str(second))]
    answers.close()
    assert kept == [*range(91, 101)]


def test_what_is_packed_is_unpacked() -> None:
    """Status, headers and every byte of the body."""
    response = Response(203, {"cache-control": "max-age=60"}, b"a\nb\x00\xff")
    again = unpack(pack(response))
    assert again is not None
    assert (again.status_code, dict(again.headers), again.content) == (
        203,
        {"cache-control": "max-age=60"},
        b"a\nb\x00\xff",
    )


def test_without_a_path_it_is_off_and_says_so() -> None:
    """Installed is not enough; and nothing is warned of."""
    with Script().client() as api:
        assert "sqlite_cache" not in api.plugins
        assert "it keeps nothing until it has a path" in api.plugins.absence("sqlite_cache")


def test_a_wrong_option_is_refused() -> None:
    """By name, with what there is."""
    with pytest.raises(ConfigError, match="'pth'"):
        Script().client(plugins={"sqlite_cache": {"pth": "x"}})


def test_the_path_may_begin_with_a_tilde(monkeypatch: pytest.MonkeyPatch) -> None:
    """And come from the environment."""
    monkeypatch.setenv("COCAPI_SQLITE_CACHE_PATH", "~/cache.sqlite3")
    options = ApiConfig.load().options_for("sqlite_cache", SqliteCacheOptions)
    assert options.path == Path.home() / "cache.sqlite3"
