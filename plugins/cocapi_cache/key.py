"""What makes two requests one."""

from __future__ import annotations

import hashlib
from typing import NamedTuple

from cocapi import Request

__all__ = ["Key", "key_of"]


class Key(NamedTuple):
    """What is asked; never a header (their work is done before the look-up)."""

    method: str
    base_url: str
    path: str
    query: str

    @property
    def digest(self) -> str:
        """Stands for it in a store, where anybody may read the keys."""
        return hashlib.blake2b("\n".join(self).encode(), digest_size=16).hexdigest()


def key_of(request: Request) -> Key:
    """The key of a request, after the request hooks."""
    return Key(request.method, request.base_url, request.path, request.query)
