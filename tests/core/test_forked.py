"""The child of a fork has clients that are as good as new."""

import os
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from cocapi import ApiConfig, CocApi, Request, Response, hookimpl, interrupts
from cocapi.testing import json_response

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")


def client(**plugins: Any) -> CocApi:
    """A client of these plugins alone."""
    return CocApi("token", config=ApiConfig(verify_token=False, only_plugins=tuple(plugins), plugins=plugins))


def in_child(work: Callable[[], None]) -> tuple[int, str]:
    """The exit status of a child that does `work`, and what it wrote to its standard error."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.dup2(writing, 2)
            sys.stderr = os.fdopen(2, "w", buffering=1, closefd=False)
            work()
            status = 0
        finally:
            os._exit(status)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        told = pipe.read()
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), told


class Connection:
    """A transport that answers with the process that made it."""

    def __init__(self) -> None:
        self.owner = os.getpid()
        self.closed = False

    def send(self, request: Request) -> Response:
        return json_response({"owner": self.owner})

    def close(self) -> None:
        self.closed = True


class Offering:
    """Offers a transport whenever it is asked, and notes in which processes it was told of a fork."""

    def __init__(self, config: ApiConfig) -> None:
        self.told: list[int] = []
        self.offered: list[Connection] = []

    @hookimpl
    def cocapi_transport(self) -> Connection:
        self.offered.append(Connection())
        return self.offered[-1]

    @hookimpl
    def cocapi_forked(self) -> None:
        self.told.append(os.getpid())


def test_the_child_is_told_and_sends_through_a_transport_of_its_own() -> None:
    """The parent's is neither used nor closed there, and the parent goes on with it."""
    with client(offering=Offering) as api:
        plugin = api.plugins["offering"]
        assert api.clan_tag("#2PP") == {"owner": os.getpid()}

        def child() -> None:
            assert plugin.told == [os.getpid()]
            assert (
                api.clan_tag("#2PP") == api.with_options(timeout=1).clan_tag("#2PP") == {"owner": os.getpid()}
            )
            api.close()
            assert [transport.closed for transport in plugin.offered] == [False, True]

        assert in_child(child) == (0, "")
        assert plugin.told == []
        assert api.clan_tag("#2PP") == {"owner": os.getpid()}


class Failing:
    @hookimpl
    def cocapi_forked(self) -> None:
        raise ZeroDivisionError("on purpose")


def test_one_that_raises_there_is_logged_with_its_names(caplog: pytest.LogCaptureFixture) -> None:
    """The child goes on, and the others are told."""
    with client(offering=Offering, failing=lambda _: Failing()) as api:

        def child() -> None:
            assert api.plugins["offering"].told == [os.getpid()]
            assert "plugin 'failing' failed in cocapi_forked: ZeroDivisionError: on purpose" in caplog.text
            assert api.clan_tag("#2PP") == {"owner": os.getpid()}

        assert in_child(child) == (0, "")


def test_a_fork_waits_for_what_is_being_imported() -> None:
    """The child would have half a module, and nobody who brings it to its end."""
    begun, order = threading.Event(), []

    def work() -> None:
        begun.set()
        time.sleep(0.3)
        order.append("whole")

    importing = threading.Thread(target=interrupts.undisturbed, args=(work,))
    importing.start()
    assert begun.wait(60)
    child = os.fork()
    if child == 0:
        os._exit(order != ["whole"])
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    importing.join(60)
