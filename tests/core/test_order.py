"""Plugins name each other to say who is asked first."""

from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocapi import ApiConfig, PluginError, PluginWarning, hookimpl
from cocapi.calls.hookimpl import Order
from cocapi.plugins import Plugins
from cocapi.plugins.order import in_order


def asked(**marks: dict[str, Any]) -> list[str]:
    """The order in which plugins with these marks are asked."""

    def factory(name: str) -> Any:
        class Named:
            @hookimpl(**marks[name])
            def cocapi_request(self) -> None: ...

        return lambda config: Named()

    plugins = Plugins(ApiConfig(only_plugins=tuple(marks), plugins={name: factory(name) for name in marks}))
    return [hook.record.name for hook in plugins.hooks.cocapi_request]


PLAIN: dict[str, Any] = {}


@pytest.mark.parametrize(
    ("marks", "order"),
    [
        ({"a": PLAIN, "b": PLAIN, "c": PLAIN, "d": {"before": "b"}}, "adbc"),
        ({"a": {"after": "c"}, "b": PLAIN, "c": PLAIN, "d": PLAIN}, "bcad"),
        ({"a": PLAIN, "b": {"tryfirst": True}, "c": {"before": "b"}}, "cba"),
        ({"a": {"trylast": True}, "b": {"after": "a"}, "c": PLAIN}, "cab"),
        ({"a": PLAIN, "b": {"before": "a"}, "c": {"before": "b"}}, "cba"),
        ({"a": PLAIN, "b": {"before": ["a", "c"], "after": ["d"]}, "c": PLAIN, "d": PLAIN}, "dbac"),
        ({"a": PLAIN, "b": {"before": "absent", "after": "elsewhere"}}, "ab"),
    ],
)
def test_who_says_before_or_after_moves_and_the_others_stay(marks: dict[str, Any], order: str) -> None:
    """Names and marks say the rest."""
    assert "".join(asked(**marks)) == order


def test_a_circle_is_refused_by_name() -> None:
    """In one sentence, whoever is on it."""
    with pytest.raises(PluginError) as refused:
        asked(a={"before": "b"}, b={"before": "c"}, c={"before": "a"}, d=PLAIN)
    sentence = str(refused.value)
    assert sentence.startswith("the order of cocapi_request goes round in a circle: ")
    assert sentence.count(" before ") == 3
    with pytest.raises(PluginError, match=r"'a' before 'b' before 'a'|'b' before 'a' before 'b'"):
        asked(a={"before": "b"}, b={"before": "a"})


def test_a_plugin_that_would_close_a_circle_is_not_registered() -> None:
    """The others go on as before."""

    class First:
        @hookimpl(before="second")
        def cocapi_request(self) -> None: ...

    class Second:
        @hookimpl(before="first")
        def cocapi_request(self) -> None: ...

    plugins = Plugins(ApiConfig(only_plugins=()))
    plugins.register(First())
    with pytest.raises(PluginError, match="circle"):
        plugins.register(Second())
    assert list(plugins) == ["first"]
    assert [hook.record.name for hook in plugins.hooks.cocapi_request] == ["first"]


def test_a_name_that_is_nearly_that_of_a_plugin_is_warned_of() -> None:
    with pytest.warns(PluginWarning, match="plugin 'a' is to be asked before or after 'chace'; did you mean"):
        asked(a={"before": "chace"}, cache=PLAIN)


@given(st.data())
def test_whatever_is_said_is_kept_or_is_a_circle(data: st.DataObject) -> None:
    """Nobody is lost, and nobody asked twice."""
    names = ["a", "b", "c", "d", "e"]
    some = st.lists(st.sampled_from(names), max_size=2).map(tuple)
    orders = data.draw(st.dictionaries(st.sampled_from(names), st.builds(Order, some, some), max_size=4))

    def kept(order: tuple[str, ...] | list[str]) -> bool:
        at = order.index
        return all(
            all(at(name) < at(other) for other in said.before) and all(at(name) > at(o) for o in said.after)
            for name, said in orders.items()
        )

    try:
        order = in_order("cocapi_request", names, orders)
    except PluginError:
        assert not any(kept(order) for order in permutations(names))
    else:
        assert sorted(order) == names
        assert kept(order)
