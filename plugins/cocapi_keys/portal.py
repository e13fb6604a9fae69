"""The developer portal: JSON by POST, a cookie for each log-in.

Whatever it answers, each flow here returns what was asked for or raises one sentence.
"""

from __future__ import annotations

import base64
import ipaddress
import json
import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from cocapi import Flow, Request, RequestTimeout, Response, TransportError, send
from cocapi.clocks import elapsed
from cocapi.interrupts import reraise
from cocapi.text import printable
from cocapi_keys.account import Account
from cocapi_keys.errors import InvalidCredentials, KeyManagerError
from cocapi_keys.key import Key
from cocapi_keys.options import KeysOptions

__all__ = ["Portal", "Session", "address_in", "cookies_in"]

NEXT_COOKIE = re.compile(r",\s*(?=[!#$%&'*+.^_`|~0-9A-Za-z-]+=)")
"""Between two Set-Cookie fields in one; the comma in a date is followed by no name."""


class Session:
    """What somebody who has logged in can do.

    Attributes:
        address: Where the portal sees this host.
    """

    def __init__(self, portal: Portal, cookies: str, address: str) -> None:
        self.portal = portal
        self.cookies = cookies
        self.address = address

    def __repr__(self) -> str:
        return f"<Session at {self.portal.url}>"

    def keys(self) -> Flow[tuple[Key, ...]]:
        """All keys of the account.

        Raises:
            KeyManagerError: The portal did not say.
        """
        answer = yield from self._post("list", {})
        try:
            return tuple(map(Key.read, answer["keys"]))
        except (KeyError, TypeError, ValueError) as error:
            reraise(error)
            raise KeyManagerError("the developer portal lists keys in a way that is not known") from None

    def create(self, name: str, description: str, scope: str) -> Flow[Key]:
        """Make a key that allows the address of this host.

        Raises:
            KeyManagerError: The portal did not make it.
        """
        body = {
            "name": name,
            "description": description,
            "cidrRanges": [self.address],
            "scopes": [scope],
        }
        answer = yield from self._post("create", body)
        try:
            return Key.read(answer["key"])
        except (KeyError, ValueError) as error:
            reraise(error)
            raise KeyManagerError("the developer portal made a key and does not show it") from None

    def revoke(self, key: Key) -> Flow[None]:
        """Let a key be good for nothing.

        Raises:
            KeyManagerError: The portal did not do it.
        """
        yield from self._post("revoke", {"id": key.id})

    def _post(self, action: str, body: Mapping[str, Any]) -> Flow[dict[str, Any]]:
        response = yield from self.portal.post(f"apikey/{action}", body, {"Cookie": self.cookies})
        return self.portal.read(response, f"to {action} keys")


class Portal:
    """Where somebody can log in.

    Args:
        options: Its address, and how long a request may take.
        clock: The time in seconds.
        until: When all that is asked of it must be done.
        state: The notes of the call for which it is asked (`Request.state`), so that its observers see what
            is done for it; None: for none.
    """

    def __init__(
        self,
        options: KeysOptions,
        clock: Callable[[], float],
        until: float = math.inf,
        state: dict[str, Any] | None = None,
    ) -> None:
        self.options = options
        self.url: str = options.portal
        self.clock = clock
        self.until = until
        self.state = state

    def log_in(self, account: Account) -> Flow[Session]:
        """A session of an account.

        Raises:
            InvalidCredentials: E-mail address or password are wrong.
            KeyManagerError: The portal does not answer, or refuses for another reason.
        """
        body = {"email": account.email, "password": account.password}
        response = yield from self.post("login", body, {})
        if response.status_code in (401, 403):
            raise InvalidCredentials(
                "the developer portal refuses this e-mail address or password; they are those of "
                f"{self.url}, not of the game"
            )
        answer = self.read(response, "to log in", account)
        cookies = cookies_in(response.headers.get("set-cookie", ""))
        if not cookies:
            raise KeyManagerError("the developer portal answered the log-in without a session")
        return Session(self, cookies, address_in(answer.get("temporaryAPIToken")))

    def post(self, path: str, body: Mapping[str, Any], headers: Mapping[str, str]) -> Flow[Response]:
        """Send a request to the portal.

        Raises:
            KeyManagerError: No whole response came, or time is over.
            RequestTimeout: The call had no time left (`total_timeout`), which says nothing of the portal.
        """
        timeout = min(self.options.timeout, self.until - self.clock())
        if timeout <= 0:
            raise KeyManagerError(
                "the developer portal took longer for all that was asked of it than "
                f"{self.options.max_wait:g} seconds"
            )
        begun = elapsed()
        request = Request(
            f"portal_{path.replace('apikey/', '')}",
            "POST",
            f"/api/{path}",
            headers=headers,
            json=body,
            base_url=self.url,
            timeout=timeout,
            state=self.state,
            credentials=True,
        )
        try:
            return (yield from send(request))
        except TransportError as error:
            if isinstance(error, RequestTimeout) and elapsed() - begun < timeout * 0.9:
                raise
            raise KeyManagerError(f"the developer portal did not answer: {error.message}") from None

    def read(self, response: Response, what: str, account: Account | None = None) -> dict[str, Any]:
        """The object that a response of success holds.

        Args:
            response: What came back.
            what: Was asked for, in words.
            account: Whose secrets the portal's own words must not show.

        Raises:
            KeyManagerError: It is none of success, or no JSON.
        """
        if response.status_code == 429:
            raise KeyManagerError(f"the developer portal takes no more requests {what} for now (HTTP 429)")
        if not 200 <= response.status_code < 300:
            state = "is not available" if response.status_code >= 500 else "refuses"
            raise KeyManagerError(f"the developer portal {state} {what} (HTTP {response.status_code})")
        try:
            answer = json.loads(response.content)
        except ValueError as error:
            reraise(error)
            answer = None
        if not isinstance(answer, dict):
            kind = printable(response.headers.get("content-type", "no content type"), 60)
            raise KeyManagerError(
                f"the developer portal answered a request {what} with {kind} that is no JSON object; it may "
                "be in maintenance"
            )
        status = answer.get("status")
        message = status.get("message", "ok") if isinstance(status, dict) else "ok"
        if message != "ok":
            shown = printable(str(message), 200)
            shown = account.conceal(shown) if account else shown
            raise KeyManagerError(
                f"the developer portal refuses {what}: {shown}; a browser at {self.url} may show why"
            )
        return answer


def cookies_in(field: str) -> str:
    """The cookies of a Set-Cookie field, or of several in one, as a Cookie field (RFC 6265 section 4.2)."""
    return "; ".join(cookie.partition(";")[0].strip() for cookie in NEXT_COOKIE.split(field) if "=" in cookie)


def address_in(token: object) -> str:
    """The address that the portal sees, which is in the claims of a token (RFC 7519). Its signature is not
    looked at: the portal sent it.

    Raises:
        KeyManagerError: There is none in it.
    """
    try:
        claims = str(token).split(".")[1]
        limits = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))["limits"]
        cidrs = next(limit["cidrs"] for limit in limits if "cidrs" in limit)
        return str(ipaddress.ip_interface(cidrs[0]).ip)
    except (LookupError, TypeError, ValueError, StopIteration) as error:
        reraise(error)
        raise KeyManagerError("the developer portal does not say which address it sees") from None
