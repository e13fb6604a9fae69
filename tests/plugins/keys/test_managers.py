"""Keys without a client, as 4.0 gave them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import trio

import cocapi
import cocapi.key_manager
from cocapi import ApiConfig, AsyncKeyManager, InvalidCredentials, KeyManagerError, SyncKeyManager
from cocapi_sandbox import Sandbox

Settings = Callable[..., ApiConfig]
Story = Callable[..., Any]


@pytest.fixture(params=["sync", "asyncio", "trio"])
def tell(request: pytest.FixtureRequest, box: Sandbox, config_for: Settings) -> Story:
    """Call methods of a manager one after another; their answers. What is called between them, too."""

    def told(*steps: str | Callable[[], Any], password: str = box.password, **keywords: Any) -> list[Any]:
        arguments = {"config": config_for(), **keywords}
        if request.param == "sync":
            with SyncKeyManager(box.email, password, **arguments) as manager:
                return [getattr(manager, step)() if isinstance(step, str) else step() for step in steps]

        async def main() -> list[Any]:
            async with AsyncKeyManager(box.email, password, **arguments) as manager:
                return [
                    (await getattr(manager, step)()) if isinstance(step, str) else step() for step in steps
                ]

        return asyncio.run(main()) if request.param == "asyncio" else trio.run(main)

    return told


def test_it_tells_the_tokens_of_keys_for_this_host(tell: Story, box: Sandbox) -> None:
    """Asked again, the same ones, without another log-in."""
    first, second = tell("manage_keys", "manage_keys", key_count=2, key_name="bot")
    assert first == second == sorted(key.token for key in box.portal.keys)
    assert [key.name for key in box.portal.keys] == ["bot", "bot"]
    assert len(box.portal.logins) == 1


def test_refreshing_asks_the_portal(tell: Story, box: Sandbox) -> None:
    first, _, second = tell("manage_keys", lambda: box.move("203.0.113.9"), "refresh_keys")
    assert first != second
    assert [key.token for key in box.portal.keys] == second


def test_wrong_credentials_are_told(tell: Story) -> None:
    with pytest.raises(InvalidCredentials):
        tell("manage_keys", password="wrong-password")


def test_kept_keys_are_told_without_a_log_in(tell: Story, box: Sandbox, tmp_path: Path) -> None:
    kept = {"persist_keys": True, "key_storage_path": str(tmp_path / "keys.json")}
    assert tell("manage_keys", **kept) == tell("manage_keys", **kept)
    assert len(box.portal.logins) == 1


def test_the_arguments_are_those_of_4_0(box: Sandbox) -> None:
    """In their order; more than ten keys are ten."""
    manager = SyncKeyManager("a@b.c", "secret-word", "bot", 20, "of the bot", "clash", False, None)
    assert (manager.key_name, manager.key_count, manager.key_description) == ("bot", 10, "of the bot")
    assert (manager.key_scopes, manager.persist_keys) == ("clash", False)
    assert "secret-word" not in repr(manager) + repr(vars(manager))
    manager.close()


def test_the_import_path_of_4_0_leads_here() -> None:
    for name in cocapi.key_manager.__all__:
        assert getattr(cocapi.key_manager, name) is getattr(cocapi, name)
    assert issubclass(InvalidCredentials, KeyManagerError)
    with pytest.raises(AttributeError, match="nonsense"):
        _ = cocapi.key_manager.nonsense
