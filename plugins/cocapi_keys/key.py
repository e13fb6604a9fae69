"""A key of an account."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from typing import Any

from cocapi import key_id_of
from cocapi.interrupts import reraise

__all__ = ["Key"]


@dataclass(frozen=True)
class Key:
    """A key as the portal lists it.

    Attributes:
        id: By which the portal knows it.
        cidrs: The addresses that may use it: ``("203.0.113.7", "198.51.100.0/24")``.
        token: What is sent.
        key_id: Its digest, as in `cocapi.Request.key_id`.
    """

    id: str
    name: str
    cidrs: tuple[str, ...]
    token: str = field(repr=False)
    key_id: str = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "key_id", key_id_of(self.token))

    @classmethod
    def read(cls, entry: Any) -> Key:
        """A key of the portal's list, or of a file or store.

        Raises:
            ValueError: It is none.
        """
        try:
            texts = (entry["id"], entry["name"], entry["key"], *entry["cidrRanges"])
            if not all(isinstance(text, str) for text in texts) or not entry["key"].strip():
                raise ValueError("a key has texts alone")
            return cls(entry["id"], entry["name"], tuple(entry["cidrRanges"]), entry["key"].strip())
        except (KeyError, TypeError) as error:
            reraise(error)
            raise ValueError("it is no key") from None

    def written(self) -> dict[str, Any]:
        """What `read` reads."""
        return {"id": self.id, "name": self.name, "cidrRanges": list(self.cidrs), "key": self.token}

    def allows(self, address: str) -> bool:
        """Whether it may be used from an address."""
        here = ipaddress.ip_address(address)
        return any(here in network for cidr in self.cidrs if (network := network_of(cidr)) is not None)


def network_of(cidr: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    """The addresses that a text stands for; None: none."""
    try:
        return ipaddress.ip_network(cidr.strip(), strict=False)
    except ValueError as error:
        reraise(error)
        return None
