"""A program that watches a clan over a socket, to be killed: each event is a line at the end of a file.

    python watcher.py BASE_URL STORE FILE BEGAN [once]

Its time is that of the sandbox: noon until `BEGAN`, and from then on `SPEED` times as fast as ours.
"""

import json
import sys
import time
from pathlib import Path

from cocapi import ApiConfig, CocApi
from cocapi_events import Events, EventsOptions
from cocapi_events.records import as_json

NOON = 1_773_900_000.0
SPEED = 900.0


def game_time(when: float, began: float) -> float:
    """The time of the sandbox at a moment of ours."""
    return NOON + max(0.0, when - began) * SPEED


def main(base_url: str, store: str, file: str, began: str, once: str = "") -> None:
    def now() -> float:
        return game_time(time.time(), float(began))

    config = ApiConfig(
        base_url=base_url,
        store=store,
        store_timeout=60,  # a write that was late is done, and tells the event before it again
        verify_token=False,
        enable_rate_limiting=False,
        plugins={"events": lambda config: Events(config, EventsOptions(interval=0), clock=now)},
    )
    with CocApi("token", config=config) as api, Path(file).open("a", encoding="utf-8") as lines:
        api._session.keep_time(lambda seconds: time.sleep(seconds / SPEED), None)  # type: ignore[arg-type]
        for event in api.watch(clans=["#2PP"], once=bool(once)):
            lines.write(json.dumps(as_json(event)) + "\n")
            lines.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
