"""Under gevent, whose greenlets stand in for threads."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
from gevent import monkey; monkey.patch_all()
import gevent
from gevent.server import StreamServer

from cocapi import ApiConfig, CocApi


waiting = most = 0

def handle(sock, address):
    global waiting, most
    while head := sock.recv(65536):
        waiting += 1
        most = max(most, waiting)
        gevent.sleep(0.2)
        waiting -= 1
        tag = head.partition(b"%23")[2].partition(b" ")[0]
        body = b'{"tag": "#' + tag + b'"}'
        sock.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: %d\\r\\n\\r\\n%s" % (len(body), body))


server = StreamServer(("127.0.0.1", 0), handle)
server.start()
url = f"http://127.0.0.1:{server.server_port}"
config = ApiConfig(base_url=url, transport="TRANSPORT", verify_token=False, max_connections=20)
with CocApi("a-long-token", config=config) as api:
    api.clan_tag("#0")
    calls = [gevent.spawn(api.clan_tag, f"#{number}") for number in range(1, 11)]
    calls += [gevent.spawn(api.clan_tag, "#99") for _ in range(10)]
    gevent.joinall(calls, timeout=100)
tags = [f"#{number}" for number in range(1, 11)] + ["#99"] * 10
assert [call.value["tag"] for call in calls] == tags, [call.value for call in calls]
assert most > 1
"""


PATCHED_LATE = """
import os, signal, sys, time, warnings

from cocapi import ApiConfig, CocApi

settings = ApiConfig(
    base_url=sys.argv[1], transport="TRANSPORT", max_connections=3, verify_token=False, timeout=100,
    requests_per_second=20, burst_limit=10, enable_caching=False,
)
api = CocApi("a-long-token", config=settings)
api.clan_tag("#0")
child = os.fork()
if child == 0:
    warnings.simplefilter("ignore")  # gevent's: ssl is imported already
    from gevent import monkey; monkey.patch_all()
    import gevent

    signal.alarm(150)
    ticks = []

    def tick():
        while True:
            ticks.append(time.monotonic())
            gevent.sleep(0.01)

    beat = gevent.spawn(tick)
    calls = [gevent.spawn(api.clan_tag, f"#{number}") for number in range(1, 31)]
    gevent.joinall(calls, timeout=100)
    beat.kill()
    assert [call.value["tag"] for call in calls] == [f"#{number}" for number in range(1, 31)]
    longest = max(after - before for before, after in zip(ticks, ticks[1:]))
    assert len(ticks) > 5, (len(ticks), longest)
    api.close()
    os._exit(0)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
assert api.clan_tag("#1")["tag"] == "#1"
api.close()
"""


def run(program: str, transport: str, folder: Path, *arguments: str) -> tuple[int, str]:
    """The exit code of a program, and what it says of failures."""
    script = folder / "program.py"
    script.write_text(program.replace("TRANSPORT", transport), encoding="utf-8")
    # A thread that has done its work may not be gone yet at the fork, of which Python 3.12 warns.
    warnings = ("-W", "error::ResourceWarning", "-W", "ignore:This process:DeprecationWarning")
    command = [sys.executable, *warnings, str(script), *arguments]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=180, check=False)
    return ended.returncode, ended.stderr


@pytest.mark.parametrize("transport", ["httpx", "requests"])
def test_greenlets_call_at_once(transport: str, tmp_path: Path) -> None:
    """They wait side by side: for answers of their own, and for one that all of them want."""
    assert run(PROGRAM, transport, tmp_path) == (0, "")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.parametrize("transport", ["httpx", "requests"])
def test_a_client_made_before_gevent_came_stops_no_greenlet(
    transport: str, tmp_path: Path, base_url: str
) -> None:
    """As with ``gunicorn --preload -k gevent``, which patches in the worker: whoever waits for a place, for
    the limit, or for an import lets the others go on."""
    assert run(PATCHED_LATE, transport, tmp_path, base_url) == (0, "")
