"""What a MeterProvider is told: every instrument, with its attributes, in both kinds of code."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import httpx
import pytest
from opentelemetry.metrics import NoOpMeterProvider
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

from cocapi import ApiConfig, CocApi, ConnectionFailed, Request, Response, hookimpl
from cocapi.testing import Clock, Script, json_response
from cocapi_metrics import instruments
from cocapi_metrics.instruments import instruments_for
from cocapi_ratelimit import RateLimit
from cocapi_sandbox import Sandbox

ATTEMPT = {"http.request.method": "GET", "server.address": "api.clashofclans.com", "server.port": 443}


@pytest.fixture
def reader() -> InMemoryMetricReader:
    return InMemoryMetricReader()


@pytest.fixture
def provider(reader: InMemoryMetricReader) -> Iterator[MeterProvider]:
    provider = MeterProvider([reader], shutdown_on_exit=False)
    yield provider
    provider.shutdown()


def points(reader: InMemoryMetricReader) -> dict[str, list[Any]]:
    """By instrument, its data points."""
    data = reader.get_metrics_data()
    return {
        metric.name: list(metric.data.data_points)
        for resource in (data.resource_metrics if data else ())
        for scope in resource.scope_metrics
        for metric in scope.metrics
    }


def counted(points: list[Any]) -> list[tuple[dict[str, Any], float]]:
    """Attributes and value (of a histogram: count) of each point, in order."""
    pairs = [
        (dict(point.attributes), point.value if hasattr(point, "value") else point.count) for point in points
    ]
    return sorted(pairs, key=str)


def options(provider: Any) -> dict[str, Any]:
    return {"metrics": {"meter_provider": provider}}


def test_a_call_with_a_retry_is_counted_everywhere(
    play: Callable[..., Any], provider: MeterProvider, reader: InMemoryMetricReader
) -> None:
    """Each attempt with its status, the call once."""
    body = json_response({"tag": "#2PP"})
    play(
        Script(json_response({}, 503, {"retry-after": "1"}), body),
        "clan_tag",
        "#2PP",
        plugins=options(provider),
    )
    found = points(reader)
    attempt = {**ATTEMPT, "url.template": "/clans/{clanTag}"}
    assert counted(found["http.client.request.duration"]) == [
        ({**attempt, "http.response.status_code": 200}, 1),
        ({**attempt, "http.response.status_code": 503, "error.type": "503"}, 1),
    ]
    operation = {"cocapi.operation": "clan_tag"}
    assert counted(found["cocapi.client.calls"]) == [({**operation, "cocapi.outcome": "success"}, 1)]
    assert counted(found["cocapi.client.call.duration"]) == [({**operation, "cocapi.outcome": "success"}, 1)]
    assert counted(found["cocapi.client.cache.lookups"]) == [({**operation, "cocapi.cache": "miss"}, 1)]
    assert counted(found["cocapi.client.retries"]) == [({**operation, "error.type": "503"}, 1)]
    assert counted(found["cocapi.client.received"]) == [(operation, len(body.content) + 2)]
    assert counted(found["http.client.active_requests"]) == [(ATTEMPT, 0)]


def test_durations_have_the_buckets_of_the_conventions(
    provider: MeterProvider, reader: InMemoryMetricReader
) -> None:
    """As the API advises the SDK."""
    with Script().client(plugins=options(provider)) as api:
        api.players("#2PP")
    (point,) = points(reader)["http.client.request.duration"]
    assert point.explicit_bounds == (
        0.005,
        0.01,
        0.025,
        0.05,
        0.075,
        0.1,
        0.25,
        0.5,
        0.75,
        1,
        2.5,
        5,
        7.5,
        10,
    )


def test_the_wait_for_the_limit_is_measured(provider: MeterProvider, reader: InMemoryMetricReader) -> None:
    """In seconds."""
    clock = Clock()
    plugins = {**options(provider), "ratelimit": lambda config: RateLimit(config, clock=clock)}
    script = Script(clock=clock)
    with script.client(requests_per_second=2, burst_limit=1, plugins=plugins) as api:
        api.players("#2PP")
        api.players("#VV")
    (point,) = points(reader)["cocapi.client.limit.wait"]
    assert (point.count, point.sum) == (1, pytest.approx(0.5))


def test_get_metrics_and_the_instruments_agree(provider: MeterProvider, reader: InMemoryMetricReader) -> None:
    """Success, hit, refusal and lost connection."""
    script = Script(json_response({}), json_response({}, 404), ConnectionFailed("lost"))
    with script.client(max_retries=1, plugins=options(provider)) as api:
        for method, tag in [
            ("clan_tag", "#2PP"),
            ("clan_tag", "#2PP"),
            ("players", "#VV"),
            ("players", "#VV"),
        ]:
            getattr(api, method)(tag)
        summary = api.get_metrics()
    found = points(reader)
    calls = counted(found["cocapi.client.calls"])
    assert sum(count for _, count in calls) == summary["total_requests"] == 4
    failed = sum(count for told, count in calls if told["cocapi.outcome"] == "error")
    assert failed / 4 == summary["error_rate"]
    hits = sum(
        n for told, n in counted(found["cocapi.client.cache.lookups"]) if told["cocapi.cache"] == "hit"
    )
    assert hits / 4 == summary["cache_hit_rate"]
    assert {told.get("error.type") for told, _ in calls} == {None, "404", "connection"}
    assert "2PP" not in str(found)


def test_requests_in_flight_rise_and_fall_also_when_cancelled(
    provider: MeterProvider, reader: InMemoryMetricReader
) -> None:
    """A cancelled attempt is measured, and says so."""

    class Endless(Script):
        async def asend(self, request: Request) -> Response:
            sent.set()
            await asyncio.sleep(60)
            return self.send(request)

    sent = asyncio.Event()

    async def main() -> None:
        async with Endless().async_client(plugins=options(provider)) as api:
            task = asyncio.ensure_future(api.players("#2PP"))
            await sent.wait()
            assert counted(points(reader)["http.client.active_requests"]) == [(ATTEMPT, 1)]
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(main())
    found = points(reader)
    assert counted(found["http.client.active_requests"]) == [(ATTEMPT, 0)]
    assert found["http.client.request.duration"][0].attributes["error.type"] == "cancelled"
    assert found["cocapi.client.calls"][0].attributes["cocapi.outcome"] == "cancelled"


class Broken:
    """A provider whose meter, or whose histograms, raise."""

    def __init__(self, at_once: bool) -> None:
        self.at_once = at_once

    def get_meter(self, *_: Any, **__: Any) -> Any:
        if self.at_once:
            raise RuntimeError("on purpose")
        return self

    def create_histogram(self, *_: Any, **__: Any) -> Any:
        return self

    create_observable_counter = create_observable_up_down_counter = create_histogram

    def record(self, *_: Any) -> None:
        raise RuntimeError("on purpose")


@pytest.mark.parametrize("at_once", [True, False])
def test_a_provider_that_raises_fails_no_call_and_get_metrics_still_counts(
    at_once: bool, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Its failures are logged."""
    monkeypatch.setattr(instruments, "NOTED", 0)  # so that each duration is recorded at once
    script = Script(json_response({}, 503), json_response({"tag": "#2PP"}))
    with script.client(plugins=options(Broken(at_once))) as api:
        assert api.players("#2PP") == {"tag": "#2PP"}
        assert api.get_metrics()["total_requests"] == 1
    assert "on purpose" in caplog.text


def test_durations_beyond_those_that_wait_are_recorded_at_once(
    provider: MeterProvider, reader: InMemoryMetricReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Memory does not grow where no reader collects, and nothing is lost where one does."""
    monkeypatch.setattr(instruments, "NOTED", 3)
    with Script().client(plugins=options(provider), cache_ttl=0) as api:
        for _ in range(10):
            api.players("#2PP")
    assert len(instruments_for(provider).noted) == 3
    found = points(reader)
    assert sum(count for _, count in counted(found["cocapi.client.call.duration"])) == 10
    assert sum(count for _, count in counted(found["http.client.request.duration"])) == 10


def test_where_nobody_can_listen_no_more_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without an SDK they are forgotten when there are too many."""
    monkeypatch.setattr(instruments, "NOTED", 3)
    provider = NoOpMeterProvider()
    with Script().client(plugins=options(provider), cache_ttl=0) as api:
        for _ in range(10):
            api.players("#2PP")
        assert api.get_metrics()["total_requests"] == 10
    found = instruments_for(provider)
    assert len(found.noted) <= 3
    assert found.calls.counts == {}


def test_clients_of_one_provider_are_counted_together(
    provider: MeterProvider, reader: InMemoryMetricReader
) -> None:
    """An instrument that is observed may be made once."""
    for _ in range(2):
        with Script().client(plugins=options(provider)) as api:
            api.players("#2PP")
    assert [count for _, count in counted(points(reader)["cocapi.client.calls"])] == [2]


def test_a_provider_shut_down_early_fails_no_call(play: Callable[..., Any], provider: MeterProvider) -> None:
    """The answer is the same."""
    provider.shutdown()
    assert play(Script(), "players", "#2PP", plugins=options(provider)) == {}


class ThroughHttpx:
    """A transport that a library's instrumentation sees."""

    def __init__(self) -> None:
        self.http = httpx.Client()

    @hookimpl(tryfirst=True)
    def cocapi_transport(self) -> Any:
        return self

    def send(self, request: Request) -> Response:
        got = self.http.request(request.method, request.url, headers=dict(request.headers))
        return Response(got.status_code, dict(got.headers), got.content)

    def close(self) -> None:
        self.http.close()


OLD = version("opentelemetry-instrumentation-httpx") < "0.57"  # all are 0.NN, with two digits

PROGRAM = """
import json
from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from cocapi import ApiConfig, CocApi
from cocapi_sandbox import Sandbox
from test_instruments import ThroughHttpx

def counted(box, **settings):
    reader = InMemoryMetricReader()
    provider = MeterProvider(metric_readers=[reader])
    plugins = {"metrics": {"meter_provider": provider, "http_client": "transport" in settings}}
    if "transport" not in settings:
        plugins["through"] = lambda _: ThroughHttpx()
    config = ApiConfig(base_url=box.base_url, verify_token=False, plugins=plugins, **settings)
    HTTPXClientInstrumentor().instrument(meter_provider=provider)
    with CocApi("token", config=config) as api:
        api.clan_tag("#2PP")
    HTTPXClientInstrumentor().uninstrument()
    return sum(
        point.count
        for resource in reader.get_metrics_data().resource_metrics
        for scope in resource.scope_metrics
        for metric in scope.metrics if metric.name == "http.client.request.duration"
        for point in metric.data.data_points
    )

with Sandbox() as box:
    counts = {name: counted(box, transport=name) for name in ("httpx", "pyreqwest", "requests")}
    print(json.dumps({**counts, "through httpx": counted(box)}))
"""


@pytest.fixture(scope="module")
def beside_instrumented_httpx() -> dict[str, int]:
    """By transport, how many durations a call brought, in a process that reads which conventions are on."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=Path(__file__).parent,
        env={**os.environ, "OTEL_SEMCONV_STABILITY_OPT_IN": "http"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    counts: dict[str, int] = json.loads(done.stdout)
    return counts


@pytest.mark.parametrize(
    "transport",
    [
        "httpx",
        "pyreqwest",
        "requests",
        pytest.param("through httpx", marks=pytest.mark.skipif(OLD, reason="theirs had no such metric")),
    ],
)
def test_beside_instrumented_httpx_nothing_is_counted_twice(
    transport: str, beside_instrumented_httpx: dict[str, int]
) -> None:
    """Under the name that both use with the stable conventions; for one that httpx sends for, ours is off."""
    assert beside_instrumented_httpx[transport] == 1


def test_connections_are_counted_where_the_transport_can_tell(
    provider: MeterProvider, reader: InMemoryMetricReader
) -> None:
    """Kept ones are not opened again; a lost one is."""
    with Sandbox() as box:
        config = ApiConfig(
            base_url=box.base_url,
            verify_token=False,
            transport="httpx",
            cache_ttl=0,
            retry_delay=0,
            plugins=options(provider),
        )
        with CocApi("token", config=config) as api:
            for _ in range(3):
                api.clan_tag("#2PP")
            assert counted(points(reader)["cocapi.client.connections.opened"])[0][1] == 1
            box.faults.add("dropped")
            api.clan_tag("#2PP")
    ((attributes, opened),) = counted(points(reader)["cocapi.client.connections.opened"])
    assert opened >= 2
    assert set(attributes) == {"server.address", "server.port"}


GLOBAL = """
from cocapi import ApiConfig, CocApi
from opentelemetry import metrics
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

reader = InMemoryMetricReader()
config = ApiConfig(base_url="sandbox://", enable_metrics=True, verify_token=False)
with CocApi("token", config=config) as api:
    api.clan_tag("#2PP")
    metrics.set_meter_provider(MeterProvider([reader]))
    api.players("#2PP")
(scope,) = reader.get_metrics_data().resource_metrics[0].scope_metrics
(calls,) = (metric for metric in scope.metrics if metric.name == "cocapi.client.calls")
print(sorted(point.attributes["cocapi.operation"] for point in calls.data.data_points))
"""


def test_a_global_provider_may_be_set_after_the_client_was_made() -> None:
    """What was called before is told too."""
    done = subprocess.run([sys.executable, "-c", GLOBAL], capture_output=True, text=True, check=False)
    assert done.stdout == "['clan_tag', 'players']\n", done.stderr


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_the_child_of_a_fork_counts_from_zero(provider: MeterProvider, reader: InMemoryMetricReader) -> None:
    """Nothing of the parent's is under way there, or reported a second time; the instruments stay."""
    script = Script()
    settings = {"only_plugins": ("script", "metrics"), "plugins": {"metrics": {"meter_provider": provider}}}
    with CocApi("token", config=script.config(**settings, enable_metrics=True)) as api:
        api.clan_tag("#2PP")
        instruments = api.plugins["metrics"].instruments
        instruments.under_way[object()] = "GET", "https://api.example"
        with instruments.calls.lock:
            child = os.fork()
            if child == 0:
                signal.alarm(60)
                right = api.get_metrics()["total_requests"] == 0
                right = right and not instruments.under_way and not instruments.noted
                api.clan_tag("#2PP")
                api.clan_tag("#2PP")
                while instruments.noted:
                    instruments.report()
                counts = sum(instruments.calls.counts.values())
                os._exit(0 if right and counts == 2 and api.get_metrics()["total_requests"] == 2 else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert api.get_metrics()["total_requests"] == 1
