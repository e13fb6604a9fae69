"""A plugin of others, installed beside cocapi in a fresh environment: found, ordered, configured, switched
off, and blamed by name."""

import ast
import json
import re
import subprocess
import sys
import textwrap
import venv
from pathlib import Path
from typing import Any

import pytest

import cocapi

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "third_party_plugin"
BROKEN = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "cocapi-broken"
version = "0.3"

[project.entry-points.cocapi]
broken = "cocapi_broken:Broken"
"""


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment with cocapi, the example and a distribution that does not import."""
    folder = tmp_path_factory.mktemp("environment")
    broken = folder / "broken"
    (broken / "cocapi_broken").mkdir(parents=True)
    (broken / "pyproject.toml").write_text(BROKEN)
    (broken / "cocapi_broken" / "__init__.py").write_text("import a_library_that_is_not_there\n")
    venv.create(folder / "venv", with_pip=True)
    python = folder / "venv" / "bin" / "python"
    for wanted in ([str(ROOT), "pytest>=8"], ["--no-deps", str(EXAMPLE), str(broken)]):
        done = subprocess.run(
            [python, "-m", "pip", "install", "-q", *wanted], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
    return python


def told(python: Path, program: str, settings: str = "") -> Any:
    """What a program in that environment found out; `settings` go to its ApiConfig."""
    code = textwrap.dedent(
        f"""
        import json, logging, sys, warnings
        from cocapi import *
        from cocapi.testing import Script, json_response
        log = []
        class Keeping(logging.Handler):
            def emit(self, record):
                log.append(record.getMessage())
        logging.getLogger("cocapi").addHandler(Keeping())
        def client(script=None, **more):
            script = script or Script()
            return script.client(**{{**dict({settings}), **more}})
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
        """
    ) + textwrap.indent(textwrap.dedent(program), "    ")
    done = subprocess.run([python, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


NO_BROKEN = "plugins={'broken': False}"


def test_it_is_found_and_known_by_its_distribution(python: Path) -> None:
    """Installed means on."""
    record = told(
        python,
        """
        (found,) = [record for record in client().plugins.records if record.name == "breaker"]
        print(json.dumps([str(found), found.on, found.why, found.hooks]))
        """,
        NO_BROKEN,
    )
    hooks = ["cocapi_attempt", "cocapi_attempted", "cocapi_commands"]
    assert record == ["plugin 'breaker' of cocapi-breaker 1.0.0", True, "installed", hooks]


def test_it_is_asked_in_its_place(python: Path) -> None:
    """By name, before ratelimit."""
    order = "print(json.dumps([hook.record.name for hook in client().plugins.hooks.cocapi_attempt]))"
    assert told(python, order, NO_BROKEN) == ["breaker", "ratelimit"]


def test_it_is_configured_like_any_other(python: Path) -> None:
    """Its options reach it; wrong ones are refused at once."""
    found = told(
        python,
        """
        limit = client(plugins={"broken": False, "breaker": {"failures": 2}}).plugins["breaker"].circuit.limit
        try:
            client(plugins={"broken": False, "breaker": {"failurs": 2}})
        except ConfigError as error:
            print(json.dumps([limit, str(error)]))
        """,
    )
    assert found == [2, "plugins['breaker'] has no option 'failurs'"]


def test_it_works_in_the_pipeline(python: Path) -> None:
    """After two failures nothing is sent."""
    found = told(
        python,
        """
        script = Script(ConnectionFailed("down"))
        api = client(script, plugins={"broken": False, "retry": False, "breaker": {"failures": 2}})
        answers = [api.goldpass()["message"] for _ in range(3)]
        print(json.dumps([len(script.requests), answers[2], api.plugins["breaker"].state()]))
        """,
    )
    assert found == [2, "Connection error - the API failed 2 times in a row; paused", "open"]


def test_off_means_never_imported(python: Path) -> None:
    """And the listing says why."""
    found = told(
        python,
        """
        api = client(plugins={"broken": False, "breaker": False})
        found = ["cocapi_breaker" in sys.modules, "breaker" in api.plugins, api.plugins.absence("breaker")]
        print(json.dumps(found))
        """,
    )
    assert found == [
        False,
        False,
        "plugin 'breaker' of cocapi-breaker 1.0.0 is off: plugins={'breaker': False}",
    ]


def test_it_is_blamed_by_name_when_it_raises(python: Path) -> None:
    """Plugin, hook and distribution; a deciding hook fails the call, an observer does not."""
    found = told(
        python,
        """
        api = client(plugins={"broken": False})
        circuit = api.plugins["breaker"].circuit
        def oops(**_):
            raise ZeroDivisionError("oops")
        circuit.note = oops
        first = api.goldpass()
        circuit.admit = oops
        second = api.with_options(cache=False).goldpass()
        print(json.dumps([first, log, second["error_type"], second["message"]]))
        """,
    )
    blamed = "plugin 'breaker' of cocapi-breaker 1.0.0 failed in cocapi_attempt"
    assert found[0] == {}
    assert found[1][0] == f"{blamed}ed: ZeroDivisionError: oops"
    assert found[2:] == ["plugin", f"{blamed}: ZeroDivisionError: oops"]


def test_one_that_does_not_import_is_left_out_with_a_warning(python: Path) -> None:
    """Entry point, distribution and cause; strict_plugins raises instead."""
    found = told(
        python,
        """
        api = client()
        try:
            client(strict_plugins=True)
        except PluginError as error:
            warned = [str(warning.message) for warning in caught]
            print(json.dumps([warned, str(error), "breaker" in api.plugins]))
        """,
    )
    said = (
        "plugin 'broken' of cocapi-broken 0.3 is left out: it did not load: "
        "ModuleNotFoundError: No module named 'a_library_that_is_not_there'"
    )
    assert found == [[said], said, True]


def test_its_own_tests_pass_there(python: Path) -> None:
    """With what is installed, not with the repository."""
    done = subprocess.run(
        [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", EXAMPLE / "tests"],
        capture_output=True,
        text=True,
        check=False,
        cwd=python.parent,
    )
    assert done.returncode == 0, done.stdout
    assert "5 passed" in done.stdout


def test_it_uses_no_name_that_the_documentation_does_not_offer() -> None:
    """Only cocapi.__all__ and the documented testing kit."""
    kit = (ROOT / "docs" / "reference" / "testing.md").read_text(encoding="utf-8")
    for file in EXAMPLE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("cocapi"):
                names = {alias.name for alias in node.names}
                if node.module == "cocapi":
                    assert names <= set(cocapi.__all__)
                elif node.module == "cocapi.testing":
                    assert all(re.search(rf"`{name}\(", kit) for name in names)
                else:
                    assert (node.module or "").startswith("cocapi_breaker")


def test_the_environment_is_another(python: Path) -> None:
    """It is not this one that answers."""
    assert told(python, "print(json.dumps(sys.prefix))") != sys.prefix
