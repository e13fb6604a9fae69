"""The public surface as users and plugin authors write it. Type-checked, never run."""

import asyncio
import warnings
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Annotated, Any, Literal, TypeVar, assert_type, cast

from cocapi import (
    AnyCocApi,
    AnyCocApiModels,
    ApiConfig,
    ApiError,
    AsyncCocApi,
    AsyncCocApiModels,
    AsyncKeyManager,
    AsyncTransport,
    AttemptRefused,
    BadRequest,
    CacheEntry,
    Call,
    ClientClosed,
    CocApi,
    CocApiError,
    CocApiModels,
    CommandLine,
    Composite,
    ConfigError,
    ConnectionFailed,
    Do,
    Either,
    Flow,
    Forbidden,
    Gather,
    Hit,
    InnerTransport,
    InvalidAddress,
    InvalidCredentials,
    InvalidParams,
    InvalidToken,
    Json,
    KeyLimitReached,
    KeyManagerError,
    Lease,
    LogEntry,
    Maintenance,
    MissingExtra,
    MissingToken,
    Mode,
    Namespace,
    NotFound,
    Off,
    Outcome,
    PluginError,
    PluginRecord,
    PluginWarning,
    PrivateWarLog,
    RepeatedCursor,
    Request,
    RequestMetric,
    RequestTimeout,
    Response,
    ResponseTooLarge,
    Retry,
    Role,
    Secret,
    Send,
    ServerError,
    Sleep,
    Store,
    StoreUnavailable,
    StreamEntry,
    Streams,
    SyncKeyManager,
    SyncTransport,
    Throttled,
    TokenUnavailable,
    Transport,
    TransportError,
    UnexpectedValue,
    UnreadableResponse,
    Wait,
    __version__,
    add_debug_logging_middleware,
    add_request_id_middleware,
    add_response_size_middleware,
    add_response_timestamp_middleware,
    add_user_agent_middleware,
    answers,
    build_url,
    call,
    clean_tag,
    composite,
    do,
    game,
    gather,
    hookimpl,
    key_id_of,
    models,
    normal_tag,
    read_json,
    send,
    sleep,
    validate_params,
)
from cocapi.game import LeagueWars, Standing
from cocapi.options import Seconds
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
    assert_type(model.member_list[0].role == Role.ELDER, bool)
    assert_type(model.location, models.Location | None)
    assert_type(model.member("#2PP"), models.ClanMember | None)
    assert_type(model.irregularities, tuple[models.Irregularity, ...])
    page = api.models.clan_members("#2PP", limit=3)
    assert_type([member.name for member in page], list[str])
    assert_type(page[0], models.ClanMember)
    assert_type(page.after, str | None)
    war = api.models.clan_current_war("#2PP")
    assert_type(war.end_time, datetime | None)
    assert_type(models.Clan.from_answer({}), models.Clan)
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


class Bot(AsyncCocApi):
    """A client of the user's own."""

    def __init__(self, prefix: str, token: str) -> None:
        super().__init__(token)
        self.prefix = prefix


async def functions(sync: CocApi) -> None:
    tag: Callable[..., answers.Clan] = CocApi.clan_tag
    assert_type(tag(sync, "#2PP"), answers.Clan)
    async with Bot("hello", "token") as api:
        assert_type(api, Bot)
        assert_type(api.with_options(cache=False).prefix, str)
        task = asyncio.create_task(api.clan_tag("#2PP"))
        assert_type(await task, answers.Clan)
        assert_type(await AsyncCocApi.clan_tag(api, "#2PP"), answers.Clan)
        found = await asyncio.gather(api.players("#2PP"), api.models.players("#2PP"))
        assert_type(found, tuple[answers.Player, models.Player])
        assert_type(await partial(api.clan_members, "#2PP", limit=3)(), answers.Page[answers.ClanMember])
    async with CocApi("token") as entered:
        CocApi.clan_tag(entered, "#2PP")
    wrong: CocApi = api  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]
    print(wrong)


def failing(answer: answers.Clan) -> str | None:
    if answer.get("result") == "error":
        return answer.get("message")
    if answer.get("result") == "eror":  # type: ignore[comparison-overlap]  # pyright: ignore[reportUnnecessaryComparison]
        return None
    return answer["name"]


def cursors(api: CocApi, after: str | None = None) -> None:
    page = api.models.clan_members("#2PP", limit=None, after=after)
    api.paginate(api.clan_members, "#2PP", after=page.after)


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


class Wire:
    """A transport of both kinds."""

    def send(self, request: Request) -> Response:
        return Response(200, {"content-type": "application/json"}, request.url.encode())

    async def asend(self, request: Request) -> Response:
        return self.send(request)

    def close(self) -> None: ...

    async def aclose(self) -> None: ...


def transports() -> tuple[SyncTransport, AsyncTransport]:
    return Wire(), Wire()


@dataclass(frozen=True)
class EverythingOptions:
    """What the plugin is told."""

    password: Annotated[str, Secret]
    patience: Seconds | Literal["endless"] = 5


class Everything:
    """A plugin with every hook of a call."""

    def __init__(self, config: ApiConfig, options: EverythingOptions) -> None:
        assert_type(options.password, str)
        assert_type(options.patience, float | Literal["endless"])
        assert_type(config.options_for("everything", EverythingOptions), EverythingOptions)
        self.password = options.password
        if not options.password:
            raise Off("it has no password")

    @hookimpl(tryfirst=True, before="cache", after=("metrics", "tracing"))
    def cocapi_request(self, request: Request) -> Request:
        return request.with_headers(X_Name="value")

    @hookimpl
    def cocapi_cache_lookup(self, request: Request) -> Flow[Hit | None]:
        async def fetch() -> bytes:
            return b"{}"

        body = yield from do(blocking=lambda: b"{}", awaiting=fetch)
        assert_type(body, bytes)
        return Hit(Response(200, {}, body), fresh_for=60)

    @hookimpl
    def cocapi_cache_hit(self, request: Request, hit: Hit) -> None:
        assert_type(hit.fresh_for, float | None)
        assert_type(request.fresh, bool)

    @hookimpl
    def cocapi_attempt(self, attempt: int) -> Wait | None:
        return Wait(0.5) if attempt > 1 else None

    @hookimpl
    def cocapi_error(self, request: Request, error: CocApiError, attempt: int) -> Flow[Retry | None]:
        yield from sleep(0.1)
        response = yield from send(request)
        assert_type(response, Response)
        return None if isinstance(error, NotFound) else Retry(after=1)

    @hookimpl
    def cocapi_transport(self, config: ApiConfig, mode: Mode) -> Transport | None:
        return Wire() if config.transport == "wire" and mode != "trio" else None

    @hookimpl
    def cocapi_wrap_transport(self, transport: InnerTransport) -> Transport:
        assert_type(transport.send(Request("x", "GET", "/x")), Response)
        return transport

    @hookimpl
    def cocapi_token(self, request: Request, attempt: int) -> str | None:
        assert_type(request.key_id, str | None)
        return None if request.key_id == key_id_of("another") else "token"

    @hookimpl
    def cocapi_store(self, config: ApiConfig) -> Store | None:
        return None

    @hookimpl
    def cocapi_waiting(self, seconds: float, error: CocApiError | None) -> None:
        assert_type(seconds, float)

    @hookimpl(tryfirst=True)
    def cocapi_decode(self, request: Request, response: Response) -> Json | None:
        return {"length": len(response.content)} if request.model is None else None

    @hookimpl
    def cocapi_attempted(self, attempt: int, response: Response | None, error: CocApiError | None) -> None:
        assert_type(error.attempts if error else attempt, int)

    @hookimpl(trylast=True)
    def cocapi_response(self, response: Response) -> Response:
        return response

    @hookimpl
    def cocapi_result(self, outcome: Outcome) -> Json | None:
        return {"from": outcome.cache} if outcome.error is None else None

    @hookimpl
    def cocapi_open(self, client: AnyCocApi) -> None:
        job = client.background.start(self.watch, name="watching")
        assert_type(job.running, bool)
        job.stop()
        client.emit(object())
        assert_type(client.store, Store)
        assert_type(client.streams, Streams)

    def watch(self) -> Flow[None]:
        yield from sleep(60)

    @hookimpl
    def cocapi_event(self, event: object) -> None:
        return None

    @hookimpl
    def cocapi_forked(self) -> None:
        return None

    @hookimpl
    def cocapi_close(self) -> Flow[None]:
        yield from sleep(0)

    @hookimpl
    def cocapi_namespace(self, client: AnyCocApi | AnyCocApiModels) -> object:
        return ModelWars(client) if isinstance(client, AnyCocApiModels) else Wars(client)

    @hookimpl
    def cocapi_composites(self) -> Mapping[str, Composite[..., Any]]:
        return {"one_war": one_war}

    @hookimpl
    def cocapi_commands(self, app: object) -> None:
        assert_type(app, object)

    @hookimpl
    def cocapi_finished(self, outcome: Outcome) -> None:
        assert_type(outcome.attempts, int)


def storing(store: Store) -> Flow[None]:
    assert_type((yield from store.get("key")), bytes | None)
    lease = yield from store.claim("key", 60)
    assert_type(lease, Lease | None)
    assert_type((yield from store.read("log")), tuple[LogEntry, ...])


def streaming(streams: Streams) -> Flow[None]:
    assert_type((yield from streams.publish("s", "source", 1, {"id": b"1"}, 100)), bool)
    entries = yield from streams.receive("s", "group", "consumer", 10, 60)
    assert_type(entries, tuple[StreamEntry, ...])


def registering() -> None:
    factory: Callable[[ApiConfig, EverythingOptions], object] = Everything
    config = ApiConfig(plugins={"everything": factory, "cache": False, "retry": {"budget": 5}})
    plugin: Any = CocApi("token", config=config).plugins["everything"]
    plugin.anything()
    assert_type(CocApi("token", config=config).plugins[Everything], Everything)


def testing() -> None:
    clock = Clock()
    clock.advance(3)
    script = Script(json_response({}, 200), Response(503), NotFound("gone"), clock=clock)
    assert_type(script.client(), CocApi)
    assert_type(script.async_client(), AsyncCocApi)
    assert_type(script.sleeps, list[float])


def failures(api: CocApi) -> None:
    try:
        api.models.players("#2PP")
    except Throttled as error:
        assert_type(error.delay, float | None)
        assert_type(error.retry_after, str | None)
    except (
        PrivateWarLog,
        InvalidToken,
        InvalidAddress,
        Forbidden,
        AttemptRefused,
        BadRequest,
        Maintenance,
        ServerError,
    ) as error:
        assert_type(error.reason, str | None)
    except ClientClosed as closed:
        assert_type(closed, ClientClosed)
    except (RequestTimeout, ConnectionFailed, ResponseTooLarge, TransportError) as error:
        assert_type(error.message, str)
    except (
        RepeatedCursor,
        UnreadableResponse,
        UnexpectedValue,
        InvalidParams,
        PluginError,
        StoreUnavailable,
        TokenUnavailable,
        ApiError,
    ) as error:
        assert_type(error.cursor, str | None)
        assert_type(error.as_dict(), Json)


def making() -> None:
    try:
        assert_type(ApiConfig.load("cocapi.toml", timeout=3), ApiConfig)
    except (ConfigError, MissingExtra) as error:
        assert_type(str(error), str)
    try:
        assert_type(CocApi().token, str | None)
    except MissingToken as missing:
        assert_type(missing, MissingToken)
    warnings.simplefilter("error", PluginWarning)


def with_credentials() -> None:
    try:
        assert_type(CocApi.from_credentials("chief@example.com", "x", timeout=3).token, str | None)
        assert_type(AsyncCocApi.from_credentials("chief@example.com", "x", status_code=True), AsyncCocApi)
        with SyncKeyManager("chief@example.com", "x", key_count=2) as manager:
            assert_type(manager.manage_keys(), list[str])
    except InvalidCredentials as wrong:
        assert_type(wrong, InvalidCredentials)
    except (KeyLimitReached, KeyManagerError) as error:
        assert_type(error.message, str)


async def with_credentials_in_tasks() -> None:
    async with AsyncKeyManager("chief@example.com", "x") as manager:
        assert_type(await manager.refresh_keys(), list[str])


def helping(api: CocApi) -> None:
    assert_type(normal_tag("2pp"), str)
    assert_type(clean_tag("#2PP"), str)
    assert_type(key_id_of("token"), str)
    assert_type(read_json(b"{}"), Any)
    assert_type(build_url("https://x", "/clans", {"limit": 3}), str)
    assert_type(validate_params({"limit": 3}, ("limit",)), bool)
    api.add_request_middleware(add_user_agent_middleware("bot/1"))
    api.add_request_middleware(add_request_id_middleware())
    api.add_request_middleware(add_debug_logging_middleware())
    api.add_response_middleware(add_response_timestamp_middleware())
    api.add_response_middleware(add_response_size_middleware())
    records: list[PluginRecord] = api.plugins.records
    assert_type(records[0].on, bool)
    print(__version__)


def in_threads(api: CocApi) -> Flow[None]:
    assert_type((yield from call(api.clan_tag, "#2PP")), answers.Clan)
    assert_type((yield from call(api.models.clan_tag, "#2PP")), models.Clan)
    assert_type((yield from call(api.clan_members, "#2PP", limit=3)), answers.Page[answers.ClanMember])


def in_tasks(api: AsyncCocApi) -> Flow[None]:
    assert_type((yield from call(api.clan_tag, "#2PP")), answers.Clan)
    assert_type((yield from call(api.models.clan_tag, "#2PP")), models.Clan)


def in_both(api: AnyCocApi, tags: list[str]) -> Flow[answers.Player]:
    clan = yield from call(api.clan_tag, "#2PP")
    assert_type(clan, answers.Clan)
    assert_type((yield from call(api.models.players, "#2PP")), models.Player)
    two = yield from gather(call(api.clan_tag, "#2PP"), call(api.models.players, "#2PP"))
    assert_type(two, tuple[answers.Clan, models.Player])
    many = yield from gather(*(call(api.players, tag) for tag in tags), limit=3)
    assert_type(many, tuple[answers.Player, ...])
    some = yield from gather(*(call(api.players, tag) for tag in tags), return_errors=True)
    assert_type(some, tuple[answers.Player | CocApiError, ...])
    clan_or_error, _ = yield from gather(
        call(api.clan_tag, "#2PP"), call(api.players, "#2PP"), return_errors=True
    )
    assert_type(clan_or_error, answers.Clan | CocApiError)
    yield from call(api.clan_tag, 3)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue,reportArgumentType]
    print(api.clan_tag("#2PP")["name"])  # type: ignore[index]  # pyright: ignore[reportIndexIssue,reportUnknownArgumentType]
    return many[0]


C = TypeVar("C", bound=AnyCocApi)
M = TypeVar("M", bound=AnyCocApiModels)


class Wars(Namespace[C]):
    @composite
    def current(self, tag: str) -> Flow[answers.ClanWar]:
        war = yield from call(self.client.clan_current_war, tag)
        assert_type(war, answers.ClanWar)
        return (yield from call(self.current, "#2PP"))


class ModelWars(Namespace[M]):
    @composite
    def current(self, tag: str) -> Flow[models.ClanWar]:
        war = yield from call(self.client.clan_current_war, tag)
        assert_type(war, models.ClanWar)
        return war


class WarBot(CocApi):
    wars: Wars[CocApi]
    first = composite(in_both)

    @composite
    def again(self, tag: str, times: int = 2) -> Flow[int]:
        players = yield from gather(*(call(self.first, [tag]) for _ in range(times)))
        assert_type(players, tuple[answers.Player, ...])
        return len(players)


class AsyncWarBot(AsyncCocApi):
    wars: Wars[AsyncCocApi]
    first = composite(in_both)


def composites(bot: WarBot) -> None:
    assert_type(bot.first(["#2PP"]), answers.Player)
    assert_type(bot.again("#2PP", times=3), int)
    assert_type(bot.wars.current("#2PP"), answers.ClanWar)
    assert_type(bot.run_flow(in_both(bot, [])), answers.Player)
    assert_type(ModelWars(bot.models).current("#2PP"), models.ClanWar)
    assert_type(bot.cache.clear(), int)
    assert_type(bot.metrics.summary(), dict[str, Any])
    bot.first("#2PP", 3)  # type: ignore[call-arg,arg-type]  # pyright: ignore[reportCallIssue]


async def acomposites(bot: AsyncWarBot) -> None:
    assert_type(await bot.first(["#2PP"]), answers.Player)
    assert_type(await bot.wars.current("#2PP"), answers.ClanWar)
    assert_type(await bot.run_flow(in_both(bot, [])), answers.Player)
    assert_type(await ModelWars(bot.models).current("#2PP"), models.ClanWar)


@composite
def one_war(api: AnyCocApi, tag: str) -> Flow[Either[answers.ClanWar, models.ClanWar]]:
    war: Any = yield from call(api.warleague, tag)
    return cast("Either[answers.ClanWar, models.ClanWar]", war)


class WarsOfBoth(CocApi):
    one_war = one_war


def wars(api: CocApi, own: WarsOfBoth) -> None:
    assert_type(own.one_war("#W"), answers.ClanWar)
    assert_type(api.current_war("#2PP"), answers.ClanWar | None)
    assert_type(api.models.current_war("#2PP", round=3), models.ClanWar | None)
    assert_type(api.batch(api.current_war, ["#2PP"]), list[answers.ClanWar | None])
    assert_type(
        api.batch(api.models.current_war, ["#2PP"]),
        list[models.ClanWar | None],
    )
    assert_type(api.league_wars("#2PP"), LeagueWars[answers.ClanWarLeagueGroup, answers.ClanWar] | None)
    for war in filter(None, api.batch(api.models.current_war, ["#2PP"])):
        assert_type([attack.attacker for attack in game.attacks(war)], list[models.WarMember])
        assert_type(game.swapped(war), models.ClanWar)
    for answer in filter(None, api.batch(api.current_war, ["#2PP"])):
        assert_type([attack.attacker for attack in game.attacks(answer)], list[answers.WarMember])
        assert_type(game.with_own_side(answer, "#2PP"), answers.ClanWar | None)
    assert_type(game.hero(api.players("#2PP"), "Archer Queen"), answers.Hero | None)
    assert_type(game.hero(api.models.players("#2PP"), "Archer Queen"), models.Hero | None)
    api.current_war("#2PP", round="next")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


async def awars(api: AsyncCocApi) -> None:
    assert_type(await api.current_war("#2PP"), answers.ClanWar | None)
    assert_type(await api.models.current_war("#2PP", round="previous"), models.ClanWar | None)
    assert_type(await api.batch(api.current_war, ["#2PP"]), list[answers.ClanWar | None])
    async for tag, league in api.stream(api.models.league_wars, ["#2PP"]):
        assert_type(tag, str)
        if league:
            assert_type(league.standings, tuple[Standing, ...])


def wars_in_both(api: AnyCocApi) -> Flow[None]:
    assert_type((yield from call(api.current_war, "#2PP")), answers.ClanWar | None)
    assert_type((yield from call(api.models.current_war, "#2PP")), models.ClanWar | None)


def command(line: CommandLine) -> None:
    with line.client() as api:
        line.show(api.clan_tag("#2PP"), lambda clan: clan["name"])
        line.show_each(api.paginate(api.clan_members, "#2PP"), str, total=None)
    assert_type(line.json, bool)
    assert_type(line.client(), CocApi)
    assert_type(line.async_client(), AsyncCocApi)
    assert_type(line.config, ApiConfig)
    assert_type(line.plugins["cli"], Any)
    line.say("done")


def effects() -> tuple[Send, Sleep, Do, Call, Gather]:
    request = Request("clan_tag", "GET", "/clans/{clanTag}", {"clanTag": "#2PP"})

    async def none() -> None: ...

    return Send(request), Sleep(1.5), Do(lambda: None, none), Call(none), Gather(())


def of_version_4(entry: CacheEntry, metric: RequestMetric) -> bool:
    assert_type(metric.error_type, str | None)
    return entry.is_expired(metric.timestamp)
