"""The token comes back from nowhere: not from a server's answer, not from a library's exception."""

import asyncio
import base64
import html
import json
import re
import traceback
from collections.abc import Callable
from math import ceil
from typing import Any
from urllib.parse import quote, unquote

import pytest

from cocapi import CocApi, CocApiError, ConnectionFailed, PluginError, Request, Response
from cocapi.calls.keyring import Keyring
from cocapi.interrupts import chain
from cocapi.testing import Script

TOKEN = "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzUxMiJ9." + base64.b64encode(bytes(range(160))).decode().rstrip("=")
ODD = "abc\"def<&>ghi'jkl/+~%xyz0123456789"
TAIL = re.compile("[A-Za-z0-9+/]{30}")


def spellings(token: str) -> dict[str, str]:
    """By name, ways in which a token is echoed."""
    return {
        "as sent": token,
        "behind Bearer": f"Bearer {token}",
        "upper": token.upper(),
        "cut off": token[:30],
        "in JSON": json.dumps({"message": f'bad "{token}"'}),
        "in JSON twice": json.dumps(json.dumps([token])),
        "as JSON escapes": "".join(f"\\u{ord(char):04X}" for char in token),
        "as Python escapes": "".join(f"\\x{ord(char):02x}" for char in token),
        "percent-encoded": quote(f"Bearer {token}", safe=""),
        "every character": "".join(f"%{ord(char):02x}" for char in token),
        "percent-encoded twice": quote("".join(f"%{ord(char):02X}" for char in token)),
        "in HTML": html.escape(f"<b>{token}</b>"),
        "as entities": "".join(f"&#{ord(char)};" for char in token),
        "as hexadecimal entities": "".join(f"&#x{ord(char):X};" for char in token),
        **{f"base64 at {n}": base64.b64encode(f"{'-' * n}{token}{n}".encode()).decode() for n in range(4)},
        "base64 for URLs": base64.urlsafe_b64encode(f"Authorization: Bearer {token}".encode()).decode(),
    }


SPELT = [(token, name) for token in (TOKEN, ODD) for name in spellings(token)]


@pytest.mark.parametrize(("token", "name"), SPELT)
def test_every_spelling_is_found(token: str, name: str) -> None:
    """In text and in bytes, whatever stands around it."""
    said = spellings(token)[name]
    secret = Keyring(token)
    for hidden in (secret.hide(f"é {said} after"), secret.hide_bytes(f"é {said} after".encode()).decode()):
        assert hidden.startswith("é ")
        assert hidden.endswith(" after")
        assert "***" in hidden
        assert token[-20:] not in hidden
        assert not TAIL.search(hidden.partition("***")[2])


LATE = "eyJ0eXAiOiJKV1QiLCJhbGciOiJI" + "/\"<'&>+" + "end-of-it"
"""A token whose characters beyond the usual come late."""


@pytest.mark.parametrize(
    "spell",
    [
        lambda token: token,
        lambda token: quote(token, safe=""),
        lambda token: quote(token, safe="").lower(),
        html.escape,
        lambda token: json.dumps(token)[1:-1],
    ],
    ids=["as sent", "percent-encoded", "in small letters", "in HTML", "in JSON"],
)
def test_of_a_token_with_other_characters_nothing_is_left(spell: Callable[[str], str]) -> None:
    """Though its beginning alone would be found, and hidden up to them."""
    assert Keyring(LATE).hide(f"before {spell(LATE)} after") == "before *** after"


@pytest.mark.parametrize("before", ["", "x", "yy", "zzz", "\xff", "\xff\xfe"])
@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode], ids=["usual", "for URLs"])
@pytest.mark.parametrize("token", [TOKEN, "subject?>>~~~???>>>o?~>>" + "rest"])
def test_in_base64_it_is_found_at_each_place_of_a_group(
    token: str, encode: Callable[[bytes], bytes], before: str
) -> None:
    """Whatever bytes stand before it; what is left are the characters that hang together with them."""
    head = before.encode("latin-1")
    encoded = encode(head + token.encode()).decode()
    percent = quote(encoded, safe="")
    for text in (encoded, percent, re.sub("%..", lambda code: code[0].lower(), percent)):
        left, _, behind = Keyring(token).hide(text).partition("***")
        assert behind == ""
        assert text.startswith(left)
        assert len(unquote(left)) == ceil(len(head) * 8 / 6)


def test_a_secret_of_another_kind_is_hidden_and_no_token() -> None:
    """In a success only where it is a whole text of the answer."""
    keyring = Keyring(TOKEN)
    keyring.keep("correct-horse")
    keyring.keep(" battery-staple ")
    text = f"{TOKEN} correct-horse battery-staple"
    assert keyring.hide(text) == "*** *** ***"
    assert keyring.has_token(f"a {TOKEN}")
    assert not keyring.has_token("a correct-horse")
    part = Response(200, {}, b'{"place": "https://correct-horse.example"}')
    assert keyring.out_of(part) is part
    assert keyring.out_of(Response(200, {}, b'{"word": "correct-horse"}')).content == b'{"word": "***"}'
    other = keyring.add("another-token-of-a-plugin")
    assert keyring.hide("another-token-of-a-plugin battery-staple") == "*** ***"
    assert keyring.token(other) == "another-token-of-a-plugin"
    with pytest.raises(ValueError, match="cannot be sent"):
        keyring.keep("two words")


def test_an_error_loses_the_token_and_nothing_else() -> None:
    """In its message, reason, detail, notes and response; a cause that may show it is cut off."""
    error = CocApiError(f"bad {TOKEN}", response=Response(403, {"x-a": TOKEN}, f"é {TOKEN} é".encode()))
    error.reason, error.detail = f"reason {TOKEN}", f"detail {TOKEN}"
    error.add_note(f"note {TOKEN}")
    error.__cause__ = ValueError("quiet")
    assert Keyring(TOKEN).out_of_error(error) is error
    assert (error.message, error.args) == ("bad ***", ("bad ***",))
    assert (error.reason, error.detail) == ("reason ***", "detail ***")
    assert error.__notes__ == ["note ***"]
    assert error.response is not None
    assert error.response.headers == {"x-a": "***"}
    assert error.response.content == "é *** é".encode()
    assert error.__cause__ is None


@pytest.mark.parametrize("keyring", [Keyring(), Keyring(TOKEN)], ids=["without a token", "with one"])
def test_an_error_that_shows_none_stays_as_it_is(keyring: Keyring) -> None:
    """With its cause, which says most; an error that has neither reason nor notes has none afterwards."""
    response = Response(503, {}, b"\xff no token")
    error = CocApiError("lost", response=response)
    error.__cause__ = cause = ValueError("reset")
    assert keyring.out_of_error(error).__cause__ is cause
    assert (error.message, error.response) == ("lost", response)
    assert not hasattr(error, "__notes__")


def test_a_token_in_the_body_alone_is_seen() -> None:
    """The body is text of some encoding or none."""
    error = CocApiError("refused", response=Response(403, {}, b"\xff" + TOKEN.encode()))
    assert Keyring(TOKEN).is_in(error)


def test_a_message_in_json_stays_json() -> None:
    """The quote behind the token is not eaten."""
    said = json.dumps({"message": f'the header "Bearer {TOKEN}" is bad', "reason": "x"})
    assert json.loads(Keyring(TOKEN).hide(said)) == {
        "message": 'the header "Bearer ***" is bad',
        "reason": "x",
    }


@pytest.mark.parametrize("text", ["", "a tokenless text", "🏰 Pekka's \\u0065", "%zz %e", "x" * 1000])
def test_what_has_no_token_in_it_stays(text: str) -> None:
    """And bytes are the very same object; a short token may be part of any word."""
    content = text.encode()
    assert Keyring(TOKEN).hide_bytes(content) is content
    assert Keyring("token").hide("a token") == "a token"


STATUSES = [101, 103, 200, 204, 301, 302, 304, 307, 400, 403, 404, 429, 500, 503]


@pytest.mark.parametrize("status", STATUSES)
def test_no_answer_brings_it_back(status: int) -> None:
    """Neither in its body nor in its header fields, whatever the status code."""
    seen: list[Response | None] = []
    headers = {"location": f"https://else.example/?t={TOKEN}", f"x-{TOKEN.lower()}": "1", "x-auth": TOKEN}
    script = Script(Response(status, headers, json.dumps({"message": f"bad {TOKEN}", "items": []}).encode()))
    with CocApi(TOKEN, config=script.config(only_plugins=("script", "eye"), plugins=eye(seen))) as api:
        answer = api.custom_endpoint("/x")
        error = raised(lambda: api.with_options(raise_errors=True).custom_endpoint("/x"))
    assert seen[0] is not None
    shown = repr(answer) + repr(seen) + repr(error) + seen[0].content.decode()
    if isinstance(error, CocApiError):
        shown += repr(vars(error)) + str(error.response and error.response.content)
    assert TOKEN.lower() not in shown.lower()
    assert "***" in shown


def eye(seen: list[Any]) -> dict[str, Any]:
    """A plugin that sees every response."""
    from cocapi import hookimpl

    class Eye:
        @hookimpl
        def cocapi_attempted(self, response: Response | None) -> None:
            seen.append(response)

    return {"eye": lambda _: Eye()}


def raised(call: Callable[[], object]) -> BaseException | None:
    try:
        call()
    except CocApiError as error:
        return error
    return None


class Custom(Exception):
    """A library's own, with the request on it."""

    def __init__(self, headers: dict[str, str]) -> None:
        super().__init__("failed")
        self.headers = headers


def plainly(request: Request) -> Response:
    raise ValueError(f"illegal header {dict(request.headers)}")


def as_argument(request: Request) -> Response:
    raise OSError(5, dict(request.headers))


def as_attribute(request: Request) -> Response:
    raise Custom(dict(request.headers))


def as_note(request: Request) -> Response:
    error = ValueError("odd")
    error.add_note(str(request.headers))
    raise error


def as_cause(request: Request) -> Response:
    raise ValueError("odd") from KeyError(request.headers["Authorization"])


def as_context(request: Request) -> Response:
    try:
        plainly(request)
    except ValueError:
        raise ZeroDivisionError("odd") from None
    raise AssertionError


def as_variable(request: Request) -> Response:
    authorization = dict(request.headers)
    raise ZeroDivisionError(f"{len(authorization)} fields")


def of_ours(request: Request) -> Response:
    headers = dict(request.headers)
    raise ConnectionFailed(f"no line for {headers}", reason=str(headers)) from ValueError(str(headers))


FAILURES = [plainly, as_argument, as_attribute, as_note, as_cause, as_context, as_variable, of_ours]


@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize("mode", ["sync", "async"])
def test_no_exception_brings_it_back(failure: Callable[[Request], Response], mode: str) -> None:
    """In no message, argument, attribute, note, cause, context or variable of a traceback."""
    script = Script(failure)
    config = script.config(only_plugins=("script",), raise_errors=True)

    async def call() -> None:
        async with CocApi(TOKEN, config=config) as api:
            await api.clan_tag("#2PP")

    def call_sync() -> None:
        with CocApi(TOKEN, config=config) as api:
            api.clan_tag("#2PP")

    with pytest.raises(CocApiError) as caught:
        call_sync() if mode == "sync" else asyncio.run(call())
    error = caught.value
    told = [*traceback.TracebackException.from_exception(error).format()]
    for link in chain(error):
        told += [str(link), repr(link), repr(vars(link)), *all_variables(link)]
    assert TOKEN not in "".join(told)
    assert "ZeroDivisionError" in "".join(told) or failure is not as_variable


def all_variables(error: BaseException) -> list[str]:
    """The variables of the frames below the client's own, as tools that report errors show them."""
    shown = []
    for frame, _ in traceback.walk_tb(error.__traceback__):
        if "tests" not in frame.f_code.co_filename or frame.f_code.co_name in {f.__name__ for f in FAILURES}:
            shown += [repr(value) for value in frame.f_locals.values() if not isinstance(value, CocApi)]
            shown += [repr(getattr(value, "headers", "")) for value in frame.f_locals.values()]
    return shown


def test_what_the_caller_was_handling_keeps_its_variables() -> None:
    """Only what came through the transport is cleared."""

    def inner() -> None:
        kept = "mine"
        raise KeyError(kept)

    with CocApi(TOKEN, config=Script(as_variable).config(only_plugins=("script",), raise_errors=True)) as api:
        try:
            inner()
        except KeyError as mine:
            with pytest.raises(PluginError):
                api.clan_tag("#2PP")
            frames = [frame for frame, _ in traceback.walk_tb(mine.__traceback__)]
    assert frames[-1].f_locals == {"kept": "mine"}
