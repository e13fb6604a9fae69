"""What travels: every exception of core and plugins, and every message, by pickle, copy and processes."""

import copy
import importlib
import inspect
import multiprocessing
import pickle
import pkgutil
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import cocapi
from cocapi import (
    ApiConfig,
    ApiError,
    CocApiError,
    ConfigError,
    Hit,
    MissingExtra,
    Outcome,
    PluginError,
    PluginRecord,
    Retry,
    Throttled,
    Wait,
)
from cocapi.testing import Script

from .examples import REQUEST, RESPONSE, example, fail

ROOT = Path(cocapi.__file__).parents[1]
FAULT = PluginError("a plugin failed")


def modules() -> Iterator[Any]:
    """Every module of core and plugins."""
    packages = [ROOT / "cocapi", *sorted((ROOT / "plugins").glob("cocapi_*"))]
    for package in packages:
        yield importlib.import_module(package.name)
        for found in pkgutil.walk_packages([str(package)], f"{package.name}."):
            if not found.name.endswith("__main__") and "_pyinstaller." not in found.name:
                yield importlib.import_module(found.name)


def exceptions() -> list[type[BaseException]]:
    """Every exception that is defined in one of them."""
    return sorted(
        {
            value
            for module in modules()
            for value in vars(module).values()
            if inspect.isclass(value)
            and issubclass(value, BaseException)
            and value.__module__ == module.__name__
        },
        key=lambda kind: kind.__qualname__,
    )


def known(error: BaseException) -> dict[str, Any]:
    """All that can be read of an exception, as comparable values."""
    told = {**vars(error), "args": error.args, "str": str(error), "kind": type(error)}
    response = told.get("response")
    if response is not None:
        told["response"] = (response.status_code, response.headers, response.content)
    return told


def sent(thing: Any) -> Iterator[Any]:
    """What comes of it in another process."""
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        yield pickle.loads(pickle.dumps(thing, protocol))


def copies(thing: Any) -> Iterator[Any]:
    """What comes of it in every way."""
    yield from sent(thing)
    yield copy.copy(thing)
    yield copy.deepcopy(thing)


@pytest.mark.parametrize("kind", exceptions(), ids=lambda kind: kind.__qualname__)
def test_every_exception_arrives_with_all_it_knows(kind: type[BaseException]) -> None:
    """Attributes, notes and words; of those that users catch the cause too."""
    error = example(kind)
    for arrived in copies(error):
        assert known(arrived) == known(error)
        assert "a note" in "".join(traceback.format_exception(arrived))
        if kind.__name__ in cocapi.__all__ and not isinstance(error, Warning):
            assert repr(arrived.__cause__) == repr(error.__cause__)


def test_an_error_of_a_plugins_own_may_take_what_arguments_it_likes() -> None:
    """It is put together without asking them."""
    for arrived in copies(Own(3, unit="s")):
        assert (arrived.seconds, str(arrived), arrived.args) == (3, "3s", ("3s",))


class Own(CocApiError):
    def __init__(self, seconds: float, *, unit: str) -> None:
        super().__init__(f"{seconds}{unit}")
        self.seconds = seconds


class Stubborn(Exception):
    """Pickles, and cannot be put together again, as those of many a library."""

    def __init__(self, *, request: object) -> None:
        super().__init__("no")


@pytest.mark.parametrize("cause", [Stubborn(request=1), ValueError(lambda: None)])
def test_a_cause_that_cannot_travel_stays_behind(cause: Exception) -> None:
    """The error itself arrives."""
    error = PluginError("a plugin failed")
    error.__cause__ = cause
    for arrived in sent(error):
        assert (str(arrived), arrived.__cause__) == ("a plugin failed", None)


def test_a_copy_has_the_very_same_cause_and_context_and_attributes_of_its_own() -> None:
    """Also such as cannot be pickled; what is noted on one is not noted on the other."""
    error = example(PluginError)
    error.__cause__, error.__context__ = Stubborn(request=1), KeyError("meanwhile")
    for twin in (copy.copy(error), copy.deepcopy(error), copy.deepcopy([error, error])[1]):
        assert (twin.__cause__, twin.__context__) == (error.__cause__, error.__context__)
        assert twin.__suppress_context__
    copy.deepcopy(error).add_note("another")
    assert error.__notes__ == ["a note"]


def test_a_long_chain_of_causes_arrives_at_the_cost_of_its_links() -> None:
    """Each cause was pickled for each error above it and once more: 25 were 2**25."""
    error = PluginError("0")
    for number in range(1, 300):
        above = PluginError(f"{number}")
        above.__cause__, error = error, above
    for arrived in sent(error):
        messages = []
        while arrived is not None:
            messages.append(arrived.message)
            arrived = arrived.__cause__
        assert messages == [f"{number}" for number in range(299, -1, -1)]


def test_errors_that_cause_each_other_arrive() -> None:
    """Each once."""
    error, other = PluginError("a"), PluginError("b")
    error.__cause__, other.__cause__ = other, error
    for arrived in copies(error):
        assert str(arrived.__cause__) == "b"


def test_groups_of_errors_travel() -> None:
    """As task groups raise them."""
    group = ExceptionGroup("two", [example(Throttled), example(MissingExtra)])  # type: ignore[list-item]
    for arrived in copies(group):
        assert [known(error) for error in arrived.exceptions] == [known(error) for error in group.exceptions]


@pytest.mark.parametrize("pool", ["executor", "multiprocessing"])
def test_errors_cross_a_process_pool(pool: str) -> None:
    """A worker's error is the caller's error, and the pool goes on."""
    kinds = [Throttled, MissingExtra, PluginError, ConfigError]
    spawn = multiprocessing.get_context("spawn")
    if pool == "executor":
        with ProcessPoolExecutor(1, mp_context=spawn) as executor:
            expect(kinds, lambda kind: executor.submit(fail, kind).result(60))
    else:
        with spawn.Pool(1) as processes:
            expect(kinds, lambda kind: processes.apply_async(fail, (kind,)).get(60))


def expect(kinds: list[Any], call: Callable[[Any], Any]) -> None:
    for kind in kinds:
        with pytest.raises(kind) as raised:
            call(kind)
        assert str(raised.value) == str(example(kind))


@pytest.mark.parametrize(
    "message",
    [
        REQUEST,
        Outcome(REQUEST, None, {"a": 1}, attempts=2),
        Wait(1.5),
        Retry(2.0),
        ApiConfig(timeout=3, plugins={"cache": False, "retry": {"budget": 5}}),
        PluginRecord("cache", on=True),
    ],
    ids=lambda message: type(message).__name__,
)
def test_every_message_arrives(message: Any) -> None:
    """Equal to what was sent."""
    for arrived in copies(message):
        assert arrived == message
        assert repr(arrived) == repr(message)


def test_messages_with_a_response_arrive() -> None:
    """A response is equal to itself alone, so its parts are compared."""
    for arrived in copies(Hit(RESPONSE, stale=True)):
        assert arrived.stale
        assert vars(arrived.response) == vars(RESPONSE)
    for arrived in copies(Outcome(REQUEST, RESPONSE, error=FAULT)):
        assert vars(arrived.response) == vars(RESPONSE)
        assert str(arrived.error) == str(FAULT)


def test_notes_for_a_call_stay_with_it() -> None:
    """Copies in the process share them; another process has none of its locks and spans."""
    assert copy.copy(REQUEST).state is REQUEST.state
    assert copy.deepcopy(REQUEST).state == {}
    assert pickle.loads(pickle.dumps(REQUEST)).state == {}
    assert copy.copy(REQUEST).url == REQUEST.url


def test_a_real_failure_travels_from_every_transport_and_plugin(play: Callable[..., Any]) -> None:
    """With the response and its headers as the call made them."""
    with pytest.raises(ApiError) as raised:
        play(Script(RESPONSE), "clan_tag", "#2PP", raise_errors=True, max_retries=1)
    for arrived in copies(raised.value):
        assert known(arrived) == known(raised.value)
