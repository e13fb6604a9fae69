"""Each hook has a page, and the page tells the truth."""

import ast
import re
from contextlib import closing
from pathlib import Path

import pytest

import cocapi
from cocapi import CocApi, Hit, PluginError, Request, Response, Wait, hookimpl
from cocapi.calls import hookspecs
from cocapi.testing import Script, json_response

pytestmark = pytest.mark.once

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "docs" / "reference" / "hooks"
SPECS = {
    node.name: node
    for node in ast.parse(Path(hookspecs.__file__).read_text(encoding="utf-8")).body
    if isinstance(node, ast.FunctionDef) and node.name.startswith("cocapi_")
}
ROWS = re.compile(r"^\| (?P<name>[\w ]+) \| (?P<words>.+) \|$", re.MULTILINE)
FENCES = re.compile(r"^```python(?P<mode>[ \w-]*)\n(?P<code>.*?)^```", re.MULTILINE | re.DOTALL)

ELSEWHERE = (
    "cocapi_commands",
    "cocapi_composites",
    "cocapi_event",
    "cocapi_forked",
    "cocapi_namespace",
    "cocapi_store",
)
"""Hooks beside the life of a call: the tests of what they are for show what a raise does."""

every_hook = pytest.mark.parametrize("hook", SPECS)


def page(hook: str) -> str:
    return (PAGES / f"{hook}.md").read_text(encoding="utf-8")


def row(hook: str, name: str) -> str:
    """What the table of a page says of `name`."""
    return {match["name"]: match["words"] for match in ROWS.finditer(page(hook))}[name]


def test_each_hook_has_a_page_and_each_page_a_hook() -> None:
    """None is forgotten, none outlives its hook."""
    assert {path.stem for path in PAGES.glob("cocapi_*")} == set(SPECS)


@every_hook
def test_a_page_shows_the_exact_signature(hook: str) -> None:
    """Names, types and answer, as the specification has them."""
    shown = next(match["code"] for match in FENCES.finditer(page(hook)) if "no-run" in match["mode"])
    (function,) = ast.parse(shown).body
    assert isinstance(function, ast.FunctionDef)
    assert function.name == hook
    assert ast.unparse(function.args) == ast.unparse(SPECS[hook].args)
    assert ast.unparse(function.returns or ast.Pass()) == ast.unparse(SPECS[hook].returns or ast.Pass())


@every_hook
def test_a_page_begins_as_the_specification_does(hook: str) -> None:
    """One sentence says what a hook is for, in both places."""
    sentence = (ast.get_docstring(SPECS[hook]) or "").split("\n\n")[0]
    assert page(hook).split("\n\n")[1].replace("\n", " ").startswith(" ".join(sentence.split()))


@every_hook
def test_a_page_has_an_example_that_runs(hook: str) -> None:
    """That it really runs is seen to by the test of all snippets."""
    examples = [match["code"] for match in FENCES.finditer(page(hook)) if not match["mode"].strip()]
    assert any(f"def {hook}(" in code for code in examples)


@every_hook
def test_a_hook_is_tested(hook: str) -> None:
    """Some test has a plugin with it."""
    tests = [path for path in (ROOT / "tests").rglob("*.py") if path != Path(__file__)]
    assert any(hook in path.read_text(encoding="utf-8") for path in tests)


@every_hook
def test_a_page_says_who_wins(hook: str) -> None:
    """The first answer, where the hook is marked so; else everybody."""
    first = getattr(hookspecs, hook).cocapi_spec["firstresult"]
    assert row(hook, "who wins").startswith("the first answer" if first else "all")


@pytest.mark.parametrize("hook", [hook for hook in SPECS if hook not in ELSEWHERE])
def test_a_page_says_what_a_raise_does(hook: str, caplog: pytest.LogCaptureFixture) -> None:
    """It is what really happens."""
    fate, told = fate_of_one_that_raises(hook, caplog)
    assert re.split("[,:;]", row(hook, "raising"))[0] == fate
    assert f"plugin 'raising' failed in {hook}: ZeroDivisionError: on purpose" in told


class Patient:
    """A plugin that holds attempts back, so that there is a wait to be told of."""

    @hookimpl(trylast=True)
    def cocapi_attempt(self) -> Wait:
        return Wait(0.001)


class Stored:
    """A cache that is asked last and has the answers about players."""

    @hookimpl(trylast=True)
    def cocapi_cache_lookup(self, request: Request) -> Hit | None:
        return Hit(json_response({"tag": "#2PP"})) if request.operation == "players" else None


def fate_of_one_that_raises(hook: str, caplog: pytest.LogCaptureFixture) -> tuple[str, str]:
    """What becomes of a call when a plugin raises in `hook`, in the words of the pages; and who is blamed."""

    def fail(self: object) -> None:
        raise ZeroDivisionError("on purpose")

    looks = {"cocapi_cache_lookup": hookimpl(lambda self: None)}  # so that it is asked before the cache
    plugin = type("Raising", (), {**looks, hook: hookimpl(fail)})()
    script = Script(Response(503) if hook == "cocapi_error" else json_response({"tag": "#2PP"}))
    plugins = {
        "raising": lambda _: plugin,
        "patient": lambda _: Patient(),
        "stored": lambda _: Stored(),
    }
    config = script.config(only_plugins=tuple(plugins), plugins=plugins)
    if hook == "cocapi_transport":
        config.only_plugins = ("raising",)  # the script would be asked first
    try:
        with closing(CocApi("token", config=config)) as api:
            answer = api.players("#2PP") if hook == "cocapi_cache_hit" else api.clan_tag("#2PP")
    except PluginError as error:
        return "the client cannot be made", str(error)
    if answer == {"tag": "#2PP"}:
        return "is logged", caplog.text
    return "fails the call", answer["message"]


def test_none_from_every_hook_changes_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """What the pages say of None holds for all of them at once."""
    asked = []

    def silent(hook: str) -> object:
        return hookimpl(lambda self: asked.append(hook))

    plugin = type("Silent", (), {hook: silent(hook) for hook in SPECS})()
    script = Script(Response(404), json_response({"tag": "#2PP"}))
    plugins = {"silent": lambda _: plugin, "patient": lambda _: Patient(), "stored": lambda _: Stored()}
    with script.client(only_plugins=("script", *plugins), plugins=plugins) as api:
        assert api.clan_tag("#2PP")["status_code"] == 404
        assert api.clan_tag("#2PP") == {"tag": "#2PP"}
        assert api.players("#2PP") == {"tag": "#2PP"}
    assert caplog.text == ""
    beside = set(ELSEWHERE) - {"cocapi_composites"}  # which is asked when a client is made
    assert set(asked) == set(SPECS) - {"cocapi_transport", *beside}  # script's transport came first


def test_the_configuration_page_lists_every_setting() -> None:
    """With its default."""
    from dataclasses import fields

    from cocapi import ApiConfig

    page = (ROOT / "docs" / "reference" / "config.md").read_text(encoding="utf-8")
    missing = [
        entry.name
        for entry in fields(ApiConfig)
        if f"| `{entry.name}` | `{getattr(ApiConfig(), entry.name)!r}` |" not in page
    ]
    assert missing == []


def test_the_operations_page_lists_every_operation() -> None:
    """With its template."""
    from cocapi.api.endpoints import Operations
    from cocapi.api.operations import Operation

    page = (ROOT / "docs" / "reference" / "operations.md").read_text(encoding="utf-8")
    operations = {name: value for name, value in vars(Operations).items() if isinstance(value, Operation)}
    missing = [
        name
        for name, value in operations.items()
        if not re.search(rf"\| `{name}\(.*`{value.method} {re.escape(value.template)}`", page)
    ]
    assert missing == []


def test_what_checkers_look_at_uses_every_hook_and_every_public_name() -> None:
    """tests/typing is the public surface as users write it."""
    text = (ROOT / "tests" / "typing" / "api.py").read_text(encoding="utf-8")
    assert [hook for hook in SPECS if f"def {hook}(" not in text] == []
    body = text.partition("\n)\n")[2]
    assert [name for name in cocapi.NAMES if not re.search(rf"\b{name}\b", body)] == []
