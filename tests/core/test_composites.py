"""composite, run_flow and Namespace: an operation of several calls is written once."""

import asyncio
import inspect
import threading
import time
from typing import Any, TypeVar

import pytest

from cocapi import (
    AnyCocApi,
    AsyncCocApi,
    CocApi,
    Flow,
    Namespace,
    NotFound,
    PluginError,
    PluginWarning,
    Request,
    Response,
    call,
    composite,
    gather,
    hookimpl,
)
from cocapi.answers import Player
from cocapi.testing import Script, json_response

ALONE = {"only_plugins": ("script",)}
C = TypeVar("C", bound=AnyCocApi)


def answer(request: Request) -> Response:
    """A clan of two members; a player that has its tag, and none that is ``#404``."""
    if request.operation == "clan_tag":
        return json_response({"tag": "#2PP", "memberList": [{"tag": "#P"}, {"tag": "#Q"}]})
    tag = request.path_params["playerTag"]
    return json_response({"reason": "notFound"}, 404) if tag == "#404" else json_response({"tag": tag})


def members(api: AnyCocApi, tag: str, first: int = 2) -> Flow[tuple[Player, ...]]:
    """The members of a clan, as players."""
    clan = yield from call(api.clan_tag, tag)
    tags = [member["tag"] for member in clan["memberList"][:first]]
    return (yield from gather(*(call(api.players, tag) for tag in tags)))


class Bot(CocApi):
    members = composite(members)

    @composite
    def leader(self, tag: str) -> Flow[Player]:
        """The first member of a clan."""
        players = yield from call(self.members, tag, first=1)
        return players[0]


class AsyncBot(AsyncCocApi):
    members = composite(members)


class Wars(Namespace[C]):
    @composite
    def both(self, tag: str) -> Flow[tuple[Player, ...]]:
        return (yield from members(self.client, tag))

    @composite
    def twice(self, tag: str) -> Flow[int]:
        one, two = yield from gather(call(self.both, tag), call(self.both, tag))
        return len(one) + len(two)

    @composite
    def lost(self) -> Flow[Player]:
        return (yield from call(self.client.players, "#404"))


class WarsPlugin:
    """Offers ``api.wars``."""

    @hookimpl
    def cocapi_namespace(self, client: Any) -> Wars[Any]:
        return Wars(client)


WITH_WARS: dict[str, Any] = {"only_plugins": ("script", "wars"), "plugins": {"wars": lambda _: WarsPlugin()}}


def test_it_is_a_method_of_a_synchronous_client() -> None:
    script = Script(answer)
    with Bot("token", config=script.config(**ALONE)) as bot:
        assert bot.members("#2PP") == ({"tag": "#P"}, {"tag": "#Q"})
        assert bot.leader("#2PP") == {"tag": "#P"}
        assert Bot.leader(bot, "#2PP") == {"tag": "#P"}


def test_it_is_a_coroutine_function_of_an_asynchronous_client() -> None:
    script = Script(answer)

    async def main() -> None:
        async with AsyncBot("token", config=script.config(**ALONE)) as bot:
            assert inspect.iscoroutinefunction(bot.members)
            assert await bot.members("#2PP", first=1) == ({"tag": "#P"},)
        async with Bot("token", config=script.config(**ALONE)) as twin:
            assert await twin.leader("#2PP") == {"tag": "#P"}  # type: ignore[misc]

    asyncio.run(main())


def test_it_shows_its_parameters_its_answer_and_its_docstring() -> None:
    with Bot("token", config=Script().config(**ALONE)) as bot:
        assert inspect.signature(bot.members).parameters.keys() == {"tag", "first"}
        assert inspect.signature(bot.members).return_annotation == tuple[Player, ...]
        assert inspect.getdoc(bot.leader) == inspect.getdoc(Bot.leader) == "The first member of a clan."
        assert (bot.leader.__name__, bot.leader.__qualname__) == ("leader", "Bot.leader")


def test_the_answer_is_shown_where_annotations_are_texts_too() -> None:
    namespace: dict[str, Any] = {"composite": composite}
    exec("@composite\ndef one(self) -> 'Flow[answers.Clan]': ...", namespace)  # noqa: S102  # our own text
    assert inspect.signature(namespace["one"].blocking).return_annotation == "answers.Clan"


def test_it_raises_where_a_call_in_it_fails_though_operations_answer_with_error_dicts() -> None:
    with Script(answer).client(**WITH_WARS) as api:
        assert api.players("#404")["result"] == "error"
        with pytest.raises(NotFound):
            api.wars.lost()  # type: ignore[attr-defined]


def test_any_client_runs_a_flow() -> None:
    script = Script(answer)
    with script.client(**ALONE) as api:
        assert api.run_flow(members(api, "#2PP"))[1] == {"tag": "#Q"}

    async def main() -> None:
        async with script.async_client(**ALONE) as api:
            assert (await api.run_flow(members(api, "#2PP")))[1] == {"tag": "#Q"}

    asyncio.run(main())


def test_a_view_with_options_hands_them_on() -> None:
    """A composite of a view makes its calls with the options of the view."""
    script = Script(answer)
    with Bot("token", config=script.config(**ALONE)) as bot:
        bot.with_options(timeout=3).leader("#2PP")
    assert [request.timeout for request in script.requests] == [3, 3]


def test_a_namespace_works_on_any_client_without_a_plugin() -> None:
    script = Script(answer)
    with script.client(**ALONE) as api:
        assert Wars(api).twice("#2PP") == 4

    async def main() -> None:
        async with script.async_client(**ALONE) as api:
            assert await Wars(api).twice("#2PP") == 4

    asyncio.run(main())


def test_a_plugin_brings_methods_under_its_name_in_both_modes() -> None:
    script = Script(answer)
    with script.client(**WITH_WARS) as api:
        assert api.wars.twice("#2PP") == 4  # type: ignore[attr-defined]

    async def main() -> None:
        async with script.async_client(**WITH_WARS) as api:
            assert await api.wars.both("#2PP") == ({"tag": "#P"}, {"tag": "#Q"})  # type: ignore[attr-defined]

    asyncio.run(main())


def test_a_namespace_is_of_the_view_that_it_is_read_from() -> None:
    script = Script(answer)
    with script.client(**WITH_WARS) as api:
        api.with_options(timeout=3).wars.both("#2PP")  # type: ignore[attr-defined]
    assert {request.timeout for request in script.requests} == {3}


class Silent:
    @hookimpl
    def cocapi_namespace(self) -> None:
        return None


class Watching:
    @hookimpl
    def cocapi_finished(self) -> None:
        return None


class Failing:
    @hookimpl
    def cocapi_namespace(self) -> Any:
        return {}["wars"]


class Flowing:
    @hookimpl
    def cocapi_namespace(self) -> Any:
        yield


@pytest.mark.parametrize(
    ("plugin", "why"),
    [
        (lambda _: None, "plugin 'wars' is off: it has nothing to do under this configuration"),
        (lambda _: Silent(), "plugin 'wars' offers no methods"),
        (lambda _: Watching(), "plugin 'wars' offers no methods"),
    ],
)
def test_where_a_plugin_brings_nothing_the_error_says_why(plugin: Any, why: str) -> None:
    with Script().client(**{**WITH_WARS, "plugins": {"wars": plugin}}) as api:
        with pytest.raises(AttributeError) as raised:
            _ = api.wars  # type: ignore[attr-defined]
        assert str(raised.value) == f"'CocApi' object has no attribute 'wars': {why}"
        assert not hasattr(api, "wars")


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("get_player", "players"),
        ("clan_warlog", "clan_war_log"),
        ("curent_war", "current_war"),
        ("cach", "cache"),
    ],
)
def test_a_misspelt_name_is_told_the_nearest_whoever_brings_it(name: str, near: str) -> None:
    """An operation, a composite of a plugin, or what a plugin offers."""
    with Script().client(only_plugins=("script", "cache", "wars")) as api:
        with pytest.raises(AttributeError, match=f"has no attribute {name!r}; did you mean {near!r}?"):
            getattr(api, name)
        with pytest.raises(AttributeError, match=r"has no attribute 'xyzzy'$"):
            api.xyzzy  # type: ignore[attr-defined]  # noqa: B018


def test_the_methods_of_a_plugin_that_is_switched_off_are_not_there() -> None:
    with Script().client(enable_caching=False, enable_metrics=True) as api:
        assert api.metrics.summary()["total_requests"] == 0
        with pytest.raises(AttributeError, match=r"'cache' of cocapi [\w.]+ is off: enable_caching=False"):
            api.cache.clear()


def test_a_plugin_whose_name_is_the_clients_own_is_warned_of() -> None:
    """Its methods would be out of reach; where plugins are strict it is an error."""
    settings: dict[str, Any] = {
        "only_plugins": ("script", "players"),
        "plugins": {"players": lambda _: WarsPlugin()},
    }
    with pytest.warns(
        PluginWarning, match=r"'players' offers methods as api\.players, which is the client's own"
    ):
        Script().client(**settings).close()
    with pytest.raises(PluginError, match=r"they are at api\.plugins\['players'\]"):
        Script().client(**settings, strict_plugins=True)


def test_a_misspelt_name_is_told_the_nearest() -> None:
    with (
        Script(answer).client(**WITH_WARS) as api,
        pytest.raises(AttributeError, match="did you mean 'wars'"),
    ):
        _ = api.warz  # type: ignore[attr-defined]


def test_a_namespace_that_fails_blames_its_plugin() -> None:
    for plugin, said in (
        (Failing(), "plugin 'wars' failed in cocapi_namespace: KeyError: 'wars'"),
        (Flowing(), "plugin 'wars' failed in cocapi_namespace: it answered with a flow"),
    ):
        settings = {**WITH_WARS, "plugins": {"wars": lambda _, plugin=plugin: plugin}}
        with Script().client(**settings) as api, pytest.raises(PluginError, match=said):
            _ = api.wars  # type: ignore[attr-defined]


def test_the_error_of_a_users_property_stays_his_own() -> None:
    class Broken(CocApi):
        @property
        def prefix(self) -> str:
            return self.nothing  # type: ignore[attr-defined,no-any-return]

    with (
        Broken("token", config=Script().config(**ALONE)) as api,
        pytest.raises(AttributeError, match="no attribute 'nothing'"),
    ):
        _ = api.prefix


@composite
def names_of(api: AnyCocApi, tag: str) -> Flow[list[str]]:
    """The tags of a clan's members, as players."""
    players = yield from members(api, tag)
    return [player["tag"] for player in players]


class Adding:
    """Adds ``api.names_of`` to every client."""

    def __init__(self, **composites: Any) -> None:
        self.composites: Any = composites or {"names_of": names_of}

    @hookimpl
    def cocapi_composites(self) -> Any:
        return self.composites


def adding(plugin: Any, *others: Any) -> dict[str, Any]:
    """Settings of a client with these plugins, ``adding`` first."""
    plugins = {f"adding{place or ''}": lambda _, one=one: one for place, one in enumerate((plugin, *others))}
    return {"only_plugins": ("script", *plugins), "plugins": plugins}


def test_a_plugin_adds_methods_to_every_client_in_both_modes() -> None:
    """And `batch` and `stream` take them, and views hand on their options."""
    script = Script(answer)
    with script.client(**adding(Adding())) as synchronous:
        api: Any = synchronous
        assert api.names_of("#2PP") == ["#P", "#Q"]
        assert api.batch(api.names_of, ["#2PP", "#2PQ"]) == [["#P", "#Q"]] * 2
        assert dict(api.stream(api.names_of, ["#2PP"])) == {"#2PP": ["#P", "#Q"]}
        api.with_options(timeout=3).names_of("#2PP")
        assert {request.timeout for request in script.requests[-3:]} == {3}
        assert inspect.getdoc(api.names_of) == "The tags of a clan's members, as players."

    async def main() -> None:
        async with script.async_client(**adding(Adding())) as asynchronous:
            api: Any = asynchronous
            assert await api.names_of("#2PP") == ["#P", "#Q"]
            assert await api.batch(api.names_of, ["#2PP"]) == [["#P", "#Q"]]

    asyncio.run(main())


def test_of_two_composites_of_one_name_the_first_plugin_has_it() -> None:
    @composite
    def other(api: AnyCocApi, tag: str) -> Flow[str]:
        clan = yield from call(api.clan_tag, tag)
        return clan["tag"]

    with Script(answer).client(**adding(Adding(), Adding(names_of=other))) as api:
        assert api.names_of("#2PP") == ["#P", "#Q"]  # type: ignore[attr-defined]


def test_a_plugin_may_add_nothing() -> None:
    class Idle:
        @hookimpl
        def cocapi_composites(self) -> None:
            return None

    with Script(answer).client(**adding(Idle(), Adding())) as api:
        assert api.names_of("#2PP") == ["#P", "#Q"]  # type: ignore[attr-defined]
        with pytest.raises(AttributeError, match="did you mean 'names_of'"):
            _ = api.name_of  # type: ignore[attr-defined]


@pytest.mark.parametrize("added", [{"names_of": members}, ["names_of"], 42])
def test_what_is_no_composite_is_blamed_on_its_plugin(added: Any) -> None:
    plugin = Adding()
    plugin.composites = added
    with pytest.raises(
        PluginError, match=r"'adding'.* failed in cocapi_composites: it answered with .*composites by name"
    ):
        Script(answer).client(**adding(plugin))


def test_a_hook_that_raises_is_blamed_where_the_client_is_made() -> None:
    class Broken:
        @hookimpl
        def cocapi_composites(self) -> Any:
            return {}["wars"]

    with pytest.raises(PluginError, match="'adding' failed in cocapi_composites: KeyError"):
        Script(answer).client(**adding(Broken()))


def test_a_composite_whose_name_is_the_clients_own_is_warned_of() -> None:
    settings = adding(Adding(players=names_of))
    with pytest.warns(
        PluginWarning, match="'adding' adds the composite 'players', which is the client's own"
    ):
        Script().client(**settings).close()
    with pytest.raises(PluginError, match="it needs another name"):
        Script().client(**settings, strict_plugins=True)


class Counting:
    """A server that tells how many calls it had at once, at most."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.now = self.most = 0

    def __call__(self, request: Request) -> Response:
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
        time.sleep(0.1)
        with self.lock:
            self.now -= 1
        return answer(request)


def test_what_composites_of_a_batch_gather_shares_its_bound() -> None:
    """So that no more calls are made at once than there are connections."""
    server = Counting()
    with Script(server).client(**adding(Adding()), max_connections=3) as client:
        api: Any = client
        assert api.batch(api.names_of, [f"#2P{letter}" for letter in "PYLQ"]) == [["#P", "#Q"]] * 4
    assert 1 < server.most <= 3
