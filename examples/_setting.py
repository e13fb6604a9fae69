"""What all examples share: the sandbox, unless COCAPI_TOKEN holds a token for the real API."""

import os

from cocapi import ApiConfig

TOKEN = os.environ.get("COCAPI_TOKEN", "sandbox")
BASE_URL = {} if "COCAPI_TOKEN" in os.environ else {"base_url": "sandbox://"}


def settings(**changes: object) -> ApiConfig:
    """The settings of an example."""
    return ApiConfig.load(**{**BASE_URL, **changes})
