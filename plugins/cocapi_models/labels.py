"""What clans and players say of themselves."""

from __future__ import annotations

from cocapi_models.base import Model
from cocapi_models.images import IconUrls

__all__ = ["Label"]


class Label(Model):
    """A label of a clan or of a player."""

    id: int
    name: str
    icon_urls: IconUrls
