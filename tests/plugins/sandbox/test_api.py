"""The sandbox's manners: errors, limits, caching, faults; in process, over a socket, and for a client."""

import asyncio
import base64
import gzip
import json
import time
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from cocapi import ApiConfig, AsyncCocApi, CocApi, ConfigError, MissingToken
from cocapi_sandbox import Answer, Api, Faults, Sandbox, World
from cocapi_sandbox.faults import NAMED

ANY = {"authorization": "Bearer any"}


@pytest.fixture
def api() -> Api:
    return Api(World(), clock=lambda: 1_773_900_000.0)


def get(api: Api, path: str, headers: dict[str, str] = ANY, **query: str) -> Answer:
    return api.respond("GET", quote(path), query, headers)


def said(answer: Answer) -> Any:
    return json.loads(answer.body)


ERRORS = [
    ("/clans/#VV", 404, {"reason": "notFound", "message": "Not found with tag VV"}),
    ("/players/#!!!!", 404, {"reason": "notFound", "message": "Not found with tag !!!!"}),
    ("/nothing", 404, {"reason": "notFound"}),
    ("/clans/#2PP/nothing", 404, {"reason": "notFound"}),
    ("/locations/1", 400, {"reason": "badRequest", "message": "Unknown value for parameter locationId"}),
    (
        "/locations/1/rankings/clans",
        400,
        {"reason": "badRequest", "message": "Unknown value for parameter locationId"},
    ),
    ("/warleagues/1", 400, {"reason": "badRequest", "message": "Unknown value for parameter leagueId"}),
    ("/capitalleagues/1", 400, {"reason": "badRequest", "message": "Unknown value for parameter leagueId"}),
    (
        "/builderbaseleagues/1",
        400,
        {"reason": "badRequest", "message": "Unknown value for parameter leagueId"},
    ),
    ("/leaguetiers/1", 400, {"reason": "badRequest", "message": "Unknown value for parameter leagueTierId"}),
    (
        "/leagues/29000001/seasons",
        400,
        {"reason": "badRequest", "message": "Seasons are available only for legendary league"},
    ),
    ("/locations/global/rankings/clans-versus", 404, {"reason": "notFound"}),
]


@pytest.mark.parametrize(("path", "status", "body"), ERRORS)
def test_errors_are_worded_as_recorded(api: Api, path: str, status: int, body: dict[str, str]) -> None:
    """A tag that does not exist and one that is none are the same 404; ids are 400."""
    answer = get(api, path)
    assert (answer.status, said(answer)) == (status, body)
    assert answer.headers["content-type"] == "application/json"
    assert "max-age=600" in answer.headers["cache-control"]


def test_cache_control_is_spelt_both_ways(api: Api) -> None:
    """With a countdown on success, and without comma on many errors."""
    assert get(api, "/clans/#2PP").headers["cache-control"] == "max-age=120"
    assert get(api, "/clans/#VV").headers["cache-control"] == "public max-age=600"
    api.clock = lambda: 1_773_900_029.0
    assert get(api, "/clans/#2PP").headers["cache-control"] == "max-age=91"


@pytest.mark.parametrize(
    ("headers", "reason", "message"),
    [
        ({}, "accessDenied", "Invalid authorization"),
        ({"authorization": "Bearer invalid"}, "accessDenied", "Invalid authorization"),
        ({"authorization": "Bearer wrong-ip"}, "accessDenied.invalidIp", "Invalid authorization: API key"),
    ],
)
def test_403_tells_token_from_address(api: Api, headers: dict[str, str], reason: str, message: str) -> None:
    """The first two of its three meanings."""
    answer = get(api, "/clans/#2PP", headers)
    assert (answer.status, said(answer)["reason"]) == (403, reason)
    assert said(answer)["message"].startswith(message)


@pytest.mark.parametrize("path", ["warlog", "currentwar", "currentwar/leaguegroup"])
def test_403_of_a_private_war_log_has_no_message(api: Api, path: str) -> None:
    """The third meaning; the clan itself, its members and raids are open."""
    private = api.world.clan_tags[5]
    answer = get(api, f"/clans/{private}/{path}")
    assert (answer.status, said(answer)) == (403, {"reason": "accessDenied"})
    clan = said(get(api, f"/clans/{private}"))
    assert clan["isWarLogPublic"] is False
    assert {"warTies", "warLosses"}.isdisjoint(clan)
    assert get(api, f"/clans/{private}/capitalraidseasons").status == 200


def test_only_the_tokens_that_are_named_are_accepted() -> None:
    """tokens=."""
    api = Api(World(), tokens=["mine"])
    assert get(api, "/clans/#2PP").status == 403
    assert get(api, "/clans/#2PP", {"authorization": "Bearer mine"}).status == 200


def test_too_many_requests_of_one_token_are_throttled() -> None:
    """429 requestThrottled; another token is not concerned."""
    api = Api(World(), rate=5)
    answers = [get(api, "/locations") for _ in range(8)]
    assert [answer.status for answer in answers] == [200] * 5 + [429] * 3
    assert said(answers[-1])["reason"] == "requestThrottled"
    assert get(api, "/locations", {"authorization": "Bearer other"}).status == 200


def test_maintenance_answers_everything_with_503(api: Api) -> None:
    """inMaintenance, also for wrong tokens."""
    api.maintenance = True
    answer = get(api, "/clans/#2PP", {})
    assert (answer.status, said(answer)["reason"]) == (503, "inMaintenance")


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({}, 400),
        ({"name": "ab"}, 400),
        ({"nonsense": "1"}, 400),
        ({"minMembers": "many"}, 400),
        ({"name": "fox"}, 200),
        ({"minMembers": "45", "warFrequency": "any"}, 200),
        ({"limit": "0", "name": "fox"}, 400),
        ({"limit": "x", "name": "fox"}, 400),
        ({"after": "!!", "name": "fox"}, 400),
        ({"after": "eyJwb3MiOjF9", "before": "eyJwb3MiOjF9", "name": "fox"}, 400),
    ],
)
def test_clan_search_keeps_the_rules(api: Api, query: dict[str, str], status: int) -> None:
    """One criterion at least, a name of three characters, numbers that are such."""
    assert get(api, "/clans", **query).status == status


def test_clan_search_finds_by_every_criterion(api: Api) -> None:
    """Alone and together."""
    clan = said(get(api, "/clans/#2PP"))
    query = {
        "name": "pioneer",
        "warFrequency": clan["warFrequency"],
        "locationId": str(clan["location"]["id"]),
        "minMembers": str(clan["members"]),
        "maxMembers": str(clan["members"]),
        "minClanPoints": str(clan["clanPoints"]),
        "minClanLevel": str(clan["clanLevel"]),
        "labelIds": str(clan["labels"][0]["id"]),
    }
    for name, value in query.items():
        assert "#2PP" in [item["tag"] for item in said(get(api, "/clans", **{name: value}))["items"]]
    (found,) = said(get(api, "/clans", **query))["items"]
    assert found["tag"] == "#2PP"
    assert {"memberList", "description", "clanCapital"}.isdisjoint(found)


def test_cursors_are_those_of_the_real_api(api: Api) -> None:
    """Unpadded base64 of {"pos":N}."""
    cursor = said(get(api, "/locations", limit="3"))["paging"]["cursors"]["after"]
    assert base64.b64decode(cursor + "=" * (-len(cursor) % 4)) == b'{"pos":3}'


def test_verifytoken_knows_the_token_of_a_player(api: Api) -> None:
    """ok, invalid, 404 for nobody, 400 for no token."""

    def verify(tag: str, body: bytes) -> Answer:
        return api.respond("POST", f"/players/%23{tag}/verifytoken", {}, ANY, body)

    right = json.dumps({"token": api.world.token_of("#2PP")}).encode()
    assert said(verify("2PP", right))["status"] == "ok"
    assert said(verify("2PP", b'{"token": "x"}')) == {"tag": "#2PP", "token": "x", "status": "invalid"}
    assert verify("VV", right).status == 404
    assert verify("2PP", b"nonsense").status == 400


# Faults


def test_a_fault_strikes_as_often_as_asked_and_where(api: Api) -> None:
    """By count and path."""
    api.faults.status(500, times=2, path="/players/*")
    statuses = [
        get(api, path).status for path in ["/clans/#2PP", "/players/#2PP", "/players/#2PP", "/players/#2PP"]
    ]
    assert statuses == [200, 500, 500, 200]


def test_chance_is_decided_by_the_seed() -> None:
    """The same calls fail each time."""

    def failing() -> list[int]:
        api = Api(World(), faults=Faults(seed=3))
        api.faults.add("html", times=None, probability=0.3)
        return [get(api, "/locations").status for _ in range(50)]

    assert failing() == failing()
    assert 5 <= failing().count(502) <= 30


def test_an_unknown_fault_is_refused_with_those_there_are(api: Api) -> None:
    """One sentence."""
    with pytest.raises(ValueError, match="there is no fault 'htlm'; there are broken-utf8, dropped"):
        api.faults.add("htlm")


EXPECTED = {
    "html": ("http", 502),
    "empty": ("json", 200),
    "dropped": ("connection", 0),
    "truncated": ("connection", 0),
    "null": ("json", 200),
    "string": ("json", 200),
    "broken-utf8": ("json", 200),
    "half": ("json", 200),
    "oversize": ("too_large", 0),
    "redirect": ("http", 302),
    "gzip": (None, 200),
}


@pytest.mark.parametrize("transport", ["in process", "httpx", "pyreqwest", "requests"])
def test_every_fault_is_the_right_error_to_a_client(transport: str) -> None:
    """In process and over a real socket, whatever sends."""
    assert set(EXPECTED) == set(NAMED)
    with Sandbox() as box:
        settings: dict[str, Any] = {
            "base_url": box.base_url,
            "transport": transport,
            "enable_keepalive": False,  # a kept connection that proves dead is replaced, and the fault unseen
        }
        if transport == "in process":
            settings = {"base_url": "sandbox://"}
        config = ApiConfig(**settings, plugins={"retry": False}, enable_caching=False, verify_token=False)
        with CocApi("sandbox", status_code=True, config=config) as api:
            faults = box.faults
            if transport == "in process":
                faults = api._session.wires[0].bearer.transport.api.faults
            for name, (error_type, status) in EXPECTED.items():
                faults.add(name)
                answer = api.clan_tag("#2PP")
                assert (answer.get("error_type"), answer["status_code"]) == (error_type, status), name
            assert api.clan_tag("#2PP")["tag"] == "#2PP"


def test_dropped_and_truncated_answers_as_a_plain_http_client_sees_them() -> None:
    """No bytes at all; fewer than promised."""
    with Sandbox() as box, httpx.Client(headers={"Authorization": "Bearer sandbox"}) as client:
        box.faults.add("dropped")
        with pytest.raises(httpx.RemoteProtocolError, match="disconnected without sending"):
            client.get(f"{box.base_url}/locations")
        box.faults.add("truncated")
        with pytest.raises(httpx.RemoteProtocolError, match="peer closed connection"):
            client.get(f"{box.base_url}/locations")
        box.faults.add("gzip")
        response = client.get(f"{box.base_url}/locations")
        assert response.headers["content-encoding"] == "gzip"
        assert response.json()["items"]


def test_retry_after_and_latency_on_demand() -> None:
    """Headers as they stand; delays in seconds."""
    with Sandbox() as box, httpx.Client(headers={"Authorization": "Bearer sandbox"}) as client:
        box.faults.status(429, "requestThrottled", retry_after="Wed, 21 Oct 2026 07:28:00 GMT")
        response = client.get(f"{box.base_url}/locations")
        assert (response.status_code, response.headers["retry-after"]) == (
            429,
            "Wed, 21 Oct 2026 07:28:00 GMT",
        )
        box.faults.delay(0.2)
        started = time.monotonic()
        client.get(f"{box.base_url}/locations")
        assert time.monotonic() - started >= 0.2
        box.faults.add("html", times=None)
        box.faults.clear()
        assert client.get(f"{box.base_url}/locations").status_code == 200


# Three ways in


def test_the_three_ways_in_give_the_same_answers() -> None:
    """Application, socket and process are shells around one brain."""
    with (
        Sandbox(seed=5) as box,
        CocApi("t", config=ApiConfig(base_url=box.base_url)) as remote,
        CocApi("t", config=ApiConfig(base_url="sandbox://?seed=5")) as local,
    ):
        for method, args in [
            ("clan_tag", ("#2PP",)),
            ("players", ("#2PP",)),
            ("location", ()),
            ("clan", ("fox",)),
        ]:
            assert getattr(remote, method)(*args) == getattr(local, method)(*args)


def test_a_sandbox_serves_asynchronous_clients_and_notes_what_arrives() -> None:
    """Without the token."""

    async def main(url: str) -> Any:
        async with AsyncCocApi("secret-token", config=ApiConfig(base_url=url)) as api:
            return await asyncio.gather(*(api.players(f"#2222222{letter}") for letter in "0289"))

    with Sandbox() as box:
        answers = asyncio.run(main(box.base_url))
        assert [answer["tag"][-1] for answer in answers] == list("0289")
        assert {arrival.path for arrival in box.requests} >= {"/players/%2322222220", "/locations"}
        assert "secret-token" not in str(box.requests)
        box.maintenance = True
        with (
            pytest.warns(UserWarning, match="maintenance"),
            CocApi("t", config=ApiConfig(base_url=box.base_url, max_retries=1)) as api,
        ):
            assert api.clan_tag("#2PP")["reason"] == "inMaintenance"
        assert box.maintenance


def test_the_application_is_for_any_asgi_server() -> None:
    """Here for httpx's own."""
    from cocapi_sandbox import application

    async def main() -> httpx.Response:
        transport = httpx.ASGITransport(application(Api(World())))
        async with httpx.AsyncClient(transport=transport, base_url="http://box", headers=ANY) as client:
            assert (await client.get("/elsewhere")).status_code == 404
            return await client.get("/v1/clans/%232PP")

    assert asyncio.run(main()).json()["tag"] == "#2PP"


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("sandbox://?sed=1", "sandbox:// has no option 'sed'; did you mean 'seed'?"),
        ("sandbox://?seed=x", "seed is 'x': it must be a number"),
    ],
)
def test_a_wrong_option_in_the_address_is_refused(url: str, sentence: str) -> None:
    """When the client is made."""
    with pytest.raises(ConfigError, match=r"sandbox://") as refused:
        CocApi("t", config=ApiConfig(base_url=url))
    assert sentence in str(refused.value)


def test_latency_in_process_is_bounded_by_the_timeout() -> None:
    """As over a socket."""
    config = ApiConfig(base_url="sandbox://?latency=5", timeout=0.05, max_retries=1, verify_token=False)
    with CocApi("t", config=config) as api:
        assert api.clan_tag("#2PP")["error_type"] == "timeout"

    async def main() -> Any:
        async with AsyncCocApi("t", config=config) as aapi:
            return await aapi.clan_tag("#2PP")

    assert asyncio.run(main())["error_type"] == "timeout"


def test_a_sandbox_outside_its_with_block_has_no_address() -> None:
    """It says so."""
    with pytest.raises(RuntimeError, match="outside of its with block"):
        _ = Sandbox().base_url


def test_zipped_bodies_are_gzip() -> None:
    """What travels can be undone."""
    answer = NAMED["gzip"](Answer(200, {}, b"body"))
    assert gzip.decompress(answer.body) == b"body"


def test_in_process_no_token_is_needed() -> None:
    """The client's own is used where it has one; what is given in its place goes nowhere else."""
    config = ApiConfig(base_url="sandbox://", enable_caching=False)
    with CocApi(config=config) as api:
        assert api.clan_tag("#2PP")["tag"] == "#2PP"
        api.set_base_url("http://127.0.0.1:9/v1", force=True)
        assert "there is no token" in api.clan_tag("#2PP")["message"]
    with pytest.raises(ValueError, match="API initialization failed"):
        CocApi("invalid", config=config)
    with pytest.raises(MissingToken):
        CocApi(config=ApiConfig(base_url="http://127.0.0.1:9/v1"))
