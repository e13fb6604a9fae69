"""``from cocapi.cocapi import CocApi``, the import path of cocapi 1 and 2."""

from cocapi.client import CocApi
from cocapi.config import ApiConfig

__all__ = ["ApiConfig", "CocApi"]
