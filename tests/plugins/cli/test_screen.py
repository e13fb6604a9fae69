"""What reaches a terminal, a pipe, a full disk: run as people run it."""

from __future__ import annotations

import http.server
import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from cocapi_sandbox import Sandbox

pytestmark = pytest.mark.once

PROGRAM = [sys.executable, "-W", "error", "-m", "cocapi_cli"]

EVIL = "a\x00\x07\x1b[31m\x1b]52;c;eA==\x07\x1b]8;;http://evil\x07b\x7f\x85\x9b31m\u202ec\u2066\u200f\u2028\U000e0041[bold][link=http://evil]x[/link]\r\nz"
"""Colours, the clipboard, a link, C0, DEL, C1, turned text, a separator of lines, a tag, markup of rich."""

OURS = re.compile(r"\x1b\[[\d;]*m|\x1b\[\?25[lh]|\x1b\[\d*[AKG]|\r")
"""What the program itself writes to a terminal: colours, and the bar of progress."""

STEERS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\U000e0000-\U000e007f]"
)


def evil(value: Any) -> Any:
    """Every text in an answer, and every number, as the worst that a server could say."""
    if isinstance(value, dict):
        return {key: evil(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [evil(inner) for inner in value]
    return f"{value}{EVIL}" if isinstance(value, str | int | float) else value


class Server(http.server.BaseHTTPRequestHandler):
    """Answers everything with the same object of all kinds, made evil; #404 with an evil 404."""

    def do_GET(self) -> None:
        status = 404 if "%23404" in self.path else 200
        member = {"name": "n", "tag": "#2PP", "role": "r", "trophies": 5, "townHallLevel": 3, "clanRank": 1}
        member |= {"league": {"name": "l"}, "heroes": [{"name": "h", "level": 1}], "labels": [{"name": "l"}]}
        member |= {"mapPosition": 1, "attacks": [], "clan": {"name": "c", "tag": "t"}, "description": "d"}
        answer: Any = {**member, "items": [member], "memberList": [member], "members": [member], "type": "t"}
        answer |= {"state": "inWar", "opponent": {"name": "o", "members": [member]}, "startTime": "s"}
        answer |= {"reason": "notFound", "message": "no"} if status == 404 else {}
        body = json.dumps(evil(answer)).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/v1"
        server.shutdown()
        thread.join()


def on_terminal(*arguments: str, **environment: str) -> tuple[int, str]:
    """Exit status, and all that a terminal of 100 columns gets."""
    pid, fd = pty.fork()
    if pid == 0:
        os.environ.update({"COLUMNS": "100", "TERM": "xterm-256color", "COCAPI_TOKEN": "x", **environment})
        os.execv(PROGRAM[0], [sys.executable, "-m", "cocapi_cli", *arguments])  # noqa: S606  # ours
    shown = b""
    while select.select([fd], [], [], 20)[0]:
        try:
            part = os.read(fd, 65536)
        except OSError:
            break
        if not part:
            break
        shown += part
    os.close(fd)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), shown.decode(errors="replace")


ASKED = [
    *(("clan", "#2PP"), ("player", "#2PP"), ("members", "#2PP"), ("search", "abc"), ("war", "#2PP")),
    *(("get", "/x"), ("--json", "clan", "#2PP"), ("get", "/clans/#2PP/members", "--all")),
    *(
        ("players", "#2PP", "#8QU"),
        ("players", "#2PP", "#404", "--json"),
        ("players", "#404", EVIL.replace("\0", "")),
    ),
    *(("clan", "#404"), ("clan", "#404", "--json"), ("clan", EVIL.replace("\0", ""))),
    *(
        ("\x1b[31mnonsense",),
        ("--\x1b]8;;x",),
        ("members", "#2PP", "--limit", "\x1b[31m"),
        ("--config", "\x1b[31m", "plugins"),
    ),
]


def test_a_bar_says_of_how_many_and_without_a_total_only_what_was(address: str) -> None:
    """There is no bar for what nobody knows the end of."""
    _, shown = on_terminal("--base-url", address, "players", "#2PP", "#8QU")
    assert "2/2" in shown
    status, shown = on_terminal("--base-url", address, "get", "/clans/#2PP/members", "--all")
    assert (status, "/?" in shown) == (0, False)
    assert re.search(r"\b1 so far, in .*0:0", shown)


def test_what_a_store_warns_of_is_said_to_be_over() -> None:
    """And nobody else's records of that level are shown."""
    program = (
        "import contextlib, logging, sys\n"
        "import cocapi_cli\n"
        "sys.argv = ['cocapi', '--version']\n"
        "with contextlib.suppress(SystemExit):\n"
        "    cocapi_cli.main()\n"
        "for name in ('cocapi.store', 'cocapi.events', 'cocapi.keys', 'others'):\n"
        "    logging.getLogger(name).info('%s is back', name)\n"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ended.stderr == "cocapi.store is back\ncocapi.events is back\n"


@pytest.mark.parametrize("arguments", ASKED, ids=range(len(ASKED)))
def test_nothing_that_anybody_says_steers_a_terminal(address: str, arguments: tuple[str, ...]) -> None:
    """Servers in texts, in numbers that come as text, in errors; arguments that are echoed."""
    _, shown = on_terminal("--base-url", address, *arguments, COCAPI_MAX_RETRIES="1")
    assert shown
    assert "Traceback" not in shown
    rest = OURS.sub("", shown)
    assert STEERS.findall(rest) == []
    assert "\x1b[31m\x1b]" not in shown
    assert "\x1b]" not in shown


@pytest.mark.parametrize("variable", ["COCAPI_TIMEOUT", "COCAPI_TRANSPORT", "COCAPI_TIMOUT", "COCAPI_TOKEN"])
def test_nothing_in_the_environment_steers_a_terminal(variable: str) -> None:
    _, shown = on_terminal("clan", "#2PP", **{variable: EVIL.replace("\0", "")})
    assert "Traceback" not in shown
    assert STEERS.findall(OURS.sub("", shown)) == []


def test_json_in_a_pipe_is_exactly_the_answer_and_on_a_terminal_the_same_json(address: str) -> None:
    """What steers is escaped for eyes only, and JSON says the same either way."""
    wanted = ["--base-url", address, "--json", "clan", "#2PP"]
    piped = run(*wanted)
    _, shown = on_terminal(*wanted)
    assert json.loads(piped.stdout) == json.loads(OURS.sub("", shown))
    assert "\u202e" in piped.stdout
    assert "\\u202e" in shown


def run(*arguments: str, stdin: bytes | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [*PROGRAM, *arguments],
        input=stdin,
        capture_output=True,
        check=False,
        env={**os.environ, "COCAPI_TOKEN": "x", **environment},
    )
    out, err = done.stdout.decode(errors="surrogateescape"), done.stderr.decode(errors="surrogateescape")
    assert "Traceback" not in err
    assert "Exception ignored" not in err
    return subprocess.CompletedProcess(done.args, done.returncode, out, err)


NARROW = [
    {"PYTHONIOENCODING": "cp1252"},
    {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": ""},
]


@pytest.mark.parametrize("environment", NARROW, ids=range(len(NARROW)))
def test_an_output_that_cannot_encode_an_answer_gets_all_of_it(environment: dict[str, str]) -> None:
    """As on Windows when redirected: JSON is escaped, everything else is shown with escapes."""
    wide = run("--sandbox", "--json", "members", "#2PP")
    narrow = run("--sandbox", "--json", "members", "#2PP", **environment)
    assert not wide.stdout.isascii()
    assert narrow.stdout.isascii()
    assert json.loads(narrow.stdout) == json.loads(wide.stdout)
    shown = run("--sandbox", "members", "#2PP", **environment)
    assert (shown.returncode, shown.stderr) == (0, "")
    assert run("--sandbox", "clan", "#2\u0420\u0420", **environment).returncode == 1


def shell(command: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(  # noqa: S602  # ours
        command.replace("cocapi", " ".join(PROGRAM), 1),
        shell=True,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr
    return done


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize(
    "what",
    ["clan '#2PP'", "get /locations", "clan '#404' --json", "players '#2PP' '#8QU'", "--help", "--version"],
)
def test_a_full_disk_is_told(what: str) -> None:
    """In a sentence; the status says that something is missing."""
    done = shell(f"cocapi --sandbox {what} > /dev/full")
    assert done.returncode == 1
    assert done.stderr.endswith("error: standard output cannot be written: No space left on device\n")


@pytest.mark.parametrize(
    ("ends", "status", "said"),
    [
        ("clan '#2PP' >&-", 1, "error: standard output is closed\n"),
        ("clan '#404' 2>&-", 1, ""),
        ("clan '#404' >&- 2>&- <&-", 1, ""),
        ("clan '#404' 2>/dev/full", 1, ""),
        ("players --from - <&-", 1, "error: --from -: standard input is closed\n"),
        ("get /locations | head -1", 0, ""),
        ("get '/clans/#2PP/members' --all | head -c 9", 0, ""),
        ("plugins | true", 0, ""),
    ],
)
def test_closed_streams_end_quietly_or_in_a_sentence(ends: str, status: int, said: str) -> None:
    done = shell(f"cocapi --sandbox {ends}")
    given = 1 if done.returncode == 120 else done.returncode  # 3.13's own, where it cannot flush at its end
    assert (given, done.stderr) == (status, said)


COLOUR = re.compile(r"\x1b\[[\d;]*3[0-7][\d;]*m")


def test_colours_are_as_the_environment_says() -> None:
    """no-color.org: any value but an empty one; TERM=dumb has no escapes at all; FORCE_COLOR paints pipes."""
    assert COLOUR.search(on_terminal("--sandbox", "clan", "#2PP")[1])
    assert COLOUR.search(on_terminal("--sandbox", "clan", "#2PP", NO_COLOR="")[1])
    assert not COLOUR.search(on_terminal("--sandbox", "clan", "#2PP", NO_COLOR="1")[1])
    assert not COLOUR.search(on_terminal("--sandbox", "players", "#2PP", "2PP", NO_COLOR="1")[1])
    assert "\x1b" not in on_terminal("--sandbox", "clan", "#2PP", TERM="dumb")[1]
    assert COLOUR.search(run("--sandbox", "clan", "#2PP", FORCE_COLOR="1").stdout)
    assert not COLOUR.search(run("--sandbox", "--no-color", "clan", "#2PP", FORCE_COLOR="1").stdout)


LISTS = [
    b"#2PP\n#8QU\n",
    b"\xef\xbb\xbf#2PP\r\n\r\n#8QU\r\n",
    "#2PP\r\n#8QU\r\n".encode("utf-16"),
    b"\xfe\xff" + "#2PP\n#8QU".encode("utf-16-be"),
    b"# my players\n// more\n\n  2pp  Cato\n'#8QU',\n",
]


@pytest.mark.parametrize("content", LISTS, ids=range(len(LISTS)))
def test_a_list_of_tags_is_read_as_editors_and_shells_write_it(content: bytes, tmp_path: Path) -> None:
    """From standard input and from a file."""
    (tmp_path / "tags.txt").write_bytes(content)
    for ended in (
        run("--sandbox", "players", "--from", "-", "--json", stdin=content),
        run("--sandbox", "players", "--from", str(tmp_path / "tags.txt"), "--json"),
    ):
        assert ended.stdout.count("\n") == 2
        assert '"#2PP"' in ended.stdout


def test_a_list_in_no_known_encoding_is_refused() -> None:
    ended = run("--sandbox", "players", "--from", "-", stdin=b"#2PP\n\xff\xfa\n")
    assert (ended.returncode, ended.stderr) == (
        1,
        "error: --from -: it is no text in UTF-8: invalid start byte\n",
    )


@pytest.mark.parametrize(("file", "why"), [(".", "Is a directory"), ("nowhere", "No such file or directory")])
def test_a_list_that_cannot_be_read_is_told_with_its_option(file: str, why: str) -> None:
    ended = run("--sandbox", "players", "--from", file)
    assert (ended.returncode, ended.stderr) == (1, f"error: --from {file}: it cannot be read: {why}\n")


def test_one_line_that_is_no_tag_does_not_cost_the_others(tmp_path: Path) -> None:
    """Also where answers of before are left out."""
    (tmp_path / "done.jsonl").write_text("")
    ended = run(
        "--sandbox",
        "players",
        "--from",
        "-",
        "--skip-done",
        str(tmp_path / "done.jsonl"),
        stdin=b"#2PP\n#2/P\n",
    )
    assert ended.returncode == 1
    assert "Alda the First" in ended.stdout
    assert "'#2/P' is no tag" in ended.stdout


def test_a_token_in_quotes_or_with_a_carriage_return_is_the_token() -> None:
    """As `export $(cat .env)` makes it of a file from Windows."""
    for token in ('"invalid"\r', "\ufeffinvalid", " invalid "):
        assert "invalid API token" in run("--sandbox", "clan", "#2PP", COCAPI_TOKEN=token).stderr
    assert "no token" in run("clan", "#2PP", COCAPI_TOKEN='""').stderr


def hears_ctrl_c() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def deaf_to_ctrl_c() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def begun(*arguments: str, ears: Any = hears_ctrl_c) -> subprocess.Popen[str]:
    """The program, of which both outputs are kept."""
    return subprocess.Popen(
        [*PROGRAM, "--token", "x", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=ears,
    )


ONE_OR_MANY = pytest.mark.parametrize(
    "what", [("clan", "#2PP"), ("players", "#2PP", "#8QU")], ids=["one", "many"]
)


@pytest.mark.parametrize("later", [0.0, 0.4])
@ONE_OR_MANY
def test_ctrl_c_while_calls_are_under_way_ends_with_130(later: float, what: tuple[str, ...]) -> None:
    """A second is theirs to end in; the API takes a minute to answer."""
    with Sandbox(latency=60) as box, begun("--base-url", box.base_url, *what) as process:
        while not box.requests:
            time.sleep(0.01)
        time.sleep(later)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (130, "interrupted\n")


@pytest.mark.parametrize("after", [0.05, 0.2, 0.5, 1.0])
@ONE_OR_MANY
def test_ctrl_c_at_any_moment_ends_the_program(after: float, what: tuple[str, ...]) -> None:
    """Until the program listens the signal is Python's, which may lose it in an import (press it again), or
    end with an error of its own."""
    with begun("--base-url", "sandbox://?latency=60", *what) as process:
        err = ""
        while process.poll() is None:
            time.sleep(after)
            process.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                _, err = process.communicate(timeout=5)
    assert process.returncode in (130, 1, -signal.SIGINT)
    assert (process.returncode == 130) is err.endswith("interrupted\n")
    assert "in heard" not in err, "a traceback of the program's own"


PATIENT = "from cocapi_cli import interrupts, main; interrupts.GRACE = 60.0; main()"
"""The program, on a machine that may be slow to end what is under way."""


def test_a_watch_that_is_stopped_as_a_service_is_gives_back_what_it_held(
    redis_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So the others go on at once."""
    for name, value in {"": redis_server.url, "_TIMEOUT": "30"}.items():
        monkeypatch.setenv(f"COCAPI_STORE{name}", value)
    monkeypatch.setenv("COCAPI_EVENTS_LEASE", "5")

    def leases() -> bytes:
        answer: bytes = redis_server.ask("KEYS", "cocapi:lease:events:*")
        return answer

    command = [sys.executable, "-c", PATIENT, "--sandbox", "watch", "clan", "#2PP", "--shared"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        while leases() == b"*0\r\n":
            assert process.poll() is None
            time.sleep(0.01)
        process.terminate()
        _, err = process.communicate(timeout=60)
        assert leases() == b"*0\r\n"
    assert (process.returncode, err.splitlines()[-1]) == (143, "terminated")


def test_where_ctrl_c_is_ignored_it_stays_ignored() -> None:
    """As nohup and a shell's & want it."""
    with (
        Sandbox(latency=1) as box,
        begun("--base-url", box.base_url, "clan", "#2PP", ears=deaf_to_ctrl_c) as process,
    ):
        while not box.requests:
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (0, "")
