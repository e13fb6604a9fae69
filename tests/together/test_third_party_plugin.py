"""A distribution of its own, installed beside cocapi, is a plugin like any other.

`examples/third_party_plugin` is built and installed with cocapi in a fresh environment; small programs then
run there and print what they see.
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

import cocapi

pytestmark = pytest.mark.once

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "third_party_plugin"
SOURCES = sorted((EXAMPLE / "src").rglob("*.py"))
TESTS = sorted((EXAMPLE / "tests").rglob("*.py"))


@dataclass
class Environment:
    """A virtual environment with cocapi and the example.

    folder:
        Where programs run.
    found:
        A folder whose distributions are installed too, as far as Python can tell.
    """

    python: Path
    folder: Path
    run_beside: Callable[..., subprocess.CompletedProcess[str]]

    @property
    def found(self) -> Path:
        return self.folder / "found"

    def run(self, *command: object, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a command of this environment, without the settings around it."""
        return self.run_beside(self.python, self.folder, *command, PYTHONPATH=str(self.found), **variables)

    def says(self, program: str, **variables: str) -> Any:
        """What a program prints as JSON; it may print warnings beside that."""
        done = self.run("python", "-c", PRELUDE + textwrap.dedent(program), **variables)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def distribution(self, name: str, code: str) -> None:
        """Install ``cocapi-<name>`` 0.1, whose plugin is the class `Plugin` in `code`."""
        info = self.found / f"cocapi_{name}-0.1.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: cocapi-{name}\nVersion: 0.1\n")
        (info / "entry_points.txt").write_text(f"[cocapi]\n{name} = cocapi_{name}:Plugin\n")
        (self.found / f"cocapi_{name}.py").write_text(textwrap.dedent(code))


PRELUDE = """
import json, logging, sys, warnings
from pathlib import Path
from cocapi import ApiConfig, CocApi, ConfigError, PluginError, PluginWarning
from cocapi.calls.hooks import HOOKS
from cocapi.testing import Script, json_response

HERE = {"history": {"path": "clash.sqlite3"}}
"""


@pytest.fixture(scope="module")
def python(fresh_python: Callable[..., Path]) -> Path:
    """The Python of a fresh environment with cocapi, the example, and what the example's tests need."""
    needed = tomllib.loads((EXAMPLE / "pyproject.toml").read_text())["dependency-groups"]["test"]
    return fresh_python(f"{ROOT}[cli]", EXAMPLE, *needed)


@pytest.fixture
def environment(python: Path, tmp_path: Path, run_beside: Callable[..., Any]) -> Environment:
    return Environment(python, tmp_path, run_beside)


slow = pytest.mark.slow


@slow
def test_an_installed_plugin_is_discovered(environment: Environment) -> None:
    """By its entry point, with name, distribution, version, hooks and load time."""
    said = environment.says("""
        names = ("name", "distribution", "version", "on", "why", "hooks", "load_ms")
        with Script().client(plugins=HERE) as api:
            record = next(record for record in api.plugins.records if record.name == "history")
            facts = {name: getattr(record, name) for name in names}
            print(json.dumps({**facts, "there": "history" in api.plugins}))
    """)
    assert said.pop("load_ms") > 0
    assert said == {
        "name": "history",
        "distribution": "cocapi-history",
        "version": "1.0.0",
        "on": True,
        "why": "plugins={'history': …}",
        "hooks": [
            "cocapi_cache_lookup",
            "cocapi_response",
            "cocapi_forked",
            "cocapi_close",
            "cocapi_commands",
        ],
        "there": True,
    }


@slow
def test_it_is_ordered_among_the_others(environment: Environment) -> None:
    """First where it says tryfirst, by its name elsewhere; the chain is what `cocapi plugins` shows."""
    chains = environment.says("""
        with Script().client(plugins=HERE) as api:
            chains = {name: getattr(api.plugins.hooks, name) for name in HOOKS}
            print(json.dumps({name: [hook.record.name for hook in chain] for name, chain in chains.items()}))
    """)
    assert chains["cocapi_cache_lookup"][:2] == ["history", "cache"]
    assert chains["cocapi_response"][0] == "history"
    assert chains["cocapi_response"][-1] == "cache"
    assert chains["cocapi_commands"] == sorted(chains["cocapi_commands"])
    assert "history" in chains["cocapi_commands"]


USE = """
    import time
    from datetime import UTC, datetime
    config = {config}
    script = Script(json_response({{"clanLevel": 1}}), json_response({{"clanLevel": 2}}))
    with script.client(**config) as api:
        before = api.clan_tag("#2PP")
        between = datetime.now(UTC)
        time.sleep(0.01)
        api.clear_cache()
        after = api.clan_tag("#2PP")
        past = api.with_options(history=between).clan_tag("#2PP")
        print(json.dumps([before, after, past, len(api.plugins["history"].snapshots("#2PP"))]))
"""
USED = [{"clanLevel": 1}, {"clanLevel": 2}, {"clanLevel": 1}, 2]


@slow
def test_it_is_configured_and_does_its_work(environment: Environment) -> None:
    """Option, option of a call, and method, beside all default plugins."""
    assert environment.says(USE.format(config="{'plugins': HERE}")) == USED
    assert (environment.folder / "clash.sqlite3").exists()


@slow
def test_it_is_configured_by_file(environment: Environment) -> None:
    """A table of cocapi.toml under its name."""
    (environment.folder / "cocapi.toml").write_text('[plugins.history]\npath = "other.sqlite3"\n')
    assert environment.says(USE.format(config="{'plugins': ApiConfig.load().plugins}")) == USED
    assert (environment.folder / "other.sqlite3").exists()


@slow
def test_a_wrong_option_is_refused(environment: Environment) -> None:
    """At once, by name, with what there is."""
    said = environment.says("""
        try:
            Script().client(plugins={"history": {"pth": "x"}})
        except ConfigError as error:
            print(json.dumps(str(error)))
    """)
    assert said == "plugins['history'] has no option 'pth'; did you mean 'path'?"


@slow
def test_it_may_have_nothing_to_do(environment: Environment) -> None:
    """Installed but not configured, it is off without a warning, and leaves no file."""
    said = environment.says("""
        warnings.simplefilter("error")
        with Script().client() as api:
            api.clan_tag("#2PP")
            print(json.dumps(api.plugins.absence("history")))
    """)
    assert said == (
        "plugin 'history' of cocapi-history 1.0.0 is off: "
        "it keeps nothing until it has a path: plugins={'history': {'path': …}}"
    )
    assert list(environment.folder.iterdir()) == []


@slow
@pytest.mark.parametrize(
    ("setting", "variables", "why"),
    [
        ('plugins={"history": False}', {}, "plugins={'history': False}"),
        ('only_plugins=("script", "cache")', {}, "only_plugins=script,cache"),
        ("only_plugins=ApiConfig.load().only_plugins", {"COCAPI_PLUGINS": "script"}, "only_plugins=script"),
    ],
)
def test_switched_off_it_is_not_imported(
    environment: Environment, setting: str, variables: dict[str, str], why: str
) -> None:
    """Whichever switch it was, the reason is known, and its modules are not loaded."""
    said = environment.says(
        f"""
        with Script().client({setting}) as api:
            api.clan_tag("#2PP")
            loaded = [name for name in sys.modules if name.startswith("cocapi_history")]
            print(json.dumps([loaded, api.plugins.absence("history")]))
        """,
        **variables,
    )
    assert said == [[], f"plugin 'history' of cocapi-history 1.0.0 is off: {why}"]


@slow
def test_it_is_blamed_where_it_decides(environment: Environment) -> None:
    """The call fails with the names of plugin, distribution and hook; without the plugin it goes on."""
    failed, passed = environment.says("""
        script = Script(json_response({"tag": "#2PP"}))
        with script.client(plugins={"history": {"path": "no/such/folder/clash.sqlite3"}}) as api:
            print(json.dumps([api.clan_tag("#2PP"), api.with_options(history=False).clan_tag("#2PP")]))
    """)
    assert failed["error_type"] == "plugin"
    assert failed["message"].startswith(
        "plugin 'history' of cocapi-history 1.0.0 failed in cocapi_response: OperationalError: "
    )
    assert passed == {"tag": "#2PP"}


RUDE = """
    from cocapi import hookimpl

    class Plugin:
        def __init__(self, config): ...

        @hookimpl
        def cocapi_attempted(self):
            raise RuntimeError("rude")

        cocapi_finished = cocapi_close = cocapi_commands = cocapi_attempted
"""


@slow
def test_an_observer_that_raises_is_harmless(environment: Environment) -> None:
    """It is logged with the names of plugin, distribution and hook."""
    environment.distribution("rude", RUDE)
    answer, logged = environment.says("""
        class Keep(logging.Handler):
            def emit(self, record):
                logged.append(record.getMessage())

        logged = []
        logging.getLogger("cocapi").addHandler(Keep())
        with Script(json_response({"tag": "#2PP"})).client() as api:
            answer = api.clan_tag("#2PP")
        print(json.dumps([answer, logged]))
    """)
    assert answer == {"tag": "#2PP"}
    told = [line.partition(" (")[0] for line in logged]  # where, stands behind it
    assert told == [
        f"plugin 'rude' of cocapi-rude 0.1 failed in {hook}: RuntimeError: rude"
        for hook in ("cocapi_attempted", "cocapi_finished", "cocapi_close")
    ]


LEFT_OUT = "plugin 'broken' of cocapi-broken 0.1 is left out: it did not load"


@slow
def test_one_that_does_not_load_is_told_and_left_out(environment: Environment) -> None:
    """One warning names entry point, distribution and cause; all others work."""
    environment.distribution("broken", "import no_such_module")
    warned, answer, on = environment.says("""
        with warnings.catch_warnings(record=True) as caught:
            api = Script(json_response({"tag": "#2PP"})).client(plugins=HERE)
        with api:
            warned = [[warning.category.__name__, str(warning.message)] for warning in caught]
            print(json.dumps([warned, api.clan_tag("#2PP"), list(api.plugins)]))
    """)
    assert warned == [["PluginWarning", f"{LEFT_OUT}: ModuleNotFoundError: No module named 'no_such_module'"]]
    assert answer == {"tag": "#2PP"}
    assert "history" in on
    assert "broken" not in on


REFUSED = """
    try:
        Script().client({settings})
    except PluginError as error:
        print(json.dumps(str(error)))
"""


@slow
def test_strict_plugins_refuse_one_that_does_not_load(environment: Environment) -> None:
    """The same sentence, as an error."""
    environment.distribution("broken", "import no_such_module")
    said = environment.says(REFUSED.format(settings="strict_plugins=True"))
    assert said.startswith(LEFT_OUT)


@slow
def test_a_misspelt_hook_is_an_error(environment: Environment) -> None:
    """Strict or not, with the hook that was meant."""
    environment.distribution("misspelt", RUDE.replace("cocapi_attempted", "cocapi_atempted"))
    said = environment.says(REFUSED.format(settings=""))
    assert said == (
        "plugin 'misspelt' of cocapi-misspelt 0.1: there is no hook cocapi_atempted; "
        "did you mean cocapi_attempted?"
    )


@slow
def test_its_command_stands_among_the_others(environment: Environment) -> None:
    """cocapi history TAG reads the file that the settings name."""
    (environment.folder / "cocapi.toml").write_text('[plugins.history]\npath = "clash.sqlite3"\n')
    environment.says(USE.format(config="{'plugins': HERE}"))
    assert "history" in environment.run("cocapi", "--help").stdout
    shown = environment.run("cocapi", "history", "#2PP")
    assert shown.returncode == 0, shown.stderr
    assert [line.split("  ")[1] for line in shown.stdout.splitlines()] == [
        "https://api.clashofclans.com/v1/clans/%232PP"
    ] * 2


@slow
def test_one_that_raises_in_cocapi_commands_spoils_no_other(environment: Environment) -> None:
    """Its commands are missing, and a warning says whose."""
    environment.distribution("rude", RUDE)
    shown = environment.run("cocapi", "--help")
    assert shown.returncode == 0
    assert "clan" in shown.stdout
    assert "plugin 'rude' of cocapi-rude 0.1 failed in cocapi_commands" in shown.stderr


@slow
def test_it_carries_its_types_and_nothing_else(environment: Environment) -> None:
    """What its wheel holds."""
    files = environment.says("""
        from importlib.metadata import files
        print(json.dumps([str(path) for path in files("cocapi-history")]))
    """)
    modules = {f"cocapi_history/{path.name}" for path in SOURCES}
    assert {name for name in files if ".dist-info" not in name} == {*modules, "cocapi_history/py.typed"}
    assert "cocapi_history-1.0.0.dist-info/licenses/LICENSE" in files


@slow
def test_its_own_tests_pass_there(environment: Environment) -> None:
    """What an author runs."""
    done = environment.run("python", "-m", "pytest", "-q", "-p", "no:cacheprovider", EXAMPLE)
    assert done.returncode == 0, done.stdout + done.stderr


def imported(path: Path) -> Iterator[tuple[str, str]]:
    """Module and name of everything that a file imports."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            yield from ((node.module or "", alias.name) for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)


def offered() -> set[str]:
    """The names that the documentation offers: those its snippets import, and those in code spans."""
    pages = "\n".join(page.read_text(encoding="utf-8") for page in (ROOT / "docs").rglob("*.md"))
    imports = " ".join(re.findall(r"^from cocapi(?:\.testing)? import (.+)$", pages, re.MULTILINE))
    spans = re.findall(r"`(\w+)(?:\([^`]*)?`", pages)
    return {*re.findall(r"\w+", imports), *spans}


@pytest.mark.parametrize("path", [*SOURCES, *TESTS], ids=lambda path: path.name)
def test_it_uses_no_name_that_the_documentation_does_not_offer(path: Path) -> None:
    """It imports documented names of cocapi and cocapi.testing, and touches nothing private."""
    for module, name in imported(path):
        if module.split(".")[0] == "cocapi":
            assert module in ("cocapi", "cocapi.testing")
            assert name in importlib.import_module(module).__all__
            assert name in offered()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Attribute) and node.attr.startswith("_"):
            assert ast.unparse(node.value) == "self"


def test_the_example_uses_cocapi_at_all() -> None:
    """The test above has something to look at."""
    names = {name for path in SOURCES for module, name in imported(path) if module == "cocapi"}
    assert {"hookimpl", "Flow", "Hit", "do"} <= names <= set(cocapi.__all__)
