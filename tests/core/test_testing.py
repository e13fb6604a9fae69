"""The kit for tests keeps its promises: nothing sleeps, nothing is sent, in either mode."""

import asyncio

import pytest

from cocapi import ApiConfig, ConnectionFailed, Request, Response, Wait, hookimpl
from cocapi.testing import Clock, Script, json_response


class Slow:
    """A plugin that holds every attempt back."""

    @hookimpl
    def cocapi_attempt(self) -> Wait:
        return Wait(3600)


def test_a_clock_stands_until_it_is_moved() -> None:
    """Seconds, from 1000 on."""
    clock = Clock()
    assert (clock(), clock()) == (1000.0, 1000.0)
    clock.advance(2.5)
    assert clock() == 1002.5


def test_sleeps_of_a_client_move_the_clock_in_both_modes() -> None:
    """Also when a synchronous client is entered asynchronously."""
    script = Script()
    settings = {"plugins": {"slow": lambda _: Slow()}, "only_plugins": ("slow",)}
    with script.client(**settings) as api:
        api.goldpass()

    async def main() -> None:
        async with script.client(**settings) as entered:
            await entered.goldpass()
        async with script.async_client(**settings) as api:
            await api.goldpass()

    asyncio.run(main())
    assert script.sleeps == [3600, 3600, 3600]
    assert script.clock() == 1000 + 3 * 3600


def test_answers_come_one_after_another_and_the_last_for_ever() -> None:
    """Responses, exceptions, functions of the request."""

    def echo(request: Request) -> Response:
        return json_response({"path": request.path})

    script = Script(json_response({"a": 1}, 201, {"x-y": "z"}), ConnectionFailed("lost"), echo)
    request = Request("x", "GET", "/x")
    first = script.send(request)
    assert (first.status_code, first.headers["x-y"], first.content) == (201, "z", b'{"a": 1}')
    with pytest.raises(ConnectionFailed):
        script.send(request)
    assert script.send(request).content == script.send(request).content == b'{"path": "/x"}'
    assert script.requests == [request] * 4


def test_answers_are_added_to_a_script_that_has_none() -> None:
    """Until then each request is answered by an empty object, which comes before none of them."""
    script, request = Script(), Request("x", "GET", "/x")
    assert script.send(request).content == script.send(request).content == b"{}"
    script.answers.append(json_response({"a": 1}))
    assert script.send(request).content == script.send(request).content == b'{"a": 1}'
    script.answers.append(json_response({"a": 2}))
    assert [script.send(request).content for _ in range(3)] == [b'{"a": 1}', b'{"a": 2}', b'{"a": 2}']


def test_an_allow_list_keeps_the_script() -> None:
    """only_plugins names what is tested, not the kit."""
    assert isinstance(Script().config(only_plugins=("retry",)), ApiConfig)
    with Script().client(only_plugins=("retry",)) as api:
        assert list(api.plugins) == ["retry", "script"]
