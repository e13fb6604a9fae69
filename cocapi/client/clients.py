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

`Client` is in `cocapi.client.base`, `SyncClient` and `AsyncClient` are in `cocapi.client.modes`.
"""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Literal, Never, cast

from cocapi.api.methods import answers, models  # noqa: F401  # what annotations of the methods name
from cocapi.api.operations import Asynchronous, AsynchronousModels, Synchronous, SynchronousModels
from cocapi.client.base import AnyCocApi, AnyCocApiModels
from cocapi.client.modes import AsyncClient, SyncClient
from cocapi.client.session import mode_of_tasks
from cocapi.client.twins import original, twin
from cocapi.client.verification import refuse_failed, verification
from cocapi.config import ApiConfig
from cocapi.errors import CocApiError
from cocapi.loops import in_event_loop

__all__ = ["AnyCocApi", "AnyCocApiModels", "AsyncCocApi", "AsyncCocApiModels", "CocApi", "CocApiModels"]

AS_MODELS = {"models": True, "raise_errors": True}
"""The options of ``api.models``: an error dict would be no model."""


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
        ConfigError: For settings that make no sense.
        PluginError: For a misspelt hook; with ``strict_plugins`` for a plugin that does not load.
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
                if type(self).test is SyncClient.test:
                    self._run(verification(self))
                else:
                    refuse_failed(self.test())
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

    def _change_mode(self) -> None:
        self._become_asynchronous()

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
        ConfigError, PluginError: As for `CocApi`.
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

    def _change_mode(self) -> None:
        """Be the `CocApi` again that this object once was."""
        kind = original(type(self), AsyncCocApi, CocApi)
        self._session.leave_tasks()
        self.__class__ = kind

    @property
    def models(self) -> AsyncCocApiModels:
        """A view of this client whose methods return awaitables of models, and raise when a call fails.

        level = (await api.models.clan_tag("#2PP")).clan_level
        """
        return self._view(AsyncCocApiModels, AS_MODELS)


class AsyncCocApiModels(AsyncClient[CocApiError], AnyCocApiModels, AsynchronousModels):
    """What ``api.models`` of an `AsyncCocApi` is: methods return awaitables of models, and raise
    `cocapi.CocApiError`."""


SyncClient._dicts = CocApi  # what a plugin is given, whatever the answers of its user are
AsyncClient._dicts = AsyncCocApi
