"""``cocapi login``, ``logout`` and ``keys``: no key and no password is printed, or taken from arguments."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from cocapi import ApiConfig
from cocapi_cli import panels
from cocapi_keys import keyrings
from cocapi_keys.commands import add_commands
from cocapi_sandbox import Sandbox

pytestmark = pytest.mark.once

Settings = Callable[..., ApiConfig]
Run = Callable[..., Result]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keys.json"


@pytest.fixture(autouse=True)
def _no_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever runs the tests keeps his keyring."""
    monkeypatch.setattr(keyrings, "usable_keyring", lambda: None)


@pytest.fixture
def run(box: Sandbox, config_for: Settings, path: Path) -> Run:
    """Run a command without the program around it."""
    app = typer.Typer()
    add_commands(app)

    def run(*arguments: str, as_json: bool = False, **keywords: Any) -> Result:
        def show(answer: Any, render: Callable[[Any], Any]) -> None:
            panels.show(json.dumps(answer) if as_json else render(answer), None)

        line = SimpleNamespace(config=config_for(key_storage_path=path), show=show, say=typer.echo)
        result = CliRunner().invoke(app, list(arguments), obj=line, **keywords)
        shown = result.output + repr(result.exception)
        assert box.password not in shown
        assert "eyJ" not in shown
        return result

    return run


def test_login_keeps_keys_and_logout_forgets_them(run: Run, box: Sandbox, path: Path) -> None:
    """The password comes from a pipe."""
    result = run("login", "-e", box.email, input=f"{box.password}\n")
    assert result.output == f"Logged in: 1 key for 203.0.113.7, kept in {path} (plain, for you alone).\n"
    assert len(box.portal.keys) == 1
    assert run("logout").output == f"Forgot 1 key in {path}.\n"
    assert not path.exists()


def test_login_takes_the_environment(run: Run, box: Sandbox) -> None:
    result = run("login", as_json=True, env={"COCAPI_EMAIL": box.email, "COCAPI_PASSWORD": box.password})
    answer = json.loads(result.output)
    assert (len(answer["keys"]), answer["addresses"], answer["encrypted"]) == (1, ["203.0.113.7"], False)


@pytest.mark.parametrize("option", ["-p", "--password"])
def test_a_password_among_the_arguments_is_refused(run: Run, box: Sandbox, option: str) -> None:
    """With the reason, and without being tried."""
    result = run("login", "-e", box.email, option, "something")
    assert result.exit_code == 2
    assert "seen by everybody on this" in " ".join(result.output.replace("│", "").split())
    assert box.portal.logins == []


@pytest.mark.parametrize(("arguments", "missing"), [((), "e-mail address"), (("-e", "a@b.c"), "password")])
def test_what_is_missing_is_named(run: Run, arguments: tuple[str, ...], missing: str) -> None:
    result = run("login", *arguments, input="")
    assert f"there is no {missing}" in str(result.exception)


def test_a_keyring_that_is_not_there_is_told(run: Run, box: Sandbox) -> None:
    result = run("login", "-e", box.email, "--keyring", input=f"{box.password}\n")
    assert (
        "the password is not kept: the library keyring is installed, and this system has no" in result.output
    )
    assert result.exit_code == 0


def test_a_keyring_without_its_libraries_is_told_by_the_extra(
    run: Run, box: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keyrings, "find_spec", lambda name: None)
    result = run("login", "-e", box.email, "--keyring", input=f"{box.password}\n")
    assert "of the extra 'keys', are not both installed" in result.output


def test_keys_are_listed_and_our_own_revoked(run: Run, box: Sandbox) -> None:
    """By their ids and what they allow."""
    own, foreign = box.portal.add_key("cocapi_auto"), box.portal.add_key("foreign", "198.51.100.1")
    asked = {"env": {"COCAPI_EMAIL": box.email, "COCAPI_PASSWORD": box.password}}
    listed = run("keys", "list", **asked).output.splitlines()
    assert [row.split("\t") for row in listed[:3]] == [
        ["ID", "Name", "Addresses", "Ours", "Here"],
        [own.id, "cocapi_auto", "203.0.113.7", "yes", "yes"],
        [foreign.id, "foreign", "198.51.100.1", "no", "no"],
    ]
    assert listed[3:] == ["2 keys of 10; this host is seen at 203.0.113.7"]
    refused = run("keys", "revoke", foreign.id, **asked)
    assert f"there is no key '{foreign.id}' of the name 'cocapi_auto'" in str(refused.exception)
    assert run("keys", "revoke", own.id, **asked).output == "Revoked 1 key.\n"
    box.portal.add_key("cocapi_auto")
    box.portal.add_key("cocapi_auto")
    assert run("keys", "revoke", "--all", **asked).output == "Revoked 2 keys.\n"
    assert [key.name for key in box.portal.keys] == ["foreign"]
    assert run("keys", "revoke", **asked).exit_code == 2


PROGRAM = [sys.executable, "-W", "error", "-m", "cocapi_cli"]


@pytest.fixture
def shell(box: Sandbox, path: Path) -> dict[str, Any]:
    """Where and with what the program runs: the portal of the sandbox, and a file of this test's own."""
    (path.parent / "cocapi.toml").write_text(f"[plugins.keys]\nportal = {box.portal_url!r}\n")
    environment = {
        "COCAPI_BASE_URL": box.base_url,
        "COCAPI_TRUST_BASE_URL": box.base_url,
        "COCAPI_KEY_STORAGE_PATH": str(path),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
    }
    return {"cwd": path.parent, "env": {**os.environ, **environment}}


def test_after_a_log_in_commands_need_no_token(box: Sandbox, shell: dict[str, Any]) -> None:
    """The program itself, on a terminal, which does not show what is typed."""
    parent, child = pty.openpty()
    program = subprocess.Popen(
        [*PROGRAM, "login"],
        stdin=child,
        stdout=subprocess.PIPE,
        stderr=child,
        start_new_session=True,
        **shell,
    )
    os.close(child)
    shown = b""
    for question, answer in ((b"E-mail address: ", box.email), (b"Password: ", box.password)):
        while question not in shown:
            shown += os.read(parent, 1000)
        os.write(parent, answer.encode() + b"\n")
    out, _ = program.communicate(timeout=60)
    os.close(parent)
    assert program.returncode == 0
    assert box.password.encode() not in shown + out
    assert out.startswith(b"Logged in: 1 key for 203.0.113.7")
    after = subprocess.run(
        [*PROGRAM, "--json", "clan", "#2PP"], capture_output=True, text=True, check=False, **shell
    )
    assert json.loads(after.stdout)["tag"] == "#2PP"
    assert len(box.portal.logins) == 1
