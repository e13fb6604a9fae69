"""What is secret is in no span, metric, record, cassette or error, whatever plugins are on."""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cocapi import ApiConfig, CocApi, KeyManagerError, Request, Response, hookimpl
from cocapi_sandbox import Sandbox

Settings = Callable[..., ApiConfig]


def secrets_of(box: Sandbox) -> list[str]:
    """Whatever must not be shown: tokens that there are and were, and the log-in."""
    return [*box.portal._tokens, box.password, box.email]


def assert_none_in(text: str, box: Sandbox) -> None:
    assert [secret for secret in secrets_of(box) if secret in text] == []
    assert "eyJ0eXAi" not in text  # how each begins, those for a moment included


def test_no_secret_is_in_spans_and_metrics(
    box: Sandbox, config_for: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    """Log-ins have spans of their own, below the call that needed one."""
    pytest.importorskip("opentelemetry.sdk")
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    caplog.set_level("DEBUG")
    memory, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(memory))
    config = config_for(
        plugins={"tracing": {"tracer_provider": provider}}, enable_tracing=True, enable_metrics=True
    )
    with CocApi.from_credentials(box.email, box.password, config=config) as api:
        api.clan_tag("#2PP")
        box.move("203.0.113.9")
        api.clan_tag("#2PP")
        metrics = repr(api.get_metrics())
    provider.shutdown()
    spans = memory.get_finished_spans()
    assert [span.name for span in spans if "login" in span.name] != []
    assert_none_in("".join(span.to_json() for span in spans) + metrics + caplog.text, box)


def test_no_secret_is_in_a_cassette(box: Sandbox, config_for: Settings, tmp_path: Path) -> None:
    """It has the calls alone, and played back it needs neither portal nor credentials that are right."""
    path = tmp_path / "calls.json"
    config = config_for(plugins={"cassette": {"path": str(path)}})
    with CocApi.from_credentials(box.email, box.password, config=config) as api:
        recorded = api.clan_tag("#2PP")
    assert_none_in(path.read_text(), box)
    assert "/api/" not in path.read_text()
    box.portal.logins.clear()
    with CocApi.from_credentials(box.email, "wrong-password", config=config) as api:
        assert api.clan_tag("#2PP") == recorded
    assert box.portal.logins == []


class Nosy:
    """Keeps whatever the hooks of a call are given."""

    def __init__(self) -> None:
        self.given: list[object] = []

    @hookimpl
    def cocapi_attempt(self, request: Request) -> None:
        self.given += [vars(request), dict(request.headers), request.json]

    @hookimpl
    def cocapi_attempted(self, request: Request, response: Response | None) -> None:
        self.given += [vars(request), response, response and response.content, response and response.headers]


def test_no_secret_is_in_what_other_plugins_are_given(box: Sandbox, config_for: Settings) -> None:
    nosy = Nosy()
    config = config_for(plugins={"nosy": lambda _: nosy})
    with CocApi.from_credentials(box.email, box.password, config=config) as api:
        api.clan_tag("#2PP")
    assert_none_in(repr(nosy.given), box)


@pytest.mark.parametrize("fault", ["dropped", "html", "string", "truncated"])
def test_no_secret_is_in_errors_and_their_variables(fault: str, box: Sandbox, config_for: Settings) -> None:
    """Tools that report errors print the variables of a traceback."""
    box.faults.add(fault, path="/api/*", times=None)
    with CocApi.from_credentials(box.email, box.password, config=config_for(raise_errors=True)) as api:
        with pytest.raises(KeyManagerError) as raised:
            api.clan_tag("#2PP")
        shown = traceback.TracebackException.from_exception(raised.value, capture_locals=True)
        frames = [frame for frame in shown.stack if "tests" not in frame.filename]
        assert len(frames) > 3
        assert_none_in("".join(repr(frame.locals) for frame in frames) + repr(raised.value), box)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_child_goes_on_with_the_keys_of_its_parent(box: Sandbox, config_for: Settings) -> None:
    """And gets others by itself, though somebody in the parent may be getting some."""
    with CocApi.from_credentials(box.email, box.password, config=config_for(raise_errors=True)) as api:
        api.clan_tag("#2PP")
        plugin: Any = api.plugins["keys"]
        plugin.renewal._lock.acquire()
        plugin.ring._lock.acquire()
        box.move("203.0.113.9")
        child = os.fork()
        if child == 0:
            try:
                os._exit(0 if api.clan_tag("#2PP")["tag"] == "#2PP" else 1)
            finally:
                os._exit(2)
        plugin.renewal._lock.release()
        plugin.ring._lock.release()
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert len(box.portal.logins) == 2


def test_a_password_that_is_a_word_of_an_answer_changes_none(box: Sandbox, config_for: Settings) -> None:
    """It was not sent to where that came from."""
    box.portal.accounts[box.email].password = "clashofclans"
    with CocApi.from_credentials(box.email, "clashofclans", config=config_for()) as api:
        badge = api.clan_tag("#2PP")["badgeUrls"]["small"]
    assert badge.startswith("https://api-assets.clashofclans.com/")
