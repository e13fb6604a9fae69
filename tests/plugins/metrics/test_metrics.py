"""What the last calls were like: counted right, by template, alike in sync and async."""

import asyncio
import csv
import io
import itertools
import threading
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocapi import ApiConfig, ConfigError, ConnectionFailed, Outcome, Request, Response
from cocapi.testing import Clock, Script, json_response
from cocapi_metrics import Metrics
from cocapi_metrics.records import CallRecord, Records, percentiles

ONLY = {"only_plugins": ("script", "metrics", "cache"), "enable_metrics": True}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def plugin(clock: Clock) -> Metrics:
    return Metrics(ApiConfig(metrics_window_size=4), clock=clock, wall=lambda: 5000.0)


def settings(plugin: Metrics) -> dict[str, Any]:
    return {**ONLY, "plugins": {"metrics": lambda _: plugin}}


def answers(clock: Clock) -> Script:
    """Three answers that take 0.1, 0.3 and 0.2 seconds on the clock: a success and two failures."""

    def slow(seconds: float, outcome: Response | Exception) -> Any:
        def answer(_: Request) -> Response:
            clock.advance(seconds)
            if isinstance(outcome, Exception):
                raise outcome
            return outcome

        return answer

    return Script(
        slow(0.1, json_response({"tag": "#2PP"})),
        slow(0.3, json_response({}, 404)),
        slow(0.2, ConnectionFailed("lost")),
    )


CALLS = [("clan_tag", "#2PP"), ("clan_tag", "#2PP"), ("players", "#VV"), ("players", "#VV")]


def check(summary: dict[str, Any]) -> None:
    assert summary["total_requests"] == 4
    rates = (summary["success_rate"], summary["error_rate"], summary["cache_hit_rate"])
    assert rates == (0.5, 0.5, 0.25)
    assert summary["avg_response_time"] == pytest.approx(150)
    assert summary["average_response_time"] == pytest.approx(0.15)
    assert summary["response_time_percentiles"]["p50"] == pytest.approx(0.15)
    assert summary["response_time_percentiles"]["max"] == pytest.approx(0.3)
    assert summary["status_code_breakdown"] == {200: 2, 404: 1, 0: 1}
    assert summary["error_breakdown"] == {"http": 1, "connection": 1}
    assert summary["most_used_endpoints"] == [("GET /clans/{clanTag}", 2), ("GET /players/{playerTag}", 2)]
    assert summary["endpoints"]["GET /players/{playerTag}"]["error_rate"] == 1
    assert summary["timespan"] == {"start": 5000.0, "end": 5000.0, "duration_seconds": 0}
    assert summary["cancelled"] == 0
    assert "#2PP" not in str(summary)
    assert "message" not in summary


def test_the_figures_are_right_in_synchronous_code(plugin: Metrics, clock: Clock) -> None:
    """Rates from 0 to 1, times in milliseconds, names by template."""
    with answers(clock).client(**settings(plugin)) as api:
        for method, tag in CALLS:
            getattr(api, method)(tag)
        check(api.get_metrics())


def test_the_figures_are_the_same_in_asynchronous_code(plugin: Metrics, clock: Clock) -> None:
    """Where 3.0 showed zeros."""

    async def main() -> dict[str, Any]:
        async with answers(clock).async_client(**settings(plugin)) as api:
            for method, tag in CALLS:
                await getattr(api, method)(tag)
            return api.get_metrics()

    check(asyncio.run(main()))


def test_a_cancelled_call_is_counted_apart(plugin: Metrics) -> None:
    """It is neither success nor failure."""
    request = Request("x", "GET", "/x")
    plugin.cocapi_finished(request, Outcome(request, cancelled=True))
    assert (plugin.summary()["total_requests"], plugin.summary()["cancelled"]) == (0, 1)


def test_only_the_last_calls_are_kept(plugin: Metrics) -> None:
    """metrics_window_size."""
    script = Script(*[json_response({}, 500)] * 3, json_response({}))
    with script.client(**settings(plugin)) as api:
        for number in range(8):
            api.players(f"#{number}000")
        assert api.get_metrics()["total_requests"] == 4
        assert api.get_metrics()["error_rate"] == 0


def test_nothing_recorded_says_so_with_all_keys(plugin: Metrics) -> None:
    """A dashboard needs no special case."""
    summary = plugin.summary()
    assert (summary["total_requests"], summary["avg_response_time"]) == (0, 0)
    assert summary["message"] == "No metrics available"
    assert set(summary["response_time_percentiles"].values()) == {0}
    assert summary["response_time_percentiles"]["p95"] == 0
    assert (summary["endpoints"], summary["timespan"]) == ({}, {})


def test_clear_metrics_forgets(plugin: Metrics, clock: Clock) -> None:
    """And counting begins anew."""
    with answers(clock).client(**settings(plugin)) as api:
        api.clan_tag("#2PP")
        api.clear_metrics()
        assert api.get_metrics()["total_requests"] == 0


def test_endpoints_errors_and_csv_tell_more(plugin: Metrics, clock: Clock) -> None:
    """As in 3.0."""
    with answers(clock).client(**settings(plugin)) as api:
        for method, tag in CALLS:
            getattr(api, method)(tag)
    for name in ("/players/{playerTag}", "GET /players/{playerTag}"):
        assert plugin.get_endpoint_metrics(name)["total_requests"] == 2
    assert plugin.get_endpoint_metrics("/nothing")["message"] == "No metrics available"
    assert [error["error_type"] for error in plugin.get_recent_errors()] == ["connection", "http"]
    assert [len(plugin.get_recent_errors(limit)) for limit in (1, 0, -1)] == [1, 0, 0]
    rows = list(csv.DictReader(io.StringIO(plugin.export_metrics_csv())))
    assert [row["cache"] for row in rows] == ["miss", "hit", "miss", "miss"]
    assert rows[0]["endpoint"] == "GET /clans/{clanTag}"


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=200))
def test_percentiles_lie_between_the_values_in_order(values: list[float]) -> None:
    """For any number of values."""
    found = percentiles(values)
    shown = [found[name] for name in ("min", "p50", "p75", "p90", "p95", "p99", "max")]
    assert all(low <= high or low == pytest.approx(high) for low, high in itertools.pairwise(shown))
    assert (found["min"], found["max"]) == (min(values), max(values))


def test_reading_while_threads_record_is_safe() -> None:
    """No record is lost, and no summary fails."""
    records = Records(10_000)
    record = CallRecord("GET /x", "x", 200, 0.1, 1.0, None, None, 1, False)

    def add() -> None:
        for _ in range(2000):
            records.add(record)

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        records.summary()
    for thread in threads:
        thread.join()
    assert records.summary()["total_requests"] == 8000


def test_wrong_options_are_refused() -> None:
    """By name."""
    with pytest.raises(ConfigError, match="no option 'size'"):
        Metrics(ApiConfig(plugins={"metrics": {"size": 3}}))
    with pytest.raises(ConfigError, match="meter_provider"):
        Metrics(ApiConfig(plugins={"metrics": {"meter_provider": 3}}))
