"""A server that fails costs each call a bounded moment and the program one warning, and is used again."""

import logging
import os
import random
import re
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
import trustme
from anyio.from_thread import start_blocking_portal

from cocapi import StoreUnavailable
from cocapi.clocks import elapsed
from cocapi.testing import Script

TIMEOUT = 0.2
"""Seconds of `store_timeout` where a server hangs, which some verbs wait for."""

PATIENCE = 60
"""Seconds of it where nothing hangs; and after which a test has failed."""


class Time:
    """That of the core, which a test moves on by as much as a store is left alone."""

    moved = 0.0

    def __call__(self) -> float:
        return elapsed() + self.moved


@pytest.fixture(autouse=True)
def _moved_by_hand(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("cocapi.client.store.PAUSE", 1000.0)
    monkeypatch.setattr("cocapi.client.store.elapsed", Time())
    yield
    Time.moved = 0.0


class Client:
    """Uses the store of a client, a verb at a time."""

    def __init__(self, api: Any, wait: Callable[..., Any]) -> None:
        self.api, self.wait = api, wait

    def __call__(self, verb: str, *arguments: Any) -> Any:
        verbs = self.api.streams if verb in dict(STREAM_VERBS) else self.api.store
        return self.wait(self.api.run_flow, getattr(verbs, verb)(*arguments))

    def fails(self, verb: str, *arguments: Any) -> StoreUnavailable:
        """Why a verb failed."""
        with pytest.raises(StoreUnavailable) as failure:
            self(verb, *arguments)
        return failure.value

    def works(self) -> None:
        """Wait until the store is asked again, and answers."""
        until = time.monotonic() + PATIENCE
        while True:
            try:
                Time.moved += 1000
                self("put", "again", b"1")
                assert self("get", "again") == b"1"
            except StoreUnavailable:  # this machine was too slow
                assert time.monotonic() < until
            else:
                return

    def waits(self, times: int) -> int:
        """How many of so many verbs waited for an answer; the others were refused at once."""
        failures = [self.fails("get", "key") for _ in range(times)]
        return sum(isinstance(failure.__cause__, TimeoutError) for failure in failures)


@contextmanager
def client(mode: str, url: str, timeout: float = PATIENCE, **options: Any) -> Iterator[Client]:
    """A client of synchronous code, of asyncio or of trio, whose loop runs in a thread beside the test."""
    settings: dict[str, Any] = {
        "store": url,
        "store_timeout": timeout,
        "only_plugins": ("script", "redis"),
        "plugins": {"redis": {"namespace": f"test{time.monotonic_ns()}"} | options},
    }
    if mode == "sync":
        with Script().client(**settings) as api:
            yield Client(api, lambda function, *arguments: function(*arguments))
        return
    with start_blocking_portal(backend=mode) as portal:
        async_api = Script().async_client(**settings)
        with portal.wrap_async_context_manager(async_api):
            yield Client(async_api, portal.call)


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What was logged about the store, from WARNING on."""
    found = [record for record in caplog.records if record.name == "cocapi.store"]
    return [record.getMessage() for record in found if record.levelno >= logging.WARNING]


in_each_mode = pytest.mark.parametrize("mode", ["sync", "asyncio", "trio"])


@in_each_mode
def test_a_server_that_is_not_there_costs_no_time(
    mode: str, redis_server: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing waits for it; and it is used once it is there."""
    redis_server.stop()
    with client(mode, redis_server.url) as store:
        assert store.waits(20) == 0
        why = str(store.fails("get", "key"))
        redis_server.start()
        store.works()
    assert re.match(
        r"the store redis://127\.0\.0\.1:\d+ of plugin 'redis' of cocapi \S+ cannot be reached ", why
    )
    assert why.endswith(" (Connection refused): start it, or mend host and port in store=")
    (line,) = warnings(caplog)
    assert line.startswith(why)


@in_each_mode
def test_a_server_that_hangs_costs_a_bounded_moment(
    mode: str, redis_server: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """Two calls find out; the others do not ask, until it goes on."""
    with client(mode, redis_server.url, TIMEOUT) as store:
        store.works()
        caplog.clear()
        redis_server.signal(signal.SIGSTOP)
        try:
            assert store.waits(20) == 2
        finally:
            redis_server.signal(signal.SIGCONT)
        (line,) = warnings(caplog)
        store.works()
    assert (
        f"did not answer get within {TIMEOUT} seconds: see what holds it up, or give it more time "
        "(store_timeout); calls go on without it" in line
    )


@in_each_mode
def test_one_that_accepts_and_never_answers_is_no_other(mode: str, caplog: pytest.LogCaptureFixture) -> None:
    """Such as a firewall, or a server of something else that waits for more."""
    with (
        closing(socket.create_server(("127.0.0.1", 0))) as listening,
        client(mode, f"redis://:hidden@127.0.0.1:{listening.getsockname()[1]}", TIMEOUT) as store,
    ):
        assert store.waits(10) == 2
    assert len(warnings(caplog)) == 1
    assert "hidden" not in caplog.text


@in_each_mode
def test_a_server_that_is_killed_is_used_again_when_it_is_back(
    mode: str, redis_server: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """Also where nobody noticed; the limit knows what was admitted before."""
    with client(mode, redis_server.url) as store:
        assert store("admit", "key", 0.001, 1) == 0.0
        assert store("append", "log", b"1") == 1
        redis_server.signal(signal.SIGKILL)
        redis_server.start()
        assert store("get", "key") is None
        assert store("admit", "key", 0.001, 1) > 0
        assert store("append", "log", b"2") == 2
        redis_server.signal(signal.SIGKILL)
        store.fails("get", "key")
        redis_server.start()
        store.works()
    assert len(warnings(caplog)) == 1


@in_each_mode
@pytest.mark.parametrize("user", ["", "somebody"])
def test_a_wrong_password_is_told_and_not_shown(
    mode: str, user: str, redis_server: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither as it is written in the address nor as it is meant."""
    url = redis_server.url.replace("//", f"//{user}:hid%40den@")
    redis_server.ask("CONFIG", "SET", "requirepass", "secret")
    try:
        with client(mode, url) as store:
            why = str(store.fails("get", "key"))
    finally:
        redis_server.stop()
        redis_server.start()
    assert why.endswith("refuses user or password: mend them in store='redis://user:password@host'")
    assert len(warnings(caplog)) == 1
    assert "den" not in caplog.text.replace("hidden", "")


VALUES = [
    *(
        "get",
        "set",
        "del",
        "unlink",
        "exists",
        "pexpire",
        "scan",
        "xadd",
        "xrange",
        "xtrim",
        "eval",
        "evalsha",
    ),
    *("time", "info"),
]
STREAMS = ["hget", "hset", "xack", "xautoclaim", "xclaim", "xgroup", "xinfo", "xpending", "xreadgroup"]

VERBS: list[tuple[str, tuple[Any, ...]]] = [
    ("get", ("key",)),
    ("forget", ("key",)),
    ("admit", ("key", 1, 1)),
    ("append", ("log", b"1")),
]
STREAM_VERBS: list[tuple[str, tuple[Any, ...]]] = [
    ("publish", ("s", "a", 1, {"n": b"1"}, 10)),
    ("receive", ("s", "g", "c", 1, 10)),
    ("renew", ("s", "g", "c", ["0-1"])),
    ("acknowledge", ("s", "g", "c", "0-1")),
]
DENIALS = [  # the verb, what is not granted, and what is told to be lacking
    (("get", ("key",)), {"get"}, {"get"}),
    (("get", ("key",)), {"get", *STREAMS}, {"get", *STREAMS}),
    (("admit", ("key", 1, 1)), {"info"}, {"info"}),
    (("append", ("log", b"1")), {"xadd"}, {"xadd"}),
    (("admit", ("key", 1, 1)), {"eval"}, {"eval"}),
    (("admit", ("key", 1, 1)), {"eval", "evalsha"}, {"eval", "evalsha"}),
    *((verb, set(STREAMS), set(STREAMS)) for verb in STREAM_VERBS),
    (STREAM_VERBS[1], {"xgroup"}, {"xgroup"}),
    (STREAM_VERBS[3], {"xpending"}, {"xpending"}),
]


@contextmanager
def somebody(server: Any, commands: Iterable[str], keys: str = "*") -> Iterator[str]:
    """The address for a user who may run some commands on some keys."""
    rules = [f"+{command}" for command in commands]
    server.ask("ACL", "SETUSER", "somebody", "reset", "on", ">hidden", f"~{keys}", *rules)
    try:
        yield server.url.replace("//", "//somebody:hidden@")
    finally:
        server.ask("ACL", "DELUSER", "somebody")


@in_each_mode
@pytest.mark.parametrize(("verb", "denied", "lacking"), DENIALS)
def test_commands_that_a_user_lacks_are_named_all_at_once(
    mode: str, verb: Any, denied: set[str], lacking: set[str], redis_server: Any
) -> None:
    """Also those that only a script runs, of which the server names none; with what grants them."""
    name, arguments = verb
    redis_server.ask("SCRIPT", "FLUSH")  # one that is known runs without eval
    with somebody(redis_server, {*VALUES, *STREAMS} - denied) as url, client(mode, url) as store:
        why = str(store.fails(name, *arguments))
    names = sorted(lacking)
    rules = " ".join(f"+{name}" for name in names)
    assert why.endswith(
        f"does not permit its user {', '.join(names)}: grant it (ACL SETUSER … {rules}), or name another "
        "user in store="
    )


@in_each_mode
def test_the_commands_of_the_page_are_enough(mode: str, redis_server: Any) -> None:
    """For values, leases, budgets and logs; and with its second list for streams."""
    page = (Path(__file__).parents[3] / "docs/reference/plugins/redis.md").read_text()
    needed = page.partition("and the commands ")[2].partition("; `select`")[0]
    values, streams = (re.findall("`([a-z]+)`", part) for part in needed.split("for streams"))
    assert (sorted(values), sorted(streams)) == (sorted(VALUES), sorted(STREAMS))
    with (
        somebody(redis_server, values, "denials:*") as url,
        client(mode, url, namespace="denials") as store,
    ):
        store("put", "key", b"1")
        for name, arguments in VERBS:
            store(name, *arguments)
    with (
        somebody(redis_server, values + streams, "denials:*") as url,
        client(mode, url, namespace="denials") as store,
    ):
        for name, arguments in STREAM_VERBS:
            store(name, *arguments)


@in_each_mode
@pytest.mark.parametrize("verb", [("get", ("key",)), ("admit", ("key", 1, 1))])
def test_keys_that_a_user_lacks_are_told(mode: str, verb: Any, redis_server: Any) -> None:
    """Of a command, and of a script."""
    name, arguments = verb
    with (
        somebody(redis_server, VALUES, "other:*") as url,
        client(mode, url, namespace="mine") as store,
    ):
        why = str(store.fails(name, *arguments))
    assert why.endswith(
        "does not permit its user the keys mine:*: grant them (ACL SETUSER … ~mine:*), or name another "
        "namespace or user"
    )


@in_each_mode
def test_a_database_that_is_not_there_or_not_permitted_is_told(mode: str, redis_server: Any) -> None:
    with client(mode, f"{redis_server.url}/99") as store:
        why = str(store.fails("get", "key"))
    assert why.endswith("has no database of this number: mend the number at the end of store=")
    with somebody(redis_server, VALUES) as url, client(mode, f"{url}/1") as store:
        assert "does not permit its user select: grant it" in str(store.fails("get", "key"))


def test_a_password_that_is_not_given_is_told(redis_server: Any) -> None:
    redis_server.ask("CONFIG", "SET", "requirepass", "secret")
    try:
        with client("sync", redis_server.url) as store:
            why = str(store.fails("get", "key"))
    finally:
        redis_server.stop()
        redis_server.start()
    assert why.endswith("refuses user or password: mend them in store='redis://user:password@host'")


def test_a_key_of_another_program_is_told(redis_server: Any) -> None:
    redis_server.ask("LPUSH", "mine:log:log", "1")
    with client("sync", redis_server.url, namespace="mine") as store:
        why = str(store.fails("append", "log", b"1"))
    assert why.endswith("has something of another program under a key of cocapi's: choose another namespace")


def test_a_server_with_too_many_clients_is_told(redis_server: Any) -> None:
    """The test's own connection has the only place."""
    redis_server.ask("CONFIG", "SET", "maxclients", "1")
    try:
        with ExitStack() as opened, client("sync", redis_server.url) as store:

            def is_in() -> bool:  # once the connection that changed the setting is gone
                connection = opened.enter_context(socket.create_connection(("127.0.0.1", redis_server.port)))
                connection.sendall(b"PING\r\n")
                return connection.recv(100) == b"+PONG\r\n"

            wait_until(is_in)
            why = str(store.fails("get", "key"))
    finally:
        redis_server.stop()
        redis_server.start()
    assert why.endswith("has as many clients as it takes: raise its maxclients, or end some of them")


def test_a_server_that_is_full_is_told(redis_server: Any, caplog: pytest.LogCaptureFixture) -> None:
    redis_server.ask("CONFIG", "SET", "maxmemory", "1")
    try:
        with client("sync", redis_server.url) as store:
            assert str(store.fails("put", "key", b"1")).endswith(
                "is full: give it more memory (maxmemory) or let it drop what is old (maxmemory-policy)"
            )
            redis_server.ask("CONFIG", "SET", "maxmemory", "0")
            store.works()
    finally:
        redis_server.ask("CONFIG", "SET", "maxmemory", "0")
    assert len(warnings(caplog)) == 1


def test_a_replica_is_told(redis_server: Any) -> None:
    """As after a failover, by an address that stayed."""
    with client("sync", redis_server.url) as store:
        redis_server.ask("REPLICAOF", "127.0.0.1", "1")
        try:
            why = str(store.fails("put", "key", b"1"))
        finally:
            redis_server.ask("REPLICAOF", "NO", "ONE")
        assert why.endswith("is a replica, which only reads: name the primary in store=")
        store.works()


def test_a_cluster_is_told(redis_server: Any, tmp_path: Path) -> None:
    """Before its slots are served, when another node has the key, and when two keys lie apart."""
    sentence = (
        "belongs to a Redis Cluster, which spreads over servers what must be together here: name a server "
        "that stands alone, or the primary of one with replicas"
    )
    server = type(redis_server)(redis_server.program, tmp_path)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        bus = str(free.getsockname()[1])
    server.start("--cluster-enabled", "yes", "--cluster-port", bus)
    try:
        with client("sync", server.url) as store:
            assert str(store.fails("get", "key")).endswith(sentence)
            server.ask("CLUSTER", "ADDSLOTSRANGE", "0", "16383")
            wait_until(lambda: b"cluster_state:ok" in server.ask("CLUSTER", "INFO"))
            store.works()
            assert str(store.fails("get_or_claim", "key", 1)).endswith(sentence)
    finally:
        server.stop()


def test_a_sentinel_is_told(redis_server: Any, tmp_path: Path) -> None:
    """It knows where the data is, and has none."""
    server = type(redis_server)(redis_server.program, tmp_path)
    server.start_sentinel()
    try:
        with client("sync", server.url) as store:
            why = str(store.fails("get", "key"))
    finally:
        server.stop()
    assert why.endswith(
        "keeps no data, as a Sentinel: name the primary in store= (SENTINEL get-master-addr-by-name says "
        "where it is)"
    )


def test_a_server_of_something_else_is_told(caplog: pytest.LogCaptureFixture) -> None:
    """By what it answers."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:

        def answer() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(100)
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        with client("sync", f"redis://127.0.0.1:{listening.getsockname()[1]}") as store:
            why = str(store.fails("get", "key"))
        thread.join(PATIENCE)
    assert why.endswith("is no Redis server, by its replies: mend host or port in store=")


@pytest.fixture(scope="module")
def tls(redis_server: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Any, Path]]:
    """A server that speaks TLS as ``localhost``, and the certificate of who signed it."""
    folder = tmp_path_factory.mktemp("tls")
    authority = trustme.CA()
    certificate = authority.issue_cert("localhost")
    certificate.private_key_pem.write_to_path(folder / "key.pem")
    certificate.cert_chain_pems[0].write_to_path(folder / "server.pem")
    authority.cert_pem.write_to_path(folder / "ca.pem")
    server = type(redis_server)(redis_server.program, folder)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        server.tls_port = free.getsockname()[1]
    files = {"cert": "server.pem", "key": "key.pem", "ca-cert": "ca.pem"}
    settings = [word for name, file in files.items() for word in (f"--tls-{name}-file", str(folder / file))]
    try:
        server.start("--tls-port", str(server.tls_port), "--tls-auth-clients", "no", *settings)
    except AssertionError:
        if "REDIS_SERVER" in os.environ:
            pytest.skip("this server was built without TLS")
        raise
    try:
        yield server, folder / "ca.pem"
    finally:
        server.stop()


@in_each_mode
def test_tls_is_verified(mode: str, tls: tuple[Any, Path], caplog: pytest.LogCaptureFixture) -> None:
    """Who signed the certificate, and for which name."""
    server, authority = tls
    with client(mode, f"rediss://localhost:{server.tls_port}", ca_file=authority) as store:
        store("put", "key", b"1")
        assert store("get", "key") == b"1"
    with client(mode, f"rediss://localhost:{server.tls_port}") as store:
        why = str(store.fails("get", "key"))
    assert "shows a certificate that cannot be verified (" in why
    assert why.endswith("): name its issuer in plugins={'redis': {'ca_file': …}}")
    with client(mode, f"rediss://127.0.0.1:{server.tls_port}", ca_file=authority) as store:
        why = str(store.fails("get", "key"))
    assert "shows a certificate that cannot be verified (" in why
    assert len(warnings(caplog)) == 2


@in_each_mode
def test_a_port_without_tls_is_told(mode: str, redis_server: Any) -> None:
    with client(mode, redis_server.url.replace("redis:", "rediss:"), 1) as store:
        why = str(store.fails("get", "key"))
    assert "speaks no TLS (" in why or "did not answer get within 1 seconds" in why


KILLS = int(os.environ.get("KILLS", "3"))
"""How many times the server is killed; hundreds by hand."""


@in_each_mode
def test_a_server_that_is_killed_again_and_again_mixes_nothing(
    mode: str, redis_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At moments of chance, in the middle of verbs: each answer is of its own key, and positions go on."""
    chance = random.Random(12)
    monkeypatch.setattr("cocapi.client.store.PAUSE", 0.05)
    over = threading.Event()
    positions: list[int] = []
    values: set[bytes | None] = set()
    failures: list[StoreUnavailable] = []

    def use(store: Client) -> None:
        number = 0
        while not over.is_set():
            number += 1
            try:
                positions.append(store("append", "log", b"entry"))
                store("put", f"key{number}", b"%d" % number)
                values.add(store("get", f"key{number}") not in (None, b"%d" % number))
            except StoreUnavailable as failure:
                failures.append(failure)

    with client(mode, redis_server.url) as store:
        store("append", "log", b"entry")
        threads = [threading.Thread(target=use, args=[store]) for _ in range(3)]
        for thread in threads:
            thread.start()
        for _ in range(KILLS):
            time.sleep(chance.uniform(0, 0.2))
            noticed, answered = len(failures), len(positions)
            redis_server.signal(signal.SIGKILL)
            wait_until(lambda before=noticed: len(failures) > before)
            redis_server.start()
            wait_until(lambda before=answered: len(positions) > before)
        over.set()
        for thread in threads:
            thread.join(PATIENCE)
        store.works()
    assert values == {False}
    assert len(positions) == len(set(positions))


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait for what other threads bring about."""
    until = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < until, "it did not come about"
        time.sleep(0.005)
