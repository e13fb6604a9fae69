"""The options of the plugin."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["ModelsOptions"]


@dataclass(frozen=True)
class ModelsOptions:
    """When answers are models, and how strict these are.

    Attributes:
        always: Whether every call is answered with a model, where there is one.
        strict: Whether an answer in which a value has a wrong type is refused; else the value is kept as it
            came.
    """

    always: bool = False
    strict: bool = False
