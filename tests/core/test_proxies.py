"""NO_PROXY: which hosts no proxy is used for, as one function says it to every transport."""

import pytest

from cocapi.transport.proxies import excepted

HOST = "api.clashofclans.com"


@pytest.mark.parametrize("host", [HOST, HOST.upper(), f"{HOST}."])
@pytest.mark.parametrize(
    "named",
    [
        *(
            "*",
            " * ",
            HOST,
            "clashofclans.com",
            ".clashofclans.com",
            "*.clashofclans.com",
            "com",
            f"{HOST}:443",
        ),
        *(
            "CLASHOFCLANS.COM",
            "clashofclans.com.",
            ".clashofclans.com.:443",
            "x, clashofclans.com",
            "x\ncom,,",
        ),
    ],
)
def test_a_name_is_excepted(named: str, host: str) -> None:
    """The domain itself, what is below it, in either case, with a dot at the end and without."""
    assert excepted(host, 443, named)


@pytest.mark.parametrize(
    "named",
    [
        *("", ",", ".", "..", "fans.com", "clans.com", f"{HOST}:80", f"x.{HOST}", "api.*.com", "\ud800"),
        *(f"https://{HOST}", "10.0.0.0/8", "0.0.0.0/0", f"{HOST}:99999999999", f"{HOST}/x"),
    ],
)
def test_another_name_excepts_nothing(named: str) -> None:
    assert not excepted(HOST, 443, named)


@pytest.mark.parametrize(
    ("host", "named", "is_excepted"),
    [
        *(("127.0.0.1", "127.0.0.0/8", True), ("127.0.0.1", "127.0.0.1:8080", True)),
        *(("127.0.0.1", "127.0.0.1:80", False), ("127.0.0.1", "127.0.0.0/99", False)),
        *(("::1", "::1", True), ("::1", "[::1]", True), ("::1", "[::1]:8080", True), ("::1", "::/0", True)),
        *(("::1", "[::1]:80", False), ("::1", "0.0.0.0/0", False), ("127.0.0.1", "::/0", False)),
    ],
)
def test_addresses_are_excepted_by_address_and_network(host: str, named: str, is_excepted: bool) -> None:
    assert excepted(host, 8080, named) is is_excepted
