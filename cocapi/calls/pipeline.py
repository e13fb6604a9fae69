"""The life of a call, from request to outcome. Read this file to know what happens, and when.

    cocapi_request         once: shape it
    cocapi_cache_lookup    first hit wins and skips to the result; not for a request that is to be fresh
    cocapi_cache_hit       the caches that were asked before the one that had it may keep it
    ┌ cocapi_token         each attempt: the token it is made with; else the client's own
    │ cocapi_attempt       hold it back, change it, or refuse it
    │ cocapi_waiting       observers learn of each wait, for the limit or before another attempt
    │ ≈ send ≈             the transport
    │ cocapi_decode        the body becomes the answer, or the attempt has failed
    │ cocapi_attempted     whoever was asked cocapi_attempt learns how the attempt ended; observers of it too
    └ cocapi_error         a failed attempt: again, a stored answer, or the end
    cocapi_response        once: look at it, replace it, store it
    cocapi_result          first answer wins: what the user receives
    cocapi_finished        always, once: observers learn the outcome

Everything here is a flow (`cocapi.calls.effects`): it decides and yields what is to be done, and knows
neither clock nor network, so one text serves threads and tasks alike.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from logging import DEBUG
from operator import length_hint
from types import GeneratorType
from typing import Any, NamedTuple, TypeVar, cast

from cocapi.calls.deadline import in_time
from cocapi.calls.effects import Effect, Flow, Send, Sleep, relay
from cocapi.calls.hooks import (
    Hooks,
    Implementation,
    ask,
    first,
    first_by,
    notify,
    observers_of_attempt,
    of_plugins_asked,
    warn,
)
from cocapi.calls.messages import CacheResult, Hit, Outcome, Request, Response, Retry, Wait
from cocapi.calls.trace import log
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

__all__ = ["close_plugins", "further_attempt", "life_of_a_call", "refuse"]

T = TypeVar("T")

FAILURES = (ApiError, TransportError, UnreadableResponse)
"""Errors of an attempt, about which `cocapi_error` is asked. Any other ends the call."""


class Attempt(NamedTuple):
    """How an attempt ended.

    Attributes:
        request: As the attempt hooks left it.
        response: None when none came whole.
        error: None when it succeeded.
        sends: How many times the call has been sent by now.
    """

    request: Request
    response: Response | None
    result: Any
    error: CocApiError | None
    sends: int


def life_of_a_call(hooks: Hooks, request: Request) -> Flow[Outcome]:
    """Take `request` through the hooks. The outcome says how it ended; this flow raises nothing but
    what closes it."""
    life = whole_life(hooks, request)
    return life if request.total_timeout is None else in_time(life, request.total_timeout)


def whole_life(hooks: Hooks, request: Request) -> Flow[Outcome]:
    """The same, however long it takes."""
    if log.isEnabledFor(DEBUG):
        hooks = hooks.timed
    outcome: Outcome | None = None
    try:
        try:
            request = yield from shape(hooks, request)
            if hooks.cocapi_cache_lookup and not request.fresh:
                outcome = yield from ask_caches(hooks, request)
            if outcome is None:
                outcome = yield from ask_network(hooks, request)
        except CocApiError as error:
            outcome = failed(hooks, request, error, error.attempts)
        if hooks.cocapi_result:
            outcome = yield from choose_result(hooks, outcome)
    except BaseException:  # closed by the driver, so cancelled; whatever else would be our own mistake
        outcome = replace(outcome or Outcome(request), result=None, cancelled=True)
        raise
    finally:
        notify(hooks.cocapi_finished, request, outcome)
    return outcome


def shape(hooks: Hooks, request: Request) -> Flow[Request]:
    """The request as the plugins want it, each of which receives what the one before it made."""
    chain = iter(hooks.cocapi_request)
    while (answered := ask(chain, request)) is not None:
        hook, answer = answered
        if type(answer) is GeneratorType:
            answer = yield from hook.complete(answer, request)
        if answer is not None:
            request = answer
    return request


def ask_caches(hooks: Hooks, request: Request) -> Flow[Outcome | None]:
    """Answer from the first cache that has it, and offer the hit to those before it; None: none has it."""
    caches = hooks.cocapi_cache_lookup
    answered = yield from first_by(caches, request)
    if answered is None:
        return None
    cache, hit = answered
    outcome = yield from recall(hooks, request, hit, cache, sends=0)
    if cache is not caches[0]:
        yield from offer(hooks, caches[: caches.index(cache)], request, hit)
    return outcome


def offer(hooks: Hooks, asked: tuple[Implementation, ...], request: Request, hit: Hit) -> Flow[None]:
    """Let the caches that were asked in vain keep a hit. One that raises is logged; the call goes on."""
    for cache in of_plugins_asked(hooks.cocapi_cache_hit, asked):
        try:
            yield from first((cache,), request, hit)
        except CocApiError as error:
            warn(error, error.__cause__ or error)


def ask_network(hooks: Hooks, request: Request) -> Flow[Outcome]:
    """Make attempts until one succeeds, or nobody wants another."""
    sends = 0
    try:
        for number in itertools.count(1):
            tried, response, result, error, sends = yield from make_attempt(hooks, request, number, sends)
            if error is not None:
                if not isinstance(error, FAILURES):
                    raise error
                match (yield from first_by(hooks.cocapi_error, tried, error, number)):
                    case _, Retry(after):
                        notify(hooks.cocapi_waiting, request, number + 1, after, error)
                        yield Sleep(after)
                        continue
                    case plugin, Hit() as hit if not request.fresh:
                        outcome = yield from recall(hooks, tried, hit, plugin, sends)
                        return replace(outcome, request=request)
                    case plugin, Response() as response:
                        result = yield from decode(hooks, tried, response, author=plugin)
                    case _:
                        raise error
            response, result = yield from review(hooks, request, tried, cast(Response, response), result)
            return Outcome(request, response, result, attempts=sends, cache=missed(hooks, request))
    except CocApiError as error:
        error.attempts = sends
        raise
    raise AssertionError("unreachable: attempts are counted without end")


def make_attempt(
    hooks: Hooks,
    call: Request,
    number: int,
    sends: int,
    preparing: tuple[Implementation, ...] | None = None,
    read: Callable[[Hooks, Request, Response], Flow[Any]] | None = None,
) -> Flow[Attempt]:
    """Let every plugin prepare the attempt, send, read what comes back, and tell how it ended.

    Whoever was asked to prepare it is told of the end, whatever comes between: a refusal, a cancellation, an
    interrupt. Those who only observe are told of attempts that were sent.

    Args:
        preparing: Who is asked to; None: every plugin.
        read: What makes the result of the response; None: `decode`.
    """
    preparing = hooks.cocapi_attempt if preparing is None else preparing
    request, chain, sent = call, iter(preparing), False
    response, result, error = None, None, None
    try:
        if hooks.cocapi_token and not call.credentials:
            request = yield from with_key(hooks, call, number)
        while (answered := ask(chain, request, number)) is not None:
            hook, answer = answered
            if type(answer) is GeneratorType:
                flow = hook.complete(answer, request, number)
                others = tuple(other for other in preparing if other is not hook)
                answer = yield from prepare(hooks, request, number, flow, others)
            if isinstance(answer, Wait):
                notify(hooks.cocapi_waiting, request, number, answer.seconds, None)
                yield Sleep(answer.seconds)
            elif answer is not None:
                request = answer
        sent = True
        response = yield Send(request, True)
        result = yield from (read or decode)(hooks, request, response)
    except CocApiError as failure:
        error = failure.of(request, sends + sent)
    finally:
        observers = hooks.cocapi_attempted
        if not sent or preparing is not hooks.cocapi_attempt:
            observers = observers_of_attempt(hooks, preparing[: len(preparing) - length_hint(chain)], sent)
        notify(observers, request, number, response, error)
    return Attempt(request, response, result, error, sends + sent)


def further_attempt(
    hooks: Hooks, request: Request, preparing: tuple[Implementation, ...] | None = None
) -> Flow[Response]:
    """What `cocapi.send` does: an attempt as any, whose response is for the flow that asked for it, whatever
    its status (docs/decisions/calls-as-effects.md).

    Args:
        preparing: Who is asked to prepare it; None: every plugin.
    """
    if request.credentials:
        return (yield from confidential_attempt(hooks, request, preparing))
    attempt = yield from make_attempt(hooks, request, 1, 0, preparing, unread)
    if attempt.error is not None:
        raise attempt.error
    return cast(Response, attempt.response)


def confidential_attempt(
    hooks: Hooks, request: Request, preparing: tuple[Implementation, ...] | None
) -> Flow[Response]:
    """The same with a request that has credentials in it (`Request.credentials`). The hooks prepare and
    observe one without header fields and body, whose response has none either."""
    blank = replace(request, headers={}, json=None, key_id=None)
    whole: Response | None = None

    def perform(effect: Effect) -> Flow[Any]:
        nonlocal whole
        if not (isinstance(effect, Send) and effect.request.credentials):
            return (yield effect)
        headers = {**effect.request.headers, **request.headers}
        whole = yield Send(replace(request, headers=headers), True)
        return Response(whole.status_code)

    attempt = yield from relay(make_attempt(hooks, blank, 1, 0, preparing, unread), perform)
    if attempt.error is not None:
        raise attempt.error
    return cast(Response, whole)


def unread(hooks: Hooks, request: Request, response: Response) -> Flow[None]:
    """Leave the response to whoever asked for it."""
    return
    yield


def with_key(hooks: Hooks, request: Request, number: int) -> Flow[Request]:
    """The request with the `key_id` of the token that a plugin gives for this attempt, if one does."""
    chain = iter(hooks.cocapi_token)
    while (answered := ask(chain, request, number)) is not None:
        hook, answer = answered
        if type(answer) is GeneratorType:
            answer = yield from relay(hook.complete(answer, request, number), straight)
        if answer is not None:
            return replace(request, key_id=answer)
    return request


def straight(effect: Effect) -> Flow[Any]:
    """Have an effect done, and hand a send to the transport: who fetches a token would be asked for one. For
    a log-in nobody is, so it is an attempt as any."""
    if isinstance(effect, Send) and not effect.request.credentials:
        effect = Send(effect.request, True)
    return (yield effect)


def prepare(
    hooks: Hooks, request: Request, number: int, flow: Flow[T], others: tuple[Implementation, ...]
) -> Flow[T]:
    """Run the `flow` of an attempt hook; the observers are told of each sleep that it asks for.

    Args:
        others: Who is asked to prepare what the flow sends: not its plugin, which sends in order to answer.
    """

    def perform(effect: Effect) -> Flow[Any]:
        if isinstance(effect, Send):
            return (yield from further_attempt(hooks, effect.request, others))
        if isinstance(effect, Sleep):
            notify(hooks.cocapi_waiting, request, number, effect.seconds, None)
        return (yield effect)

    return (yield from relay(flow, perform))


def decode(
    hooks: Hooks, request: Request, response: Response, author: Implementation | None = None
) -> Flow[Any]:
    """The answer in a response of success.

    Args:
        author: What brought the response; None: the server sent it.

    Raises:
        ApiError: Its status code is none of success.
        UnreadableResponse: Its body, which the server sent, is no JSON object.
        PluginError: Its body, which a plugin brought, is none; or a plugin failed to read it.
    """
    if not 200 <= response.status_code < 300:
        raise api_error(request, response)
    try:
        result = yield from first(hooks.cocapi_decode, request, response)
        if result is None:
            result = read_json(response.content)
            if not isinstance(result, dict):
                raise unreadable(response, author)
    except PluginError as error:
        if not isinstance(error.__cause__, ValueError):
            raise
        raise unreadable(response, author) from error.__cause__
    except ValueError as error:
        reraise(error)
        raise unreadable(response, author) from error
    return result


def unreadable(response: Response, author: Implementation | None) -> CocApiError:
    """The error for a body that is no JSON object: of whoever brought it."""
    if author is not None:
        return author.blame("it answered with a body that is no JSON object")
    length = len(response.content)
    return UnreadableResponse(
        f"Invalid JSON response from API: {length} bytes of "
        f"{printable(response.headers.get('content-type', 'no content type'), 100)}, "
        "not a whole JSON object",
        response=response,
    )


def review(
    hooks: Hooks, request: Request, tried: Request, response: Response, result: Any
) -> Flow[tuple[Response, Any]]:
    """Let each plugin look at the response that the one before it left; read it again if replaced.

    Args:
        tried: The request of the attempt that the response answers.
    """
    author = None
    chain = iter(hooks.cocapi_response)
    while (answered := ask(chain, request, response)) is not None:
        hook, answer = answered
        if type(answer) is GeneratorType:
            answer = yield from hook.complete(answer, request, response)
        if answer is not None and answer is not response:
            response, author = answer, hook
    if author is not None:
        result = yield from decode(hooks, tried, response, author)
    return response, result


def recall(hooks: Hooks, request: Request, hit: Hit, plugin: Implementation, sends: int) -> Flow[Outcome]:
    """The outcome of a call that a stored response answers."""
    result = yield from decode(hooks, request, hit.response, author=plugin)
    cache: CacheResult = "stale" if hit.stale else "hit"
    return Outcome(request, hit.response, result, attempts=sends, cache=cache)


def choose_result(hooks: Hooks, outcome: Outcome) -> Flow[Outcome]:
    """Let a plugin choose what the user receives."""
    try:
        chosen = yield from first(hooks.cocapi_result, outcome.request, outcome)
    except CocApiError as error:
        return failed(hooks, outcome.request, error, outcome.attempts)
    return outcome if chosen is None else replace(outcome, result=chosen)


def failed(hooks: Hooks, request: Request, error: CocApiError, sends: int) -> Outcome:
    """The outcome of a call that `error` ended."""
    error.of(request, sends)
    return Outcome(request, error.response, error=error, attempts=sends, cache=missed(hooks, request))


def missed(hooks: Hooks, request: Request) -> CacheResult | None:
    """What to say of the cache when the network was asked: nothing, when no cache was."""
    return "miss" if hooks.cocapi_cache_lookup and not request.fresh else None


def refuse(hooks: Hooks, request: Request, error: CocApiError) -> Flow[Outcome]:
    """Beside the call: the outcome of one that never began, since a plugin could not be opened."""
    outcome = failed(hooks, request, error, 0)
    if hooks.cocapi_result:
        outcome = yield from choose_result(hooks, outcome)
    notify(hooks.cocapi_finished, request, outcome)
    return outcome


def close_plugins(closing: tuple[Implementation, ...]) -> Flow[None]:
    """Beside the call: let each plugin give back what it holds. One that raises is logged.

    Args:
        closing: The implementations of `cocapi_close`, in the order in which they are asked.
    """
    for hook in closing:
        try:
            yield from first((hook,))
        except CocApiError as error:
            warn(error, error.__cause__ or error)
