"""Every public name of cocapi 4.0.1, and what it takes: it is here, or docs/how-to/migrate.md tells of it.

``surface.json`` was written down from 4.0.1 by introspection: by module, names; of functions and classes the
parameters with the text of their default, of models the fields. Events and credentials have their own tests.
"""

import inspect
import json
import warnings
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import cocapi
from cocapi import ApiConfig, CocApi
from cocapi.compat.classes import SUCCESSORS

pytestmark = pytest.mark.once

SURFACE: dict[str, dict[str, Any]] = json.loads((Path(__file__).parent / "surface.json").read_text())
GUIDE = (Path(__file__).parents[2] / "docs/how-to/migrate.md").read_text(encoding="utf-8")

GONE = {
    "cocapi.model_registry.get_model_for_endpoint": "`cocapi.model_registry`",
    "cocapi.model_registry.resolve_response": "`cocapi.model_registry`",
}
"""What is not there any more, and the words of its row in the guide."""

OTHERWISE = {
    "cocapi.client.CocApi.paginate": "``paginate(method, *args, **keywords)`` takes limit among the keywords",
}
"""What takes the same arguments, though its signature says it in other words."""

NAMESPACES = {"CacheManager": "cache", "MetricsTracker": "metrics", "MiddlewareManager": "middleware"}


def items(*kinds: str) -> Iterator[Any]:
    """Pairs of module and name."""
    for module, names in SURFACE.items():
        for name, what in names.items():
            kind = (
                what
                if isinstance(what, str)
                else next(key for key in ("fields", "has", "takes") if key in what)
            )
            if kind in kinds:
                yield pytest.param(module, name, id=f"{module}.{name}")


def found(module: str, name: str) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return getattr(import_module(module), name)


@pytest.mark.parametrize(("module", "name"), [*items("class", "function", "value", "fields", "has", "takes")])
def test_a_name_is_there_or_in_the_guide(module: str, name: str) -> None:
    """In the module that it was in."""
    if words := GONE.get(f"{module}.{name}"):
        assert words in GUIDE
        return
    found(module, name)


@pytest.mark.parametrize(("module", "name"), [*items("takes")])
def test_a_function_takes_what_it_took(module: str, name: str) -> None:
    """At the same places and by the same names."""
    if f"{module}.{name}" not in GONE:
        check(found(module, name), SURFACE[module][name]["takes"])


def methods() -> Iterator[Any]:
    for module, names in SURFACE.items():
        for name, what in names.items():
            if isinstance(what, dict) and "has" in what and name not in {*NAMESPACES, *SUCCESSORS}:
                for member, takes in what["has"].items():
                    yield pytest.param(module, name, member, takes, id=f"{module}.{name}.{member}")


@pytest.mark.parametrize(("module", "name", "member", "takes"), [*methods()])
def test_a_method_takes_what_it_took(module: str, name: str, member: str, takes: Any) -> None:
    """And attributes are there; of dataclasses with the same default."""
    kind = found(module, name)
    if takes == "attribute":
        assert hasattr(kind, member) or member in kind.__annotations__
    elif f"{module}.{name}.{member}" not in OTHERWISE:
        check(getattr(kind, member), [*([] if inspect.ismethod(getattr(kind, member)) else ["self"]), *takes])


@pytest.mark.parametrize("name", ["CocApi", "ApiConfig", "CacheEntry", "RequestMetric"])
def test_a_class_takes_what_it_took(name: str) -> None:
    """In the same order, with the same defaults."""
    home = "cocapi.client" if name == "CocApi" else "cocapi.config"
    check(found(home, name), SURFACE[home][name]["takes"])


def check(function: Any, takes: list[Any]) -> None:
    """Compare what a function takes now with what it took."""
    now = list(inspect.signature(function).parameters.values())
    for place, parameter in enumerate(takes):
        name, *default = parameter if isinstance(parameter, list) else [parameter]
        if now[place].kind is inspect.Parameter.VAR_POSITIONAL:
            return
        if name not in ("self", now[place].name):
            raise AssertionError(f"{function} takes {now[place].name} where it took {name}")
        if default:
            assert repr(now[place].default) == default[0], name
    optional = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    for parameter in now[len(takes) :]:
        assert parameter.default is not inspect.Parameter.empty or parameter.kind in optional, parameter


@pytest.mark.parametrize(("name", "namespace"), [*NAMESPACES.items()])
def test_the_namespaces_have_the_methods_of_the_classes_that_are_gone(name: str, namespace: str) -> None:
    """Each works, or says in one sentence what to use; the class is still that of what the client has."""
    home = f"cocapi.{namespace}"
    with CocApi("token", config=ApiConfig(base_url="sandbox://", enable_metrics=True)) as api:
        manager = getattr(api, namespace)
        assert isinstance(manager, found(home, name))
        for member in SURFACE[home][name]["has"]:
            if member in manager.GONE:
                with pytest.raises(AttributeError, match=f"{member} is gone since 5.0: "):
                    getattr(manager, member)
            else:
                assert callable(getattr(manager, member))
        with pytest.raises(AttributeError, match=r"object has no attribute 'nothing'$"):
            manager.nothing  # noqa: B018  # it is asked for


@pytest.mark.parametrize("name", [*SUCCESSORS])
def test_a_class_that_is_gone_is_another_with_one_warning(name: str) -> None:
    """Wherever it was imported from; the guide names it."""
    _, kind, way = SUCCESSORS[name]
    homes = ["cocapi"] if name != "ApiMethods" else []
    homes += [module for module, names in SURFACE.items() if isinstance(names.get(name), dict)]
    for home in homes:
        with pytest.warns(
            DeprecationWarning, match=f"cocapi.{name} is another name of .*: use {way}"
        ) as caught:
            assert getattr(import_module(home), name).__name__ == kind
        assert len(caught) == 1
        assert caught[0].filename == __file__
    assert f"`{name}`" in GUIDE


@pytest.mark.parametrize(("module", "name"), [*items("fields")])
def test_a_model_has_the_fields_that_it_had(module: str, name: str) -> None:
    """By the wire's names."""
    pytest.importorskip("pydantic")
    kind = found(module, name)
    ours = {info.alias or field for field, info in kind.model_fields.items()}
    assert set(SURFACE[module][name]["fields"]) - ours - MISSING.get(name, set()) == set()


MISSING: dict[str, set[str]] = {}
"""Fields of 4.0.1 that the API has never sent; they are read as any that is unknown."""


def test_instances_have_the_attributes_that_they_had() -> None:
    """Those that 4.0.1 set when a client was made."""
    with CocApi("token", config=ApiConfig(base_url="sandbox://", enable_metrics=True)) as api:
        for name in [
            "token",
            "timeout",
            "status_code",
            "config",
            "async_mode",
            "ENDPOINT",
            "headers",
            "cache",
            "metrics",
            "middleware",
            "DEFAULT_PARAMS",
            "ERROR_INVALID_PARAM",
        ]:
            assert hasattr(api, name), name
        assert api.DEFAULT_PARAMS == ("limit", "after", "before")
        assert api.clan_members("#2PP", {"limt": 1})["message"] == api.ERROR_INVALID_PARAM["message"]


def test_a_star_import_has_what_it_had() -> None:
    """The models too; but for the classes that are gone, which would each warn."""
    scope: dict[str, Any] = {}
    exec("from cocapi import *", scope)  # noqa: S102  # the statement itself
    exported = set(SURFACE["cocapi"]) - {*SUCCESSORS, "name", "__author__", "__email__"}
    assert exported - scope.keys() == set()
    assert scope["Clan"] is cocapi.Clan


@pytest.mark.parametrize("name", ["__author__", "__email__", "name"])
def test_words_about_the_package(name: str) -> None:
    """They were exported."""
    assert isinstance(getattr(cocapi, name), str)
