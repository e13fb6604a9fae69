"""Options: what a plugin, or the client itself, can be told, declared as the fields of a class.

    from dataclasses import dataclass
    from typing import Annotated
    from cocapi.options import Seconds, Secret

    @dataclass(frozen=True)
    class VaultOptions:
        \"\"\"How the vault is reached.

        Attributes:
            password: Of the vault.
            patience: Seconds to wait for it.
        \"\"\"

        password: Annotated[str, Secret]
        patience: Seconds = 5

A plugin's factory that takes ``options: VaultOptions`` is given them, read from ``plugins={"vault": {…}}``,
from the table ``[plugins.vault]`` and from variables such as ``COCAPI_VAULT_PATIENCE``, and checked. A
pydantic model declares them as well.

    marks.py      what an annotation says beyond the type
    kinds.py      what an annotation allows, in words and as two ways of reading
    declared.py   the options of a class; the table of the reference page
    reading.py    an object of the class, made of what was given
"""

from __future__ import annotations

from cocapi.options.declared import NoOptions, table
from cocapi.options.marks import (
    Allowed,
    Attempts,
    Calls,
    Count,
    HeaderText,
    Lifetime,
    Range,
    Rate,
    Seconds,
    Secret,
    Timeout,
)

__all__ = [
    "Allowed",
    "Attempts",
    "Calls",
    "Count",
    "HeaderText",
    "Lifetime",
    "NoOptions",
    "Range",
    "Rate",
    "Seconds",
    "Secret",
    "Timeout",
    "table",
]
