"""Plugins are found, ordered, switched, loaded, asked and blamed."""

import sys
import warnings
from collections.abc import Iterator
from importlib.metadata import Distribution, EntryPoint, PackageNotFoundError
from pathlib import Path
from typing import Any

import pytest

from cocapi import ApiConfig, MissingExtra, PluginError, PluginWarning, Request, hookimpl
from cocapi.calls.hooks import HOOKS
from cocapi.plugins import Plugins, discovery, registry
from cocapi.testing import Script


class FakeDistribution:
    """What an entry point knows of the distribution that registered it."""

    name = "cocapi-fakes"
    version = "1.2"


def registered(monkeypatch: pytest.MonkeyPatch, **values: str) -> None:
    """Let these be the registered plugins: name="module:attribute"."""
    points = tuple(
        EntryPoint(name, value, "cocapi")._for(FakeDistribution())  # type: ignore[attr-defined]
        for name, value in sorted(values.items())
    )
    monkeypatch.setattr(registry, "scan", lambda: points)


@pytest.fixture
def importable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder to put modules of plugins in; what was imported from it is forgotten afterwards."""
    monkeypatch.syspath_prepend(tmp_path)
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        if str(tmp_path) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


ASKED: list[str] = []
GOOD = """
from cocapi import hookimpl

class Plugin:
    def __init__(self, config):
        self.config = config

    @hookimpl
    def cocapi_request(self, request):
        return request.with_headers(**{"X_" + __name__: "1"})
"""


def named(name: str, **marks: bool) -> object:
    class Named:
        @hookimpl(**marks)
        def cocapi_request(self) -> None:
            ASKED.append(name)

    return Named()


def order(plugins: Plugins) -> list[str]:
    return [hook.record.name for hook in plugins.hooks.cocapi_request]


def test_plugins_are_asked_in_the_order_of_their_names_and_marks() -> None:
    """Not in the order of installation."""
    given = {
        "c": named("c"),
        "a": named("a"),
        "last": named("last", trylast=True),
        "b": named("b"),
        "first": named("first", tryfirst=True),
    }
    config = ApiConfig(
        only_plugins=tuple(given), plugins={name: lambda _, p=plugin: p for name, plugin in given.items()}
    )
    assert order(Plugins(config)) == ["first", "a", "b", "c", "last"]


def test_registered_plugins_are_found_by_entry_point(
    monkeypatch: pytest.MonkeyPatch, importable: Path
) -> None:
    """Name, distribution, version, hooks and load time are known."""
    (importable / "good_one.py").write_text(GOOD)
    registered(monkeypatch, good="good_one:Plugin")
    plugins = Plugins(ApiConfig())
    (record,) = plugins.records
    assert (record.name, record.distribution, record.version) == ("good", "cocapi-fakes", "1.2")
    assert (record.on, record.why, record.hooks) == (True, "installed", ("cocapi_request",))
    assert record.load_ms is not None
    assert list(plugins) == ["good"]
    assert plugins["good"].config is plugins.config


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"plugins": {"good": False}}, "plugins={'good': False}"),
        ({"only_plugins": ("other",)}, "only_plugins=other"),
    ],
)
def test_off_means_never_imported(
    monkeypatch: pytest.MonkeyPatch, importable: Path, settings: dict[str, Any], why: str
) -> None:
    """A switched-off plugin costs nothing, and the listing says what switched it off."""
    (importable / "good_two.py").write_text(GOOD)
    registered(monkeypatch, good="good_two:Plugin")
    plugins = Plugins(ApiConfig(**settings))
    assert (plugins.records[0].on, plugins.records[0].why) == (False, why)
    assert "good_two" not in sys.modules
    assert plugins.records[0].load_ms is None
    with pytest.raises(KeyError, match="is off"):
        plugins["good"]


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("cache", "enable_caching"),
        ("ratelimit", "enable_rate_limiting"),
        ("metrics", "enable_metrics"),
        ("tracing", "enable_tracing"),
    ],
)
def test_documented_switches_switch_their_plugin(
    monkeypatch: pytest.MonkeyPatch, importable: Path, name: str, field: str
) -> None:
    """The names of 3.0 go on working."""
    (importable / f"sw_{name}.py").write_text(GOOD)
    registered(monkeypatch, **{name: f"sw_{name}:Plugin"})
    assert (name in Plugins(ApiConfig(**{field: True})), name in Plugins(ApiConfig(**{field: False}))) == (
        True,
        False,
    )


def test_options_reach_the_plugin_and_mean_on(monkeypatch: pytest.MonkeyPatch, importable: Path) -> None:
    """ApiConfig(plugins={"metrics": {...}}) wins over the switch."""
    (importable / "good_three.py").write_text(GOOD)
    registered(monkeypatch, metrics="good_three:Plugin")
    plugins = Plugins(ApiConfig(plugins={"metrics": {"size": 3}}))
    assert plugins["metrics"].config.options("metrics") == {"size": 3}


BROKEN = {
    "ImportError": "import no_such_module",
    "SyntaxError": "def (",
    "SystemExit": "raise SystemExit(3)",
    "AttributeError": "x = 1",
    "ZeroDivisionError": "def Plugin(config): 1 / 0",
}


@pytest.mark.parametrize(("kind", "code"), BROKEN.items())
def test_a_plugin_that_does_not_load_is_left_out_with_a_warning(
    monkeypatch: pytest.MonkeyPatch, importable: Path, kind: str, code: str
) -> None:
    """It names entry point, distribution and cause, and the others still load."""
    (importable / f"bad_{kind}.py").write_text(code)
    (importable / f"good_{kind}.py").write_text(GOOD)
    registered(monkeypatch, bad=f"bad_{kind}:Plugin", good=f"good_{kind}:Plugin")
    with pytest.warns(PluginWarning) as caught:
        plugins = Plugins(ApiConfig())
    (warning,) = caught
    assert "plugin 'bad' of cocapi-fakes 1.2 is left out: it did not load" in str(warning.message)
    assert list(plugins) == ["good"]
    with pytest.raises(PluginError, match="'bad' of cocapi-fakes"):
        Plugins(ApiConfig(strict_plugins=True))


def test_a_missing_extra_is_told_in_its_own_words() -> None:
    """What to install, by name, and nothing else."""

    def factory(_: ApiConfig) -> object:
        raise MissingExtra("models", "pydantic")

    with pytest.warns(PluginWarning) as caught:
        Plugins(ApiConfig(only_plugins=("models",), plugins={"models": factory}))
    assert [str(warning.message) for warning in caught] == ["models needs: pip install 'cocapi[pydantic]'"]


def test_a_factory_that_returns_none_has_nothing_to_do() -> None:
    """It is off without a warning."""
    plugins = Plugins(ApiConfig(only_plugins=("idle",), plugins={"idle": lambda _: None}))
    assert "idle" not in plugins
    assert "nothing to do" in plugins.absence("idle")


def test_naming_a_plugin_that_is_not_installed_warns_with_the_nearest() -> None:
    """A misspelt switch does not pass in silence."""
    with pytest.warns(
        PluginWarning, match="plugins names 'chace', and no such plugin is installed; did you mean 'cache'"
    ):
        Plugins(ApiConfig(plugins={"chace": False}))


def misspelt() -> object:
    class Wrong:
        @hookimpl
        def cocapi_reqest(self) -> None: ...

    return Wrong()


def coroutine() -> object:
    class Wrong:
        @hookimpl
        async def cocapi_request(self) -> None: ...

    return Wrong()


def wrapper() -> object:
    class Wrong:
        @hookimpl(wrapper=True)
        def cocapi_request(self) -> Any:
            yield

    return Wrong()


def yielding_observer() -> object:
    class Wrong:
        @hookimpl
        def cocapi_finished(self) -> Any:
            yield

    return Wrong()


def unmarked() -> object:
    class Wrong:
        def cocapi_request(self) -> None: ...

    return Wrong()


def unknown_argument() -> object:
    class Wrong:
        @hookimpl
        def cocapi_request(self, reqest: Request) -> None: ...

    return Wrong()


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (misspelt, "there is no hook cocapi_reqest; did you mean cocapi_request?"),
        (coroutine, "cocapi_request is asynchronous; a hook answers with a value or a flow"),
        (wrapper, "cocapi_request is a wrapper; a hook answers with a flow instead"),
        (unmarked, "cocapi_request lacks the mark @hookimpl"),
        (yielding_observer, "cocapi_finished observes; a flow would never be run"),
        (unknown_argument, "reqest"),
    ],
)
def test_silent_mistakes_of_plugin_authors_are_errors(make: Any, sentence: str) -> None:
    """Always, strict or not; the sentence names the plugin."""
    with pytest.raises(PluginError) as refused:
        Plugins(ApiConfig(only_plugins=("wrong",), plugins={"wrong": lambda _: make()}))
    assert "plugin 'wrong'" in str(refused.value)
    assert sentence in str(refused.value)


def test_a_plugin_may_come_and_go_in_code() -> None:
    """register() and unregister() take effect with the next call."""
    with Script().client(only_plugins=("script",)) as api:
        api.plugins.register(named("mine"), "mine")
        ASKED.clear()
        api.clan_tag("#2PP")
        assert "mine" in api.plugins
        api.plugins.unregister("mine")
        api.clan_tag("#2PP")
    assert ASKED == ["mine"]
    assert "mine" not in api.plugins


def test_two_plugins_cannot_have_one_name() -> None:
    """The second is refused."""
    plugins = Plugins(ApiConfig(only_plugins=()))
    plugins.register(named("a"), "same")
    with pytest.raises(ValueError, match="same"):
        plugins.register(named("b"), "same")
    assert len(plugins) == 1


def test_each_client_has_instances_of_its_own() -> None:
    """State never leaks from one client to the next."""
    with Script().client() as one, Script().client() as two:
        assert one.plugins["middleware"] is not two.plugins["middleware"]


def test_entry_points_are_scanned_once_a_process() -> None:
    """A thousand clients cost one scan."""
    assert discovery.scan() is discovery.scan()
    names = [point.name for point in discovery.scan()]
    assert names == sorted(names)


def test_every_hook_has_a_chain_and_every_chain_a_hook() -> None:
    """Hooks and hookspecs are kept in step."""
    from cocapi.calls import hookspecs

    assert list(HOOKS) == [name for name in vars(hookspecs) if name.startswith("cocapi_")]


def test_the_plugins_of_cocapi_load_without_a_warning() -> None:
    """A default client is quiet."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Plugins(ApiConfig(strict_plugins=True))


def lacking(monkeypatch: pytest.MonkeyPatch, metadata: Path | None) -> None:
    """Let Python find this metadata of cocapi, or none, for the time of a test."""

    def found(name: str) -> Distribution:
        if metadata is None:
            raise PackageNotFoundError(name)
        return Distribution.at(metadata)

    registered(monkeypatch)
    monkeypatch.setattr(discovery, "distribution", found)
    monkeypatch.setattr(registry, "unregistered", discovery.unregistered.__wrapped__)


def test_without_metadata_the_first_client_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """Copied files and frozen programs: one warning, however many plugins the settings name."""
    lacking(monkeypatch, None)
    with pytest.warns(PluginWarning, match=r"no plugins are registered: .*--copy-metadata cocapi") as caught:
        plugins = Plugins(ApiConfig(plugins={"retry": False, "cache": {}}))
    assert len(caught) == 1
    assert "as no plugins are registered" in plugins.absence("cache")
    with pytest.raises(PluginError, match="no plugins are registered"):
        Plugins(ApiConfig(strict_plugins=True))


def test_metadata_of_an_old_version_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A copy that lies first on the path hides this one."""
    old = tmp_path / "cocapi-4.0.1.dist-info"
    old.mkdir()
    (old / "METADATA").write_text("Metadata-Version: 2.1\nName: cocapi\nVersion: 4.0.1\n", encoding="utf-8")
    lacking(monkeypatch, old)
    with pytest.warns(
        PluginWarning, match=rf"the metadata in {tmp_path} is of cocapi 4\.0\.1; uninstall that"
    ):
        Plugins(ApiConfig())


def test_plugins_named_in_code_need_no_metadata(monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that asks for nothing else is told nothing."""
    lacking(monkeypatch, None)
    plugins = Plugins(ApiConfig(only_plugins=("good",), plugins={"good": lambda _: object()}))
    assert list(plugins) == ["good"]
