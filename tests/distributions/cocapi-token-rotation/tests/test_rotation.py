"""The plugin ``rotation``, over a scripted network and with a clock that is moved by hand."""

from __future__ import annotations

import asyncio
import logging
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cocapi import ApiConfig, CocApi, CocApiError, ConfigError, MissingToken, Request, Response, key_id_of
from cocapi.testing import Script, json_response

from cocapi_token_rotation import RotationOptions, TokenRotation

FIRST, SECOND, THIRD = "first-token", "second-token", "third-token"

Step = Callable[[], object] | str
"""What happens next: a call for a tag, or something beside the client."""


class Api:
    """Refuses some tokens, as the API does, and keeps with which token each attempt came."""

    def __init__(self, *refused: str) -> None:
        self.refused = {*refused}
        self.tokens: list[str | None] = []
        self.script = Script(self.answer)

    def answer(self, request: Request) -> Response:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        self.tokens.append(token)
        if token in self.refused:
            return json_response({"reason": "accessDenied", "message": f"Invalid authorization {token}"}, 403)
        return json_response({"tag": "#2PP"})

    def settings(self, **options: Any) -> dict[str, Any]:
        def rotation(config: ApiConfig) -> TokenRotation:
            self.plugin = TokenRotation(config, RotationOptions(**options), clock=self.script.clock)
            return self.plugin

        return {"plugins": {"rotation": rotation}, "enable_caching": False}

    def wait(self, seconds: float) -> Step:
        return lambda: self.script.clock.advance(seconds)

    def reloads(self, until: Callable[[], bool]) -> Step:
        """Let one reload after another fall due, until they have had an effect."""

        def step() -> bool:
            self.script.clock.advance(30)
            return until()

        return step

    def has(self, *tokens: str) -> Callable[[], bool]:
        return lambda: {*self.plugin.key_ids()} == {*map(key_id_of, tokens)}


Play = Callable[..., list[Any]]
PATIENCE = range(1000)


@pytest.fixture(params=["sync", "async"])
def play(request: pytest.FixtureRequest) -> Play:
    """Take steps with a client that has no token of its own; the answers of the calls among them. A step that
    answers False is taken again: work in the background takes a moment."""

    def in_threads(api: Api, *steps: Step, token: str | None = None, **settings: Any) -> list[Any]:
        answers = []
        with api.script.client(token, **settings) as client:
            for step in steps:
                if isinstance(step, str):
                    answers.append(client.clan_tag(step))
                    continue
                for _ in PATIENCE:
                    if step() is not False:
                        break
                    time.sleep(0.01)
        return answers

    async def in_tasks(api: Api, *steps: Step, token: str | None = None, **settings: Any) -> list[Any]:
        answers = []
        async with api.script.async_client(token, **settings) as client:
            for step in steps:
                if isinstance(step, str):
                    answers.append(await client.clan_tag(step))
                    continue
                for _ in PATIENCE:
                    if step() is not False:
                        break
                    await asyncio.sleep(0.01)
        return answers

    if request.param == "sync":
        return in_threads
    return lambda *args, **keywords: asyncio.run(in_tasks(*args, **keywords))


def test_tokens_take_turns(play: Play) -> None:
    """Each attempt is made with the next one."""
    api = Api()
    play(api, *["#2PP"] * 5, **api.settings(tokens=(FIRST, SECOND)))
    assert api.tokens == [FIRST, SECOND, FIRST, SECOND, FIRST]


def test_a_refused_token_is_set_aside_and_the_next_one_tried(play: Play) -> None:
    """The caller sees nothing of it, and later calls leave the token out."""
    api = Api(SECOND)
    answers = play(api, *["#2PP"] * 4, **api.settings(tokens=(FIRST, SECOND, THIRD)))
    assert answers == [{"tag": "#2PP"}] * 4
    assert api.tokens == [FIRST, SECOND, THIRD, FIRST, THIRD]


def test_a_refused_token_comes_back_after_its_rest(play: Play) -> None:
    """First, for it has waited longest."""
    api = Api(FIRST)
    steps = ["#2PP", api.refused.clear, "#2PP", api.wait(60), "#2PP"]
    play(api, *steps, **api.settings(tokens=(FIRST, SECOND), rest=60))
    assert api.tokens == [FIRST, SECOND, SECOND, FIRST]


def test_the_call_fails_as_the_api_says_when_no_token_is_left(play: Play) -> None:
    """And the next one without being sent, by a sentence that says until when."""
    api = Api(FIRST, SECOND)
    refused, unsent = play(api, "#2PP", "#2PP", **api.settings(tokens=(FIRST, SECOND), rest=60))
    assert (refused["error_type"], refused["status_code"]) == ("http", 403)
    assert unsent["error_type"] == "token"
    assert unsent["message"] == (
        "the rotation has no token to give: the API refused 2 of 2; each is tried again after 60 seconds"
    )
    assert api.tokens == [FIRST, SECOND]


def test_the_clients_own_token_is_used_where_none_is_left_and_where_a_call_says_so(play: Play) -> None:
    """It is no token of the rotation, so that its refusal changes nothing there."""
    api = Api(FIRST)
    play(api, "#2PP", "#2PP", token="own-token", **api.settings(tokens=(FIRST,)))
    assert api.tokens == [FIRST, "own-token"]
    with api.script.client("own-token", **api.settings(tokens=(SECOND,))) as client:
        client.with_options(rotation=False).clan_tag("#2PP")
    assert api.tokens[-1] == "own-token"


def test_other_failures_leave_a_token_where_it_is(play: Play) -> None:
    """A private war log is no fault of the token."""
    api = Api()
    api.script.answers = [json_response({"reason": "notFound"}, 404)]
    with api.script.client(None, **api.settings(tokens=(FIRST,))) as client:
        client.clan_tag("#2PP")
        assert client.plugins["rotation"].set_aside() == {}


def test_a_file_is_read_again_in_time(play: Play, tmp_path: Path) -> None:
    """A token that is gone has no more turns, and a new one has them at once."""
    path = tmp_path / "tokens.txt"
    path.write_text(f"# made by hand\n{FIRST}\n\n  {SECOND}  \n")
    api = Api()
    write: Step = lambda: path.write_text(f"{SECOND}\n{THIRD}\n")  # noqa: E731
    steps = ["#2PP", write, "#2PP", api.reloads(until=api.has(SECOND, THIRD)), "#2PP", "#2PP"]
    play(api, *steps, **api.settings(path=path, reload_every=30))
    assert api.tokens == [FIRST, SECOND, SECOND, THIRD]


def test_a_file_is_read_at_once_when_its_last_token_is_refused(play: Play, tmp_path: Path) -> None:
    """The call that met the refusal succeeds with the new one."""
    path = tmp_path / "tokens.txt"
    path.write_text(FIRST)
    api = Api(FIRST)
    answers = play(api, lambda: path.write_text(SECOND), "#2PP", **api.settings(path=path))
    assert answers == [{"tag": "#2PP"}]
    assert api.tokens == [FIRST, SECOND]


def test_a_file_that_cannot_be_read_any_more_is_told_and_changes_nothing(
    play: Play, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """By its path."""
    path = tmp_path / "tokens.txt"
    path.write_text(FIRST)
    api = Api()
    sentence = f"the tokens in {path} stay as they are: "
    steps = [path.unlink, api.reloads(until=lambda: sentence in caplog.text), "#2PP"]
    assert play(api, *steps, **api.settings(path=path)) == [{"tag": "#2PP"}]
    assert sentence in caplog.text


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "No such file"),
        (b"# none yet\n", "there is none"),
        (b"first-token\nsecond token\n", "line 2 is no token"),
        (b"first-token\nsecond-t\xf6ken\n", "line 2 is no token"),
    ],
)
def test_a_file_without_tokens_is_refused_when_the_client_is_made(
    content: bytes | None, reason: str, tmp_path: Path
) -> None:
    """By its path, with the cause; what may be a token is not shown."""
    path = tmp_path / "tokens.txt"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(
        ConfigError, match=rf"the tokens in .*tokens\.txt cannot be read: .*{reason}"
    ) as refused:
        Script().client(None, plugins={"rotation": {"path": path}})
    assert "token\n" not in str(refused.value)
    assert "second" not in str(refused.value)


def test_options_are_read_by_name() -> None:
    """As of every installed plugin."""
    api = Api()
    with api.script.client(None, plugins={"rotation": {"tokens": [FIRST]}}) as client:
        client.clan_tag("#2PP")
    assert api.tokens == [FIRST]


def test_it_is_off_until_it_has_tokens() -> None:
    """It says so, and a client without a token is then refused."""
    with Script().client() as client:
        assert client.plugins.absence("rotation") == (
            "plugin 'rotation' of cocapi-token-rotation 1.0.0 is off: it has no tokens: "
            "plugins={'rotation': {'path': …}} names a file of them"
        )
    with pytest.raises(MissingToken):
        CocApi(config=Script().config())


def test_each_token_has_a_line_of_its_own_at_the_rate_limit(play: Play) -> None:
    """One token's second call has to wait; with two tokens it goes at once."""
    limited = {"requests_per_second": 20, "burst_limit": 1}
    alone, both = Api(), Api()
    play(alone, "#2PP", "#2PP", **alone.settings(tokens=(FIRST,)), **limited)
    play(both, "#2PP", "#2PP", **both.settings(tokens=(FIRST, SECOND)), **limited)
    assert alone.script.sleeps
    assert not both.script.sleeps


def test_the_verification_of_a_client_without_a_token_asks_the_rotation(play: Play) -> None:
    """Before the first call; a token that is refused there is set aside too."""
    api = Api(FIRST)
    play(api, "#2PP", **api.settings(tokens=(FIRST, SECOND, THIRD)), verify_token=True)
    assert api.tokens == [FIRST, SECOND, THIRD]


def test_calls_at_once_do_not_lose_track_of_which_token_was_refused() -> None:
    """Each attempt's request says which it was made with, whatever the others do meanwhile."""
    api = Api(SECOND)

    async def main() -> dict[str, float]:
        async with api.script.async_client(None, **api.settings(tokens=(FIRST, SECOND, THIRD))) as client:
            answers = await asyncio.gather(*(client.clan_tag(f"#{number}") for number in "289PYLQGRJCUV"))
            assert [answer["tag"] for answer in answers] == ["#2PP"] * 13
            return api.plugin.set_aside()

    assert [*asyncio.run(main())] == [key_id_of(SECOND)]


def test_no_token_is_shown(play: Play, caplog: pytest.LogCaptureFixture) -> None:
    """In an answer that echoes it, an error, a traceback, a log, a repr; a digest is."""
    caplog.set_level(logging.DEBUG)
    api = Api(FIRST)
    (answer,) = play(api, "#2PP", **api.settings(tokens=(FIRST,)))
    with api.script.client(None, plugins={"rotation": {"tokens": [FIRST]}}, raise_errors=True) as client:
        with pytest.raises(CocApiError) as refused:
            client.clan_tag("#2PP")
        rotation = client.plugins["rotation"]
        shown = [client, client.config, rotation.rotation, rotation.source, rotation.source.given]
        assert [*rotation.set_aside()] == [key_id_of(FIRST)]
    texts = [str(answer), *map(repr, shown), *traceback.format_exception(refused.value), caplog.text]
    assert [text for text in texts if FIRST in text] == []
