"""What is logged of a call, and what never is."""

import asyncio
import json
import logging
from collections.abc import Callable
from typing import Any

import pytest
from opentelemetry.sdk.trace import TracerProvider

from cocapi import (
    ApiConfig,
    AsyncCocApi,
    CocApi,
    ConfigError,
    ConnectionFailed,
    Request,
    Response,
    hookimpl,
)
from cocapi.testing import Clock, Script, json_response
from cocapi_logging import Logging
from cocapi_middleware.helpers import add_debug_logging_middleware
from cocapi_sandbox import Sandbox
from cocapi_sandbox.faults import NAMED

ON: dict[str, Any] = {"only_plugins": ("logging",)}
TOKEN = "eyJhbGciOiJIUzI1NiJ9.secret-of-the-user.c2lnbmF0dXJl"


@pytest.fixture
def heard(caplog: pytest.LogCaptureFixture) -> Any:
    caplog.set_level(logging.DEBUG, "cocapi")
    return caplog


def test_one_structured_record_a_call(play: Callable[..., Any], heard: Any) -> None:
    """Its fields are attributes, and stand in the message too."""
    play(Script(json_response({"tag": "#2PP"})), "clan_tag", "#2PP", **ON)
    (record,) = [record for record in heard.records if record.name == "cocapi"]
    assert (record.levelname, record.operation, record.template) == (
        "DEBUG",
        "clan_tag",
        "GET /clans/{clanTag}",
    )
    assert (record.outcome, record.status_code, record.attempts, record.cache) == ("success", 200, 1, None)
    assert record.duration >= 0
    assert "operation=clan_tag" in record.getMessage()
    assert "2PP" not in record.getMessage()


def test_the_duration_is_that_of_the_whole_call(heard: Any) -> None:
    """Waits and retries included, in seconds."""
    clock = Clock()
    script = Script(Response(503, {"retry-after": "7"}), json_response({}), clock=clock)
    plugins = {"logging": lambda config: Logging(config, clock=clock)}
    with script.client(only_plugins=("logging", "retry"), plugins=plugins) as api:
        api.clan_tag("#2PP")
    record = next(record for record in reversed(heard.records) if record.name == "cocapi")
    assert (record.duration, record.attempts) == (7.0, 2)


QUIET = [(404, "notFound"), (400, "badRequest")]
LOUD = [(403, "accessDenied.invalidIp"), (429, "requestThrottled"), (503, "inMaintenance"), (500, "x")]


@pytest.mark.parametrize(("status", "reason", "warns"), [*((*x, 0) for x in QUIET), *((*x, 1) for x in LOUD)])
def test_a_person_is_told_of_what_concerns_more_than_the_call(
    play: Callable[..., Any], heard: Any, status: int, reason: str, warns: int
) -> None:
    """That there is no such clan is an answer; that the key is refused is not."""
    play(Script(json_response({"reason": reason}, status)), "clan_tag", "#2PP", **ON)
    warnings = [record for record in heard.records if record.levelname == "WARNING"]
    assert len(warnings) == warns
    assert all((record.reason, record.status_code) == (reason, status) for record in warnings)


def test_a_failure_that_goes_on_is_told_once_until_a_call_succeeds(heard: Any) -> None:
    """A night of maintenance is one line, the next night another."""
    down, up = json_response({"reason": "inMaintenance"}, 503), json_response({})
    with Script(*[down] * 5, up, *[down] * 5).client(**ON) as api:
        for _ in range(11):
            api.clan_tag("#2PP")
    warnings = [record for record in heard.records if record.levelname == "WARNING"]
    assert len(warnings) == 2
    assert "maintenance" in warnings[0].getMessage()


def test_the_trace_is_named_where_there_is_one(heard: Any) -> None:
    """That of the user's span, or of ours."""
    tracer = TracerProvider().get_tracer("test")
    with Script(json_response({})).client(**ON) as api:
        api.clan_tag("#2PP")
        with tracer.start_as_current_span("mine") as span:
            api.clan_tag("#2PP")
    plugins = {"tracing": {"tracer_provider": TracerProvider()}}
    with Script(json_response({})).client(only_plugins=("logging", "tracing"), plugins=plugins) as api:
        api.clan_tag("#2PP")
    first, second, third = (record.trace_id for record in heard.records if record.name == "cocapi")
    assert first is None
    assert second == format(span.get_span_context().trace_id, "032x")
    assert len(third) == 32


def test_a_cancelled_call_says_so(heard: Any) -> None:
    """And warns nobody."""

    class Slow:
        async def asend(self, request: Request) -> Response:
            sent.set()
            await asyncio.sleep(60)
            raise AssertionError

        async def aclose(self) -> None: ...

        @hookimpl(tryfirst=True)
        def cocapi_transport(self) -> "Slow":
            return self

    sent = asyncio.Event()

    async def main() -> None:
        config = ApiConfig(plugins={"slow": lambda _: Slow()}, only_plugins=("slow", "logging"))
        api = AsyncCocApi("token", config=config)
        call = asyncio.create_task(api.clan_tag("#2PP"))
        await sent.wait()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        await api.aclose()

    asyncio.run(main())
    (record,) = [record for record in heard.records if record.name == "cocapi"]
    assert (record.outcome, record.levelname) == ("cancelled", "DEBUG")


class Nosy:
    """A plugin that fails, with all it knows in its message."""

    @hookimpl
    def cocapi_response(self, request: Request, response: Response) -> None:
        raise RuntimeError(f"{request!r} {request.headers} {response!r} {response.content!r}")


def nosy(_: ApiConfig) -> Nosy:
    return Nosy()


@pytest.mark.parametrize("transport", ["httpx", "pyreqwest", "requests"])
def test_no_path_ever_logs_the_token(transport: str, caplog: pytest.LogCaptureFixture) -> None:
    """Every logger at DEBUG, the libraries' too; answers, refusals, echoes, drops, junk, broken plugins."""
    caplog.set_level(logging.DEBUG)
    seen: list[str] = []
    with Sandbox() as box:
        common: dict[str, Any] = {
            "base_url": box.base_url,
            "transport": transport,
            "max_retries": 1,
            "enable_metrics": True,
            "enable_tracing": True,
            "enable_request_id": True,
            "timeout": 0.5,
        }
        echo = json.dumps({"reason": "accessDenied", "message": f"bad {TOKEN}"}).encode()
        for plugins in ({}, {"nosy": nosy}):
            with CocApi(TOKEN, config=ApiConfig(plugins=plugins, verify_token=False, **common)) as api:
                api.clan_tag("#2PP")
                api.clan_tag("#2PP")
                api.clan_tag("#VV")
                api.verify_player_token("#2PP", "once")
                api.clan_tag("")
                for name in NAMED:
                    box.faults.add(name)
                    seen.append(str(api.with_options(cache=False).players("#2PP")))
                seen.append(repr(api) + repr(api.config) + repr(api.plugins) + str(api.get_metrics()))
        refused = ApiConfig(**{**common, "base_url": "http://127.0.0.1:9"}, verify_token=False)
        with CocApi(TOKEN, config=refused) as api:
            seen.append(str(api.clan_tag("#2PP")))
        script = Script(Response(403, {}, echo), ConnectionFailed("lost"), RuntimeError(f"odd {TOKEN}"))
        config = script.config(max_retries=1)
        with CocApi(TOKEN, config=config) as api:
            seen += [str(api.with_options(cache=False).clan_tag("#2PP")) for _ in range(3)]
    formatter = logging.Formatter("%(message)s")
    seen += [
        formatter.format(record) + str(vars(record)) for record in caplog.records if record.name != "asyncio"
    ]
    assert len(caplog.records) > 20
    assert [text for text in seen if TOKEN in text or "secret-of-the-user" in text] == []


def test_options_are_refused() -> None:
    """Levels are set with logging itself."""
    with pytest.raises(ConfigError, match=r"plugins\['logging'\] has no option 'level'; it takes none"):
        Script().client(plugins={"logging": {"level": 3}})


FORGED = "no\n2026-01-01 ERROR root logged in\r\x1b[2J\x9b31m\x7f\u2028\u202e" + "x" * 5_000_000


class Forging:
    """A plugin that fails with the server's words in its message."""

    @hookimpl
    def cocapi_finished(self) -> None:
        raise RuntimeError(FORGED)


def forging(_: ApiConfig) -> Forging:
    return Forging()


@pytest.mark.parametrize("level", [logging.DEBUG, logging.WARNING])
@pytest.mark.parametrize("status", [400, 403, 404, 429, 500, 503])
def test_whatever_the_server_says_a_record_is_one_bounded_printable_line(
    status: int, level: int, caplog: pytest.LogCaptureFixture
) -> None:
    """Message, reason and name in five megabytes of line breaks, escape sequences and turned text."""
    caplog.set_level(level)
    script = Script(json_response({"reason": FORGED, "message": FORGED}, status))
    plugins = {"forging": forging}
    settings = {"only_plugins": ("logging", "middleware", "forging"), "plugins": plugins}
    with script.client(**settings) as api:

        def broken(url: str, headers: dict[str, str], params: dict[str, Any]) -> Any:
            raise ValueError(FORGED)

        broken.__name__ = FORGED
        api.add_request_middleware(broken)
        api.add_request_middleware(add_debug_logging_middleware())
        api.clan(name=FORGED[:5000])
        api.clan_tag("#2PP")
    assert caplog.records
    for record in caplog.records:
        line = record.getMessage()
        assert (line.isprintable(), len(line) <= 3000) == (True, True), line[:200]
        facts = [value for value in vars(record).values() if isinstance(value, str)]
        assert all(len(value) <= 3000 for value in facts)
        assert str(record.__dict__.get("reason", "")).isprintable()
        assert record.exc_info is None
