"""What the network answered is written down for people, and played back without it."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
import trio

from cocapi import ApiConfig, AsyncCocApi, CocApi, ConfigError, ConnectionFailed, Request, Response, hookimpl
from cocapi.testing import Script, json_response
from cocapi_cassette import CassetteMiss

TOKEN = "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzUxMiJ9.secret-of-the-user.signature"

every_mode = pytest.mark.parametrize("mode", ["sync", "asyncio", "trio"])


def settings(path: Path, mode: str = "once", script: Script | None = None, **others: Any) -> ApiConfig:
    plugins: dict[str, Any] = {"cassette": {"path": path, "mode": mode}, **others.pop("plugins", {})}
    if script is not None:
        plugins["script"] = lambda _: script
    return ApiConfig(
        plugins=plugins, **{"enable_caching": False, "verify_token": False, "max_retries": 1, **others}
    )


def made(
    config: ApiConfig, *calls: tuple[Any, ...], mode: str = "sync", token: str | None = None
) -> list[Any]:
    """The answers to calls of one client; an exception stands in place of its answer."""

    async def main() -> list[Any]:
        async with AsyncCocApi(token, config=config) as api:
            return [await getattr(api, name)(*arguments) for name, *arguments in calls]

    if mode == "asyncio":
        return asyncio.run(main())
    if mode == "trio":
        return trio.run(main)
    with CocApi(token, config=config) as api:
        return [getattr(api, name)(*arguments) for name, *arguments in calls]


def interactions(path: Path) -> list[dict[str, Any]]:
    document = json.loads(path.read_text(encoding="utf-8"))
    assert document["version"] == 1
    return list(document["interactions"])


@every_mode
@pytest.mark.parametrize("again", ["sync", "asyncio", "trio"])
def test_what_was_recorded_is_played_without_network_and_token(mode: str, again: str, tmp_path: Path) -> None:
    """In any mode, whatever it was recorded in."""
    path = tmp_path / "deep" / "clan.json"
    script = Script(json_response({"tag": "#2PP"}), json_response({"tag": "#8QU"}), Response(404))
    calls = [("clan_tag", "#2PP"), ("players", "#8QU"), ("clan_tag", "#VV")]
    recorded = made(settings(path, script=script), *calls, mode=mode, token=TOKEN)
    silent = Script(ConnectionFailed("there is no network"))
    played = made(settings(path, script=silent), *reversed(calls), mode=again)
    assert played == recorded[::-1]
    assert (len(script.requests), silent.requests) == (3, [])


def test_the_file_is_for_people(tmp_path: Path) -> None:
    """Bodies are JSON, paths and queries are as they are sent."""
    path = tmp_path / "clan.json"
    headers = {"cache-control": "max-age=60", "content-encoding": "gzip", "set-cookie": "a=b"}
    script = Script(json_response({"name": "Çlan 🏰", "tag": "#2PP"}, headers=headers))
    made(settings(path, script=script), ("clan_members", "#2PP", {"limit": 3}), token=TOKEN)
    assert path.read_text(encoding="utf-8") == (
        """{
  "version": 1,
  "interactions": [
    {
      "request": {
        "method": "GET",
        "path": "/clans/%232PP/members",
        "query": "limit=3"
      },
      "response": {
        "status_code": 200,
        "headers": {
          "cache-control": "max-age=60",
          "content-type": "application/json; charset=utf-8"
        },
        "json": {
          "name": "Çlan 🏰",
          "tag": "#2PP"
        }
      }
    }
  ]
}
"""
    )


def test_the_order_is_that_of_requests_not_of_chance(tmp_path: Path) -> None:
    """Two recordings of the same calls are the same file."""
    files = []
    for turn, tags in enumerate((["#2PP", "#8QU", "#2PP", "#9"], ["#9", "#2PP", "#8QU", "#2PP"])):
        seen: list[str] = []

        def answer(request: Request, seen: list[str] = seen) -> Response:
            seen.append(request.path)
            return json_response({"tag": request.path, "nth": seen.count(request.path)})

        path = tmp_path / f"{turn}.json"
        made(settings(path, script=Script(answer)), *(("clan_tag", tag) for tag in tags), token=TOKEN)
        files.append(path.read_text(encoding="utf-8"))
    assert files[0] == files[1]


def test_equal_requests_are_answered_in_order_and_the_last_answer_again(tmp_path: Path) -> None:
    """So how often a cache or a retry asked does not matter."""
    path = tmp_path / "clan.json"
    script = Script(*(json_response({"tag": "#2PP", "nth": nth}) for nth in range(3)))
    made(settings(path, script=script), *[("clan_tag", "#2PP")] * 3, token=TOKEN)
    played = made(settings(path), *[("clan_tag", "#2PP")] * 5)
    assert [answer["nth"] for answer in played] == [0, 1, 2, 2, 2]


@every_mode
def test_a_miss_names_request_and_cassette_and_is_not_tried_again(mode: str, tmp_path: Path) -> None:
    """Nothing is sent."""
    path = tmp_path / "clan.json"
    made(settings(path, script=Script()), ("clan_tag", "#2PP"), token=TOKEN)
    silent = Script()
    config = settings(path, script=silent, max_retries=3, raise_errors=True)
    for call, request in (
        (("clan_tag", "#VV"), "GET /clans/%23VV"),
        (("clan_members", "#2PP", {"limit": 3}), "GET /clans/%232PP/members?limit=3"),
        (
            ("verify_player_token", "#2PP", "abcdefgh"),
            'POST /players/%232PP/verifytoken with the body {"token": "***"}',
        ),
    ):
        with pytest.raises(CassetteMiss) as miss:
            made(config, call, mode=mode)
        assert miss.value.message == (
            f"the cassette {path} has no answer to {request}; record it anew with mode='record'"
        )
        assert miss.value.as_dict()["error_type"] == "cassette"
        assert isinstance(miss.value, LookupError)
    assert silent.requests == []


@every_mode
def test_no_token_is_ever_in_it(mode: str, tmp_path: Path) -> None:
    """Neither the API's, in whatever echoes it, nor what a player copies out of the game."""
    path = tmp_path / "clan.json"

    class Gives:
        @hookimpl
        def cocapi_token(self, attempt: int) -> str:
            return TOKEN

    answers = [
        json_response({"tag": "#2PP", "echo": TOKEN}, headers={"x-auth": TOKEN}),
        json_response({"message": f"Bearer {TOKEN}"}, 400),
        json_response({"tag": "#2PP", "token": "abcdefgh", "status": "ok", "all": [{"token": "abcdefgh"}]}),
    ]
    config = settings(path, script=Script(*answers), plugins={"gives": lambda _: Gives()})
    calls = [("clan_tag", "#2PP"), ("players", "#2PP"), ("verify_player_token", "#2PP", "abcdefgh")]
    made(config, *calls, mode=mode)
    text = path.read_text(encoding="utf-8")
    assert "secret-of-the-user" not in text
    assert "abcdefgh" not in text
    assert text.lower().count("authorization") == 0
    played = made(settings(path), *calls, mode=mode)
    assert played[2] == {"tag": "#2PP", "token": "***", "status": "ok", "all": [{"token": "***"}]}


BODIES = {
    "json": b'{"tag": "#2PP", "ratio": 1.5, "big": 123456789012345678901234567890}',
    "text": b"<html>maintenance</html>",
    "twice": b'{"a": 1, "a": 2}',
    "nan": b'{"a": NaN}',
    "binary": b"\xff\x00\xfe",
    "empty": b"",
    "deep": b"[" * 100_000,
}


@pytest.mark.parametrize("body", BODIES)
def test_every_body_comes_back(body: str, tmp_path: Path) -> None:
    """What is no JSON byte for byte, what is JSON value for value."""
    path = tmp_path / "clan.json"
    seen: list[bytes] = []

    class Eye:
        @hookimpl
        def cocapi_attempted(self, response: Response | None) -> None:
            assert response is not None
            seen.append(response.content)

    eye = {"eye": lambda _: Eye()}
    made(
        settings(path, script=Script(Response(500, {}, BODIES[body])), plugins=eye),
        ("clan_tag", "#2PP"),
        token="t",
    )
    made(settings(path, plugins=eye), ("clan_tag", "#2PP"))
    recorded, played = seen
    assert recorded == BODIES[body]
    assert played == recorded if body != "json" else json.loads(played) == json.loads(recorded)
    (kept,) = interactions(path)
    assert ("json" in kept["response"]) == (body == "json")


def test_record_begins_anew_and_replay_never_records(tmp_path: Path) -> None:
    """And once does the one or the other."""
    path = tmp_path / "clan.json"
    with pytest.raises(ConfigError, match=r"there is no cassette .*clan\.json: record it first"):
        CocApi(config=settings(path, "replay"))
    for nth, mode in enumerate(("record", "once", "record")):
        script = Script(json_response({"nth": nth}))
        made(settings(path, mode, script), ("clan_tag", "#2PP"), token=TOKEN)
        assert len(script.requests) == (mode == "record")
        assert made(settings(path, "replay"), ("clan_tag", "#2PP")) == [{"nth": 0 if nth < 2 else 2}]


def test_where_nothing_was_recorded_no_file_is_made(tmp_path: Path) -> None:
    """An empty one would make every request a miss."""
    path = tmp_path / "clan.json"
    made(settings(path, script=Script()), token=TOKEN)
    made(settings(path, script=Script(ConnectionFailed("lost"))), ("clan_tag", "#2PP"), token=TOKEN)
    assert not path.exists()


def test_the_verification_of_the_token_is_a_call_like_any_other(tmp_path: Path) -> None:
    """Recorded with the others."""
    path = tmp_path / "clan.json"
    made(settings(path, script=Script(json_response({"items": []})), verify_token=True), token=TOKEN)
    assert [kept["request"]["path"] for kept in interactions(path)] == ["/locations"]
    assert made(settings(path, verify_token=True)) == []


def test_any_transport_and_the_sandbox_can_be_recorded(tmp_path: Path) -> None:
    """And be played under another address."""
    path = tmp_path / "clan.json"
    (recorded,) = made(settings(path, base_url="sandbox://"), ("clan_tag", "#2PP"), token="any")
    assert made(settings(path), ("clan_tag", "#2PP")) == [recorded]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"path": ""}, r"\['path'\] is ''"),
        ({"path": "x", "mode": "all"}, r"\['mode'\] is 'all'"),
        ({"path": "x", "file": "y"}, "'file'"),
    ],
)
def test_wrong_options_are_refused_by_name(options: dict[str, Any], sentence: str) -> None:
    """As those of any plugin."""
    with pytest.raises(ConfigError, match=sentence):
        CocApi(TOKEN, config=ApiConfig(plugins={"cassette": options}))


def test_what_is_no_cassette_is_not_overwritten(tmp_path: Path) -> None:
    """A path may be mistyped, or stand in a file of somebody else."""
    path = tmp_path / "notes.json"
    path.write_text("mine")
    with pytest.raises(ConfigError, match=r"notes\.json is no cassette: "):
        CocApi(TOKEN, config=settings(path, "record"))
    assert path.read_text() == "mine"


NO_CASSETTES = {
    "no JSON": "nonsense",
    "a list": "[]",
    "no version": "{}",
    "no interactions": '{"version": 1}',
    "an interaction of nothing": '{"version": 1, "interactions": [{}]}',
    "an answer without a body": '{"version": 1, "interactions": [{"request": {"method": "GET", "path": "/x", '
    '"query": ""}, "response": {"status_code": 200, "headers": {}}}]}',
}


@pytest.mark.parametrize("text", NO_CASSETTES)
def test_what_is_no_cassette_is_refused(text: str, tmp_path: Path) -> None:
    """When the client is made."""
    path = tmp_path / "clan.json"
    path.write_text(NO_CASSETTES[text])
    with pytest.raises(ConfigError, match=r"clan\.json is no cassette: "):
        CocApi(config=settings(path))


def test_another_format_says_so(tmp_path: Path) -> None:
    """With the way out."""
    path = tmp_path / "clan.json"
    path.write_text('{"version": 2, "interactions": []}')
    with pytest.raises(ConfigError, match=r"has the format 2, and cocapi reads 1; record it anew"):
        CocApi(config=settings(path))


def test_it_is_off_without_options() -> None:
    """And nothing of it is on the way of a call."""
    with CocApi(TOKEN, config=ApiConfig(verify_token=False)) as api:
        assert "cassette" not in api.plugins
        assert "it has no cassette: plugins={'cassette': {'path': …}}" in api.plugins.absence("cassette")
        assert api.plugins.hooks.cocapi_wrap_transport == ()


@pytest.mark.skipif(not hasattr(__import__("os"), "fork"), reason="there is no fork")
def test_a_child_leaves_the_file_to_its_parent(tmp_path: Path) -> None:
    """What it calls is not recorded, and its end does not write."""
    import os

    path = tmp_path / "clan.json"
    with CocApi(TOKEN, config=settings(path, script=Script(json_response({"tag": "#2PP"})))) as api:
        api.clan_tag("#2PP")
        child = os.fork()
        if child == 0:
            api.clan_tag("#8QU")
            api.close()
            os._exit(int(path.exists()))
        _, status = os.waitpid(child, 0)
        assert os.waitstatus_to_exitcode(status) == 0
    assert [kept["request"]["path"] for kept in interactions(path)] == ["/clans/%232PP"]
