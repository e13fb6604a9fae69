"""The commands ``login``, ``logout`` and ``keys``. None of them prints a key or a password."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from dataclasses import replace
from getpass import getpass
from typing import Annotated

import typer

from cocapi import ApiConfig, CocApi, CommandLine, ConfigError, Flow, Json
from cocapi_keys import Keys, keys_of
from cocapi_keys.account import digest_of
from cocapi_keys.errors import KeyManagerError
from cocapi_keys.kept import KeptKeys
from cocapi_keys.key import Key
from cocapi_keys.keyrings import absence, available, remember, remembered
from cocapi_keys.options import KeysOptions
from cocapi_keys.plan import MOST_KEYS

__all__ = ["add_commands"]

SEEN = (
    "a password among the arguments is seen by everybody on this computer and kept in the history of the "
    "shell: leave it out and be asked, pipe it in, or set COCAPI_PASSWORD"
)

Email = Annotated[
    str | None,
    typer.Option("--email", "-e", help="Of the account at developer.clashofclans.com; else COCAPI_EMAIL."),
]


def refuse(value: str | None) -> None:
    """Take no password from the arguments."""
    if value is not None:
        raise typer.BadParameter(SEEN)


NoPassword = Annotated[
    str | None,
    typer.Option("--password", "-p", help="Refused: others would see it.", callback=refuse, hidden=True),
]


def add_commands(app: typer.Typer) -> None:
    """Add them to an application."""
    app.command()(login)
    app.command()(logout)
    group = typer.Typer(help="List and revoke the keys of the account.", no_args_is_help=True)
    group.command("list")(list_keys)
    group.command("revoke")(revoke_keys)
    app.add_typer(group, name="keys")


def login(
    context: typer.Context,
    email: Email = None,
    password: NoPassword = None,
    in_keyring: Annotated[
        bool, typer.Option("--keyring", help="Let the system's keyring keep the password, to renew keys.")
    ] = False,
) -> None:
    """Get keys, so that commands need no token.

    The password is asked for unseen, read from a pipe, or taken from COCAPI_PASSWORD.
    """
    line: CommandLine = context.obj
    config = with_account(line.config, *credentials(line.config, email))
    with CocApi(config=config) as api:
        keys = keys_of(api)
        usable = api.run_flow(keys.renewal.keys_at_portal())
        kept, account = keys.renewal.kept, keys.renewal.account
    if kept is None or account is None or not kept.exists():
        raise ConfigError("the keys could not be kept; the log says why")
    if in_keyring and not remember(kept.path, account.email, account.password):
        why = "the system's keyring does not keep it" if available() else absence()
        line.say(f"the password is not kept: {why}")
    answer = {
        "keys": [key.key_id for key in usable],
        "addresses": addresses(usable),
        "path": str(kept.path),
        "encrypted": kept.sealed(),
    }
    line.show(answer, logged_in)


def logout(context: typer.Context) -> None:
    """Forget the keys, and a password in the keyring.

    The keys stay at the portal: cocapi keys revoke.
    """
    line: CommandLine = context.obj
    kept = KeptKeys(options_of(line.config).path)
    count = kept.forget()
    line.show({"forgotten": count}, lambda answer: f"Forgot {counted(answer['forgotten'])} in {kept.path}.")


def list_keys(context: typer.Context, email: Email = None, password: NoPassword = None) -> None:
    """List the keys of the account at the developer portal, without the keys themselves."""
    line: CommandLine = context.obj
    config = with_account(line.config, *credentials(line.config, email))
    with CocApi(config=config) as api:
        keys = keys_of(api)
        answer = api.run_flow(listed(keys))
    line.show(answer, rows)
    line.say(f"{counted(len(answer['keys']))} of {MOST_KEYS}; this host is seen at {answer['address']}")


def revoke_keys(
    context: typer.Context,
    ids: Annotated[list[str] | None, typer.Argument(help="As 'cocapi keys list' shows them.")] = None,
    everyone: Annotated[bool, typer.Option("--all", help="All of our name.")] = False,
    email: Email = None,
    password: NoPassword = None,
) -> None:
    """Revoke keys of our name (the setting key_name). Those of another name are left alone."""
    line: CommandLine = context.obj
    if not ids and not everyone:
        raise typer.BadParameter("name the ids of keys, or say --all", param_hint="IDS")
    config = with_account(line.config, *credentials(line.config, email))
    with CocApi(config=config) as api:
        keys = keys_of(api)
        answer = {"revoked": api.run_flow(revoked(keys, None if everyone else set(ids or ())))}
    line.show(answer, lambda answer: f"Revoked {counted(len(answer['revoked']))}.")


def listed(keys: Keys) -> Flow[Json]:
    """The keys at the portal, as they may be shown.

    Raises:
        KeyManagerError: The portal did not say.
    """
    session = yield from keys.renewal.log_in()
    all_keys = yield from session.keys()
    return {
        "address": session.address,
        "keys": [
            {
                "id": key.id,
                "name": key.name,
                "addresses": list(key.cidrs),
                "ours": key.name == keys.options.name,
                "here": key.allows(session.address),
            }
            for key in all_keys
        ],
    }


def revoked(keys: Keys, ids: set[str] | None) -> Flow[list[str]]:
    """Revoke keys of our name; the ids of those that were.

    Args:
        keys: The plugin.
        ids: Of which; None: of all of our name.

    Raises:
        KeyManagerError: One of them is not there, or is not ours.
    """
    session = yield from keys.renewal.log_in()
    own = {key.id: key for key in (yield from session.keys()) if key.name == keys.options.name}
    if unknown := sorted((ids or set()) - own.keys()):
        raise KeyManagerError(
            f"there is no key {unknown[0]!r} of the name {keys.options.name!r}: 'cocapi keys list' shows all"
        )
    chosen = list(own) if ids is None else [ident for ident in own if ident in ids]
    for ident in chosen:
        yield from session.revoke(own[ident])
    return chosen


def credentials(config: ApiConfig, email: str | None) -> tuple[str, str]:
    """E-mail address and password: of the options, the settings, the environment, the system's keyring; else
    they are asked for.

    Raises:
        ConfigError: There is nobody to ask.
    """
    options = options_of(config)
    email = email or options.email or os.environ.get("COCAPI_EMAIL")
    password = options.password or os.environ.get("COCAPI_PASSWORD")
    if not password and (login := remembered(KeptKeys(options.path).path)) is not None:
        same = email is None or digest_of(email, "") == digest_of(login[0], "")
        email, password = login if same else (email, password)
    terminal = sys.stdin is not None and sys.stdin.isatty()
    if not email:
        if not terminal:
            raise ConfigError("there is no e-mail address: pass -e (--email), or set COCAPI_EMAIL")
        email = prompted("E-mail address: ")
    if not password:
        password = getpass("Password: ") if terminal else first_line()
    return email, password


def prompted(question: str) -> str:
    """What somebody at the terminal answers; standard output is left to answers."""
    sys.stderr.write(question)
    sys.stderr.flush()
    return sys.stdin.readline().strip()


def first_line() -> str:
    """The password that is piped in.

    Raises:
        ConfigError: There is none.
    """
    password = (sys.stdin.readline() if sys.stdin is not None else "").rstrip("\r\n")
    if not password:
        raise ConfigError("there is no password: pipe it in, or set COCAPI_PASSWORD")
    return password


def options_of(config: ApiConfig) -> KeysOptions:
    """What the settings say of the plugin."""
    return config.options_for("keys", KeysOptions)


def with_account(config: ApiConfig, email: str, password: str) -> ApiConfig:
    """The settings of a client that logs in with these, and keeps its keys."""
    account = config.with_plugin("keys", email=email, password=password)
    return replace(account, persist_keys=True, verify_token=False, raise_errors=True)


def logged_in(answer: Json) -> str:
    """What a person reads after a log-in."""
    state = "encrypted, its secret in the system's keyring" if answer["encrypted"] else "plain, for you alone"
    where = ", ".join(answer["addresses"])
    return f"Logged in: {counted(len(answer['keys']))} for {where}, kept in {answer['path']} ({state})."


def rows(answer: Json) -> list[Json]:
    """A row for each key."""
    return [
        {
            "ID": key["id"],
            "Name": key["name"],
            "Addresses": ", ".join(key["addresses"]),
            "Ours": "yes" if key["ours"] else "no",
            "Here": "yes" if key["here"] else "no",
        }
        for key in answer["keys"]
    ]


def counted(number: int) -> str:
    """A number of keys in words."""
    return f"{number} key" if number == 1 else f"{number} keys"


def addresses(keys: Iterable[Key]) -> list[str]:
    """The addresses that keys allow, each once."""
    return list(dict.fromkeys(cidr for key in keys for cidr in key.cidrs))
