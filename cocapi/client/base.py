"""What every client is, in either mode: settings, plugins, address, options; what becomes of an outcome."""

from __future__ import annotations

import weakref
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn, Self, TypeVar, cast

from cocapi.api.endpoints import Operations
from cocapi.api.methods import equip
from cocapi.api.operations import Arguments, EitherMode, EitherModeModels, Operation, World
from cocapi.calls.address import gathered
from cocapi.calls.effects import Flow
from cocapi.calls.hooks import notify
from cocapi.calls.messages import EMPTY, Json, Outcome, Request
from cocapi.calls.pipeline import life_of_a_call
from cocapi.client.background import Background
from cocapi.client.namespaces import check_names, namespace
from cocapi.client.session import Session
from cocapi.compat.methods import FlatNames
from cocapi.compat.settings import CREDENTIALS
from cocapi.config import OFFICIAL_URL, ApiConfig
from cocapi.errors import CocApiError, ConfigError, MissingExtra
from cocapi.interrupts import reraise
from cocapi.models import validate_pydantic_available
from cocapi.plugins import PluginRecord, Plugins
from cocapi.store import Store
from cocapi.streams import Streams
from cocapi.text import did_you_mean
from cocapi.transport import Mode

if TYPE_CHECKING:
    from cocapi_cache import Cache
    from cocapi_events.events import EventOperations
    from cocapi_metrics import Metrics
    from cocapi_middleware import Middleware
    from cocapi_ratelimit import RateLimit
    from cocapi_wars.composites import WarOperations
else:  # what plugins add is found by __getattr__

    class EventOperations: ...

    class WarOperations: ...


__all__ = ["AnyCocApi", "AnyCocApiModels", "Client"]

C = TypeVar("C", bound="Client")

CALL_OPTIONS = ("timeout", "total_timeout", "raise_errors")
"""What `with_options()` takes beside the names of plugins."""

FOR_PLUGINS = {"raise_errors": True, "models": False}
"""The options of the client of a plugin: whatever the user chose, its author knows what comes back."""


class Client(Operations, FlatNames, EventOperations, WarOperations):
    """What `CocApi` and `AsyncCocApi` have in common.

    A client is equal to itself alone. ``copy.copy(api)`` is a view of it, as `with_options()` gives: another
    object that shares connections, plugins and settings. ``copy.deepcopy`` of what holds a client holds the
    very same client. It cannot be pickled.
    """

    _world: ClassVar[World]
    _dicts: ClassVar[type[AnyCocApi]]
    _session: Session
    _options: Mapping[str, Any]
    _plugin: PluginRecord | None = None
    status_code: bool

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        equip(cls)

    def _set_up(
        self, token: str | None, timeout: float, status_code: bool, config: ApiConfig | None, mode: Mode
    ) -> None:
        settings = ApiConfig(timeout=timeout) if config is None else replace(config)
        vars(self).update(_session=Session(token, settings, mode), _options={})
        self.status_code = status_code
        check_names(self)

    def __setattr__(self, name: str, value: object) -> None:
        if name in ("_session", "_options"):
            raise AttributeError(f"{type(self).__name__}.{name} is the client's own; choose another name")
        super().__setattr__(name, value)

    if TYPE_CHECKING:  # what a checker knows of the plugins that come with cocapi
        cache: Cache
        metrics: Metrics
        middleware: Middleware
        ratelimit: RateLimit

    else:

        def __getattr__(self, name: str) -> Any:
            """What the plugin of this name offers (`cocapi_namespace`), or a composite that one adds."""
            if "_session" not in vars(self):
                raise AttributeError(
                    f"{type(self).__name__}.__init__ must call super().__init__(token) first"
                )
            if hasattr(type(self), name):
                # A property raised AttributeError: so it does again.
                return object.__getattribute__(self, name)
            return namespace(self, name)

    def __repr__(self) -> str:
        if "_session" not in vars(self):
            return f"<{type(self).__name__}, not set up>"
        state = ", closed" if self._session.closed else ""
        return f"<{type(self).__name__} of {self.get_base_url()}{state}>"

    @property
    def token(self) -> str | None:
        """The client's own token, sent where no plugin gives another; None: it was made without one.

        Another one may be assigned. ValueError: it cannot be sent.
        """
        return self._session.token

    @token.setter
    def token(self, token: str) -> None:
        self._session.use(token)

    @property
    def config(self) -> ApiConfig:
        """This client's own copy of the settings.

        What is assigned to a field, or to all of them at once, holds from the next call on. ConfigError: it
        makes no sense, or is settled when a client is made.
        """
        return self._session.config

    @config.setter
    def config(self, config: ApiConfig) -> None:
        self._session.adopt(config)

    @property
    def timeout(self) -> float:
        """Seconds that one attempt may take; that of `config`."""
        return self._session.config.timeout

    @timeout.setter
    def timeout(self, seconds: float) -> None:
        self._session.config.timeout = seconds

    @property
    def async_mode(self) -> bool:
        """Whether operations return awaitables.

        Assigning the other makes a `CocApi` an `AsyncCocApi`, or what was one a `CocApi` again. TypeError:
        its class is always asynchronous, or tasks use it.
        """
        return self._world.awaited

    @async_mode.setter
    def async_mode(self, asynchronous: bool) -> None:
        if asynchronous != self.async_mode:
            self._change_mode()

    def _change_mode(self) -> None:
        """Let this object be of the other mode from now on."""
        raise TypeError(f"the mode of a {type(self).__name__} is that of the client it is a view of")

    @property
    def plugins(self) -> Plugins:
        """The plugins of this client, by name."""
        return self._session.plugins

    @property
    def background(self) -> Background:
        """Begins work that goes on between calls, and ends with this client."""
        return Background(self._session.background, self._plugin, self._world.awaited)

    def open_plugins(self) -> Flow[None]:
        """Open the plugins, as the first call does, where no call has: what was given to `background` begins.

            yield from client.open_plugins()

        Raises:
            CocApiError: A plugin could not be opened.
        """
        if self._plugin is None:  # else it is part of the opening, or of a call
            yield from self._session.opening.open(self)

    def emit(self, event: object) -> None:
        """Tell every plugin (`cocapi_event`) that something happened in the game.

        Args:
            event: Any object with `type`, `tag`, `at` and `data`; see `cocapi_event`.
        """
        notify(self._session.plugins.hooks.cocapi_event, event)

    @property
    def store(self) -> Store:
        """Where plugins keep what must last; see `cocapi.Store`, whose verbs answer with flows."""
        return self._session.store

    @property
    def streams(self) -> Streams:
        """Where plugins write what groups of readers share; see `cocapi.Streams`.

        Raises:
            ConfigError: The store offers no streams.
        """
        return self._session.store.streams()

    @property
    def ENDPOINT(self) -> str:  # noqa: N802  # the name of cocapi 2 and 3
        """The base URL, by its name of cocapi 2."""
        return self.get_base_url()

    def with_options(self, **options: Any) -> Self:
        """A view of this client whose calls have options of their own; it shares everything else.

            fresh = api.with_options(cache=False).clan_tag("#2PP")

        Args:
            timeout: Seconds for one attempt.
            total_timeout: Seconds for a call as a whole.
            raise_errors: Whether a failed call raises.
            cache: False asks for a fresh answer, of every cache there is.
            **options: By a plugin's name, what it makes of it; False asks it to sit the call out (retry).

        Raises:
            ConfigError: For a name that is neither.
        """
        names = [*CALL_OPTIONS, "cache", *(record.name for record in self.plugins.records)]
        for name in options:
            if name not in names:
                raise ConfigError(f"with_options has no option {name!r}{did_you_mean(name, names)}")
        replace(self.config, **{k: v for k, v in options.items() if k in CALL_OPTIONS})
        view = self._view(type(self), options)
        for name, value in slots_of(self):
            setattr(view, name, value)
        return view

    def _view(self, kind: type[C], options: Mapping[str, Any]) -> C:
        """A client of that kind with options of its own, sharing everything else."""
        view = object.__new__(kind)
        view.__dict__.update(self.__dict__, _options={**self._options, **options})
        return view

    def _of_plugin(self, record: PluginRecord) -> AnyCocApi:
        """A client as a plugin holds it: its calls do not wait for the opening that they are part of, and it
        does not keep the session alive, which owns the plugin."""
        view = object.__new__(self._dicts)
        vars(view).update(_session=weakref.proxy(self._session), _options=FOR_PLUGINS, _plugin=record)
        view.status_code = False
        return view

    def _life(self, request: Request) -> Flow[Outcome]:
        """The life of a call, before the first of which the plugins are opened."""
        session = self._session
        if session.plugins.opened or self._plugin is not None:
            return life_of_a_call(session.plugins.hooks, request)
        return session.opening.first_call(self, request)

    def __copy__(self) -> Self:
        """A view of this client: it shares everything, and what is set on one is not set on the other."""
        return self.with_options()

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """This very client: there is no second one of its connections."""
        return self

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError(
            f"a client ({type(self).__name__}) cannot be pickled, for it holds a token and open connections; "
            "make one in each process, from the same token and settings"
        )

    # The address

    def get_base_url(self) -> str:
        """Where requests go."""
        return self.config.base_url

    def set_base_url(self, new_base_url: str, force: bool = False) -> None:
        """Send requests, and the token with them, to another address from now on.

        Raises:
            ConfigError: Without `force`, for any address but the official one; or for what is none.
        """
        address = replace(self.config, base_url=new_base_url).base_url
        if address != OFFICIAL_URL and not force:
            raise ConfigError(
                f"set_base_url({address!r}) is refused: your token would be sent there; "
                "pass force=True if you trust that address"
            )
        self._session.move(address)

    def reset_base_url(self) -> None:
        """Send requests to the official address again."""
        self._session.move(OFFICIAL_URL)

    # What operations ask for (cocapi.api.operations.Performer)

    def _request(self, operation: Operation[Any, Any, Any], arguments: Arguments[Any, Any]) -> Request:
        """The request that `arguments` mean on this client, with its address, timeout and options."""
        config = self._session.config
        options = {**self._options, **arguments.options}
        has_params = arguments.params is not None or arguments.more is not None
        if options.get("models"):
            self._require_models()
        return Request(
            operation=operation.name,
            method=operation.method,
            template=arguments.template or operation.template,
            path_params=arguments.path_params,
            params=gathered(arguments.params, arguments.more) if has_params else EMPTY,
            json=arguments.json,
            base_url=config.base_url,
            timeout=options.pop("timeout", config.timeout),
            total_timeout=options.pop("total_timeout", config.total_timeout),
            options=options,
            model=arguments.model or operation.model,
            fresh=options.get("cache") is False,
            key_id=self._session.keyring.own,
        )

    def _require_models(self) -> None:
        """Refuse to give a dict where a model was asked for."""
        if "models" in self.plugins:
            return
        if not validate_pydantic_available():
            raise MissingExtra("models", "pydantic")
        raise ConfigError(f"No models: {self.plugins.absence('models')}")

    def _answer(self, outcome: Outcome) -> Any:
        """What the caller receives: the result, an error dict, or an exception."""
        if outcome.error is not None and outcome.result is None:
            return self._fail(outcome.error)
        if self.status_code and isinstance(outcome.result, dict) and outcome.response is not None:
            outcome.result["status_code"] = outcome.response.status_code
        return outcome.result

    def _raising(self) -> Self:
        """A view of this client whose failed calls raise."""
        if self._options.get("raise_errors"):
            return self
        view = self._view(type(self), {"raise_errors": True})
        for name, value in slots_of(self):
            setattr(view, name, value)
        return view

    def _fail(self, error: CocApiError) -> Json:
        """The error dict, or the exception where the client raises."""
        reraise(error)
        if self._options.get("raise_errors", self.config.raise_errors):
            raise error
        return error.as_dict()


class AnyCocApi(Client, EitherMode):
    """A `CocApi` or an `AsyncCocApi`: for annotations of flows, which serve both.

    To a checker its operations are there to be passed to `cocapi.call`.
    """

    @classmethod
    def from_credentials(
        cls,
        email: str,
        password: str,
        timeout: float = 20,
        status_code: bool = False,
        config: ApiConfig | None = None,
    ) -> Self:
        """A client that gets its tokens from the developer portal: for this host, and again when its address
        changes (plugin ``keys``).

        Args:
            email: Of the account at https://developer.clashofclans.com.
            password: Of the account. It is sent there and shown nowhere.
            timeout: As for the client itself.
            status_code: As for the client itself.
            config: As for the client itself; `key_name` and the settings after it are about the keys.

        Raises:
            ConfigError: E-mail address or password is empty or None, and not in the environment of `config`.
            TokenUnavailable: There is no key to be had: `cocapi.InvalidCredentials` for wrong credentials,
                `cocapi.KeyLimitReached` without room for one, else `cocapi.KeyManagerError`. Where nothing is
                verified (in an event loop, with ``verify_token=False``), the first call fails with it.
        """
        config = ApiConfig(timeout=timeout) if config is None else config
        settings = config.with_plugin(CREDENTIALS, email=email, password=password)
        del email, password  # tools that report errors show the variables of a traceback
        return cast(Any, cls)(None, timeout, status_code, settings)  # type: ignore[no-any-return]  # of cls

    if TYPE_CHECKING:

        @property
        def models(self) -> AnyCocApiModels:
            """The view whose answers are models."""


class AnyCocApiModels(Client, EitherModeModels):
    """A `CocApiModels` or an `AsyncCocApiModels`: what ``api.models`` of an `AnyCocApi` is."""


def slots_of(client: Client) -> list[tuple[str, Any]]:
    """What the ``__slots__`` of a subclass hold."""
    state: Any = object.__getstate__(client)
    return list(state[1].items()) if isinstance(state, tuple) else []
