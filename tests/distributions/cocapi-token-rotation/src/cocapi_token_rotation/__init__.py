"""Plugin ``rotation``: several tokens in turn; one that the API refuses is set aside, and the next one tried.

    config = ApiConfig(plugins={"rotation": {"path": "tokens.txt"}})
    with CocApi(config=config) as api:  # it needs no token of its own
        api.clan_tag("#2PP")
        api.plugins["rotation"].set_aside()  # key_id → seconds: who was refused
        api.with_options(rotation=False).clan_tag("#2PP")  # with the client's own token, if it has one

It is off until it has tokens or a path.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from cocapi import (
    AnyCocApi,
    ApiConfig,
    CocApiError,
    ConfigError,
    Flow,
    InvalidAddress,
    InvalidToken,
    Off,
    Request,
    Retry,
    hookimpl,
    sleep,
)

from cocapi_token_rotation.options import RotationOptions
from cocapi_token_rotation.rotation import Rotation
from cocapi_token_rotation.source import Source

__all__ = ["NoTokenLeft", "RotationOptions", "TokenRotation"]

log = logging.getLogger(__name__)


class NoTokenLeft(CocApiError):
    """Each token was refused and is set aside, and the client has none of its own. Nothing is sent."""

    error_type = "token"


class TokenRotation:
    """Gives each attempt the next token.

    Args:
        config: Of the client.
        options: Where the tokens are.
        clock: The time in seconds.

    Raises:
        Off: It has neither tokens nor a path.
        ConfigError: The file cannot be read.
    """

    def __init__(
        self, config: ApiConfig, options: RotationOptions, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        if not options.tokens and options.path is None:
            raise Off("it has no tokens: plugins={'rotation': {'path': …}} names a file of them")
        self.source = Source(options.tokens, options.path)
        self.rotation = Rotation(options.rest, clock)
        self.reload_every = options.reload_every
        try:
            self.rotation.replace(self.source.read())
        except (OSError, ValueError) as error:
            raise ConfigError(f"the tokens in {options.path} cannot be read: {error}") from error

    @hookimpl
    def cocapi_open(self, client: AnyCocApi) -> None:
        """Read the file again and again, as long as the client is open."""
        if self.source.path is not None:
            client.background.start(self.renewal)

    @hookimpl
    def cocapi_token(self, request: Request) -> str | None:
        """The token whose turn it is; None: the client's own."""
        if request.options.get("rotation") is False:
            return None
        token = self.rotation.next()
        if token is None and request.key_id is None:
            raise NoTokenLeft(
                f"the rotation has no token to give: the API refused {len(self.rotation.refused())} of "
                f"{len(self.rotation)}; each is tried again after {self.rotation.rest:g} seconds"
            )
        return token

    @hookimpl
    def cocapi_error(self, request: Request, error: CocApiError) -> Flow[Retry | None] | None:
        """Set the attempt's token aside where it was refused, and try the next."""
        refused = isinstance(error, InvalidToken | InvalidAddress) and self.rotation.refuse(request.key_id)
        return self.other_token() if refused else None

    @hookimpl
    def cocapi_forked(self) -> None:
        """Renew the lock in the child."""
        self.rotation.forked()

    def key_ids(self) -> list[str]:
        """The digests of all tokens; the one whose turn is next stands first."""
        return self.rotation.key_ids()

    def set_aside(self) -> dict[str, float]:
        """The seconds for which a refused token is still set aside, by its `key_id`."""
        return self.rotation.refused()

    def other_token(self) -> Flow[Retry | None]:
        """Another attempt, as long as there is a token that was not refused, be it a new one in the file."""
        if self.rotation.exhausted():
            yield from self.reload()
        return None if self.rotation.exhausted() else Retry()

    def renewal(self) -> Flow[None]:
        """Read the file again and again."""
        while True:
            yield from sleep(self.reload_every)
            yield from self.reload()

    def reload(self) -> Flow[None]:
        """Read the file again. While it cannot be read, the tokens stay as they are."""
        try:
            tokens = yield from self.source.reading()
        except (OSError, ValueError) as error:
            log.warning("the tokens in %s stay as they are: %s", self.source.path, error)
        else:
            self.rotation.replace(tokens)
