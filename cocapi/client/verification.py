"""Asking the API for something small, to learn whether it accepts token and address."""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import TYPE_CHECKING

from cocapi.api.endpoints import Operations
from cocapi.api.operations import Arguments
from cocapi.calls.effects import Flow
from cocapi.calls.messages import Json, Outcome
from cocapi.errors import Forbidden, TokenUnavailable

if TYPE_CHECKING:
    from cocapi.client.base import Client

__all__ = ["connection_test", "refuse_failed", "verification"]


def probe(client: Client) -> Flow[Outcome]:
    """The smallest call that tells; once, and from the network."""
    request = client._request(Operations.location, Arguments(more={"limit": 1}))
    request = replace(request, fresh=True, options={**request.options, "retry": False})
    return client._life(request)


def verification(client: Client) -> Flow[None]:
    """Make of the answer what a user should know before the next call.

    Raises:
        ValueError: Token or address are refused.
        TokenUnavailable: No plugin has a token to try.
    """
    outcome = yield from probe(client)
    if isinstance(outcome.error, Forbidden):
        raise ValueError(f"API initialization failed: {outcome.error.message}") from outcome.error
    if isinstance(outcome.error, TokenUnavailable):
        raise outcome.error
    if outcome.error is not None:
        message = f"the token could not be verified, going on without: {outcome.error}"
        warnings.warn(message, UserWarning, stacklevel=6)  # run, Session.run, _run, __init__, the caller


def refuse_failed(answer: Json) -> None:
    """Refuse a client whose class has a `test()` of its own that failed: in a subclass, or in place of the
    network in a test.

    Raises:
        ValueError: It answered with an error dict.
    """
    if answer.get("result") == "error":
        raise ValueError(f"API initialization failed: {answer.get('message')}")


def connection_test(client: Client) -> Flow[Json]:
    """The documented answer of `test()`."""
    outcome = yield from probe(client)
    if outcome.error is not None:
        return outcome.error.as_dict()
    return {"result": "success", "message": "API connection successful"}
