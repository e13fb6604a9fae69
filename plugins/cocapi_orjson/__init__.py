"""Plugin ``orjson``: read answers two to three times faster (extra ``fast``)."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

from cocapi import ApiConfig, Response, hookimpl

__all__ = ["Orjson", "orjson_if_installed"]


def orjson_if_installed(config: ApiConfig) -> Orjson | None:
    """The plugin, or None where orjson is not installed: then the core reads JSON."""
    return Orjson() if find_spec("orjson") is not None else None


class Orjson:
    """Decodes with orjson, unless a plugin before it makes something else of the body."""

    @hookimpl(trylast=True)
    def cocapi_decode(self, response: Response) -> Any:
        """The body as Python objects.

        Raises:
            ValueError: it is no JSON.
        """
        import orjson

        return orjson.loads(response.content)
