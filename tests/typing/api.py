"""The public surface as users and plugin authors write it. Type-checked, never run."""

from collections.abc import Awaitable, Callable
from typing import Any, assert_type

from cocapi import (
    ApiConfig,
    AsyncCocApi,
    AsyncCocApiModels,
    CocApi,
    CocApiError,
    CocApiModels,
    Flow,
    Hit,
    Json,
    NotFound,
    Outcome,
    Request,
    Response,
    Retry,
    Wait,
    answers,
    do,
    hookimpl,
    models,
    send,
    sleep,
)
from cocapi.testing import Clock, Script, json_response


def sync_conveniences(api: CocApi) -> None:
    assert_type(api.test(), Json)
    assert_type(api.get_metrics(), Json)
    assert_type(api.clear_cache(), int)
    assert_type(api.with_options(cache=False), CocApi)
    assert_type(api.models.with_options(cache=False), CocApiModels)
    api.close()


async def async_conveniences(api: AsyncCocApi) -> None:
    assert_type(await api.test(), Json)
    assert_type(await api.with_options(retry=False).players("#2PP"), answers.Player)
    assert_type(api.models, AsyncCocApiModels)
    waiting: Awaitable[answers.GoldPassSeason] = api.goldpass()
    assert_type(await waiting, answers.GoldPassSeason)
    await api.aclose()


def reading(api: CocApi) -> None:
    clan = api.clan_tag("#2PP")
    assert_type(clan["clanLevel"], int)
    assert_type(clan["memberList"][0]["role"], str)
    assert_type(clan.get("location"), answers.Location | None)
    if clan.get("result") == "error":
        assert_type(clan.get("reason"), str | None)
    model = api.models.clan_tag("#2PP")
    assert_type(model.clan_level, int)
    assert_type(model.member_list[0].role, models.Role | str)
    assert_type(model.location, models.Location | None)
    assert_type(model.member("#2PP"), models.ClanMember | None)
    assert_type(model.irregularities, tuple[models.Irregularity, ...])
    page = api.models.clan_members("#2PP", limit=3)
    assert_type([member.name for member in page], list[str])
    assert_type(page[0], models.ClanMember)
    assert_type(page.after, str | None)
    war = api.models.clan_current_war("#2PP")
    assert_type(war.end_time, models.Timestamp | None)
    assert_type(war.result, models.WarResult | None)


def many(api: CocApi) -> None:
    assert_type(list(api.paginate(api.clan_members, "#2PP", limit=5)), list[answers.ClanMember])
    assert_type([m.name for m in api.models.paginate(api.models.clan_members, "#2PP")], list[str])
    assert_type(api.batch(api.players, ["#2PP"]), list[answers.Player])
    assert_type(
        api.batch(api.clan_members, [("#2PP", {"limit": 3})], 2), list[answers.Page[answers.ClanMember]]
    )
    assert_type(api.models.batch(api.models.players, ["#2PP"]), list[models.Player | CocApiError])
    for tag, player in api.stream(api.players, iter(["#2PP"])):
        assert_type(tag, str)
        assert_type(player, answers.Player)
    for tag, answer in api.models.stream(api.models.players, ["#2PP"]):
        assert_type((tag, answer), tuple[str, models.Player | CocApiError])


async def amany(api: AsyncCocApi) -> None:
    async for member in api.paginate(api.clan_members, "#2PP", limit=5):
        assert_type(member, answers.ClanMember)
    async for ranked in api.models.paginate(api.models.location_id_clan_rank, "global"):
        assert_type(ranked.clan_points, int)
    assert_type(await api.batch(api.players, ["#2PP"]), list[answers.Player])
    assert_type(await api.models.batch(api.models.players, ["#2PP"]), list[models.Player | CocApiError])
    async for tag, player in api.stream(api.players, ["#2PP"]):
        assert_type((tag, player), tuple[str, answers.Player])


async def entering() -> None:
    with CocApi("token", 20, True) as sync:
        assert_type(sync, CocApi)
    async with CocApi("token", config=ApiConfig(cache_ttl="server")) as api:
        assert_type(api, AsyncCocApi)
        assert_type(await api.clan_tag("#2PP"), answers.Clan)
    async with AsyncCocApi("token") as api:
        assert_type(await api.players("#2PP"), answers.Player)


def mistakes(api: CocApi) -> None:
    api.clan_tag()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    api.clan_tag(3)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    api.clan_members("#2PP", limt=3)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    api.clan_tagg("#2PP")  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue,reportUnknownMemberType]
    print(api.clan_tag("#2PP")["clanlevel"])  # type: ignore[misc]  # pyright: ignore[reportGeneralTypeIssues,reportUnknownArgumentType]
    print(api.models.clan_tag("#2PP").clanlevel)  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue,reportUnknownMemberType,reportUnknownArgumentType]
    api.paginate(api.clan_tag, "#2PP")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue,reportArgumentType]
    api.paginate(api.clan_members)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
    api.batch(api.players, [1, 2])  # type: ignore[arg-type]  # pyright: ignore[reportCallIssue,reportArgumentType]
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
