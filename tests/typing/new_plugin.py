"""Writes what ``cocapi new-plugin`` writes, for mypy to read.

python tests/typing/new_plugin.py DIRECTORY
"""

import shutil
import sys
from pathlib import Path

from cocapi_scaffold.distribution import Distribution

if __name__ == "__main__":
    directory = Path(sys.argv[1])
    shutil.rmtree(directory, ignore_errors=True)
    Distribution("clan_watch").write(directory)
