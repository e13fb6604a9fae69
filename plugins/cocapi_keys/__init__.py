"""Plugin ``keys``: credentials of the developer portal instead of tokens.

    api = CocApi.from_credentials("chief@example.com", password)

Keys are made for the address of this host, take turns, are renewed when the address changes, and are shared
by processes where there is a store. It does nothing until it has credentials, or keys that are kept.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from cocapi import (
    AnyCocApi,
    ApiConfig,
    CocApiError,
    ConfigError,
    Flow,
    InvalidAddress,
    InvalidToken,
    Request,
    Retry,
    Throttled,
    hookimpl,
)
from cocapi.addresses import origin_of
from cocapi.clocks import elapsed
from cocapi_keys.options import PORTAL, KeysOptions, portal_setting

if TYPE_CHECKING:
    import typer

    from cocapi_keys.account import Account
    from cocapi_keys.errors import InvalidCredentials, KeyLimitReached, KeyManagerError
    from cocapi_keys.kept import KeptKeys
    from cocapi_keys.managers import AsyncKeyManager, SyncKeyManager

__all__ = [
    "AsyncKeyManager",
    "InvalidCredentials",
    "KeyCommands",
    "KeyLimitReached",
    "KeyManagerError",
    "Keys",
    "KeysOptions",
    "SyncKeyManager",
    "keys_of",
    "keys_plugin",
]

HOMES = {
    "AsyncKeyManager": "managers",
    "InvalidCredentials": "errors",
    "KeyLimitReached": "errors",
    "KeyManagerError": "errors",
    "SyncKeyManager": "managers",
}

MOST_REFUSALS = 12
"""Of keys in one call: of ten keys that were revoked, and two changes of the address."""

NAMES = {"email": "e-mail address", "password": "password"}
"""What people call the options that say who logs in."""

PORTAL_OPTION = "plugins['keys']['portal']"

REST = 1.0
"""Seconds that a throttled key misses its turns, where the API does not say."""


def __getattr__(name: str) -> Any:
    """Load what a client without credentials does not need, on first use (PEP 562)."""
    if name not in HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"cocapi_keys.{HOMES[name]}"), name)


def keys_plugin(config: ApiConfig, options: KeysOptions) -> KeyCommands:
    """The plugin; without credentials, and without keys that are kept, its commands alone. An e-mail address
    without a password is for ``cocapi login``; one half of an account is no error until a call needs a key.
    An API in the process (``sandbox://``) needs no keys of a portal outside.

    Raises:
        ConfigError: The portal is where none may be; or what is given of an account is empty.
    """
    email = options.email or config.environment.get("COCAPI_EMAIL")
    password = options.password or config.environment.get("COCAPI_PASSWORD")
    kept = kept_keys(options)
    api = origin_of(config.base_url)
    if api.endswith("://") and origin_of(options.portal, PORTAL_OPTION) != api:
        return KeyCommands(config, options)
    check_given(config, email=email, password=password)
    if email and password:
        from cocapi_keys.account import Account

        return Keys(config, options, Account.of(email, password, trusted_portal(config, options)), kept)
    if kept and kept.exists():
        return Keys(config, options, None, kept)
    return HalfAccount(config, options, bool(email)) if email or password else KeyCommands(config, options)


def check_given(config: ApiConfig, **account: str | None) -> None:
    """Refuse what is given of an account where it is empty, as of a variable that is not set.

    Raises:
        ConfigError: E-mail address or password is, naming the variable that would be read.
    """
    given = config.options("keys")
    for name, value in account.items():
        if name in given and not value:
            what = NAMES[name]
            raise ConfigError(
                f"the {what} of the account is empty, or None: if it comes from a variable, is that set? "
                f"CocApi.from_credentials(…) takes both, ApiConfig.load() reads COCAPI_{name.upper()}"
            )


def kept_keys(options: KeysOptions) -> KeptKeys | None:
    """The file of keys; None: none is wanted."""
    if not options.keep:
        return None
    from cocapi_keys.kept import KeptKeys

    return KeptKeys(options.path)


def trusted_portal(config: ApiConfig, options: KeysOptions) -> str:
    """The address of the portal, to which the password is sent.

    Raises:
        ConfigError: It is neither the official one nor where the client's tokens go.
    """
    origin = origin_of(options.portal, PORTAL_OPTION)
    if origin not in (PORTAL, origin_of(config.base_url)):
        raise ConfigError(
            f"{PORTAL_OPTION} (COCAPI_KEYS_PORTAL) is {options.portal!r}, and your password would be sent "
            f"there: it may be {PORTAL!r}, or have the origin of base_url"
        )
    return options.portal


class KeyCommands:
    """The plugin without anything to do for calls: adds the commands ``login``, ``logout`` and ``keys``.

    Args:
        config: Of the client.
        options: Whose keys they are about.
    """

    def __init__(self, config: ApiConfig, options: KeysOptions) -> None:
        self.config = config
        self.options = options

    @hookimpl
    def cocapi_commands(self, app: typer.Typer) -> None:
        """``cocapi login``, ``cocapi logout``, ``cocapi keys``."""
        from cocapi_keys.commands import add_commands

        add_commands(app)


class HalfAccount(KeyCommands):
    """The plugin with an e-mail address or a password alone, which may stand in the environment for
    ``cocapi login`` or for other programs: what has a token from elsewhere works, and what has none is told
    how to go on.

    Args:
        config: Of the client.
        options: Whose keys it would give.
        address: Whether it is the e-mail address that there is.
    """

    def __init__(self, config: ApiConfig, options: KeysOptions, address: bool) -> None:
        super().__init__(config, options)
        self.address = address

    @hookimpl(trylast=True)
    def cocapi_token(self, request: Request) -> None:
        """No token.

        Raises:
            KeyManagerError: The client has none of its own, and no other plugin gives one.
        """
        from cocapi_keys.errors import KeyManagerError

        if request.key_id is None:
            raise KeyManagerError(
                "there is no token, and of an account an e-mail address without a password: run 'cocapi "
                "login', or set COCAPI_PASSWORD"
                if self.address
                else "there is no token, and of an account a password without an e-mail address: set "
                "COCAPI_EMAIL (on the command line: -e), or unset COCAPI_PASSWORD"
            )


class Keys(KeyCommands):
    """Gives each attempt the key whose turn it is, and gets others when the API refuses it.

    Args:
        config: Of the client.
        options: How many keys, under which name.
        account: Who logs in; None: nobody, and there are the keys that are kept.
        kept: Where keys are kept; None: nowhere.
        clock: The time in seconds.
    """

    def __init__(
        self,
        config: ApiConfig,
        options: KeysOptions,
        account: Account | None,
        kept: KeptKeys | None,
        *,
        clock: Callable[[], float] = elapsed,
    ) -> None:
        super().__init__(config, options)
        from cocapi_keys.renewal import Renewal
        from cocapi_keys.ring import Ring

        self.ring = Ring(clock)
        self.renewal = Renewal(options, account, self.ring, kept, origin_of(config.base_url), clock)

    @hookimpl
    def cocapi_open(self, client: AnyCocApi) -> None:
        """Share keys through the client's store, unless it is in this process alone."""
        account = self.renewal.account
        if self.config.store != "memory" and account is not None:
            from cocapi_keys.shared import SharedKeys

            self.renewal.shared = SharedKeys(client, account, self.options.name)

    @hookimpl
    def cocapi_token(self, request: Request) -> str | Flow[str] | None:
        """The key whose turn it is; None: the client has a token of its own.

        Raises:
            KeyManagerError: There is none to be had.
        """
        if request.key_id is not None:
            return None
        key = self.ring.next()
        return self.first_token(request.state) if key is None else key.token

    @hookimpl
    def cocapi_error(self, request: Request, error: CocApiError) -> Retry | None:
        """Another attempt, with another key, where the API refuses this one.

        Raises:
            KeyManagerError: It refused this one in this call before, or too many.
        """
        key_id = request.key_id
        if key_id is None or not self.ring.ours(key_id):
            return None
        if isinstance(error, Throttled):
            return Retry() if self.ring.rest(key_id, max(error.delay or 0.0, REST)) else None
        if not isinstance(error, InvalidAddress | InvalidToken) or not self.options.renew:
            return None
        self.ring.refuse(key_id, address=isinstance(error, InvalidAddress))
        check_refusals(request.state.setdefault("keys", []), key_id)
        return Retry()

    @hookimpl
    def cocapi_forked(self) -> None:
        """Go on with locks of the child's own."""
        self.ring.forked()
        self.renewal.forked()

    def first_token(self, state: dict[str, Any]) -> Flow[str]:
        """The token of the first key for a call with these notes, after as much as it takes to get one."""
        return (yield from self.renewal.first_key(state)).token

    def key_ids(self) -> list[str]:
        """The digests of the keys that take turns; the one whose turn is next stands first."""
        return self.ring.key_ids()


def keys_of(client: AnyCocApi) -> Keys:
    """The plugin of a client, for whoever wants to have keys.

    Raises:
        ConfigError: An API in the process has a portal in the process alone, which nobody has named; or
            there are no credentials.
    """
    plugin = client.plugins["keys"]
    if isinstance(plugin, Keys):
        return plugin
    api = origin_of(client.config.base_url)
    if api.endswith("://"):
        raise ConfigError(f"keys of {api} are made at its own portal: name it by {portal_setting(api)}")
    raise ConfigError(
        "there is nobody to log in at the developer portal: CocApi.from_credentials(…), or COCAPI_EMAIL and "
        "COCAPI_PASSWORD, say who"
    )


def check_refusals(refused: list[str], key_id: str) -> None:
    """Note that a key was refused in a call.

    Raises:
        KeyManagerError: It was before, though the portal says that it is good; or too many were.
    """
    from cocapi_keys.errors import KeyManagerError

    if key_id in refused:
        raise KeyManagerError(
            "the API refuses a key that the developer portal says is good for this host: the two see "
            "different addresses; is there a proxy for one of them, or IPv6?"
        )
    refused.append(key_id)
    if len(refused) > MOST_REFUSALS:
        raise KeyManagerError(
            f"the API has refused {len(refused)} keys in one call: the address of this host changes faster "
            "than keys can be made for it"
        )
