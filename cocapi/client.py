"""CocApi and AsyncCocApi: the objects that users hold.

Both have every operation of `cocapi.endpoints`; a `CocApi` returns answers, an `AsyncCocApi` awaitables of
them. ``api.models`` is a view of either whose answers are models. How a call goes is written in
`cocapi.pipeline`.

    Client                  settings, plugins, address, options; what becomes of an outcome
    ├── SyncClient          makes calls in threads
    │   ├── CocApi          dicts
    │   └── CocApiModels    models
    └── AsyncClient         makes calls in tasks
        ├── AsyncCocApi
        └── AsyncCocApiModels
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import TracebackType
from typing import Any, Never, Self, TypeVar, cast

from cocapi.address import whole_address
from cocapi.batches import AsyncBatches, SyncBatches
from cocapi.config import OFFICIAL_URL, ApiConfig, did_you_mean
from cocapi.endpoints import Operations
from cocapi.errors import CocApiError, ConfigError, Forbidden, InvalidParams, MissingExtra
from cocapi.messages import Json, Outcome, Request
from cocapi.models import validate_pydantic_available
from cocapi.operations import (
    Arguments,
    Asynchronous,
    AsynchronousModels,
    Operation,
    Synchronous,
    SynchronousModels,
)
from cocapi.paging import AsyncPaging, SyncPaging
from cocapi.pipeline import life_of_a_call
from cocapi.plugins import Plugins
from cocapi.session import Session, in_event_loop

__all__ = ["AsyncCocApi", "AsyncCocApiModels", "CocApi", "CocApiModels"]

C = TypeVar("C", bound="Client")
E = TypeVar("E", covariant=True)

CALL_OPTIONS = ("timeout", "raise_errors")
"""What `with_options()` takes beside the names of plugins."""

AS_MODELS = {"models": True, "raise_errors": True}
"""The options of ``api.models``: an error dict would be no model."""


class Client(Operations):
    """What `CocApi` and `AsyncCocApi` have in common."""

    _session: Session
    _options: Mapping[str, Any]
    status_code: bool

    def _set_up(self, token: str, timeout: float, status_code: bool, config: ApiConfig | None) -> None:
        settings = ApiConfig(timeout=timeout) if config is None else replace(config)
        self._session = Session(token, settings)
        self._options = {}
        self.status_code = status_code

    def __repr__(self) -> str:
        state = ", closed" if self._session.closed else ""
        return f"<{type(self).__name__} of {self.get_base_url()}{state}>"

    @property
    def token(self) -> str:
        """The token that is sent."""
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
    def ENDPOINT(self) -> str:  # noqa: N802  # the name of cocapi 2 and 3
        """The base URL, by its name of cocapi 2."""
        return self.get_base_url()

    def with_options(self, **options: Any) -> Self:
        """A view of this client whose calls have options of their own; it shares everything else.

            fresh = api.with_options(cache=False).clan_tag("#2PP")

        timeout:
            Seconds for one attempt.
        raise_errors:
            Whether a failed call raises.
        Any plugin's name:
            What that plugin makes of it; False asks it to sit the call out (cache, retry).

        Raises:
            ConfigError: for a name that is neither.
        """
        known = [*CALL_OPTIONS, *(record.name for record in self.plugins.records)]
        for name in options:
            if name not in known:
                raise ConfigError(f"with_options has no option {name!r}{did_you_mean(name, known)}")
        replace(self.config, **{k: v for k, v in options.items() if k in CALL_OPTIONS})
        return self._view(type(self), options)

    def _view(self, kind: type[C], options: Mapping[str, Any]) -> C:
        """A client of that kind with options of its own, sharing everything else."""
        view = object.__new__(kind)
        view.__dict__.update(self.__dict__, _options={**self._options, **options})
        return view

    # The address

    def get_base_url(self) -> str:
        """Where requests go."""
        return self.config.base_url

    def set_base_url(self, new_base_url: str, force: bool = False) -> None:
        """Send requests, and the token with them, to another address from now on.

        Raises:
            ConfigError: without `force`, for any address but the official one; or for what is none.
        """
        address = whole_address(new_base_url)
        if address != OFFICIAL_URL and not force:
            raise ConfigError(
                f"set_base_url({address!r}) is refused: your token would be sent there; "
                "pass force=True if you trust that address"
            )
        self._session.move(address)

    def reset_base_url(self) -> None:
        """Send requests to the official address again."""
        self._session.move(OFFICIAL_URL)

    # Conveniences that hand over to a plugin

    def get_metrics(self) -> Json:
        """`summary()` of the plugin metrics; says so when it is off."""
        if "metrics" in self.plugins:
            return cast(Json, self.plugins["metrics"].summary())
        return {"total_requests": 0, "message": f"No metrics: {self.plugins.absence('metrics')}"}

    def clear_metrics(self) -> None:
        """Forget the recorded calls."""
        if "metrics" in self.plugins:
            self.plugins["metrics"].clear()

    def get_cache_stats(self) -> Json:
        """`stats()` of the plugin cache; says so when it is off."""
        if "cache" in self.plugins:
            return cast(Json, self.plugins["cache"].stats())
        return {
            "enabled": False,
            "total_entries": 0,
            "expired_entries": 0,
            "valid_entries": 0,
            "default_ttl": self.config.cache_ttl,
            "hit_rate": 0,
            "stats": {"hits": 0, "misses": 0, "sets": 0, "evictions": 0},
            "message": f"No cache: {self.plugins.absence('cache')}",
        }

    def clear_cache(self) -> int:
        """Forget every stored answer; returns how many there were."""
        return int(self.plugins["cache"].clear()) if "cache" in self.plugins else 0

    def add_request_middleware(
        self,
        middleware: Callable[
            [str, dict[str, str], dict[str, Any]], tuple[str, dict[str, str], dict[str, Any]]
        ],
    ) -> None:
        """Run ``middleware(url, headers, params)`` on each request; it returns all three.

        Raises:
            ConfigError: when the plugin middleware is off.
        """
        self._middleware().add_request_middleware(middleware)

    def add_response_middleware(self, middleware: Callable[[Json], Json]) -> None:
        """Run ``middleware(answer)`` on each answer from the network; it returns the answer.

        Raises:
            ConfigError: when the plugin middleware is off.
        """
        self._middleware().add_response_middleware(middleware)

    def _middleware(self) -> Any:
        if "middleware" not in self.plugins:
            raise ConfigError(f"No middleware: {self.plugins.absence('middleware')}")
        return self.plugins["middleware"]

    # What operations ask for (cocapi.operations.Performer)

    def request(self, operation: Operation[Any, Any, Any], arguments: Arguments[Any, Any]) -> Request:
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
            params={**(arguments.params or {}), **arguments.more},
            json=arguments.json,
            base_url=config.base_url,
            timeout=options.pop("timeout", config.timeout),
            options=options,
            model=operation.model,
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

    def _fail(self, error: CocApiError) -> Json:
        if self._options.get("raise_errors", self.config.raise_errors):
            raise error
        return error.as_dict()

    def _probe(self) -> Request:
        """The smallest request that tells whether the token is accepted."""
        view = self.with_options(cache=False, retry=False)
        return view.request(Operations.location, Arguments(more={"limit": 1}))


class SyncClient(Client, SyncPaging, SyncBatches[E]):
    """What makes calls in synchronous code."""

    def __enter__(self) -> Self:
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
        return tested(self._outcome(self._probe()))

    def perform(self, request: Request) -> Any:
        """Make a call and return its answer."""
        return self._answer(self._outcome(request))

    def refuse(self, error: InvalidParams) -> Any:
        """Answer a call that cannot be made."""
        return self._fail(error)

    def _outcome(self, request: Request) -> Outcome:
        return self._session.run(life_of_a_call(self.plugins.hooks, request))


class CocApi(SyncClient[Never], Synchronous):
    """A client for synchronous code, to be used by any number of threads.

        with CocApi(token) as api:
            clan = api.clan_tag("#2PP")

    ``async with CocApi(token) as api`` makes an `AsyncCocApi` of this very object.

    token:
        From https://developer.clashofclans.com. It is sent with each request and shown nowhere.
    timeout:
        Seconds that one attempt may take; used when there is no `config`.
    status_code:
        Add the HTTP status to each answer, under ``status_code``.
    config:
        The settings; the client keeps a copy.
    async_mode:
        True makes an `AsyncCocApi` instead.

    Raises:
        ValueError: "API initialization failed": the token, or the address it is used from, is refused.
            Not checked inside a running event loop or with ``verify_token=False``. In maintenance and
            without network a warning is given instead.
        ConfigError: for settings that make no sense.
        PluginError: for a misspelt hook; with ``strict_plugins`` for a plugin that does not load.
    """

    def __new__(
        cls,
        token: str,
        timeout: float = 20,
        status_code: bool = False,
        config: ApiConfig | None = None,
        async_mode: bool = False,
    ) -> Self:
        """Make the kind of client that `async_mode` says."""
        if async_mode:
            return cast(Self, AsyncCocApi(token, timeout, status_code, config))
        return super().__new__(cls)

    def __init__(
        self,
        token: str,
        timeout: float = 20,
        status_code: bool = False,
        config: ApiConfig | None = None,
        async_mode: bool = False,
    ) -> None:
        self._set_up(token, timeout, status_code, config)
        if self.config.verify_token and not in_event_loop():
            try:
                judge(self._outcome(self._probe()))
            except BaseException:
                self.close()
                raise

    async def __aenter__(self) -> AsyncCocApi:
        self.__class__ = AsyncCocApi  # type: ignore[assignment]  # as in 3.0: this very object changes
        return await AsyncCocApi.__aenter__(cast(AsyncCocApi, self))

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._session.aclose()  # Python looks this method up before __aenter__ runs

    @property
    def models(self) -> CocApiModels:
        """A view of this client whose methods return models, and raise when a call fails.

        level = api.models.clan_tag("#2PP").clan_level
        """
        return self._view(CocApiModels, AS_MODELS)


class CocApiModels(SyncClient[CocApiError], SynchronousModels):
    """What ``api.models`` of a `CocApi` is: methods return models and raise `cocapi.CocApiError`."""


class AsyncClient(Client, AsyncPaging, AsyncBatches[E]):
    """What makes calls in asynchronous code."""

    async def __aenter__(self) -> Self:
        self._session.check_async()
        if self.config.verify_token:
            try:
                judge(await self._outcome(self._probe()))
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

    async def test(self) -> Json:
        """Ask the API for something small: ``{"result": "success", …}``, or the error dict."""
        return tested(await self._outcome(self._probe()))

    async def perform(self, request: Request) -> Any:
        """Make a call and return its answer."""
        return self._answer(await self._outcome(request))

    async def refuse(self, error: InvalidParams) -> Any:
        """Answer a call that cannot be made."""
        return self._fail(error)

    async def _outcome(self, request: Request) -> Outcome:
        return await self._session.arun(life_of_a_call(self.plugins.hooks, request))


class AsyncCocApi(AsyncClient[Never], Asynchronous):
    """A client for asynchronous code, to be used by any number of tasks of one event loop.

        async with AsyncCocApi(token) as api:
            clan = await api.clan_tag("#2PP")

    It may be made outside an event loop, and also used without ``async with`` and closed with
    `aclose()`; only ``async with`` verifies the token.

    token, timeout, status_code, config:
        As for `CocApi`.

    Raises:
        ConfigError, PluginError: as for `CocApi`.
    """

    def __init__(
        self,
        token: str,
        timeout: float = 20,
        status_code: bool = False,
        config: ApiConfig | None = None,
    ) -> None:
        self._set_up(token, timeout, status_code, config)

    @property
    def models(self) -> AsyncCocApiModels:
        """A view of this client whose methods return awaitables of models, and raise when a call fails.

        level = (await api.models.clan_tag("#2PP")).clan_level
        """
        return self._view(AsyncCocApiModels, AS_MODELS)


class AsyncCocApiModels(AsyncClient[CocApiError], AsynchronousModels):
    """What ``api.models`` of an `AsyncCocApi` is: methods return awaitables of models, and raise
    `cocapi.CocApiError`."""


def judge(outcome: Outcome) -> None:
    """Make of the first request what a user should know before the second.

    Raises:
        ValueError: token or address are refused.
    """
    if isinstance(outcome.error, Forbidden):
        raise ValueError(f"API initialization failed: {outcome.error.message}") from outcome.error
    if outcome.error is not None:
        message = f"the token could not be verified, going on without: {outcome.error}"
        warnings.warn(message, UserWarning, stacklevel=3)


def tested(outcome: Outcome) -> Json:
    """The documented answer of `test()`."""
    if outcome.error is not None:
        return outcome.error.as_dict()
    return {"result": "success", "message": "API connection successful"}
