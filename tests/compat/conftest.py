"""The documentation that versions 3 and 4 were published with, taken from the index at the time of a test."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

VERSIONS = ("3.0.0", "4.0.1")


@pytest.fixture(scope="session")
def published(request: pytest.FixtureRequest) -> dict[str, str]:
    """By version and page (``"4.0.1 docs/guides/cli.md"``), README and documentation as they were."""
    return dict(page for archive in archives(request.config) for page in pages(archive))


def archives(config: pytest.Config) -> list[Path]:
    """The source distributions of `VERSIONS`, downloaded once into pytest's cache.

    Skips where no index has them; fails there on a build server.
    """
    folder = Path(config.cache.mkdir("published")) if config.cache else Path()
    wanted = [folder / f"cocapi-{version}.tar.gz" for version in VERSIONS]
    if all(archive.exists() for archive in wanted):
        return wanted
    with tempfile.TemporaryDirectory(dir=folder) as arriving:
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", "cocapi"]
        pip += ["--no-build-isolation", "--dest", arriving]
        downloads = [
            subprocess.Popen([*pip, f"cocapi=={version}"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            for version in VERSIONS
        ]
        words = [download.communicate(timeout=300)[0].decode(errors="replace") for download in downloads]
        if any(download.returncode for download in downloads):
            reason = f"cocapi {' and '.join(VERSIONS)} cannot be downloaded: {words[-1].strip()[-200:]}"
            pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
        for archive in wanted:
            (Path(arriving) / archive.name).replace(archive)
    return wanted


def pages(archive: Path) -> Iterator[tuple[str, str]]:
    """The pages of a source distribution, by version and path."""
    with tarfile.open(archive) as files:
        for member in files.getmembers():
            top, _, path = member.name.partition("/")
            if path == "README.md" or (path.startswith("docs/") and path.endswith(".md")):
                content = files.extractfile(member)
                assert content is not None
                yield f"{top.removeprefix('cocapi-')} {path}", content.read().decode()
