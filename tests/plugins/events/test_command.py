"""cocapi watch."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cocapi_sandbox import Sandbox

from .conftest import NOON

pytestmark = pytest.mark.once


def test_a_watch_on_the_command_line_goes_on_where_the_last_one_ended(tmp_path: Path) -> None:
    """A line of JSON for each event; a sentence for people."""
    environment = {
        **os.environ,
        "COCAPI_TOKEN": "any",
        "COCAPI_STORE": f"sqlite:///{tmp_path / 'watch.db'}",
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
