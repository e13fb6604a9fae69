"""One span a call, one an attempt: rightly named, nested and ended, in both kinds of code."""

import asyncio
import sys
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from opentelemetry import trace
from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from cocapi import (
    ApiConfig,
    CocApi,
    ConfigError,
    ConnectionFailed,
    MissingExtra,
    PluginError,
    Request,
    Response,
    hookimpl,
)
from cocapi.testing import Clock, Script, json_response
from cocapi_ratelimit import RateLimit
from cocapi_sandbox import Sandbox
from cocapi_tracing import tracing


@pytest.fixture
def memory() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def provider(memory: InMemorySpanExporter) -> Iterator[TracerProvider]:
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(memory))
    yield provider
    provider.shutdown()


def options(provider: Any, **further: Any) -> dict[str, Any]:
    return {"tracing": {"tracer_provider": provider, **further}}


def told(span: ReadableSpan) -> dict[str, Any]:
    return dict(span.attributes or {})


def test_a_call_with_a_retry_is_a_tree(
    play: Callable[..., Any], provider: TracerProvider, memory: InMemorySpanExporter
) -> None:
    """The call on top, named by its operation; an attempt each below, by the conventions."""
    failure = json_response({"reason": "inMaintenance"}, 503, {"retry-after": "2"})
    script = Script(failure, json_response({"tag": "#2PP"}))
    play(script, "clan_tag", "#2PP", plugins=options(provider))
    first, second, call = memory.get_finished_spans()
    assert [span.name for span in (first, second, call)] == ["GET /clans/{clanTag}"] * 2 + ["clan_tag"]
    assert [span.kind for span in (first, second, call)] == [SpanKind.CLIENT] * 2 + [SpanKind.INTERNAL]
    assert {span.parent.span_id for span in (first, second) if span.parent} == {call.context.span_id}
    assert call.parent is None
    assert told(call) == {
        "cocapi.operation": "clan_tag",
        "url.template": "/clans/{clanTag}",
        "cocapi.attempts": 2,
        "cocapi.outcome": "success",
        "cocapi.cache": "miss",
    }
    common = {
        "http.request.method": "GET",
        "url.template": "/clans/{clanTag}",
        "server.address": "api.clashofclans.com",
        "server.port": 443,
    }
    assert told(first) == {
        **common,
        "http.response.status_code": 503,
        "error.type": "503",
        "cocapi.reason": "inMaintenance",
    }
    assert told(second) == {**common, "http.request.resend_count": 1, "http.response.status_code": 200}
    assert [span.status.status_code for span in (first, second, call)] == [
        StatusCode.ERROR,
        StatusCode.UNSET,
        StatusCode.UNSET,
    ]
    (event,) = call.events
    assert (event.name, dict(event.attributes or {})) == (
        "cocapi.retry",
        {"cocapi.attempt": 2, "cocapi.delay": 2.0, "error.type": "503"},
    )


def test_a_cache_hit_is_a_call_without_attempts(
    provider: TracerProvider, memory: InMemorySpanExporter
) -> None:
    """And says so."""
    with Script().client(plugins=options(provider)) as api:
        api.clan_tag("#2PP")
        memory.clear()
        api.clan_tag("#2PP")
    (call,) = memory.get_finished_spans()
    assert (told(call)["cocapi.cache"], told(call)["cocapi.attempts"]) == ("hit", 0)


def test_a_wait_for_the_limit_is_an_event(provider: TracerProvider, memory: InMemorySpanExporter) -> None:
    """With the seconds, whether the limiter answers with a wait or with a flow that sleeps."""
    clock = Clock()
    limit = {"ratelimit": lambda config: RateLimit(config, clock=clock)}
    script = Script(clock=clock)
    settings = {"requests_per_second": 2, "burst_limit": 1, "plugins": {**options(provider), **limit}}
    with script.client(**settings) as api:
        api.players("#2PP")
        api.players("#VV")
    events = memory.get_finished_spans()[-1].events
    assert [event.name for event in events] == ["cocapi.wait"]
    assert (events[0].attributes or {})["cocapi.delay"] == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("answer", "kind"), [(ConnectionFailed("lost"), "connection"), (json_response({}, 404), "404")]
)
def test_a_failed_call_says_why(
    provider: TracerProvider, memory: InMemorySpanExporter, answer: Any, kind: str
) -> None:
    """On the call and on each attempt."""
    with Script(answer).client(max_retries=2, plugins=options(provider)) as api:
        api.players("#2PP")
    spans = memory.get_finished_spans()
    assert {told(span)["error.type"] for span in spans} == {kind}
    assert told(spans[-1])["cocapi.outcome"] == "error"
    assert {span.status.status_code for span in spans} == {StatusCode.ERROR}


def test_the_users_own_span_is_the_parent_in_each_task(
    provider: TracerProvider, memory: InMemorySpanExporter
) -> None:
    """Tasks that run at once do not mix, and nothing stays current after a call."""
    tracer = provider.get_tracer("test")

    async def one(api: Any, tag: str) -> tuple[str, int]:
        with tracer.start_as_current_span(tag) as mine:
            await api.players(tag)
            assert trace.get_current_span() is mine
            return tag, mine.get_span_context().trace_id

    class Slow(Script):
        async def asend(self, request: Request) -> Response:
            await asyncio.sleep(0.01)
            return self.send(request)

    async def main() -> dict[str, int]:
        async with Slow().async_client(plugins=options(provider)) as api:
            return dict(await asyncio.gather(*(one(api, f"#{n}") for n in (28, 29, 82, 88))))

    traces = asyncio.run(main())
    spans = memory.get_finished_spans()
    assert len(spans) == 12
    for trace_id in traces.values():
        own = {span.name: span for span in spans if span.context.trace_id == trace_id}
        call = own["players"]
        mine = next(span for name, span in own.items() if name.startswith("#"))
        assert call.parent is not None
        assert call.parent.span_id == mine.context.span_id
    assert not trace.get_current_span().get_span_context().is_valid


def test_a_cancelled_call_ends_its_spans_and_says_so(
    provider: TracerProvider, memory: InMemorySpanExporter
) -> None:
    """Also the attempt under way."""

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
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(main())
    attempt, call = memory.get_finished_spans()
    assert told(attempt)["error.type"] == "cancelled"
    assert told(call)["cocapi.outcome"] == "cancelled"


def test_no_tag_no_query_and_no_token_in_any_span(
    provider: TracerProvider, memory: InMemorySpanExporter
) -> None:
    """Through success, refusal and a lost connection; the address only where the user asks for it."""
    answers = [json_response({}), json_response({"reason": "notFound"}, 404), ConnectionFailed("lost")]
    with Script(*answers).client(max_retries=1, plugins=options(provider)) as api:
        api.clan_tag("#2PP")
        api.clan("a secret name", limit=5)
        api.players("#8VV")
    shown = "".join(span.to_json() for span in memory.get_finished_spans())
    assert not [secret for secret in ("2PP", "secret", "8VV", "token") if secret in shown]
    memory.clear()
    with Script().client(plugins=options(provider, full_url=True)) as api:
        api.clan_tag("#2PP")
    attempt, _ = memory.get_finished_spans()
    assert told(attempt)["url.full"] == "https://api.clashofclans.com/v1/clans/%232PP"


def test_traceparent_is_sent_to_named_hosts_alone(
    provider: TracerProvider, memory: InMemorySpanExporter
) -> None:
    """Supercell learns nothing unasked."""
    script = Script()
    for base_url in ("https://api.clashofclans.com/v1", "https://proxy.example/v1"):
        settings = options(provider, propagate_to=["Proxy.example"])
        with script.client(base_url=base_url, plugins=settings) as api:
            api.players("#2PP")
    plain, proxied = script.requests
    assert "traceparent" not in plain.headers
    attempt = memory.get_finished_spans()[-2]
    assert f"{attempt.context.trace_id:032x}-{attempt.context.span_id:016x}" in proxied.headers["traceparent"]


class Raising(SpanProcessor):
    """A processor that fails at both ends of a span."""

    def on_start(self, *_: Any, **__: Any) -> None:
        raise RuntimeError("on purpose")

    def on_end(self, *_: Any) -> None:
        raise RuntimeError("on purpose")


class Ending(Raising):
    """A processor that fails at the end alone."""

    def on_start(self, *_: Any, **__: Any) -> None: ...


@pytest.mark.parametrize("processor", [Raising, Ending])
def test_a_provider_that_raises_fails_no_call(
    play: Callable[..., Any], provider: TracerProvider, processor: type[SpanProcessor]
) -> None:
    """And leaves no span current."""
    provider.add_span_processor(processor())
    assert play(Script(), "players", "#2PP", plugins=options(provider)) == {}
    assert not trace.get_current_span().get_span_context().is_valid


def test_a_provider_shut_down_early_fails_no_call(provider: TracerProvider) -> None:
    """The answer is the same."""
    with Script(json_response({"tag": "#2PP"})).client(plugins=options(provider)) as api:
        provider.shutdown()
        assert api.players("#2PP") == {"tag": "#2PP"}


def test_a_plugin_that_fails_before_the_attempt_leaves_no_span_open(
    provider: TracerProvider, memory: InMemorySpanExporter
) -> None:
    """Though the span of the attempt had begun."""

    class AaaLast:
        @hookimpl(trylast=True)
        def cocapi_attempt(self) -> None:
            raise ZeroDivisionError

    for name in ("aaa", "zzz"):
        memory.clear()
        plugins = {**options(provider), name: lambda _: AaaLast()}
        with (
            Script().client(raise_errors=True, plugins=plugins) as api,
            pytest.raises(PluginError),
        ):
            api.players("#2PP")
        assert memory.get_finished_spans()[-1].name == "players"
        assert not trace.get_current_span().get_span_context().is_valid


def test_the_span_of_instrumented_httpx_sits_below_ours(
    provider: TracerProvider, memory: InMemorySpanExporter
) -> None:
    """Where a transport sends through a client of httpx. (Ours sends through httpcore.)"""

    class ThroughHttpx:
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

    HTTPXClientInstrumentor().instrument(tracer_provider=provider)
    try:
        with Sandbox() as box:
            plugins = {**options(provider), "through": lambda _: ThroughHttpx()}
            config = ApiConfig(base_url=box.base_url, verify_token=False, plugins=plugins)
            with CocApi("token", config=config) as api:
                api.clan_tag("#2PP")
            theirs, attempt, call = memory.get_finished_spans()
            memory.clear()
            config = ApiConfig(base_url=box.base_url, verify_token=False, plugins=options(provider))
            with CocApi("token", config=config) as api:
                api.clan_tag("#2PP")
    finally:
        HTTPXClientInstrumentor().uninstrument()
    assert theirs.parent is not None
    assert theirs.parent.span_id == attempt.context.span_id
    assert [span.name for span in memory.get_finished_spans()] == ["GET /clans/{clanTag}", "clan_tag"]
    assert call.name == "clan_tag"


@pytest.mark.parametrize(
    "wrong", [{"colour": 1}, {"full_url": 1}, {"propagate_to": "x"}, {"tracer_provider": 3}]
)
def test_wrong_options_are_refused(wrong: dict[str, Any]) -> None:
    """By name."""
    with pytest.raises(ConfigError, match=next(iter(wrong))):
        tracing(ApiConfig(plugins={"tracing": wrong}))


def test_for_a_provider_that_keeps_nothing_nothing_is_done() -> None:
    """The plugin says why it is off; for the global provider, which may come yet, it stays."""
    with Script().client(plugins=options(trace.NoOpTracerProvider())) as api:
        assert api.players("#2PP") == {}
        assert "tracing' of cocapi" in api.plugins.absence("tracing")
        assert api.plugins.absence("tracing").endswith("is off: its TracerProvider keeps no spans")
    with Script().client(plugins=options(None)) as api:
        assert "tracing" in api.plugins


def test_without_opentelemetry_one_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """The extra."""
    monkeypatch.delitem(sys.modules, "cocapi_tracing.spans", raising=False)
    monkeypatch.setitem(sys.modules, "opentelemetry.trace", None)
    with pytest.raises(MissingExtra, match=r"enable_tracing needs: pip install 'cocapi\[otel\]'"):
        tracing(ApiConfig())


def nobody_is_current() -> bool:
    return not trace.get_current_span().get_span_context().is_valid


def test_no_span_is_open_while_the_users_code_runs(provider: TracerProvider) -> None:
    """Between the pages of a list, and between the answers of a stream."""
    page = json_response({"items": [{"tag": "#A"}, {"tag": "#B"}], "paging": {"cursors": {"after": "x"}}})
    last = json_response({"items": [{"tag": "#C"}]})
    with Script(page, last).client(plugins=options(provider)) as api:
        assert [nobody_is_current() for _ in api.paginate(api.clan_members, "#2PP")] == [True] * 3
        assert [nobody_is_current() for _ in api.stream(api.players, ["#A", "#B"])] == [True] * 2

    async def main() -> None:
        async with Script(page, last).async_client(plugins=options(provider)) as api:
            assert [nobody_is_current() async for _ in api.paginate(api.clan_members, "#2PP")] == [True] * 3
            assert [nobody_is_current() async for _ in api.stream(api.players, ["#A", "#B"])] == [True] * 2

    asyncio.run(main())


def test_the_users_span_is_the_parent_of_many_calls_too(
    provider: TracerProvider, memory: InMemorySpanExporter
) -> None:
    """In the threads and tasks of batch and stream."""
    tags = ["#A", "#B", "#C"]
    tracer = provider.get_tracer("mine")
    with Script().client(plugins=options(provider)) as api, tracer.start_as_current_span("mine") as mine:
        api.batch(api.players, tags)
        list(api.stream(api.players, ["#D"]))

    async def main() -> None:
        async with Script().async_client(plugins=options(provider)) as api:
            with tracer.start_as_current_span("theirs") as theirs:
                await api.batch(api.players, tags)
                assert [tag async for tag, _ in api.stream(api.players, ["#D"])] == ["#D"]
            parents.append(theirs.get_span_context().span_id)

    parents = [mine.get_span_context().span_id]
    asyncio.run(main())
    calls = [span for span in memory.get_finished_spans() if span.name == "players"]
    assert [span.parent.span_id for span in calls if span.parent] == [parents[0]] * 4 + [parents[1]] * 4
