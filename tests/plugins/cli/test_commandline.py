"""What commands of plugins are given, where options may stand, which plugins are on, and --trace."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from rich.console import Console

from cocapi import __version__
from cocapi_cli import panels
from cocapi_sandbox import Sandbox

pytestmark = pytest.mark.once

TOKEN = "eyJ0-very-secret"


@dataclass
class Place:
    """A folder to run the program in, with distributions that are installed there only."""

    folder: Path

    def distribution(self, name: str, code: str) -> None:
        """Install ``cocapi-<name>`` 0.1, whose plugin is the class `Plugin` in `code`."""
        info = self.folder / "found" / f"cocapi_{name}-0.1.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: cocapi-{name}\nVersion: 0.1\n")
        (info / "entry_points.txt").write_text(f"[cocapi]\n{name} = cocapi_{name}:Plugin\n")
        (info.parent / f"cocapi_{name}.py").write_text(textwrap.dedent(code))

    def __call__(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run ``cocapi`` with these arguments."""
        variables = {"PYTHONPATH": str(self.folder / "found"), "COLUMNS": "80", **environment}
        inherited = {name: os.environ[name] for name in os.environ if not name.startswith("COCAPI_")}
        done = subprocess.run(
            [sys.executable, "-m", "cocapi_cli", *arguments],
            cwd=self.folder,
            env={**inherited, **variables},
            capture_output=True,
            text=True,
            check=False,
        )
        assert "Traceback" not in done.stderr
        assert TOKEN not in done.stdout + done.stderr
        return done


@pytest.fixture
def cocapi(tmp_path: Path) -> Place:
    return Place(tmp_path)


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with Sandbox() as made:
        yield made


# Commands of plugins

TOP = """
    import typer
    from cocapi import CocApiError, CommandLine, hookimpl

    def top(context: typer.Context, tag: str) -> None:
        line: CommandLine = context.obj
        with line.client() as api:
            line.show(api.clan_tag(tag), lambda clan: clan["name"])

    def each(context: typer.Context, tags: list[str]) -> None:
        line: CommandLine = context.obj
        with line.client() as api:
            line.show_each((api.clan_tag(tag) for tag in tags), lambda clan: clan["name"])

    def told(context: typer.Context, timeout: int = 7) -> None:
        line: CommandLine = context.obj
        line.show({"timeout": timeout, "config": line.config.timeout, "word": context.obj.config.plugins})

    def check(context: typer.Context, token: str) -> None:
        context.obj.show(token)

    class Plugin:
        def __init__(self, config):
            self.word = config.plugins.get("top") or {}

        @hookimpl
        def cocapi_commands(self, app):
            wars = typer.Typer()
            for command in (top, each, told, check):
                app.command()(command)
                wars.command()(command)
            app.add_typer(wars, name="wars")
"""


@pytest.mark.parametrize(
    "arguments",
    [
        ("--sandbox", "top", "#2PP"),
        ("top", "#2PP", "--sandbox"),
        ("top", "--sandbox", "#2PP"),
        ("--sandbox", "wars", "top", "#2PP"),
        ("wars", "top", "#2PP", "--sandbox"),
    ],
)
def test_a_command_of_a_plugin_obeys_options_before_and_after(
    cocapi: Place, arguments: tuple[str, ...]
) -> None:
    """In groups of commands too."""
    cocapi.distribution("top", TOP)
    ended = cocapi(*arguments)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "Sandbox Pioneers\n", "")
    answer = json.loads(cocapi(*arguments, "--json").stdout)
    assert answer["name"] == "Sandbox Pioneers"


@pytest.mark.parametrize("arguments", [(), ("keys",), ("store",)])
def test_the_program_and_groups_of_commands_show_their_help(
    cocapi: Place, arguments: tuple[str, ...]
) -> None:
    """Line by line, as with --help, where no command is named."""
    shown = cocapi(*arguments)
    assert shown.stderr.split() == cocapi(*arguments, "--help").stdout.split()
    assert len(shown.stderr.splitlines()) > 5
    assert shown.returncode == 2


def test_a_command_of_a_plugin_asks_as_it_is_told(cocapi: Place, box: Sandbox) -> None:
    """Token, address and file are those of the options; the token counts that stands last."""
    cocapi.distribution("top", TOP)
    box.requests.clear()
    (cocapi.folder / "other.toml").write_text('plugins = {top = {word = "there"}}\ntimeout = 5\n')
    for arguments in (
        ("--base-url", box.base_url, "--token", TOKEN, "top", "#2PP"),
        ("top", "#2PP", "--base-url", box.base_url, "--token", TOKEN),
        ("--token", "invalid", "top", "#2PP", "--base-url", box.base_url, "--token", TOKEN),
    ):
        assert cocapi(*arguments).stdout == "Sandbox Pioneers\n"
    assert len(box.requests) == 3
    ended = cocapi("--config", "other.toml", "--json", "told")
    assert json.loads(ended.stdout) == {"timeout": 7, "config": 5, "word": {"top": {"word": "there"}}}


def test_what_a_command_declares_itself_is_its_own(cocapi: Place) -> None:
    """--timeout of the command is no setting of the program's."""
    cocapi.distribution("top", TOP)
    ended = cocapi("--timeout", "3", "told", "--timeout", "9", "--json")
    assert json.loads(ended.stdout)["timeout"] == 9
    assert json.loads(ended.stdout)["config"] == 3
    assert cocapi("check", "one", "--json").stdout == '"one"\n'
    assert cocapi("check", "one", "--token", "two").returncode == 2


def test_many_answers_are_lines_for_people_and_of_json(cocapi: Place) -> None:
    """As the command players has them."""
    cocapi.distribution("top", TOP)
    assert cocapi("--sandbox", "each", "#2PP", "#2PP").stdout == "Sandbox Pioneers\n" * 2
    lines = cocapi("--sandbox", "each", "#2PP", "#2PP", "--json").stdout.splitlines()
    assert [json.loads(line)["tag"] for line in lines] == ["#2PP", "#2PP"]


def test_errors_of_a_plugin_s_command_are_told_like_all(cocapi: Place) -> None:
    """One sentence and status 1, or the error as JSON."""
    cocapi.distribution("top", TOP)
    ended = cocapi("top", "#404", "--sandbox")
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith("error: Not found")
    assert json.loads(cocapi("--sandbox", "--json", "top", "#404").stdout)["status_code"] == 404
    assert cocapi("top", "#2PP").stderr.startswith("error: no token: run 'cocapi login', set COCAPI_TOKEN")


CLAN = """
    from cocapi import hookimpl

    class Plugin:
        def __init__(self, config): ...

        @hookimpl(tryfirst=True)
        def cocapi_commands(self, app):
            @app.command()
            def clan(tag: str) -> None:
                print("mine", tag)

            @app.command()
            def {other}() -> None:
                print("other")
"""


def test_a_name_that_is_taken_is_left_out_and_both_are_named(cocapi: Place) -> None:
    """Whatever a plugin says of its order, `clan` is cocapi's; its other commands are there."""
    cocapi.distribution("aaa", CLAN.format(other="mine"))
    cocapi.distribution("bbb", CLAN.format(other="mine"))
    ended = cocapi("--sandbox", "clan", "#2PP")
    assert "Sandbox Pioneers" in ended.stdout
    warned = [line.replace(__version__, "5") for line in ended.stderr.splitlines()]
    sentence = "warning: the command {!r} of plugin {!r} of cocapi-{} 0.1 is left out: plugin {} has it"
    assert warned == [
        sentence.format("clan", "aaa", "aaa", "'cli' of cocapi 5"),
        sentence.format("clan", "bbb", "bbb", "'cli' of cocapi 5"),
        sentence.format("mine", "bbb", "bbb", "'aaa' of cocapi-aaa 0.1"),
    ]
    assert cocapi("mine").stdout == "other\n"


BROKEN = """
    from cocapi import hookimpl

    class Plugin:
        def __init__(self, config): ...

        @hookimpl
        def cocapi_commands(self, app):
            @app.command()
            def odd(thing: int | str) -> None: ...
"""


def test_a_command_that_typer_cannot_make_spoils_no_other(cocapi: Place) -> None:
    """It is blamed on its plugin."""
    cocapi.distribution("broken", BROKEN)
    ended = cocapi("--sandbox", "clan", "#2PP")
    assert (ended.returncode, ended.stderr.count("\n")) == (0, 1)
    assert ended.stderr.startswith("plugin 'broken' of cocapi-broken 0.1 failed in cocapi_commands: ")


def test_a_plugin_that_is_on_in_a_file_only_has_its_command_with_that_file(cocapi: Place) -> None:
    """In the help as well."""
    cocapi.distribution("top", TOP)
    (cocapi.folder / "without.toml").write_text("plugins = {top = false}\n")
    assert "  top\n" in cocapi("--help").stdout
    assert "  top\n" not in cocapi("--config", "without.toml", "--help").stdout
    assert "  top\n" in cocapi("--help", "-p", "top", "--config", "without.toml").stdout
    refused = cocapi("--config", "without.toml", "top", "#2PP")
    assert refused.returncode == 2
    assert "No such command 'top'. Off are, and may have it: top (plugins={'top': False})." in refused.stderr


# Tokens

GIVES = f"""
    from cocapi import hookimpl

    class Plugin:
        def __init__(self, config): ...

        @hookimpl
        def cocapi_token(self):
            return "{TOKEN}"
"""


def test_without_a_token_a_plugin_s_is_taken(cocapi: Place, box: Sandbox) -> None:
    """And where there is no such plugin, the way to one is told."""
    cocapi.distribution("gives", GIVES)
    ended = cocapi("--trace", "--base-url", box.base_url, "clan", "#2PP")
    assert (ended.returncode, "Sandbox Pioneers" in ended.stdout) == (0, True)
    ended = cocapi("-p", "no:gives", "--base-url", box.base_url, "clan", "#2PP")
    assert (ended.returncode, ended.stderr.partition(" ")[0]) == (1, "error:")
    assert "set COCAPI_TOKEN" in ended.stderr


# -p

LISTED: list[tuple[tuple[str, ...], str, dict[str, tuple[bool, str]]]] = [
    (("-p", "no:cache"), "", {"cache": (False, "-p no:cache"), "retry": (True, "installed")}),
    (
        ("-p", "metrics", "-p", "no:retry"),
        "",
        {"metrics": (True, "-p metrics"), "retry": (False, "-p no:retry")},
    ),
    (("-p", "no:cache", "-p", "cache"), "", {"cache": (True, "-p cache")}),
    (("-p", "cache"), "enable_caching = false", {"cache": (True, "-p cache")}),
    (("-p", "cache"), "plugins = {cache = false}", {"cache": (True, "-p cache")}),
    (("-p", "metrics"), 'only_plugins = ["cli"]', {"metrics": (True, "-p metrics")}),
]


@pytest.mark.parametrize(("arguments", "settings", "expected"), LISTED)
def test_p_switches_plugins_for_one_command(
    cocapi: Place, arguments: tuple[str, ...], settings: str, expected: dict[str, tuple[bool, str]]
) -> None:
    """Whatever the file says; the last word about a plugin counts."""
    (cocapi.folder / "cocapi.toml").write_text(settings + "\n")
    rows = json.loads(cocapi(*arguments, "plugins", "--json").stdout)["plugins"]
    assert {row["name"]: (row["on"], row["why"]) for row in rows if row["name"] in expected} == expected


def test_options_of_a_plugin_outlive_p(cocapi: Place) -> None:
    """-p NAME is no reason to forget what the file says of it."""
    cocapi.distribution("top", TOP)
    (cocapi.folder / "cocapi.toml").write_text('plugins = {top = {word = "there"}}\n')
    ended = cocapi("-p", "top", "told", "--json")
    assert json.loads(ended.stdout)["word"] == {"top": {"word": "there"}}


@pytest.mark.parametrize("name", ["cach", "no:cach"])
@pytest.mark.parametrize("command", [("plugins",), ("clan", "#2PP")], ids=["plugins", "clan"])
def test_a_plugin_that_is_not_there_is_wrong_usage(
    cocapi: Place, name: str, command: tuple[str, ...]
) -> None:
    """With the one that was meant."""
    ended = cocapi("--sandbox", "-p", name, *command)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "none has the name that it is given; did you mean 'cache'?" in " ".join(ended.stderr.split())
    assert "warning" not in ended.stderr


@pytest.mark.parametrize(
    ("password", "command"),
    [("hunter2", ("clan", "#2PP")), ("no:hunter2", ("plugins",)), ("hunter2", ("keys", "list"))],
    ids=["clan", "plugins", "keys"],
)
def test_a_password_in_the_place_of_a_plugin_is_not_printed(
    cocapi: Place, password: str, command: tuple[str, ...]
) -> None:
    """-p took one in 4.0.1; the sentence says where it goes."""
    ended = cocapi("-e", "chief@example.com", "-p", password, *command)
    shown = " ".join(ended.stderr.split())
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "it switches plugins, and none has the name that it is given" in shown
    assert "set COCAPI_PASSWORD" in shown
    assert "hunter2" not in shown


def test_p_after_the_command_is_told_where_it_stands(cocapi: Place) -> None:
    """It decides which commands there are; after one it was the password's in 4.0.1, which is refused."""
    ended = cocapi("--sandbox", "clan", "#2PP", "-p", "no:cache")
    assert ended.returncode == 2
    assert ended.stderr.endswith("The -p that switches plugins stands before the command.\n")


# --trace

ROW = re.compile(r"^ 1   (?P<hook>\w+) +(?P<plugin>\w+) +(?P<answer>\S.*?) +(?P<us>[\d,]+\.\d) µs$")


def test_trace_says_each_hook_of_a_call(cocapi: Place, box: Sandbox) -> None:
    """On standard error, in columns that fit; what the command prints is as without."""
    arguments = ("clan", "#2PP", "--base-url", box.base_url)
    plain = cocapi(*arguments, COCAPI_TOKEN=TOKEN)
    traced = cocapi("--trace", *arguments, COCAPI_TOKEN=TOKEN, COLUMNS="60")
    assert plain.stderr == ""
    assert cocapi(*arguments, "--trace", "--json", COCAPI_TOKEN=TOKEN).stdout.startswith("{")
    first, *rows, last = traced.stderr.splitlines()
    assert first == " 1 clan_tag: GET /clans/{clanTag}"
    assert re.fullmatch(r" 1 clan_tag: 200, sent once, [\d,.]+ ms", last)
    matches = [ROW.match(row) for row in rows]
    assert all(matches)
    hooks = [(match["hook"], match["plugin"], match["answer"]) for match in matches if match]
    assert ("cache_lookup", "cache", "none") in hooks
    assert ("attempt", "ratelimit", "none") in hooks
    assert hooks[0][0] == "request"
    assert hooks[-1][0] == "finished"
    assert max(map(len, traced.stderr.splitlines())) <= 60
    assert "2PP" not in traced.stderr


def test_trace_says_what_was_done_about_an_error(cocapi: Place) -> None:
    """The retry, and how the call ended."""
    variables = {"COCAPI_MAX_RETRIES": "2", "COCAPI_RETRY_DELAY": "0", "COCAPI_TOKEN": TOKEN}
    ended = cocapi("--trace", "--base-url", "http://127.0.0.1:9", "clan", "#2PP", **variables)
    assert re.search(r"error +retry +retry after 0 s", ended.stderr)
    assert re.search(r"clan_tag: ConnectionFailed, sent 2 times", ended.stderr)


def test_trace_tells_calls_apart_that_run_at_once(cocapi: Place) -> None:
    """By their number."""
    ended = cocapi("--sandbox", "--trace", "players", "#2PP", "#22222222", "#8QU")
    numbers = {line[:2].strip() for line in ended.stderr.splitlines() if "µs" in line}
    ends = re.findall(r"^ (\d) players: \S+.*ms$", ended.stderr, re.MULTILINE)
    assert numbers == {*ends} == {"1", "2", "3"}


def test_without_trace_nobody_listens() -> None:
    """The module is not even loaded, and the logger is off: hooks are asked plainly."""
    program = """
import logging, sys
from cocapi_cli.app import run
sys.argv = ["cocapi", "--sandbox", "clan", "#2PP"]
run()
assert "cocapi_cli.trace" not in sys.modules
assert not logging.getLogger("cocapi.hooks").isEnabledFor(logging.DEBUG)
"""
    subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)


# Help, and settings that are not for a command line


def test_what_only_programs_want_does_not_reach_the_command_line(cocapi: Place) -> None:
    """Models are for code; the tables are drawn from answers as they came."""
    (cocapi.folder / "cocapi.toml").write_text("use_pydantic_models = true\nraise_errors = false\n")
    ended = cocapi("--sandbox", "clan", "#2PP")
    assert (ended.returncode, " of 50" in ended.stdout) == (0, True)


@pytest.mark.parametrize("columns", [60, 80, 120])
def test_help_fits(cocapi: Place, columns: int) -> None:
    """Each command on a line of its own, not cut, at 80 columns and more."""
    shown = cocapi("--help", COLUMNS=str(columns)).stdout
    assert max(map(len, shown.splitlines())) <= columns
    assert columns < 80 or "..." not in shown.partition("Commands:")[2]


def test_help_and_version_need_no_address(cocapi: Place) -> None:
    """A cocapi.toml that merely lies there does not keep anybody from reading the help."""
    (cocapi.folder / "cocapi.toml").write_text('base_url = "https://elsewhere.example"\n')
    assert cocapi("--help").returncode == 0
    assert cocapi().returncode == 2
    assert cocapi("--version").returncode == 0
    assert cocapi("clan", "#2PP").returncode == 1


def test_help_of_a_command_lists_json_and_says_what_else_may_stand_there(cocapi: Place) -> None:
    """It is not buried under the options of the program."""
    shown = cocapi("clan", "--help").stdout
    assert "--json" in shown
    assert "--timeout" not in shown
    assert "cocapi --help" in shown


def completed(cocapi: Callable[..., subprocess.CompletedProcess[str]], *words: str) -> list[str]:
    """What a shell offers after these words."""
    line = " ".join(("cocapi", *words))
    variables = {"COMP_WORDS": line, "COMP_CWORD": str(len(words))}
    return cocapi(_COCAPI_COMPLETE="complete_bash", **variables).stdout.split()


def test_a_shell_completes_commands_of_plugins(cocapi: Place) -> None:
    """Of those that the options leave on."""
    cocapi.distribution("top", TOP)
    assert completed(cocapi, "to") == ["top", "told"]
    assert completed(cocapi, "-p", "no:top", "to") == []


def test_a_tag_stays_on_one_line_however_narrow_the_terminal() -> None:
    """It is there to be copied."""
    member = {"name": "Alda the First of Many", "tag": "#QCY9RRL", "role": "coLeader", "trophies": 1086}
    console = Console(width=50, file=io.StringIO())
    console.print(panels.members({"items": [member]}))
    shown = console.file.getvalue()  # type: ignore[attr-defined]  # of StringIO
    assert "#QCY9RRL" in shown
    assert "Alda the First of Many" not in shown  # it was narrow


def test_a_command_may_be_asynchronous(cocapi: Place) -> None:
    """Its client obeys the same options, and calls that run at once are told apart."""
    cocapi.distribution("both", BOTH)
    ended = cocapi("both", "#2PP", "#PVUJC9RY", "--sandbox", "--trace")
    assert ended.stdout.splitlines()[0] == "Sandbox Pioneers"
    assert set(re.findall(r"^ (\d) clan_tag: 200", ended.stderr, re.MULTILINE)) == {"1", "2"}


BOTH = """
    import asyncio
    import typer
    from cocapi import CommandLine, hookimpl

    def both(context: typer.Context, tags: list[str]) -> None:
        line: CommandLine = context.obj

        async def names():
            async with line.async_client() as api:
                return [clan["name"] for clan in await asyncio.gather(*map(api.clan_tag, tags))]

        line.show(asyncio.run(names()), "\\n".join)

    class Plugin:
        def __init__(self, config): ...

        @hookimpl
        def cocapi_commands(self, app):
            app.command()(both)
"""
