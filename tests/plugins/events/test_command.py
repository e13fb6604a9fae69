"""cocapi watch."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cocapi import ApiConfig, CocApi
from cocapi_sandbox import Sandbox

from .conftest import NOON

pytestmark = pytest.mark.once


def test_a_watch_on_the_command_line_goes_on_where_the_last_one_ended(tmp_path: Path) -> None:
    """A line of JSON for each event; a sentence for people."""
    environment = {
        **os.environ,
        "COCAPI_TOKEN": "any",
        "COCAPI_STORE": f"sqlite:///{tmp_path / 'watch.db'}",
        "COCAPI_STORE_TIMEOUT": "60",
    }
    with Sandbox(clock=lambda: NOON) as box:

        def watched(*options: str) -> str:
            command = [sys.executable, "-m", "cocapi_cli", "watch", "clan", "#2PP", "--once", *options]
            done = subprocess.run(
                [*command, "--base-url", box.base_url],
                env=environment,
                capture_output=True,
                text=True,
                check=False,
                timeout=60,
            )
            assert done.returncode == 0, done.stderr
            return done.stdout

        assert watched("--json") == ""
        tag = box.world.roster(0, NOON)[5]
        box.clan("#2PP").kick(tag)
        box.advance(minutes=1)
        left = [json.loads(line) for line in watched("--json", "--kind", "member.left").splitlines()]
        assert [(event["type"], event["member"]) for event in left] == [("member.left", tag)]
        box.clan("#2PP").join(tag)
        box.advance(minutes=1)
        assert "member.joined  #2PP" in watched("--kind", "member.joined")


def run(environment: dict[str, str], *options: str) -> "subprocess.CompletedProcess[str]":
    """cocapi watch, to its end."""
    command = [sys.executable, "-m", "cocapi_cli", "watch", "clan", "#2PP", *options]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=300)


def test_what_is_told_can_be_written_to_a_stream(redis_server: Any) -> None:
    """From which a program elsewhere reads it."""
    store = {"COCAPI_STORE": redis_server.url, "COCAPI_STORE_TIMEOUT": "10"}
    environment = {**os.environ, "COCAPI_TOKEN": "any", **store}
    with Sandbox(clock=lambda: NOON) as box:
        options = ("--once", "--json", "--to", "redis", "--stream", "clans", "--base-url", box.base_url)
        assert run(environment, *options).stdout == ""
        box.clan("#2PP").kick(box.world.roster(0, NOON)[5])
        box.advance(minutes=1)
        told = [json.loads(line)["id"] for line in run(environment, *options).stdout.splitlines()]
    assert told
    config = ApiConfig(store=redis_server.url, store_timeout=10, base_url="sandbox://")
    with CocApi("token", config=config) as api:
        assert [event.id for event in api.events_from("clans", group="bot", once=True)] == told


def test_what_cannot_be_done_together_is_refused() -> None:
    """In a sentence."""
    environment = {**os.environ, "COCAPI_TOKEN": "any", "COCAPI_STORE": "memory"}
    both = run(environment, "--sandbox", "--once", "--shared")
    assert both.returncode == 2
    assert "--once asks all tags" in both.stderr
    nowhere = run(environment, "--sandbox", "--once", "--to", "redis")
    assert nowhere.returncode == 1
    assert "has no streams: name one that has, as in store='redis://host/0'" in nowhere.stderr
    assert "Traceback" not in nowhere.stderr
