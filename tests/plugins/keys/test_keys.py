"""Credentials instead of tokens: through the sandbox's portal, in each mode."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cocapi import (
    AnyCocApi,
    ApiConfig,
    AsyncCocApi,
    CocApi,
    ConfigError,
    Flow,
    InvalidCredentials,
    KeyManagerError,
    MissingToken,
    Request,
    Response,
    SyncKeyManager,
    call,
    gather,
    hookimpl,
)
from cocapi.testing import Script
from cocapi_keys import KeyCommands, Keys, KeysOptions, keys_of, keys_plugin
from cocapi_sandbox import Sandbox
from cocapi_sandbox.portal import ACTIONS

TAG = "#2PP"
Play = Callable[..., Any]
Settings = Callable[..., ApiConfig]


def one_call(api: AnyCocApi) -> Flow[Any]:
    return (yield from call(api.clan_tag, TAG))["tag"]


class TokensUsed:
    """A plugin that notes with which key each attempt is made."""

    def __init__(self) -> None:
        self.key_ids: list[str | None] = []

    @hookimpl
    def cocapi_attempted(self, request: Request) -> None:
        if not request.credentials:
            self.key_ids.append(request.key_id)


def test_a_client_needs_no_token(play: Play, box: Sandbox) -> None:
    """The first call makes a key for the address that the portal sees; the next ones use it."""

    def program(api: AnyCocApi) -> Flow[Any]:
        yield from one_call(api)
        return (yield from one_call(api))

    assert play(program) == TAG
    assert [(key.name, key.cidr_ranges, key.scopes) for key in box.portal.keys] == [
        ("cocapi_auto", ["203.0.113.7"], ["clash"])
    ]
    assert [arrival.path for arrival in box.requests] == [
        "/api/login",
        "/api/apikey/list",
        "/api/apikey/create",
        "/clans/%232PP",
        "/clans/%232PP",
    ]


def test_a_key_that_is_there_is_used(play: Play, box: Sandbox) -> None:
    """By its name, wherever it was made."""
    box.portal.add_key("cocapi_auto", "203.0.113.0/24")
    assert play(one_call) == TAG
    assert len(box.portal.keys) == 1


@pytest.mark.parametrize("settings", [{"key_name": "bot", "key_description": "of the bot"}])
def test_the_settings_of_4_0_mean_what_they_meant(play_sync: Play, box: Sandbox, settings: Any) -> None:
    play_sync(one_call, key_count=3, **settings)
    assert [(key.name, key.description) for key in box.portal.keys] == [("bot", "of the bot")] * 3


def test_a_change_of_address_fails_no_call(play: Play, box: Sandbox) -> None:
    """The call that learns of it goes on with a key for the new address; the old key is revoked, and a
    foreign one is not."""
    box.portal.add_key("somebody's", "203.0.113.7")

    def program(api: AnyCocApi) -> Flow[Any]:
        yield from one_call(api)
        box.move("203.0.113.9")
        return (yield from one_call(api))

    assert play(program) == TAG
    assert [(key.name, key.cidr_ranges) for key in box.portal.keys] == [
        ("somebody's", ["203.0.113.7"]),
        ("cocapi_auto", ["203.0.113.9"]),
    ]
    assert len(box.portal.logins) == 2


def test_many_calls_that_are_refused_at_once_renew_once(play: Play, box: Sandbox) -> None:
    """All go on."""

    def program(api: AnyCocApi) -> Flow[Any]:
        yield from one_call(api)
        box.move("203.0.113.9")
        return (yield from gather(*[one_call(api) for _ in range(20)]))

    assert play(program, max_connections=20, enable_rate_limiting=False) == (TAG,) * 20
    assert len(box.portal.logins) == 2
    assert len(box.portal.keys) == 1


def test_many_first_calls_log_in_once(play: Play, box: Sandbox) -> None:
    def program(api: AnyCocApi) -> Flow[Any]:
        return (yield from gather(*[one_call(api) for _ in range(20)]))

    assert play(program, max_connections=20, enable_rate_limiting=False) == (TAG,) * 20
    assert len(box.portal.logins) == 1


def test_two_changes_within_a_minute_fail_no_call(play: Play, box: Sandbox) -> None:
    """Also the way back."""

    def program(api: AnyCocApi) -> Flow[Any]:
        answers = []
        for address in ("203.0.113.7", "203.0.113.9", "203.0.113.7"):
            box.move(address)
            answers.append((yield from one_call(api)))
        return answers

    assert play(program) == [TAG] * 3
    assert len(box.portal.logins) == 3


def test_a_change_while_renewing_fails_no_call(
    play: Play, box: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The key that was made for the address in between is refused, and the call gets another."""
    create = ACTIONS["/api/apikey/create"]

    def create_and_move(*asked: Any) -> Any:
        answer = create(*asked)
        box.move("203.0.113.11")
        return answer

    monkeypatch.setitem(ACTIONS, "/api/apikey/create", create_and_move)
    assert play(one_call) == TAG
    assert [key.cidr_ranges for key in box.portal.keys] == [["203.0.113.11"]]


def test_keys_take_turns(play_sync: Play, box: Sandbox) -> None:
    """So that the limit, which is one for each, is as many times as high."""
    used = TokensUsed()

    def program(api: AnyCocApi) -> Flow[Any]:
        for _ in range(9):
            yield from one_call(api)

    play_sync(program, key_count=3, plugins={"used": lambda _: used})
    assert sorted(Counter(used.key_ids).values()) == [3, 3, 3]


def test_a_throttled_key_rests_and_the_others_go_on(play_sync: Play, box: Sandbox) -> None:
    """The call goes on at once, and the key misses its turns for as long as the API asks."""
    used = TokensUsed()
    now = 0.0

    def program(api: AnyCocApi) -> Flow[Any]:
        nonlocal now
        keys_of(api).ring.clock = lambda: now
        yield from one_call(api)
        box.faults.status(429, "requestThrottled", retry_after="30", path="/clans/*")
        for now in (0.0, 15.0, 29.9, 30.0, 30.0):  # noqa: B007  # the clock's
            yield from one_call(api)

    play_sync(program, key_count=2, plugins={"used": lambda _: used})
    first, throttled, *others = used.key_ids
    assert first != throttled
    assert others[:3] == [first] * 3
    assert {*others[3:]} == {first, throttled}


def test_a_revoked_key_is_replaced(play_sync: Play, box: Sandbox) -> None:
    """Somebody did so at the web site."""

    def program(api: AnyCocApi) -> Flow[Any]:
        yield from one_call(api)
        gone = box.portal.keys.pop()
        box.portal._tokens[gone.token] = None
        return (yield from one_call(api))

    assert play_sync(program) == TAG


def test_without_auto_refresh_a_refusal_is_told(play_sync: Play, box: Sandbox) -> None:
    """As in 4.0, the first log-in is made all the same."""

    def program(api: AnyCocApi) -> Flow[Any]:
        yield from one_call(api)
        box.move("203.0.113.9")
        answer = yield from call(api.with_options(raise_errors=False).clan_tag, TAG)
        return answer

    with pytest.raises(Exception, match="does not allow the address"):
        play_sync(program, auto_refresh_keys=False)
    assert len(box.portal.logins) == 1


def test_a_token_of_the_client_is_its_own_matter(box: Sandbox, config_for: Settings) -> None:
    """Credentials beside it, in the environment say, are not used."""
    config = config_for(keys={"email": box.email, "password": box.password})
    with CocApi("own", config=config) as api:
        assert api.clan_tag(TAG)["tag"] == TAG
    assert box.portal.logins == []


def test_the_environment_has_credentials_too(
    box: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    """For settings that are loaded."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COCAPI_EMAIL", box.email)
    monkeypatch.setenv("COCAPI_PASSWORD", box.password)
    config = ApiConfig.load(base_url=box.base_url, plugins={"keys": {"portal": box.portal_url}})
    with CocApi(config=config) as api:
        assert api.clan_tag(TAG)["tag"] == TAG


def test_the_verification_of_a_client_logs_in(box: Sandbox, config_for: Settings) -> None:
    """When the client is made, as in 4.0."""
    with CocApi.from_credentials(box.email, box.password, config=config_for(verify_token=True)):
        assert len(box.portal.keys) == 1


def test_the_other_arguments_are_those_of_a_client(box: Sandbox, config_for: Settings) -> None:
    with CocApi.from_credentials(box.email, box.password, 7, True, config_for()) as api:
        assert api.clan_tag(TAG)["status_code"] == 200
    client = AsyncCocApi.from_credentials(box.email, box.password, timeout=7)
    assert (client.timeout, type(client)) == (7, AsyncCocApi)


def test_a_subclass_stays_one(box: Sandbox, config_for: Settings) -> None:
    class Bot(CocApi):
        pass

    with Bot.from_credentials(box.email, box.password, config=config_for()) as bot:
        assert type(bot) is Bot


def test_without_credentials_there_is_no_token() -> None:
    """And the plugin costs a call nothing: it has no hook in it."""
    for options in (KeysOptions(), KeysOptions(keep=True, path="none")):
        assert type(keys_plugin(ApiConfig(), options)) is KeyCommands
    with pytest.raises(MissingToken):
        CocApi()


@pytest.mark.parametrize("variable", ["COCAPI_PASSWORD", "COCAPI_KEYS_PASSWORD"])
def test_a_password_alone_is_no_matter_of_a_client_that_has_a_token(
    box: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str
) -> None:
    """It may be for another program; whoever has no token is told all ways out."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(variable, "hunter2")
    config = ApiConfig.load(base_url=box.base_url, plugins={"keys": {"portal": box.portal_url}})
    with CocApi("own", config=config) as api:
        assert api.clan_tag(TAG)["tag"] == TAG
    with pytest.raises(KeyManagerError, match=r"set COCAPI_EMAIL .*-e.*, or unset COCAPI_PASSWORD") as caught:
        CocApi(config=config)
    assert "hunter2" not in str(caught.value)


def test_an_e_mail_address_alone_is_told_what_it_lacks(box: Sandbox, config_for: Settings) -> None:
    """It is there for ``cocapi login``, and no matter of a client that has a token."""
    config = config_for(keys={"email": box.email}, verify_token=True)
    with CocApi("own", config=config) as api:
        assert api.clan_tag(TAG)["tag"] == TAG
    with pytest.raises(KeyManagerError, match="run 'cocapi login', or set COCAPI_PASSWORD"):
        CocApi(config=config)


class Giver:
    """A plugin of somebody else, which gives a token."""

    @hookimpl
    def cocapi_token(self) -> str:
        return "own"


def test_a_password_alone_stands_behind_plugins_that_give_tokens(box: Sandbox, config_for: Settings) -> None:
    with CocApi(
        config=config_for(keys={"password": "hunter2"}, plugins={"giver": lambda config: Giver()})
    ) as api:
        assert api.clan_tag(TAG)["tag"] == TAG


@pytest.mark.parametrize("nothing", ["", None])
@pytest.mark.parametrize("kind", [CocApi, AsyncCocApi])
def test_half_of_the_credentials_is_refused_by_name(kind: Any, nothing: Any) -> None:
    """As of a variable that is not set; the other half is in no message."""
    with pytest.raises(ConfigError, match=r"the password of the account is empty.* COCAPI_PASSWORD$"):
        kind.from_credentials("chief@example.com", nothing)
    with pytest.raises(ConfigError, match=r"the e-mail address of .*empty.* COCAPI_EMAIL$") as caught:
        kind.from_credentials(nothing, "hunter2")
    assert "hunter2" not in str(caught.value)


def test_a_manager_of_keys_refuses_empty_credentials_too() -> None:
    with SyncKeyManager("chief@example.com", "") as manager, pytest.raises(ConfigError, match="password of"):
        manager.manage_keys()


def test_credentials_that_are_none_are_those_of_the_environment(
    box: Sandbox, config_for: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COCAPI_PASSWORD", box.password)
    config = ApiConfig.load(base_url=box.base_url, plugins={"keys": {"portal": box.portal_url}})
    with CocApi.from_credentials(box.email, None, config=config) as api:  # type: ignore[arg-type]  # on purpose
        assert api.clan_tag(TAG)["tag"] == TAG


def test_keys_of_a_client_without_credentials_are_refused() -> None:
    with (
        CocApi("own", config=ApiConfig(verify_token=False)) as api,
        pytest.raises(ConfigError, match="nobody"),
    ):
        keys_of(api)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (
            {"email": "a@b.c", "password": "x", "portal": "https://evil.example"},
            "your password would be sent",
        ),
        ({"count": 11}, "1 to 10"),
    ],
)
def test_what_cannot_work_is_refused_by_name(options: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        CocApi("own", config=ApiConfig(plugins={"keys": options}, verify_token=False))


def test_the_portal_may_be_where_the_tokens_go() -> None:
    """Whoever trusts an address with tokens may say that the portal is there, too."""
    options = KeysOptions(email="a@b.c", password="secret", portal="https://proxy.example")
    plugin = keys_plugin(ApiConfig(base_url="https://proxy.example/v1"), options)
    assert isinstance(plugin, Keys)


@pytest.mark.parametrize("transport", ["httpx", "requests", "pyreqwest"])
def test_it_works_on_every_transport(transport: str, box: Sandbox, play_sync: Play) -> None:
    """Cookies, and the portal's own address, included."""
    pytest.importorskip(transport)

    def program(api: AnyCocApi) -> Flow[Any]:
        yield from one_call(api)
        box.move("203.0.113.9")
        return (yield from one_call(api))

    assert play_sync(program, transport=transport) == TAG
    assert [key.cidr_ranges for key in box.portal.keys] == [["203.0.113.9"]]


def test_pyreqwest_awaits_it_too(run_in: Callable[[str], Play]) -> None:
    pytest.importorskip("pyreqwest")
    assert run_in("asyncio")(one_call, transport="pyreqwest") == TAG


def test_the_sandbox_in_process_has_a_portal() -> None:
    """The sandbox without a socket has a portal of its own."""
    config = ApiConfig(base_url="sandbox://", plugins={"keys": {"portal": "sandbox://"}}, verify_token=False)
    with CocApi.from_credentials("chief@example.com", "sandbox-password", config=config) as api:
        assert api.clan_tag(TAG)["tag"] == TAG
        assert len(api.plugins[Keys].key_ids()) == 1


def test_the_sandbox_in_process_asks_no_portal_outside(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    """``cocapi --sandbox`` where credentials are in the environment."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COCAPI_EMAIL", "chief@example.com")
    monkeypatch.setenv("COCAPI_PASSWORD", "sandbox-password")
    with CocApi(config=ApiConfig.load(base_url="sandbox://")) as api:
        assert type(api.plugins["keys"]) is KeyCommands
        assert api.clan_tag(TAG)["tag"] == TAG


def test_keys_of_the_sandbox_in_process_want_its_portal_named() -> None:
    """The error is what to write."""
    manager = SyncKeyManager("chief@example.com", "any", config=ApiConfig(base_url="sandbox://"))
    way = re.escape('name it by plugins={"keys": {"portal": "sandbox://"}} or COCAPI_KEYS_PORTAL=sandbox://')
    with manager, pytest.raises(ConfigError, match=way):
        manager.manage_keys()


def test_who_forgets_to_name_the_portal_of_a_sandbox_is_told() -> None:
    """The official one was asked, and knows nobody of that name."""
    config = Script(Response(403)).config(base_url="http://127.0.0.1:8000/v1", raise_errors=True)
    origin = "http://127.0.0.1:8000"
    way = re.escape(f'with plugins={{"keys": {{"portal": "{origin}"}}}} or COCAPI_KEYS_PORTAL={origin}')
    with (
        CocApi.from_credentials("chief@example.com", "any", config=config) as api,
        pytest.raises(InvalidCredentials, match=way),
    ):
        api.clan_tag(TAG)


def test_nothing_shows_what_is_secret(
    box: Sandbox, config_for: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither the settings nor the plugin nor the log at DEBUG; keys are told by their digests."""
    caplog.set_level("DEBUG")
    with CocApi.from_credentials(box.email, box.password, config=config_for()) as api:
        api.clan_tag(TAG)
        box.move("203.0.113.9")
        api.clan_tag(TAG)
        plugin = api.plugins[Keys]
        shown = [api, api.config, api.plugins.records, plugin.ring, plugin.renewal.account, plugin.renewal]
        shown += [vars(plugin), vars(plugin.renewal), plugin.options]
    text = repr(shown) + caplog.text
    assert box.portal.keys[0].token not in text
    assert box.password not in text
    assert box.email not in text
    assert not re.search(r"eyJ0eXAi", text)
    assert "made the key" in text
