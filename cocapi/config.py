"""ApiConfig: every setting of a client, checked when it is made.

Defaults < file < environment < arguments. Plain ``ApiConfig(...)`` takes arguments alone;
`ApiConfig.load()` reads the other two first.
"""

from __future__ import annotations

import difflib
import os
import re
import tomllib
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, Self, TypeAlias

from cocapi.addresses import NO_WITNESS, refuse_untrusted, whole_address
from cocapi.errors import ConfigError
from cocapi.interrupts import reraise
from cocapi.text import bare, cited, printable

__all__ = ["OFFICIAL_URL", "ApiConfig"]

OFFICIAL_URL = "https://api.clashofclans.com/v1"

SWITCHES = {
    "cache": "enable_caching",
    "metrics": "enable_metrics",
    "ratelimit": "enable_rate_limiting",
    "tracing": "enable_tracing",
}
"""The documented switch of a plugin, by the plugin's name."""

PluginSetting: TypeAlias = "bool | Mapping[str, Any] | Callable[[ApiConfig], object | None]"
"""What `ApiConfig.plugins` may say of a plugin."""


@dataclass
class ApiConfig:
    """The settings of one client.

    base_url:
        Where the API is: scheme, host, port if need be, and the beginning of the path; no user name, query
        or fragment. ``sandbox://`` is the local one that needs no token.
    timeout:
        Seconds that one attempt may take as a whole, connecting included.
    max_retries:
        Attempts a call may take in all, the first included.
    retry_delay:
        Seconds before the second attempt; doubled for each further one.
    cache_ttl:
        Seconds that an answer is kept, or ``"server"`` to obey its Cache-Control.
    cache_max_entries:
        Answers kept at once; the least recently used goes first.
    cache_stale_if_error:
        Seconds past its time that an answer may still be used while the API fails or is in
        maintenance (RFC 5861 section 4). 0: never.
    requests_per_second, burst_limit:
        The client sends at most ``burst_limit + requests_per_second * t`` requests in any t seconds.
    metrics_window_size:
        Calls that `get_metrics()` looks back on.
    enable_keepalive, max_connections, max_keepalive_connections:
        The connection pool: whether connections are kept, how many there are, how many may idle.
    max_attempts:
        Attempts that a call may take whatever plugins answer: a ceiling for one that wants another for ever.
        `max_retries` is what the plugin retry goes by.
    max_effects:
        Effects (sends, sleeps, I/O) that one flow of a plugin may ask for: a ceiling for one that never ends.
    max_response_bytes:
        A longer body is an error of type ``too_large`` instead of an answer.
    transport:
        The plugin that sends: ``"httpx"``, ``"pyreqwest"``, ``"requests"`` or another's name.
        None: httpx, which is always there.
    store:
        Where plugins keep what must last: ``"memory"``, for as long as the client does, or the address of a
        store that a plugin of that scheme offers, ``"name://…"``.
    store_timeout:
        Seconds that a plugin waits for the store, until it goes on without.
    plugins:
        By plugin name: True, False, a dict of options (which also means on), or a factory: a class or
        function that takes the config and returns a plugin of your own.
    only_plugins:
        When given, no other plugin is loaded (`COCAPI_PLUGINS` sets it). Name a transport too.
    strict_plugins:
        A plugin that does not load is an error instead of a warning.
    raise_errors:
        A failed call raises (`cocapi.errors`) instead of returning an error dict.
    verify_token:
        Check the token with one small request when the client is made or entered.
    user_agent:
        The User-Agent field; None leaves the transport's own.
    enable_request_id:
        Send an X-Request-ID that names the call.
    use_pydantic_models, strict_models:
        Answer with models (extra ``pydantic``); refuse an answer in which a value has a wrong type,
        instead of keeping the value as it came.
    trust_base_url:
        For `load()`: an address that tokens may be sent to although `base_url` stands in a file or in the
        environment. What counts is its origin: scheme, host, port. It cannot stand in a file itself.
    key_name, key_count, key_description, auto_refresh_keys, persist_keys, key_storage_path:
        For keys made with developer portal credentials, as in 4.0.

    Raises:
        ConfigError: for an unknown name or a value that makes no sense, naming field, value and what
            is allowed.
    """

    base_url: str = OFFICIAL_URL
    timeout: float = 20
    max_retries: int = 3
    retry_delay: float = 1.0
    cache_ttl: float | Literal["server"] = 300
    enable_caching: bool = True
    enable_rate_limiting: bool = True
    use_pydantic_models: bool = False
    requests_per_second: float = 10.0
    burst_limit: int = 20
    enable_metrics: bool = False
    metrics_window_size: int = 1000
    enable_keepalive: bool = True
    max_connections: int = 10
    max_keepalive_connections: int = 5
    key_name: str = "cocapi_auto"
    key_count: int = 1
    key_description: str = "Auto-generated by cocapi KeyManager"
    auto_refresh_keys: bool = True
    persist_keys: bool = False
    key_storage_path: str | None = None
    plugins: Mapping[str, PluginSetting] = field(default_factory=dict)
    only_plugins: tuple[str, ...] | None = None
    transport: str | None = None
    store: str = "memory"
    store_timeout: float = 1.0
    strict_plugins: bool = False
    raise_errors: bool = False
    verify_token: bool = True
    enable_tracing: bool = False
    cache_max_entries: int = 1000
    cache_stale_if_error: float = 0
    max_response_bytes: int = 32 * 1024 * 1024
    user_agent: str | None = None
    enable_request_id: bool = False
    strict_models: bool = False
    max_attempts: int = 100
    max_effects: int = 100_000
    trust_base_url: str | None = None

    def __new__(cls, *args: Any, **values: Any) -> Self:
        """Refuse unknown settings by name, before the generated `__init__` does."""
        refuse_unknown(values, "ApiConfig")
        return super().__new__(cls)

    def __post_init__(self) -> None:
        if isinstance(self.base_url, str):
            self.base_url = whole_address(self.base_url)
        for entry in fields(self):
            refuse_unfit(entry.name, getattr(self, entry.name))

    def options(self, plugin: str) -> Mapping[str, Any]:
        """The options that `plugins` has for a plugin; empty when it has none."""
        options = self.plugins.get(plugin)
        return options if isinstance(options, Mapping) else {}

    @classmethod
    def load(cls, path: str | Path | None = None, **arguments: Any) -> Self:
        """Read the settings: defaults < file < environment < `arguments`.

        path:
            A TOML file. None: ``cocapi.toml`` in the working directory, else the table
            ``[tool.cocapi]`` of ``pyproject.toml`` there, else no file.

        Each field is read from ``COCAPI_`` and its name in capitals (``COCAPI_CACHE_TTL=60``);
        ``COCAPI_PLUGINS=cache,retry`` is `only_plugins`. An empty variable is none. White space and quotes
        around a value, a byte order mark and a carriage return are no part of it. ``1``, ``true``, ``t``,
        ``yes``, ``y`` and ``on`` are True, ``0``, ``false``, ``f``, ``no``, ``n`` and ``off`` False, in any
        case. ``COCAPI_TOKEN`` is no setting and is left alone. A variable whose name is nearly that of one is
        warned of.

        Raises:
            ConfigError: for a file that is missing or unreadable, an unknown name, a wrong value, naming the
                file or variable it stands in. A ``pyproject.toml`` that is found and not named may be broken
                as long as it says nothing of ``tool.cocapi``. For a `base_url` that stands in a file or in
                the environment, and that nobody vouches for: see `trust_base_url`.
        """
        refuse_unknown(arguments, "ApiConfig")
        place, settings = from_file(path)
        variables = from_environment(os.environ)
        for name, value in settings.items():
            if name not in variables and name not in arguments:
                refuse_read(name, value, f"{place}: ")
        for name, value in variables.items():
            if name not in arguments:
                refuse_read(name, value, f"{variable(name)}: ")
        config = cls(**{**settings, **variables, **arguments})
        if "trust_base_url" in settings:
            raise ConfigError(f"{place}: {NO_WITNESS}")
        if "base_url" in {**settings, **variables} and "base_url" not in arguments:
            wording = variable("base_url") if "base_url" in variables else f"{place}: base_url"
            refuse_untrusted(config.base_url, wording, (OFFICIAL_URL, config.trust_base_url))
        return config


def text(value: object) -> bool:
    return isinstance(value, str)


def flag(value: object) -> bool:
    return isinstance(value, bool)


LONGEST_WAIT = 1_000_000
"""Seconds, eleven days: within what sockets, locks and event loops can wait for (2**31 milliseconds)."""

LONGEST_TIME = 1_000_000_000
"""Seconds, thirty years: for ever, for an answer that is kept."""

SLOWEST, FASTEST = 1e-6, 1e9
"""Requests a second; the slowest is one in `LONGEST_WAIT`."""

MOST = 10**12
"""Of whatever is counted; what counts, counts in a machine's own numbers."""


def number(value: object, least: float, most: float) -> bool:
    """A number from `least` to `most`; a bool is none, and neither is what is not a number by name."""
    return isinstance(value, int | float) and not isinstance(value, bool) and least <= value <= most


def wait(value: object) -> bool:
    return number(value, 0, LONGEST_WAIT)


def seconds(value: object) -> bool:
    return number(value, 0, LONGEST_TIME)


def rate(value: object) -> bool:
    return number(value, SLOWEST, FASTEST)


def count(value: object, least: int = 1) -> bool:
    return isinstance(value, int) and number(value, least, MOST)


def optional(fits: Callable[[object], bool]) -> Callable[[object], bool]:
    return lambda value: value is None or fits(value)


def header_text(value: object) -> bool:
    return isinstance(value, str) and value.isascii() and value.isprintable() and value != ""


def names(value: object) -> bool:
    return isinstance(value, tuple | list) and all(isinstance(name, str) for name in value)


def switches(value: object) -> bool:
    return isinstance(value, Mapping) and all(
        isinstance(name, str) and (isinstance(setting, bool | Mapping) or callable(setting))
        for name, setting in value.items()
    )


ALLOWED: dict[str, tuple[str, Callable[[object], bool]]] = {
    "base_url": ("an address that begins with https://, http:// or sandbox://", text),
    "timeout": ("a number of seconds above 0, 1000000 at most", lambda v: wait(v) and v != 0),
    "max_retries": ("a whole number of attempts, 1 or more and 10**12 at most", count),
    "retry_delay": ("a number of seconds, 0 or more and 1000000 at most", wait),
    "cache_ttl": (
        'a number of seconds, 0 or more and 1000000000 at most, or "server"',
        lambda v: (isinstance(v, str) and v == "server") or seconds(v),
    ),
    "requests_per_second": ("a number above 0, from 0.000001 to 1000000000", rate),
    "burst_limit": ("a whole number, 1 or more and 10**12 at most", count),
    "metrics_window_size": ("a whole number of calls, 1 or more and 10**12 at most", count),
    "max_connections": ("a whole number, 1 or more and 10**12 at most", count),
    "max_keepalive_connections": (
        "a whole number, 0 or more and 10**12 at most",
        lambda v: count(v, least=0),
    ),
    "key_name": ("a text", text),
    "key_count": (
        "a whole number from 1 to 10",
        lambda v: count(v) and number(v, 1, 10),
    ),
    "key_description": ("a text", text),
    "key_storage_path": ("a path, or None", optional(text)),
    "plugins": ("a dict by plugin name of True, False, a dict of options or a factory", switches),
    "only_plugins": ("a list of plugin names, or None", optional(names)),
    "transport": ("the name of a plugin that offers a transport, or None", optional(text)),
    "store": ('"memory", or the address of a store that a plugin offers', lambda v: text(v) and v != ""),
    "store_timeout": (
        "a number of seconds above 0, 1000000 at most",
        lambda v: wait(v) and v != 0,
    ),
    "cache_max_entries": ("a whole number, 1 or more and 10**12 at most", count),
    "cache_stale_if_error": ("a number of seconds, 0 or more and 1000000000 at most", seconds),
    "trust_base_url": ("an address that begins with https:// or http://, or None", optional(text)),
    "max_response_bytes": ("a whole number of bytes, 1 or more and 10**12 at most", count),
    "max_attempts": ("a whole number of attempts, 1 or more and 10**12 at most", count),
    "max_effects": ("a whole number, 1 or more and 10**12 at most", count),
    "user_agent": ("a text of printable ASCII characters, or None", optional(header_text)),
}
"""By field: what is allowed, in words and as a test. Fields that are not here are True or False."""


def refuse_unknown(values: Mapping[str, Any], place: str) -> None:
    known = [entry.name for entry in fields(ApiConfig)]
    for name in values:
        if name not in known:
            raise ConfigError(f"{place} has no setting {cited(name)}{did_you_mean(name, known)}")


def refuse_unfit(name: str, value: object, place: str = "") -> None:
    """Refuse a value that makes no sense.

    place:
        Where it stands, as the sentence begins: ``"COCAPI_TIMEOUT: "``; ``""``: in code.

    Raises:
        ConfigError: naming place, field, value and what is allowed.
    """
    allowed, fits = ALLOWED.get(name, ("True or False", flag))
    if not fits(value):
        raise ConfigError(f"{place}ApiConfig.{name} is {cited(value)}: it must be {allowed}")


def refuse_read(name: str, value: object, place: str) -> None:
    """Refuse a value of a file or variable that makes no sense; of an address, also for its parts.

    Raises:
        ConfigError: naming place, field, value and what is allowed.
    """
    refuse_unfit(name, value, place)
    if name == "base_url":
        whole_address(str(value), f"{place}ApiConfig.base_url")


def did_you_mean(name: str, known: list[str]) -> str:
    """``"; did you mean 'x'?"`` for the nearest known name, or the names there are."""
    near = difflib.get_close_matches(name, known, 1)
    return f"; did you mean {near[0]!r}?" if near else f"; there are {', '.join(sorted(known))}"


def from_file(path: str | Path | None) -> tuple[str, dict[str, Any]]:
    """Where the settings stand, and these: of the named file, or of the first usual one that has some."""
    if path is not None:
        return settings_of(Path(path), document_of(Path(path)))
    for candidate in (Path("cocapi.toml"), Path("pyproject.toml")):
        if os.path.isfile(candidate):  # noqa: PTH113  # False, too, where nobody may look
            try:
                found = settings_of(candidate, document_of(candidate))
            except Unread:
                if somebody_elses(candidate):
                    continue
                raise
            if found[1]:
                return found
    return "", {}


class Unread(ConfigError):
    """A file that is no TOML, or cannot be opened."""


def somebody_elses(path: Path) -> bool:
    """Whether a file that cannot be read is none of ours: a pyproject.toml without a word of tool.cocapi."""
    try:
        return path.name == "pyproject.toml" and not OURS.search(path.read_bytes())
    except OSError as error:
        reraise(error)
        return True


OURS = re.compile(rb"^\s*\[\[?[^#\n]*tool[^#\n]*cocapi|^\s*cocapi[^#\n]*=", re.MULTILINE)
"""A line of TOML that may be a setting of ours, or begin a table of them."""


def document_of(path: Path) -> dict[str, Any]:
    """What a TOML file says.

    Raises:
        Unread: it cannot be read.
    """
    try:
        return tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:  # UnicodeDecodeError, TOMLDecodeError among them
        reraise(error)
        raise Unread(f"{shown(path)} cannot be read: {unread(error)}") from error


def settings_of(path: Path, document: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Where in a file the settings stand, in words, and these.

    Raises:
        ConfigError: there is a setting that does not exist, or something else where they should be.
    """
    if path.name != "pyproject.toml":
        refuse_unknown(document, shown(path))
        return shown(path), document
    tool = document.get("tool")
    settings = tool.get("cocapi", {}) if isinstance(tool, dict) else {}
    if not isinstance(settings, dict):
        raise ConfigError(
            f"{shown(path)}: tool.cocapi is {cited(settings)}: it must be a table, [tool.cocapi]"
        )
    refuse_unknown(settings, f"[tool.cocapi] of {shown(path)}")
    return f"[tool.cocapi] of {shown(path)}", settings


def unread(error: Exception) -> str:
    """Why a file was not read, with the way out."""
    if isinstance(error, UnicodeDecodeError):
        encoding = "UTF-16" if error.object[:2] in (b"\xff\xfe", b"\xfe\xff") else "not UTF-8"
        return f"it is {encoding}; TOML is UTF-8, save it as that"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return printable(str(error)) or type(error).__name__


def shown(path: Path) -> str:
    """A path as an error names it: on one line, of a long one the beginning."""
    return printable(str(path), 200)


def from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    """The settings among the variables that begin with ``COCAPI_``; others there are left alone."""
    settings: dict[str, Any] = {}
    for entry in fields(ApiConfig):
        said = bare(environment.get(variable(entry.name), ""))
        if said and entry.name == "only_plugins":
            settings["only_plugins"] = tuple(name.strip() for name in said.split(",") if name.strip())
        elif said and entry.name != "plugins":
            settings[entry.name] = parsed(said, str(entry.type))
    warn_of_misspelt(environment)
    return settings


def variable(name: str) -> str:
    """The environment variable of a field."""
    return {"only_plugins": "COCAPI_PLUGINS", "plugins": ""}.get(name, f"COCAPI_{name.upper()}")


def warn_of_misspelt(environment: Mapping[str, str]) -> None:
    """Warn of variables that are nearly ours; plugins and programs may have others of their own."""
    known = ["COCAPI_TOKEN", *filter(None, (variable(entry.name) for entry in fields(ApiConfig)))]
    for name in environment:
        near = difflib.get_close_matches(name, known, 1, 0.88) if name.startswith("COCAPI_") else []
        if near and name not in known:
            warnings.warn(f"{name} is no setting; did you mean {near[0]}?", UserWarning, stacklevel=4)


WORDS = {
    **dict.fromkeys(("1", "true", "t", "yes", "y", "on"), True),
    **dict.fromkeys(("0", "false", "f", "no", "n", "off"), False),
}


def parsed(said: str, kind: str) -> Any:
    """A variable's text as its field has it: a truth value or number where it is one, else as it stands."""
    if kind == "bool":
        return WORDS.get(said.lower(), said)
    if kind.startswith("str"):
        return said
    for number_of in (int, float):
        try:
            return number_of(said)
        except ValueError as error:
            reraise(error)
    return said
