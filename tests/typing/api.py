"""The public surface as users and plugin authors write it. Type-checked, never run."""

from collections.abc import Awaitable, Callable
from typing import Any, assert_type

from cocapi import (
    ApiConfig,
    AsyncCocApi,
    CocApi,
    CocApiError,
    Flow,
    Hit,
    Json,
    NotFound,
    Outcome,
    Request,
    Response,
    Retry,
    Wait,
    do,
    hookimpl,
    send,
    sleep,
)
from cocapi.testing import Clock, Script, json_response


def sync_calls(api: CocApi) -> None:
    assert_type(api.clan_tag("#2PP"), Json)
    assert_type(api.clan("abc", limit=3, min_members=10), Json)
    assert_type(api.clan_members("#2PP", limit=5, after="x"), Json)
    assert_type(api.clan_members("#2PP", {"limit": 5}), Json)
    assert_type(api.location_id_clan_rank("global", limit=3), Json)
    assert_type(api.leaguegroup("#GR", 1773032400, "#2PP"), Json)
    assert_type(api.verify_player_token("#2PP", token="once"), Json)
    assert_type(api.custom_endpoint("/x", {"a": 1}, use_dynamic_model=False), Json)
    assert_type(api.test(), Json)
    assert_type(api.get_metrics(), Json)
    assert_type(api.clear_cache(), int)
    assert_type(api.with_options(cache=False), CocApi)
    api.close()


async def async_calls(api: AsyncCocApi) -> None:
    assert_type(await api.clan_tag("#2PP"), Json)
    assert_type(await api.clan_members("#2PP", limit=5), Json)
    assert_type(await api.test(), Json)
    assert_type(await api.with_options(retry=False).players("#2PP"), Json)
    waiting: Awaitable[Json] = api.goldpass()
    assert_type(await waiting, Json)
    await api.aclose()


async def entering() -> None:
    with CocApi("token", 20, True) as sync:
        assert_type(sync, CocApi)
    async with CocApi("token", config=ApiConfig(cache_ttl="server")) as api:
        assert_type(api, AsyncCocApi)
        assert_type(await api.clan_tag("#2PP"), Json)
    async with AsyncCocApi("token") as api:
        assert_type(await api.players("#2PP"), Json)


def mistakes(api: CocApi) -> None:
    api.clan_tag()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    api.clan_tag(3)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    api.clan_members("#2PP", limt=3)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    api.clan_tagg("#2PP")  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
    ApiConfig(timeout="soon")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


class Everything:
    """A plugin with every hook of a call."""

    def __init__(self, config: ApiConfig) -> None:
        self.options = config.options("everything")

    @hookimpl(tryfirst=True)
    def cocapi_request(self, request: Request) -> Request:
        return request.with_headers(X_Name="value")

    @hookimpl
    def cocapi_cache_lookup(self, request: Request) -> Flow[Hit | None]:
        async def fetch() -> bytes:
            return b"{}"

        body = yield from do(blocking=lambda: b"{}", awaiting=fetch)
        assert_type(body, bytes)
        return Hit(Response(200, {}, body))

    @hookimpl
    def cocapi_attempt(self, attempt: int) -> Wait | None:
        return Wait(0.5) if attempt > 1 else None

    @hookimpl
    def cocapi_error(self, request: Request, error: CocApiError, attempt: int) -> Flow[Retry | None]:
        yield from sleep(0.1)
        response = yield from send(request)
        assert_type(response, Response)
        return None if isinstance(error, NotFound) else Retry(after=1)

    @hookimpl(trylast=True)
    def cocapi_response(self, response: Response) -> Response:
        return response

    @hookimpl
    def cocapi_finished(self, outcome: Outcome) -> None:
        assert_type(outcome.attempts, int)


def registering() -> None:
    factory: Callable[[ApiConfig], object] = Everything
    config = ApiConfig(plugins={"everything": factory, "cache": False, "retry": {"budget": 5}})
    plugin: Any = CocApi("token", config=config).plugins["everything"]
    plugin.anything()


def testing() -> None:
    clock = Clock()
    clock.advance(3)
    script = Script(json_response({}, 200), Response(503), NotFound("gone"), clock=clock)
    assert_type(script.client(), CocApi)
    assert_type(script.async_client(), AsyncCocApi)
    assert_type(script.sleeps, list[float])
