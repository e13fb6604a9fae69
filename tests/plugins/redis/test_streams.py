"""Streams in Redis keep what `cocapi.Streams` promises, in each mode."""

import itertools
from typing import Any

import pytest

from cocapi import ApiConfig, CocApi, ConfigError, StoreUnavailable
from cocapi.testing.streams import StreamsConformance
from cocapi_redis import Redis

NAMES = itertools.count()


class TestStreams(StreamsConformance):
    """In real time, by the server's clock."""

    tick = 0.05  # longer where the machine is busy
    tolerance = 0.02

    @pytest.fixture(autouse=True)
    def _server(self, redis_server: Any) -> None:
        self.url = redis_server.url

    def new_store(self) -> Any:
        self.name = f"stream{next(NAMES)}"
        return self.second_handle(None)

    def second_handle(self, store: Any) -> Any:
        config = ApiConfig(store=self.url, store_timeout=5, plugins={"redis": {"namespace": self.name}})
        return Redis(config).cocapi_store(config)


def test_a_store_without_streams_says_which_has_some() -> None:
    """When they are asked for."""
    with (
        CocApi("t", config=ApiConfig(base_url="sandbox://")) as api,
        pytest.raises(ConfigError, match=r"the store memory .* has no streams: .*redis://host/0"),
    ):
        api.streams  # noqa: B018


@pytest.mark.parametrize(
    ("verb", "arguments", "message"),
    [
        ("publish", ("", "a", 1, {"n": b""}, 1), "at least"),
        ("publish", ("s", "a", -1, {"n": b""}, 1), "sequence"),
        ("publish", ("s", "a", 1, {}, 1), "a field at least"),
        ("publish", ("s", "a", 1, {"n": "1"}, 1), "bytes"),
        ("publish", ("s", "a", 1, {"n": b""}, 0), "keep"),
        ("receive", ("s", "g", "c", 0, 1), "limit"),
        ("receive", ("s", "g", "c", 1, -1), "idle"),
        ("renew", ("s", "g", "c", [1]), "text"),
        ("acknowledge", ("s", "g", "c", ""), "at least"),
    ],
)
def test_what_makes_no_sense_is_refused_before_the_server_is_asked(
    verb: str, arguments: Any, message: str
) -> None:
    """With the name of what is wrong; no server is there."""
    config = ApiConfig(base_url="sandbox://", store="redis://127.0.0.1:1")
    with CocApi("t", config=config) as api:
        with pytest.raises((TypeError, ValueError), match=message):
            api.run_flow(getattr(api.streams, verb)(*arguments))
        with pytest.raises(StoreUnavailable):
            api.run_flow(api.streams.receive("s", "g", "c", 1, 1))
