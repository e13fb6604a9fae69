"""A tracker's traffic against a sandbox that misbehaves, seen through OpenTelemetry.

    python examples/observability/run.py

needs ``pip install '.[otel,sandbox]' rich`` and nothing else. While it runs, Prometheus can scrape
http://127.0.0.1:9464/metrics; with OTEL_EXPORTER_OTLP_ENDPOINT set (``http://127.0.0.1:4318``), traces go
there. At its end it shows the slowest call as a tree, and the figures.
"""

import argparse
import os
import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import cycle

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.exporter.prometheus import PrometheusMetricReader
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client import start_http_server
from rich.console import Console, Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from cocapi import ApiConfig, CocApi, Json
from cocapi_sandbox import Sandbox

TRACKER = Resource.create({"service.name": "tracker"})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seconds", type=float, default=60, help="how long calls are made")
    parser.add_argument("--port", type=int, default=9464, help="where Prometheus finds the metrics")
    parser.add_argument("--svg", help="also save what is shown at the end as a picture")
    given = parser.parse_args()

    memory = InMemorySpanExporter()
    traces = TracerProvider(resource=TRACKER)
    traces.add_span_processor(SimpleSpanProcessor(memory))
    if "OTEL_EXPORTER_OTLP_ENDPOINT" in os.environ:
        traces.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    metrics = MeterProvider(metric_readers=[PrometheusMetricReader()], resource=TRACKER)
    server, _ = start_http_server(given.port, "127.0.0.1")

    with Sandbox() as box:
        misbehave(box)
        config = ApiConfig(
            base_url=box.base_url,
            verify_token=False,
            cache_ttl=2,
            retry_delay=0.2,
            requests_per_second=15,
            burst_limit=3,
            enable_metrics=True,
            enable_tracing=True,
            plugins={"metrics": {"meter_provider": metrics}, "tracing": {"tracer_provider": traces}},
        )
        with CocApi("sandbox", config=config) as api:
            for _ in until(time.monotonic() + given.seconds, rounds(api)):
                pass
            figures = api.get_metrics()
    traces.shutdown()
    server.shutdown()
    server.server_close()

    console = Console(record=given.svg is not None, width=110 if given.svg else None)
    console.print(screen(memory.get_finished_spans(), figures))
    if given.svg:
        console.save_svg(given.svg, title="examples/observability/run.py")


def misbehave(box: Sandbox) -> None:
    """Some answers are late, some are refused, some do not come."""
    box.faults.delay(0.15, times=None, probability=0.1)
    box.faults.status(503, "inMaintenance", times=None, probability=0.04)
    box.faults.status(429, "requestThrottled", retry_after="1", times=None, probability=0.02)
    box.faults.add("dropped", times=None, probability=0.01)


def rounds(api: CocApi) -> Iterator[object]:
    """What a tracker asks, one call after another, without end."""
    clan = api.clan_tag("#2PP")
    players = cycle([member["tag"] for member in clan.get("memberList", [])] or ["#2PP"])
    while True:
        yield api.clan_tag("#2PP")
        yield api.clan_current_war("#2PP")
        yield api.location_id_clan_rank("global", limit=20)
        yield api.players("#VV")  # there is no such player
        for _ in range(5):
            yield api.players(next(players))


def until(end: float, calls: Iterable[object]) -> Iterator[object]:
    """As many of the calls as there is time for."""
    for call in calls:
        if time.monotonic() > end:
            return
        yield call


def screen(spans: Sequence[ReadableSpan], figures: Json) -> Group:
    """The slowest call as a tree, and a line of figures for each endpoint."""
    return Group(Panel(slowest(spans), title="the slowest call"), Panel(table(figures), title="all calls"))


def slowest(spans: Sequence[ReadableSpan]) -> Tree:
    """The span of a call with its events, and its attempts below it."""
    call = max((span for span in spans if span.parent is None), key=seconds)
    below = [span for span in spans if span.parent and span.parent.span_id == call.context.span_id]
    tree = Tree(line(call, call))
    parts = [(event.timestamp, Text(f"• {event.name} {shown(event.attributes)}")) for event in call.events]
    parts += [(span.start_time or 0, line(span, call)) for span in below]
    for _, text in sorted(parts, key=lambda part: part[0]):
        tree.add(text)
    return tree


def line(span: ReadableSpan, call: ReadableSpan) -> Text:
    """When a span began within its call, how long it took, and what it says."""
    begun = ((span.start_time or 0) - (call.start_time or 0)) / 1e6
    style = "bold red" if not span.status.is_ok and span.status.description else "bold"
    said = shown({k: v for k, v in (span.attributes or {}).items() if not k.startswith(("url", "server"))})
    return Text.assemble(
        (span.name, style), f"  at {begun:.0f} ms, {seconds(span) * 1000:.0f} ms  ", (said, "dim")
    )


def seconds(span: ReadableSpan) -> float:
    """How long a span was open."""
    return ((span.end_time or 0) - (span.start_time or 0)) / 1e9


def shown(attributes: object) -> str:
    """Attributes in one line."""
    pairs = dict(attributes or {}).items()  # type: ignore[call-overload]
    return " ".join(
        f"{name}={value:.3g}" if isinstance(value, float) else f"{name}={value}" for name, value in pairs
    )


def table(figures: Json) -> Table:
    """One line for each endpoint."""
    found = Table("endpoint", "calls", "errors", "mean ms", "p95 ms", "from cache", box=None)
    for name, part in figures["endpoints"].items():
        found.add_row(
            name,
            str(part["total_requests"]),
            f"{part['error_rate']:.1%}",
            f"{part['avg_response_time']:.1f}",
            f"{part['response_time_percentiles']['p95'] * 1000:.1f}",
            f"{part['cache_hit_rate']:.0%}",
        )
    return found


if __name__ == "__main__":
    main()
