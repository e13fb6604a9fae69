"""Every failure has its place in the tree, and says the same as a dict and as an exception."""

import json
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocapi import errors
from cocapi.calls.messages import Request, Response
from cocapi.errors import CocApiError, api_error
from cocapi.testing import Script, json_response

CLAN = Request("clan_tag", "GET", "/clans/{clanTag}")
WAR = Request("clan_current_war", "GET", "/clans/{clanTag}/currentwar")

TABLE = [
    (CLAN, 400, {"reason": "badRequest", "message": "Unknown value"}, errors.BadRequest),
    (CLAN, 403, {"reason": "accessDenied", "message": "Invalid authorization"}, errors.InvalidToken),
    (
        CLAN,
        403,
        {
            "reason": "accessDenied.invalidIp",
            "message": "Invalid authorization: API key does not allow access from IP 1.2.3.4",
        },
        errors.InvalidAddress,
    ),
    (WAR, 403, {"reason": "accessDenied"}, errors.PrivateWarLog),
    (CLAN, 403, {"reason": "accessDenied"}, errors.Forbidden),
    (CLAN, 404, {"reason": "notFound"}, errors.NotFound),
    (CLAN, 429, {"reason": "requestThrottled"}, errors.Throttled),
    (CLAN, 500, {}, errors.ServerError),
    (CLAN, 503, {"reason": "inMaintenance", "message": "API is in maintenance"}, errors.Maintenance),
    (CLAN, 503, {}, errors.ServerError),
    (CLAN, 418, {}, errors.ApiError),
]


FIXED = {
    400: "Bad request - check your parameters",
    403: "Forbidden - invalid API token or access denied",
    404: "Not found - check clan/player tag",
    418: "HTTP error 418",
    429: "Rate limited - too many requests",
}
"""The texts of versions 3 and 4, which programs compare; of 5xx it is one for all."""


@pytest.mark.parametrize(("request_", "status", "body", "kind"), TABLE)
def test_status_and_reason_choose_the_class(
    request_: Request, status: int, body: dict[str, str], kind: type[CocApiError]
) -> None:
    """403 has three meanings, and 503 may be maintenance."""
    error = api_error(request_, json_response(body, status))
    assert type(error) is kind
    assert error.as_dict() == {
        "result": "error",
        "message": FIXED.get(status, "Server error - try again later"),
        "error_type": "http",
        "status_code": status,
        "http_status": status,
        **({"reason": body["reason"]} if "reason" in body else {}),
        **({"detail": body.get("message", error.message)} if error.message != error.title else {}),
    }
    assert body.get("message", "") in error.message


@given(st.binary() | st.recursive(st.none() | st.text(), st.lists).map(lambda x: json.dumps(x).encode()))
def test_no_error_body_whatever_makes_it_fail(content: bytes) -> None:
    """Gateways answer with HTML, nothing, or worse."""
    assert api_error(CLAN, Response(502, {}, content)).status_code == 502


def test_every_class_has_an_error_type_that_is_documented() -> None:
    """error_type is one of ten words."""
    kinds = [value for value in vars(errors).values() if isinstance(value, type)]
    words = {kind.error_type for kind in kinds if issubclass(kind, CocApiError)}
    transport = {"timeout", "connection", "refused", "too_large"}
    assert words == {"http", "json", "params", "plugin", "store", "token"} | transport


def test_every_class_is_drawn_in_the_tree_and_exported() -> None:
    """The docstring is the map."""
    kinds = [
        name
        for name, value in vars(errors).items()
        if isinstance(value, type) and value.__module__ == errors.__name__
    ]
    assert set(kinds) <= set(errors.__all__)
    assert [name for name in kinds if name not in str(errors.__doc__)] == []


@pytest.mark.parametrize(("request_", "status", "body", "kind"), TABLE)
def test_errors_survive_pickling(
    request_: Request, status: int, body: dict[str, str], kind: type[CocApiError]
) -> None:
    """They travel between processes with all they know."""
    error = api_error(request_, json_response(body, status)).of(request_, 3)
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is kind
    assert (copy.as_dict(), str(copy), copy.attempts) == (error.as_dict(), str(error), 3)


def test_str_is_one_sentence_that_names_the_operation() -> None:
    """What a log line needs."""
    error = api_error(CLAN, Response(404)).of(CLAN, 1)
    assert str(error) == "GET /clans/{clanTag}: Not found - check clan/player tag"


def test_throttled_tells_what_the_server_asked_for() -> None:
    """Retry-After as sent, or None."""
    told = api_error(CLAN, Response(429, {"retry-after": "3"}))
    untold = api_error(CLAN, Response(429))
    assert isinstance(told, errors.Throttled)
    assert isinstance(untold, errors.Throttled)
    assert (told.retry_after, untold.retry_after) == ("3", None)
    assert (told.delay, untold.delay) == (3.0, None)


def test_a_missing_extra_says_what_to_install() -> None:
    """By name, ready to paste."""
    assert str(errors.MissingExtra("models", "pydantic")) == "models needs: pip install 'cocapi[pydantic]'"


@pytest.mark.parametrize(
    "said",
    [
        "two\nlines",
        "forged\r\nERROR admin logged in",
        "\x1b[31mred\x1b]0;title\x07",
        "\u202egnp.exe",
        "\x85\u2028\u2029",
        "\ud800",
        "a" * 5_000_000,
        "\n" * 100_000,
    ],
)
def test_what_the_server_says_is_one_line_of_bounded_length(said: str) -> None:
    """In message and reason, in the dict and the exception; the response has all of it."""
    response = json_response({"reason": said, "message": said}, 404)
    error = api_error(CLAN, response)
    for text in (str(error), error.message, str(error.reason), str(error.as_dict()["reason"])):
        assert text.isprintable()
        assert len(text) < 1000
        text.encode()
    if len(said) > 1000:
        assert f"({len(said)} characters)" in error.message
    assert error.response is not None
    assert json.loads(error.response.content)["message"] == said


def test_an_odd_content_type_is_told_in_one_bounded_line() -> None:
    """It is the server's word as well."""
    response = Response(200, {"content-type": "x\x9b\n" + "y" * 100_000}, b"no json")
    with (
        Script(response).client(raise_errors=True) as api,
        pytest.raises(errors.UnreadableResponse) as raised,
    ):
        api.clan_tag("#2PP")
    assert str(raised.value).isprintable()
    assert len(str(raised.value)) < 300
