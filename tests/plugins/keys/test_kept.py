"""Keys in a file: kept from one start to the next, for their owner alone."""

from __future__ import annotations

import json
import logging
import os
import stat
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cocapi import AnyCocApi, ApiConfig, CocApi, ConfigError, Flow, KeyManagerError, MissingToken, call
from cocapi_keys import Keys, keyrings, keys_of
from cocapi_keys.account import digest_of
from cocapi_keys.kept import Entry, KeptKeys, default_path
from cocapi_keys.key import Key
from cocapi_sandbox import Sandbox

TAG = "#2PP"
Play = Callable[..., Any]
Settings = Callable[..., ApiConfig]


def one_call(api: AnyCocApi) -> Flow[Any]:
    return (yield from call(api.clan_tag, TAG))["tag"]


def entry(account: str = "a", number: int = 1, name: str = "ours") -> Entry:
    key = Key(f"id-{number}", name, ("203.0.113.7",), f"token-{number}")
    return Entry(account, "https://portal.example", "https://api.example", name, (key,))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "keys.json"


class Keyring:
    """The system's, in memory; of the four methods that the library `keyring` has."""

    priority = 5

    def __init__(self) -> None:
        self.secrets: dict[tuple[str, str], str] = {}
        self.locked = False

    def get_password(self, service: str, name: str) -> str | None:
        self._look()
        return self.secrets.get((service, name))

    def set_password(self, service: str, name: str, secret: str) -> None:
        self._look()
        self.secrets[service, name] = secret

    def delete_password(self, service: str, name: str) -> None:
        self._look()
        del self.secrets[service, name]

    def _look(self) -> None:
        if self.locked:
            raise OSError("the keyring is locked")


@pytest.fixture
def keyring(monkeypatch: pytest.MonkeyPatch) -> Iterator[Keyring]:
    pytest.importorskip("cryptography")
    ring = Keyring()
    monkeypatch.setattr(keyrings, "usable_keyring", lambda: ring)
    return ring


def test_the_next_start_needs_no_log_in(play: Play, box: Sandbox, path: Path) -> None:
    for _ in range(3):
        assert play(one_call, persist_keys=True, key_storage_path=path) == TAG
    assert len(box.portal.logins) == 1


def test_nothing_is_kept_unless_it_is_asked_for(play_sync: Play, path: Path) -> None:
    play_sync(one_call, key_storage_path=path)
    assert not path.exists()


def test_kept_keys_that_are_refused_are_replaced(play_sync: Play, box: Sandbox, path: Path) -> None:
    """In the file as well."""
    settings = {"persist_keys": True, "key_storage_path": str(path)}
    play_sync(one_call, **settings)
    box.move("203.0.113.9")
    assert play_sync(one_call, **settings) == TAG
    assert play_sync(one_call, **settings) == TAG
    assert len(box.portal.logins) == 2
    assert len(box.portal.keys) == 1


def test_a_client_without_credentials_uses_what_is_kept(
    play_sync: Play, box: Sandbox, path: Path, config_for: Settings
) -> None:
    """Where it is asked to; when the keys are refused, the error says what to do."""
    settings: dict[str, Any] = {"persist_keys": True, "key_storage_path": path, "raise_errors": True}
    play_sync(one_call, **settings)
    with CocApi(config=config_for(**settings)) as api:
        assert api.clan_tag(TAG)["tag"] == TAG
        box.move("203.0.113.9")
        with pytest.raises(KeyManagerError, match="run 'cocapi login' again"):
            api.clan_tag(TAG)
    with pytest.raises(MissingToken):
        CocApi(config=config_for(**settings | {"persist_keys": False}))


def test_kept_keys_go_to_their_own_api_alone(play_sync: Play, path: Path) -> None:
    """A client of another address does not send them there."""
    settings: dict[str, Any] = {"persist_keys": True, "key_storage_path": path}
    play_sync(one_call, **settings)
    config = ApiConfig(base_url="http://127.0.0.1:9/v1", verify_token=False, raise_errors=True, **settings)
    with CocApi(config=config) as api, pytest.raises(KeyManagerError):
        api.clan_tag(TAG)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (
            {"base_url": "https://api.clashofclans.com/v1"},
            r"are for http://127\S+, and not for https://api.clashofclans.com: run 'cocapi login'",
        ),
        (
            {"plugins": {}},
            r"are of the portal http://127\S+, and not of https://developer.clash.* or COCAPI_KEYS_PORTAL=http://1",
        ),
        (
            {"key_name": "other"},
            r"are called 'cocapi_auto', and not 'other': set key_name \(COCAPI_KEY_NAME\)",
        ),
    ],
    ids=["api", "portal", "name"],
)
def test_keys_that_are_kept_for_something_else_are_told_apart_from_refused_ones(
    play_sync: Play, config_for: Settings, path: Path, settings: dict[str, Any], words: str
) -> None:
    """Those of a sandbox serve nowhere else; the sentence says whose they are, and how to go on."""
    play_sync(one_call, persist_keys=True, key_storage_path=str(path))
    config = config_for(persist_keys=True, key_storage_path=path, verify_token=False, raise_errors=True)
    with CocApi(config=replace(config, **settings)) as api, pytest.raises(KeyManagerError, match=words):
        api.clan_tag(TAG)


@pytest.mark.skipif(os.name == "nt", reason="permissions are those of the folder there")
def test_the_file_is_for_its_owner_alone(path: Path) -> None:
    """And so is the folder that is made for it."""
    kept = KeptKeys(path)
    kept.write(entry())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_it_is_replaced_as_a_whole(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What fails in the middle leaves the old one, and nothing beside it."""
    kept = KeptKeys(path)
    kept.write(entry(number=1))

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    kept.write(entry(number=2))
    assert [key.id for one in kept.entries() for key in one.keys] == ["id-1"]
    assert [file.name for file in path.parent.iterdir()] == ["keys.json"]


def test_accounts_and_names_have_entries_of_their_own(path: Path) -> None:
    kept = KeptKeys(path)
    for one in (entry("a"), entry("b", 2), entry("a", 3, "other"), entry("a", 4)):
        kept.write(one)
    assert sorted(key.id for one in kept.entries() for key in one.keys) == ["id-2", "id-3", "id-4"]
    assert all(one.here and one.at > 0 for one in kept.entries())


def rewritten(path: Path, change: Callable[[dict[str, Any]], list[dict[str, Any]]]) -> None:
    """Let a file with one entry hold others that are made of it."""
    document = json.loads(path.read_text())
    (kept,) = document["entries"]
    path.write_text(json.dumps({**document, "entries": change(kept)}))


def test_of_several_entries_the_newest_of_this_host_is_used(
    play_sync: Play, box: Sandbox, path: Path
) -> None:
    """Not what another host wrote last, though it would do as well."""
    settings = {"persist_keys": True, "key_storage_path": path}
    play_sync(one_call, **settings)

    def of(kept: dict[str, Any], host: str, at: int) -> dict[str, Any]:
        keys = [{**key, "key": f"of {host} {at}"} for key in kept["keys"]]
        return {**kept, "host": kept["host"] if host == "here" else host, "at": at, "keys": keys}

    rewritten(path, lambda kept: [of(kept, "here", 3), of(kept, "elsewhere", 4), of(kept, "here", 2)])

    def program(api: AnyCocApi) -> Flow[Any]:
        plugin = keys_of(api)
        yield from plugin.renewal.first_key({})
        return plugin.ring.tokens()

    assert play_sync(program, **settings) == ["of here 3"]


def test_keys_of_one_account_are_not_those_of_another(play_sync: Play, box: Sandbox, path: Path) -> None:
    """Nor of its namesake at another portal; e-mail addresses are the same in capitals and between blanks."""
    settings = {"persist_keys": True, "key_storage_path": path}
    box.portal.add_account("other@example.com", "its word")
    for email, password in ((box.email, box.password), ("other@example.com", "its word")):
        play_sync(one_call, email=email, password=password, **settings)
    assert [len(account.keys) for account in box.portal.accounts.values()] == [1, 1]
    digests = {digest_of(email, portal) for email in ("a@b.c", "d@b.c") for portal in ("one", "two")}
    assert len(digests) == 4
    assert digest_of(" A@b.C ", "one") == digest_of("a@b.c", "one")


@pytest.mark.parametrize(
    "content", ["", "nonsense", "[]", "{}", '{"entries": [{}]}', '{"entries": 3}', '{"sealed": "x"}', "\xff"]
)
def test_a_file_that_is_none_counts_as_none(
    content: str, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The log says so, in a line; the next write makes it whole."""
    path.parent.mkdir()
    path.write_text(content, encoding="latin-1")
    kept = KeptKeys(path)
    with caplog.at_level(logging.WARNING):
        assert kept.entries() == ()
    (record,) = caplog.records
    assert record.message.startswith(f"the keys in {path} cannot be read")
    kept.write(entry())
    assert len(kept.entries()) == 1


def test_a_place_that_cannot_be_written_costs_no_call(
    play_sync: Play, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("")
    path = tmp_path / "file" / "keys.json"
    assert play_sync(one_call, persist_keys=True, key_storage_path=path) == TAG
    assert f"the keys cannot be kept in {path}" in caplog.text


def test_forgetting_leaves_nothing(path: Path) -> None:
    kept = KeptKeys(path)
    assert kept.forget() == 0
    kept.write(entry())
    assert kept.forget() == 1
    assert not kept.exists()


def test_the_default_place_is_in_the_users_data_folder() -> None:
    assert default_path().name == "keys.json"
    assert "cocapi" in default_path().parts


def test_without_a_keyring_the_file_is_plain(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As documented."""
    monkeypatch.setattr(keyrings, "usable_keyring", lambda: None)
    KeptKeys(path).write(entry())
    assert json.loads(path.read_text())["entries"][0]["keys"][0]["key"] == "token-1"
    assert not KeptKeys(path).sealed()


def test_with_one_it_is_encrypted(path: Path, keyring: Keyring) -> None:
    """The keyring has the secret, and without it the keys are lost, which is no more than a log-in."""
    kept = KeptKeys(path)
    kept.write(entry())
    assert kept.sealed()
    assert b"token-1" not in path.read_bytes()
    assert len(kept.entries()) == 1
    secrets = dict(keyring.secrets)
    kept.write(entry("b", 2))
    assert len(kept.entries()) == 2
    assert keyring.secrets == secrets
    keyring.secrets.clear()
    assert kept.entries() == ()


def test_a_keyring_that_is_locked_is_none(
    path: Path, keyring: Keyring, caplog: pytest.LogCaptureFixture
) -> None:
    keyring.locked = True
    kept = KeptKeys(path)
    kept.write(entry())
    assert not kept.sealed()
    assert {record.getMessage() for record in caplog.records} == {"the system's keyring failed: OSError"}
    assert len(kept.entries()) == 1


def test_forgetting_empties_the_keyring_too(path: Path, keyring: Keyring) -> None:
    kept = KeptKeys(path)
    kept.write(entry())
    assert keyrings.remember(path, "chief@example.com", "secret-word")
    kept.forget()
    assert keyring.secrets == {}


def test_a_remembered_password_renews_keys(
    play_sync: Play, box: Sandbox, path: Path, keyring: Keyring, config_for: Settings
) -> None:
    """Where the user has asked the keyring to keep it; it is in no file."""
    settings: dict[str, Any] = {"persist_keys": True, "key_storage_path": path, "raise_errors": True}
    play_sync(one_call, **settings)
    assert keyrings.remember(path, box.email, box.password)
    box.move("203.0.113.9")
    with CocApi(config=config_for(**settings)) as api:
        assert api.clan_tag(TAG)["tag"] == TAG
        assert box.password not in repr(vars(api.plugins[Keys].renewal))
    assert box.password not in path.read_text()


def test_the_systems_keyring_is_asked_with_care(monkeypatch: pytest.MonkeyPatch) -> None:
    """A back end that fails, and none at all, are no keyring."""
    library = pytest.importorskip("keyring")
    broken = Keyring()
    monkeypatch.setattr(library, "get_keyring", lambda: broken)
    assert keyrings.available()
    monkeypatch.setattr(broken, "priority", 0)
    assert not keyrings.available()
    monkeypatch.setattr(library, "get_keyring", lambda: 1 / 0)
    assert not keyrings.available()
    monkeypatch.setitem(sys.modules, "keyring", None)
    assert not keyrings.available()


def test_another_computers_keys_in_a_shared_home_are_not_ours_to_revoke(
    play_sync: Play, box: Sandbox, path: Path
) -> None:
    """The file says who wrote what."""
    settings = {"persist_keys": True, "key_storage_path": path}
    play_sync(one_call, **settings)
    rewritten(path, lambda kept: [{**kept, "host": "another-computer"}])
    box.move("203.0.113.9")
    assert play_sync(one_call, **settings) == TAG
    assert [key.cidr_ranges for key in box.portal.keys] == [["203.0.113.7"], ["203.0.113.9"]]


def odd_files(folder: Path) -> dict[str, Callable[[], object]]:
    """What may be in the place of the file."""
    place = folder / "keys.json"
    return {
        "deep": lambda: place.write_bytes(b"[" * 100_000),
        "nothing": lambda: place.write_bytes(b""),
        "binary": lambda: place.write_bytes(bytes(range(256))),
        "folder": place.mkdir,
        "pipe": lambda: os.mkfifo(place),
        "link to itself": lambda: place.symlink_to(place),
        "link to nothing yet": lambda: place.symlink_to(folder / "others.json"),
        "below a file": lambda: (
            folder.joinpath("file").write_text("") or place.symlink_to(folder / "file" / "keys.json")
        ),
    }


@pytest.mark.skipif(sys.platform == "win32", reason="links and pipes")
@pytest.mark.parametrize("what", odd_files(Path()))
def test_whatever_stands_in_the_place_of_the_file_calls_go_on(
    what: str, play_sync: Play, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It counts as nothing; what is no file is left as it is, and told of."""
    odd_files(tmp_path)[what]()
    place = tmp_path / "keys.json"
    assert play_sync(one_call, persist_keys=True, key_storage_path=place) == TAG
    if what in ("folder", "pipe", "below a file"):
        assert f"the keys cannot be kept in {place}" in caplog.text
        assert not place.is_file()
        assert KeptKeys(place).forget() == 0
    else:
        assert KeptKeys(place).entries()
        assert KeptKeys(place).forget() == 1


@pytest.mark.parametrize("where", ["keys\0.json", "~nobody-of-this-name/keys.json"])
def test_a_path_that_cannot_be_is_an_error_of_the_settings(where: str) -> None:
    """At once, and not of a plugin that is left out."""
    with pytest.raises(ConfigError, match="the keys cannot be kept in"):
        KeptKeys(where)
    with pytest.raises(ConfigError, match="the keys cannot be kept in"):
        CocApi("token", config=ApiConfig(persist_keys=True, key_storage_path=where, verify_token=False))
