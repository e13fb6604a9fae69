"""Plugin ``aiohttp``: a transport for asyncio.

    async with AsyncCocApi(token, config=ApiConfig(transport="aiohttp")) as api:
        await api.clan_tag("#2PP")

Synchronous code and trio are declined.
"""

from __future__ import annotations

from cocapi import ApiConfig, ConfigError, Mode, Transport, hookimpl
from cocapi.options import NoOptions

__all__ = ["Aiohttp"]


class Aiohttp:
    """Sends with aiohttp where ``transport="aiohttp"`` asks for it."""

    def __init__(self, config: ApiConfig, options: NoOptions) -> None:
        """It has no options."""

    @hookimpl
    def cocapi_transport(self, config: ApiConfig, mode: Mode) -> Transport | None:
        """Offer aiohttp when it is named.

        Raises:
            ConfigError: It is named in another mode than asyncio's.
        """
        if config.transport != "aiohttp" or not config.base_url.startswith("http"):
            return None
        if mode != "asyncio":
            code = "synchronous code" if mode == "sync" else "trio"
            raise ConfigError(f"transport='aiohttp' knows asyncio only; for {code} use transport='httpx'")
        from cocapi_aiohttp_transport.transport import AiohttpTransport  # aiohttp takes its time to import

        return AiohttpTransport(config)
