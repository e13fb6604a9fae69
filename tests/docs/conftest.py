"""The site that was built, served on loopback as a host of static files would, and a browser."""

from __future__ import annotations

import shutil
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

sys.path.insert(0, str(Path(__file__).parents[2] / "docs" / "_ext"))


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--site``: where Sphinx has built the site."""
    parser.addoption(
        "--site", type=Path, help="the folder of the built site; without it, its tests are skipped"
    )


@pytest.fixture(scope="session")
def site(request: pytest.FixtureRequest) -> Path:
    """The folder of the built site."""
    folder = request.config.getoption("--site")
    if folder is None:
        pytest.skip("tox run -e docs builds the site and tests it")
    assert isinstance(folder, Path)
    return folder


class Quiet(SimpleHTTPRequestHandler):
    """Serves files, and writes no log."""

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002  # its name there
        """See `http.server.BaseHTTPRequestHandler.log_message`."""


@pytest.fixture(scope="session")
def address(site: Path) -> Iterator[str]:
    """The URL of the served site, without a slash at its end."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=site)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def browser(address: str) -> Iterator[Browser]:
    """One for all tests of a file."""
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("there is no chromium here")  # in CI chromium.py has ended the run
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """A tab of its own, in which relative addresses are the site's, and whose errors fail the test."""
    context = browser.new_context(base_url=f"{address}/", viewport={"width": 1280, "height": 900})
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
    page.on("request", lambda request: None if address in request.url else errors.append(request.url))
    yield page
    context.close()
    assert errors == []
