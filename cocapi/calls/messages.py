"""The values that travel through the hooks: data and nothing else.

`Request` goes out, `Response` comes back, `Outcome` is what became of the call. Hooks answer with
`Wait`, `Hit` and `Retry`. All are immutable, their mappings too; `dataclasses.replace` makes a changed copy.

The token is in none of them. The client adds it at the last moment, on the way to the transport, so no
plugin can log, store or trace it by accident.

What every call makes has an `__init__` of its own: it takes half as long as the one of dataclasses.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from operator import itemgetter
from types import MappingProxyType
from typing import Any, Literal, TypeAlias

from cocapi.calls.address import encoded_query, parsed_path, query_pairs, segment, template_of
from cocapi.errors import CocApiError, InvalidParams
from cocapi.lazy import lazy
from cocapi.text import cited

__all__ = [
    "CacheResult",
    "Hit",
    "Json",
    "Outcome",
    "Request",
    "Response",
    "Retry",
    "Wait",
]

Json: TypeAlias = dict[str, Any]
"""A decoded answer of the API: every operation answers with a JSON object."""

CacheResult: TypeAlias = Literal["hit", "miss", "stale"]


View: TypeAlias = MappingProxyType[str, Any]
"""A mapping that is read through and cannot be changed through."""

EMPTY: View = MappingProxyType({})


def view(values: Mapping[str, Any]) -> View:
    """`values` as they cannot be changed in place."""
    return values if type(values) is MappingProxyType else MappingProxyType(values)


def plain(value: object) -> object:
    """A view as a dict, which can be shown, pickled and copied; anything else as it is."""
    return dict(value) if isinstance(value, MappingProxyType) else value


@dataclass(frozen=True, init=False, repr=False)
class Request:
    """One call of the API, before anything has been sent.

    Args:
        operation: The name of the client's method: ``"clan_tag"``.
        method: The HTTP method: ``"GET"`` or ``"POST"``.
        template: The path as the API's documentation writes it: ``"/clans/{clanTag}"``. Safe to show
            anywhere.
        path_params: Values for the names in the template, not yet percent-encoded: ``{"clanTag": "#2PP"}``.
        params: The query. None and ``""`` are left out; True and False become ``true`` and ``false``, a list
            (tuple, set) its items with commas between them. A name that stands several times in a query has
            `cocapi.calls.address.Repeated` values.
        headers: What is sent beside the token. Names are compared without regard to case.
        json: The body as an object to be encoded; None sends no body.
        base_url: Scheme, host and path prefix without a slash at the end.
        timeout: Seconds that one attempt may take as a whole.
        options: What `CocApi.with_options()` was given for this call, by plugin name.
        model: The name of the model of the answer (`"Clan"`); None where there is none.
        key_id: A digest of the token that it is to be sent with, which may be shown; on an attempt's request
            that of the attempt's token (`cocapi_token`), before it that of the client's own. None: there is
            none yet.
        state: A dict that lives as long as the call, shared by all copies of this request. A plugin keeps its
            notes for the call under its own name.
        total_timeout: Seconds that the call may take as a whole, attempts and waits together; None: no bound.
        fresh: Whether the answer has to come from the network: no cache is asked, and none may stand in when
            the network fails. ``with_options(cache=False)`` says so, and the verification of a token.
        credentials: Whether it sends or fetches credentials, as a log-in does. It goes without a token, to
            whatever address, and what is in it is for the flow that sends it alone: no hook is shown its
            header fields, its body, or those of its response.

    The mappings are views: reading them is reading a dict, and writing to them raises TypeError. What is in
    `json`, and in a list among `params`, is not looked after: change a copy.

    Raises:
        InvalidParams: When `url` is read and a path value cannot be one segment of a path, or a value of
            `params` cannot be in a query.
    """

    operation: str
    method: str
    template: str
    path_params: Mapping[str, str]
    params: Mapping[str, Any]
    headers: Mapping[str, str] = field(repr=False)
    json: Any = field(repr=False)
    base_url: str
    timeout: float
    options: Mapping[str, Any]
    model: str | None
    state: dict[str, Any] = field(repr=False, compare=False)
    fresh: bool
    key_id: str | None
    total_timeout: float | None
    credentials: bool

    def __init__(
        self,
        operation: str,
        method: str,
        template: str,
        path_params: Mapping[str, str] = EMPTY,
        params: Mapping[str, Any] = EMPTY,
        headers: Mapping[str, str] = EMPTY,
        json: Any = None,
        base_url: str = "https://api.clashofclans.com/v1",
        timeout: float = 20.0,
        options: Mapping[str, Any] = EMPTY,
        model: str | None = None,
        state: dict[str, Any] | None = None,
        fresh: bool = False,
        key_id: str | None = None,
        total_timeout: float | None = None,
        credentials: bool = False,
    ) -> None:
        own = self.__dict__
        own["operation"] = operation
        own["method"] = method
        own["template"] = template
        own["path_params"] = (
            path_params if type(path_params) is MappingProxyType else MappingProxyType(path_params)
        )
        own["params"] = params if type(params) is MappingProxyType else MappingProxyType(params)
        own["headers"] = headers if type(headers) is MappingProxyType else MappingProxyType(headers)
        own["json"] = json
        own["base_url"] = base_url
        own["timeout"] = timeout
        own["options"] = options if type(options) is MappingProxyType else MappingProxyType(options)
        own["model"] = model
        own["state"] = {} if state is None else state
        own["fresh"] = fresh
        own["key_id"] = key_id
        own["total_timeout"] = total_timeout
        own["credentials"] = credentials
        if not params:
            own["query"] = ""  # as nearly always

    def __repr__(self) -> str:
        shown = (f"{entry.name}={plain(getattr(self, entry.name))!r}" for entry in fields(self) if entry.repr)
        return f"Request({', '.join(shown)})"

    @lazy
    def path(self) -> str:
        """The template with its values in place, each percent-encoded into one segment."""
        path = self.template
        if not self.path_params:
            return path
        for name, value in self.path_params.items():
            path = path.replace("{" + name + "}", segment(name, value))
        return path

    @lazy
    def query(self) -> str:
        """The encoded query, sorted by name, without a question mark; ``""`` when there is none."""
        if not self.params:
            return ""
        return encoded_query(sorted(query_pairs(self.params), key=itemgetter(0)))

    @lazy
    def url(self) -> str:
        """The address that is called. It may name a player or clan: `template` never does."""
        url = self.base_url + self.path
        return f"{url}?{self.query}" if self.query else url

    def __copy__(self) -> Request:
        """A copy that shares `state`, as every copy made on the way of a call does."""
        return replace(self)

    def __getstate__(self) -> dict[str, Any]:
        """What travels to another process, and into a deep copy: all but `state`, which the call keeps."""
        return {name: plain(value) for name, value in self.__dict__.items()} | {"state": {}}

    def __setstate__(self, state: dict[str, Any]) -> None:
        views = {name: view(state[name]) for name in ("path_params", "params", "headers", "options")}
        self.__dict__.update(state, **views)

    def with_headers(self, **headers: str) -> Request:
        """A copy with `headers` added; ``_`` in a name stands for ``-``. A header of the same name in
        any case is replaced."""
        added = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.headers:
            names = {name.lower() for name in added}
            added = {k: v for k, v in self.headers.items() if k.lower() not in names} | added
        return with_fields(self, MappingProxyType(added))

    def with_url(self, url: str) -> Request:
        """A copy that calls another path below `base_url`; what the query of `url` says goes to `params`.

        Raises:
            InvalidParams: When `url` is not below `base_url`: the token would go elsewhere.
        """
        if not url.startswith(f"{self.base_url}/"):
            raise InvalidParams(f"Invalid params for method: {url!r} is not below {self.base_url}")
        segments, query = parsed_path(url.removeprefix(self.base_url))
        template, values = template_of(segments)
        return replace(self, template=template, path_params=values, params={**self.params, **query})


def with_fields(request: Request, headers: View) -> Request:
    """A copy of `request` that has these headers instead of its own. They are no part of the address: what is
    known of that stays."""
    values = request.__dict__.copy()
    values["headers"] = headers
    copy = object.__new__(Request)
    object.__setattr__(copy, "__dict__", values)
    return copy


@dataclass(frozen=True, init=False, repr=False, eq=False)
class Response:
    """What came back: status, headers and the body as bytes.

    Args:
        status_code: The HTTP status code, from 100 to 599.
        headers: Header fields with names in lower case; a view, as the mappings of a request are.
        content: The body after content decoding (RFC 9110 section 8.4).

    Two responses are equal only when they are the same object, so one may be a key in a
    `weakref.WeakKeyDictionary`.
    """

    status_code: int
    headers: Mapping[str, str]
    content: bytes

    def __init__(self, status_code: int, headers: Mapping[str, str] = EMPTY, content: bytes = b"") -> None:
        own = self.__dict__
        own["status_code"] = status_code
        own["headers"] = view(headers)
        own["content"] = content

    def __repr__(self) -> str:
        return f"Response(status_code={self.status_code!r}, headers={plain(self.headers)!r})"

    def __getstate__(self) -> dict[str, Any]:
        return {name: plain(value) for name, value in self.__dict__.items()}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, headers=view(state["headers"]))

    @lazy
    def fault(self) -> str:
        """Why this cannot be a response, as the end of a sentence; ``""`` when it can. Looked for once."""
        if type(self.status_code) is not int or not 100 <= self.status_code <= 599:
            return f"a Response whose status_code is {cited(self.status_code)}, not one from 100 to 599"
        if not isinstance(self.content, bytes):
            return f"a Response whose content is a {type(self.content).__name__}, not bytes"
        for name, value in self.headers.items():
            if not isinstance(name, str) or not isinstance(value, str):
                return f"a Response whose header field {cited(name)} is no text"
        return ""


@dataclass(frozen=True, slots=True)
class Wait:
    """Answer of `cocapi_attempt`: hold this attempt back for so many `seconds`, from 0 to 1,000,000."""

    seconds: float


@dataclass(frozen=True, init=False)
class Hit:
    """A stored response that is to be used instead of a fresh one.

    Args:
        stale: True when it is past its time and used only because no fresh one could be had (RFC 9111 section
            4.2.4).
        fresh_for: Seconds for which it may still be used, 0 or more; None where they are not known. A cache
            that is asked earlier keeps it no longer, and not at all where they are not known.
    """

    response: Response
    stale: bool
    fresh_for: float | None

    def __init__(self, response: Response, stale: bool = False, fresh_for: float | None = None) -> None:
        own = self.__dict__
        own["response"] = response
        own["stale"] = stale
        own["fresh_for"] = fresh_for


@dataclass(frozen=True, slots=True)
class Retry:
    """Answer of `cocapi_error`: make another attempt `after` so many seconds, from 0 to 1,000,000."""

    after: float = 0.0


@dataclass(frozen=True, init=False)
class Outcome:
    """How a call ended.

    Args:
        request: The request as the request hooks left it.
        response: The last response that arrived whole, or None.
        result: What the user receives; None for a call that failed, unless a plugin chose something.
        error: What went wrong; None when nothing did.
        attempts: How many times the request was sent; 0 for a cache hit, and for an attempt that a plugin
            refused.
        cache: ``"hit"``, ``"stale"``, ``"miss"``: a cache was asked. None: no plugin offers one, or the
            answer was to be fresh.
        cancelled: True when the task was cancelled, or the thread interrupted, before the end.
    """

    request: Request
    response: Response | None
    result: Any
    error: CocApiError | None
    attempts: int
    cache: CacheResult | None
    cancelled: bool

    def __init__(
        self,
        request: Request,
        response: Response | None = None,
        result: Any = None,
        error: CocApiError | None = None,
        attempts: int = 0,
        cache: CacheResult | None = None,
        cancelled: bool = False,
    ) -> None:
        own = self.__dict__
        own["request"] = request
        own["response"] = response
        own["result"] = result
        own["error"] = error
        own["attempts"] = attempts
        own["cache"] = cache
        own["cancelled"] = cancelled
