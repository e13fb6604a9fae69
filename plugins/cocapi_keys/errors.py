"""Why there is no key."""

from __future__ import annotations

from cocapi import TokenUnavailable

__all__ = ["InvalidCredentials", "KeyLimitReached", "KeyManagerError"]


class KeyManagerError(TokenUnavailable):
    """There is no key for a call; the sentence says why, and what helps."""


class InvalidCredentials(KeyManagerError):
    """The developer portal refuses the e-mail address or the password. They are not tried again."""


class KeyLimitReached(KeyManagerError):
    """The account has as many keys as it may have, and none of them may be used or replaced."""
