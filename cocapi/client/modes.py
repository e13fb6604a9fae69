"""What makes the calls of a client: threads in synchronous code, tasks in asynchronous code."""

from __future__ import annotations

from collections.abc import Coroutine
from types import TracebackType
from typing import TYPE_CHECKING, Any, NoReturn, Self, TypeVar

from cocapi.calls.effects import Flow
from cocapi.calls.messages import Json, Request
from cocapi.client.base import Client
from cocapi.client.batches import AsyncBatches, SyncBatches
from cocapi.client.paging import AsyncPaging, SyncPaging
from cocapi.client.session import mode_of_tasks
from cocapi.client.verification import connection_test, verification
from cocapi.errors import InvalidParams
from cocapi.interrupts import let_go

__all__ = ["AsyncClient", "SyncClient"]

T = TypeVar("T")
E = TypeVar("E", covariant=True)


class SyncClient(Client, SyncPaging, SyncBatches[E]):
    """What makes calls in synchronous code."""

    def __enter__(self) -> Self:
        """Open the plugins; a client that was closed opens again.

        Raises:
            CocApiError: A plugin could not be opened; the client is closed.
        """
        self._session.reopen()
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
        try:
            outcome = self._session.run(self._life(request))
        except BaseException as error:
            request.state.clear()
            let_go(error)
            raise
        return self._answer(outcome)

    def _refuse(self, error: InvalidParams) -> Any:
        """Answer a call that cannot be made."""
        return self._fail(error)


class AsyncClient(Client, AsyncPaging, AsyncBatches[E]):
    """What makes calls in asynchronous code."""

    async def __aenter__(self) -> Self:
        """Open the plugins and verify the token; a client that was closed opens again.

        Raises:
            CocApiError: A plugin could not be opened; the client is closed.
            ValueError: The token is refused.
        """
        self._session.reopen()
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
