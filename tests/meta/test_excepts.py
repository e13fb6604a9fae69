"""No ``except`` takes an exception out of a signal handler for one of its own (`cocapi.interrupts`)."""

import ast
import builtins
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.once

ROOT = Path(__file__).parents[2]

OTHER_PROGRAMS = {
    "cocapi/testing/server.py": "a server for tests, which runs in threads of its own",
    "cocapi/testing/conformance.py": "checks of a store, beside which no handler raises",
    "plugins/cocapi_cli": "its handlers are its own, and raise KeyboardInterrupt or nothing",
    "plugins/cocapi_sandbox/commands.py": "a command of the same program",
    "plugins/cocapi_sandbox/server.py": "runs in a thread or process of its own",
}

SIGNS = {
    "BlockingIOError": "a socket says that it has to wait; asked for each packet",
    "ModuleNotFoundError": "an extra is not installed",
    "StopIteration": "a generator has ended",
}
"""Exceptions that mean one thing, which no handler has to say."""

EXCEPTED = {
    ("cocapi/calls/workers.py", "work"): "it is raised again to whoever waits for the tasks",
    ("cocapi/calls/workers.py", "_work"): "it is raised again to whoever waits for the tasks",
    ("cocapi/client/background.py", "run"): "in a thread of its own, which no handler reaches",
    ("cocapi/client/background.py", "arun"): "nobody waits for the task; the log tells of its end",
    ("cocapi/client/background.py", "_begin"): "an event loop says that it is closed",
    ("cocapi/client/background.py", "stop"): "an event loop says that it is closed",
    ("cocapi/client/batches.py", "identity"): "hash() of what the caller gave; the call itself follows",
    ("cocapi/interrupts.py", "run"): "it is raised again by the thread that waits for it",
    ("cocapi/interrupts.py", "let_go"): "a frame says that it is running; an interrupt is under way",
    ("cocapi/api/methods.py", "evaluated"): "runs once, when a class of clients is defined",
    ("cocapi/calls/hooks.py", "complete"): "the driver has asked",
    ("cocapi/calls/effects.py", "relay"): "the driver has asked",
    ("cocapi/testing/transports.py", "send"): "each error is a result, which the test looks at",
    ("cocapi/plugins/registry.py", "_consider"): "SystemExit is the plugin's here; a handler's is raised",
    ("plugins/cocapi_events/listeners.py", "raised_by"): "in a thread of its own, which no handler reaches",
    ("plugins/cocapi_pyreqwest/attempts.py", "_deliver"): "the attempt has asked; the caller asks again",
    ("plugins/cocapi_redis/pipelines.py", "_run"): "it is raised again to whoever waits for a reply",
    ("plugins/cocapi_requests/routes.py", "_proxy"): "runs undisturbed, in a thread that no handler reaches",
}
"""Functions that do not ask, and why they need not."""


def names(caught: ast.expr | None) -> list[str]:
    """The exceptions of an ``except``; of a bare one, BaseException."""
    match caught:
        case None:
            return ["BaseException"]
        case ast.Tuple(elts):
            return [name for element in elts for name in names(element)]
        case _:
            return [ast.unparse(caught)]


def is_broad(caught: list[str]) -> bool:
    """Whether one of Python's own exceptions is caught that a handler may raise."""
    return any(hasattr(builtins, name) and name not in SIGNS for name in caught)


def goes_on(handler: ast.ExceptHandler) -> bool:
    """Whether an ``except`` neither raises in the end, with the interrupt still behind it, nor asks."""
    asks = any(
        isinstance(node, ast.Call) and ast.unparse(node.func) == "reraise" for node in ast.walk(handler)
    )
    return not asks and not isinstance(handler.body[-1], ast.Raise)


def swallows(tree: ast.AST) -> Iterator[int]:
    """The lines at which an interrupt may be lost."""
    for node in ast.walk(tree):
        match node:
            case ast.ExceptHandler(caught) if is_broad(names(caught)) and goes_on(node):
                yield node.lineno
            case ast.Call(ast.Name("suppress") | ast.Attribute(attr="suppress"), suppressed):
                if is_broad([name for kind in suppressed for name in names(kind)]):
                    yield node.lineno


def function_at(tree: ast.AST, line: int) -> str:
    """The innermost function around a line."""
    around = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.lineno <= line <= (node.end_lineno or line)
    ]
    return max(around, key=lambda node: node.lineno).name if around else ""


def found() -> dict[tuple[str, str], list[int]]:
    """Lines by file and function, in the core and in all plugins that run within calls."""
    lines: dict[tuple[str, str], list[int]] = {}
    for path in sorted([*ROOT.glob("cocapi/**/*.py"), *ROOT.glob("plugins/**/*.py")]):
        name = path.relative_to(ROOT).as_posix()
        if not name.startswith(tuple(OTHER_PROGRAMS)):
            tree = ast.parse(path.read_text("utf-8"))
            for line in swallows(tree):
                lines.setdefault((name, function_at(tree, line)), []).append(line)
    return lines


def test_whoever_catches_broadly_asks_for_interrupts() -> None:
    """An ``except`` of a broad class raises or calls `reraise`; what is excepted from it is still there."""
    lines = found()
    unasked = {place: where for place, where in lines.items() if place not in EXCEPTED}
    assert not unasked, f"call reraise(error) first in {unasked}"
    assert not set(EXCEPTED) - set(lines)


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("try: f()\nexcept OSError: pass", [2]),
        ("try: f()\nexcept: g()", [2]),
        ("try: f()\nexcept (KeyError, zlib.error) as e:\n    g()", [2]),
        ("with contextlib.suppress(ValueError): f()", [1]),
        ("try: f()\nexcept OSError as e:\n    reraise(e)", []),
        ("try: f()\nexcept OSError as e: raise Lost from e", []),
        ("try: next(f)\nexcept StopIteration: pass", []),
        ("try: f()\nexcept zlib.error: pass", []),
    ],
)
def test_the_check_sees_what_is_wrong_and_passes_what_is_right(text: str, lines: list[int]) -> None:
    """It knows each way of catching, and each way out."""
    assert list(swallows(ast.parse(text))) == lines
