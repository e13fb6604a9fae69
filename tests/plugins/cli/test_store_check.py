"""``cocapi store check`` uses the store of the settings and says what is wrong with it."""

import json
import re
import signal
import sqlite3
import sys
import warnings
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cocapi_cli import app


@dataclass
class Check:
    """The command, run in this process, in a folder of its own."""

    monkeypatch: pytest.MonkeyPatch
    output: pytest.CaptureFixture[str]

    def __call__(self, store: str, *options: str) -> tuple[int, str, str]:
        """Exit status, standard output and standard error."""
        self.monkeypatch.setenv("COCAPI_STORE", store)
        self.monkeypatch.setattr(sys, "argv", ["cocapi", *options, "store", "check"])
        status = app.run()
        shown = self.output.readouterr()
        return status, shown.out, shown.err


@pytest.fixture
def check(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Check:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COCAPI_STORE_TIMEOUT", "60")
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr(warnings, "showwarning", warnings.showwarning)  # which the program replaces
    return Check(monkeypatch, capsys)


VERBS = [
    *("put", "get", "forget", "claim", "extend", "put_held", "release", "get_or_claim", "put_and_release"),
    *("admit", "append", "read", "trim"),
]
STREAMS = ["publish", "receive", "renew", "acknowledge"]


@pytest.mark.parametrize("store", ["memory", "sqlite:///x.db", "redis"])
def test_a_store_that_is_well_is_told_with_its_times(store: str, check: Check, redis_server: Any) -> None:
    """Of each verb, and with no word of who may use it."""
    address = redis_server.url.replace("//", "//:hidden@") if store == "redis" else store
    if store == "redis":
        redis_server.ask("CONFIG", "SET", "requirepass", "hidden")
    try:
        status, output, errors = check(address)
        _, as_json, _ = check(address, "--json")
    finally:
        if store == "redis":
            redis_server.stop()
            redis_server.start()
    assert (status, errors) == (0, "")
    assert re.match(rf"{address.replace(':hidden@', '')} is well: put [\d.]+ ms, get [\d.]+ ms, ", output)
    answer = json.loads(as_json)
    assert answer["store"] == address.replace(":hidden@", "")
    assert answer["streams"] == (store == "redis")
    assert list(answer["milliseconds"]) == (VERBS + STREAMS if store == "redis" else VERBS)
    assert output.endswith("; it has no streams\n") == (store != "redis")


def test_what_a_user_of_the_server_may_not_do_is_named(check: Check, redis_server: Any) -> None:
    """For streams: that all else is well, and what grants the commands."""
    denied = ["hset", "xautoclaim", "xreadgroup"]
    rules = ["~*", "+@all", *(f"-{name}" for name in denied)]
    redis_server.ask("ACL", "SETUSER", "somebody", "reset", "on", ">hidden", *rules)
    status, output, errors = check(redis_server.url.replace("//", "//somebody:hidden@"))
    assert (status, output) == (1, "")
    assert re.fullmatch(
        "error: all is well but the streams, which 'watch --to' and events_from need: the store redis://.* "
        r"does not permit its user hset, xautoclaim, xreadgroup: grant it \(ACL SETUSER … \+hset "
        r"\+xautoclaim \+xreadgroup\), or name another user in store=\n",
        errors,
    )


def test_checks_leave_no_more_behind_than_one_did(check: Check, redis_server: Any) -> None:
    """A stream cannot be taken away: it is one, with few entries."""
    check(redis_server.url)
    keys = redis_server.ask("KEYS", "cocapi:s*:check")
    check(redis_server.url)
    assert redis_server.ask("KEYS", "cocapi:s*:check") == keys
    assert redis_server.ask("XPENDING", "cocapi:stream:check", "check").startswith(b"*4\r\n:0\r\n")


def another_program(folder: Path) -> str:
    with closing(sqlite3.connect(folder / "x.db")) as connection:
        connection.execute("CREATE TABLE song (name)")
    return "sqlite:///x.db"


WRONG = [
    (
        another_program,
        r"store='sqlite:///.*/x\.db' cannot be used: it is a database of another program; name",
    ),
    (
        lambda _: "sqlite:///none/x.db",
        r"store='sqlite:///.*' cannot be used: there is no folder",
    ),
    (lambda _: "etcd://host", r"no plugin offers store='etcd://host'; no plugin is named 'etcd'"),
    (
        lambda _: "redis://me:hidden@127.0.0.1:1",
        r"the store redis://127\.0\.0\.1:1 of .* cannot be reached \(Conn",
    ),
    (lambda _: "redis://me:hidden@host/x", r"store= is no address of a Redis server: write 'redis://user:"),
]


@pytest.mark.parametrize(("spoil", "sentence"), WRONG)
def test_what_is_wrong_is_told_in_one_sentence(
    spoil: Any, sentence: str, check: Check, tmp_path: Path
) -> None:
    """On standard error, without a password."""
    status, output, errors = check(spoil(tmp_path))
    assert (status, output) == (1, "")
    assert re.match(f"error: {sentence}[^\n]*\n$", errors)
    assert "hidden" not in errors


def test_a_server_that_hangs_is_told(
    check: Check, redis_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COCAPI_STORE_TIMEOUT", "0.5")
    redis_server.signal(signal.SIGSTOP)
    try:
        status, _, errors = check(redis_server.url)
    finally:
        redis_server.signal(signal.SIGCONT)
    assert status == 1
    assert errors.endswith(
        "did not answer get within 0.5 seconds: see what holds it up, or give it more time (store_timeout)\n"
    )
