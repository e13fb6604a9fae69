"""Each transport keeps what the kit for authors checks."""

from importlib.util import find_spec

from cocapi import ApiConfig, Mode, Transport
from cocapi.testing.transports import TransportConformance
from cocapi_httpx.transport import HttpxTransport
from cocapi_pyreqwest import Pyreqwest
from cocapi_requests.transport import RequestsTransport


class TestHttpx(TransportConformance):
    def new_transport(self, config: ApiConfig, mode: Mode) -> Transport:
        return HttpxTransport(config)


class TestRequests(TransportConformance):
    modes = ("sync",)

    def new_transport(self, config: ApiConfig, mode: Mode) -> Transport:
        return RequestsTransport(config)


class TestPyreqwest(TransportConformance):
    modes = ("sync", "asyncio")
    keeps_connections = False
    closing = 3
    test_a_cancelled_attempt_gives_its_place_back = None  # type: ignore[assignment]  # it cannot be aborted

    def new_transport(self, config: ApiConfig, mode: Mode) -> Transport:
        config.transport = "pyreqwest"
        transport = Pyreqwest(config).cocapi_transport()
        assert transport is not None
        return transport


if find_spec("cocapi_aiohttp_transport"):  # from outside: tests/together/test_distributions.py installs it
    from cocapi_aiohttp_transport.transport import AiohttpTransport

    class TestAiohttp(TransportConformance):
        modes = ("asyncio",)
        keeps_connections = False
        closing = 3

        def new_transport(self, config: ApiConfig, mode: Mode) -> Transport:
            transport: Transport = AiohttpTransport(config)
            return transport
