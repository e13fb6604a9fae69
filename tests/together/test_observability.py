"""What operators see, in real parts: a collector, a Prometheus, the queries of the dashboard."""

import gzip
import json
import os
import random
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import rotel
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from cocapi import ApiConfig, CocApi
from cocapi_sandbox import Sandbox

pytestmark = pytest.mark.once

EXAMPLE = Path(__file__).parents[2] / "examples" / "observability"
AGENT = Path(rotel.__file__).parent / "rotel-agent"
TRACKED = {"clan_tag", "players", "clan_current_war"}
"""Operations that the example calls again and again."""


def free_port() -> int:
    """One that no system gives to whoever asks for any, so that nobody takes it before it is used."""
    while True:
        with socket.socket() as found, suppress(OSError):
            found.bind(("127.0.0.1", random.randrange(10_000, 30_000)))  # no secret
            return int(found.getsockname()[1])


def within(seconds: float, ask: Callable[[], Any]) -> Any:
    """The first true answer; fails when there is none in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if answer := ask():
                return answer
        except OSError:
            pass
        time.sleep(0.1)
    raise AssertionError(f"nothing within {seconds} s")


@contextmanager
def running(*command: object, **further: Any) -> Iterator[subprocess.Popen[bytes]]:
    """A program that is ended with the block."""
    with subprocess.Popen([*map(str, command)], **further) as process:
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()


# Traces


class Receiver(HTTPServer):
    """Takes spans by OTLP over HTTP and keeps them."""

    def __init__(self) -> None:
        self.spans: list[Any] = []
        spans = self.spans

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                if self.headers["content-encoding"] == "gzip":
                    body = gzip.decompress(body)
                request = ExportTraceServiceRequest.FromString(body)
                for resource in request.resource_spans:
                    for scope in resource.scope_spans:
                        spans.extend(scope.spans)
                answer = ExportTraceServiceResponse().SerializeToString()
                self.send_response(200)
                self.send_header("content-type", "application/x-protobuf")
                self.send_header("content-length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: object) -> None: ...

        super().__init__(("127.0.0.1", 0), Handler)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def collector(receiver: Receiver, tmp_path: Path) -> Iterator[str]:
    """The address of a rotel that hands on what it receives.

    rotel needs a libpython of its wheel's version; where there is none, that of the receiver, which is made
    of the official protobuf messages.
    """
    if subprocess.run([AGENT, "--help"], capture_output=True, check=False).returncode != 0:
        yield f"http://127.0.0.1:{receiver.server_port}"
        return
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    command = [
        AGENT,
        "start",
        *("--otlp-http-endpoint", f"127.0.0.1:{port}"),
        *("--otlp-grpc-endpoint", f"127.0.0.1:{free_port()}"),
        *("--exporter", "otlp", "--otlp-exporter-protocol", "http"),
        *("--otlp-exporter-endpoint", f"http://127.0.0.1:{receiver.server_port}"),
        *("--batch-timeout", "200ms"),
    ]
    with running(*command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL):
        within(60, lambda: socket.create_connection(("127.0.0.1", port), 1).close() is None)
        yield address


def attributes(span: Any) -> dict[str, Any]:
    return {pair.key: getattr(pair.value, pair.value.WhichOneof("value")) for pair in span.attributes}


def test_a_collector_receives_the_tree_of_a_call(collector: str, receiver: Receiver) -> None:
    """A call with a retry and a wait, and one from the cache, read back as they happened."""
    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(f"{collector}/v1/traces")))
    with Sandbox() as box:
        config = ApiConfig(
            base_url=box.base_url,
            verify_token=False,
            requests_per_second=0.3,
            burst_limit=1,
            retry_delay=0.05,
            plugins={"tracing": {"tracer_provider": provider}},
        )
        with CocApi("token", config=config) as api:
            box.faults.status(503, "inMaintenance")
            api.clan_tag("#2PP")
            api.clan_tag("#2PP")
    provider.shutdown()
    within(60, lambda: len(receiver.spans) >= 4)
    calls = sorted((s for s in receiver.spans if not s.parent_span_id), key=lambda s: s.start_time_unix_nano)
    attempts = sorted((s for s in receiver.spans if s.parent_span_id), key=lambda s: s.start_time_unix_nano)
    assert [span.name for span in calls] == ["clan_tag", "clan_tag"]
    assert [attributes(span)["cocapi.cache"] for span in calls] == ["miss", "hit"]
    assert {span.parent_span_id for span in attempts} == {calls[0].span_id}
    assert [attributes(span)["http.response.status_code"] for span in attempts] == [503, 200]
    assert [event.name for event in calls[0].events] == ["cocapi.retry", "cocapi.wait"]
    assert len({span.trace_id for span in [calls[0], *attempts]}) == 1


@pytest.mark.parametrize("fails", ["refused", "silent"])
def test_an_exporter_that_fails_delays_no_call(fails: str, caplog: pytest.LogCaptureFixture) -> None:
    """Nobody listens, or somebody who never answers."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        if fails == "silent":
            silent.listen()
        exporter = OTLPSpanExporter(f"http://127.0.0.1:{silent.getsockname()[1]}/v1/traces", timeout=60)
        provider = TracerProvider()
        processor = BatchSpanProcessor(exporter, schedule_delay_millis=50)
        provider.add_span_processor(processor)
        plugins = {"tracing": {"tracer_provider": provider}}
        config = ApiConfig(base_url="sandbox://", requests_per_second=1e6, cache_ttl=0, plugins=plugins)
        with CocApi("token", config=config) as api:
            started = time.monotonic()
            for _ in range(50):
                assert api.clan_tag("#2PP")["tag"] == "#2PP"
            spent = time.monotonic() - started
        silent.close()
        exporter.shutdown()
        provider.shutdown()
    assert spent < 30  # one export that was waited for would take twice as long


# Metrics


def prometheus_binary() -> Path | None:
    """Debian's Prometheus: the one installed, or the package unpacked beside, so that no service starts."""
    if found := shutil.which("prometheus"):
        return Path(found)
    home = Path(tempfile.gettempdir()) / "cocapi-tests-prometheus"
    binary = home / "usr" / "bin" / "prometheus"
    if binary.exists():
        return binary
    if not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
        return None
    with tempfile.TemporaryDirectory() as folder:
        for command in (["apt-get", "download", "prometheus"], ["apt-get", "update"]) * 2:
            subprocess.run(command, cwd=folder, capture_output=True, check=False, timeout=300)
            if packages := list(Path(folder).glob("prometheus_*.deb")):
                unpacked = Path(folder) / "unpacked"
                subprocess.run(["dpkg-deb", "-x", packages[0], unpacked], check=True)
                home.parent.mkdir(exist_ok=True)
                if not home.exists():
                    shutil.move(unpacked, home)
                return binary
    return None


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], list[Any]]]:
    """Asks PromQL of a Prometheus that has scraped the example while it ran."""
    binary = prometheus_binary()
    if binary is None:
        pytest.skip("no prometheus: neither installed nor to be had from apt")
    folder = tmp_path_factory.mktemp("prometheus")
    metrics, own = free_port(), free_port()
    said = (EXAMPLE / "prometheus.yml").read_text(encoding="utf-8")
    said = said.replace("scrape_interval: 5s", "scrape_interval: 1s").replace("9464", str(metrics))
    (folder / "prometheus.yml").write_text(said, encoding="utf-8")
    command = [
        binary,
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{own}",
    ]

    def ask(query: str) -> list[Any]:
        address = f"http://127.0.0.1:{own}/api/v1/query?" + urllib.parse.urlencode({"query": query})
        with urllib.request.urlopen(address, timeout=10) as answer:
            found: list[Any] = json.load(answer)["data"]["result"]
        return found

    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    example = [sys.executable, EXAMPLE / "run.py", "--seconds", 300, "--port", metrics]
    with running(*command, **quiet), running(*example, **quiet, env=environment):
        within(60, lambda: {name for name, seconds in p95(ask).items() if seconds > 0} >= TRACKED)
        yield ask


def value(answer: list[Any]) -> float:
    (found,) = answer
    return float(found["value"][1])


def p95(ask: Callable[[str], list[Any]]) -> dict[str, float]:
    """Seconds within which 95 of 100 calls ended of late, by operation; NaN where there was none."""
    answer = ask(
        "histogram_quantile(0.95, sum by (le, cocapi_operation) "
        "(rate(cocapi_client_call_duration_seconds_bucket[10s])))"
    )
    return {found["metric"]["cocapi_operation"]: float(found["value"][1]) for found in answer}


def test_prometheus_answers_what_operators_ask(prometheus: Callable[[str], list[Any]]) -> None:
    """Rate of calls, part from the cache, p95 by operation."""
    calls = "sum(rate(cocapi_client_calls_total[10s]))"
    hits = 'sum(rate(cocapi_client_cache_lookups_total{cocapi_cache="hit"}[10s]))'
    lookups = "sum(rate(cocapi_client_cache_lookups_total[10s]))"
    within(60, lambda: value(prometheus(calls)) > 1)
    within(60, lambda: 0 < value(prometheus(f"{hits} / {lookups}")) < 1)
    within(60, lambda: (p := p95(prometheus)).keys() >= TRACKED and all(0 < s < 10 for s in p.values()))


def queries() -> list[str]:
    """Every query of the dashboard, over ten seconds."""
    dashboard = json.loads((EXAMPLE / "dashboard.json").read_text(encoding="utf-8"))
    return [
        target["expr"].replace("$__rate_interval", "10s")
        for panel in dashboard["panels"]
        for target in panel["targets"]
    ]


@pytest.mark.parametrize("query", queries())
def test_every_query_of_the_dashboard_returns_data(
    prometheus: Callable[[str], list[Any]], query: str
) -> None:
    """A panel that stays empty tells nobody anything."""
    answer = within(60, lambda: prometheus(query))
    assert any(float(found["value"][1]) >= 0 for found in answer)


def test_no_metric_names_a_player_or_clan(prometheus: Callable[[str], list[Any]]) -> None:
    """Labels are templates and words of the API."""
    labels = {
        label
        for series in prometheus('{job="tracker"}')
        for label in series["metric"].values()
        if not label.startswith("http://")
    }
    assert labels
    assert [label for label in labels if re.search(r"#|%23|2PP|Bearer", label)] == []
