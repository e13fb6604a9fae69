"""The plugin ``history``, over a scripted network and with a clock that is moved by hand."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from multiprocessing import get_all_start_methods, get_context
from pathlib import Path
from typing import Any

import pytest
from cocapi import ApiConfig, CocApi, ConfigError, InvalidParams, Off, PluginError, Request, Response
from cocapi.testing import Clock, Script, json_response
from hypothesis import given, settings
from hypothesis import strategies as st
from typer import Typer
from typer.testing import CliRunner

from cocapi_history import History, HistoryOptions, NotRecorded, history_if_configured
from cocapi_history.archive import Archive

START = 1_760_000_000.0


def at(seconds: float) -> datetime:
    """A moment, counted from the first call of a test."""
    return datetime.fromtimestamp(START + seconds, UTC)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "clash.sqlite3"


@pytest.fixture
def script() -> Script:
    """Each answer says by its level which one it is."""
    return Script(*(json_response({"clanLevel": level}) for level in range(1, 10)), clock=Clock(START))


@pytest.fixture
def api(script: Script, path: Path) -> Iterator[CocApi]:
    with client(script, path) as api:
        yield api


def client(script: Script, path: Path, **settings: Any) -> CocApi:
    """A client with this plugin alone, told the time by the script's clock."""
    return script.client(
        only_plugins=("script", "history"),
        plugins={"history": lambda _: History(path, clock=script.clock)},
        **{"raise_errors": True, **settings},
    )


def test_an_answer_is_found_as_it_was(api: CocApi, script: Script) -> None:
    """Exactly from its arrival until the next one's."""
    for _ in range(3):
        api.clan_tag("#2PP")
        script.clock.advance(60)
    sent = len(script.requests)
    for seconds, level in [(0, 1), (59, 1), (60, 2), (119, 2), (120, 3), (999, 3)]:
        assert api.with_options(history=at(seconds)).clan_tag("#2PP") == {"clanLevel": level}
    assert len(script.requests) == sent


def test_moments_are_the_same_in_every_time_zone(api: CocApi) -> None:
    """A caller counts in his own."""
    api.clan_tag("#2PP")
    there = at(0).astimezone(timezone(timedelta(hours=9)))
    assert api.with_options(history=there).clan_tag("#2PP") == {"clanLevel": 1}


def test_before_the_first_answer_there_is_none(api: CocApi, script: Script) -> None:
    """The error says so; nothing is sent in place of the past."""
    api.clan_tag("#2PP")
    with pytest.raises(NotRecorded, match=r"GET /clans/{clanTag}: nothing is recorded of this"):
        api.with_options(history=at(-1)).clan_tag("#2PP")
    with pytest.raises(NotRecorded):
        api.with_options(history=at(0)).clan_tag("#8QU")
    assert len(script.requests) == 1


def test_only_changes_are_kept(path: Path) -> None:
    """The same answer twice is one snapshot."""
    same, other = json_response({"a": 1}), json_response({"a": 2})
    script = Script(same, same, other, same, clock=Clock(START))
    with client(script, path) as api:
        for _ in range(4):
            api.clan_tag("#2PP")
            script.clock.advance(1)
        kept = api.plugins["history"].snapshots("2pp")
    assert [snapshot.taken for snapshot in kept] == [at(0), at(2), at(3)]


def test_snapshots_are_those_about_a_tag(api: CocApi) -> None:
    """Whatever the operation and the query; not those of tags that begin alike."""
    api.clan_tag("#2PP")
    api.clan_members("#2PP", limit=3)
    api.clan_tag("#2PPP")
    ends = [snapshot.url.rpartition("%232PP")[2] for snapshot in api.plugins["history"].snapshots("#2PP")]
    assert ends == ["", "/members?limit=3"]


def test_a_call_may_stay_out_of_the_history(api: CocApi) -> None:
    """with_options(history=False)."""
    api.with_options(history=False).clan_tag("#2PP")
    assert api.plugins["history"].snapshots("#2PP") == []


def test_what_a_player_is_verified_with_is_not_kept(api: CocApi) -> None:
    """Only answers to GET are."""
    api.verify_player_token("#2PP", "secret")
    assert api.plugins["history"].snapshots("#2PP") == []


@pytest.mark.parametrize("moment", ["2026-01-01", 1_760_000_000, datetime(2026, 1, 1)])
def test_what_is_no_moment_is_refused(api: CocApi, script: Script, moment: object) -> None:
    """A date without a time zone too: it would be read as the wrong hour somewhere."""
    with pytest.raises(InvalidParams, match="it must be True, False or a datetime with a time zone"):
        api.with_options(history=moment).clan_tag("#2PP")
    assert script.requests == []


def test_the_history_outlives_the_client(script: Script, path: Path) -> None:
    """The next one reads what this one wrote."""
    with client(script, path) as api:
        api.clan_tag("#2PP")
    with client(script, path) as api:
        assert api.with_options(history=at(1)).clan_tag("#2PP") == {"clanLevel": 1}


@pytest.mark.parametrize("anyio_backend", ["asyncio", "trio"])
@pytest.mark.anyio
async def test_asynchronous_code_has_the_same(anyio_backend: str, script: Script, path: Path) -> None:
    """Files are read and written in a thread beside the event loop."""
    async with client(script, path) as api:
        await api.clan_tag("#2PP")
        script.clock.advance(60)
        await api.clan_tag("#2PP")
        assert await api.with_options(history=at(59)).clan_tag("#2PP") == {"clanLevel": 1}


def test_many_tasks_share_one_history(path: Path) -> None:
    """No answer is lost, none is another's."""

    def echo(request: Request) -> Response:
        return json_response({"tag": request.path_params["playerTag"]})

    script = Script(echo, clock=Clock(START))

    async def main() -> None:
        async with client(script, path) as api:
            tags = [f"#{digit}PP" for digit in "0289PYLQ"]
            await asyncio.gather(*(api.players(tag) for tag in tags * 5))
            past = api.with_options(history=at(0))
            assert [answer["tag"] for answer in await asyncio.gather(*map(past.players, tags))] == tags

    asyncio.run(main())


def test_the_command_line_lists_the_snapshots(api: CocApi) -> None:
    """cocapi history TAG."""
    api.clan_tag("#2PP")
    app = Typer()
    api.plugins["history"].cocapi_commands(app)
    shown = CliRunner().invoke(app, ["#2PP"]).output
    assert shown == "2025-10-09 08:53:20 UTC  https://api.clashofclans.com/v1/clans/%232PP\n"


def test_a_file_that_cannot_be_written_fails_the_call(script: Script, tmp_path: Path) -> None:
    """What is not kept is lost for ever, so it is said, and who says it."""
    with client(script, tmp_path / "no" / "such" / "folder") as api:
        with pytest.raises(PluginError, match="plugin 'history' failed in cocapi_response: OperationalError"):
            api.clan_tag("#2PP")
        assert api.with_options(history=False).clan_tag("#2PP") == {"clanLevel": 2}


def test_without_a_setting_no_file_appears() -> None:
    """Installed is not enough."""
    with pytest.raises(Off, match="until it has a path"):
        configured(ApiConfig())


def configured(config: ApiConfig) -> History:
    """The plugin as a client makes it."""
    return history_if_configured(config, config.options_for("history", HistoryOptions))


def test_the_path_is_an_option(path: Path) -> None:
    """It may begin with ~."""
    assert configured(ApiConfig(plugins={"history": {"path": str(path)}})).archive.path == path
    home = configured(ApiConfig(plugins={"history": {"path": "~/clash.sqlite3"}}))
    assert home.archive.path == Path.home() / "clash.sqlite3"


@pytest.mark.parametrize(
    ("setting", "sentence"),
    [
        (True, r"\['path'\] is missing: it must be the path of a file"),
        ({"path": 7}, r"\['path'\] is 7: it must be a path"),
        ({"path": "x", "pth": "y"}, "has no option 'pth'; did you mean 'path'"),
    ],
)
def test_wrong_options_are_refused(setting: Any, sentence: str) -> None:
    """By name, with what is allowed."""
    with pytest.raises(ConfigError, match=sentence):
        configured(ApiConfig(plugins={"history": setting}))


@settings(deadline=None)  # a busy machine is not a slow archive
@given(
    steps=st.lists(st.tuples(st.integers(1, 5), st.sampled_from([b"a", b"b", b"c"])), max_size=12),
    moment=st.integers(-1, 70),
)
def test_an_archive_answers_like_a_list(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[int, bytes]], moment: int
) -> None:
    """For any answers at any times, the one found is the last that had arrived."""
    archive = Archive(tmp_path_factory.mktemp("any") / "archive.sqlite3")
    now, held = 0, None
    for seconds, content in steps:
        now += seconds
        archive.keep("url", now, content)
        held = content if now <= moment else held
    assert archive.find("url", moment) == held
    archive.close()


@pytest.mark.skipif("fork" not in get_all_start_methods(), reason="this system has no fork")
def test_the_child_of_a_fork_opens_the_file_for_itself(script: Script, path: Path) -> None:
    """SQLite forbids a child its parent's connection; both go on writing."""
    with client(script, path) as api:
        api.clan_tag("#2PP")
        child = get_context("fork").Process(target=api.clan_tag, args=("#2QQ",))
        child.start()
        child.join()
        assert child.exitcode == 0
        api.clan_tag("#2RR")
        tags = ("#2PP", "#2QQ", "#2RR")
        assert [len(api.plugins["history"].snapshots(tag)) for tag in tags] == [1, 1, 1]
