"""Mutation testing, on demand: which changes of the code no test notices (docs/decisions/mutants.md).

    python tests/meta/mutants.py FOLDER [PART[:COUNT] ...]

For each part (all of `PARTS`, if none is named) it copies the code to FOLDER/PART, lets mutmut run the tests
of the part against each mutant, or against so many that chance picks, and prints a row of a table. The
survivors are in FOLDER/PART.diff.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import libcst as cst

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Part:
    """Code, and the tests that are to notice each change of it.

    Attributes:
        code: Modules or packages, as they are imported.
        tests: Files or folders in tests/.
    """

    code: tuple[str, ...]
    tests: tuple[str, ...]


PARTS = {
    "checks": Part(("cocapi.calls.checks",), ("core/test_checks.py",)),
    "pipeline": Part(
        ("cocapi.calls.pipeline", "cocapi.calls.hooks"),
        (
            "core/test_pipeline.py",
            "core/test_attempts.py",
            "core/test_further_attempts.py",
            "core/test_caches.py",
            "core/test_credentials.py",
            "core/test_order.py",
            "core/test_open.py",
        ),
    ),
    "keyring": Part(
        ("cocapi.calls.keyring", "cocapi.calls.spellings"), ("core/test_keyring.py", "core/test_tokens.py")
    ),
    "retry": Part(("cocapi_retry",), ("plugins/retry",)),
    "ratelimit": Part(("cocapi_ratelimit",), ("plugins/ratelimit",)),
    "cache": Part(("cocapi_cache",), ("plugins/cache",)),
    "freshness": Part(
        ("cocapi_cache.key", "cocapi_cache.lifetime", "cocapi_cache.selection", "cocapi_cache.stored"),
        ("plugins/cache/test_lifetime.py", "plugins/cache/test_selection.py", "plugins/cache/test_stored.py"),
    ),
    "keys": Part(("cocapi_keys",), ("plugins/keys",)),
    "store": Part(
        ("cocapi.client.store", "cocapi_memory"),
        ("core/test_store.py", "plugins/memory"),
    ),
    "events": Part(
        ("cocapi_events.schedule", "cocapi_events.records", "cocapi_events.filters"),
        ("plugins/events/test_order.py",),
    ),
    "watches": Part(("cocapi_events",), ("plugins/events",)),
}


class DecoratedInTheEnd(cst.CSTTransformer):
    """Decorates functions in a statement behind them, since mutmut leaves decorated ones alone; those that
    keep their results do so no more, since only the first test to ask would be run against their mutants."""

    KEPT = ("staticmethod", "classmethod", "overload")

    def leave_FunctionDef(  # noqa: N802  # its name there
        self, original_node: cst.FunctionDef, updated_node: cst.FunctionDef
    ) -> cst.FunctionDef | cst.FlattenSentinel[cst.BaseStatement]:
        """See `libcst.CSTTransformer`."""
        name = updated_node.name.value
        decorators = [entry.decorator for entry in updated_node.decorators if not is_cache(entry.decorator)]
        if any(is_kept(decorator, self.KEPT) for decorator in decorators):
            return updated_node
        bare = updated_node.with_changes(decorators=[])
        if not decorators:
            return bare
        value: cst.BaseExpression = cst.Name(name)
        for decorator in reversed(decorators):
            value = cst.Call(decorator, [cst.Arg(value)])
        decorated = cst.Assign([cst.AssignTarget(cst.Name(name))], value)
        return cst.FlattenSentinel([bare, cst.SimpleStatementLine([decorated])])


def is_cache(decorator: cst.BaseExpression) -> bool:
    """Whether it is one of `functools` that keeps results."""
    called = decorator.func if isinstance(decorator, cst.Call) else decorator
    return isinstance(called, cst.Attribute) and called.attr.value in ("cache", "lru_cache")


def is_kept(decorator: cst.BaseExpression, kept: Sequence[str]) -> bool:
    """Whether it has to stand in front of its function: by its name, or as ``name.setter``."""
    return isinstance(decorator, cst.Attribute) or (
        isinstance(decorator, cst.Name) and decorator.value in kept
    )


CONTROL = """def control():
    unread = "unread"
"""
"""A function in which no change can be noticed."""

CALLED = """

@pytest.fixture(autouse=True)
def _control():
    import cocapi_control
    cocapi_control.control()
"""
"""Lets each test call it."""


def prepare(folder: Path, part: Part) -> None:
    """Lay out code and tests as mutmut wants them, with its settings for a part."""
    shutil.rmtree(folder, ignore_errors=True)
    source = folder / "src"
    ignored = shutil.ignore_patterns("__pycache__")
    for package in [ROOT / "cocapi", *(ROOT / "plugins").glob("cocapi_*")]:
        shutil.copytree(package, source / package.name, ignore=ignored)
    for name in ("tests", "examples", "docs"):
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    (source / "cocapi_control.py").write_text(CONTROL, encoding="utf-8")
    with (folder / "tests" / "conftest.py").open("a", encoding="utf-8") as conftest:
        conftest.write(CALLED)
    mutated = [file for module in part.code for file in files_of(source, module)]
    for file in mutated:
        tree = cst.parse_module(file.read_text(encoding="utf-8"))
        file.write_text(tree.visit(DecoratedInTheEnd()).code, encoding="utf-8")
    settings = {
        "source_paths": ["src"],
        "only_mutate": ["src/cocapi_control.py", *(file.relative_to(folder).as_posix() for file in mutated)],
        "also_copy": ["examples", "docs"],
        "pytest_add_cli_args": [
            "-p",
            "no:cacheprovider",
            "-o",
            "faulthandler_timeout=0",  # mutmut has its own
            "-k",
            "not RealTime",  # which waits, and proves the same as under a clock
        ],
        "pytest_add_cli_args_test_selection": [f"tests/{name}" for name in part.tests],
        "timeout_constant": 10.0,  # seconds, and three times what the tests took: a busy machine is no
        "timeout_multiplier": 3.0,  # endless loop
        "process_isolation": "forkserver",  # a fork of a process that has run the tests fails them
    }
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    lines = ["", "[tool.mutmut]", *(f"{name} = {json.dumps(value)}" for name, value in settings.items()), ""]
    (folder / "pyproject.toml").write_text(project + "\n".join(lines), encoding="utf-8")


def files_of(source: Path, module: str) -> list[Path]:
    """The files of a module or package."""
    place = source.joinpath(*module.split("."))
    return sorted(place.glob("*.py")) if place.is_dir() else [place.with_suffix(".py")]


def mutmut(folder: Path, *words: str) -> str:
    """What a command of mutmut prints."""
    program = Path(sys.executable).with_name("mutmut")
    done = subprocess.run([program, *words], cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"mutmut {' '.join(words)} in {folder}:\n{done.stdout[-4000:]}{done.stderr[-4000:]}")
    return done.stdout


def fates(folder: Path) -> dict[str, str]:
    """What became of each mutant, by its name: killed, survived, timeout, no tests, …"""
    lines = [line.strip() for line in mutmut(folder, "results", "--all", "true").splitlines()]
    return dict(line.rsplit(": ", 1) for line in lines if ": " in line)


def test_part(folder: Path, name: str, most: int | None) -> None:
    """Run one part, and print its row.

    Args:
        most: How many mutants, of all; None: all. It is the same ones each time.
    """
    place = folder / name
    prepare(place, PARTS[name])
    run(place, "cocapi_control.*")
    mutants = fates(place)
    control = {
        mutant: mutants.pop(mutant) for mutant in list(mutants) if mutant.startswith("cocapi_control.")
    }
    unread = [end for mutant, end in control.items() if "unread" in mutmut(place, "show", mutant)]
    if set(unread[:3]) != {"survived"}:
        raise SystemExit(
            f"{name}: a mutant that nobody can notice was killed, so no result counts: {control}"
        )
    picked = random.Random(0).sample(sorted(mutants), min(most or len(mutants), len(mutants)))
    run(place, *picked)
    after = fates(place)
    fate = {mutant: after[mutant] for mutant in picked}
    alive = [mutant for mutant, end in fate.items() if end not in ("killed", "timeout")]
    diffs = "\n".join(mutmut(place, "show", mutant) for mutant in alive)
    folder.joinpath(f"{name}.diff").write_text(diffs, encoding="utf-8")
    count = Counter(fate.values())
    others = ", ".join(f"{number} {end}" for end, number in sorted(count.items()) if end != "killed")
    sys.stdout.write(f"| {name} | {len(mutants)} | {len(fate)} | {count['killed']} | {others} |\n")
    sys.stdout.flush()


def run(folder: Path, *mutants: str) -> None:
    """Run the tests against these mutants; twice as many at once as there are processors, for many wait."""
    mutmut(folder, "run", "--max-children", str(2 * (os.cpu_count() or 1)), *mutants)


if __name__ == "__main__":
    os.nice(19)
    workspace, *words = sys.argv[1:]
    for word in words or PARTS:
        part_name, _, count_of_mutants = word.partition(":")
        test_part(Path(workspace).resolve(), part_name, int(count_of_mutants) if count_of_mutants else None)
