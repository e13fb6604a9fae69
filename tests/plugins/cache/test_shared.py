"""A store behind the memory: what one client of it knows, the others know."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from cocapi import ApiConfig, CocApi, ConnectionFailed, Flow, Request, Response, Store, hookimpl, key_id_of
from cocapi.clocks import elapsed
from cocapi.testing import Clock, Script, json_response
from cocapi_cache import SharedCache, backing, invalidations, leases
from cocapi_memory import MemoryStore

CLAN = json_response({"tag": "#2PP"})
OTHER = json_response({"tag": "#2PP", "name": "Reddit Zulu"})


class Counted:
    """A store that counts its verbs, and fails while it is away."""

    VERBS = (
        *(
            "get",
            "put",
            "forget",
            "claim",
            "extend",
            "put_held",
            "release",
            "get_or_claim",
            "put_and_release",
        ),
        *("admit", "append", "read", "trim", "close"),
    )

    def __init__(self, store: Store) -> None:
        self.store = store
        self.verbs: Counter[str] = Counter()
        self.away = False
        for verb in self.VERBS:
            setattr(self, verb, partial(self.ask, verb))

    def ask(self, verb: str, *arguments: Any) -> Flow[Any]:
        self.verbs[verb] += 1
        if self.away:
            raise OSError("no route to the store")
        return (yield from getattr(self.store, verb)(*arguments))

    @hookimpl
    def cocapi_store(self, config: ApiConfig) -> Any:
        return self if config.store.startswith("office:") else None


class Office:
    """Clients that share a store, a script, and a clock that is moved by hand."""

    def __init__(self, talk: Any) -> None:
        self.talk = talk
        self.clock = Clock()
        self.memory = MemoryStore(age=self.clock)
        self.store = Counted(self.memory)

    def client(self, script: Script, **settings: Any) -> Any:
        """A client whose memory is empty."""
        plugins = {
            "office": lambda _: self.store,
            "cache": lambda config: SharedCache(config, clock=self.clock, date=self.clock),
        }
        return self.talk(
            script, store="office://", only_plugins=("script", "cache", "office"), plugins=plugins, **settings
        )


@pytest.fixture
def office(talk: Any) -> Office:
    return Office(talk)


@pytest.fixture
def watchful(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each call learns first what was invalidated."""
    monkeypatch.setattr(invalidations, "OUTDATED", -1.0)


def test_what_one_client_asked_for_no_other_asks_again(office: Office) -> None:
    """The second has it from the store, and from then on in its memory."""
    here, there = office.client(Script(CLAN)), office.client(Script())
    assert here.ask("clan_tag", "#2PP") == there.ask("clan_tag", "2pp") == {"tag": "#2PP"}
    office.store.verbs.clear()
    assert there.ask("clan_tag", "#2PP") == {"tag": "#2PP"}
    assert office.store.verbs["get_or_claim"] == 0
    assert there.sent == 0
    assert there.cache.stats()["stats"] == {
        "hits": 2,
        "misses": 0,
        "sets": 1,
        "evictions": 0,
        "coalesced": 0,
        "stale": 0,
        "shared": 1,
    }


def test_the_verbs_of_a_call_are_as_the_page_says(office: Office) -> None:
    """A miss takes two, an answer of the store one, an answer of the memory none; all by a key that shows
    neither tag nor token."""
    here, there = office.client(Script(CLAN)), office.client(Script())
    here.ask("goldpass")
    there.ask("goldpass")  # both are open now

    def verbs(client: Any) -> dict[str, int]:
        office.store.verbs.clear()
        client.ask("clan_tag", "#2PP")
        counted = dict(office.store.verbs)
        counted.pop("read", None)  # once a second, beside the calls
        return counted

    assert verbs(here) == {"get_or_claim": 1, "put_and_release": 1}
    assert verbs(here) == {}
    assert verbs(there) == {"get_or_claim": 1}
    names = [*office.memory.values, *office.memory.logs]
    assert len(names) == 3
    assert all(name.startswith(f"cache:1:{key_id_of('token')}:") and "2PP" not in name for name in names)


def test_an_answer_ages_wherever_it_is(office: Office) -> None:
    """Sixty seconds after it came it is over, also for who took it from the store at fifty."""
    here, there = office.client(Script(CLAN), cache_ttl=60), office.client(Script(OTHER), cache_ttl=60)
    here.ask("clan_tag", "#2PP")
    office.clock.advance(50)
    there.ask("clan_tag", "#2PP")
    office.clock.advance(11)
    assert there.ask("clan_tag", "#2PP")["name"] == "Reddit Zulu"
    assert there.sent == 1


@pytest.mark.parametrize(
    ("headers", "after", "sent"),
    [
        ({"cache-control": "max-age=30"}, 29, 0),
        ({"cache-control": "max-age=30"}, 31, 1),
        ({"cache-control": "max-age=30", "age": "20"}, 15, 1),
        ({"cache-control": "no-store"}, 0, 1),
    ],
)
def test_the_server_says_how_long_for_all(
    office: Office, headers: dict[str, str], after: float, sent: int
) -> None:
    """With cache_ttl="server", Cache-Control and Age count for whoever takes it from the store."""
    settings = {"cache_ttl": "server"}
    here = office.client(Script(json_response({"tag": "#2PP"}, headers=headers)), **settings)
    there = office.client(Script(OTHER), **settings)
    here.ask("clan_tag", "#2PP")
    office.clock.advance(after)
    there.ask("clan_tag", "#2PP")
    assert there.sent == sent


def test_a_stale_answer_of_the_store_stands_in_for_a_failure(office: Office) -> None:
    """A process that was just started has what others kept for when the API fails."""
    settings = {"cache_ttl": 60, "cache_stale_if_error": 600}
    here, there = office.client(Script(CLAN), **settings), office.client(Script(Response(503)), **settings)
    here.ask("clan_tag", "#2PP")
    office.clock.advance(75)
    assert there.ask("clan_tag", "#2PP") == {"tag": "#2PP", "_stale": 15.0}
    assert office.memory.leases == {}


def test_a_fresh_answer_takes_the_place_of_the_one_in_the_store(office: Office) -> None:
    """Asked for with cache=False, and there for whoever starts later."""
    here, there = office.client(Script(CLAN, OTHER)), office.client(Script())
    here.ask("clan_tag", "#2PP")
    here.ask("clan_tag", "#2PP", cache=False)
    assert there.ask("clan_tag", "#2PP")["name"] == "Reddit Zulu"


@pytest.mark.usefixtures("watchful")
@pytest.mark.parametrize(
    "forget",
    [
        lambda cache: cache.invalidate("#2PP"),
        lambda cache: cache.invalidate("/clans/{clanTag}", clanTag="#2PP"),
        lambda cache: cache.clear(),
    ],
    ids=["tag", "template", "clear"],
)
def test_what_one_client_invalidates_no_other_uses(office: Office, forget: Callable[[Any], int]) -> None:
    """Neither from its memory nor from the store; and what comes then is there for all."""
    here, there, third = (office.client(Script(CLAN, OTHER)) for _ in range(3))
    here.ask("clan_tag", "#2PP")
    there.ask("clan_tag", "#2PP")
    assert forget(here.cache) == 1
    assert here.ask("clan_tag", "#2PP")["name"] == "Reddit Zulu"
    assert there.ask("clan_tag", "#2PP")["name"] == "Reddit Zulu"
    assert third.ask("clan_tag", "#2PP")["name"] == "Reddit Zulu"
    assert (here.sent, there.sent, third.sent) == (2, 0, 0)


@pytest.mark.usefixtures("watchful")
def test_what_is_invalidated_elsewhere_leaves_the_rest(office: Office) -> None:
    """The clan that nobody named stays in memory."""
    here, there = office.client(Script(CLAN)), office.client(Script(CLAN, CLAN, OTHER))
    there.ask("clan_tag", "#8QU")
    there.ask("clan_tag", "#2PP")
    here.cache.invalidate("#2PP")
    here.ask("goldpass")
    assert there.ask("clan_tag", "#8QU") == {"tag": "#2PP"}
    assert there.ask("clan_tag", "#2PP")["name"] == "Reddit Zulu"


def test_an_answer_asked_for_before_an_invalidation_is_not_used_after_it(office: Office) -> None:
    """However late it comes, and whoever asked for it: it bears the mark of what was known then."""
    late = Script(CLAN)
    here, there, third = office.client(late), office.client(Script(CLAN)), office.client(Script(OTHER))
    send = late.send, late.asend

    def invalidated_meanwhile(request: Request) -> Response:
        there.cache.invalidate("#2PP")
        office_tell(there)
        return send[0](request)

    async def ainvalidated_meanwhile(request: Request) -> Response:
        return invalidated_meanwhile(request)

    late.send, late.asend = invalidated_meanwhile, ainvalidated_meanwhile  # type: ignore[method-assign]
    there.ask("goldpass")  # which opens it
    here.ask("clan_tag", "#2PP")
    assert third.ask("clan_tag", "#2PP")["name"] == "Reddit Zulu"


def test_an_answer_whose_process_knows_more_is_used_when_that_is_known_too(office: Office) -> None:
    """Something else was invalidated a moment ago: the log is read, and the answer stands."""
    here, there = office.client(Script(CLAN, CLAN)), office.client(Script(OTHER))
    there.ask("goldpass")
    here.cache.invalidate("#8QU")
    here.ask("clan_tag", "#2PP")
    assert there.ask("clan_tag", "#2PP") == {"tag": "#2PP"}
    assert there.sent == 1


def office_tell(client: Any) -> None:
    """Let a client tell at once what it would within a second."""
    flow = client.cache.answers.close()
    with pytest.raises(StopIteration):
        next(flow)  # the store is in memory: nothing to wait for


def test_an_invalidation_is_told_within_the_bound() -> None:
    """With nobody calling anything meanwhile: by the work in the background, or by closing."""
    office = Office(None)
    with quiet_client(office) as api, quiet_client(office) as other:
        other.clan_tag("#2PP")
        api.clan_tag("#2PP")
        api.cache.invalidate("#2PP")
        until(lambda: other.cache.stats()["total_entries"] == 0, invalidations.INTERVAL * 3)
    with quiet_client(office) as api:
        api.cache.invalidate("#8QU")
        before = len(office.memory.logs[next(iter(office.memory.logs))])
    assert len(office.memory.logs[next(iter(office.memory.logs))]) == before + 1


def quiet_client(office: Office) -> CocApi:
    """A client whose background work runs by real time."""
    script = Script(CLAN, CLAN)
    plugins = {"office": lambda _: office.store, "script": lambda _: script}
    settings = ApiConfig(
        store="office://",
        verify_token=False,
        only_plugins=("script", "office", "cache"),
        plugins=plugins,
    )
    return CocApi("token", config=settings)


def until(condition: Callable[[], bool], seconds: float = 30) -> None:
    """Wait for something, no longer than that and what a busy machine takes."""
    end = elapsed() + seconds + 10
    while not condition():
        assert elapsed() < end, "it did not come about"
        time.sleep(0.01)


@pytest.mark.usefixtures("watchful")
@pytest.mark.parametrize("lose", ["all", "cut", "other"])
def test_a_log_that_is_lost_costs_answers_and_never_shows_old_ones(office: Office, lose: str) -> None:
    """Redis may evict it: all answers that were there before are asked for again, once."""
    here, there = office.client(Script(CLAN)), office.client(Script(CLAN, OTHER))
    here.ask("clan_tag", "#2PP")
    there.ask("clan_tag", "#2PP")
    here.cache.invalidate("#2PP")
    office_tell(here)
    log = next(iter(office.memory.logs))
    entries = office.memory.logs.pop(log)
    for number in range({"all": 0, "cut": 0, "other": 5}[lose]):
        list(office.memory.append(log, b"%d" % number))
    if lose == "cut":
        office.memory.logs[log] = entries
        for _ in range(3):
            here.cache.invalidate("#2PP")
        office_tell(here)
        list(office.memory.trim(log, 1))
    assert there.ask("clan_tag", "#2PP") == {"tag": "#2PP"}
    assert there.sent == 1
    assert there.ask("clan_tag", "#2PP") == {"tag": "#2PP"}
    assert there.sent == 1


def test_damage_and_other_versions_are_misses(office: Office) -> None:
    """Whatever stands in the store, the call is answered, and puts it right."""
    here, there = office.client(Script(CLAN)), office.client(Script(OTHER))
    here.ask("clan_tag", "#2PP")
    name = next(iter(office.memory.values))
    list(office.memory.put(name, b"ca\2 of a later version"))
    assert there.ask("clan_tag", "#2PP")["name"] == "Reddit Zulu"
    assert office.client(Script()).ask("clan_tag", "#2PP")["name"] == "Reddit Zulu"


def test_other_tokens_share_nothing_unless_they_name_a_scope(office: Office) -> None:
    """The store of two applications, or of one with two keys."""
    plugins = {"office": lambda _: office.store}
    names = ("script", "cache", "office")

    def asked(token: str, **options: Any) -> int:
        script = Script(OTHER)
        settings = {"plugins": {**plugins, "cache": options} if options else plugins}
        with script.client(token, store="office://", only_plugins=names, **settings) as api:
            api.clan_tag("#2PP")
        return len(script.requests)

    assert (asked("one"), asked("another"), asked("one")) == (1, 1, 0)
    assert (asked("another", scope="tracker"), asked("third", scope="tracker")) == (1, 0)


def test_no_token_is_in_the_store(office: Office) -> None:
    """Nor where the server sends it back in a header or in the body."""
    echo = json_response({"you sent": "Bearer s3cret-of-mine"}, headers={"x-echo": "s3cret-of-mine"})
    plugins = {"office": lambda _: office.store}
    names = ("script", "cache", "office")
    with Script(echo).client("s3cret-of-mine", store="office://", only_plugins=names, plugins=plugins) as api:
        api.clan_tag("#2PP")
        api.cache.invalidate("#2PP")
    kept = repr((office.memory.values, office.memory.logs, office.memory.leases))
    assert len(office.memory.values) == 1
    assert "s3cret" not in kept


def test_while_the_store_is_away_calls_go_on(
    office: Office, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Answers come from memory and from the API; what is invalidated meanwhile is told when it is back."""
    monkeypatch.setattr("cocapi.client.store.PAUSE", 0.0)
    monkeypatch.setattr(invalidations, "OUTDATED", -1.0)
    here, there = office.client(Script(CLAN, OTHER, CLAN)), office.client(Script(CLAN))
    there.ask("clan_tag", "#2PP")
    here.ask("clan_tag", "#2PP")
    office.store.away = True
    assert here.ask("clan_tag", "#2PP") == {"tag": "#2PP"}
    here.cache.invalidate("#2PP")
    here.ask("clan_tag", "#2PP")
    assert here.sent == 1
    office.store.away = False
    assert there.ask("clan_tag", "#2PP") == {"tag": "#2PP"}
    here.ask("clan_tag", "#8QU")
    there.ask("clan_tag", "#2PP")
    assert there.sent == 1 + 1
    assert len([record for record in caplog.records if record.levelname == "WARNING"]) == 1


class Network:
    """A transport that holds its answers back for as long as a test likes, and counts.

    Attributes:
        sent: Requests so far.
        ready: Whether the answer to a request may go, which counts from 1.
    """

    def __init__(self, answer: Response, ready: Callable[[int], bool] = lambda number: True) -> None:
        self.answer = answer
        self.ready = ready
        self.sent = 0
        self.lock = threading.Lock()

    @hookimpl(tryfirst=True)
    def cocapi_transport(self) -> "Network":
        return self

    def send(self, request: Request) -> Response:
        with self.lock:
            self.sent += 1
            number = self.sent
        until(lambda: self.ready(number))
        if self.answer.status_code == 599:
            raise ConnectionFailed("lost")
        return self.answer

    def close(self) -> None: ...


class Refusing(Counted):
    """Knows which threads got neither an answer nor a lease."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.refused: set[int] = set()

    def ask(self, verb: str, *arguments: Any) -> Flow[Any]:
        answer = yield from super().ask(verb, *arguments)
        if answer is None and verb in ("get_or_claim", "claim"):
            self.refused.add(threading.get_ident())
        return answer


class Crowd:
    """Clients of one store, in each of which five threads ask for one thing at once."""

    THREADS = 5

    def __init__(self) -> None:
        self.clients: list[CocApi] = []
        self.threads: list[threading.Thread] = []
        self.answers: list[Any] = []

    def begin(self, network: Network, memory: MemoryStore, number: int = 4, **settings: Any) -> None:
        """Let so many clients ask."""
        self.close()
        self.store = Refusing(memory)
        config = ApiConfig(
            store="office://",
            verify_token=False,
            only_plugins=("network", "office", "cache"),
            plugins={"network": lambda _: network, "office": lambda _: self.store},
            **settings,
        )
        self.answers.clear()
        self.clients[:] = [CocApi("token", config=config) for _ in range(number)]
        self.threads[:] = [
            threading.Thread(target=self.call, args=[api], daemon=True)
            for api in self.clients
            for _ in range(self.THREADS)
        ]
        for thread in self.threads:
            thread.start()

    def call(self, api: CocApi) -> None:
        self.answers.append(api.clan_tag("#2PP"))

    def end(self) -> list[Any]:
        """What all were answered."""
        for thread in self.threads:
            thread.join(60)
        assert len(self.answers) == len(self.threads)
        return self.answers

    def ask(self, network: Network, memory: MemoryStore, number: int = 4, **settings: Any) -> list[Any]:
        self.begin(network, memory, number, **settings)
        return self.end()

    def waits(self, leaders: int = 1) -> bool:
        """Whether all wait but so many: four in each client for a fifth, and these for one of them."""
        flights = [flight for api in self.clients for flight in api.cache.answers.flights.values()]
        joined = sum(flight.joined for flight in flights)
        return joined == len(self.threads) - len(self.clients) and (
            len(self.store.refused) == len(self.clients) - leaders
        )

    def close(self) -> None:
        for api in self.clients:
            api.close()


@pytest.fixture
def crowd() -> Iterator[Crowd]:
    """Who asks for the same at once."""
    crowd = Crowd()
    yield crowd
    crowd.close()


def test_identical_calls_meet_in_all_clients(crowd: Crowd) -> None:
    """Twenty calls in four clients are one request."""
    network = Network(CLAN, lambda _: crowd.waits())
    assert crowd.ask(network, MemoryStore()) == [{"tag": "#2PP"}] * 20
    assert network.sent == 1


def test_a_refusal_is_told_to_all_who_wait_and_to_nobody_later(crowd: Crowd) -> None:
    """404 answers the question itself, in whichever process it is asked."""
    network, memory = (
        Network(json_response({"reason": "notFound"}, 404), lambda _: crowd.waits()),
        MemoryStore(),
    )
    assert {answer["status_code"] for answer in crowd.ask(network, memory)} == {404}
    assert network.sent == 1
    crowd.ask(network, memory)
    assert network.sent == 2


def test_those_who_wait_for_what_may_not_be_kept_ask_at_once(crowd: Crowd) -> None:
    """Not one after another: none of those who waited for the first is answered before all of them have
    asked, four of its own client and the first of each other; nor of those who waited for these. Nobody's
    own time helps it on."""
    unshared = json_response({"tag": "#2PP"}, headers={"cache-control": "no-store"})
    network = Network(
        unshared,
        lambda number: crowd.waits() if number == 1 else network.sent >= (8 if number <= 8 else 20),
    )
    crowd.ask(network, MemoryStore(), cache_ttl="server", timeout=600)
    assert network.sent == 20


def test_in_maintenance_one_call_asks_and_the_others_have_what_is_stale(crowd: Crowd) -> None:
    """Where each has the stale answer from the store."""
    memory, settings = MemoryStore(), {"cache_ttl": 0.001, "cache_stale_if_error": 600}
    crowd.ask(Network(CLAN), memory, number=1, **settings)
    network = Network(Response(503), lambda _: crowd.waits())
    assert all("_stale" in answer for answer in crowd.ask(network, memory, **settings))
    assert network.sent == 1


def test_a_leader_that_was_killed_holds_the_others_for_its_lease_only(crowd: Crowd) -> None:
    """Nobody extends it; one of those who wait asks then."""
    clock = Clock()
    network, memory = Network(CLAN), MemoryStore(clock=clock)
    crowd.ask(network, memory, number=1)
    lease_of_the_dead(memory, 3)
    crowd.begin(network, memory)
    until(lambda: crowd.waits(leaders=0))
    assert network.sent == 1
    clock.advance(3)
    crowd.end()
    assert network.sent == 2


def test_nobody_waits_longer_than_its_own_timeout(crowd: Crowd) -> None:
    """Whatever another process does with its lease."""
    network, memory = Network(CLAN), MemoryStore()
    crowd.ask(network, memory, number=1)
    lease_of_the_dead(memory, 1000)
    started = elapsed()
    crowd.ask(network, memory, number=1, timeout=0.5)
    assert network.sent == 2
    assert elapsed() - started >= 0.5


def lease_of_the_dead(memory: MemoryStore, seconds: float) -> None:
    """Claim the lease of the one answer there is, and drop that."""
    name = next(iter(memory.values))
    memory.values.clear()
    assert list(memory.claim(name, seconds)) == []


def test_a_lease_is_extended_while_its_call_is_under_way(
    crowd: Crowd, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The others wait for a slow answer, longer than a lease lasts."""
    monkeypatch.setattr(backing, "INTERVAL", 0.01)
    clock = Clock()
    memory = MemoryStore(clock=clock)
    network = Network(CLAN, lambda _: clock() > start + 3 * leases.LEASE)
    start = clock()
    crowd.begin(network, memory, number=2)
    until(crowd.waits)
    for _ in range(4):
        extended = crowd.store.verbs["extend"]
        until(lambda before=extended: crowd.store.verbs["extend"] > before + 1)
        clock.advance(0.9 * leases.LEASE)
    assert crowd.end() == [{"tag": "#2PP"}] * 10
    assert network.sent == 1


def test_a_call_that_ends_without_an_answer_leaves_no_lease(crowd: Crowd) -> None:
    """Each failure is its caller's own, as in one process; then the lease is free."""
    memory = MemoryStore()
    crowd.ask(Network(Response(599)), memory, number=1)
    assert memory.leases == {}
