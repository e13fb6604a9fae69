"""Options are declared as fields of a class; reading, checking, masking and describing follow from that."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from enum import Enum
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal

import annotated_types
import pydantic
import pytest
from pydantic import BaseModel, Field, SecretStr

from cocapi import ApiConfig, CocApi, ConfigError, PluginError, Request, Response, Secret, hookimpl
from cocapi.options import Allowed, Count, NoOptions, Range, Seconds, table
from cocapi.options.reading import read
from cocapi.plugins import Plugins
from cocapi.testing import Script, json_response


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True)
class Everything:
    """Options of every kind.

    Attributes:
        flag: Whether it is.
        count, patience: How many, and
            how long.
        password (secret): Never shown.
    """

    password: Annotated[str, Secret]
    flag: bool = False
    count: Count = 1
    patience: Seconds | None = 5
    part: Annotated[float, annotated_types.Interval(ge=0, lt=1)] = 0.5
    name: str = "x"
    path: Path | None = None
    mode: Literal["fast", "safe", 3] = "fast"
    colour: Colour = Colour.RED
    hosts: tuple[str, ...] = ()
    numbers: list[int] = field(default_factory=list)
    table: dict[str, float] = field(default_factory=dict)
    day: date = date(2026, 1, 1)
    code: Annotated[str, Allowed("a code of two letters", lambda code: len(code) == 2)] = "en"
    call: Callable[[], int] | None = None


GOOD: list[tuple[str, Any, Any, str | None]] = [
    ("flag", True, True, "yes"),
    ("count", 3, 3, "3"),
    ("patience", 2.5, 2.5, "2.5"),
    ("patience", None, None, "none"),
    ("part", 0, 0, "0"),
    ("name", "5", "5", "5"),
    ("path", "/srv/x", Path("/srv/x"), "/srv/x"),
    ("path", "~/x", Path("~/x").expanduser(), "~/x"),
    ("mode", "safe", "safe", "safe"),
    ("mode", 3, 3, "3"),
    ("colour", "blue", Colour.BLUE, "blue"),
    ("colour", Colour.BLUE, Colour.BLUE, None),
    ("hosts", ["a", "b"], ("a", "b"), "a, b,"),
    ("numbers", (1, 2), [1, 2], "1,2"),
    ("table", {"a": 1}, {"a": 1}, None),
    ("day", date(2026, 2, 1), date(2026, 2, 1), None),
    ("code", "de", "de", "de"),
]


@pytest.mark.parametrize(("name", "given", "value", "text"), GOOD)
def test_a_value_is_read_from_code_and_from_a_variable(name: str, given: Any, value: Any, text: str) -> None:
    """As the annotation has it."""
    assert getattr(read(Everything, "x-y", {"password": "p", name: given}, {}), name) == value
    if text is not None:
        variables = {f"COCAPI_X_Y_{name.upper()}": text, "COCAPI_X_Y_PASSWORD": "p"}
        assert getattr(read(Everything, "x-y", {}, variables), name) == value


WRONG: list[tuple[str, Any, str]] = [
    ("flag", 1, "True or False"),
    ("count", 0, "a whole number, 1 or more and 10**12 at most"),
    ("count", True, "a whole number, 1 or more and 10**12 at most"),
    ("patience", -1, "a number of seconds, 0 or more and 1000000 at most, or None"),
    ("patience", float("nan"), "a number of seconds, 0 or more and 1000000 at most, or None"),
    ("part", 1, "a number, 0 or more and below 1"),
    ("name", 5, "a text"),
    ("path", "", "a path, or None"),
    ("mode", "slow", 'one of "fast", "safe", 3'),
    ("mode", True, 'one of "fast", "safe", 3'),
    ("colour", "green", 'one of "red", "blue"'),
    ("hosts", "a", "a list, each item a text"),
    ("numbers", ["a"], "a list, each item a whole number"),
    ("table", {"a": "b"}, "a table, each value a number"),
    ("day", "2026-02-01", "a date"),
    ("code", "deu", "a code of two letters"),
    ("call", 3, "a function, or None"),
]


@pytest.mark.parametrize(("name", "value", "allowed"), WRONG)
def test_a_value_that_does_not_fit_is_refused_in_one_sentence(name: str, value: Any, allowed: str) -> None:
    """Plugin, option, value, and what is allowed."""
    with pytest.raises(ConfigError) as refused:
        read(Everything, "x", {"password": "p", name: value}, {})
    assert str(refused.value) == f"plugins['x'][{name!r}] is {value!r}: it must be {allowed}"


def test_what_is_missing_or_unknown_is_named() -> None:
    """With the nearest name there is."""
    with pytest.raises(ConfigError, match=r"^plugins\['x'\]\['password'\] is missing: it must be a text$"):
        read(Everything, "x", {}, {})
    with pytest.raises(ConfigError, match=r"plugins\['x'\] has no option 'cuont'; did you mean 'count'\?"):
        read(Everything, "x", {"cuont": 3}, {})
    with pytest.raises(ConfigError, match=r"plugins\['x'\] has no option 'y'; it takes none"):
        read(NoOptions, "x", {"y": 3}, {})


def test_a_wrong_variable_is_named_and_a_misspelt_one_is_warned_of() -> None:
    with pytest.raises(ConfigError, match=r"^COCAPI_X_COUNT: plugins\['x'\]\['count'\] is 'three': it must"):
        read(Everything, "x", {"password": "p"}, {"COCAPI_X_COUNT": "three"})
    with pytest.warns(UserWarning, match="COCAPI_X_CUONT is no setting; did you mean COCAPI_X_COUNT?"):
        read(Everything, "x", {"password": "p"}, {"COCAPI_X_CUONT": "3", "COCAPI_XY": "", "PATH": ""})


class Model(BaseModel):
    """The same as a pydantic model."""

    password: SecretStr
    token: Annotated[str, Secret] = "none"
    count: int = Field(1, ge=1, description="How many.")


def test_a_pydantic_model_declares_options_too() -> None:
    """It reads and checks them itself, and the sentence has its words; unknown names are refused by ours."""
    options = read(Model, "x", {"password": "p"}, {"COCAPI_X_COUNT": "3"})
    assert (options.count, options.password.get_secret_value()) == (3, "p")
    with pytest.raises(ConfigError, match=r"^plugins\['x'\]\['count'\] is 0: Input should be greater than"):
        read(Model, "x", {"password": "p", "count": 0}, {})
    with pytest.raises(ConfigError, match=r"^plugins\['x'\]\['password'\] is missing: Field required"):
        read(Model, "x", {}, {})
    with pytest.raises(ConfigError, match="did you mean 'count'"):
        read(Model, "x", {"cont": 0}, {})
    assert "| `count` | `1` | a whole number, 1 or more | How many. |" in table(Model, "x")
    assert "| `token` | `'***'` |" in table(Model, "x")


def test_the_table_has_the_words_of_the_docstring() -> None:
    lines = table(Everything, "x").splitlines()
    assert lines[0] == "| option | default | allowed |  |"
    assert lines[2] == "| `password` |  | a text | Never shown. |"
    assert (
        lines[4]
        == "| `count` | `1` | a whole number, 1 or more and 10**12 at most | How many, and how long. |"
    )


def test_what_the_class_itself_refuses_is_told_as_a_wrong_setting() -> None:
    """Its own __post_init__ may know better; a secret in its words is taken out."""

    @dataclass
    class Pair:
        low: int = 1
        high: int = 2
        password: Annotated[str, Secret] = ""

        def __post_init__(self) -> None:
            if self.low > self.high:
                raise ValueError(f"low is above high, {self.password}")

    with pytest.raises(ConfigError, match=r"^plugins\['x'\]: low is above high, \*\*\*$"):
        read(Pair, "x", {"low": 3, "password": "hunter2"}, {})


# Plugins that declare options


@dataclass(frozen=True)
class VaultOptions:
    """How the vault is reached."""

    password: Annotated[str, Secret]
    where: str = "here"


class Vault:
    def __init__(self, config: ApiConfig, options: VaultOptions) -> None:
        self.options = options

    @hookimpl
    def cocapi_request(self, request: Request) -> None:
        if request.options.get("vault") == "fail":
            raise RuntimeError(f"{self.options.password} was wrong")


SECRET = "hunter2hunter2"


def config_of(**settings: Any) -> ApiConfig:
    """A configuration for the plugin, and for no other but the sandbox."""
    plugins = {"vault": Vault}
    return ApiConfig(
        base_url="sandbox://",
        only_plugins=("vault", "sandbox"),
        plugins=plugins,
        environment={"COCAPI_VAULT_PASSWORD": SECRET, "COCAPI_VAULT_WHERE": "there"},
        **settings,
    )


def test_a_factory_that_takes_options_is_given_them() -> None:
    """By the name of the parameter, as hooks are given what they take."""
    plugins = Plugins(config_of())
    assert plugins[Vault].options == VaultOptions(SECRET, "there")
    assert plugins["vault"] is plugins[Vault]

    def only_options(options: "VaultOptions | None" = None) -> Vault:
        assert options is not None
        return Vault(ApiConfig(), options)

    for factory in (only_options, partial(Vault), lambda config: Vault(config, VaultOptions("y"))):
        config = replace(config_of(), plugins={"vault": factory})
        assert isinstance(Plugins(config)["vault"], Vault)


def test_options_that_a_partial_gives_are_those_of_the_plugin() -> None:
    """They are not replaced by what variables and defaults say; and their secrets are known."""
    options = VaultOptions(SECRET)
    factory = partial(Vault, options=options)
    config = replace(config_of(), plugins={"vault": factory}, environment={"COCAPI_VAULT_WHERE": "here"})
    plugins = Plugins(config)
    record = next(record for record in plugins.records if record.name == "vault")
    assert plugins[Vault].options is record.options is options
    assert record.secrets == (SECRET,)


def test_a_plugin_in_code_has_its_options_in_a_file(tmp_path: Path) -> None:
    """Or from `with_plugin`, which wins. ``True`` in code keeps what the file says, too."""
    file = tmp_path / "cocapi.toml"
    file.write_text(f'[plugins.vault]\npassword = "{SECRET}"\nwhere = "there"\n')
    config = ApiConfig.load(file, plugins={"vault": Vault})
    assert Plugins(config)[Vault].options == VaultOptions(SECRET, "there")
    config = config.with_plugin("vault", where="here").with_plugin("vault")
    assert Plugins(config)[Vault].options == VaultOptions(SECRET, "here")
    assert SECRET not in repr(config)
    assert "<Vault>" in repr(config)
    assert ApiConfig.load(file, plugins={"vault": True}).options("vault")["where"] == "there"


def shown_by(config: ApiConfig, caplog: pytest.LogCaptureFixture) -> Iterator[str]:
    """All that shows something of a configuration, a client, and what its plugins do."""
    yield repr(config)
    yield repr(config.plugins)
    yield str(vars(config).get("plugins"))
    with caplog.at_level(logging.DEBUG), CocApi("token", config=config) as api:
        yield repr(api.config)
        yield repr(api.plugins["vault"].options)
        yield repr(api.plugins.records)
        yield str(api.with_options(vault="fail").clan_tag("#2PP"))
    yield caplog.text
    with pytest.raises(ConfigError) as refused:
        replace(config, plugins={"vault": Vault}, environment={"COCAPI_VAULT_PASSWORD": ""}).options_for(
            "vault", VaultOptions
        )
    yield str(refused.value)


def test_a_secret_is_shown_nowhere(caplog: pytest.LogCaptureFixture) -> None:
    """However it was given; and it is what it was to the plugin."""
    texts = list(shown_by(config_of(), caplog))
    assert "plugin 'vault' failed in cocapi_request: RuntimeError: *** was wrong" in "".join(texts)
    assert [text for text in texts if SECRET in text] == []
    options = Plugins(config_of())[Vault].options
    assert f"{options.password}" == SECRET
    assert repr(options) == "VaultOptions(password='***', where='there')"


@pytest.mark.parametrize("kind", [list[str], tuple[str, ...], set[str], frozenset[str], dict[str, str]])
def test_the_texts_of_a_secret_list_are_secret(kind: Any) -> None:
    """Each of them, in a dataclass as in a model, and in what the class says of them."""
    given = {"a": SECRET} if kind == dict[str, str] else [SECRET]

    @dataclass
    class Several:
        texts: Annotated[kind, Secret]
        refused: bool = False

        def __post_init__(self) -> None:
            if self.refused:
                raise ValueError(f"never {self.texts!r}, nor {[*map(str, self.texts)]}, nor {SECRET}")

    class SeveralModel(BaseModel):
        texts: Annotated[kind, Secret]

    for options in (Several, SeveralModel):
        read_options = read(options, "x", {"texts": given}, {})
        assert "***" in repr(read_options)
        assert SECRET not in repr(read_options)
    with pytest.raises(ConfigError) as refused:
        read(Several, "x", {"texts": given, "refused": True}, {})
    assert SECRET not in str(refused.value)


def test_a_secret_that_a_server_echoes_is_hidden() -> None:
    """In its answers and in errors, as a token is."""
    script = Script(
        json_response({"echo": SECRET}), Response(400, {}, b'{"message": "no %s"}' % SECRET.encode())
    )
    settings = {"only_plugins": ("script", "vault"), "plugins": {"vault": Vault}}
    with script.client(environment={"COCAPI_VAULT_PASSWORD": SECRET}, **settings) as api:
        assert api.clan_tag("#2PP") == {"echo": "***"}
        assert SECRET not in str(api.clan_tag("#2PP"))


def test_texts_among_options_are_masked_before_anybody_knows_what_they_are() -> None:
    """A plugin that is not loaded yet cannot say which are secret."""
    config = ApiConfig(plugins={"vault": {"password": SECRET, "more": [SECRET], "port": 3}, "x": True})
    assert repr(config) == (
        "ApiConfig(plugins={'vault': {'password': '***', 'more': ['***'], 'port': 3}, 'x': True})"
    )
    assert config.options("vault") == {"password": SECRET, "more": [SECRET], "port": 3}
    partial_repr = repr(ApiConfig(plugins={"vault": partial(Vault, options=VaultOptions(SECRET))}))
    assert partial_repr == "ApiConfig(plugins={'vault': <partial>})"


def test_what_is_no_setting_of_a_plugin_is_refused_without_showing_those_of_others(tmp_path: Path) -> None:
    """By its name, in code and in a file."""
    words = r"ApiConfig.plugins\['cache'\] is 'yes': it must be True, False, a dict of options or a factory$"
    with pytest.raises(ConfigError, match=f"^{words}"):
        ApiConfig(plugins={"vault": {"password": SECRET}, "cache": "yes"})
    path = tmp_path / "cocapi.toml"
    path.write_text(f"[plugins]\ncache = 'yes'\nvault = {{password = '{SECRET}'}}\n")
    with pytest.raises(ConfigError, match=words) as refused:
        ApiConfig.load(path)
    assert str(path) in str(refused.value)
    assert SECRET not in str(refused.value)


def test_options_of_with_plugin_win_over_variables() -> None:
    """Those that it does not name are still read from them."""
    environment = {"COCAPI_VAULT_PASSWORD": "another", "COCAPI_VAULT_WHERE": "there"}
    config = ApiConfig(environment=environment).with_plugin("vault", password=SECRET)
    options = config.options_for("vault", VaultOptions)
    assert (options.password, options.where) == (SECRET, "there")


def test_a_wrong_secret_is_refused_without_being_shown() -> None:
    with pytest.raises(ConfigError, match=r"\['password'\] is '\*\*\*': it must be a text$"):
        read(VaultOptions, "vault", {"password": 12345678}, {})


@dataclass
class NoText:
    secret: Annotated[int, Secret] = 3


class NoTextPlugin:
    def __init__(self, config: ApiConfig, options: NoText) -> None: ...


def test_broken_declarations_are_told_by_plugin() -> None:
    with pytest.raises(
        PluginError, match="'x' cannot be used: its options cannot be read: the option secret is"
    ):
        Plugins(ApiConfig(only_plugins=("x",), plugins={"x": NoTextPlugin}))


# Where options come from


def test_file_then_environment_then_arguments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Option by option."""
    monkeypatch.chdir(tmp_path)
    Path("cocapi.toml").write_text(
        "[plugins.retry]\nbudget = 1\njitter = 0\nmax_delay = 1\nmax_attempts = 9\n"
    )
    monkeypatch.setenv("COCAPI_RETRY_BUDGET", "2")
    monkeypatch.setenv("COCAPI_RETRY_MAX_DELAY", "2")
    config = ApiConfig.load(plugins={"retry": {"max_delay": 3}})
    options = Plugins(config)["retry"].options
    assert (options.jitter, options.budget, options.max_delay) == (0, 2, 3)
    assert (options.max_attempts, config.max_retries) == (9, 9)


@pytest.mark.parametrize(
    ("file", "variables", "arguments", "attempts"),
    [
        ("max_retries = 2", {}, {}, 2),
        ("[plugins.retry]\nmax_attempts = 2", {}, {}, 2),
        ("[plugins.retry]\nmax_attempts = 2", {"MAX_RETRIES": "4"}, {}, 4),
        ("max_retries = 2", {"RETRY_MAX_ATTEMPTS": "4"}, {}, 4),
        ("[plugins.retry]\nmax_attempts = 2", {"MAX_RETRIES": "4"}, {"max_retries": 5}, 5),
        ("max_retries = 2", {"MAX_RETRIES": "4"}, {"plugins": {"retry": {"max_attempts": 5}}}, 5),
        ("max_retries = 2", {"RETRY_MAX_ATTEMPTS": "4"}, {"max_retries": 3}, 3),
    ],
)
def test_an_option_and_the_field_that_stands_for_it_are_one_setting(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    file: str,
    variables: dict[str, str],
    arguments: dict[str, Any],
    attempts: int,
) -> None:
    """Whichever name each source uses, the later one wins."""
    monkeypatch.chdir(tmp_path)
    Path("cocapi.toml").write_text(file)
    for name, text in variables.items():
        monkeypatch.setenv(f"COCAPI_{name}", text)
    config = ApiConfig.load(**arguments)
    assert (config.max_retries, Plugins(config)["retry"].options.max_attempts) == (attempts, attempts)
    assert Plugins(replace(config, max_retries=7))["retry"].options.max_attempts == 7


def test_a_wrong_option_of_a_file_is_told_with_the_file(tmp_path: Path) -> None:
    (tmp_path / "x.toml").write_text("[plugins.cache]\nttl = 'sever'")
    with pytest.raises(
        ConfigError, match=r"x\.toml: plugins\['cache'\]\['ttl'\] is 'sever': it must be a number"
    ):
        ApiConfig.load(tmp_path / "x.toml")


def test_a_variable_of_an_option_does_not_switch_its_plugin_on() -> None:
    """Else a machine's environment would."""
    config = ApiConfig(environment={"COCAPI_METRICS_HTTP_CLIENT": "off"})
    assert "metrics" not in Plugins(config)
    assert Plugins(replace(config, enable_metrics=True))["metrics"].http_client is False


def test_another_plugin_of_the_name_is_told_what_it_declares() -> None:
    """What only the plugin that had the name knows is no wrong option of this one."""

    @dataclass
    class Mine:
        ttl: Seconds = 7

    class MyCache:
        def __init__(self, config: ApiConfig, options: Mine) -> None:
            self.options = options

        @hookimpl
        def cocapi_finished(self) -> None: ...

    def told(**settings: Any) -> float:
        config = ApiConfig(only_plugins=("cache",), plugins={"cache": MyCache}, **settings)
        return Plugins(config)[MyCache].options.ttl

    assert (told(), told(cache_ttl=9, cache_max_entries=3)) == (7, 9)


def test_ranges_of_pydantic_and_of_ours_read_alike() -> None:
    class Bounds(pydantic.BaseModel):
        low: int = Field(1, gt=0, le=10**12)

    @dataclass
    class Same:
        low: Annotated[int, Range(gt=0, le=10**12)] = 1

    assert table(Bounds, "x") == table(Same, "x")
