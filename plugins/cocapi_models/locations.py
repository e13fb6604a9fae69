"""Countries, regions and languages."""

from __future__ import annotations

from cocapi_models.base import Model

__all__ = ["ChatLanguage", "Location"]


class Location(Model):
    """A country or region.

    Attributes:
        country_code: Two letters (ISO 3166-1); None for a region.
    """

    id: int
    name: str
    is_country: bool
    country_code: str | None = None
    localized_name: str | None = None


class ChatLanguage(Model):
    """The language that a clan writes in."""

    id: int
    name: str
    language_code: str
