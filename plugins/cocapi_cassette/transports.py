"""The transports that stand in front of the network: one that listens, one that answers."""

from __future__ import annotations

from cocapi import InnerTransport, Request, Response
from cocapi_cassette.cassette import Cassette

__all__ = ["Playing", "Recording"]


class Recording:
    """Sends through `transport`, and keeps what is answered: not what fails without an answer, nor what has
    credentials in it."""

    def __init__(self, transport: InnerTransport, cassette: Cassette) -> None:
        self.transport = transport
        self.cassette = cassette

    def send(self, request: Request) -> Response:
        """See `cocapi.SyncTransport.send`."""
        response = self.transport.send(request)
        if not request.credentials:
            self.cassette.add(request, response)
        return response

    async def asend(self, request: Request) -> Response:
        """See `cocapi.AsyncTransport.asend`."""
        response = await self.transport.asend(request)
        if not request.credentials:
            self.cassette.add(request, response)
        return response

    def close(self) -> None:
        """Nothing of its own is held."""

    async def aclose(self) -> None:
        """Nothing of its own is held."""


class Playing:
    """Answers from the cassette."""

    def __init__(self, cassette: Cassette) -> None:
        self.cassette = cassette

    def send(self, request: Request) -> Response:
        """The recorded answer.

        Raises:
            CassetteMiss: There is none to this request.
        """
        return self.cassette.answer(request)

    async def asend(self, request: Request) -> Response:
        """The recorded answer. Raises as `send` does."""
        return self.cassette.answer(request)

    def close(self) -> None:
        """Nothing is held."""

    async def aclose(self) -> None:
        """Nothing is held."""
