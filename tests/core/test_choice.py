"""Choosing a transport for each mode, wrapping it, and blaming whoever offers what is none."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
import trio

from cocapi import (
    ApiConfig,
    AsyncCocApi,
    CocApi,
    ConfigError,
    ConnectionFailed,
    InnerTransport,
    PluginError,
    Request,
    Response,
    hookimpl,
)
from cocapi.testing import Script, json_response

OK = json_response({"tag": "#2PP"})


class Offers:
    """Offers what it is told to, and notes for which mode it was asked."""

    def __init__(self, offer: Callable[[str], Any]) -> None:
        self.offer = offer
        self.modes: list[str] = []

    @hookimpl
    def cocapi_transport(self, mode: str) -> Any:
        self.modes.append(mode)
        return self.offer(mode)


def settings(*plugins: object, **others: Any) -> ApiConfig:
    named = {type(plugin).__name__.lower(): lambda _, plugin=plugin: plugin for plugin in plugins}
    return ApiConfig(plugins=named, only_plugins=tuple(named), verify_token=False, **others)


def call(config: ApiConfig, mode: str) -> Any:
    async def main() -> Any:
        async with AsyncCocApi("token", config=config) as api:
            return await api.clan_tag("#2PP")

    if mode == "sync":
        with CocApi("token", config=config) as api:
            return api.clan_tag("#2PP")
    return asyncio.run(main()) if mode == "asyncio" else trio.run(main)


every_mode = pytest.mark.parametrize("mode", ["sync", "asyncio", "trio"])


@every_mode
def test_a_plugin_is_told_the_mode_and_may_decline_it(mode: str) -> None:
    """The next one is asked."""

    class Behind(Offers):
        @hookimpl(trylast=True)
        def cocapi_transport(self, mode: str) -> Any:
            return super().cocapi_transport(mode)

    offers, behind = Offers(lambda _: None), Behind(lambda _: Script(OK))
    assert call(settings(offers, behind), mode) == {"tag": "#2PP"}
    assert offers.modes == behind.modes == [mode]


def test_outside_an_event_loop_asyncio_is_asked_for_and_trio_when_it_runs() -> None:
    """So that wrong settings show when a client is made."""
    offers = Offers(lambda _: Script(OK))
    api = AsyncCocApi("token", config=settings(offers))

    async def main() -> None:
        async with api:
            assert await api.clan_tag("#2PP") == {"tag": "#2PP"}

    assert offers.modes == ["asyncio"]
    trio.run(main)
    assert offers.modes == ["asyncio", "trio"]


def test_a_client_that_becomes_asynchronous_asks_anew_and_closes_both() -> None:
    """Each mode has a transport of its own."""
    closed: list[str] = []

    class Closing(Script):
        def __init__(self, mode: str) -> None:
            super().__init__(OK)
            self.mode = mode

        def close(self) -> None:
            closed.append(self.mode)

    offers = Offers(Closing)

    async def main() -> None:
        api = CocApi("token", config=settings(offers))
        api.clan_tag("#2PP")
        async with api as both:
            assert await both.clan_tag("#2PP") == {"tag": "#2PP"}

    asyncio.run(main())
    assert offers.modes == ["sync", "asyncio"]
    assert sorted(closed) == ["asyncio", "sync"]


def test_where_all_decline_the_sentence_says_the_mode() -> None:
    """And who was asked."""
    with pytest.raises(
        ConfigError, match=r"no plugin offers transport=None for .* in mode 'asyncio'; asked: offers"
    ):
        call(settings(Offers(lambda mode: Script(OK) if mode == "sync" else None)), "asyncio")


class Nothing:
    """No transport."""


class OnlySend:
    def send(self, request: Request) -> Response:
        return OK


class OnlySync(OnlySend):
    def close(self) -> None: ...


class OnlyAsync:
    async def asend(self, request: Request) -> Response:
        return OK

    async def aclose(self) -> None: ...


class Confused(OnlySync):
    async def send(self, request: Request) -> Response:  # type: ignore[override]
        return OK


NO_TRANSPORTS = [
    (Nothing, "sync", "Nothing is no transport for mode 'sync': it has no send() and no close()"),
    (OnlySend, "sync", "OnlySend is no transport for mode 'sync': it has no close()"),
    (OnlySend, "trio", "OnlySend is no transport for mode 'trio': it has no asend() and no aclose()"),
    (Confused, "sync", "Confused.send is asynchronous; a transport awaits in asend"),
    (lambda: (n for n in ()), "sync", "it answered a flow, where there is no call that could run it"),
]


@pytest.mark.parametrize(("kind", "mode", "sentence"), NO_TRANSPORTS)
@pytest.mark.parametrize("hook", ["cocapi_transport", "cocapi_wrap_transport"])
def test_what_is_no_transport_is_blamed_on_its_plugin(
    hook: str, kind: Callable[[], object], mode: str, sentence: str
) -> None:
    """With what is missing, when the client is made."""
    plugin = type("Odd", (), {hook: hookimpl(lambda self: kind())})()
    with pytest.raises(PluginError) as refused:
        call(settings(plugin, Offers(lambda _: Script(OK))), mode)
    assert str(refused.value) == f"plugin 'odd' failed in {hook}: {sentence}"


@pytest.mark.parametrize(
    ("kind", "mode", "sentence"),
    [
        (OnlySync, "asyncio", "OnlySync is synchronous only; for async code use transport='httpx'"),
        (OnlySync, "trio", "OnlySync is synchronous only; for async code use transport='httpx'"),
        (OnlyAsync, "sync", "OnlyAsync is asynchronous only; for synchronous code use transport='httpx'"),
    ],
)
def test_a_transport_of_the_other_mode_is_refused_with_the_way_out(
    kind: Callable[[], object], mode: str, sentence: str
) -> None:
    """It is a setting that does not fit."""
    with pytest.raises(ConfigError) as refused:
        call(settings(Offers(lambda _: kind())), mode)
    assert str(refused.value) == sentence


@every_mode
@pytest.mark.parametrize("answer", [None, "text", 200])
def test_a_transport_that_returns_anything_else_is_blamed(answer: Any, mode: str) -> None:
    """By plugin; of an installed one the distribution stands there, too."""
    failed = call(settings(Offers(lambda _: Script(lambda _: answer))), mode)
    assert failed["error_type"] == "plugin"
    kind = type(answer).__name__
    assert failed["message"] == (
        f"plugin 'offers' failed in its transport Script: TypeError: it returned a {kind}, not a Response"
    )


def test_the_distribution_of_a_transport_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """As that of any plugin."""
    from cocapi_sandbox.api import Api

    def fail(*_: object) -> None:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr(Api, "respond", fail)
    with CocApi("token", config=ApiConfig(base_url="sandbox://", verify_token=False)) as api:
        message = api.clan_tag("#2PP")["message"]
    assert message.startswith("plugin 'sandbox' of cocapi ")
    assert message.endswith(" failed in its transport InProcess: ZeroDivisionError: oops")


# Wrapping


class Wraps:
    """A plugin, and the transport that it puts around another; notes what passes."""

    def __init__(self, name: str, log: list[str]) -> None:
        self.name = name
        self.log = log

    @hookimpl
    def cocapi_wrap_transport(self, config: ApiConfig, mode: str, transport: InnerTransport) -> Any:
        self.log.append(f"{self.name} wraps for {mode}")
        self.transport = transport
        return self

    def send(self, request: Request) -> Response:
        self.log.append(f"{self.name} {dict(request.headers)}")
        return self.transport.send(request)

    async def asend(self, request: Request) -> Response:
        self.log.append(f"{self.name} {dict(request.headers)}")
        return await self.transport.asend(request)

    def close(self) -> None:
        self.log.append(f"{self.name} closes")

    async def aclose(self) -> None:
        self.log.append(f"{self.name} closes")


class Inner(Wraps):
    @hookimpl(tryfirst=True)
    def cocapi_wrap_transport(self, config: ApiConfig, mode: str, transport: InnerTransport) -> Any:
        return super().cocapi_wrap_transport(config, mode, transport)


@every_mode
def test_wrappers_stand_one_around_the_other_and_see_no_token(mode: str) -> None:
    """The first one asked is nearest to the network; the transport is closed last, by nobody's forgetting."""
    log: list[str] = []

    class Last(Script):
        def send(self, request: Request) -> Response:
            log.append(f"transport {dict(request.headers)}")
            return super().send(request)

        def close(self) -> None:
            log.append("transport closes")

    offers = Offers(lambda _: Last(OK))
    assert call(settings(offers, Wraps("outer", log), Inner("inner", log)), mode) == {"tag": "#2PP"}
    assert log == [
        f"inner wraps for {mode}",
        f"outer wraps for {mode}",
        "outer {}",
        "inner {}",
        "transport {'Authorization': 'Bearer token'}",
        "outer closes",
        "inner closes",
        "transport closes",
    ]


BLAMED = "plugin 'wraps' failed in its transport"


@every_mode
@pytest.mark.parametrize(
    ("error", "kind", "said"),
    [
        (
            ZeroDivisionError("oops"),
            "plugin",
            "plugin 'wraps' failed in its transport Failing: ZeroDivisionError: oops",
        ),
        (ConnectionFailed("no line"), "connection", "no line"),
    ],
)
def test_a_wrapper_that_raises_is_blamed(mode: str, error: Exception, kind: str, said: str) -> None:
    """Errors of a transport are its good right."""

    class Failing(OnlyAsync):
        def send(self, request: Request) -> Response:
            raise error

        async def asend(self, request: Request) -> Response:
            raise error

        def close(self) -> None: ...

    class Wraps:
        @hookimpl
        def cocapi_wrap_transport(self) -> Any:
            return Failing()

    answer = call(settings(Offers(lambda _: Script(OK)), Wraps()), mode)
    assert (answer["error_type"], answer.get("detail", answer["message"])) == (kind, said)


def test_a_wrapper_around_a_transport_is_asked_again_for_another_address() -> None:
    """It is put around each."""
    log: list[str] = []
    with CocApi("token", config=settings(Offers(lambda _: Script(OK)), Wraps("one", log))) as api:
        api.clan_tag("#2PP")
        api.set_base_url("http://elsewhere.example", force=True)
        api.clan_tag("#2PP")
    assert log.count("one wraps for sync") == 2
    assert log.count("one closes") == 2


def test_an_address_that_no_transport_serves_leaves_the_client_where_it_was() -> None:
    """And it goes on working."""
    offers = Offers(lambda _: Script(OK) if len(offers.modes) == 1 else None)
    with CocApi("token", config=settings(offers)) as api:
        before = api.get_base_url()
        with pytest.raises(ConfigError, match="no plugin offers"):
            api.set_base_url("http://elsewhere.example", force=True)
        assert api.get_base_url() == before
        assert api.clan_tag("#2PP") == {"tag": "#2PP"}
