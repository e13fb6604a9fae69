"""Under gevent, whose greenlets stand in for threads."""

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
from gevent import monkey; monkey.patch_all()
import time

import gevent
from gevent.server import StreamServer

from cocapi import ApiConfig, CocApi


def handle(sock, address):
    while head := sock.recv(65536):
        gevent.sleep(0.2)
        tag = head.partition(b"%23")[2].partition(b" ")[0]
        body = b'{"tag": "#' + tag + b'"}'
        sock.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: %d\\r\\n\\r\\n%s" % (len(body), body))


server = StreamServer(("127.0.0.1", 0), handle)
server.start()
url = f"http://127.0.0.1:{server.server_port}"
config = ApiConfig(base_url=url, transport="TRANSPORT", verify_token=False, max_connections=20)
with CocApi("a-long-token", config=config) as api:
    api.clan_tag("#0")
    started = time.monotonic()
    calls = [gevent.spawn(api.clan_tag, f"#{number}") for number in range(1, 11)]
    calls += [gevent.spawn(api.clan_tag, "#99") for _ in range(10)]
    gevent.joinall(calls, timeout=20)
    seconds = time.monotonic() - started
tags = [f"#{number}" for number in range(1, 11)] + ["#99"] * 10
assert [call.value["tag"] for call in calls] == tags, [call.value for call in calls]
assert seconds < 1.5, seconds  # one after another they would take 2.2
"""


@pytest.mark.parametrize("transport", ["httpx", "requests"])
def test_greenlets_call_at_once(transport: str, tmp_path: Path) -> None:
    """They wait side by side: for answers of their own, and for one that all of them want."""
    program = tmp_path / "program.py"
    program.write_text(PROGRAM.replace("TRANSPORT", transport), encoding="utf-8")
    ended = subprocess.run(
        [sys.executable, str(program)], capture_output=True, text=True, timeout=60, check=False
    )
    assert (ended.returncode, ended.stderr) == (0, "")
