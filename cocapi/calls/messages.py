"""The values that travel through the hooks: data and nothing else.

`Request` goes out, `Response` comes back, `Outcome` is what became of the call. Hooks answer with
`Wait`, `Hit` and `Retry`. All are immutable; `dataclasses.replace` makes a changed copy.

The token is in none of them. The client adds it at the last moment, on the way to the transport, so no
plugin can log, store or trace it by accident.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from operator import itemgetter
from typing import Any, Literal, TypeAlias

from cocapi.calls.address import encoded_query, parsed_path, query_pairs, segment, template_of
from cocapi.errors import CocApiError, InvalidParams

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


class lazy:  # noqa: N801  # used like the built-in property
    """A property that is worked out once; `functools.cached_property` without its lock of Python 3.11."""

    def __init__(self, work: Callable[[Any], str]) -> None:
        self.work = work
        self.name: str = work.__name__
        self.__doc__ = work.__doc__

    def __get__(self, owner: Any, kind: type | None = None) -> str:
        """The value, kept in the object's ``__dict__``, where it is found first from then on."""
        value: str = self.work(owner)
        owner.__dict__[self.name] = value
        return value


@dataclass(frozen=True)
class Request:
    """One call of the API, before anything has been sent.

    operation:
        The name of the client's method: ``"clan_tag"``.
    method:
        The HTTP method: ``"GET"`` or ``"POST"``.
    template:
        The path as the API's documentation writes it: ``"/clans/{clanTag}"``. Safe to show anywhere.
    path_params:
        Values for the names in the template, not yet percent-encoded: ``{"clanTag": "#2PP"}``.
    params:
        The query. None and ``""`` are left out; True and False become ``true`` and ``false``, a list
        (tuple, set) its items with commas between them. A name that stands several times in a query
        has `cocapi.api.words.Repeated` values.
    headers:
        What is sent beside the token. Names are compared without regard to case.
    json:
        The body as an object to be encoded; None sends no body.
    base_url:
        Scheme, host and path prefix without a slash at the end.
    timeout:
        Seconds that one attempt may take as a whole.
    options:
        What `CocApi.with_options()` was given for this call, by plugin name.
    model:
        The name of the model of the answer (`"Clan"`); None where there is none.
    state:
        A dict that lives as long as the call, shared by all copies of this request. A plugin keeps its
        notes for the call under its own name.

    Raises:
        InvalidParams: when `url` is read and a path value cannot be one segment of a path, or a value of
            `params` cannot be in a query.
    """

    operation: str
    method: str
    template: str
    path_params: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    json: Any = field(default=None, repr=False)
    base_url: str = "https://api.clashofclans.com/v1"
    timeout: float = 20.0
    options: Mapping[str, Any] = field(default_factory=dict)
    model: str | None = None
    state: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

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
        return {**self.__dict__, "state": {}}

    def with_headers(self, **headers: str) -> Request:
        """A copy with `headers` added; ``_`` in a name stands for ``-``. A header of the same name in
        any case is replaced."""
        added = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.headers:
            names = {name.lower() for name in added}
            added = {k: v for k, v in self.headers.items() if k.lower() not in names} | added
        copy = object.__new__(Request)  # headers are no part of the address: what is known of it stays
        copy.__dict__.update(self.__dict__, headers=added)
        return copy

    def with_url(self, url: str) -> Request:
        """A copy that calls another path below `base_url`; what the query of `url` says goes to `params`.

        Raises:
            InvalidParams: when `url` is not below `base_url`: the token would go elsewhere.
        """
        if not url.startswith(f"{self.base_url}/"):
            raise InvalidParams(f"Invalid params for method: {url!r} is not below {self.base_url}")
        segments, query = parsed_path(url.removeprefix(self.base_url))
        template, values = template_of(segments)
        return replace(self, template=template, path_params=values, params={**self.params, **query})


@dataclass(frozen=True, eq=False)
class Response:
    """What came back: status, headers and the body as bytes.

    status_code:
        The HTTP status code.
    headers:
        Header fields with names in lower case.
    content:
        The body after content decoding (RFC 9110 section 8.4).

    Two responses are equal only when they are the same object, so one may be a key in a
    `weakref.WeakKeyDictionary`.
    """

    status_code: int
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Wait:
    """Answer of `cocapi_attempt`: hold this attempt back for so many `seconds`."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Hit:
    """A stored response that is to be used instead of a fresh one.

    stale:
        True when it is past its time and used only because no fresh one could be had (RFC 9111
        section 4.2.4).
    """

    response: Response
    stale: bool = False


@dataclass(frozen=True, slots=True)
class Retry:
    """Answer of `cocapi_error`: make another attempt `after` so many seconds."""

    after: float = 0.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a call ended.

    request:
        The request as the request hooks left it.
    response:
        The last response that arrived whole, or None.
    result:
        What the user receives; None for a call that failed, unless a plugin chose something.
    error:
        What went wrong; None when nothing did.
    attempts:
        How many times the request was sent; 0 for a cache hit.
    cache:
        ``"hit"``, ``"stale"``, ``"miss"``: a cache was asked. None: no plugin offers one.
    cancelled:
        True when the task was cancelled, or the thread interrupted, before the end.
    """

    request: Request
    response: Response | None = None
    result: Any = None
    error: CocApiError | None = None
    attempts: int = 0
    cache: CacheResult | None = None
    cancelled: bool = False
