"""Speed as ratios within one run: `tox run -e bench`.

Each line compares two things that are measured in turns, window by window, and quotes the median of the
ratios; absolute numbers are for orientation only. SSL_CERT_* must not be set, as tox sees to: they make
httpx's SSL contexts cheap.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import calls
import cold
import fixed
import many
import models
import observability
import peers
import sharing
import stores
from measure import Report
from server import Server


def main() -> int:
    wanted = sys.argv[1:]
    report = Report()
    with Server() as server:
        for part in (fixed, cold, calls, many, models, observability, stores, sharing, peers):
            for line in part.lines(server):
                if not wanted or any(word in line.name for word in wanted):
                    report.add(line)
    return report.close()


if __name__ == "__main__":
    sys.exit(main())
