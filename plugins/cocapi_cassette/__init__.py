"""Plugin ``cassette``: record what the API answers once, and play it back in tests.

Off unless it is given a path: ``plugins={"cassette": {"path": "tests/clan.json"}}``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cocapi import Flow, InnerTransport, Off, Request, Transport, do, hookimpl
from cocapi_cassette.options import CassetteOptions

if TYPE_CHECKING:
    from cocapi_cassette.cassette import Cassette, CassetteMiss

__all__ = ["Cassette", "CassetteMiss", "CassetteOptions", "Player", "Recorder", "recorder_or_player"]


def __getattr__(name: str) -> Any:
    """Load what a client without a cassette does not need, on first use (PEP 562)."""
    if name not in ("Cassette", "CassetteMiss"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module("cocapi_cassette.cassette"), name)


def recorder_or_player(options: CassetteOptions) -> Recorder | Player:
    """The plugin that the options ask for.

    Raises:
        ConfigError: The cassette cannot be read, or what would be overwritten is none.
        Off: There is no path.
    """
    if options.path is None:
        raise Off("it has no cassette: plugins={'cassette': {'path': …}}")
    from cocapi_cassette.cassette import Cassette

    if options.mode == "replay" or (options.mode == "once" and options.path.exists()):
        return Player(Cassette.read(options.path))
    return Recorder(Cassette.blank(options.path))


class Recorder:
    """Lets requests through, and writes them with their answers to the cassette when the client is closed."""

    def __init__(self, cassette: Cassette) -> None:
        self.cassette = cassette

    @hookimpl(tryfirst=True)
    def cocapi_wrap_transport(self, transport: InnerTransport) -> Transport:
        """Listen right before the network: what other wrappers do is done again when it is played."""
        from cocapi_cassette.transports import Recording

        return Recording(transport, self.cassette)

    @hookimpl
    def cocapi_close(self) -> Flow[None]:
        """Write the file."""
        return do(self.cassette.write, self.cassette.awrite)

    @hookimpl
    def cocapi_forked(self) -> None:
        """Leave the file to the parent: a child records nothing."""
        self.cassette.shut()


class Player:
    """Answers every request from the cassette, and sends none. It needs no token, and brings one."""

    def __init__(self, cassette: Cassette) -> None:
        self.cassette = cassette

    @hookimpl(tryfirst=True)
    def cocapi_wrap_transport(self) -> Transport:
        """Stand in front of the network, which is never asked."""
        from cocapi_cassette.transports import Playing

        return Playing(self.cassette)

    @hookimpl(tryfirst=True)
    def cocapi_token(self, request: Request) -> str | None:
        """A token that nobody will see, for a client that was made without one: nobody need log in."""
        return "replay" if request.key_id is None else None

    @hookimpl
    def cocapi_forked(self) -> None:
        """Go on with a lock of the child's own."""
        self.cassette.renew()
