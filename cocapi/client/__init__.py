"""What users hold, and what all views of one client share."""

from cocapi.client.clients import AsyncCocApi, AsyncCocApiModels, CocApi, CocApiModels

__all__ = ["AsyncCocApi", "AsyncCocApiModels", "CocApi", "CocApiModels"]
