"""Whatever one value of an answer is, its model can be used: no attribute, property or method raises.

Where COCAPI_ALL_MUTATIONS is set, every place in the answers of every operation, recorded ones too, is tried
with every odd value (five minutes); else one change in twelve, evenly spread, of the sandbox's answers.
"""

import copy
import io
import json
import os
import pickle
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache
from inspect import signature
from itertools import islice
from typing import Any

import pytest
from rich.console import Console

from cocapi.models import Model
from cocapi_cli import panels
from cocapi_models.names import model_named

from .answers import dumped, labels, operations, sandbox_answer, short, short_sample

ODD: list[Any] = [None, "", "x", 0, -1, 1e300, float("nan"), True, [], [None], {}, {"x": 1}]
REMOVED = object()
NOW = datetime(2026, 3, 5, 12, tzinfo=UTC)
TAKEN = {"now": NOW, "side": "clan"}
"""By parameter, what methods are given; the others take a tag."""
STEP = 1 if "COCAPI_ALL_MUTATIONS" in os.environ else 12
LABELS = [label for label in labels() if STEP == 1 or label in operations()]


def places(value: Any, seen: set[str], path: str = "") -> Iterator[tuple[Any, Any]]:
    """Containers and keys in a JSON value; of a field in an array's items, and of these, one."""
    pairs = enumerate(value) if isinstance(value, list) else value.items()
    for key, item in list(pairs):
        here = f"{path}.{key if isinstance(value, dict) else '[]'}"
        if here not in seen:
            seen.add(here)
            yield value, key
        if isinstance(item, dict | list):
            yield from places(item, seen, here)


def mutations(answer: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The answer with one value replaced or removed, and what was done; the same object, changed in turn."""
    for container, key in list(places(answer, set())):
        original = container[key]
        for odd in [*ODD, REMOVED]:
            if odd is REMOVED and isinstance(container, list):
                continue
            rest = list(container.items()) if isinstance(container, dict) else None
            if odd is REMOVED:
                del container[key]
            else:
                container[key] = odd
            yield f"{key} = {odd!r}", answer
            if rest is None:
                container[key] = original
            else:
                container.clear()
                container.update(rest)


@cache
def public(kind: type[Model]) -> list[str]:
    """The public names of a model, but for those that each has."""
    return [name for name in sorted({*dir(kind)} - {*dir(Model)}) if not name.startswith("_")]


def use(model: Model) -> None:
    """Everything public of a model and of the models in it."""
    for name in public(type(model)):
        value = getattr(model, name)
        if callable(value):
            value(*(TAKEN.get(name, "#2PP") for name in signature(value).parameters))
    if hasattr(type(model), "__len__"):
        assert len(list(model)) == len(model)  # type: ignore[arg-type]
    for part in vars(model).values():
        for item in part if isinstance(part, tuple) else (part,):
            if isinstance(item, Model):
                use(item)


def use_whole(model: Model, answer: dict[str, Any]) -> None:
    """What is done with a model as a whole."""
    assert repr(model).startswith(type(model).__name__)
    str(model)
    assert hash(model) == hash(copy.copy(model))
    assert [str(odd) for odd in model.irregularities] == [str(odd) for odd in copy.copy(model).irregularities]
    again = pickle.loads(pickle.dumps(model))
    came = json.dumps(answer, sort_keys=True).replace("NaN", "null")  # which JSON does not have
    assert json.dumps(dumped(again), sort_keys=True) == came
    assert again.irregularities == model.irregularities or "nan" in repr(answer)
    model.model_dump()
    model.model_dump_json(by_alias=True)


@pytest.mark.parametrize("label", LABELS)
def test_an_odd_value_breaks_no_use_of_a_model(label: str) -> None:
    """Nor is it lost."""
    name, original = short_sample(label)
    kind = model_named(name)
    for change, answer in islice(mutations(copy.deepcopy(original)), len(label) % STEP, None, STEP):
        try:
            model = kind.from_answer(answer)
            use(model)
            use_whole(model, answer)
        except Exception as error:
            raise AssertionError(f"{label}: {change}") from error


PANELS: list[tuple[str, Callable[[Any], Any]]] = [
    ("clan_tag", panels.clan),
    ("clan_members", panels.members),
    ("clan", panels.clans),
    ("players", panels.player),
    ("players", panels.row),
    ("warleague", panels.war),
    ("clan_current_war", panels.war),
]


@pytest.mark.once
@pytest.mark.parametrize(("operation", "panel"), PANELS)
def test_an_odd_value_breaks_no_panel(operation: str, panel: Callable[[Any], Any]) -> None:
    """The command line shows what it can."""
    console = Console(file=io.StringIO(), width=200)
    for change, answer in islice(mutations(short(sandbox_answer(operation))), 0, None, STEP):
        try:
            console.print(panel(answer))
        except Exception as error:
            raise AssertionError(f"{operation}: {change}") from error
