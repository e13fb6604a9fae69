"""The site that was built, served on loopback as a host of static files would."""

import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

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
