"""Addresses of pictures."""

from __future__ import annotations

from cocapi_models.base import Model

__all__ = ["BadgeUrls", "IconUrls"]


class BadgeUrls(Model):
    """A clan's badge: 70, 200 and 512 pixels wide."""

    small: str
    medium: str
    large: str

    @property
    def url(self) -> str:
        """The address of the largest one."""
        return self.large


class IconUrls(Model):
    """An icon, in the sizes that there are of it."""

    small: str | None = None
    tiny: str | None = None
    medium: str | None = None
    large: str | None = None

    @property
    def url(self) -> str | None:
        """The address of the largest one that there is; None where there is none."""
        return self.large or self.medium or self.small or self.tiny
