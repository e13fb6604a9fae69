"""Spans: one a call (INTERNAL), below it one an attempt (CLIENT) by the conventions for HTTP.

https://opentelemetry.io/docs/specs/semconv/http/http-spans/
"""

from __future__ import annotations

import functools
import logging
from contextvars import Token
from typing import Any
from urllib.parse import urlsplit

from opentelemetry import context as contexts
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import Span, SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from cocapi import CocApiError, Outcome, Request, Response, __version__, hookimpl
from cocapi.interrupts import reraise
from cocapi.text import printable
from cocapi_tracing.options import TracingOptions

__all__ = ["Tracing"]

log = logging.getLogger("cocapi.tracing")
KEY = "tracing"
PROPAGATOR = TraceContextTextMapPropagator()
PORTS = {"https": 443, "http": 80}

LONGEST_REASON = 100
"""Characters of the API's own word for what is wrong; its words have fewer than thirty."""


class Current:
    """A span that is the current one of this thread or task until it ends.

    A call runs wholly in the context of its caller, so what is attached here is detached in the same one.
    """

    __slots__ = ("context", "span", "token")

    def __init__(self, span: Span) -> None:
        self.span = span
        self.context = trace.set_span_in_context(span)
        self.token: Token[Context] = contexts.attach(self.context)

    def end(self) -> None:
        """Make the span before it current again, whatever the provider does when this one ends."""
        contexts.detach(self.token)
        self.span.end()


class Tree:
    """The open spans of one call: kept in `Request.state`, gone with it."""

    __slots__ = ("attempt", "call")

    def __init__(self, call: Current) -> None:
        self.call = call
        self.attempt: Current | None = None


class Tracing:
    """Begins and ends the spans of a client's calls. A provider that raises is logged; calls go on.

    Attributes:
        listened_to: False where the provider, now and for ever, keeps nothing.
    """

    def __init__(self, options: TracingOptions) -> None:
        self.options = options
        self.tracer = trace.get_tracer("cocapi", __version__, options.tracer_provider)
        self.listened_to = not isinstance(self.tracer, trace.NoOpTracer)

    @hookimpl(tryfirst=True)
    def cocapi_request(self, request: Request) -> None:
        """Begin the span of the call, below the user's own. Nothing is kept where nobody listens."""
        try:
            span = self.tracer.start_span(
                request.operation,
                attributes={"cocapi.operation": request.operation, "url.template": request.template},
            )
            if span.get_span_context().is_valid:
                request.state[KEY] = Tree(Current(span))
        except Exception as error:
            reraise(error)
            log.warning("tracing: the span of a call could not begin", exc_info=True)

    @hookimpl(trylast=True)
    def cocapi_attempt(self, request: Request, attempt: int) -> Request | None:
        """Begin the span of the attempt, after all waits; add ``traceparent`` for hosts that want it."""
        tree: Tree | None = request.state.get(KEY)
        if tree is None:
            return None
        try:
            attributes = self._attributes(request, attempt)
            span = self.tracer.start_span(
                f"{request.method} {request.template}", kind=SpanKind.CLIENT, attributes=attributes
            )
            tree.attempt = Current(span)
            if attributes["server.address"] not in self.options.propagate_to:
                return None
            carrier: dict[str, str] = {}
            PROPAGATOR.inject(carrier, tree.attempt.context)
            return request.with_headers(**carrier)
        except Exception as error:
            reraise(error)
            log.warning("tracing: the span of an attempt could not begin", exc_info=True)
            return None

    @hookimpl
    def cocapi_waiting(
        self, request: Request, attempt: int, seconds: float, error: CocApiError | None
    ) -> None:
        """Note a wait as an event."""
        tree: Tree | None = request.state.get(KEY)
        if tree is None:
            return
        found: dict[str, Any] = {"cocapi.attempt": attempt, "cocapi.delay": seconds}
        if error is None:
            tree.call.span.add_event("cocapi.wait", found)
        else:
            tree.call.span.add_event("cocapi.retry", {**found, "error.type": kind_of(error)})

    @hookimpl(trylast=True)
    def cocapi_attempted(
        self, request: Request, attempt: int, response: Response | None, error: CocApiError | None
    ) -> None:
        """End the span of the attempt, after the other observers, so that it is theirs to refer to."""
        tree: Tree | None = request.state.get(KEY)
        if tree is None or tree.attempt is None:
            return
        current, tree.attempt = tree.attempt, None
        try:
            if response is not None:
                current.span.set_attribute("http.response.status_code", response.status_code)
            if error is not None:
                blame(current.span, error)
            elif response is None:
                cancel(current.span)
        finally:
            current.end()

    @hookimpl(trylast=True)
    def cocapi_finished(self, request: Request, outcome: Outcome) -> None:
        """End the span of the call, after every other observer, who may want its trace id."""
        tree: Tree | None = request.state.pop(KEY, None)
        if tree is None:
            return
        try:
            span = tree.call.span
            span.set_attributes({"cocapi.attempts": outcome.attempts, "cocapi.outcome": word_for(outcome)})
            if outcome.cache:
                span.set_attribute("cocapi.cache", outcome.cache)
            if outcome.cancelled:
                cancel(span)
            elif outcome.error is not None:
                blame(span, outcome.error)
        finally:
            tree.call.end()

    def _attributes(self, request: Request, attempt: int) -> dict[str, Any]:
        """What is known of an attempt before it is sent."""
        attributes = attributes_of(request.method, request.base_url, request.template)
        if attempt > 1:
            attributes = {**attributes, "http.request.resend_count": attempt - 1}
        if self.options.full_url:
            attributes = {**attributes, "url.full": request.url}
        return attributes


@functools.lru_cache(maxsize=256)
def attributes_of(method: str, base_url: str, template: str) -> dict[str, Any]:
    """What all attempts of an operation have in common; the same dict each time, since nobody changes it.

    The host of ``sandbox://`` is ``sandbox``.
    """
    parts = urlsplit(base_url)
    found: dict[str, Any] = {
        "http.request.method": method,
        "url.template": template,
        "server.address": parts.hostname or parts.scheme,
    }
    port = parts.port or PORTS.get(parts.scheme)
    return found if port is None else {**found, "server.port": port}


def kind_of(error: CocApiError) -> str:
    """``error.type`` by the conventions: the status code of a refusal, else our own word."""
    return str(error.status_code) if error.status_code >= 400 else error.error_type


def word_for(outcome: Outcome) -> str:
    """``success``, ``error`` or ``cancelled``."""
    if outcome.cancelled:
        return "cancelled"
    return "success" if outcome.error is None else "error"


def blame(span: Span, error: CocApiError) -> None:
    """Mark a span as failed. The message of an error may name a tag; its type and reason never do."""
    span.set_attribute("error.type", kind_of(error))
    reason = None if error.reason is None else printable(str(error.reason), LONGEST_REASON)
    if reason is not None:
        span.set_attribute("cocapi.reason", reason)
    span.set_status(Status(StatusCode.ERROR, reason or type(error).__name__))


def cancel(span: Span) -> None:
    """Mark a span as cancelled."""
    span.set_attribute("error.type", "cancelled")
    span.set_status(Status(StatusCode.ERROR, "cancelled"))
