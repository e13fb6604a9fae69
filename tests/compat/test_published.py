"""Every snippet and every command that the documentation of 3.0.0 and 4.0.1 shows, one by one.

Addresses become the sandbox's, and words that stand for a tag become one; nothing else is changed. A stream
of events, which has no end, is left once it has asked for a clan.
"""

from __future__ import annotations

import ast
import asyncio
import inspect
import re
import shlex
import sys
import warnings
from collections.abc import Callable, Coroutine, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from functools import partialmethod
from pathlib import Path
from types import CodeType
from typing import Any

import pytest

from cocapi import ApiConfig, AsyncCocApi, CocApi
from cocapi.events import EventStream, EventType
from cocapi_cli import app
from cocapi_sandbox import Sandbox

pytestmark = pytest.mark.once

LEAGUE_DAY = datetime(2026, 11, 8, 12, tzinfo=UTC).timestamp()
GUIDE = (Path(__file__).parents[2] / "docs/how-to/migrate.md").read_text(encoding="utf-8")
ACCOUNTS = {
    "email": "password",
    "email@example.com": "password",
    "you@example.com": "your_password",
}
"""Those that the pages log in with."""

FENCE = re.compile(r"^```(python|bash)\n(.*?)^```", re.MULTILINE | re.DOTALL)
ADDRESS = re.compile(r"https?://[\w.:/-]+/v1")
STANDS_FOR_A_TAG = re.compile(r"#(CLAN_TAG|PLAYER_TAG|TAG\d?|CLAN\d|VALID\d?)(?=['\"])")

FAILED_WHEN_NEW = {
    "3.0.0 README.md:140": ("KeyError: 'performance_insights'", "`performance_insights`"),
    "3.0.0 README.md:215": ("KeyError: 'memory_usage_mb'", "`memory_usage_mb`"),
    "3.0.0 README.md:346": ("AttributeError: 'dict' object has no attribute 'some_field'", "`/new-endpoint`"),
    "3.0.0 README.md:537": (
        "AttributeError: 'CocApi' object has no attribute 'locations'",
        "`api.locations()`",
    ),
    "3.0.0 README.md:578": ("AttributeError: 'coroutine' object has no attribute 'get'", "without `await`"),
    "3.0.0 README.md:605": ("KeyError: 'performance_insights'", "`performance_insights`"),
    "3.0.0 README.md:656": ("AttributeError: 'dict' object has no attribute 'some_field'", "`/new-endpoint`"),
}
"""What failed with the version that showed it, too: how it fails now, and words of its row in the guide."""

REFUSED = "| `cocapi login -p PASSWORD` | refused"
"""The row of the guide about the commands that fail."""


def fenced(published: dict[str, str], language: str) -> Iterator[tuple[str, str]]:
    """The snippets in a language, by version, page and line."""
    for page, text in published.items():
        for match in FENCE.finditer(text):
            if match[1] == language:
                yield f"{page}:{text.count(chr(10), 0, match.start(2)) + 1}", match[2]


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    """With the accounts of the pages, on a day on which there is a clan war league."""
    with Sandbox(clock=lambda: LEAGUE_DAY) as made:
        for email, password in ACCOUNTS.items():
            made.portal.add_account(email, password)
        yield made


Run = Callable[[str], None]


@pytest.fixture
def run(box: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Runs a snippet in a folder of its own; its clients ask the sandbox, and the portal there."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setattr("cocapi_keys.keyrings.usable_keyring", lambda: None)
    at_sandbox = {"base_url": box.base_url, "plugins": {"keys": {"portal": box.portal_url}}}
    monkeypatch.setattr(ApiConfig, "__init__", partialmethod(ApiConfig.__init__, **at_sandbox))
    asyncio_run = asyncio.run

    def run(code: str) -> None:
        box.requests.clear()
        endless = re.search(r"in stream:|stream\.run\(", code)
        monkeypatch.setattr(
            asyncio, "run", lambda main: asyncio_run(until_asked(box, main) if endless else main)
        )
        code = ADDRESS.sub(box.base_url, STANDS_FOR_A_TAG.sub("#2PP", code))
        program = compile(code, "snippet", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        if program.co_flags & inspect.CO_COROUTINE or "stream" in program.co_names:
            asyncio.run(inside(program))
        else:
            exec(program, made_before(CocApi("token")))  # noqa: S102  # of the version that is replaced

    return run


def made_before(api: CocApi | AsyncCocApi) -> dict[str, Any]:
    """What a page has made before, or says in words."""
    tags = ["#2PP", "#VV"]
    return {
        "Any": Any,
        "ApiConfig": ApiConfig,
        "CocApi": CocApi,
        "EventStream": EventStream,
        "EventType": EventType,
        "asyncio": asyncio,
        "api": api,
        "config": api.config,
        "tag": "#2PP",
        "player_tag": "#2PP",
        "war_tag": "#2PP",
        "clan_tags": tags,
        "many_tags": tags,
        "location_tag": "32000087",
        "league_id": "48000000",
        "league_tag": "29000022",
        "season_tag": "2025-01",
    }


async def inside(program: CodeType) -> None:
    """Run a snippet inside ``async with``, and with a stream, as its page has it."""
    async with CocApi("token") as api:
        names = {**made_before(api), "stream": EventStream(api)}
        if (rest := eval(program, names)) is not None:  # noqa: S307  # of the version that is replaced
            await rest


async def until_asked(box: Sandbox, main: Coroutine[Any, Any, None]) -> None:
    """Run a program until its stream of events has asked for a clan."""
    program = asyncio.create_task(main)
    while not any(request.path.startswith("/clans/") for request in box.requests):
        done, _ = await asyncio.wait([program], timeout=0.01)
        assert not done, program.exception()
    program.cancel()
    with suppress(asyncio.CancelledError):
        await program


@pytest.mark.filterwarnings(
    "ignore:unclosed client:ResourceWarning",  # they were never shown to be closed
    "ignore:coroutine .* was never awaited:RuntimeWarning",  # of what fails
    "ignore::DeprecationWarning",
)
def test_each_snippet_runs_or_is_in_the_guide(
    published: dict[str, str], run: Run, subtests: pytest.Subtests
) -> None:
    """What a reader of those pages has pasted."""
    for place, code in fenced(published, "python"):
        with subtests.test(place):
            if place not in FAILED_WHEN_NEW:
                run(code)
                continue
            how, words = FAILED_WHEN_NEW[place]
            with pytest.raises((AttributeError, KeyError)) as failure:
                run(code)
            assert f"{failure.typename}: {failure.value}".startswith(how)
            assert words in GUIDE


def test_each_command_runs_or_is_in_the_guide(
    published: dict[str, str],
    box: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    subtests: pytest.Subtests,
) -> None:
    """All of those that name ``cocapi``, in this process."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(warnings, "showwarning", warnings.showwarning)  # which the program replaces
    for name, value in (("TOKEN", "any"), ("BASE_URL", box.base_url), ("TRUST_BASE_URL", box.base_url)):
        monkeypatch.setenv(f"COCAPI_{name}", value)
    with CocApi("token", config=ApiConfig(base_url=box.base_url)) as api:
        war_tag = api.clan_leaguegroup("#2PP")["rounds"][0]["warTags"][0]
    for place, code in fenced(published, "bash"):
        for line in code.replace("#WARTAG", war_tag).splitlines():
            words = shlex.split(line, comments=True)
            if words[:1] == ["cocapi"]:
                with subtests.test(place, line=line):
                    monkeypatch.setattr(sys, "argv", words)
                    status = app.run()
                    err = capsys.readouterr().err
                    if "--password" in words:
                        assert (status, "seen by everybody" in err, REFUSED in GUIDE) == (2, True, True)
                    else:
                        assert (status, err) == (0, "")
