"""The command ``cocapi sandbox``."""

from __future__ import annotations

from typing import Annotated

import typer

from cocapi.text import did_you_mean
from cocapi_sandbox.faults import NAMED, Faults
from cocapi_sandbox.portal import EMAIL, PASSWORD

__all__ = ["sandbox"]


def sandbox(
    host: Annotated[str, typer.Option(help="Where to listen.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Where to listen; 0: any that is free.", min=0, max=65535)] = 8765,
    seed: Annotated[int, typer.Option(help="The same seed gives the same world.")] = 0,
    rate: Annotated[
        float | None, typer.Option(help="Requests a second and token before 429.", min=0.1)
    ] = None,
    latency: Annotated[float, typer.Option(help="Seconds that every answer takes.", min=0)] = 0.0,
    fault: Annotated[
        list[str] | None,
        typer.Option(help=f"What goes wrong in one answer of ten: {', '.join(sorted(NAMED))}."),
    ] = None,
    maintenance: Annotated[bool, typer.Option("--maintenance", help="Answer everything with 503.")] = False,
) -> None:
    """Serve a local API; any token will do."""
    from cocapi_sandbox.api import Api  # help and other commands do not wait for it
    from cocapi_sandbox.world import World

    try:
        from cocapi_sandbox.server import bound, serve
    except ImportError:
        typer.echo("cocapi sandbox needs: pip install 'cocapi[sandbox]'", err=True)
        raise typer.Exit(1) from None
    faults = Faults(seed, latency)
    for name in fault or ():
        if name not in NAMED:
            raise typer.BadParameter(
                f"there is no fault {name!r}{did_you_mean(name, NAMED)}", param_hint="--fault"
            )
        faults.add(name, times=None, probability=0.1)
    api = Api(World(seed), rate=rate, faults=faults)
    api.maintenance = maintenance
    listening = bound(host, port)
    port = listening.getsockname()[1]
    origin = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    for line in welcome(origin):
        typer.echo(line)
    serve(api, listening)


def welcome(origin: str) -> tuple[str, ...]:
    """What to know about a sandbox that listens there."""
    return (
        f"The sandbox listens on {origin}/v1 - any token will do, Ctrl-C ends it.",
        f"  COCAPI_TOKEN=any cocapi --base-url {origin}/v1 clan '#2PP'",
        f"Its developer portal is {origin}, where {EMAIL} has the password {PASSWORD!r}.",
        f"  COCAPI_KEYS_PORTAL={origin} cocapi --base-url {origin}/v1 login -e {EMAIL}",
    )
