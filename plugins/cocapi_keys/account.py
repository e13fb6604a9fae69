"""Who logs in."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from cocapi.options.marks import Masked, conceal

__all__ = ["Account"]


@dataclass(frozen=True)
class Account:
    """E-mail address and password at a developer portal; no repr shows them.

    Attributes:
        portal: The address of the portal.
    """

    email: Masked
    password: Masked
    portal: str

    @classmethod
    def of(cls, email: str, password: str, portal: str) -> Account:
        """An account whose secrets are plain texts."""
        return cls(Masked(email.strip()), Masked(password), portal)

    @property
    def digest(self) -> str:
        """By which it is told from others, and that may be shown: 16 hexadecimal digits."""
        return digest_of(self.email, self.portal)

    def conceal(self, text: str) -> str:
        """`text` without the e-mail address and the password."""
        return conceal(text, (str(self.password), str(self.email)))


def digest_of(email: str, portal: str) -> str:
    """See `Account.digest`; e-mail addresses are compared without regard to case."""
    return hashlib.blake2b(f"{email.strip().lower()} {portal}".encode(), digest_size=8).hexdigest()
