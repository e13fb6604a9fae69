"""Plugin ``sandbox``: a local API that behaves like the real one, for trying and testing without a token.

Three ways in: ``ApiConfig(base_url="sandbox://")`` in process, ``cocapi sandbox --port 8765`` on loopback,
and ``with Sandbox() as box:`` in tests.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cocapi import ApiConfig, Request, Transport, hookimpl
from cocapi.options import NoOptions

if TYPE_CHECKING:
    import typer

    from cocapi_sandbox.api import Api
    from cocapi_sandbox.diary import Diary, Entry
    from cocapi_sandbox.faults import Answer, Faults
    from cocapi_sandbox.portal import Portal
    from cocapi_sandbox.server import Sandbox, application
    from cocapi_sandbox.world import World

__all__ = [
    "Answer",
    "Api",
    "Diary",
    "Entry",
    "Faults",
    "Portal",
    "Sandbox",
    "SandboxPlugin",
    "World",
    "application",
    "sandbox_plugin",
]

HOMES = {
    "Answer": "faults",
    "Api": "api",
    "Diary": "diary",
    "Entry": "diary",
    "Faults": "faults",
    "Portal": "portal",
    "Sandbox": "server",
    "World": "world",
    "application": "server",
}


def __getattr__(name: str) -> Any:
    """Load the server, and what it needs, on first use (PEP 562)."""
    if name not in HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"cocapi_sandbox.{HOMES[name]}"), name)


def sandbox_plugin(config: ApiConfig, options: NoOptions | None = None) -> SandboxPlugin:
    """The plugin; for a client whose address is the sandbox in process, one that needs no token."""
    return Tokenless(config) if config.base_url.startswith("sandbox://") else SandboxPlugin(config)


class SandboxPlugin:
    """Answers for addresses that begin with ``sandbox://``; adds the command ``sandbox``."""

    def __init__(self, config: ApiConfig, options: NoOptions | None = None) -> None:
        self.config = config

    @hookimpl(tryfirst=True)
    def cocapi_transport(self) -> Transport | None:
        """A world of this client's own, in process.

        Raises:
            ConfigError: For an unknown option in the address.
        """
        if not self.config.base_url.startswith("sandbox://"):
            return None
        from cocapi_sandbox.transport import InProcess, api_of

        return InProcess(api_of(self.config.base_url), self.config.max_response_bytes)

    @hookimpl
    def cocapi_commands(self, app: typer.Typer) -> None:
        """``cocapi sandbox``."""
        from cocapi_sandbox.commands import sandbox

        app.command()(sandbox)


class Tokenless(SandboxPlugin):
    """The same for a client without a token: in process any will do."""

    @hookimpl(trylast=True)
    def cocapi_token(self, request: Request) -> str | None:
        """A token that stays in the process; None where the client has one, and for any other address."""
        in_process = request.key_id is None and request.base_url.startswith("sandbox://")
        return "sandbox" if in_process else None
