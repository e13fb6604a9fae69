"""The life of a call, from request to outcome. Read this file to know what happens, and when.

    cocapi_request         once: shape it
    cocapi_cache_lookup    first hit wins and skips to the result
    ┌ cocapi_attempt       each attempt: hold it back, or change it
    │ cocapi_waiting       observers learn of each wait, for the limit or before another attempt
    │ ≈ send ≈             the transport
    │ cocapi_decode        the body becomes the answer, or the attempt has failed
    │ cocapi_attempted     observers learn how the attempt ended
    └ cocapi_error         a failed attempt: again, a stored answer, or the end
    cocapi_response        once: look at it, replace it, store it
    cocapi_result          first answer wins: what the user receives
    cocapi_finished        always, once: observers learn the outcome

Everything here is a flow (`cocapi.calls.effects`): it decides and yields what is to be done, and knows
neither clock nor network, so one text serves threads and tasks alike.
"""

from __future__ import annotations

import itertools
from dataclasses import replace
from types import GeneratorType
from typing import Any, TypeVar, cast

from cocapi.calls.effects import Flow, Sleep, send, sleep
from cocapi.calls.hooks import Hooks, each, first, tell, warn
from cocapi.calls.messages import CacheResult, Hit, Outcome, Request, Response, Retry, Wait
from cocapi.errors import (
    ApiError,
    CocApiError,
    PluginError,
    TransportError,
    UnreadableResponse,
    api_error,
)
from cocapi.interrupts import reraise
from cocapi.reader import read_json
from cocapi.text import printable

__all__ = ["farewell", "life_of_a_call"]

T = TypeVar("T")


def life_of_a_call(hooks: Hooks, request: Request) -> Flow[Outcome]:
    """Take `request` through the hooks. The outcome says how it ended; this flow raises nothing but
    what closes it."""
    outcome: Outcome | None = None
    try:
        try:
            request = yield from each(hooks.cocapi_request, request)
            outcome = yield from answer(hooks, request)
        except CocApiError as error:
            outcome = failed(hooks, request, error)
        outcome = yield from deliver(hooks, outcome)
    except BaseException:  # closed by the driver, so cancelled; whatever else would be our own mistake
        outcome = replace(outcome or Outcome(request), result=None, cancelled=True)
        raise
    finally:
        tell(hooks.cocapi_finished, request, outcome)
    return outcome


def answer(hooks: Hooks, request: Request) -> Flow[Outcome]:
    """Answer from a store, or else from the network."""
    hit: Hit | None = yield from first(hooks.cocapi_cache_lookup, request)
    if hit is not None:
        return (yield from recall(hooks, request, hit, attempts=0))
    for attempt in itertools.count(1):
        ready = yield from hold(hooks, request, attempt)
        try:
            response, result = yield from make_attempt(hooks, ready, attempt)
        except (ApiError, TransportError, UnreadableResponse) as error:
            decision = yield from first(hooks.cocapi_error, request, error, attempt)
            match decision:
                case Retry(after):
                    tell(hooks.cocapi_waiting, request, attempt + 1, after, error)
                    yield from sleep(after)
                    continue
                case Hit():
                    return (yield from recall(hooks, request, decision, attempt))
                case Response() as response:
                    result = yield from decode(hooks, request, response)
                case _:
                    raise
        response, result = yield from review(hooks, request, response, result)
        return Outcome(request, response, result, attempts=attempt, cache=missed(hooks))
    raise AssertionError("unreachable: attempts are counted without end")


def hold(hooks: Hooks, request: Request, attempt: int) -> Flow[Request]:
    """Wait until every plugin lets the attempt go; the request as they want it for this attempt."""
    try:
        for hook in hooks.cocapi_attempt:
            said = hook(request, attempt)
            if isinstance(said, GeneratorType):
                said = yield from overheard(hooks, request, attempt, hook.settle(said))
            if isinstance(said, Wait):
                tell(hooks.cocapi_waiting, request, attempt, said.seconds, None)
                yield from sleep(said.seconds)
            else:
                request = said or request
    except CocApiError as error:
        raise error.of(request, attempt - 1) from error.__cause__
    return request


def overheard(hooks: Hooks, request: Request, attempt: int, flow: Flow[T]) -> Flow[T]:
    """Run `flow`; the observers are told of each sleep that it asks for."""
    try:
        effect = next(flow)
        while True:
            if isinstance(effect, Sleep):
                tell(hooks.cocapi_waiting, request, attempt, effect.seconds, None)
            try:
                value = yield effect
            except Exception as error:
                effect = flow.throw(error)
            else:
                effect = flow.send(value)
    except StopIteration as end:
        return cast(T, end.value)
    finally:
        flow.close()


def make_attempt(hooks: Hooks, request: Request, attempt: int) -> Flow[tuple[Response, Any]]:
    """Send once and read what comes back."""
    response: Response | None = None
    failure: CocApiError | None = None
    try:
        response = yield from send(request)
        result = yield from decode(hooks, request, response)
    except CocApiError as error:
        failure = error.of(request, attempt)
        raise
    finally:
        tell(hooks.cocapi_attempted, request, attempt, response, failure)
    return response, result


def decode(hooks: Hooks, request: Request, response: Response) -> Flow[Any]:
    """The answer in a response of success.

    Raises:
        ApiError: when its status code is none of success.
        UnreadableResponse: when its body is no JSON object.
    """
    if not 200 <= response.status_code < 300:
        raise api_error(request, response)
    try:
        result = yield from first(hooks.cocapi_decode, request, response)
        if result is None:
            result = read_json(response.content)
    except PluginError as error:
        if not isinstance(error.__cause__, ValueError):
            raise
        raise unreadable(response) from error.__cause__
    except ValueError as error:
        reraise(error)
        raise unreadable(response) from error
    if result is None or isinstance(result, str | int | float | list):
        raise unreadable(response)
    return result


def unreadable(response: Response) -> UnreadableResponse:
    """The error for a body that is no JSON object, told by its beginning."""
    length = len(response.content)
    return UnreadableResponse(
        f"Invalid JSON response from API: {length} bytes of "
        f"{printable(response.headers.get('content-type', 'no content type'), 100)}, "
        "not a whole JSON object",
        response=response,
    )


def review(hooks: Hooks, request: Request, response: Response, result: Any) -> Flow[tuple[Response, Any]]:
    """Let each plugin look at the response that the one before it left; read it again if replaced."""
    received = response
    response = yield from each(hooks.cocapi_response, request, received)
    if response is not received:
        result = yield from decode(hooks, request, response)
    return response, result


def recall(hooks: Hooks, request: Request, hit: Hit, attempts: int) -> Flow[Outcome]:
    """The outcome of a call that a stored response answers."""
    result = yield from decode(hooks, request, hit.response)
    found: CacheResult = "stale" if hit.stale else "hit"
    return Outcome(request, hit.response, result, attempts=attempts, cache=found)


def deliver(hooks: Hooks, outcome: Outcome) -> Flow[Outcome]:
    """Let a plugin choose what the user receives."""
    if not hooks.cocapi_result:
        return outcome
    try:
        chosen = yield from first(hooks.cocapi_result, outcome.request, outcome)
    except CocApiError as error:
        return failed(hooks, outcome.request, error)
    return outcome if chosen is None else replace(outcome, result=chosen)


def failed(hooks: Hooks, request: Request, error: CocApiError) -> Outcome:
    """The outcome of a call that `error` ended."""
    error.of(request, error.attempts)
    return Outcome(request, error.response, error=error, attempts=error.attempts, cache=missed(hooks))


def missed(hooks: Hooks) -> CacheResult | None:
    """What to say of the cache when the network was asked: nothing, when there is no cache."""
    return "miss" if hooks.cocapi_cache_lookup else None


def farewell(hooks: Hooks) -> Flow[None]:
    """Beside the call: let each plugin give back what it holds. One that raises is logged."""
    for hook in hooks.cocapi_close:
        try:
            yield from first((hook,))
        except CocApiError as error:
            warn(error, error.__cause__ or error)
