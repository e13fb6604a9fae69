"""CocApi and AsyncCocApi: the objects that users hold.

Both have every operation of `cocapi.api.endpoints`; a `CocApi` returns answers, an `AsyncCocApi` awaitables
of them. ``api.models`` is a view of either whose answers are models. How a call goes is written in
`cocapi.calls.pipeline`.

    Client                  settings, plugins, address, options; what becomes of an outcome
    ├── SyncClient          makes calls in threads
    │   ├── CocApi          dicts
    │   └── CocApiModels    models
    └── AsyncClient         makes calls in tasks
        ├── AsyncCocApi     also a CocApi, though no checker may take it for one
        └── AsyncCocApiModels
"""

from __future__ import annotations

import weakref
from collections.abc import Coroutine, Mapping
from dataclasses import replace
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Never, NoReturn, Self, TypeVar, cast

from cocapi.api.endpoints import Operations
from cocapi.api.methods import answers, equip, models  # noqa: F401  # what annotations of the methods name
from cocapi.api.operations import (
    Arguments,
    Asynchronous,
    AsynchronousModels,
    EitherMode,
    EitherModeModels,
    Operation,
    Synchronous,
    SynchronousModels,
)
from cocapi.calls.address import gathered
from cocapi.calls.effects import Flow
from cocapi.calls.hooks import notify
from cocapi.calls.messages import Json, Outcome, Request
from cocapi.calls.pipeline import life_of_a_call
from cocapi.client.background import Background
from cocapi.client.batches import AsyncBatches, SyncBatches
from cocapi.client.namespaces import check_names, namespace
from cocapi.client.paging import AsyncPaging, SyncPaging
from cocapi.client.session import Session, mode_of_tasks
from cocapi.client.twins import twin
from cocapi.client.verification import connection_test, verification
from cocapi.compat.methods import FlatNames
from cocapi.config import OFFICIAL_URL, ApiConfig
from cocapi.errors import CocApiError, ConfigError, InvalidParams, MissingExtra
from cocapi.interrupts import let_go, reraise
from cocapi.loops import in_event_loop
from cocapi.models import validate_pydantic_available
from cocapi.plugins import PluginRecord, Plugins
from cocapi.store import Store
from cocapi.text import did_you_mean
from cocapi.transport import Mode

if TYPE_CHECKING:
    from cocapi_cache import Cache
    from cocapi_metrics import Metrics
    from cocapi_middleware import Middleware
    from cocapi_ratelimit import RateLimit

__all__ = ["AnyCocApi", "AnyCocApiModels", "AsyncCocApi", "AsyncCocApiModels", "CocApi", "CocApiModels"]

C = TypeVar("C", bound="Client")
T = TypeVar("T")
E = TypeVar("E", covariant=True)

CALL_OPTIONS = ("timeout", "total_timeout", "raise_errors")
"""What `with_options()` takes beside the names of plugins."""

FOR_PLUGINS = {"raise_errors": True, "models": False}
"""The options of the client of a plugin: whatever the user chose, its author knows what comes back."""

AS_MODELS = {"models": True, "raise_errors": True}
"""The options of ``api.models``: an error dict would be no model."""


class Client(Operations, FlatNames):
    """What `CocApi` and `AsyncCocApi` have in common.

    A client is equal to itself alone. ``copy.copy(api)`` is a view of it, as `with_options()` gives: another
    object that shares connections, plugins and settings. ``copy.deepcopy`` of what holds a client holds the
    very same client. It cannot be pickled.
    """

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
            """What the plugin of this name offers with `cocapi_namespace`."""
            if "_session" not in vars(self):
                raise AttributeError(
                    f"{type(self).__name__}.__init__ must call super().__init__(token) first"
                )
            if hasattr(type(self), name):
                return object.__getattribute__(
                    self, name
                )  # a property raised AttributeError: so it does again
            return namespace(self, name)

    def __repr__(self) -> str:
        if "_session" not in vars(self):
            return f"<{type(self).__name__}, not set up>"
        state = ", closed" if self._session.closed else ""
        return f"<{type(self).__name__} of {self.get_base_url()}{state}>"

    @property
    def token(self) -> str | None:
        """The client's own token, sent where no plugin gives another; None: it was made without one."""
        return self._session.token

    @property
    def config(self) -> ApiConfig:
        """This client's own copy of the settings."""
        return self._session.config

    @property
    def timeout(self) -> float:
        """Seconds that one attempt may take."""
        return self._session.config.timeout

    @property
    def plugins(self) -> Plugins:
        """The plugins of this client, by name."""
        return self._session.plugins

    @property
    def background(self) -> Background:
        """Begins work that goes on between calls, and ends with this client."""
        return Background(self._session.background, self._plugin, isinstance(self, AsyncClient))

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
            ConfigError: for a name that is neither.
        """
        known = [*CALL_OPTIONS, "cache", *(record.name for record in self.plugins.records)]
        for name in options:
            if name not in known:
                raise ConfigError(f"with_options has no option {name!r}{did_you_mean(name, known)}")
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
        asynchronous = isinstance(self, AsyncClient)
        view: AnyCocApi = object.__new__(AsyncCocApi) if asynchronous else object.__new__(CocApi)
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
            ConfigError: without `force`, for any address but the official one; or for what is none.
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
        if options.get("models"):
            self._require_models()
        return Request(
            operation=operation.name,
            method=operation.method,
            template=arguments.template or operation.template,
            path_params=arguments.path_params,
            params=gathered(arguments.params, arguments.more),
            json=arguments.json,
            base_url=config.base_url,
            timeout=options.pop("timeout", config.timeout),
            total_timeout=options.pop("total_timeout", config.total_timeout),
            options=options,
            model=operation.model,
            fresh=options.get("cache") is False,
            key_id=self._session.keyring.own,
        )

    def _require_models(self) -> None:
        """Refuse to give a dict where a model was asked for."""
        if not validate_pydantic_available():
            raise MissingExtra("models", "pydantic")
        if "models" not in self.plugins:
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
        reraise(error)
        if self._options.get("raise_errors", self.config.raise_errors):
            raise error
        return error.as_dict()


class AnyCocApi(Client, EitherMode):
    """A `CocApi` or an `AsyncCocApi`: for annotations of flows, which serve both.

    To a checker its operations are there to be passed to `cocapi.call`.
    """

    if TYPE_CHECKING:

        @property
        def models(self) -> AnyCocApiModels:
            """The view whose answers are models."""


class AnyCocApiModels(Client, EitherModeModels):
    """A `CocApiModels` or an `AsyncCocApiModels`: what ``api.models`` of an `AnyCocApi` is."""


class SyncClient(Client, SyncPaging, SyncBatches[E]):
    """What makes calls in synchronous code."""

    def __enter__(self) -> Self:
        """Open the plugins.

        Raises:
            CocApiError: a plugin could not be opened; the client is closed.
        """
        if not self.plugins.opened:
            try:
                self._run(self._session.opening.open(self))
            except BaseException:
                self.close()
                raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def async_mode(self) -> bool:
        """Whether operations return awaitables."""
        return False

    def close(self) -> None:
        """Close plugins and connections. Calling it again does nothing."""
        self._session.close()

    def test(self) -> Json:
        """Ask the API for something small: ``{"result": "success", …}``, or the error dict."""
        return self._run(connection_test(self))

    def run_flow(self, flow: Flow[T]) -> T:
        """Run a flow of calls to its end: ``war = api.run_flow(current_war(api, "#2PP"))``.

        Args:
            flow: What a generator function of effects gives (`cocapi.call`, `cocapi.gather`, …); it may make
                calls of this client and of other synchronous ones.

        Returns:
            What the flow returns.

        Raises:
            CocApiError: A call failed, and the flow did not handle it.
            ClientClosed: This client was closed, before the flow or while it ran.
        """
        return self._run(flow)

    def _run(self, flow: Flow[T]) -> T:
        return self._session.run(flow)

    def _perform(self, request: Request) -> Any:
        """Make a call and return its answer."""
        return self._answer(self._outcome(request))

    def _refuse(self, error: InvalidParams) -> Any:
        """Answer a call that cannot be made."""
        return self._fail(error)

    def _outcome(self, request: Request) -> Outcome:
        try:
            return self._session.run(self._life(request))
        except BaseException as error:
            request.state.clear()
            let_go(error)
            raise


class CocApi(SyncClient[Never], AnyCocApi, Synchronous):
    """A client for synchronous code, to be used by any number of threads.

        with CocApi(token) as api:
            clan = api.clan_tag("#2PP")

    ``async with CocApi(token) as api`` makes an `AsyncCocApi` of this very object.

    Args:
        token: From https://developer.clashofclans.com. It is sent with each request and shown nowhere. None:
            a plugin gives one for each attempt (`cocapi_token`).
        timeout: Seconds that one attempt may take; used when there is no `config`.
        status_code: Add the HTTP status to each answer, under ``status_code``.
        config: The settings; the client keeps a copy.
        async_mode: True makes an `AsyncCocApi` instead.

    Raises:
        ValueError: "API initialization failed": the token, or the address it is used from, is refused.
            Not checked inside a running event loop or with ``verify_token=False``. In maintenance and
            without network a warning is given instead.
        ConfigError: for settings that make no sense.
        PluginError: for a misspelt hook; with ``strict_plugins`` for a plugin that does not load.
    """

    def __init__(
        self,
        token: str | None = None,
        timeout: float = 20,
        status_code: bool = False,
        config: ApiConfig | None = None,
        async_mode: bool = False,
    ) -> None:
        self._set_up(token, timeout, status_code, config, mode_of_tasks() if async_mode else "sync")
        if async_mode:
            self._become_asynchronous()
        elif self.config.verify_token and not in_event_loop():
            del token  # tools that report errors show the variables of a traceback
            try:
                self._run(verification(self))
            except BaseException:
                self.close()
                raise

    async def __aenter__(self) -> AsyncCocApi:
        return await AsyncClient.__aenter__(self._become_asynchronous())

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        client = cast(AsyncCocApi, self)  # Python looks this method up before __aenter__ runs
        await AsyncClient.__aexit__(client, kind, error, traceback)

    def _become_asynchronous(self) -> AsyncCocApi:
        """This very object, as in 3.0, with a class whose methods are awaited."""
        self.__class__ = twin(type(self), AsyncCocApi)
        return cast(AsyncCocApi, self)

    @property
    def models(self) -> CocApiModels:
        """A view of this client whose methods return models, and raise when a call fails.

        level = api.models.clan_tag("#2PP").clan_level
        """
        return self._view(CocApiModels, AS_MODELS)


class CocApiModels(SyncClient[CocApiError], AnyCocApiModels, SynchronousModels):
    """What ``api.models`` of a `CocApi` is: methods return models and raise `cocapi.CocApiError`."""


class AsyncClient(Client, AsyncPaging, AsyncBatches[E]):
    """What makes calls in asynchronous code."""

    async def __aenter__(self) -> Self:
        """Open the plugins and verify the token.

        Raises:
            CocApiError: a plugin could not be opened; the client is closed.
            ValueError: the token is refused.
        """
        self._session.prepare(mode_of_tasks())
        try:
            if not self.plugins.opened:
                await self._run(self._session.opening.open(self))
            if self.config.verify_token:
                await self._run(verification(self))
        except BaseException:
            await self.aclose()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    @property
    def async_mode(self) -> bool:
        """Whether operations return awaitables."""
        return True

    async def aclose(self) -> None:
        """Close plugins and connections. Calling it again does nothing."""
        await self._session.aclose()

    if not TYPE_CHECKING:  # what an AsyncCocApi would inherit of CocApi, and a checker says it does not

        def __enter__(self) -> NoReturn:
            raise TypeError("this client is asynchronous: use async with")

        def close(self) -> None:
            """Refuse, unless it was closed: an asynchronous client is closed by ``await api.aclose()``."""
            if not self._session.closed:
                raise TypeError("this client is asynchronous: use await api.aclose()")

    async def test(self) -> Json:
        """Ask the API for something small: ``{"result": "success", …}``, or the error dict."""
        return await self._run(connection_test(self))

    async def run_flow(self, flow: Flow[T]) -> T:
        """Run a flow of calls of asynchronous clients to its end; see `SyncClient.run_flow`."""
        return await self._run(flow)

    def _run(self, flow: Flow[T]) -> Coroutine[object, None, T]:
        return self._session.arun(flow)

    async def _perform(self, request: Request) -> Any:
        """Make a call and return its answer."""
        return self._answer(await self._run(self._life(request)))

    async def _refuse(self, error: InvalidParams) -> Any:
        """Answer a call that cannot be made."""
        return self._fail(error)


if TYPE_CHECKING:

    class Counterpart(AnyCocApi):
        """`CocApi`, which an `AsyncCocApi` is to ``isinstance``; no checker may use one for the other."""

else:
    Counterpart = CocApi


class AsyncCocApi(AsyncClient[Never], Asynchronous, Counterpart):
    """A client for asynchronous code, to be used by any number of tasks of one event loop.

        async with AsyncCocApi(token) as api:
            clan = await api.clan_tag("#2PP")

    It may be made outside an event loop, and also used without ``async with`` and closed with
    `aclose()`; only ``async with`` verifies the token.

    Args:
        token: As for `CocApi`.
        timeout: As for `CocApi`.
        status_code: As for `CocApi`.
        config: As for `CocApi`.
        async_mode: True, as it is for every client of this class.

    Raises:
        ConfigError, PluginError: as for `CocApi`.
    """

    def __init__(
        self,
        token: str | None = None,
        timeout: float = 20,
        status_code: bool = False,
        config: ApiConfig | None = None,
        async_mode: Literal[True] = True,
    ) -> None:
        self._set_up(token, timeout, status_code, config, mode_of_tasks())

    @property
    def models(self) -> AsyncCocApiModels:
        """A view of this client whose methods return awaitables of models, and raise when a call fails.

        level = (await api.models.clan_tag("#2PP")).clan_level
        """
        return self._view(AsyncCocApiModels, AS_MODELS)


class AsyncCocApiModels(AsyncClient[CocApiError], AnyCocApiModels, AsynchronousModels):
    """What ``api.models`` of an `AsyncCocApi` is: methods return awaitables of models, and raise
    `cocapi.CocApiError`."""


def slots_of(client: Client) -> list[tuple[str, Any]]:
    """What the ``__slots__`` of a subclass hold."""
    state: Any = object.__getstate__(client)
    return list(state[1].items()) if isinstance(state, tuple) else []
