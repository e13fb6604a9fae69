"""What can go wrong between a client and the portal: one sentence each, in bounded time, few log-ins."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import anyio
import pytest

from cocapi import (
    AnyCocApi,
    ApiConfig,
    CocApi,
    CocApiError,
    Flow,
    InvalidAddress,
    InvalidCredentials,
    KeyLimitReached,
    KeyManagerError,
    TokenUnavailable,
    call,
    gather,
)
from cocapi_keys import Keys
from cocapi_keys.logins import MOST_LOGINS
from cocapi_sandbox import Sandbox
from cocapi_sandbox.portal import ACTIONS, Portal

TAG = "#2PP"
Play = Callable[..., Any]
Settings = Callable[..., ApiConfig]


def one_call(api: AnyCocApi) -> Flow[Any]:
    return (yield from call(api.clan_tag, TAG))["tag"]


def error_of(api: AnyCocApi) -> Flow[CocApiError | None]:
    """What a call fails with."""
    try:
        yield from one_call(api)
    except CocApiError as error:
        return error
    return None


def errors_of(number: int) -> Callable[[AnyCocApi], Flow[list[CocApiError | None]]]:
    """What so many calls fail with, one after another."""

    def program(api: AnyCocApi) -> Flow[list[CocApiError | None]]:
        set_clock(api.plugins[Keys], lambda: 1000.0)  # however long they take
        errors: list[CocApiError | None] = []
        for _ in range(number):
            errors += [(yield from error_of(api))]
        return errors

    return program


def set_clock(plugin: Keys, clock: Callable[[], float]) -> None:
    """Let a plugin have another time."""
    for part in (plugin.renewal, plugin.renewal.logins, plugin.ring):
        part.clock = clock


Clocked = Callable[..., AbstractContextManager[tuple[CocApi, list[float]]]]


@pytest.fixture
def clocked(box: Sandbox, config_for: Settings) -> Clocked:
    """clocked(**settings): a client whose errors raise, and its plugin's time in a list; what waits
    moves it."""

    @contextmanager
    def client(**settings: Any) -> Iterator[tuple[CocApi, list[float]]]:
        now = [1000.0]

        def pass_by(seconds: float) -> None:
            now[0] += seconds

        config = config_for(raise_errors=True, **settings)
        with CocApi.from_credentials(box.email, box.password, config=config) as api:
            set_clock(api.plugins[Keys], lambda: now[0])
            api._session.keep_time(pass_by, anyio.sleep)
            yield api, now

    return client


def has_ten_foreign_keys(box: Sandbox) -> None:
    for number in range(10):
        box.portal.add_key(f"foreign {number}")


def asks_for_a_captcha(box: Sandbox) -> None:
    box.portal.message = "Captcha required"


def throttles(box: Sandbox) -> None:
    box.portal.login_rate = 0


def loses_sessions(box: Sandbox) -> None:
    box.faults.status(403, path="/api/apikey/list", times=None)


CATALOGUE: dict[str, tuple[Callable[[Sandbox], object], type[CocApiError], str]] = {
    "is down": (
        lambda box: box.faults.add("dropped", path="/api/*", times=None),
        KeyManagerError,
        "the developer portal did not answer: .*",
    ),
    "is slow": (
        lambda box: box.faults.delay(5, path="/api/*", times=None),
        KeyManagerError,
        "the developer portal did not answer: .*",
    ),
    "is in maintenance": (
        lambda box: box.faults.status(503, "inMaintenance", path="/api/*", times=None),
        KeyManagerError,
        r"the developer portal is not available to log in \(HTTP 503\)",
    ),
    "answers HTML": (
        lambda box: box.faults.add("html", path="/api/*", times=None),
        KeyManagerError,
        r"the developer portal is not available to log in \(HTTP 502\)",
    ),
    "answers no JSON": (
        lambda box: box.faults.add("string", path="/api/*", times=None),
        KeyManagerError,
        "the developer portal answered a request to log in with application/json.* that is no JSON object.*",
    ),
    "answers half": (
        lambda box: box.faults.add("half", path="/api/*", times=None),
        KeyManagerError,
        "the developer portal answered a request to log in with .*",
    ),
    "redirects": (
        lambda box: box.faults.add("redirect", path="/api/*", times=None),
        KeyManagerError,
        r"the developer portal refuses to log in \(HTTP 302\)",
    ),
    "throttles": (
        throttles,
        KeyManagerError,
        r"the developer portal takes no more requests to log in for now \(HTTP 429\)",
    ),
    "asks for a captcha": (
        asks_for_a_captcha,
        KeyManagerError,
        "the developer portal refuses to log in: Captcha required; a browser at .* may show why",
    ),
    "loses sessions": (
        loses_sessions,
        KeyManagerError,
        r"the developer portal refuses to list keys \(HTTP 403\)",
    ),
    "has ten foreign keys": (
        has_ten_foreign_keys,
        KeyLimitReached,
        "the account has 10 keys, and none of them is called 'cocapi_auto': revoke one at .*",
    ),
}
"""By what the portal does: how, the error of a call, and its sentence."""

PATIENCE = {"is slow": {"timeout": 0.3}}
"""Options of the plugin."""


@pytest.mark.parametrize("what", CATALOGUE)
def test_whatever_the_portal_does_is_one_sentence(what: str, play_sync: Play, box: Sandbox) -> None:
    """And further calls fail with it at once, without another log-in."""
    fail, kind, sentence = CATALOGUE[what]
    fail(box)
    errors = play_sync(errors_of(4), keys=PATIENCE.get(what))
    assert {type(error) for error in errors} == {kind}
    assert [error.message for error in errors if not re.fullmatch(sentence, error.message)] == []
    assert errors[0].error_type == "token"
    assert [request.path for request in box.requests].count("/api/login") <= 1


@pytest.mark.parametrize("what", ["is slow", "answers HTML", "has ten foreign keys"])
def test_it_is_the_same_in_tasks(what: str, play: Play, box: Sandbox) -> None:
    """Many calls at once wait for one log-in, and all learn how it ended."""
    fail, kind, _ = CATALOGUE[what]
    fail(box)

    def program(api: AnyCocApi) -> Flow[Any]:
        set_clock(api.plugins[Keys], lambda: 1000.0)
        return (yield from gather(*[error_of(api) for _ in range(10)]))

    errors = play(program, keys=PATIENCE.get(what), enable_rate_limiting=False)
    assert {type(error) for error in errors} == {kind}
    assert len(box.portal.logins) <= 1


def test_wrong_credentials_are_tried_once(play_sync: Play, box: Sandbox) -> None:
    """However long the client lives: an account may be locked for less."""
    errors = play_sync(errors_of(5), password="wrong-password")
    assert {type(error) for error in errors} == {InvalidCredentials}
    assert errors[0].message.startswith("the developer portal refuses this e-mail address or password")
    assert len(box.portal.logins) == 1


def test_wrong_credentials_make_no_client(box: Sandbox, config_for: Settings) -> None:
    """Where it is verified."""
    with pytest.raises(InvalidCredentials):
        CocApi.from_credentials(box.email, "wrong-password", config=config_for(verify_token=True))


def test_a_portal_that_is_down_makes_no_client_either(box: Sandbox, config_for: Settings) -> None:
    """Nothing would work with it."""
    box.faults.add("dropped", path="/api/*", times=None)
    with pytest.raises(TokenUnavailable, match="did not answer"):
        CocApi.from_credentials(box.email, box.password, config=config_for(verify_token=True))


class Moves:
    """Lets the address change with each key that is made for one."""

    def __init__(self, box: Sandbox) -> None:
        self.box = box
        self.number = 10

    def __call__(self, *asked: Any) -> Any:
        answer = Portal._create(*asked)
        self.number += 1
        self.box.move(f"203.0.113.{self.number}")
        return answer


def test_an_address_that_changes_all_the_time_costs_a_few_log_ins(
    play: Play, box: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Others recurse for ever there."""
    monkeypatch.setitem(ACTIONS, "/api/apikey/create", Moves(box))
    errors = play(errors_of(3))
    assert {type(error) for error in errors} == {KeyManagerError}
    assert "within a minute" in errors[0].message
    assert len(box.portal.logins) == MOST_LOGINS
    assert len(box.portal.keys) <= MOST_LOGINS


def test_a_portal_that_sees_another_address_than_the_api_is_told_so(
    clocked: Clocked, box: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy for one of them, say. Each further call asks again, until log-ins run out; then none waits."""
    monkeypatch.setattr(box.portal, "verdict", lambda token, address: "accessDenied.invalidIp")
    with clocked() as (api, now):
        for words in ("different addresses", "within a minute", "within a minute"):
            with pytest.raises(KeyManagerError, match=words):
                api.clan_tag(TAG)
            assert now == [1000]
    assert len(box.portal.logins) == MOST_LOGINS


def test_more_changes_of_address_than_log_ins_cost_a_wait_and_no_call(box: Sandbox, clocked: Clocked) -> None:
    """Three at once, then one every twenty seconds."""
    with clocked() as (api, now):
        times = []
        for number in range(6):
            box.move(f"203.0.113.{number}")
            assert api.clan_tag(TAG)["tag"] == TAG
            times.append(now[0])
    assert times == [1000, 1000, 1000, 1020, 1040, 1060]


def test_nobody_waits_for_a_portal_that_failed_though_the_address_had_changed(
    box: Sandbox, clocked: Clocked
) -> None:
    """After two log-ins at two addresses, and one that fails, the next call is told there were enough."""
    with clocked() as (api, now):
        for number in range(2):
            box.move(f"203.0.113.{number}")
            assert api.clan_tag(TAG)["tag"] == TAG
        box.move("203.0.113.2")
        box.faults.status(503, path="/api/*")
        with pytest.raises(KeyManagerError, match="503"):
            api.clan_tag(TAG)
        now[0] += 11
        with pytest.raises(KeyManagerError, match="within a minute"):
            api.clan_tag(TAG)
        assert now == [1011]


def test_log_ins_are_limited_whatever_happens(box: Sandbox, clocked: Clocked) -> None:
    """Who would wait too long fails at once, and says when there may be another."""
    with clocked(keys={"max_wait": 10}) as (api, now):
        for number in range(MOST_LOGINS):
            box.move(f"203.0.113.{number}")
            assert api.clan_tag(TAG)["tag"] == TAG
        box.move("203.0.113.99")
        with pytest.raises(KeyManagerError, match="next may be made in 20 seconds"):
            api.clan_tag(TAG)
        assert now == [1000]
        now[0] += 21
        assert api.clan_tag(TAG)["tag"] == TAG


def test_who_waits_for_a_portal_that_failed_does_not_wait_for_a_log_in(
    box: Sandbox, clocked: Clocked
) -> None:
    """It is asked again when there may be one, and calls fail at once until then."""
    box.faults.status(503, path="/api/*", times=None)
    with clocked() as (api, now):
        for _ in range(MOST_LOGINS + 1):
            with pytest.raises(KeyManagerError):
                api.clan_tag(TAG)
            now[0] += 5.0
            before = list(now)
            with pytest.raises(KeyManagerError):
                api.clan_tag(TAG)
            assert now == before
            now[0] += 5.5
    assert len([arrival for arrival in box.requests if arrival.path == "/api/login"]) == MOST_LOGINS + 1


def test_a_portal_that_is_back_is_asked_again(box: Sandbox, clocked: Clocked) -> None:
    """After a pause, during which calls fail at once."""
    box.faults.status(503, path="/api/*")
    with clocked() as (api, now):
        for _ in range(2):
            with pytest.raises(KeyManagerError, match="503"):
                api.clan_tag(TAG)
        now[0] += 11
        assert api.clan_tag(TAG)["tag"] == TAG


def test_fewer_keys_than_wanted_will_do(
    play_sync: Play, box: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(8):
        box.portal.add_key(f"foreign {number}")
    assert play_sync(one_call, key_count=5) == TAG
    assert len(box.portal.keys) == 10
    assert [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING] == [
        "there are fewer keys than wanted: beside those of other names there is room for 2 of 5"
    ]


def test_a_further_key_that_cannot_be_made_costs_no_call(
    play_sync: Play, box: Sandbox, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The account is full by then, say; the log says why."""
    create = ACTIONS["/api/apikey/create"]
    for number in range(8):
        box.portal.add_key(f"foreign {number}")

    def beside_somebody(*asked: Any) -> Any:
        answer = create(*asked)
        box.portal.add_key("somebody's")
        return answer

    monkeypatch.setitem(ACTIONS, "/api/apikey/create", beside_somebody)
    assert play_sync(one_call, key_count=2) == TAG
    assert "there are fewer keys than wanted: " in caplog.text
    assert "the developer portal refuses to create keys (HTTP 403)" in caplog.text


def test_room_is_made_among_our_own_keys_alone(play_sync: Play, box: Sandbox) -> None:
    """Ten keys of which one is ours, of an address of old."""
    box.portal.add_key("cocapi_auto", "198.51.100.1")
    for number in range(9):
        box.portal.add_key(f"foreign {number}")
    assert play_sync(one_call) == TAG
    assert [key.name for key in box.portal.keys] == [f"foreign {n}" for n in range(9)] + ["cocapi_auto"]


def test_a_key_that_cannot_be_revoked_stays(play_sync: Play, box: Sandbox) -> None:
    """Somebody may have done so at the same moment; the call goes on."""
    box.faults.status(404, path="/api/apikey/revoke", times=None)

    def program(api: AnyCocApi) -> Flow[Any]:
        yield from one_call(api)
        box.move("203.0.113.9")
        return (yield from one_call(api))

    assert play_sync(program) == TAG
    assert box.portal.keys[-1].cidr_ranges == ["203.0.113.9"]


def test_a_call_that_was_given_up_leaves_the_way_free(play_sync: Play, box: Sandbox) -> None:
    """Its time was over while it logged in."""
    box.faults.delay(0.6, path="/api/login")

    def program(api: AnyCocApi) -> Flow[Any]:
        error = yield from error_of(api)
        return type(error).__name__, (yield from call(api.with_options(total_timeout=20).clan_tag, TAG))[
            "tag"
        ]

    assert play_sync(program, total_timeout=0.2) == ("RequestTimeout", TAG)


def test_all_that_is_asked_of_a_slow_portal_has_a_bound(box: Sandbox, config_for: Settings) -> None:
    """Each of its answers comes in time, and twelve of them take too long: the call goes on with the keys
    that were made by then."""
    config = config_for(key_count=10, keys={"max_wait": 3.0})
    with CocApi.from_credentials(box.email, box.password, config=config) as api:
        set_clock(api.plugins[Keys], lambda: 0.4 * len(box.requests))
        assert api.clan_tag(TAG)["tag"] == TAG
    assert len(box.portal.keys) == 6


def test_error_dicts_tell_it_too(box: Sandbox, config_for: Settings) -> None:
    with CocApi.from_credentials(box.email, "wrong-password", config=config_for()) as api:
        answer = api.clan_tag(TAG)
    assert (answer["result"], answer["error_type"], answer["status_code"]) == ("error", "token", 0)


def test_the_apis_own_maintenance_is_none_of_it(play_sync: Play, box: Sandbox) -> None:
    """No log-in helps there."""
    box.portal.add_key("cocapi_auto")
    box.maintenance = True
    error = play_sync(error_of, max_retries=1)
    assert error.reason == "inMaintenance"
    assert len(box.portal.logins) == 1


def test_credentials_in_the_portals_own_words_are_hidden(play_sync: Play, box: Sandbox) -> None:
    box.portal.message = f"no such account {box.email} with {box.password}"
    error = play_sync(error_of)
    assert "no such account *** with ***" in error.message


def test_without_renewal_the_error_is_the_apis(play_sync: Play, box: Sandbox) -> None:
    def program(api: AnyCocApi) -> Flow[Any]:
        yield from one_call(api)
        box.move("203.0.113.9")
        return (yield from error_of(api))

    assert isinstance(play_sync(program, auto_refresh_keys=False), InvalidAddress)
