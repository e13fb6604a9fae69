"""Plugins are found, ordered, switched, loaded, asked and blamed."""

import sys
import warnings
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError
from pathlib import Path
from typing import Any

import pytest

from cocapi import (
    ApiConfig,
    MissingExtra,
    Off,
    PluginError,
    PluginRecord,
    PluginWarning,
    Request,
    __version__,
    hookimpl,
)
from cocapi.calls.hooks import HOOKS
from cocapi.plugins import Plugins, discovery
from cocapi.testing import Script


class Environment:
    """A folder that Python looks in, where distributions with plugins are installed for a test."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def install(self, name: str = "cocapi-fakes", version: str = "1.2", **plugins: str) -> None:
        """Install a distribution whose plugins have this code: the module of each has the plugin's name."""
        metadata = self.folder / f"{name.replace('-', '_')}-{version}.dist-info"
        metadata.mkdir()
        (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        module = {plugin: f"{name.replace('-', '_')}_{plugin}" for plugin in plugins}
        points = "".join(f"{plugin} = {module[plugin]}:Plugin\n" for plugin in plugins)
        (metadata / "entry_points.txt").write_text(f"[cocapi]\n{points}")
        for plugin, code in plugins.items():
            (self.folder / f"{module[plugin]}.py").write_text(code)
        discovery.scan.cache_clear()


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Environment]:
    """What is installed there is forgotten afterwards."""
    monkeypatch.syspath_prepend(tmp_path)
    before = set(sys.modules)
    yield Environment(tmp_path)
    discovery.scan.cache_clear()
    discovery.imported.cache_clear()
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


def record_of(plugins: Plugins, name: str) -> PluginRecord:
    return next(record for record in plugins.records if record.name == name)


def test_registered_plugins_are_found_by_entry_point(environment: Environment) -> None:
    """Name, distribution, version, hooks and load time are known."""
    environment.install(good=GOOD)
    plugins = Plugins(ApiConfig())
    record = record_of(plugins, "good")
    assert (record.name, record.distribution, record.version) == ("good", "cocapi-fakes", "1.2")
    assert (record.on, record.why, record.hooks) == (True, "installed", ("cocapi_request",))
    assert record.load_ms is not None
    assert "good" in plugins
    assert plugins["good"].config is plugins.config


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"plugins": {"good": False}}, "plugins={'good': False}"),
        ({"only_plugins": ("other",)}, "only_plugins=other"),
    ],
)
def test_off_means_never_imported(environment: Environment, settings: dict[str, Any], why: str) -> None:
    """A switched-off plugin costs nothing, and the listing says what switched it off."""
    environment.install(good=GOOD)
    plugins = Plugins(ApiConfig(**settings))
    record = record_of(plugins, "good")
    assert (record.on, record.why, record.load_ms) == (False, why, None)
    assert "cocapi_fakes_good" not in sys.modules
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
def test_documented_switches_switch_their_plugin(name: str, field: str) -> None:
    """The names of 3.0 go on working."""
    assert [name in Plugins(ApiConfig(**{field: wanted})) for wanted in (True, False)] == [True, False]


def test_options_reach_the_plugin_and_mean_on(environment: Environment) -> None:
    """ApiConfig(plugins={"metrics": {...}}) wins over the switch; what nobody declares stays as it is."""
    environment.install(good=GOOD)
    plugins = Plugins(ApiConfig(plugins={"metrics": {"window_size": 3}, "good": {"size": 3, "name": "x"}}))
    assert "metrics" in plugins
    assert plugins["good"].config.options("good") == {"size": 3, "name": "x"}


BROKEN = {
    "ImportError": "import no_such_module",
    "SyntaxError": "def (",
    "SystemExit": "raise SystemExit(3)",
    "AttributeError": "x = 1",
    "ZeroDivisionError": "def Plugin(config): 1 / 0",
}


@pytest.mark.parametrize(("kind", "code"), BROKEN.items())
def test_a_plugin_that_does_not_load_is_left_out_with_a_warning(
    environment: Environment, kind: str, code: str
) -> None:
    """It names entry point, distribution and cause, and the others still load."""
    environment.install(bad=code, good=GOOD)
    with pytest.warns(PluginWarning) as caught:
        plugins = Plugins(ApiConfig())
    (warning,) = caught
    assert "plugin 'bad' of cocapi-fakes 1.2 is left out: it did not load" in str(warning.message)
    assert warning.filename == __file__
    assert ("good" in plugins, "bad" in plugins) == (True, False)
    with pytest.raises(PluginError, match="'bad' of cocapi-fakes"):
        Plugins(ApiConfig(strict_plugins=True))


NO_PLUGINS = {
    "42": "Plugin = 42",
    "a number": "def Plugin(config): return 42",
    "a text": "def Plugin(config): return 'hello'",
    "no hook": "class Plugin:\n    def __init__(self, config): ...",
    "a class": "class Hooks: ...\ndef Plugin(config): return Hooks",
    "no arguments": "def Plugin(): ...",
    "too many": "def Plugin(config, word): ...",
    "no options": "def Plugin(config, options: int): ...",
    "a lost name": "def Plugin(config, options: 'Lost'): ...",
}


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        (NO_PLUGINS["42"], "42 is no factory, which is a class or function that takes the config"),
        (NO_PLUGINS["a number"], "it is 42, which has no hook: a plugin is an object with methods"),
        (NO_PLUGINS["a text"], "it is 'hello', which has no hook"),
        (NO_PLUGINS["no hook"], "which has no hook"),
        (NO_PLUGINS["a class"], "it is the class Hooks, and a factory returns an object of one"),
        (NO_PLUGINS["no arguments"], "its factory Plugin() cannot be called: too many positional arguments"),
        (NO_PLUGINS["too many"], "its factory Plugin(config, word) cannot be called: missing a required"),
        (NO_PLUGINS["no options"], "options of its factory Plugin must be annotated with the dataclass"),
        (NO_PLUGINS["a lost name"], "its options cannot be read: name 'Lost' is not defined"),
    ],
    ids=NO_PLUGINS,
)
def test_what_is_no_plugin_does_not_count_as_on(environment: Environment, code: str, sentence: str) -> None:
    """A registered one is left out; one given in code is its user's own, and is an error."""
    environment.install(wrong=code)
    with pytest.warns(PluginWarning) as caught:
        plugins = Plugins(ApiConfig())
    assert [str(w.message) for w in caught if "'wrong' of cocapi-fakes 1.2 is left out" in str(w.message)]
    assert sentence in plugins.absence("wrong")
    assert "wrong" not in plugins
    namespace: dict[str, Any] = {}
    exec(code, namespace)  # noqa: S102  # as a user would write it
    if callable(namespace["Plugin"]):
        with pytest.raises(PluginError) as refused:
            Plugins(ApiConfig(only_plugins=("wrong",), plugins={"wrong": namespace["Plugin"]}))
        assert str(refused.value).startswith("plugin 'wrong' cannot be used: ")
        assert sentence in str(refused.value)


def test_a_factory_of_the_users_own_that_fails_is_an_error() -> None:
    """It is the user's code, so nobody goes on without it; the cause is chained."""

    def factory(config: ApiConfig) -> object:
        raise ZeroDivisionError("on purpose")

    with pytest.raises(
        PluginError, match="plugin 'mine' cannot be used: ZeroDivisionError: on purpose"
    ) as failed:
        Plugins(ApiConfig(only_plugins=("mine",), plugins={"mine": factory}))
    assert isinstance(failed.value.__cause__, ZeroDivisionError)


def test_two_distributions_with_one_plugin_name_are_both_named(environment: Environment) -> None:
    """cocapi's own has the name, else the first distribution by name; a factory in code replaces both."""
    environment.install("cocapi-zoo", "1.0", cache=GOOD, good=GOOD)
    environment.install("cocapi-ark", "2.0", good=GOOD)
    with pytest.warns(PluginWarning) as caught:
        plugins = Plugins(ApiConfig())
    left_out = "the one of cocapi-zoo (cocapi_zoo_{0}:Plugin) is left out"
    sentence = "the name {0!r} is taken by plugin {0!r} of {1}: " + left_out
    assert sorted(str(warning.message) for warning in caught) == [
        sentence.format("cache", f"cocapi {__version__}"),
        sentence.format("good", "cocapi-ark 2.0"),
    ]
    assert record_of(plugins, "good").distribution == "cocapi-ark"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Plugins(ApiConfig(only_plugins=("good",), plugins={"good": lambda _: named("good")}))


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


def test_a_factory_may_say_why_its_plugin_is_off() -> None:
    """In its own sentence, raised or returned."""

    class Raising:
        def __init__(self, config: ApiConfig) -> None:
            raise Off("it keeps nothing until it has a path")

    for factory in (Raising, lambda _: Off("it keeps nothing until it has a path")):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            plugins = Plugins(ApiConfig(only_plugins=("idle",), plugins={"idle": factory}))
        assert plugins.absence("idle") == "plugin 'idle' is off: it keeps nothing until it has a path"


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


def given_by_a_property() -> object:
    class Wrong:
        @property
        def cocapi_request(self) -> Any:
            return hookimpl(lambda request: None)

    return Wrong()


def unmarked() -> object:
    class Wrong:
        def cocapi_request(self) -> None: ...

    return Wrong()


def unrelated() -> object:
    class Wrong:
        @hookimpl
        def request(self) -> None: ...

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
        (given_by_a_property, "cocapi_request is a property; a hook is a method"),
        (unmarked, "cocapi_request lacks the mark @hookimpl"),
        (yielding_observer, "cocapi_finished observes; a flow would never be run"),
        (unknown_argument, "reqest"),
        (
            unrelated,
            "request is marked @hookimpl, and no hook is named so; did you mean cocapi_request?",
        ),
    ],
)
def test_silent_mistakes_of_plugin_authors_are_errors(make: Any, sentence: str) -> None:
    """Always, strict or not; the sentence names the plugin."""
    with pytest.raises(PluginError) as refused:
        Plugins(ApiConfig(only_plugins=("wrong",), plugins={"wrong": lambda _: make()}))
    assert "plugin 'wrong'" in str(refused.value)
    assert sentence in str(refused.value)


def test_a_hook_that_its_class_was_given_later_is_asked_by_the_next_client() -> None:
    """What a class has is not remembered from one client to the next."""
    plugin = named("mine")
    settings: dict[str, Any] = {
        "only_plugins": ("script", "mine"),
        "plugins": {"mine": lambda _: type(plugin)()},
    }
    ASKED.clear()
    with Script().client(**settings) as api:
        later = hookimpl(lambda self: ASKED.append("later"))
        type(plugin).cocapi_finished = later  # type: ignore[attr-defined]  # it has none
        api.clan_tag("#2PP")
        assert ASKED == ["mine"]
    with Script().client(**settings) as api:
        api.clan_tag("#2PP")
    assert ASKED == ["mine", "mine", "later"]


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
    with pytest.raises(ValueError, match=r"^the name 'same' is taken by plugin 'same'$"):
        plugins.register(named("b"), "same")
    with pytest.raises(ValueError, match=r"^it is the very object that is registered as 'same'$"):
        plugins.register(plugins["same"], "other")
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

    monkeypatch.setattr(discovery, "scan", lambda: ())
    monkeypatch.setattr(discovery, "distribution", found)
    monkeypatch.setattr(discovery, "unregistered", discovery.unregistered.__wrapped__)


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
    plugins = Plugins(ApiConfig(only_plugins=("good",), plugins={"good": lambda _: named("good")}))
    assert list(plugins) == ["good"]
