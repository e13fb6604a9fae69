"""Sees to it that there is a Chromium, Debian's where this is root's machine: python tests/docs/chromium.py

Without one, the tests in a browser are skipped; on a build server (``CI``) it is an error.
"""

import os
import shutil
import subprocess
import sys

APT = ["apt-get", "-o", "Acquire::Retries=3", "-qq"]

if __name__ == "__main__":
    if shutil.which("chromium") is None and shutil.which("apt-get") and os.geteuid() == 0:
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run([*APT, "update"], check=True, env=quiet)
        subprocess.run(
            [*APT, "install", "--yes", "chromium"], check=True, env=quiet, stdout=subprocess.DEVNULL
        )
    if shutil.which("chromium") is None and "CI" in os.environ:
        sys.exit("there is no chromium here, and no way to get one")
