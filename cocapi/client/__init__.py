"""What users hold, and what all views of one client share."""

from cocapi.client.clients import (
    AnyCocApi,
    AnyCocApiModels,
    AsyncCocApi,
    AsyncCocApiModels,
    CocApi,
    CocApiModels,
)

__all__ = ["AnyCocApi", "AnyCocApiModels", "AsyncCocApi", "AsyncCocApiModels", "CocApi", "CocApiModels"]
