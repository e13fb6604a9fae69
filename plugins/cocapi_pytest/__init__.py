"""Fixtures for pytest, which finds them where cocapi is installed (entry point ``pytest11``).

They are a plugin of pytest, not of a client. Nothing of cocapi is imported before a test asks for one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from cocapi.testing import Script
    from cocapi_sandbox import Sandbox

__all__ = ["cocapi_cassette", "cocapi_sandbox", "cocapi_script"]

MODES = ("once", "record", "replay")


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--cocapi-cassettes``: what `cocapi_cassette` does with what is recorded."""
    parser.getgroup("cocapi").addoption(
        "--cocapi-cassettes",
        choices=MODES,
        default="once",
        help="once: record what has no cassette yet; record: all anew; replay: nothing (for CI)",
    )


@pytest.fixture
def cocapi_sandbox() -> Iterator[Sandbox]:
    """A sandbox on loopback, for one test: give a client its `base_url` and `token`, and it its `faults`."""
    from cocapi_sandbox import Sandbox

    with Sandbox() as box:
        yield box


@pytest.fixture
def cocapi_script() -> Script:
    """A transport that answers with its `answers`, one after another, and a clock that stands until a client
    sleeps; `client()` and `async_client()` talk to it."""
    from cocapi.testing import Script

    return Script()


@pytest.fixture
def cocapi_cassette(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Options of the plugin ``cassette``: a file for this test, ``cassettes/NAME.json`` beside its module."""
    name = re.sub(r"[^\w.-]+", "-", request.node.name).strip("-")
    return {
        "path": request.path.parent / "cassettes" / f"{name}.json",
        "mode": request.config.getoption("--cocapi-cassettes"),
    }
