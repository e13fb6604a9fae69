"""The command line, run as people run it: what is shown, what goes where, and how it ends."""

import io
import json
import os
import pty
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from cocapi_cli import panels
from cocapi_sandbox import Sandbox

pytestmark = pytest.mark.once

TOKEN = "eyJ0-very-secret"
PROGRAM = [sys.executable, "-W", "error", "-m", "cocapi_cli"]


@dataclass
class Ended:
    """How a run of the program ended."""

    status: int
    out: str
    err: str


def cocapi(*arguments: str, stdin: str = "", cwd: Path | None = None, **environment: str) -> Ended:
    done = subprocess.run(
        [*PROGRAM, *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
        env={**os.environ, **environment},
    )
    assert "Traceback" not in done.stderr
    assert TOKEN not in done.stdout + done.stderr
    return Ended(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with Sandbox() as made:
        yield made


def test_the_first_command_of_the_readme_shows_a_clan_and_its_members() -> None:
    """Through the whole pipeline, answered in process."""
    ended = cocapi("--sandbox", "clan", "#2PP")
    assert (ended.status, ended.err) == (0, "")
    assert "Sandbox Pioneers" in ended.out
    assert re.search(r"^Members\t\d\d of 50$", ended.out, re.MULTILINE)
    assert ended.out.count("\n") > 30
    assert "Leader" in ended.out
    assert "\x1b" not in ended.out


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        (("player", "2pp"), "Leader of Sandbox Pioneers #2PP"),
        (("player", "#22222222"), "none"),
        (("members", "#2PP", "--limit", "3"), "Trophies"),
        (("search", "foxes"), "Wild Foxes"),
        (("search", "--min-members", "35"), "Members"),
        (("search", "nobody is called so"), "No clan fits."),
        (("get", "/clans/#2PP/warlog?limit=1"), '"items"'),
        (("plugins",), "retry → cache"),
    ],
)
def test_each_command_shows_its_answer(arguments: tuple[str, ...], shown: str) -> None:
    """As text when nobody looks at a terminal."""
    ended = cocapi("--sandbox", *arguments)
    assert (ended.status, ended.err) == (0, "")
    assert shown in ended.out


@pytest.mark.parametrize("arguments", [("--json", "clan", "#2PP"), ("clan", "#2PP", "--json")])
def test_json_is_exactly_the_answer(arguments: tuple[str, ...]) -> None:
    """The option may stand before or after the command."""
    answer = json.loads(cocapi("--sandbox", *arguments).out)
    assert (answer["tag"], len(answer["memberList"])) == ("#2PP", answer["members"])


def test_a_token_from_the_environment_an_option_or_standard_input(box: Sandbox) -> None:
    """Over a real socket, and one request each."""
    box.requests.clear()
    assert cocapi("--base-url", box.base_url, "clan", "#2PP", COCAPI_TOKEN=TOKEN).status == 0
    assert cocapi("--base-url", box.base_url, "--token", TOKEN, "clan", "#2PP").status == 0
    assert cocapi("--base-url", box.base_url, "--token", "-", "clan", "#2PP", stdin=f"{TOKEN}\n").status == 0
    assert [arrival.path for arrival in box.requests] == ["/clans/%232PP"] * 3


def test_a_file_that_lies_about_names_no_address_for_the_token(box: Sandbox, tmp_path: Path) -> None:
    """The sentence names the way out, and an address that was typed in is one."""
    (tmp_path / "cocapi.toml").write_text(f'base_url = "{box.base_url}"\n')
    box.requests.clear()
    ended = cocapi("clan", "#2PP", cwd=tmp_path, COCAPI_TOKEN=TOKEN)
    assert ended.status == 1
    origin = box.base_url.removesuffix("/v1")
    assert ended.err == (
        f"error: cocapi.toml: base_url is '{box.base_url}', and tokens would be sent there: if you trust "
        f"that address, set COCAPI_TRUST_BASE_URL={origin}, or pass base_url in code or as --base-url\n"
    )
    assert cocapi("--sandbox", "clan", "#2PP", cwd=tmp_path).status == 0
    assert cocapi("--version", cwd=tmp_path).status == 0
    assert not box.requests
    typed = cocapi("--base-url", box.base_url, "clan", "#2PP", cwd=tmp_path, COCAPI_TOKEN=TOKEN)
    trusted = {"COCAPI_TOKEN": TOKEN, "COCAPI_TRUST_BASE_URL": origin}
    assert (typed.status, cocapi("clan", "#2PP", cwd=tmp_path, **trusted).status) == (0, 0)
    assert len(box.requests) == 2


def test_it_starts_without_a_token_where_a_plugin_gives_one(tmp_path: Path) -> None:
    """As a cassette does that is played."""
    (tmp_path / "cocapi.toml").write_text('[plugins.cassette]\npath = "clan.json"\n')
    assert cocapi("clan", "#2PP", cwd=tmp_path).err.startswith(
        "error: no token: run 'cocapi login', set COCAPI_TOKEN"
    )
    recorded = cocapi("--sandbox", "clan", "#2PP", "--json", cwd=tmp_path)
    played = cocapi("clan", "#2PP", "--json", cwd=tmp_path)
    assert (played.status, played.err, played.out) == (0, "", recorded.out)


ERRORS: list[tuple[tuple[str, ...], str]] = [
    (
        ("--sandbox", "clan", "#VV"),
        "error: Not found - check clan/player tag (the API says: Not found with tag VV)",
    ),
    (("clan", "#2PP"), "error: no token: run 'cocapi login', set COCAPI_TOKEN"),
    (("--sandbox", "--token", "invalid", "clan", "#2PP"), "error: Forbidden - invalid API token"),
    (("--sandbox", "--token", "wrong-ip", "clan", "#2PP"), "error: Forbidden - the API key does not allow"),
    (("--sandbox", "war", "#PVUJC9RY"), "error: Forbidden - the clan keeps its war log private"),
    (("--sandbox", "--timeout", "-1", "clan", "#2PP"), "error: ApiConfig.timeout is -1.0"),
    (("--config", "absent.toml", "--sandbox", "clan", "#2PP"), "error: absent.toml cannot be read"),
    (("--base-url", "nonsense", "--token", "x", "clan", "#2PP"), "error: ApiConfig.base_url is 'nonsense'"),
    (("--base-url", "http://127.0.0.1:9", "--token", TOKEN, "clan", "#2PP"), "error: "),
    (("--token", "a b", "clan", "#2PP"), "error: the token has characters"),
    (("--sandbox", "clan", " "), "error: Invalid params for method: ' ' is no tag"),
]


@pytest.mark.parametrize(("arguments", "sentence"), ERRORS)
def test_errors_are_one_sentence_and_status_1(arguments: tuple[str, ...], sentence: str) -> None:
    """On standard error."""
    ended = cocapi(*arguments, COCAPI_RETRY_DELAY="0")
    assert (ended.status, ended.out) == (1, "")
    assert ended.err.startswith(sentence)
    assert ended.err.count("\n") == 1


def test_errors_as_json_go_to_standard_output() -> None:
    """The documented error dict."""
    ended = cocapi("--sandbox", "clan", "#VV", "--json")
    assert (ended.status, ended.err) == (1, "")
    assert json.loads(ended.out)["reason"] == "notFound"
    assert json.loads(cocapi("clan", "#2PP", "--json").out)["result"] == "error"


@pytest.mark.parametrize(
    "arguments", [(), ("--sandbox",), ("nonsense",), ("clan",), ("search", "--limit", "0")]
)
def test_wrong_usage_has_status_2(arguments: tuple[str, ...]) -> None:
    """With how to use it."""
    ended = cocapi(*arguments)
    assert ended.status == 2
    assert "Usage:" in ended.out + ended.err


def test_a_wrong_setting_in_the_environment_is_told() -> None:
    """Before any command runs."""
    ended = cocapi("--sandbox", "clan", "#2PP", COCAPI_TIMEOUT="soon")
    assert ended.status == 1
    assert ended.err == (
        "error: COCAPI_TIMEOUT: ApiConfig.timeout is 'soon': "
        "it must be a number of seconds above 0, 1000000 at most\n"
    )


def test_settings_are_read_from_a_file(tmp_path: Path) -> None:
    """cocapi.toml in the working directory, or the one that is named."""
    (tmp_path / "cocapi.toml").write_text('base_url = "sandbox://"\n[plugins]\nmetrics = true\n')
    listed = json.loads(cocapi("plugins", "--json", cwd=tmp_path).out)
    assert [row["on"] for row in listed["plugins"] if row["name"] == "metrics"] == [True]
    named = cocapi("--config", str(tmp_path / "cocapi.toml"), "--token", "any", "clan", "#2PP")
    assert named.status == 0


def test_plugins_are_listed_with_all_that_is_known() -> None:
    """Name, distribution, version, on or off and why, hooks in call order, load time."""
    listed = json.loads(cocapi("--sandbox", "plugins", "--json").out)
    rows = {row["name"]: row for row in listed["plugins"]}
    assert rows["cache"]["on"]
    assert rows["cache"]["why"] == "enable_caching=True"
    assert rows["cache"]["distribution"] == "cocapi"
    assert rows["cache"]["load_ms"] >= 0
    assert rows["metrics"]["load_ms"] is None
    assert listed["hooks"]["cocapi_error"] == ["retry", "cache"]
    assert listed["hooks"]["cocapi_response"][-1] == "cache"


def test_a_plugin_is_described_with_its_options(tmp_path: Path) -> None:
    """Value, default, what is allowed, variable."""
    (tmp_path / "cocapi.toml").write_text("[plugins.retry]\nbudget = 7\n")
    described = json.loads(cocapi("plugins", "retry", "--json", cwd=tmp_path, COCAPI_RETRY_JITTER="0").out)
    assert (described["name"], described["on"]) == ("retry", True)
    options = {option.pop("name"): option for option in described["options"]}
    assert options["budget"] == {
        "value": "7",
        "default": "120.0",
        "allowed": "a number of seconds, 0 or more and 1000000 at most",
        "variable": "COCAPI_RETRY_BUDGET",
    }
    assert options["jitter"]["value"] == "0"
    assert "max_attempts\t3\t" in cocapi("plugins", "retry").out
    assert cocapi("plugins", "retri").err == "error: no plugin is named 'retri'; did you mean 'retry'?\n"


def test_a_path_among_options_is_shown_as_a_text(tmp_path: Path) -> None:
    """As a user wrote it, not as Python's object."""
    described = json.loads(
        cocapi("plugins", "cassette", "--json", cwd=tmp_path, COCAPI_CASSETTE_PATH="tape.json").out
    )
    values = {option["name"]: option["value"] for option in described["options"]}
    assert values["path"] == "'tape.json'"


def test_a_warning_is_given_once(tmp_path: Path) -> None:
    """Though the program and its command both read the settings and make plugins."""
    (tmp_path / "cocapi.toml").write_text("[plugins]\nchace = false\n")
    arguments = [sys.executable, "-m", "cocapi_cli", "--sandbox", "clan", "#2PP", "--json"]
    done = subprocess.run(arguments, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stderr.count("warning: plugins names 'chace'") == 1


def test_warnings_are_one_line_on_standard_error(tmp_path: Path) -> None:
    """A misspelt plugin name in a file; once, although the program and its client both meet it."""
    (tmp_path / "cocapi.toml").write_text("[plugins]\nchace = false\n")
    done = subprocess.run(
        [sys.executable, "-m", "cocapi_cli", "--sandbox", "clan", "#2PP"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr.startswith("warning: plugins names 'chace'")
    assert done.stderr.count("\n") == 1


def hears_ctrl_c() -> None:
    """In a child: whoever runs the tests may ignore SIGINT (nohup, a runner in the background)."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_ctrl_c_ends_with_130_and_a_closed_pipe_in_peace() -> None:
    """No traceback either way."""
    with (
        Sandbox(latency=60) as box,
        subprocess.Popen(
            [*PROGRAM, "--base-url", box.base_url, "--token", "x", "clan", "#2PP"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=hears_ctrl_c,
        ) as process,
    ):
        while not box.requests:
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate()
    assert (process.returncode, err) == (130, "interrupted\n")
    piped = f"{' '.join(PROGRAM)} --sandbox get /locations | head -1"
    done = subprocess.run(piped, shell=True, capture_output=True, text=True, check=True)  # noqa: S602  # ours
    assert done.stderr == ""


def test_the_sandbox_is_served_by_a_command_and_says_how_to_use_it(tmp_path: Path) -> None:
    """On loopback, until interrupted. What it shows works: a call, and a log-in at its portal."""
    process = subprocess.Popen(
        [*PROGRAM, "sandbox", "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=hears_ctrl_c,
    )
    assert process.stdout is not None
    lines = [process.stdout.readline() for _ in range(4)]
    password = re.search("where (.+) has the password '(.+)'", lines[2])
    assert password is not None
    environment = {
        **os.environ,
        "COCAPI_PASSWORD": password[2],
        "COCAPI_KEY_STORAGE_PATH": str(tmp_path / "keys.json"),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
    }
    try:
        for line, shown in ((lines[1], "Sandbox Pioneers"), (lines[3], "Logged in: 1 key for 203.0.113.7")):
            assert "--base-url http://127.0.0.1:" in line
            command = line.replace(" cocapi ", f" {shlex.join(PROGRAM)} ")
            ended = subprocess.run(  # noqa: S602  # what is shown is pasted into a shell
                command, shell=True, env=environment, capture_output=True, text=True, check=False
            )
            assert shown in ended.stdout, ended.stderr
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)


def test_a_sandbox_that_cannot_listen_says_so_and_why() -> None:
    """Before it says that it listens."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ended = cocapi("sandbox", "--port", str(taken.getsockname()[1]))
    assert (ended.status, ended.out) == (1, "")
    assert ended.err.endswith(": Address already in use\n")


def test_an_unknown_fault_is_wrong_usage() -> None:
    """Named."""
    ended = cocapi("sandbox", "--fault", "htlm")
    assert ended.status == 2
    assert "there is no fault 'htlm'; did you mean 'html'?" in " ".join(ended.err.split())


def on_terminal(*arguments: str, columns: int) -> str:
    """What the program shows on a terminal of so many columns."""
    shown = b""
    pid, fd = pty.fork()
    if pid == 0:
        os.environ.update(COLUMNS=str(columns), TERM="xterm-256color")
        os.execv(PROGRAM[0], [*PROGRAM, *arguments])  # noqa: S606  # ours
    while True:
        try:
            part = os.read(fd, 65536)
        except OSError:
            break
        if not part:
            break
        shown += part
    os.waitpid(pid, 0)
    return shown.decode()


def test_a_terminal_gets_colours_and_lines_that_fit() -> None:
    """At 80 columns nothing runs over; --no-color leaves the colours out."""
    shown = on_terminal("--sandbox", "clan", "#2PP", columns=80)
    assert "\x1b[" in shown
    plain = on_terminal("--no-color", "--sandbox", "clan", "#2PP", columns=80)
    assert "\x1b[36m" not in plain
    assert "Sandbox Pioneers" in plain


# Many at once


@pytest.fixture
def tags(tmp_path: Path) -> Path:
    """A file of five players of the sandbox, and one that is none."""
    ended = cocapi("--sandbox", "members", "#2PP", "--limit", "5", "--json")
    known = [member["tag"] for member in json.loads(ended.out)["items"]]
    file = tmp_path / "tags.txt"
    file.write_text("\n".join([*known, "", "#404  a player who left"]) + "\n")
    return file


def test_players_of_a_file_come_one_a_line(tags: Path) -> None:
    """The one that cannot be had says why, and the status and the last sentence count it."""
    ended = cocapi("--sandbox", "players", "--from", str(tags))
    assert ended.status == 1
    assert ended.out.count("\n") == 6
    assert ended.out.count("Sandbox Pioneers") == 5
    assert "Not found" in ended.out
    assert ended.err == "error: 1 of 6 players could not be had\n"


def test_players_may_be_named_or_piped() -> None:
    assert cocapi("--sandbox", "players", "#2PP", "2pp").out.count("Alda the First") == 2
    assert cocapi("--sandbox", "players", "--from", "-", stdin="#2PP\n").status == 0
    ended = cocapi("--sandbox", "players")
    assert (ended.status, ended.err) == (1, "error: no players: name their tags, or a file with --from\n")


def test_json_lines_are_answers_or_errors_with_their_tag(tags: Path) -> None:
    ended = cocapi("--sandbox", "players", "--from", str(tags), "--json")
    answers = [json.loads(line) for line in ended.out.splitlines()]
    assert {answer["tag"] for answer in answers} == {
        line.split()[0] for line in tags.read_text().splitlines() if line
    }
    (failed,) = [answer for answer in answers if answer.get("result") == "error"]
    assert (failed["tag"], failed["status_code"]) == ("#404", 404)


def test_an_interrupted_run_goes_on_where_it_stopped(tags: Path, tmp_path: Path) -> None:
    """What has an answer is left out, a half-written line is cut off, an error is asked for again."""
    out = tmp_path / "out.jsonl"
    whole = cocapi("--sandbox", "players", "--from", str(tags), "--json").out.splitlines(keepends=True)
    out.write_text(
        "".join(sorted(whole, key=lambda line: '"error"' not in line))[: sum(map(len, whole)) - 30]
    )
    with out.open("a") as appended:
        subprocess.run(
            [*PROGRAM, "--sandbox", "players", "--from", str(tags), "--json", "--skip-done", str(out)],
            stdout=appended,
            stderr=subprocess.DEVNULL,
            check=False,
        )
    answers = [json.loads(line) for line in out.read_text().splitlines()]
    assert len(answers) == 7
    assert sum(answer.get("result") == "error" for answer in answers) == 2
    assert len({answer["tag"] for answer in answers}) == 6


def test_a_file_of_something_else_is_no_file_of_answers(tags: Path) -> None:
    ended = cocapi("--sandbox", "players", "--from", str(tags), "--skip-done", str(tags))
    assert ended.status == 1
    assert ended.err.startswith("error: --skip-done: line 1 of ")


def test_all_pages_of_a_list_come_one_item_a_line() -> None:
    ended = cocapi("--sandbox", "get", "/clans/#2PP/members?limit=4", "--all")
    assert len({json.loads(line)["tag"] for line in ended.out.splitlines()}) > 20
    assert cocapi("--sandbox", "get", "/clans/#2PP", "--all").err.startswith("error: ")


def test_a_terminal_shows_how_far_it_has_come(tags: Path) -> None:
    shown = on_terminal("--sandbox", "players", "--from", str(tags), columns=80)
    assert "6/6" in shown
    assert shown.count("Sandbox Pioneers") == 5


# Panels

Render = Callable[[dict[str, Any]], Any]


def rendered(renderable: Any, width: int = 120) -> str:
    console = Console(width=width, record=True, file=io.StringIO())
    console.print(renderable)
    return console.export_text()


def test_names_are_shown_as_they_stand() -> None:
    """No markup is interpreted, no control character or turned text gets through."""
    text = rendered(panels.clan({"name": "[bold]x[/bold]\x1b[31m\u202eevil\x07", "tag": "#2PP"}))
    assert "[bold]x[/bold][31mevil" in text
    assert not {"\x1b", "\u202e", "\x07"} & set(text)


@pytest.mark.parametrize("render", [panels.clan, panels.player, panels.members, panels.clans])
def test_what_the_api_leaves_out_is_left_out(render: Render) -> None:
    """An answer with nothing in it is no error."""
    assert rendered(render({})) is not None


def test_roles_are_those_of_the_game_and_new_ones_shown_as_they_came() -> None:
    """admin is Elder."""
    text = rendered(
        panels.members({"items": [{"name": "a", "role": "admin"}, {"name": "b", "role": "wizard"}]})
    )
    assert "Elder" in text
    assert "wizard" in text


def side(name: str, *attacks: int) -> dict[str, Any]:
    member = {"tag": "#1", "name": f"{name}'s", "mapPosition": 1, "townhallLevel": 12}
    if attacks:
        member["attacks"] = [{"stars": stars} for stars in attacks]
    return {"name": name, "stars": sum(attacks), "destructionPercentage": 33.333, "members": [member]}


@pytest.mark.parametrize(
    ("state", "shown"),
    [("preparation", "Preparation"), ("inWar", "Battle"), ("warEnded", "Over"), ("newState", "newState")],
)
def test_a_war_is_shown_in_each_state(state: str, shown: str) -> None:
    """Score, times, attacks; a state that is not known as it came."""
    answer = {
        "state": state,
        "teamSize": 1,
        "startTime": "20260101T080000.000Z",
        "endTime": "soon",
        "clan": side("Us", 3, 0),
        "opponent": side("Them"),
    }
    text = rendered(panels.war(answer))
    for part in (shown, "3 ★ 33.3 %", "2026-01-01 08:00 UTC", "soon", "★★★  0", "Us's"):
        assert part in text


def test_no_war_is_said_in_words() -> None:
    """With where to look in the league."""
    assert "in no war" in rendered(panels.war({"state": "notInWar"}))


def test_a_private_record_and_a_player_without_clan() -> None:
    """Both are ordinary."""
    assert "the log is private" in rendered(panels.clan({"warWins": 3}))
    assert "none" in rendered(panels.player({"name": "x", "tag": "#1"}))


def test_starting_loads_no_http_library() -> None:
    """--help is quick."""
    code = (
        "import atexit, sys, cocapi_cli\n"
        "sys.argv = ['cocapi', '--version']\n"
        "atexit.register(lambda: print(*sys.modules))\n"
        "cocapi_cli.main()"
    )
    loaded = subprocess.check_output([sys.executable, "-c", code], text=True).split()
    assert not {"httpx", "httpcore", "pyreqwest", "requests", "starlette", "uvicorn"} & set(loaded)
