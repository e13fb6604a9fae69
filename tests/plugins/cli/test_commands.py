"""The commands of 4.0.1 and what they show: on terminals of several widths, in pipes, as JSON."""

from __future__ import annotations

import io
import json
import re
import shlex
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, TypeAlias

import pytest
from rich.console import Console
from rich.text import Text

from cocapi import ApiConfig, CocApi
from cocapi_cli import app, commandline, drawn, panels, piped
from cocapi_cli.commandline import commanding
from cocapi_cli.contributed import contributed
from cocapi_cli.sheets import Column, Sheet
from cocapi_sandbox import Sandbox
from cocapi_sandbox.portal import EMAIL, PASSWORD, Portal

pytestmark = pytest.mark.once

LEAGUE_DAY = datetime(2026, 11, 8, 12, tzinfo=UTC).timestamp()
"""A day on which the clans of the sandbox are in their war leagues."""

Run: TypeAlias = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with Sandbox(clock=lambda: LEAGUE_DAY) as made:
        yield made


@pytest.fixture
def run(
    box: Sandbox, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Run:
    """The program in this process: exit status, standard output, standard error."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COCAPI_MAX_RETRIES", "1")
    monkeypatch.setenv("COCAPI_TOKEN", "any")
    monkeypatch.setattr(warnings, "showwarning", warnings.showwarning)  # which the program replaces

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["cocapi", "--base-url", box.base_url, *arguments])
        status = app.run()
        shown = capsys.readouterr()
        return status, shown.out, shown.err

    return run


COMMANDS = [
    (("clan", "#2PP"), "Members\t"),
    (("player", "#2PP"), "Town hall\t"),
    (("members", "#2PP", "-l", "3"), "#\tName\tTag\tRole\tTH\tLeague\tTrophies\tDonated\n1\t"),
    (("war", "#2PP"), "war"),
    (("search", "foxes", "-l", "2", "--location-id", "32000087", "--label-ids", "56000000"), "\tFrance\n"),
    (("search", "foxes", "-l", "2"), "Wild Foxes\t#PVUJC9RY\t"),
    (("warlog", "#2PP", "-l", "5"), "Ended\tResult\tOpponent\tTag\tSize\tStars\t%\tAttacks\n2026-"),
    (("raids", "#2PP", "-l", "2"), "Began\tState\tLoot\t"),
    (("cwl", "#2PP"), "#\tClan\tTag\tStars\t%\tWon\tLost\tAttacks\tMissed\n1\t"),
    (("location", "32000087"), "Code\tFR\n"),
    (("locations", "-l", "300"), "32000087\tFrance\tFR\n"),
    (("rankings", "32000087", "clans"), "#\t+/-\tName\tTag\tPoints\tLevel\tMembers\tLocation\n1\t"),
    (("rankings", "players", "--location", "global", "-l", "2"), "Tag\tTrophies\tClan\tLeague\n1\t"),
    (("rankings", "clans-builder-base"), "Points"),
    (("rankings", "global", "players-builder-base"), "Trophies"),
    (("rankings", "global", "capitals", "--limit", "1"), "Points"),
    (("league", "29000022"), "Legend League"),
    (("leagues",), "29000000\tUnranked\n"),
    (("league-seasons", "29000022", "-l", "3"), "2015-07\n"),
    (("league-seasons", "29000022", "2025-01", "-l", "3"), "Trophies"),
    (("league-tiers",), "105000000\tUnranked\n"),
    (("league-tiers", "105000000"), "Name\tUnranked\n"),
    (("war-leagues", "48000000"), "Name\tUnranked\n"),
    (("capital-leagues", "-l", "2"), "85000000\tUnranked\n"),
    (("builder-base-leagues", "44000000"), "Name\tWood League V\n"),
    (("labels", "clans"), "56000000\tClan Wars\n"),
    (("labels", "players"), "ID\tName\n"),
    (("goldpass",), "Ends\t2026-12-01 "),
    (("verify-token", "#2PP", "wrong"), "The token of #2PP is invalid.\n"),
]


@pytest.mark.parametrize(("arguments", "shown"), COMMANDS, ids=lambda value: " ".join(value)[:40])
def test_each_command_gives_rows_with_tabs_in_a_pipe(
    run: Run, arguments: tuple[str, ...], shown: str
) -> None:
    """Under the names and with the options of 4.0.1."""
    status, out, err = run(*arguments)
    assert (status, err) == (0, "")
    assert shown in out


@pytest.mark.parametrize("arguments", [arguments for arguments, _ in COMMANDS], ids=" ".join)
def test_each_command_has_json(run: Run, arguments: tuple[str, ...]) -> None:
    status, out, _ = run(*arguments, "--json")
    assert (status, type(json.loads(out))) == (0, dict)


def test_a_war_of_the_league_is_shown_by_the_tag_that_cwl_lists(run: Run) -> None:
    """A round has a line each, with the war's tag."""
    rows = [row.split("\t") for row in run("cwl", "#2PP")[1].splitlines()]
    wars = [row[1] for row in rows[rows.index(["Its wars"]) + 2 :]]
    assert len(wars) == 7
    assert "Sandbox Pioneers" in run("cwl-war", wars[0])[1]


@pytest.mark.parametrize(
    "arguments",
    [("rankings", "heroes"), ("rankings", "clans", "players"), ("rankings", "1", "clans", "--location", "2")],
)
def test_rankings_are_of_one_kind_in_one_place(run: Run, arguments: tuple[str, ...]) -> None:
    status, _, err = run(*arguments)
    assert (status, "Usage:" in err) == (2, True)


@pytest.mark.parametrize("word", ["France", "fr", "FRANCE", "32000087", " Françe "])
def test_a_place_is_named_as_people_do(run: Run, word: str) -> None:
    """By name, by code, by id."""
    assert run("location", word)[1].startswith("ID\t32000087\n")
    assert "\tFrance\n" in run("search", "foxes", "--location", word)[1]
    assert run("rankings", word, "clans", "-l", "1") == run("rankings", "32000087", "clans", "-l", "1")
    assert run("rankings", "players", "--location", word, "--json")[0] == 0


@pytest.mark.parametrize(
    ("word", "hint"),
    [("Frence", "did you mean 'France'?"), ("Atlantis", "'cocapi locations -l 300' lists them"), (" ", "")],
)
def test_a_place_that_there_is_not_is_told_the_nearest(run: Run, word: str, hint: str) -> None:
    """As JSON, too."""
    status, out, err = run("search", "foxes", "--location", word)
    assert (status, out) == (1, "")
    assert err.startswith(f"error: there is no location {word!r}; {hint}")
    answer = json.loads(run("search", "foxes", "--location", word, "--json")[1])
    assert answer["error_type"] == "params"


@pytest.mark.parametrize(
    ("arguments", "command"),
    [
        (("location", "99"), "locations -l 300"),
        (("rankings", "99", "clans"), "locations -l 300"),
        (("league", "99"), "leagues"),
        (("league-seasons", "99"), "leagues"),
        (("league-seasons", "29000022", "1999-01"), "league-seasons 29000022"),
        (("league-tiers", "99"), "league-tiers"),
        (("war-leagues", "99"), "war-leagues"),
        (("capital-leagues", "99"), "capital-leagues"),
        (("builder-base-leagues", "99"), "builder-base-leagues"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_an_id_that_there_is_not_is_told_where_the_others_are(
    run: Run, arguments: tuple[str, ...], command: str
) -> None:
    """By a command that lists them."""
    status, out, err = run(*arguments)
    assert (status, out) == (1, "")
    assert err.endswith(f"; 'cocapi {command}' lists them\n")
    assert run(*command.split())[0] == 0


def test_an_id_needs_no_list_of_places(run: Run, box: Sandbox) -> None:
    box.requests.clear()
    run("rankings", "32000087", "clans")
    run("rankings", "clans")
    assert [request.path.split("/")[2] for request in box.requests] == ["32000087", "global"]


def test_an_error_as_json_has_type_and_status(run: Run) -> None:
    """Of the API, and of the settings."""
    status, out, _ = run("clan", "#VV", "--json")
    answer = json.loads(out)
    assert (status, answer["error_type"], answer["status_code"]) == (1, "http", 404)
    status, out, _ = run("--timeout", "-1", "clan", "#VV", "--json")
    answer = json.loads(out)
    assert (status, answer["error_type"], answer["status_code"]) == (1, "configuration", None)


def test_the_account_of_an_option_needs_a_password_from_elsewhere(run: Run) -> None:
    """The sentence says from where; one among the arguments is refused."""
    assert "set COCAPI_PASSWORD" in run("clan", "#2PP", "-e", "chief@example.com")[2]
    status, _, err = run("clan", "#2PP", "-e", "chief@example.com", "-p", "hunter2")
    assert (status, "COCAPI_PASSWORD" in err, "hunter2" in err) == (2, True, False)


@pytest.fixture
def portal(box: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Portal:
    """Where ``--email`` logs in, with nothing kept from before."""
    monkeypatch.delenv("COCAPI_TOKEN", raising=False)
    monkeypatch.setenv("COCAPI_KEYS_PORTAL", box.portal_url)
    monkeypatch.setenv("COCAPI_KEY_STORAGE_PATH", str(tmp_path / "keys.json"))
    monkeypatch.setattr("cocapi_keys.keyrings.usable_keyring", lambda: None)
    box.portal.logins.clear()
    return box.portal


@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
def test_the_account_of_an_option_logs_in_once(
    run: Run, portal: Portal, monkeypatch: pytest.MonkeyPatch, before: bool
) -> None:
    """Before the command and after it; the next command has its keys, and needs no option."""
    monkeypatch.setenv("COCAPI_PASSWORD", PASSWORD)
    option = ("-e", EMAIL)
    command = ("clan", "#2PP")
    for arguments in ((*option, *command) if before else (*command, *option), (*command, "--email", EMAIL)):
        status, out, err = run(*arguments)
        assert (status, "Sandbox Pioneers" in out, err) == (0, True, "")
    monkeypatch.delenv("COCAPI_PASSWORD")
    assert run(*command)[0] == 0
    assert len(portal.logins) == 1


@pytest.mark.parametrize("command", [("login",), ("keys", "list"), ("keys", "revoke", "--all")])
def test_the_account_before_a_command_about_keys_counts(
    run: Run, portal: Portal, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    """These have the option themselves; what stands after the command wins."""
    monkeypatch.setenv("COCAPI_PASSWORD", PASSWORD)
    assert run("-e", EMAIL, *command)[0] == 0
    assert run("-e", "nobody@example.com", *command, "--email", EMAIL)[0] == 0
    assert "refuses this e-mail address" in run("-e", "nobody@example.com", *command)[2]


def test_no_command_keeps_an_option_of_the_program_to_itself() -> None:
    """But those about keys the account: it counts before them as well, as above tells."""
    commands = dict(walked("", contributed(commanding(ApiConfig()))))
    before = {option for parameter in app.program().params for option in parameter.opts}
    own = {
        name: opts
        for name, command in commands.items()
        if (opts := before & {option for parameter in command.params for option in parameter.opts})
    }
    account = {"--email", "-e", "--password", "-p"}
    assert own == dict.fromkeys(("login", "keys list", "keys revoke"), account)


@pytest.mark.parametrize(
    ("only", "switches", "command", "off"),
    [
        ("cache,retry", (), "clan", "cli, events, keys, sandbox, scaffold (only_plugins=cache,retry)"),
        ("", ("-p", "no:keys"), "login", "keys (plugins={'keys': False})"),
    ],
)
def test_where_a_command_is_missing_the_plugins_that_are_off_are_named(
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    only: str,
    switches: tuple[str, ...],
    command: str,
    off: str,
) -> None:
    """A list of plugins in the environment may be meant for another program; one option brings one back."""
    monkeypatch.setenv("COCAPI_PLUGINS", only)
    status, out, err = run(*switches, command)
    assert (status, out) == (2, "")
    assert f"No such command '{command}'." in err
    assert f" Off are, and may have it: {off}. -p NAME switches one on." in err
    assert run(*switches, "-p", off.split(maxsplit=1)[0].strip(","), command, "--help")[0] == 0


def test_where_no_plugin_is_off_a_missing_command_is_told_the_nearest_alone(run: Run) -> None:
    assert run("clann")[2].endswith("No such command 'clann'. Did you mean 'clan'?\n")


def walked(group: str, commands: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """All commands by what is typed, those of groups too."""
    for name, command in commands.items():
        if hasattr(command, "commands"):
            yield from walked(f"{name} ", command.commands)
        else:
            yield f"{group}{name}", command


def test_a_password_alone_in_the_environment_spoils_no_command(
    run: Run, portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither with a token nor with keys that are kept; without both the way out is told."""
    monkeypatch.setenv("COCAPI_PASSWORD", PASSWORD)
    status, out, err = run("clan", "#2PP")
    assert (status, out) == (1, "")
    assert "set COCAPI_EMAIL (on the command line: -e), or unset COCAPI_PASSWORD" in err
    assert run("login", "-e", EMAIL)[0] == 0
    assert run("clan", "#2PP")[0] == 0
    portal.accounts.clear()
    portal.add_account(EMAIL, PASSWORD)
    monkeypatch.setenv("COCAPI_TOKEN", "any")
    assert run("clan", "#2PP")[0] == 0
    assert run("plugins")[2] == ""


def test_the_account_of_an_option_goes_before_a_token_of_the_environment(
    run: Run, portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is typed counts more than a variable; a token that is typed needs no account, and no password."""
    monkeypatch.setenv("COCAPI_TOKEN", "invalid")
    assert run("clan", "#2PP", "-e", EMAIL, "--token", "any")[0] == 0
    assert len(portal.logins) == 0
    monkeypatch.setenv("COCAPI_KEYS_PASSWORD", PASSWORD)
    monkeypatch.setenv("COCAPI_KEYS_EMAIL", "nobody@example.com")
    assert run("clan", "#2PP", "-e", EMAIL)[0] == 0
    assert len(portal.logins) == 1


def test_a_password_is_asked_for_where_somebody_is(
    run: Run, portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unseen, once, and it is printed nowhere."""
    questions: list[str] = []

    def answered(question: str) -> str:
        questions.append(question)
        return PASSWORD

    monkeypatch.setattr(commandline, "getpass", answered)
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(isatty=lambda: True))
    status, out, err = run("clan", "#2PP", "-e", EMAIL)
    assert (status, questions) == (0, ["Password: "])
    assert PASSWORD not in out + err


PAGE = Path(__file__).parents[3] / "docs/how-to/credentials.md"


def test_the_page_about_credentials_can_be_followed_on_a_terminal(
    run: Run,
    portal: Portal,
    box: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Its commands in the sandbox, one after another, with the variables that it names and an account that
    every sandbox has; the password is typed where the page says so."""
    section = PAGE.read_text(encoding="utf-8").partition("## On the command line")[2].partition("\n## ")[0]
    commands, trial = re.findall(r"^```console\n(.*?)^```", section, re.MULTILINE | re.DOTALL)
    lines = [shlex.split(line, comments=True) for line in (trial + commands).splitlines()]
    for name, _, value in (word.partition("=") for line in lines if line[0] == "export" for word in line[1:]):
        monkeypatch.setenv(name, value.replace("http://127.0.0.1:8765", box.portal_url))
    assert f"COCAPI_EMAIL={EMAIL}" in commands

    typed: list[str] = []

    def password(question: str) -> str:
        typed.append(question)
        return PASSWORD

    monkeypatch.setattr("cocapi_keys.commands.getpass", password)
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(isatty=lambda: True))
    asked = {}
    for line in (line[1:] for line in lines if line[0] == "cocapi" and line[1] != "sandbox"):
        typed.clear()
        monkeypatch.setattr(sys, "argv", ["cocapi", *line])  # the address, too, is that of the variables
        status, shown = app.run(), capsys.readouterr()
        assert (status, PASSWORD in shown.out + shown.err) == (0, False), shown.err
        asked[" ".join(line)] = len(typed)
    assert asked == {
        "login": 1,
        "clan #2PP": 0,
        "keys list": 1,
        "keys revoke --all": 1,
        "logout": 0,
    }
    assert (portal.keys, Path("keys.json").exists()) == ([], False)


def test_a_wrong_password_of_an_account_is_told(
    run: Run, portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In one sentence, and as JSON."""
    monkeypatch.setenv("COCAPI_PASSWORD", "hunter2")
    status, out, err = run("-e", EMAIL, "clan", "#2PP")
    assert (status, out, err.count("\n")) == (1, "", 1)
    assert "the developer portal refuses this e-mail address or password" in err
    answer = json.loads(run("-e", EMAIL, "clan", "#2PP", "--json")[1])
    assert (answer["error_type"], "hunter2" in str(answer)) == ("token", False)


def test_many_players_in_a_pipe_are_rows_with_tabs(run: Run) -> None:
    """Tag, name, town hall, trophies, clan, and what went wrong; nothing is padded."""
    status, out, err = run("players", "#2PP", "#404")
    rows = {row.split("\t")[0]: row.split("\t")[1:] for row in out.splitlines()}
    assert rows["#2PP"][0] == "Alda the First"
    assert [cell.isdecimal() for cell in rows["#2PP"][1:3]] == [True, True]
    assert rows["#2PP"][3:] == ["Sandbox Pioneers", ""]
    assert rows["#404"] == ["", "", "", "", "Not found with tag 404"]
    assert (status, err) == (1, "error: 1 of 2 players could not be had\n")
    assert re.search(" $| \t", out, re.MULTILINE) is None


def test_what_nobody_thought_of_is_a_sentence(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the place, and no traceback."""

    def broken(answer: object) -> None:
        raise KeyError("oops")

    monkeypatch.setattr(panels, "clan", broken)
    status, out, err = run("clan", "#2PP")
    assert (status, out) == (1, "")
    assert err.startswith("error: unforeseen KeyError in test_commands.py, line ")


@pytest.mark.parametrize("settings", ['timeout = "soon"', "[plugins.retry]\nnonsense = 4", "not toml ="])
def test_wrong_settings_keep_nobody_from_help_and_the_list_of_plugins(
    run: Run, tmp_path: Path, settings: str
) -> None:
    """A command that needs them fails, in one sentence."""
    (tmp_path / "cocapi.toml").write_text(settings)
    assert run("--version")[0] == 0
    assert run("--help")[0] == 0
    status, out, err = run("plugins")
    assert (status, "retry\ton\t" in out, err.count("\n")) == (0, True, 1)
    assert err.endswith("; these are the plugins without your settings\n")
    assert run("clan", "#2PP")[0] == 1


def test_only_plugins_with_commands_are_loaded_to_list_them() -> None:
    """--version needs none."""
    code = (
        "import atexit, sys, cocapi_cli\n"
        "sys.argv = ['cocapi', sys.argv[1]]\n"
        "atexit.register(lambda: print(*sys.modules))\n"
        "cocapi_cli.main()"
    )

    def loaded(option: str) -> set[str]:
        output = subprocess.check_output([sys.executable, "-c", code, option], text=True)
        return set(output.splitlines()[-1].split())

    def plugins(modules: set[str]) -> set[str]:
        return {name for name in modules if name.startswith("cocapi_") and "." not in name}

    assert plugins(loaded("--version")) == {"cocapi_cli"}
    to_list = loaded("--help")
    assert plugins(to_list) == {f"cocapi_{name}" for name in commandline.COMMANDING}
    assert not {"cocapi_events.kinds", "cocapi_sandbox.api"} & to_list  # which only run commands need


def test_those_are_all_that_have_commands() -> None:
    """The list of them is complete."""
    known = commandline.Plugins(commandline.ApiConfig())
    own = [hook.record for hook in known.hooks.cocapi_commands if hook.record.distribution == "cocapi"]
    assert {record.name for record in own} == commandline.COMMANDING


def test_the_module_cocapi_is_the_program() -> None:
    done = subprocess.run([sys.executable, "-m", "cocapi", "-h"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.startswith("Usage: cocapi "), done.stderr) == (0, True, "")


# Tables


def rendered(renderable: Any, width: int) -> list[str]:
    console = Console(width=width, file=io.StringIO())
    console.print(renderable)
    return console.file.getvalue().splitlines()  # type: ignore[attr-defined]  # of StringIO


VIEWS = [
    ("clan", "clan_tag", ("#2PP",)),
    ("rankings.players", "location_id_player_rank", ("global",)),
    ("rankings.clans", "location_id_clan_rank", ("global",)),
    ("past.wars", "clan_war_log", ("#2PP",)),
    ("past.raids", "clan_capitalraidseasons", ("#2PP",)),
    ("warleague.standings", "league_wars", ("#2PP",)),
]


@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize(("view", "method", "arguments"), VIEWS, ids=lambda value: str(value))
def test_tags_and_headers_stay_whole_and_lines_fit(
    box: Sandbox, view: str, method: str, arguments: tuple[str, ...], width: int
) -> None:
    """Whatever is left out, it is no tag."""
    config = ApiConfig(base_url=box.base_url, raise_errors=True)
    with CocApi("any", config=config) as api:
        shown = drawn.drawn(view)(getattr(api, method)(*arguments))
    lines = rendered(shown, width)
    assert max(map(len, lines)) <= width
    tags = {cell for row in piped.lines(shown, Console()) for cell in row.split("\t") if cell[:1] == "#"}
    text = "\n".join(lines)
    assert [tag for tag in tags - {"#"} if tag not in text] == []


def test_cells_fold_between_words_before_columns_are_left_out() -> None:
    sheet = Sheet(Column("Name", folds=True), Column("Tag"), Column("More", spare=1))
    sheet.add(Text("Northern Lanterns"), Text("#QCY9RRL"), Text("12345"))
    assert rendered(sheet, 40) == [
        "Name               Tag       More ",
        "Northern Lanterns  #QCY9RRL  12345",
    ]
    assert [line.rstrip() for line in rendered(sheet, 25)] == [
        "Name      Tag       More",
        "Northern  #QCY9RRL  12345",
        "Lanterns",
    ]
    assert [line.rstrip() for line in rendered(sheet, 20)] == [
        "Name        Tag",
        "Northern    #QCY9RRL",
        "Lanterns",
    ]


def test_rows_by_header_are_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    """Numbers stand to the right, words fold, and no rows are nothing."""
    rows = [{"ID": 7, "Name": "first of many"}, {"ID": 12, "Name": "b", "More": "x"}]
    panels.show(rows, None)
    panels.show([], None)
    assert capsys.readouterr().out == "ID\tName\tMore\n7\tfirst of many\t\n12\tb\tx\n\n"
    console = Console(width=14, file=io.StringIO())
    console.print(panels.sheet([{"ID": 7, "Name": "first of many"}, {"ID": 12, "Name": "b"}]))
    assert console.file.getvalue().splitlines()[1:] == [" 7  first of  ", "    many      ", "12  b         "]
