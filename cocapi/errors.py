"""The tree of what can go wrong.

    CocApiError                    every failed call                          error_type
    ├── InvalidParams              nothing was sent: the arguments are wrong  params
    ├── PluginError                a plugin that decides raised               plugin
    ├── StoreUnavailable           the store failed or did not answer         store
    ├── TokenUnavailable           the plugin that gives tokens has none      token
    ├── TransportError             no whole response came back
    │   ├── AttemptRefused         a plugin let nothing be sent               refused
    │   ├── RequestTimeout         it took longer than `timeout`              timeout
    │   ├── ConnectionFailed       refused, reset, cut off, no such host      connection
    │   └── ResponseTooLarge       more than `max_response_bytes`             too_large
    ├── UnreadableResponse         a success whose body is no JSON object     json
    │   └── RepeatedCursor         a page that names a page already seen
    ├── UnexpectedValue            `strict_models`: a value of a wrong type   json
    └── ApiError                   a status code that is no success           http
        ├── BadRequest             400
        ├── Forbidden              403
        │   ├── InvalidToken       accessDenied, "Invalid authorization"
        │   ├── InvalidAddress     accessDenied.invalidIp
        │   └── PrivateWarLog      accessDenied on a war log
        ├── NotFound               404
        ├── Throttled              429
        └── ServerError            5xx
            └── Maintenance        503 inMaintenance

    ClientClosed (RuntimeError)    a call on a client that was closed, before or meanwhile
    ConfigError (ValueError)       a setting that makes no sense
    └── MissingToken               no token, and no plugin that gives one
    MissingExtra (ImportError)     a feature whose optional library is not installed

With ``raise_errors=True`` a call raises these; otherwise it returns `CocApiError.as_dict()`, so both
tell one story. The cause (the transport library's exception, the plugin's) is chained as `__cause__`.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, ClassVar

from cocapi.interrupts import reraise
from cocapi.reader import read_json
from cocapi.retry_after import seconds_until
from cocapi.text import printable
from cocapi.travelling import Travelling

if TYPE_CHECKING:
    from cocapi.calls.messages import Request, Response

__all__ = [
    "ApiError",
    "AttemptRefused",
    "BadRequest",
    "ClientClosed",
    "CocApiError",
    "ConfigError",
    "ConnectionFailed",
    "Forbidden",
    "InvalidAddress",
    "InvalidParams",
    "InvalidToken",
    "Maintenance",
    "MissingExtra",
    "MissingToken",
    "NotFound",
    "PluginError",
    "PrivateWarLog",
    "RepeatedCursor",
    "RequestTimeout",
    "ResponseTooLarge",
    "ServerError",
    "StoreUnavailable",
    "Throttled",
    "TokenUnavailable",
    "TransportError",
    "UnexpectedValue",
    "UnreadableResponse",
    "api_error",
]


class CocApiError(Travelling, Exception):
    """A call that failed.

    Attributes:
        message: One sentence for a person, without the token.
        title: The text of versions 3 and 4 for this kind of failure, which programs compare: the ``message``
            of its error dict; ``""``: `message` is.
        reason: The API's own word (``"notFound"``); None when the server gave none.
        detail: What the server said, on one line; None when it said nothing.
        status_code: The HTTP status code; 0 when no response came.
        operation: Which call it was: ``"clan_tag"`` and ``"GET /clans/{clanTag}"``; ``""`` before that is
            known.
        template: As `operation`.
        attempts: How many times the request was sent.
        response: The response behind it, or None.
        cursor: When `paginate()` raised it: the cursor of the page that failed, from which to go on; None for
            the first page, and everywhere else.
    """

    error_type: ClassVar[str] = "http"
    title: str = ""

    def __init__(
        self,
        message: str,
        *,
        reason: str | None = None,
        title: str | None = None,
        detail: str | None = None,
        response: Response | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        if title is not None:
            self.title = title
        self.reason = reason
        self.detail = detail
        self.response = response
        self.status_code: int = response.status_code if response is not None else 0
        self.operation: str = ""
        self.template: str = ""
        self.attempts: int = 0
        self.cursor: str | None = None

    def __str__(self) -> str:
        return f"{self.template}: {self.message}" if self.template else self.message

    def of(self, request: Request, attempts: int) -> CocApiError:
        """This error, told which call it belongs to."""
        self.operation = request.operation
        self.template = f"{request.method} {request.template}"
        self.attempts = attempts
        return self

    def as_dict(self) -> dict[str, Any]:
        """The documented error dict.

        Returns:
            result: ``"error"``.
            message: `title`, a fixed text; the sentence where the failure has none.
            error_type: Of the class.
            status_code: As the attribute.
            reason: There where the server gave one.
            detail: There where it says more than the message: the server's words, else the sentence.
            http_status: `status_code` by its name of 3.0, for HTTP errors.
        """
        answer: dict[str, Any] = {
            "result": "error",
            "message": self.title or self.message,
            "error_type": self.error_type,
            "status_code": self.status_code,
        }
        if self.reason is not None:
            answer["reason"] = self.reason
        if (detail := self.detail or self.message) != answer["message"]:
            answer["detail"] = detail
        if isinstance(self, ApiError):
            answer["http_status"] = self.status_code
        return answer


class InvalidParams(CocApiError, ValueError):
    """The arguments cannot be a request; nothing was sent."""

    error_type = "params"


class PluginError(CocApiError):
    """A plugin that decides raised; the message names plugin, hook and distribution."""

    error_type = "plugin"


class StoreUnavailable(CocApiError):
    """A verb of `cocapi.Store` that the store did not do, since it failed or did not answer in time.

    It fails no call: a hook whose flow ends in it has answered None. Catch it where None is not what you
    want to answer without the store.
    """

    error_type = "store"


class TokenUnavailable(CocApiError):
    """There is no token to send: the plugin that gives them has none, and says why. Nothing was sent to the
    API.

    For plugins to raise in `cocapi_token`, or to derive their own errors from. Verifying a client raises it
    as it is, for nothing will work without a token.
    """

    error_type = "token"


class TransportError(CocApiError):
    """No whole response came back. Transports raise its subclasses and nothing else."""

    error_type = "connection"


class AttemptRefused(TransportError):
    """A plugin let an attempt not be sent: an open circuit, a quota that is used up.

    Raised in `cocapi_attempt`, it goes to `cocapi_error` like any failed attempt, so a cache may answer with
    what it has. Asking again at once would not help, so it is not retried.
    """

    error_type = "refused"


class RequestTimeout(TransportError, TimeoutError):
    """The attempt took longer than its timeout, or waited longer than a plugin's bound."""

    error_type = "timeout"


class ConnectionFailed(TransportError):
    """The connection could not be made, or was lost before the whole response had come."""

    title = "Connection error - check your internet connection"


class ResponseTooLarge(TransportError):
    """The response had more bytes than `ApiConfig.max_response_bytes`; it was not read further."""

    error_type = "too_large"


class UnreadableResponse(CocApiError):
    """The server reported success, and the body is no JSON object."""

    error_type = "json"
    title = "Invalid JSON response from API"


class RepeatedCursor(UnreadableResponse):
    """A page names as the next one a page that was already read; going on would never end."""


class UnexpectedValue(CocApiError):
    """The answer is whole, and a value in it has another type than its model says, with `strict_models`; or
    than a watch can compare.

    Asking again would not help, so it is not retried.
    """

    error_type = "json"


class ApiError(CocApiError):
    """The server answered with a status code that is no success.

    Attributes:
        hint: What `message` begins with, where that is more than the title.
    """

    hint: ClassVar[str] = ""


class BadRequest(ApiError):
    """400: an id or parameter that the API does not know."""

    title = "Bad request - check your parameters"


class Forbidden(ApiError):
    """403: the API refuses, for a reason that is none of the three below."""

    title = "Forbidden - invalid API token or access denied"


class InvalidToken(Forbidden):
    """403 ``accessDenied`` with "Invalid authorization": the token is wrong, revoked or missing."""

    hint = "Forbidden - invalid API token; make one at https://developer.clashofclans.com"


class InvalidAddress(Forbidden):
    """403 ``accessDenied.invalidIp``: the key is bound to other addresses than the caller's."""

    hint = (
        "Forbidden - the API key does not allow the address you call from; "
        "add it to the key at https://developer.clashofclans.com"
    )


class PrivateWarLog(Forbidden):
    """403 ``accessDenied`` on a war log, current war or league group: the clan keeps it private."""

    hint = "Forbidden - the clan keeps its war log private"


class NotFound(ApiError):
    """404: no such clan, player or war, or a tag that is none."""

    title = "Not found - check clan/player tag"


class Throttled(ApiError):
    """429: more requests than the token allows."""

    title = "Rate limited - too many requests"

    @property
    def retry_after(self) -> str | None:
        """The ``Retry-After`` field as sent: seconds or an HTTP date (RFC 9110 section 10.2.3); or None."""
        return self.response.headers.get("retry-after") if self.response is not None else None

    @property
    def delay(self) -> float | None:
        """Seconds from now until the server wants to be asked again; None when it does not say."""
        return None if self.retry_after is None else seconds_until(self.retry_after, time.time())


class ServerError(ApiError):
    """5xx: the server, or something on the way to it, failed."""

    title = "Server error - try again later"


class Maintenance(ServerError):
    """503 ``inMaintenance``: the game is being updated."""

    hint = "Server error - the API is in maintenance, try again later"


class ClientClosed(Travelling, RuntimeError):
    """The client was closed, before the call or while it waited: nothing was, or is, sent any more. It opens
    again when it is entered, by ``with`` or ``async with``.

    A mistake of the program, so it is raised also where failed calls answer with error dicts.
    """

    def __init__(self, message: str = "this client is closed; enter it again, or make another one") -> None:
        super().__init__(message)


class ConfigError(Travelling, ValueError):
    """A setting that makes no sense; the message names field, value and what is allowed."""


class MissingToken(ConfigError):
    """A client was made without a token, and none of its plugins gives any."""

    def __init__(
        self,
        message: str = "there is no token: get one at https://developer.clashofclans.com, "
        "or use a plugin that gives one (cocapi_token)",
    ) -> None:
        super().__init__(message)


class MissingExtra(Travelling, ImportError):
    """A feature needs an optional library.

    Args:
        feature: What cannot be had without, and the extra of cocapi that installs it, as in ``pip install
            'cocapi[extra]'``.
        extra: As `feature`.
    """

    def __init__(self, feature: str, extra: str) -> None:
        super().__init__(f"{feature} needs: pip install 'cocapi[{extra}]'")
        self.feature = feature
        self.extra = extra


BY_STATUS: dict[int, type[ApiError]] = {
    400: BadRequest,
    403: Forbidden,
    404: NotFound,
    429: Throttled,
}

WAR_TEMPLATES = ("/warlog", "/currentwar", "/leaguegroup")
"""Ends of the templates that the API refuses for clans with a private war log."""


def api_error(request: Request, response: Response) -> ApiError:
    """The error that a response without success stands for.

    The API's error body is ``{"reason", "message"}``; either may be missing, and gateways answer with
    HTML or nothing, so only what is really there is used. What is said becomes one line of a few hundred
    characters at most, for messages go to logs and terminals; `CocApiError.response` has all of it.
    """
    body = error_body(response.content)
    reason, message = body.get("reason"), body.get("message")
    kind = kind_of(request.template, response.status_code, reason, message)
    title = kind.title or f"HTTP error {response.status_code}"
    detail = one_line(message, 300) if message else None
    sentence = kind.hint or title
    return kind(
        f"{sentence} (the API says: {detail})" if detail else sentence,
        reason=None if reason is None else one_line(reason, 100),
        title=title,
        detail=detail,
        response=response,
    )


def one_line(text: str, most: int) -> str:
    """What a server says, on one line; of a longer text the beginning, and how long it is."""
    if len(text) <= most:
        return printable(text, 2 * most)
    return f"{printable(text[:most], 2 * most)}… ({len(text)} characters)"


def kind_of(template: str, status: int, reason: str | None, message: str | None) -> type[ApiError]:
    """Tell the three meanings of 403 apart, and maintenance from other server errors."""
    if reason == "accessDenied.invalidIp":
        return InvalidAddress
    if reason == "inMaintenance":
        return Maintenance
    if status == 403 and message and message.startswith("Invalid authorization"):
        return InvalidToken
    if status == 403 and reason == "accessDenied" and template.endswith(WAR_TEMPLATES):
        return PrivateWarLog
    return BY_STATUS.get(status, ServerError if status >= 500 else ApiError)


def error_body(content: bytes) -> dict[str, str]:
    """The text fields of an error body; empty for anything that is no JSON object."""
    try:
        body = read_json(content)
    except ValueError as error:
        reraise(error)
        return {}
    if not isinstance(body, dict):
        return {}
    return {name: value for name, value in body.items() if isinstance(value, str)}
