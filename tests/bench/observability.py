"""What being observed costs, against opentelemetry-instrumentation-httpx on as many bare calls."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import httpx
import orjson
from calls import config
from measure import WINDOWS, Line, window
from opentelemetry import metrics, trace
from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from server import Server

from cocapi import CocApi

PATH = "/clans/%232PP"


class Providers:
    """Where spans and figures go: nowhere, or into memory by the SDK."""

    def __init__(self, sdk: bool) -> None:
        self.memory = InMemorySpanExporter()
        self.reader = InMemoryMetricReader()
        self.traces: Any = trace.NoOpTracerProvider()
        self.metrics: Any = metrics.NoOpMeterProvider()
        if sdk:
            self.traces = TracerProvider()
            self.traces.add_span_processor(SimpleSpanProcessor(self.memory))
            self.metrics = MeterProvider(metric_readers=[self.reader])

    def read(self) -> None:
        """Take away what has come so far, as exporters do from time to time."""
        self.memory.clear()
        if isinstance(self.metrics, MeterProvider):
            self.reader.get_metrics_data()


def added(server: Server, sdk: bool) -> Iterator[tuple[float, float]]:
    """Seconds that the plugins add to a call of ours, and the instrumentation to a bare one."""
    url, providers = server.base_url + PATH, Providers(sdk)
    bare, instrumented = httpx.Client(), httpx.Client()
    HTTPXClientInstrumentor().instrument_client(
        instrumented, tracer_provider=providers.traces, meter_provider=providers.metrics
    )
    plain = CocApi("token", config=config(server, "httpx"))
    plugins = {
        "tracing": {"tracer_provider": providers.traces},
        "metrics": {"meter_provider": providers.metrics},
    }
    observed = CocApi("token", config=replace(config(server, "httpx"), plugins=plugins))

    def reading(client: httpx.Client) -> Callable[[], object]:
        return lambda: orjson.loads(client.get(url).content)

    calls = (
        lambda: observed.clan_tag("#2PP"),
        lambda: plain.clan_tag("#2PP"),
        reading(instrumented),
        reading(bare),
    )
    for number in range(WINDOWS + 1):
        ours, without, theirs, naked = map(window, calls)
        providers.read()
        if number:
            yield max(ours - without, 1e-9), max(theirs - naked, 1e-9)


def lines(server: Server) -> Iterator[Line]:
    """Ours over theirs, without an SDK and with one."""
    yield Line(
        "observed without an SDK / instrumented httpx", "most", 1 / 6, lambda: added(server, sdk=False)
    )
    yield Line("observed with the SDK / instrumented httpx", "most", 1 / 3, lambda: added(server, sdk=True))
