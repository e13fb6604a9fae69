"""The store in a file keeps what every store promises, for the processes of a host, whatever ends them."""

import asyncio
import os
import random
import shutil
import sqlite3
import stat
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, TypeVar

import anyio
import pytest
import time_machine

from cocapi import ApiConfig, CocApi, ConfigError, Flow, Lease, StoreUnavailable
from cocapi.calls.drivers import AsyncIO, SyncIO, arun, run
from cocapi.clocks import asleep, nap
from cocapi.testing import Clock, Script
from cocapi.testing.stores import StoreConformance
from cocapi_sqlite import Sqlite, SqliteStore
from cocapi_sqlite.database import Database

T = TypeVar("T")


class TestSqlite(StoreConformance):
    """On a clock that is moved by hand, so that ends are checked to the instant."""

    tick = 1.0
    tolerance = 0.0
    examples = 15

    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.folder = tmp_path
        self.files = 0

    def new_store(self) -> SqliteStore:
        self.clock = Clock()
        self.files += 1
        return self.opened()

    def opened(self) -> SqliteStore:
        database = Database(self.folder / f"{self.files}.db", timeout=5)
        return SqliteStore(database, age=self.clock, clock=self.clock)

    def second_handle(self, store: Any) -> SqliteStore:
        return self.opened()

    def pass_time(self, seconds: float) -> Flow[None]:
        self.clock.advance(seconds)
        return
        yield


PROGRAM = """
import sys
from cocapi.calls.drivers import SyncIO, run
from cocapi.clocks import asleep, nap
from cocapi_sqlite.database import Database
from cocapi_sqlite.store import SqliteStore
from pathlib import Path

store = SqliteStore(Database(Path(sys.argv[1]), timeout=10))

def done(flow):
    return run(flow, SyncIO(None, nap))
"""


def program(path: Path, code: str, *arguments: object) -> subprocess.Popen[str]:
    """Another process that uses the store."""
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM + textwrap.dedent(code), path, *map(str, arguments)],
        stdout=subprocess.PIPE,
        text=True,
    )


def printed(processes: Iterable[subprocess.Popen[str]]) -> list[str]:
    """What they printed, when all have ended well."""
    outputs = [process.communicate(timeout=60)[0] for process in processes]
    assert [process.returncode for process in processes] == [0] * len(outputs)
    return outputs


def done(flow: Flow[T]) -> T:
    """What a verb answers in synchronous code."""

    def refuse(_: object) -> Any:
        raise AssertionError("a store sends nothing")

    return run(flow, SyncIO(refuse, nap))


OPENED: list[SqliteStore] = []
"""Stores of the test that is running."""


def store_at(path: Path, **settings: Any) -> SqliteStore:
    """A store that is closed when the test ends."""
    OPENED.append(SqliteStore(Database(path, timeout=10), **settings))
    return OPENED[-1]


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    while OPENED:
        done(OPENED.pop().close())


def client(path: object, **settings: Any) -> CocApi:
    """A client with a store in a file."""
    settings = {"only_plugins": ("script", "sqlite"), "store_timeout": 5, **settings}
    return Script().client(store=f"sqlite:///{path}", **settings)


def test_what_was_put_is_there_for_the_next_client(tmp_path: Path) -> None:
    with client(tmp_path / "x.db") as api:
        done(api.store.put("key", b"1"))
    with client(tmp_path / "x.db") as api:
        assert done(api.store.get("key")) == b"1"


@pytest.mark.skipif(os.name == "nt", reason="Windows has other permissions")
def test_the_files_are_for_their_owner_alone(tmp_path: Path) -> None:
    """Whatever the umask is; those beside it too."""
    before = os.umask(0)
    try:
        with client(tmp_path / "x.db") as api:
            done(api.store.put("key", b"1"))
            modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()}
    finally:
        os.umask(before)
    assert modes == {"x.db": 0o600, "x.db-wal": 0o600, "x.db-shm": 0o600}


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_a_link_to_a_file_that_is_not_there_yet_is_followed(tmp_path: Path) -> None:
    """As a volume of a container may be linked; with the rights of a file of ours."""
    link, file = tmp_path / "bot.db", tmp_path / "volume.db"
    link.symlink_to(file)
    with client(link) as api:
        api.run_flow(api.store.put("key", b"value"))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with client(file) as api:
        assert api.run_flow(api.store.get("key")) == b"value"


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_links_that_go_round_are_told_as_that(tmp_path: Path) -> None:
    link = tmp_path / "bot.db"
    link.symlink_to(link)
    with (
        pytest.raises(ConfigError, match="cannot be used: Too many levels of symbolic links"),
        client(link) as api,
    ):
        api.clan_tag("#2PP")


def test_a_relative_path_is_that_of_the_folder_in_which_the_client_was_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with client("x.db") as api:
        monkeypatch.chdir("/")
        done(api.store.put("key", b"1"))
    assert (tmp_path / "x.db").exists()


def of_another_program(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE song (name)")


def of_a_later_version(path: Path) -> None:
    done(store_at(path).put("key", b"1"))
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 2")


REFUSED: list[tuple[Callable[[Path], object], str]] = [
    (of_another_program, "it is a database of another program"),
    (of_a_later_version, "it has format 2, and this cocapi reads 1"),
    (lambda path: path.write_text("a letter, and no database " * 9), "file is not a database"),
    (lambda path: path.mkdir(), "unable to open database file"),
]


@pytest.mark.parametrize(("spoil", "why"), REFUSED)
def test_a_file_that_is_not_ours_is_refused_and_left_alone(
    spoil: Callable[[Path], object], why: str, tmp_path: Path
) -> None:
    """When the client is made, in one sentence with the setting and the way out."""
    path = tmp_path / "x.db"
    spoil(path)
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(ConfigError) as refused:
        client(path)
    sentence = f"store='sqlite:///{path}' cannot be used: {why}; name another file, or mend this one"
    assert str(refused.value) == sentence
    assert before == (path.read_bytes() if path.is_file() else None)


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(
        ConfigError,
        match=r"store='sqlite:///.*/none/x.db' cannot be used: there is no folder .*/none; make it, or",
    ):
        client(tmp_path / "none" / "x.db")


@contextmanager
def as_nobody() -> Iterator[None]:
    """Without the rights of root, where the tests have them."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.skipif(os.name == "nt", reason="Windows has other permissions")
@pytest.mark.parametrize("mode", [0, 0o444, None])
def test_a_path_that_cannot_be_written_is_told(mode: int | None) -> None:
    """A file of somebody else, one that may be read at least, and a folder of somebody else."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.db"
        if mode is not None:
            done(store_at(path).put("key", b"1"))
            path.chmod(mode)
        path.parent.chmod(0o555)
        with as_nobody(), pytest.raises(ConfigError) as refused:
            client(path)
        path.parent.chmod(0o755)
        assert str(refused.value).startswith(
            f"store='sqlite:///{path}' cannot be used: Permission denied; name another file"
        )


FULL = (
    r"x\.db of .* cannot be used \((database or disk is full\): make room on its disk, or|"
    r"disk I/O error\): see whether its disk is full or damaged, or) name a file on another one in store=$"
)
"""By where SQLite was when there was no room."""


def damaged(path: Path) -> None:
    """Another program has written over all but the header, and the log of what is not there yet is lost."""
    path.with_name(f"{path.name}-wal").unlink(missing_ok=True)
    path.write_bytes(path.read_bytes()[:100] + b"\xff" * 50_000)


AWAY = [
    (
        lambda path: shutil.rmtree(path.parent),
        r"No such file or directory\): see whether its folder is there",
    ),
    (damaged, r"[^)]*\): (move it away|see whether its disk)"),
    (
        lambda path: path.write_bytes(b"hello" * 1000),
        r"file is not a database\): move it away, so that a new",
    ),
]


@pytest.mark.parametrize(("spoil", "sentence"), AWAY, ids=["folder", "damaged", "text"])
@pytest.mark.parametrize("backend", [None, "asyncio", "trio"])
def test_a_file_that_goes_bad_is_told_with_the_way_out(
    backend: str | None, spoil: Callable[[Path], object], sentence: str, tmp_path: Path
) -> None:
    """By whoever opens it then."""
    path = tmp_path / "folder" / "x.db"
    path.parent.mkdir()
    store = store_at(path)

    def used() -> Flow[None]:
        yield from store.put("key", b"1")
        yield from store.close()
        spoil(path)
        yield from store.put("key", b"2")

    async def main() -> None:
        await arun(used(), AsyncIO(None, asleep))  # type: ignore[arg-type]

    with pytest.raises(StoreUnavailable, match=rf"^cannot be used \({sentence}"):
        done(used()) if backend is None else anyio.run(main, backend=backend)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such limit")
def test_a_disk_that_is_full_is_told_and_used_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was there can be read, and nothing of the put is."""
    import resource

    monkeypatch.setattr("cocapi.client.store.PAUSE", 0.1)
    with client(tmp_path / "x.db") as api:
        done(api.store.put("key", b"1"))
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, before[1]))  # no file may grow further
        try:
            with pytest.raises(StoreUnavailable, match=FULL):
                done(api.store.put("key", b"2" * 1_000_000))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        time.sleep(0.15)
        assert done(api.store.get("key")) == b"1"
        done(api.store.put("key", b"2" * 1_000_000))
        assert done(api.store.get("key")) == b"2" * 1_000_000
    assert len([record for record in caplog.records if record.levelname == "WARNING"]) == 1


@pytest.mark.parametrize(
    "store", ["sqlite:", "sqlite://", "sqlite:///", "sqlite:///:memory:", "sqlite://x.db"]
)
def test_an_address_without_a_file_is_refused(store: str) -> None:
    with pytest.raises(ConfigError, match=r"names no file: write 'sqlite:///cocapi\.db' for one in"):
        Sqlite(ApiConfig(store=store)).cocapi_store(ApiConfig(store=store))


def test_processes_that_make_the_file_at_once_share_it(tmp_path: Path) -> None:
    """And spend one budget, and claim one lease, and lose no entry of a log."""
    code = """
        print(sum(done(store.admit("key", 0.0001, 25)) == 0.0 for _ in range(20)),
              sum(done(store.claim(f"key{n}", 1000)) is not None for n in range(20)),
              [done(store.append("log", b"1")) for _ in range(20)][-1])
    """
    counts = [line.split() for line in printed([program(tmp_path / "x.db", code) for _ in range(4)])]
    assert sum(int(admitted) for admitted, _, _ in counts) == 25
    assert sum(int(claimed) for _, claimed, _ in counts) == 20
    assert max(int(position) for _, _, position in counts) == 80


KILLS = int(os.environ.get("KILLS", "8"))
"""How many processes are killed; hundreds by hand."""


def test_a_process_that_is_killed_leaves_nothing_half_done_and_no_lock(tmp_path: Path) -> None:
    """At moments of chance, most of them in a transaction; what it had confirmed is there."""
    path, chance = tmp_path / "x.db", random.Random(12)
    code = """
        number = int(sys.argv[2])
        while True:
            number = done(store.append("log", number.to_bytes(8) * 2000))
            done(store.put("last", number.to_bytes(8) * 2000))
            print(number, flush=True)
    """
    store, last = store_at(path), 0
    for _ in range(KILLS):
        process = program(path, code, last)
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(chance.uniform(0, 0.02))
        process.kill()
        confirmed = [int(line) for line in process.communicate()[0].splitlines()]
        before, last = last, done(store.append("log", b"mine"))
        assert last > max(confirmed, default=before)
        entries = done(store.read("log", before, 100_000))
        assert [entry.position for entry in entries] == list(range(before + 1, last + 1))
        whole = [(entry.position - 1).to_bytes(8) * 2000 for entry in entries[:-1]]
        assert [entry.content for entry in entries[:-1]] == whole
        value = done(store.get("last"))
        assert value is not None
        assert int.from_bytes(value[:8]) >= max(confirmed, default=0)
        assert value == value[:8] * 2000
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_a_locked_file_costs_the_timeout_and_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A reader does not wait; once it is free all is as before."""
    with (
        client(tmp_path / "x.db", store_timeout=0.1) as api,
        closing(sqlite3.connect(tmp_path / "x.db", isolation_level=None)) as other,
    ):
        done(api.store.put("key", b"1"))
        other.execute("BEGIN IMMEDIATE")
        assert done(api.store.get("key")) == b"1"
        for _ in range(3):
            with pytest.raises(StoreUnavailable, match=r"x\.db .* did not answer put within 0\.1 seconds"):
                done(api.store.put("key", b"2"))
        other.execute("ROLLBACK")
    (line,) = [record.getMessage() for record in caplog.records if record.name == "cocapi.store"]
    assert line.endswith(
        "did not answer put within 0.1 seconds: see what holds it up, or give it more time (store_timeout); "
        "calls go on without it; it is asked again every 5 seconds"
    )
    with client(tmp_path / "x.db") as api:
        assert done(api.store.get("key")) in (b"1", b"2")  # one that was late may yet have been done
        done(api.store.put("key", b"3"))


@pytest.mark.skipif(os.name == "nt", reason="Windows deletes no file that is open")
@pytest.mark.parametrize("pattern", ["x.db", "x.db*"])
def test_a_file_that_is_deleted_is_left_by_all_at_their_next_verb(tmp_path: Path, pattern: str) -> None:
    """Nobody waits for a lease of the old one, or puts into it what nobody will find."""
    path = tmp_path / "x.db"
    one, other = store_at(path), store_at(path)
    lease = done(one.get_or_claim("key", 1000))
    assert isinstance(lease, Lease)
    assert done(other.get_or_claim("key", 1000)) is None
    for file in tmp_path.glob(pattern):
        file.unlink()
    successor = done(other.get_or_claim("key", 1000))
    assert isinstance(successor, Lease)
    assert done(one.put_and_release(lease, "key", b"late")) is False
    assert done(other.put_and_release(successor, "key", b"1")) is True
    assert done(one.get_or_claim("key", 1000)) == b"1"
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_the_file_is_bounded_and_values_that_end_soonest_go_first(tmp_path: Path) -> None:
    """Those without an end stay longest."""
    store = store_at(tmp_path / "x.db", max_bytes=2**20)
    done(store.put("state", b"s"))
    done(store.put("soon", b"x" * 10_000, 10))
    for number in range(400):
        done(store.put(f"key{number}", b"x" * 10_000, 1000 + number))
    assert done(store.get("state")) == b"s"
    assert done(store.get("soon")) is None
    assert done(store.get("key399")) is not None
    kept = sum(done(store.get(f"key{number}")) is not None for number in range(400))
    assert 60 < kept < 110
    done(store.close())
    assert (tmp_path / "x.db").stat().st_size < 1.1 * 2**20


def test_a_value_that_is_larger_than_the_file_may_be_is_not_kept(tmp_path: Path) -> None:
    store = store_at(tmp_path / "x.db", max_bytes=2**20)
    done(store.put("key", b"x" * 2**21))
    assert done(store.get("key")) is None


def test_what_is_over_takes_no_room(tmp_path: Path) -> None:
    """Values, leases and budgets; entries of a log are bounded by their number."""
    clock = Clock()
    store = store_at(tmp_path / "x.db", age=clock, clock=clock, max_entries=10)
    for number in range(200):
        done(store.put(f"key{number}", b"1", 1))
        done(store.claim(f"key{number}", 1))
        done(store.admit(f"key{number}", 1, 1))
        done(store.append("log", b"1"))
        clock.advance(0.5)
    with closing(sqlite3.connect(tmp_path / "x.db")) as connection:
        for table, most in (("value", 5), ("lease", 5), ("budget", 5), ("entry", 10)):
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] <= most  # noqa: S608
    assert done(store.read("log"))[0].position == 191


def test_a_clock_that_begins_anew_holds_nobody_back_for_long(tmp_path: Path) -> None:
    """As after a restart of the machine: a lease lasts as long as it was claimed for, a budget its burst."""
    clock = Clock()
    clock.advance(1_000_000)
    store = store_at(tmp_path / "x.db", clock=clock)
    assert done(store.claim("key", 60)) is not None
    assert [done(store.admit("key", 0.1, 2)) for _ in range(3)] == [0.0, 0.0, 10.0]
    clock.advance(-1_000_000)
    assert done(store.claim("key", 60)) is None
    assert done(store.admit("key", 0.1, 2)) == 10.0
    clock.advance(60)
    assert done(store.claim("key", 60)) is not None
    assert done(store.admit("key", 0.1, 2)) == 0.0


def test_values_age_by_the_date(tmp_path: Path) -> None:
    """Which a test moves forward; set back, it makes nothing live longer."""
    store = store_at(tmp_path / "x.db")
    with time_machine.travel(1_000_000, tick=False) as traveller:
        done(store.put("key", b"1", 60))
        traveller.shift(59)
        assert done(store.get("key")) == b"1"
        traveller.shift(2)
        assert done(store.get("key")) is None
        done(store.put("key", b"1", 60))
        traveller.shift(-30)
        assert done(store.get("key")) is None


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_the_child_of_a_fork_opens_the_file_anew(tmp_path: Path) -> None:
    """While the parent goes on with its own connections."""
    with client(tmp_path / "x.db") as api:
        done(api.store.put("parent", b"1"))
        child = os.fork()
        if child == 0:
            try:
                done(api.store.put("child", done(api.store.get("parent")) or b""))
                os._exit(0)
            finally:
                os._exit(1)
        for number in range(50):
            done(api.store.append("log", b"%d" % number))
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert done(api.store.get("child")) == b"1"
        assert len(done(api.store.read("log"))) == 50


def test_an_event_loop_goes_on_while_the_file_is_locked(tmp_path: Path) -> None:
    store = store_at(tmp_path / "x.db")
    done(store.put("key", b"1"))

    async def main() -> int:
        turns = 0
        with closing(
            sqlite3.connect(tmp_path / "x.db", isolation_level=None, check_same_thread=False)
        ) as other:
            other.execute("BEGIN IMMEDIATE")
            put = asyncio.create_task(arun(store.put("key", b"2"), AsyncIO(None, asyncio.sleep)))  # type: ignore[arg-type]
            for _ in range(20):
                await asyncio.sleep(0.005)
                turns += not put.done()
            other.execute("ROLLBACK")
            await put
        return turns

    assert asyncio.run(main()) == 20
    assert done(store.get("key")) == b"2"


def test_an_interrupt_leaves_the_store_whole(tmp_path: Path, storm: Any) -> None:
    """Wherever it hits: the log misses no position, and nobody waits for a lock."""
    hits = confirmed = 0
    with client(tmp_path / "x.db") as api:
        for _ in range(60):
            try:
                storm.arm(40)
                for _ in range(20):
                    confirmed = done(api.store.append("log", b"x" * 100))
                storm.ticks = 0  # it raises no more
            except storm.Interrupt:
                hits += 1
        storm.end()
        last = done(api.store.append("log", b"end"))
        entries = done(api.store.read("log", 0, 100_000))
    assert hits > 20
    assert confirmed < last <= len(entries)  # what an interrupt left to its thread may come behind the last
    assert [entry.position for entry in entries] == list(range(1, len(entries) + 1))


def test_a_connection_that_is_in_use_at_the_close_is_closed_after_its_use(tmp_path: Path) -> None:
    """By whoever uses it: a verb that was too late for its caller."""
    database, used = Database(tmp_path / "x.db", timeout=5), []

    def work(connection: sqlite3.Connection) -> None:
        database.close()
        used.append(connection)

    database.read(work)
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        used[0].execute("SELECT 1")
    assert database.read(lambda connection: connection.execute("SELECT 1").fetchone()) == (1,)
    database.close()
