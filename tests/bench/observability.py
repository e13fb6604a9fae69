"""What being observed costs, against opentelemetry-instrumentation-httpx on as many bare calls."""

import random
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import httpx
import orjson
from calls import config
from measure import WINDOWS, Line
from opentelemetry import context, trace
from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from server import Server

from cocapi import CocApi

PATH = "/clans/%232PP"
CLIENTS = 4
TURNS = 10
CALLS = 20
WARMING = 5

Call = Callable[[], object]


class Providers:
    """Where spans and figures go: into memory by the SDK; or, without one, to the API's global providers,
    which have nowhere to send them."""

    def __init__(self, sdk: bool) -> None:
        self.memory = InMemorySpanExporter()
        self.reader = InMemoryMetricReader()
        self.traces: TracerProvider | None = None
        self.metrics: MeterProvider | None = None
        if sdk:
            self.traces = TracerProvider()
            self.traces.add_span_processor(SimpleSpanProcessor(self.memory))
            self.metrics = MeterProvider(metric_readers=[self.reader])

    def read(self) -> None:
        """Take away what has come so far, as exporters do from time to time."""
        self.memory.clear()
        if self.metrics is not None:
            self.reader.get_metrics_data()


def plain(server: Server, _: Providers) -> Call:
    """A client of ours without the two plugins."""
    api = CocApi("token", config=config(server, "httpx"))
    return lambda: api.clan_tag("#2PP")


def observed(server: Server, to: Providers) -> Call:
    """A client of ours with both."""
    plugins = {"tracing": {"tracer_provider": to.traces}, "metrics": {"meter_provider": to.metrics}}
    api = CocApi("token", config=replace(config(server, "httpx"), plugins=plugins))
    return lambda: api.clan_tag("#2PP")


def spanned(server: Server, to: Providers) -> Call:
    """A client of ours without plugins; beside each call two spans in which nothing is written."""
    call, tracer = plain(server, to), trace.get_tracer("floor", tracer_provider=to.traces)

    def within_spans() -> object:
        outer = tracer.start_span("call")
        token = context.attach(trace.set_span_in_context(outer))
        tracer.start_span("attempt").end()
        context.detach(token)
        outer.end()
        return call()

    return within_spans


def bare(server: Server, _: Providers) -> Call:
    """httpx as it is."""
    client, url = httpx.Client(), server.base_url + PATH
    return lambda: orjson.loads(client.get(url).content)


def instrumented(server: Server, to: Providers) -> Call:
    """httpx with its instrumentation."""
    client, url = httpx.Client(), server.base_url + PATH
    HTTPXClientInstrumentor().instrument_client(client, tracer_provider=to.traces, meter_provider=to.metrics)
    return lambda: orjson.loads(client.get(url).content)


Kind = Callable[[Server, Providers], Call]


def added(ours: Kind, server: Server, sdk: bool) -> Iterator[tuple[float, float]]:
    """Seconds that `ours` adds to a call of ours, and the instrumentation to a bare one.

    That is a tenth of a call or less, and as much lies between two clients, between two moments, and between
    one predecessor and the other: so there are several of each kind, in short turns, in random order.
    """
    to = Providers(sdk)
    calls = [(kind, kind(server, to)) for kind in (ours, plain, instrumented, bare) for _ in range(CLIENTS)]
    for number in range(WINDOWS + 1):
        spent = in_short_turns(calls)
        to.read()
        if number:
            yield spent[ours] - spent[plain], spent[instrumented] - spent[bare]


def in_short_turns(calls: list[tuple[Kind, Call]]) -> dict[Kind, float]:
    """By kind, the median of the seconds of a call."""
    spent: dict[Kind, list[float]] = {kind: [] for kind, _ in calls}
    for _ in range(TURNS):
        for kind, call in random.sample(calls, len(calls)):
            spent[kind] += list(timed(call))[WARMING:]
    return {kind: statistics.median(seconds) for kind, seconds in spent.items()}


def timed(call: Call) -> Iterator[float]:
    """Seconds of each of some calls."""
    for _ in range(CALLS):
        started = time.perf_counter()
        call()
        yield time.perf_counter() - started


def lines(server: Server) -> Iterator[Line]:
    """Ours over theirs, without an SDK and with one; and what two empty spans would be."""
    theirs = "/ instrumented httpx"
    yield Line(f"observed without an SDK {theirs}", "most", 1 / 6, lambda: added(observed, server, False))
    yield Line(f"observed with the SDK {theirs}", "most", 1 / 3, lambda: added(observed, server, True))
    yield Line(f"observed: two empty spans, SDK {theirs}", "most", None, lambda: added(spanned, server, True))
