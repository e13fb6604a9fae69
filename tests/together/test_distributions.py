"""Plugins as authors outside write them, each a distribution of its own in tests/distributions.

All are installed beside cocapi in one fresh environment. There each runs its own tests, and asks the sandbox
over a real socket: alone, with the plugins of cocapi, and with all the others. How each was written is a page
of docs/how-to/plugins, whose code is the code of the distribution.
"""

import ast
import importlib
import json
import re
import subprocess
import textwrap
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.once

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "tests" / "distributions"
PAGES = ROOT / "docs" / "how-to" / "plugins"
EVERY_MODE = ("sync", "asyncio", "trio")


@dataclass(frozen=True)
class Distribution:
    """A row of the table.

    name, plugin:
        Of the distribution; of its entry point.
    page:
        Which page of docs/how-to/plugins shows how it was written.
    options:
        With which it is on, as a Python expression in which `mode` and `box` (the sandbox) are known.
    program:
        What it is to do: statements that leave what became of it in `result`. `visit(flow)` opens a client,
        runs a flow of calls with it, and closes it, in whichever mode.
    result:
        What is to become of it, in every mode and company.
    modes:
        In which it can be on.
    transport:
        That its program asks for, which may be its own.
    """

    name: str
    plugin: str
    page: str
    options: str
    program: str
    result: Any
    modes: tuple[str, ...] = EVERY_MODE
    transport: str = "httpx"

    @property
    def folder(self) -> Path:
        return FOLDER / self.name

    @property
    def sources(self) -> list[Path]:
        return sorted((self.folder / "src").rglob("*.py"))


TABLE = [
    Distribution(
        name="cocapi-sqlite-cache",
        plugin="sqlite_cache",
        page="sqlite-cache.md",
        options="{'path': mode + '.sqlite3'}",
        program="""
            def ask(api):
                clan = yield from call(api.clan_tag, "#2PP")
                return clan["tag"]

            def ask_anew(api):
                return (yield from ask(api.with_options(cache=False)))

            restarts = [visit(ask) for _ in range(3)]
            sent = arrivals("/clans/*")
            fresh = visit(ask_anew)
            result = restarts, sent, fresh, arrivals("/clans/*")
        """,
        result=[["#2PP"] * 3, 1, "#2PP", 2],
    ),
    Distribution(
        name="cocapi-circuit-breaker",
        plugin="circuit_breaker",
        page="circuit-breaker.md",
        options="{'failures': 2, 'seconds': 60}",
        program="""
            def kinds(api, times):
                for _ in range(times):
                    yield from kind(api)

            def kind(api):
                try:
                    yield from call(api.with_options(cache=False, retry=False).players, "#2PP")
                except CocApiError as error:
                    return error.error_type
                return "ok"

            def a_minute_passes(circuit):
                now = circuit.clock
                circuit.clock = lambda: now() + 60

            def ask(api):
                box.faults.status(503, times=None, path="/players/*")
                down = []
                for _ in range(4):
                    down.append((yield from kind(api)))
                sent = arrivals("/players/*")
                clan = yield from call(api.clan_tag, "#2PP")  # another template, another circuit
                box.faults.clear()
                a_minute_passes(api.circuit_breaker.circuits["GET /players/{playerTag}"])
                up = [(yield from kind(api)), (yield from kind(api))]
                return down, sent, clan["tag"], up, api.circuit_breaker.states()["GET /players/{playerTag}"]

            result = visit(ask)
        """,
        result=[["http", "http", "refused", "refused"], 2, "#2PP", ["ok", "ok"], "closed"],
    ),
    Distribution(
        name="cocapi-token-rotation",
        plugin="rotation",
        page="token-rotation.md",
        options="{'tokens': ['wrong-ip', 'one', 'another']}",
        program="""
            def ask(api):
                tags = []
                for _ in range(4):
                    clan = yield from call(api.with_options(cache=False).clan_tag, "#2PP")
                    tags.append(clan["tag"])
                return tags, len(api.plugins["rotation"].set_aside())

            result = visit(ask)
        """,
        result=[["#2PP"] * 4, 1],
    ),
    Distribution(
        name="cocapi-aiohttp-transport",
        plugin="aiohttp",
        page="aiohttp-transport.md",
        options="True",
        program="""
            def ask(api):
                fresh = api.with_options(cache=False)
                flows = [call(method, "#2PP") for method in (fresh.clan_tag, fresh.players)]
                clan, player = yield from gather(*flows)
                return clan["tag"], player["tag"]

            box.faults.add("gzip", path="/clans/*")
            tags = visit(ask)
            result = tags, all("aiohttp" in arrival.headers["user-agent"] for arrival in box.requests)
        """,
        result=[["#2PP", "#2PP"], True],
        modes=("asyncio",),
        transport="aiohttp",
    ),
]

PROGRAM = """
import contextlib, fnmatch, json, sys, tempfile, time, traceback, warnings
import anyio
from cocapi import ApiConfig, AsyncCocApi, CocApi, CocApiError, call, gather
from cocapi_sandbox import Sandbox

warnings.simplefilter("error")


def arrivals(pattern):
    return sum(fnmatch.fnmatch(arrival.path, pattern) for arrival in box.requests)


def visit(flow):
    config = ApiConfig(base_url=box.base_url, strict_plugins=True, retry_delay=0, **eval(settings))
    if mode == "sync":
        with CocApi(box.token, config=config) as api:
            return api.run_flow(flow(api))

    async def main():
        async with AsyncCocApi(box.token, config=config) as api:
            return await api.run_flow(flow(api))

    return anyio.run(main, backend=mode)


results = {}
for name, (modes, settings, code) in json.loads(sys.argv[1]).items():
    results[name] = {}
    for mode in modes:
        with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder), Sandbox(seed=7) as box:
            try:
                exec(code)
            except Exception:  # for the test to show, which has its claim
                result = traceback.format_exc()
        results[name][mode] = result
print(json.dumps(results))
"""
"""Runs programs by name, each in every mode, in a folder and with a sandbox of its own. It prints what
they leave in `result`, and the traceback of one that raises."""

ALONE, BUILT_IN, ALL = COMPANIES = "alone", "with the plugins of cocapi", "with all"

every_distribution = pytest.mark.parametrize("distribution", TABLE, ids=lambda row: row.plugin)
slow = pytest.mark.slow

Run = Callable[..., subprocess.CompletedProcess[str]]


def settings(distribution: Distribution, company: str) -> str:
    """Of a client with this plugin and others, as the code of a dict."""
    on = TABLE if company == ALL else [distribution]
    plugins = [f"{row.plugin!r}: {row.options if row in on else False}" for row in TABLE]
    needed = {distribution.transport, distribution.plugin}
    only = f"'only_plugins': {sorted(needed)}, " if company == ALONE else ""
    return f"{{'plugins': {{{', '.join(plugins)}}}, {only}'transport': {distribution.transport!r}}}"


TRANSPORTS = {"hypothesis>=6.100", "trio>=0.27", "trustme>=1.2"}
"""What the tests of cocapi's own transports need."""


@pytest.fixture(scope="session")
def python(fresh_python: Callable[..., Path]) -> Path:
    """The Python of a fresh environment with cocapi, all distributions, and what their tests need."""
    projects = [tomllib.loads((row.folder / "pyproject.toml").read_text()) for row in TABLE]
    needed = {requirement for project in projects for requirement in project["dependency-groups"]["test"]}
    return fresh_python(
        f"{ROOT}[cli,sandbox]", *(row.folder for row in TABLE), *sorted({*needed, *TRANSPORTS})
    )


OUTAGE = """
    def ask(api):
        clan = yield from call(api.clan_tag, "#2PP")
        return clan["tag"]

    def ask_often(api):
        tags = []
        for _ in range(5):
            tags.append((yield from ask(api)))
        return tags, api.circuit_breaker.states(), len(api.plugins["rotation"].set_aside())

    before = visit(ask)
    time.sleep(0.1)
    box.maintenance = True
    result = before, visit(ask_often), arrivals("/clans/*")
"""
IN_AN_OUTAGE = """{
    "verify_token": False,
    "plugins": {
        "sqlite_cache": {"path": mode + ".sqlite3", "ttl": 0.1},
        "circuit_breaker": {"failures": 2, "seconds": 60},
        "rotation": {"tokens": ["one", "another"]},
    },
}"""


@pytest.fixture(scope="module")
def results(python: Path, tmp_path_factory: pytest.TempPathFactory, run_beside: Run) -> dict[str, Any]:
    """Of all programs, by name and mode; they share a process, for Python takes longer to start than each."""
    programs = {
        f"{row.plugin} {company}": (row.modes, settings(row, company), textwrap.dedent(row.program))
        for row in TABLE
        for company in COMPANIES
    }
    programs["outage"] = (EVERY_MODE, IN_AN_OUTAGE, textwrap.dedent(OUTAGE))
    done = run_beside(
        python, tmp_path_factory.mktemp("programs"), "python", "-c", PROGRAM, json.dumps(programs)
    )
    assert done.returncode == 0, done.stderr
    by_name: dict[str, Any] = json.loads(done.stdout)
    return by_name


def test_the_table_has_every_distribution() -> None:
    """None lies there untested."""
    assert {row.name for row in TABLE} == {path.parent.name for path in FOLDER.glob("*/pyproject.toml")}


@slow
@every_distribution
@pytest.mark.parametrize("company", COMPANIES)
def test_it_does_its_work(distribution: Distribution, company: str, results: dict[str, Any]) -> None:
    """Over a real socket, in synchronous code, on asyncio and on trio; no warning, and each plugin loads."""
    expected = dict.fromkeys(distribution.modes, distribution.result)
    assert results[f"{distribution.plugin} {company}"] == expected


@slow
def test_together_they_outlast_an_outage(results: dict[str, Any]) -> None:
    """A program that is started while the API is down answers from the file, and the API is left alone."""
    outage = [["#2PP"] * 5, {"GET /clans/{clanTag}": "open"}, 0]
    assert results["outage"] == {mode: ["#2PP", outage, 3] for mode in EVERY_MODE}


@slow
@every_distribution
def test_its_own_tests_pass(
    distribution: Distribution, python: Path, tmp_path: Path, run_beside: Run
) -> None:
    """What an author runs."""
    tests = distribution.folder / "tests"
    done = run_beside(python, tmp_path, "python", "-m", "pytest", "-q", "-p", "no:cacheprovider", tests)
    assert done.returncode == 0, done.stdout + done.stderr


@slow
def test_a_transport_from_outside_keeps_what_those_of_cocapi_keep(
    python: Path, tmp_path: Path, run_beside: Run
) -> None:
    """The same table of tests, which has it as one more row where it is installed: silence, dripping bytes,
    half answers, bombs, what nobody asked for, certificates, proxies."""
    pytest_of = ("python", "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", "aiohttp")
    done = run_beside(python, tmp_path, *pytest_of, ROOT / "tests" / "plugins" / "transports")
    assert done.returncode == 0, done.stdout + done.stderr
    passed = re.search(r"(\d+) passed", done.stdout)
    assert passed
    assert int(passed[1]) > 70


@slow
def test_they_are_listed_with_what_they_declare(python: Path, tmp_path: Path, run_beside: Run) -> None:
    """By the names of their entry points and distributions; each is typed."""
    program = """
import json
from importlib.metadata import distribution
from cocapi.testing import Script
with Script().client() as api:
    records = {record.name: record.distribution for record in api.plugins.records}
names = [name for name in records.values() if name != "cocapi" and name]
typed = {name: any(path.name == "py.typed" for path in distribution(name).files) for name in names}
print(json.dumps([records, typed]))
"""
    done = run_beside(python, tmp_path, "python", "-c", program)
    assert done.returncode == 0, done.stderr
    records, typed = json.loads(done.stdout)
    assert {row.plugin: row.name for row in TABLE}.items() <= records.items()
    assert typed == {row.name: True for row in TABLE}


@slow
def test_the_command_line_says_why_one_is_off_and_what_it_can_be_told(
    python: Path, tmp_path: Path, run_beside: Run
) -> None:
    """The reason is the plugin's own; options come from the environment like those of cocapi."""

    def described(**variables: str) -> Any:
        done = run_beside(python, tmp_path, "cocapi", "--json", "plugins", "sqlite_cache", **variables)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    off = described()
    assert not off["on"]
    assert off["why"] == "it keeps nothing until it has a path: plugins={'sqlite_cache': {'path': …}}"
    on = described(COCAPI_SQLITE_CACHE_PATH="answers.sqlite3")
    assert on["on"]
    (path,) = [option for option in on["options"] if option["name"] == "path"]
    assert path["value"] == "'answers.sqlite3'"
    assert path["variable"] == "COCAPI_SQLITE_CACHE_PATH"


def imported(path: Path) -> Iterator[tuple[str, str]]:
    """Module and name of everything that a file imports from cocapi."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "cocapi":
            yield from ((str(node.module), alias.name) for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names if alias.name.split(".")[0] == "cocapi")


@every_distribution
def test_it_uses_documented_names_only(distribution: Distribution) -> None:
    """Those of the modules that docs/how-to/write-a-plugin.md names, and nothing private."""
    names = {entry for path in distribution.sources for entry in imported(path)}
    assert ("cocapi", "hookimpl") in names
    for module, name in names:
        assert module in ("cocapi", "cocapi.options", "cocapi.testing", "cocapi.transport")
        assert name in importlib.import_module(module).__all__
    for path in distribution.sources:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and re.match("_[^_]", node.attr):
                assert ast.unparse(node.value) == "self"


SNIPPET = re.compile(r"^```python no-run\n(.*?)^```", re.MULTILINE | re.DOTALL)


@every_distribution
def test_its_page_shows_its_very_code(distribution: Distribution) -> None:
    """Each snippet that is not run stands so in the distribution or its tests, but for white space."""
    page = (PAGES / distribution.page).read_text(encoding="utf-8")
    files = [*distribution.sources, *(distribution.folder / "tests").rglob("*.py")]
    sources = [bare(path.read_text(encoding="utf-8")) for path in files]
    snippets = SNIPPET.findall(page)
    assert snippets
    assert [code for code in snippets if not any(bare(code) in source for source in sources)] == []


def bare(code: str) -> str:
    """The words of code, line by line: no blank lines, and one space where there are many."""
    return "\n".join(" ".join(line.split()) for line in code.splitlines() if line.strip())
