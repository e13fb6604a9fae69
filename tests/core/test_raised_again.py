"""A transport may raise the very exception that it raised before."""

from typing import Any

import pytest

from cocapi import ConnectionFailed, Outcome, hookimpl
from cocapi.testing import Script


class Outcomes:
    def __init__(self, config: Any) -> None:
        self.seen: list[Outcome] = []

    @hookimpl
    def cocapi_finished(self, outcome: Outcome) -> None:
        self.seen.append(outcome)


@pytest.mark.parametrize("mode", ["sync", "asyncio"])
def test_an_exception_that_is_raised_again_ends_no_flow_that_it_went_through(mode: str) -> None:
    """Its traceback shows flows that are under way; hiding what they hold does not close them."""
    script = Script(ConnectionFailed("always the same one"))
    settings: Any = {"max_retries": 3, "plugins": {"outcomes": Outcomes}}
    if mode == "sync":
        with script.client(**settings) as api:
            answers = [api.clan_tag("#2PP"), api.clan_tag("#2PP")]
            seen = api.plugins["outcomes"].seen
    else:
        import asyncio

        async def main() -> tuple[list[Any], list[Outcome]]:
            async with script.async_client(**settings) as api:
                found = [await api.clan_tag("#2PP"), await api.clan_tag("#2PP")]
                return found, api.plugins["outcomes"].seen

        answers, seen = asyncio.run(main())
    assert [answer["error_type"] for answer in answers] == ["connection"] * 2
    assert [(outcome.attempts, outcome.cancelled) for outcome in seen] == [(3, False)] * 2
