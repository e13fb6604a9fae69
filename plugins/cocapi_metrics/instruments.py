"""The same figures for a stack of observability: instruments of OpenTelemetry.

``http.client.*`` follow the conventions, https://opentelemetry.io/docs/specs/semconv/http/http-metrics/;
``cocapi.client.*`` are the library's own.

A call only leaves its records here; the SDK hears of them when a reader collects.
"""

from __future__ import annotations

import functools
import threading
from collections import Counter, deque
from collections.abc import Iterable
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

from opentelemetry import context as contexts
from opentelemetry import metrics
from opentelemetry.context import Context
from opentelemetry.metrics import CallbackOptions, Histogram, Meter, MeterProvider, Observation

from cocapi import CocApiError, Request, Response, __version__
from cocapi.interrupts import reraise
from cocapi_metrics.records import CallRecord

__all__ = ["AttemptRecord", "Instruments", "instruments_for"]

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10)
"""Bounds of the buckets, as the conventions advise for ``http.client.request.duration``."""


class Instrument(NamedTuple):
    """What a backend shows of an instrument."""

    name: str
    unit: str
    description: str


ACTIVE = Instrument("http.client.active_requests", "{request}", "Attempts under way.")
ATTEMPT_DURATION = Instrument("http.client.request.duration", "s", "Duration of an attempt.")
CALL_DURATION = Instrument(
    "cocapi.client.call.duration", "s", "Duration of a call, waits and retries included."
)
WAIT = Instrument("cocapi.client.limit.wait", "s", "Time for which an attempt was held back.")
CALLS = Instrument("cocapi.client.calls", "{call}", "Calls that ended.")
LOOKUPS = Instrument("cocapi.client.cache.lookups", "{lookup}", "Calls for which a cache was asked.")
RETRIES = Instrument("cocapi.client.retries", "{retry}", "Decisions to try again.")
RECEIVED = Instrument("cocapi.client.received", "By", "Bytes of response bodies, after content decoding.")
OPENED = Instrument(
    "cocapi.client.connections.opened", "{connection}", "Connections opened, where the transport can tell."
)

PORTS = {"https": 443, "http": 80}

NOTED = 10_000
"""Ends of calls and attempts that wait for a reader. Beyond that, a new one has the oldest reported; or
all forgotten, where there is no SDK that could hear of them."""


class AttemptRecord(NamedTuple):
    """How an attempt ended.

    Attributes:
        seconds: How long it took, reading its body as JSON included; None where ``http.client.*`` is not
            reported.
        status_code: None without a response.
        received: Bytes of the body; 0 without a response.
        opened: Connections that were opened for it, where the transport can tell.
        error_type: By the conventions; None for a success.
    """

    operation: str
    method: str
    base_url: str
    template: str
    seconds: float | None
    status_code: int | None
    received: int
    opened: int
    error_type: str | None


class Tally:
    """Counts by attributes, for an instrument that is asked when a reader collects."""

    def __init__(self, *names: str) -> None:
        self.names = names
        self.counts: dict[tuple[Any, ...], int] = {}
        self.lock: threading.Lock = threading.Lock()

    def renew(self) -> None:
        """Count from zero, in the child of a fork."""
        self.lock = threading.Lock()
        self.counts = {}

    def add(self, amount: int, *values: Any) -> None:
        """Count for these values of the attributes; None leaves one out."""
        with self.lock:
            self.counts[values] = self.counts.get(values, 0) + amount

    def observe(self, _: CallbackOptions) -> Iterable[Observation]:
        """What was counted so far."""
        with self.lock:
            counts = dict(self.counts)
        for values, count in counts.items():
            attributes = zip(self.names, values, strict=True)
            yield Observation(count, {name: value for name, value in attributes if value is not None})


class Instruments:
    """What the clients of a process report to one provider; None: the global one, even if set later.

    Attributes:
        noted: Ends of calls and attempts that wait for a reader, oldest first, each with the context of its
            call.
        under_way: By call, method and base address of its attempt under way.
        called: Methods and base addresses that are reported even if no attempt is under way.
    """

    def __init__(self, provider: MeterProvider | None) -> None:
        self.provider = provider
        self.noted: deque[tuple[CallRecord | AttemptRecord, Context]] = deque()
        self.under_way: dict[object, tuple[str, str]] = {}
        self.called: set[tuple[str, str]] = set()
        self.calls: Tally = Tally("cocapi.operation", "cocapi.outcome", "error.type")
        self.lookups: Tally = Tally("cocapi.operation", "cocapi.cache")
        self.retries: Tally = Tally("cocapi.operation", "error.type")
        self.received: Tally = Tally("cocapi.operation")
        self.opened: Tally = Tally("server.address")
        meter = metrics.get_meter("cocapi", __version__, provider)
        meter.create_observable_up_down_counter(callbacks=[self.observe_active], **ACTIVE._asdict())
        self.attempt_duration: Histogram = histogram(meter, ATTEMPT_DURATION)
        self.call_duration: Histogram = histogram(meter, CALL_DURATION)
        self.waits: Histogram = histogram(meter, WAIT)
        counters = {
            CALLS: self.calls.observe,
            LOOKUPS: self.lookups.observe,
            RETRIES: self.retries.observe,
            RECEIVED: self.received.observe,
            OPENED: self.observe_opened,
        }
        for counter, observe in counters.items():
            meter.create_observable_counter(callbacks=[observe], **counter._asdict())

    def renew(self) -> None:
        """In the child of a fork: nothing is noted or under way, and what is counted in sums begins at zero.
        The instruments themselves stay; what its histograms hold is the SDK's own affair."""
        self.noted.clear()
        self.under_way.clear()
        for tally in (self.calls, self.lookups, self.retries, self.received, self.opened):
            tally.renew()

    def observe_active(self, options: CallbackOptions) -> Iterable[Observation]:
        """Answer a reader that collects. This instrument is made first, and so it is asked first: what was
        noted is in the others before they are."""
        for _ in range(len(self.noted)):
            self.report()
        counts = Counter(self.under_way.copy().values())
        for method, base_url in self.called.union(counts):
            attributes = {"http.request.method": method, "server.address": base_url}
            yield with_server(Observation(counts[method, base_url], attributes))

    def observe_opened(self, options: CallbackOptions) -> Iterable[Observation]:
        """Answer a reader that collects."""
        return map(with_server, self.opened.observe(options))

    def note(self, record: CallRecord | AttemptRecord) -> None:
        """Keep a record until a reader collects, with the context of its call, for exemplars."""
        self.noted.append((record, contexts.get_current()))
        if len(self.noted) > NOTED:
            if self.heard():
                self.report()
            else:
                self.noted.clear()

    def heard(self) -> bool:
        """Whether there is more than the API, whose own providers only stand in for one."""
        provider = self.provider or metrics.get_meter_provider()
        return not type(provider).__module__.startswith("opentelemetry.metrics")

    def report(self) -> None:
        """Report the oldest record that was noted."""
        try:
            record, context = self.noted.popleft()
        except IndexError as error:  # another thread was faster
            reraise(error)
            return
        if isinstance(record, CallRecord):
            self.report_call(record, context)
        else:
            self.report_attempt(record, context)

    def report_attempt(self, record: AttemptRecord, context: Context) -> None:
        """Report how an attempt ended."""
        if record.received:
            self.received.add(record.received, record.operation)
        if record.opened:
            self.opened.add(record.opened, record.base_url)
        if record.seconds is None:
            return
        self.called.add((record.method, record.base_url))
        host, port = server(record.base_url)
        attributes = {
            "http.request.method": record.method,
            "server.address": host,
            "server.port": port,
            "url.template": record.template,
            "http.response.status_code": record.status_code,
            "error.type": record.error_type,
        }
        present = {name: value for name, value in attributes.items() if value is not None}
        self.attempt_duration.record(record.seconds, present, context)

    def report_call(self, record: CallRecord, context: Context) -> None:
        """Report the record that `get_metrics()` counts."""
        attributes = {"cocapi.operation": record.operation, "cocapi.outcome": record.outcome}
        self.call_duration.record(record.response_time, attributes, context)
        kind = record.error_type
        if kind is not None and record.status_code >= 400:
            kind = str(record.status_code)
        self.calls.add(1, record.operation, record.outcome, kind)
        if record.cache is not None:
            self.lookups.add(1, record.operation, record.cache)

    def attempt_ended(
        self,
        request: Request,
        seconds: float | None,
        response: Response | None,
        error: CocApiError | None,
        opened: int,
    ) -> None:
        """Note how an attempt ended. Neither response nor error: it was cancelled."""
        kind = kind_of(error) if error is not None else "cancelled" if response is None else None
        status, received = (response.status_code, len(response.content)) if response else (None, 0)
        self.note(
            AttemptRecord(
                request.operation,
                request.method,
                request.base_url,
                request.template,
                seconds,
                status,
                received,
                opened,
                kind,
            )
        )

    def waiting(self, request: Request, seconds: float, error: CocApiError | None) -> None:
        """Report a wait for the limit, or the decision to try again after `error`."""
        if error is None:
            self.waits.record(max(seconds, 0.0), {"cocapi.operation": request.operation})
        else:
            self.retries.add(1, request.operation, kind_of(error))


def histogram(meter: Meter, instrument: Instrument) -> Histogram:
    """One of durations."""
    return meter.create_histogram(**instrument._asdict(), explicit_bucket_boundaries_advisory=list(SECONDS))


MADE: WeakKeyDictionary[MeterProvider, Instruments] = WeakKeyDictionary()
"""By provider: an instrument that is observed may be made once."""


@functools.cache
def global_instruments() -> Instruments:
    """Those of the global provider."""
    return Instruments(None)


def instruments_for(provider: MeterProvider | None) -> Instruments:
    """The instruments of a provider, shared by all clients that report to it; None: the global one."""
    if provider is None:
        return global_instruments()
    if provider not in MADE:
        MADE[provider] = Instruments(provider)
    return MADE[provider]


def with_server(observed: Observation) -> Observation:
    """An observation with host and port in place of the whole address."""
    told: dict[str, Any] = dict(observed.attributes or {})
    host, port = server(told.pop("server.address"))
    told["server.address"] = host
    return Observation(observed.value, told if port is None else {**told, "server.port": port})


@functools.lru_cache(maxsize=64)
def server(base_url: str) -> tuple[str, int | None]:
    """Host and port by the conventions; the host of ``sandbox://`` is ``sandbox``."""
    parts = urlsplit(base_url)
    return parts.hostname or parts.scheme, parts.port or PORTS.get(parts.scheme)


def kind_of(error: CocApiError) -> str:
    """``error.type`` by the conventions: the status code of a refusal, else our own word."""
    return str(error.status_code) if error.status_code >= 400 else error.error_type
