"""The sandbox's developer portal: log-ins, keys, and the addresses that they allow; over a socket."""

import base64
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from cocapi import ApiConfig, CocApi
from cocapi_sandbox import Sandbox


@pytest.fixture
def box() -> Iterator[Sandbox]:
    with Sandbox(tokens=["own"]) as box:
        yield box


@pytest.fixture
def browser(box: Sandbox) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=box.portal_url) as client:
        yield client


def post(browser: httpx.Client, path: str, **body: Any) -> httpx.Response:
    return browser.post(f"/api/{path}", json=body)


def login(browser: httpx.Client, box: Sandbox) -> dict[str, Any]:
    answer: dict[str, Any] = post(browser, "login", email=box.email, password=box.password).json()
    return answer


def create(browser: httpx.Client, *cidrs: str, name: str = "mine") -> httpx.Response:
    body = {"name": name, "description": "d", "cidrRanges": list(cidrs), "scopes": ["clash"]}
    return post(browser, "apikey/create", **body)


def status(box: Sandbox, token: str, **headers: str) -> tuple[int, str | None]:
    """How the API answers a token."""
    headers = {"Authorization": f"Bearer {token}", **headers}
    response = httpx.get(f"{box.base_url}/clans/%232PP", headers=headers)
    return response.status_code, response.json().get("reason")


def test_a_log_in_says_where_it_comes_from(box: Sandbox, browser: httpx.Client) -> None:
    """In the claims of a token; beside it stands the address of the log-in before, which may be another."""
    answer = login(browser, box)
    assert (answer["status"]["message"], answer["developer"]["prevLoginIp"]) == ("ok", None)
    claims = answer["temporaryAPIToken"].split(".")[1]
    limits = json.loads(base64.urlsafe_b64decode(claims + "=="))["limits"]
    assert {"cidrs": ["203.0.113.7/32"], "type": "client"} in limits
    box.move("203.0.113.9")
    assert login(browser, box)["developer"]["prevLoginIp"] == "203.0.113.7"


def test_a_wrong_password_is_forbidden(box: Sandbox, browser: httpx.Client) -> None:
    assert post(browser, "login", email=box.email, password="wrong").status_code == 403
    assert post(browser, "login", email="nobody@example.com", password="x").status_code == 403


def test_nothing_is_done_without_the_cookie_of_a_log_in(box: Sandbox, browser: httpx.Client) -> None:
    assert post(browser, "apikey/list").status_code == 403
    login(browser, box)
    assert post(browser, "apikey/list").json()["keys"] == []


def test_a_session_ends(box: Sandbox, browser: httpx.Client) -> None:
    box.portal.session_seconds = 0
    login(browser, box)
    assert post(browser, "apikey/list").status_code == 403


def test_a_key_is_good_for_its_addresses_until_it_is_revoked(box: Sandbox, browser: httpx.Client) -> None:
    login(browser, box)
    key = create(browser, "203.0.113.7", "198.51.100.0/24").json()["key"]
    assert key["cidrRanges"] == ["203.0.113.7", "198.51.100.0/24"]
    assert status(box, key["key"]) == (200, None)
    box.move("203.0.113.9")
    assert status(box, key["key"]) == (403, "accessDenied.invalidIp")
    assert status(box, key["key"], **{"X-Forwarded-For": "198.51.100.77"}) == (200, None)
    assert post(browser, "apikey/revoke", id=key["id"]).json()["status"]["message"] == "ok"
    assert status(box, key["key"]) == (403, "accessDenied")
    assert post(browser, "apikey/revoke", id=key["id"]).status_code == 404


def test_an_account_has_ten_keys(box: Sandbox, browser: httpx.Client) -> None:
    login(browser, box)
    for _ in range(9):
        box.portal.add_key("by hand")
    assert create(browser, "203.0.113.7").status_code == 200
    assert create(browser, "203.0.113.7").status_code == 403
    assert [key["name"] for key in post(browser, "apikey/list").json()["keys"]] == ["by hand"] * 9 + ["mine"]


@pytest.mark.parametrize(
    "body", [{}, {"name": "", "description": "d", "cidrRanges": ["1.2.3.4"], "scopes": ["clash"]}]
)
def test_what_is_no_key_is_not_made(box: Sandbox, browser: httpx.Client, body: dict[str, Any]) -> None:
    login(browser, box)
    assert post(browser, "apikey/create", **body).status_code == 400
    assert create(browser, "no address").status_code == 400


def test_it_throttles_log_ins(box: Sandbox, browser: httpx.Client) -> None:
    box.portal.login_rate = 2
    login(browser, box)
    assert [post(browser, "login", email=box.email, password="?").status_code for _ in "ab"] == [403, 429]


def test_it_has_faults_as_the_api_has(box: Sandbox, browser: httpx.Client) -> None:
    box.faults.add("html", path="/api/*")
    assert post(browser, "login").text.startswith("<html>")
    box.portal.message = "captcha required"
    assert login(browser, box)["status"]["message"] == "captcha required"


def test_other_tokens_are_what_they_were(box: Sandbox) -> None:
    assert status(box, "own") == (200, None)
    assert status(box, "other") == (403, "accessDenied")


def test_it_is_there_in_process_too() -> None:
    """For a client of ``sandbox://``."""
    with CocApi(config=ApiConfig(base_url="sandbox://")) as api:
        transport: Any = api._session.current["sync"].bearer.transport
        assert transport.api.portal.respond("POST", "/api/login", {}, b"{}").status == 403
