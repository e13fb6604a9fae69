"""The developer portal, without a socket: accounts, log-ins, and the keys that allow an address.

It speaks JSON by POST, as developer.clashofclans.com does: ``/api/login``, ``/api/apikey/list``,
``/api/apikey/create``, ``/api/apikey/revoke``. Whoever asks is seen at one address, which can be changed
while it runs (`Portal.move`), or where the header field X-Forwarded-For says, so that several hosts can be
played. A key that was made here is accepted by the API from the addresses that it allows.
"""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from ipaddress import ip_address, ip_network
from typing import Any

from cocapi.interrupts import reraise
from cocapi_sandbox.faults import JSON, Answer, Faults

__all__ = ["ADDRESS", "EMAIL", "PASSWORD", "Account", "Key", "Portal"]

EMAIL = "chief@example.com"
PASSWORD = "sandbox-password"  # noqa: S105  # of the account that every portal has
ADDRESS = "203.0.113.7"
MOST_KEYS = 10
COOKIE = "session"


@dataclass
class Key:
    """A key of an account, as the portal lists it."""

    id: str
    name: str
    description: str
    cidr_ranges: list[str]
    scopes: list[str]
    token: str = field(repr=False)

    def allows(self, address: str) -> bool:
        """Whether it may be used from an address."""
        return any(
            ip_address(address) in ip_network(cidr, strict=False)
            for cidr in self.cidr_ranges
            if ip_network(cidr, strict=False).version == ip_address(address).version
        )

    def shown(self) -> dict[str, Any]:
        """As a list of keys has it."""
        return {
            "id": self.id,
            "developerId": "6f1f0c4e-0000-4000-8000-5a4d50585858",
            "tier": "developer/silver",
            "name": self.name,
            "description": self.description,
            "origins": None,
            "scopes": self.scopes,
            "cidrRanges": self.cidr_ranges,
            "validUntil": None,
            "key": self.token,
        }


@dataclass
class Account:
    """Who may log in.

    Attributes:
        keys: The oldest first.
        previous_address: Where it logged in from the last time.
    """

    email: str
    password: str = field(repr=False)
    keys: list[Key] = field(default_factory=list)
    previous_address: str | None = None


class Rejection(Exception):
    """An answer that is no success."""

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        super().__init__(status, body)
        self.answer = Answer(status, {"content-type": JSON}, json.dumps(body).encode())


class Portal:
    """Accounts and their keys.

    Attributes:
        address: Where it sees whoever asks, and does not say X-Forwarded-For.
        accounts: By e-mail address, in lower case.
        login_rate: Log-ins of an account that it takes in a minute before 429; None: any number.
        message: What a log-in with the right password is answered with in ``status.message``: anything but
            ``"ok"`` is a refusal, for want of a captcha, say.
        session_seconds: How long the cookie of a log-in is good for.
        logins: The time of each log-in that was tried, failed ones included.
    """

    def __init__(
        self, faults: Faults | None = None, clock: Callable[[], float] = time.time, seed: int = 0
    ) -> None:
        self.address = ADDRESS
        self.accounts: dict[str, Account] = {}
        self.login_rate: int | None = None
        self.message = "ok"
        self.session_seconds = 3600.0
        self.logins: list[float] = []
        self.faults = faults or Faults(seed)
        self.clock = clock
        self._seed = seed
        self._numbers = itertools.count(1)
        self._tokens: dict[str, Key | None] = {}  # None: revoked
        self._sessions: dict[str, tuple[Account, float]] = {}
        self._recent: dict[str, deque[float]] = {}
        self._lock = threading.RLock()
        self.add_account(EMAIL, PASSWORD)

    def add_account(self, email: str, password: str) -> Account:
        """Let somebody log in."""
        account = self.accounts[email.lower()] = Account(email, password)
        return account

    def add_key(
        self, name: str, *cidr_ranges: str, email: str = EMAIL, description: str = "made by hand"
    ) -> Key:
        """Make a key as its owner does at the web site.

        Args:
            name: Of the key.
            cidr_ranges: Addresses that it allows; none: the one of this moment.
            email: Whose it is.
            description: Of the key.
        """
        ranges = list(cidr_ranges or (self.address,))
        with self._lock:
            return self._make(self.accounts[email.lower()], name, description, ranges, ["clash"])

    @property
    def keys(self) -> list[Key]:
        """The keys of the account that every portal has."""
        return self.accounts[EMAIL].keys

    def move(self, address: str) -> None:
        """Let whoever asks, the portal and the API, come from another address from now on."""
        ip_address(address)
        self.address = address

    def address_of(self, headers: Mapping[str, str]) -> str:
        """Where a request comes from."""
        return headers.get("x-forwarded-for") or self.address

    def verdict(self, token: str, address: str) -> str | None:
        """What the API says of a key that was made here, when it is used from an address: ``""``, it may be;
        else the reason of a refusal. None: it was not made here."""
        if token not in self._tokens:
            return None
        key = self._tokens[token]
        if key is None:
            return "accessDenied"
        return "" if key.allows(address) else "accessDenied.invalidIp"

    def respond(self, method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> Answer:
        """Answer a request.

        Args:
            path: From the root: ``/api/login``.
            headers: Names in lower case.
        """
        try:
            with self._lock:
                answer = self._answer(method, path, headers, body)
        except Rejection as rejection:
            answer = rejection.answer
        return self.faults.spoil(path, answer)

    def _answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        if method != "POST" or path not in ("/api/login", *ACTIONS):
            raise Rejection(404, {"error": "Not found"})
        asked = read(body)
        if path == "/api/login":
            return self._login(asked, self.address_of(headers))
        account = self._account_of(headers)
        return json_answer(OK | ACTIONS[path](self, account, asked))

    def _login(self, asked: dict[str, Any], address: str) -> Answer:
        now = self.clock()
        self.logins.append(now)
        email = str(asked.get("email", "")).lower()
        recent = self._recent.setdefault(email, deque())
        while recent and recent[0] <= now - 60:
            recent.popleft()
        recent.append(now)
        if self.login_rate is not None and len(recent) > self.login_rate:
            raise Rejection(429, {"reason": "requestThrottled", "message": "Too many log-ins"})
        account = self.accounts.get(email)
        if account is None or account.password != asked.get("password"):
            raise Rejection(
                403, {"error": "Wrong email or password", "description": "Invalid email and/or password"}
            )
        if self.message != "ok":
            return json_answer({"status": {"code": 1, "message": self.message, "detail": None}})
        session = self._unguessable("session", next(self._numbers))
        self._sessions[session] = (account, now + self.session_seconds)
        previous, account.previous_address = account.previous_address, address
        answer = json_answer(
            OK
            | {
                "sessionExpiresInSeconds": int(self.session_seconds),
                "auth": {"uid": "6f1f0c4e", "token": None, "ua": None, "ip": None},
                "developer": {
                    "id": "6f1f0c4e-0000-4000-8000-5a4d50585858",
                    "name": "Chief",
                    "game": "clashofclans",
                    "email": account.email,
                    "tier": "developer/silver",
                    "prevLoginIp": previous,
                },
                "temporaryAPIToken": self._token([f"{address}/{bits(address)}"]),
                "swaggerUrl": "https://api.clashofclans.com/swagger",
            }
        )
        cookie = f"{COOKIE}={session}; path=/; expires=Wed, 21 Oct 2099 07:28:00 GMT; httponly"
        answer.headers["set-cookie"] = f"{cookie}, game-api-url=https://api.clashofclans.com; path=/"
        return answer

    def _account_of(self, headers: Mapping[str, str]) -> Account:
        """Whose session a request belongs to."""
        try:
            cookies = SimpleCookie(headers.get("cookie", ""))
        except CookieError:
            cookies = SimpleCookie()
        morsel = cookies.get(COOKIE)
        account, until = self._sessions.get(morsel.value if morsel else "", (None, 0.0))
        if account is None or self.clock() >= until:
            raise Rejection(403, {"error": "Forbidden", "description": "Session expired"})
        return account

    def _list(self, account: Account, asked: dict[str, Any]) -> dict[str, Any]:
        return {"keys": [key.shown() for key in account.keys]}

    def _create(self, account: Account, asked: dict[str, Any]) -> dict[str, Any]:
        try:
            name, description = str(asked["name"]), str(asked["description"])
            ranges, scopes = list(map(str, asked["cidrRanges"])), list(map(str, asked["scopes"]))
            for cidr in ranges:
                ip_network(cidr)
        except (KeyError, TypeError, ValueError) as error:
            reraise(error)
            raise Rejection(400, {"error": "Bad request", "description": "Invalid key"}) from None
        if not (name and description and ranges and scopes):
            raise Rejection(400, {"error": "Bad request", "description": "Invalid key"})
        if len(account.keys) >= MOST_KEYS:
            raise Rejection(403, {"error": "Forbidden", "description": "Maximum number of keys reached"})
        return {"key": self._make(account, name, description, ranges, scopes).shown()}

    def _revoke(self, account: Account, asked: dict[str, Any]) -> dict[str, Any]:
        for key in account.keys:
            if key.id == asked.get("id"):
                account.keys.remove(key)
                self._tokens[key.token] = None
                return {}
        raise Rejection(404, {"error": "Not found"})

    def _make(
        self, account: Account, name: str, description: str, ranges: list[str], scopes: list[str]
    ) -> Key:
        number = next(self._numbers)
        ident = self._unguessable("key", number)
        ident = f"{ident[:8]}-{ident[8:12]}-4{ident[13:16]}-8{ident[17:20]}-{ident[20:32]}"
        key = Key(ident, name, description, ranges, scopes, self._token(ranges, number))
        account.keys.append(key)
        self._tokens[key.token] = key
        return key

    def _token(self, cidrs: list[str], number: int | None = None) -> str:
        """A JSON Web Token (RFC 7519) as the portal gives them; its signature is chance."""
        number = next(self._numbers) if number is None else number
        limits = [
            {"tier": "developer/silver", "type": "throttling"},
            {"cidrs": cidrs, "type": "client"},
            {"origins": ["developer.clashofclans.com"], "type": "cors"},
        ]
        claims = {"iss": "supercell", "jti": str(number), "iat": int(self.clock()), "scopes": ["clash"]}
        parts = ({"typ": "JWT", "alg": "HS512"}, claims | {"limits": limits})
        encoded = [base64url(json.dumps(part, separators=(",", ":")).encode()) for part in parts]
        signature = hashlib.sha512(f"{self._seed}:{number}:{encoded[1]}".encode()).digest()
        return ".".join([*encoded, base64url(signature)])

    def _unguessable(self, *what: object) -> str:
        """Letters and digits that are always the same for the same thing."""
        return hashlib.sha256(":".join(map(str, (self._seed, *what))).encode()).hexdigest()


ACTIONS: dict[str, Callable[[Portal, Account, dict[str, Any]], dict[str, Any]]] = {
    "/api/apikey/list": Portal._list,
    "/api/apikey/create": Portal._create,
    "/api/apikey/revoke": Portal._revoke,
}
"""What somebody who has logged in can do, by path."""

OK: dict[str, Any] = {"status": {"code": 0, "message": "ok", "detail": None}}


def json_answer(body: dict[str, Any]) -> Answer:
    """A success."""
    return Answer(200, {"content-type": JSON}, json.dumps(body).encode())


def read(body: bytes) -> dict[str, Any]:
    """The object that a body is."""
    try:
        asked = json.loads(body or b"{}")
    except ValueError as error:
        reraise(error)
        raise Rejection(400, {"error": "Bad request"}) from None
    if not isinstance(asked, dict):
        raise Rejection(400, {"error": "Bad request"})
    return asked


def bits(address: str) -> int:
    """The length of the prefix that is one address."""
    return ip_address(address).max_prefixlen


def base64url(content: bytes) -> str:
    """As in a JSON Web Token: without padding."""
    return base64.urlsafe_b64encode(content).decode().rstrip("=")
