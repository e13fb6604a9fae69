"""Clients as objects: what mocks, inspectors, decorators, subclasses, copies and pickles make of them."""

import abc
import asyncio
import copy
import dataclasses
import functools
import inspect
import pickle
import pydoc
import sys
import threading
import typing
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ClassVar, Generic, TypeVar
from unittest import mock

import pytest
import tenacity
import trio
from fastapi import FastAPI
from pydantic import TypeAdapter

from cocapi import ApiConfig, AsyncCocApi, AsyncCocApiModels, CocApi, CocApiModels, answers, models
from cocapi.api.endpoints import Operations
from cocapi.api.operations import Arguments, Operation, operation
from cocapi.testing import Script, json_response

CLAN = {"tag": "#2PP"}
T = TypeVar("T")
KINDS: list[tuple[type, bool]] = [
    (CocApi, False),
    (CocApiModels, False),
    (AsyncCocApi, True),
    (AsyncCocApiModels, True),
]
NAMES = [name for name, value in vars(Operations).items() if isinstance(value, Operation)]


def settings() -> ApiConfig:
    return Script(json_response(CLAN)).config(only_plugins=("script",))


def called(client: Any) -> Any:
    """What an asynchronous client answers outside ``async with``."""

    async def main() -> Any:
        try:
            return await client.clan_tag("#2PP")
        finally:
            await client.aclose()

    return asyncio.run(main())


def clients() -> list[tuple[Any, bool]]:
    api, aapi = CocApi("token", config=settings()), AsyncCocApi("token", config=settings())
    views = [(api.with_options(timeout=3), False), (aapi.with_options(timeout=3), True)]
    return [(api, False), (aapi, True), (api.models, False), (aapi.models, True), *views]


# What tools that look at functions see


@pytest.mark.parametrize("name", NAMES)
def test_a_method_is_a_function_of_its_class_and_tells_whether_it_is_awaited(name: str) -> None:
    """Of the class, of an instance and of its views."""
    for kind, awaited in KINDS:
        function = vars(kind)[name]
        assert inspect.isfunction(function)
        assert inspect.iscoroutinefunction(function) is awaited
        assert (function.__module__, function.__qualname__) == (kind.__module__, f"{kind.__name__}.{name}")
        assert pickle.loads(pickle.dumps(function)) is function
    for client, awaited in clients():
        method = getattr(client, name)
        assert inspect.ismethod(method)
        assert inspect.iscoroutinefunction(method) is awaited
        assert asyncio.iscoroutinefunction(functools.partial(method)) is awaited
        assert not hasattr(method, "__wrapped__")


@pytest.mark.parametrize("name", ["batch", "test"])
def test_the_other_methods_tell_the_truth_too(name: str) -> None:
    """aclose is one of the asynchronous client's alone; paginate and stream return iterators at once."""
    for kind, awaited in KINDS:
        assert inspect.iscoroutinefunction(getattr(kind, name)) is awaited
        assert not inspect.iscoroutinefunction(kind.paginate)  # type: ignore[attr-defined]
        assert not inspect.isasyncgenfunction(kind.stream)  # type: ignore[attr-defined]
        assert inspect.iscoroutinefunction(getattr(kind, "aclose", None)) is awaited


def test_a_signature_is_the_users_view() -> None:
    """Cursors by name, and the answer rather than what the operation makes of its arguments."""
    seen = inspect.signature(AsyncCocApi.clan_members)
    assert str(seen) == (
        "(self, clan_tag: str, params: collections.abc.Mapping[str, typing.Any] | None = None, *, "
        "limit: int | None = None, "
        "after: str | None = None, before: str | None = None) -> 'answers.Page[answers.ClanMember]'"
    )
    assert str(inspect.signature(CocApi.clan_tag).return_annotation) == "answers.Clan"
    assert str(inspect.signature(CocApiModels.clan_tag).return_annotation) == "models.Clan"
    assert list(inspect.signature(CocApi("t", config=settings()).clan_tag).parameters) == ["tag", "params"]


@pytest.mark.parametrize("name", NAMES)
def test_annotations_can_be_evaluated(name: str) -> None:
    """By typing, inspect and so by FastAPI, Typer and pydantic."""
    for kind in (CocApi, AsyncCocApi):
        function = getattr(kind, name)
        hints = typing.get_type_hints(function)
        assert hints["return"] == inspect.signature(function, eval_str=True).return_annotation
        assert set(hints) == {*inspect.signature(function).parameters, "return"} - {"self"}
    assert typing.get_type_hints(AsyncCocApi.clan_tag)["return"] is answers.Clan


@pytest.mark.parametrize("kind", [CocApi, AsyncCocApi])
def test_annotations_mean_the_same_in_the_module_of_the_class(kind: type) -> None:
    """Where pydantic looks for them."""
    for name in NAMES:
        function = vars(kind)[name]
        there = typing.get_type_hints(function, vars(sys.modules[function.__module__]))
        assert there == typing.get_type_hints(function)


def test_methods_that_answer_with_dicts_serve_fastapi_and_pydantic() -> None:
    """Which read their annotations; before Python 3.12 they take typing_extensions' TypedDict alone."""
    app = FastAPI()
    with CocApi("t", config=settings()) as api, CocApi("t", config=ApiConfig(base_url="sandbox://")) as box:
        app.add_api_route("/clans/{tag}", api.clan_tag)
        assert "/clans/{tag}" in app.openapi()["paths"]
        clan = box.clan_tag("#2PP")
        assert TypeAdapter(answers.Clan).validate_python(clan) == clan


def test_help_and_source_can_be_read() -> None:
    """pydoc as in the shell."""
    text = pydoc.render_doc(CocApi("t", config=settings()).clan_tag, renderer=pydoc.plaintext)
    assert "clan_tag(tag: str, params: " in " ".join(text.split()).replace("( ", "(")  # 3.13 folds it
    assert "-> 'answers.Clan'" in text
    assert "One clan, with its members." in text
    whole = pydoc.render_doc(AsyncCocApi, renderer=pydoc.plaintext).replace("|", "")
    assert "async clan_tag(self, tag: str" in " ".join(whole.split()).replace("( ", "(")
    assert "await _call(self, tag, params)" in inspect.getsource(AsyncCocApi.clan_tag)


def test_no_cursor_is_sent_for_a_keyword_of_none() -> None:
    """As whoever fills in the defaults of a signature calls it."""
    script = Script()
    with script.client(only_plugins=("script",)) as api:
        bound = inspect.signature(api.clan_members).bind("#2PP", {"limit": 4})
        bound.apply_defaults()
        api.clan_members(*bound.args, **bound.kwargs)
    assert script.requests[0].query == "limit=4"


def test_a_wrong_keyword_is_a_type_error_that_names_the_method() -> None:
    """Of the real thing as of its autospec."""
    with CocApi("t", config=settings()) as api:
        with pytest.raises(TypeError, match=r"clan_members\(\) got an unexpected keyword argument 'limt'"):
            api.clan_members("#2PP", limt=3)  # type: ignore[call-arg]
        with pytest.raises(TypeError, match=r"clan_tag\(\) missing 1 required positional argument: 'tag'"):
            api.clan_tag()  # type: ignore[call-arg]


def test_patching_a_method_of_the_asynchronous_class_gives_something_to_await() -> None:
    """And leaves the class as it was."""
    before = AsyncCocApi.clan_tag

    async def main() -> Any:
        with mock.patch.object(AsyncCocApi, "clan_tag", return_value={"patched": 1}) as patched:
            async with CocApi("t", config=settings()) as api:
                return await api.clan_tag("#2PP"), patched.await_count

    assert asyncio.run(main()) == ({"patched": 1}, 1)
    assert AsyncCocApi.clan_tag is before


@pytest.mark.parametrize(("kind", "awaited"), KINDS)
def test_mocks_made_of_a_class_are_as_it_is(kind: type, awaited: bool) -> None:
    """create_autospec, MagicMock(spec=…) and AsyncMock(spec=…)."""
    spec = mock.create_autospec(kind, instance=True)
    assert isinstance(spec.clan_tag, mock.AsyncMock) is awaited
    with pytest.raises(TypeError, match="tag"):
        spec.clan_tag()
    with pytest.raises(TypeError, match="limt"):
        spec.clan_members("#2PP", limt=3)
    with pytest.raises(AttributeError):
        _ = spec.clan_tagg
    assert isinstance(mock.MagicMock(spec=kind).clan_tag, mock.AsyncMock) is awaited
    assert isinstance(mock.AsyncMock(spec=kind).clan_tag, mock.AsyncMock) is awaited
    assert isinstance(mock.AsyncMock(spec=kind).stream, mock.AsyncMock) is False


def test_mocks_made_of_an_instance_are_as_it_is() -> None:
    """Properties are looked at, and nothing is sent."""
    script = Script()
    spec = mock.create_autospec(script.async_client(only_plugins=("script",)))
    assert isinstance(spec.clan_tag, mock.AsyncMock)
    assert script.requests == []


def test_decorators_take_a_method_for_what_it_is() -> None:
    """tenacity awaits the asynchronous one; functools.wraps keeps the signature."""
    retry: Any = tenacity.retry(stop=tenacity.stop_after_attempt(1))
    client = AsyncCocApi("t", config=settings())
    again = retry(client.clan_tag)
    assert inspect.iscoroutinefunction(again)
    assert list(inspect.signature(again).parameters) == ["tag", "params"]
    with mock.patch.object(client, "clan_tag", again):
        assert called(client) == CLAN
    with CocApi("t", config=settings()) as api:
        assert retry(api.clan_tag)("#2PP") == CLAN
        assert functools.partial(CocApi.clan_tag, api)("#2PP") == CLAN


def test_a_wrapped_method_can_be_batched_and_says_when_it_has_no_pages() -> None:
    """What wraps an operation is none: its answers are not what the operation's are."""
    with CocApi("t", config=settings()) as api:
        wrapped = functools.wraps(api.clan_members)(lambda tag: api.clan_members(tag))
        assert api.batch(wrapped, ["#2PP"]) == [CLAN]
        with pytest.raises(ValueError, match="has no pages"):
            api.paginate(wrapped, "#2PP")


# Subclasses


class Mixin:
    def shout(self) -> str:
        return f"{self.prefix}!"  # type: ignore[attr-defined]  # for a class that has it


class Base(abc.ABC):
    @abc.abstractmethod
    def hello(self) -> str: ...


class Bot(Mixin, CocApi, Base):
    """A client as people write them."""

    __slots__ = ("prefix",)
    color = "red"

    def __init__(self, prefix: str, token: str, *, loud: bool = False) -> None:
        super().__init__(token, config=settings())
        self.prefix = prefix
        self.loud = loud

    def hello(self) -> str:
        return f"hello {self.prefix}"

    @property
    def upper(self) -> str:
        return self.prefix.upper()


class Overriding(Bot):
    async def clan_tag(self, tag: str) -> Any:  # type: ignore[override]  # it is used in async with alone
        return {"mine": True, **(await super().clan_tag(tag))}  # type: ignore[misc]  # as the line above


def test_a_subclass_of_any_shape_works_in_synchronous_code() -> None:
    """Own arguments, slots, keywords, mixins."""
    with Bot("b", "token", loud=True) as bot:
        assert bot.clan_tag("#2PP") == CLAN
        assert (bot.hello(), bot.upper, bot.shout(), bot.loud) == ("hello b", "B", "b!", True)
        view = bot.with_options(timeout=3)
        assert (view.hello(), view.clan_tag("#2PP")) == ("hello b", CLAN)
        assert repr(bot).startswith("<Bot of https://")


@pytest.mark.parametrize("run", [asyncio.run, lambda main: trio.run(lambda: main)])
def test_a_subclass_keeps_its_class_inside_async_with(run: Callable[[Any], Any]) -> None:
    """And its operations are awaited, its own as the inherited."""

    async def main() -> None:
        async with Overriding("b", "token") as entered:
            bot: Any = entered
            assert isinstance(bot, Overriding)
            assert isinstance(bot, CocApi)
            assert isinstance(bot, AsyncCocApi)
            assert (type(bot).__name__, bot.hello(), bot.upper, bot.color) == (
                "Overriding",
                "hello b",
                "B",
                "red",
            )
            assert await bot.clan_tag("#2PP") == {"mine": True, **CLAN}
            assert await bot.players("#2PP") == CLAN
            assert await bot.batch(bot.players, ["#2PP"]) == [CLAN]
            assert await bot.with_options(timeout=3).clan_tag("#2PP") == {"mine": True, **CLAN}
            assert bot.with_options(timeout=3).hello() == "hello b"
            assert inspect.iscoroutinefunction(bot.goldpass)
            assert isinstance(bot.models, AsyncCocApiModels)
            another = type(bot)("c", "token")
            assert (await another.players("#2PP"), another.hello()) == (CLAN, "hello c")
            await another.aclose()

    run(main())


def kinds_of_subclasses() -> list[Callable[..., CocApi]]:
    class Plain(CocApi):
        def __init__(self) -> None:
            super().__init__("token", config=settings())

    @dataclasses.dataclass(eq=False)
    class Data(CocApi):
        prefix: str = "b"

        def __post_init__(self) -> None:
            super().__init__("token", config=settings())

    class Generic_(CocApi, Generic[T]):  # noqa: N801  # the name is taken
        def __init__(self) -> None:
            super().__init__("token", config=settings())

    class Registering(CocApi):
        known: ClassVar[list[type]] = []

        def __init__(self) -> None:
            super().__init__("token", config=settings())

        def __init_subclass__(cls, *, plugin: str, **keywords: Any) -> None:
            super().__init_subclass__(**keywords)
            cls.known.append(cls)

    class Registered(Registering, plugin="x"): ...

    class Closing(CocApi):
        closed = False

        def __init__(self) -> None:
            super().__init__("token", config=settings())

        async def __aenter__(self) -> Any:
            await super().__aenter__()
            return self

        async def __aexit__(self, *error: object) -> None:
            await super().__aexit__(*error)
            self.closed = True

    class Asynchronous(AsyncCocApi):
        __slots__ = ("prefix",)

        def __init__(self) -> None:
            super().__init__("token", config=settings())

    class Slotted(CocApi):
        __slots__ = ()

        def __init__(self) -> None:
            super().__init__("token", config=settings())

    return [Plain, Data, Generic_[int], Registered, Closing, Asynchronous, Slotted]  # type: ignore[list-item]


@pytest.mark.parametrize("number", range(7))
def test_other_shapes_of_subclasses_keep_theirs_too(number: int) -> None:
    """Dataclasses, generics, registries, own ways in and out, empty slots."""

    async def main() -> Any:
        made: Any = kinds_of_subclasses()[number]()
        kind = type(made)
        async with made as client:
            assert client is made
            assert isinstance(client, kind)
            assert await client.clan_tag("#2PP") == CLAN
            assert len(getattr(kind, "known", [kind])) == 1
        assert getattr(made, "closed", True)

    asyncio.run(main())


def test_a_subclass_has_one_twin_for_all_its_clients() -> None:
    """Classes do not pile up."""

    async def entered() -> type:
        async with Bot("b", "token") as bot:
            return type(bot)

    assert asyncio.run(entered()) is asyncio.run(entered())
    assert type(Bot("b", "token")) is Bot


def test_async_mode_makes_the_same_of_a_client_at_once() -> None:
    """Of a subclass too; and isinstance is not deceived."""

    class Mine(CocApi):
        def __init__(self, **keywords: Any) -> None:
            super().__init__("token", config=settings(), **keywords)

    for made in (Mine(async_mode=True), CocApi("token", config=settings(), async_mode=True)):
        client: Any = made
        assert isinstance(client, CocApi)
        assert isinstance(client, AsyncCocApi)
        assert called(client) == CLAN
    assert isinstance(Mine(async_mode=True), Mine)
    assert AsyncCocApi("token", config=settings(), async_mode=True).async_mode


def test_a_subclass_may_have_operations_of_its_own() -> None:
    """In every world."""

    class Newer(CocApi):
        def __init__(self) -> None:
            super().__init__("token", config=settings())

        @operation("GET /news/{id}", query=None)
        def news(self, id: str, *rest: int, brief: bool = False) -> Arguments[Any, Any]:  # noqa: A002
            """News."""
            return Arguments({"id": id}, {"brief": brief, "rest": len(rest)})

        @operation("GET /latest")
        def latest(self) -> Arguments[answers.Clan, models.Clan]:
            """A clan."""
            return Arguments()

    async def main() -> Any:
        async with Newer() as entered:
            newer: Any = entered
            script = newer.plugins["script"]
            return await newer.news("3", 1, 2, brief=True), script.requests[0].url

    with Newer() as api:
        assert api.news("3") == CLAN
        assert Newer.latest.operation.model == "Clan"  # what the plugin models goes by
    assert asyncio.run(main()) == (CLAN, "https://api.clashofclans.com/v1/news/3?brief=true&rest=2")


def test_a_subclass_that_forgets_to_set_the_client_up_is_told() -> None:
    """By whatever is tried first; and it can be looked at."""

    class Forgetful(CocApi):
        def __init__(self) -> None:
            self.color = "red"

    forgetful = Forgetful()
    assert repr(forgetful) == "<Forgetful, not set up>"
    for attempt in (
        lambda: forgetful.clan_tag("#2PP"),
        lambda: forgetful.token,
        lambda: copy.copy(forgetful),
    ):
        with pytest.raises(AttributeError, match=r"Forgetful\.__init__ must call super\(\)\.__init__"):
            attempt()


def test_a_subclass_may_use_the_plain_names_and_is_told_of_those_it_may_not() -> None:
    """What the client keeps of its own is not overwritten unnoticed."""

    class Busy(CocApi):
        _world_of = "mine"

        def __init__(self) -> None:
            super().__init__("token", config=settings())
            self.operation = self.world = self.session = "mine"

        def request(self) -> str:
            return "mine"

        perform = refuse = request

    with Busy() as busy:
        assert busy.clan_tag("#2PP") == CLAN
        assert busy.request() == "mine"
        with pytest.raises(AttributeError, match=r"Busy\._session is the client's own; choose another name"):
            busy._session = object()


def test_an_asynchronous_client_says_how_it_is_entered_and_closed() -> None:
    """Where synchronous code takes it for a CocApi."""
    client: Any = AsyncCocApi("token", config=settings())
    with pytest.raises(TypeError, match="use async with"), client:
        pass
    with pytest.raises(TypeError, match=r"use await api\.aclose\(\)"):
        client.close()
    asyncio.run(client.aclose())
    client.close()


# Copies and pickles


@dataclasses.dataclass
class Holder:
    api: Any
    number: int = 1


def test_a_copy_is_a_view_and_a_deep_copy_of_a_holder_holds_the_same() -> None:
    """Connections cannot be copied; nothing hangs, and nothing is closed twice."""
    for client, _ in clients():
        view = copy.copy(client)
        assert type(view) is type(client)
        assert view is not client
        assert view.plugins is client.plugins
        assert copy.deepcopy({"a": [client, Holder(client)]})["a"][0] is client
        assert dataclasses.asdict(Holder(client))["api"] is client
        assert dataclasses.replace(Holder(client), number=2).api is client


@pytest.mark.parametrize("of", ["store", "plugins", "background"])
def test_a_deep_copy_of_a_holder_holds_what_is_of_a_client_once(of: str) -> None:
    """A bot keeps more than its client."""
    for client, _ in clients():
        thing = getattr(client, of)
        assert copy.deepcopy([thing])[0] is thing
        assert dataclasses.asdict(Holder(thing))["api"] is thing


def test_a_deep_copy_of_settings_has_tables_of_its_own_and_what_they_name() -> None:
    """A provider of traces, a clock or a factory often cannot be copied, and is meant to be one."""
    lock = threading.Lock()
    factory = functools.partial(dict, lock=lock)
    config = ApiConfig(plugins={"tracing": {"tracer_provider": lock, "hosts": ["a"]}, "mine": factory})
    twin = copy.deepcopy(Holder(config)).api
    assert twin == config
    assert twin.plugins["tracing"]["tracer_provider"] is lock
    assert twin.plugins["mine"] is factory
    twin.plugins["tracing"]["hosts"].append("b")
    assert config.plugins["tracing"]["hosts"] == ["a"]


def test_a_client_is_equal_to_itself_alone() -> None:
    """It can be a key, and be referred to weakly."""
    for client, _ in clients():
        assert client == client
        assert client != copy.copy(client)
        assert {client: 1}[client] == 1
        assert weakref.ref(client)() is client
        assert bool(client)
        assert "clan_tag" in dir(client)
        for probed in (
            "__wrapped__",
            "_mock_methods",
            "__isabstractmethod__",
            "__await__",
            "__len__",
            "shape",
        ):
            assert not hasattr(client, probed)


def test_pickling_a_client_is_refused_in_one_sentence() -> None:
    """By every protocol, of the client, its views and its methods; the token is not in it."""
    for client, _ in clients():
        for thing in (client, client.clan_tag, Holder(client)):
            for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
                with pytest.raises(TypeError, match=r"cannot be pickled.*make one in each process"):
                    pickle.dumps(thing, protocol)


def test_threads_may_make_twins_at_once() -> None:
    """Whoever is first, all work."""

    class Mine(CocApi):
        def __init__(self) -> None:
            super().__init__("token", config=settings(), async_mode=True)

    def call(_: int) -> Any:
        return called(Mine())

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(call, range(16))) == [CLAN] * 16
