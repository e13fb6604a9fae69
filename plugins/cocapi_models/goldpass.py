"""The gold pass."""

from __future__ import annotations

from cocapi_models.base import Model
from cocapi_models.times import Timestamp

__all__ = ["GoldPassSeason"]


class GoldPassSeason(Model):
    """When the running season of the gold pass began, and when it ends."""

    start_time: Timestamp
    end_time: Timestamp
