"""The checks for transports find what they are for: each catches a transport that is broken in just that."""

import asyncio
import gzip
from collections.abc import Callable, Iterator
from dataclasses import replace
from inspect import signature
from typing import Any

import pytest

from cocapi import ApiConfig, CocApiError, ConnectionFailed, Mode, Request, RequestTimeout, Response
from cocapi.testing import transports
from cocapi.testing.server import Server
from cocapi.testing.transports import TransportConformance
from cocapi_httpx.transport import HttpxTransport


class Broken:
    """A transport that keeps everything, to be broken in one way."""

    changed: dict[str, Any] = {}  # noqa: RUF012  # of the settings

    def __init__(self, config: ApiConfig) -> None:
        for name, value in self.changed.items():
            setattr(config, name, value)
        self.inner = HttpxTransport(config)
        self.sent = 0

    def send(self, request: Request) -> Response:
        self.sent += 1
        return self.received(self.inner.send(self.prepared(request)))

    async def asend(self, request: Request) -> Response:
        return await self.inner.asend(request)

    def prepared(self, request: Request) -> Request:
        return request

    def received(self, response: Response) -> Response:
        return response

    def close(self) -> None:
        self.inner.close()

    async def aclose(self) -> None:
        await self.inner.aclose()


class WithoutFields(Broken):
    def prepared(self, request: Request) -> Request:
        return replace(request, headers={})


class DecodesThePath(Broken):
    def prepared(self, request: Request) -> Request:
        return replace(request, template="/clans/2P/P", path_params={})


class PostsText(Broken):
    def prepared(self, request: Request) -> Request:
        return replace(request, json="token")


class ReadsNetrc(Broken):
    def prepared(self, request: Request) -> Request:
        return request if request.headers else request.with_headers(Authorization="Basic aGlkZGVu")


class KeepsCookies(Broken):
    def prepared(self, request: Request) -> Request:
        return request.with_headers(Cookie="a=b") if self.sent > 1 else request


class ShowsFields(Broken):
    def send(self, request: Request) -> Response:
        raise ConnectionFailed(f"cannot send {request.headers}")


class LosesTheEnd(Broken):
    def received(self, response: Response) -> Response:
        return replace(response, content=response.content[:-1])


class RaisesForStatus(Broken):
    def received(self, response: Response) -> Response:
        if response.status_code >= 400:
            raise ConnectionFailed("404")
        return response


class FollowsRedirects(Broken):
    def send(self, request: Request) -> Response:
        super().send(request)
        return super().send(replace(request, template="/plain"))


class KeepsTheFirstField(Broken):
    def received(self, response: Response) -> Response:
        return replace(response, headers={n: v.partition(",")[0] for n, v in response.headers.items()})


class LeavesGzip(Broken):
    def received(self, response: Response) -> Response:
        return replace(response, content=gzip.compress(response.content))


class Unbounded(Broken):
    changed = {"max_response_bytes": 10**9}  # noqa: RUF012


class OffByOne(Broken):
    def __init__(self, config: ApiConfig) -> None:
        config.max_response_bytes -= 1
        super().__init__(config)


class TakesHalf(Broken):
    def send(self, request: Request) -> Response:
        try:
            return super().send(request)
        except ConnectionFailed:
            return Response(200, {}, b"{")


class TakesItsTime(Broken):
    def prepared(self, request: Request) -> Request:
        return replace(request, timeout=request.timeout * 2)


class RefusesInLine(Broken):
    def send(self, request: Request) -> Response:
        try:
            return super().send(request)
        except RequestTimeout:
            raise ConnectionFailed("all connections are taken") from None


class KeepsNone(Broken):
    changed = {"enable_keepalive": False}  # noqa: RUF012


class KeepsAll(Broken):
    changed = {"enable_keepalive": True}  # noqa: RUF012


class FailsOnce(Broken):
    def prepared(self, request: Request) -> Request:
        if self.sent == 2:
            raise ConnectionFailed("the connection was closed")
        return request


class HandsOutTheLast(Broken):
    def received(self, response: Response) -> Response:
        self.last, response = response, getattr(self, "last", response)
        return response


class Crowded(Broken):
    changed = {"max_connections": 100, "max_keepalive_connections": 100}  # noqa: RUF012


class LosesPlaces(Broken):
    async def asend(self, request: Request) -> Response:
        if self.sent:
            raise RequestTimeout("all connections are taken")
        try:
            return await super().asend(request)
        except asyncio.CancelledError:
            self.sent = 1
            raise


class StaysOpen(Broken):
    def close(self) -> None:
        open_ones.append(self.inner)


class SendsOn(Broken):
    def close(self) -> None:
        self.inner.close()
        self.inner = HttpxTransport(self.inner.config)
        open_ones.append(self.inner)


open_ones: list[HttpxTransport] = []

TABLE: dict[str, type[Broken]] = {
    "a_request_goes_out_as_it_is": WithoutFields,
    "an_encoded_tag_stays_encoded": DecodesThePath,
    "a_body_is_posted_as_json": PostsText,
    "a_password_of_netrc_stays_there": ReadsNetrc,
    "cookies_are_not_kept": KeepsCookies,
    "a_field_that_cannot_be_sent_is_not_shown": ShowsFields,
    "a_response_comes_back_whole": LosesTheEnd,
    "a_response_of_any_status_is_a_response": RaisesForStatus,
    "redirects_are_not_followed": FollowsRedirects,
    "a_repeated_field_is_joined": KeepsTheFirstField,
    "gzip_is_undone": LeavesGzip,
    "a_body_over_the_limit_is_refused": Unbounded,
    "a_body_of_exactly_the_limit_is_not": OffByOne,
    "half_an_answer_is_a_lost_connection": TakesHalf,
    "nobody_listens": TakesHalf,
    "an_attempt_ends_at_its_timeout": TakesItsTime,
    "the_time_in_line_for_a_connection_counts": RefusesInLine,
    "a_connection_is_used_again": KeepsNone,
    "none_is_kept_where_that_is_not_wanted": KeepsAll,
    "one_that_the_server_closes_is_replaced": FailsOnce,
    "what_nobody_asked_for_is_nobodys_answer": HandsOutTheLast,
    "there_are_never_more_than_allowed": Crowded,
    "no_answer_is_mixed_with_anothers": HandsOutTheLast,
    "a_cancelled_attempt_gives_its_place_back": LosesPlaces,
    "all_are_closed_with_the_transport": StaysOpen,
    "nothing_is_sent_after_it_was_closed": SendsOn,
}

BEHAVIOUR = {
    "a_body_over_the_limit_is_refused": "large",
    "half_an_answer_is_a_lost_connection": "truncated",
    "an_attempt_ends_at_its_timeout": "silent",
}
"""The one of several that is enough here."""


def kit_of(kind: Callable[[ApiConfig], Any]) -> TransportConformance:
    """The checks, for transports of a class."""

    class Kit(TransportConformance):
        def new_transport(self, config: ApiConfig, mode: Mode) -> Any:
            return kind(config)

    return Kit()


@pytest.fixture
def run(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> Iterator[Callable[[str, Callable[[ApiConfig], Any]], None]]:
    """Run one check against transports of a class."""
    monkeypatch.setattr(transports, "PATIENCE", 0.5)  # seconds that a broken one is waited for

    def run(check: str, kind: Callable[[ApiConfig], Any]) -> None:
        test = getattr(kit_of(kind), f"test_{check}")
        with Server() as server:
            possible = {
                "mode": "asyncio" if check.startswith("a_cancelled") else "sync",
                "server": server,
                "behaviour": BEHAVIOUR.get(check),
                "tmp_path": tmp_path,
                "monkeypatch": monkeypatch,
            }
            test(**{name: possible[name] for name in signature(test).parameters})

    yield run
    while open_ones:
        open_ones.pop().close()


@pytest.mark.parametrize("check", TABLE)
def test_a_check_catches_what_it_is_for(check: str, run: Callable[..., None]) -> None:
    """A transport that breaks this one promise does not pass."""
    with pytest.raises((AssertionError, pytest.fail.Exception, CocApiError)):
        run(check, TABLE[check])


def test_every_check_is_tried() -> None:
    """None is there that nobody has seen fail."""
    checks = {name for name in dir(TransportConformance) if name.startswith("test_")}
    assert checks == {f"test_{name}" for name in TABLE}


def test_a_class_without_a_transport_says_what_is_missing() -> None:
    """By the name of the method."""
    with pytest.raises(NotImplementedError, match=r"TransportConformance\.new_transport must make"):
        TransportConformance().new_transport(ApiConfig(), "sync")
