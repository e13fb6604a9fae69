"""All models and what is in them, by name: where `cocapi.models` finds them."""

from __future__ import annotations

import functools
from typing import Any, cast

from cocapi_models.base import *
from cocapi_models.battles import *
from cocapi_models.clans import *
from cocapi_models.dynamic import *
from cocapi_models.goldpass import *
from cocapi_models.images import *
from cocapi_models.labels import *
from cocapi_models.leagues import *
from cocapi_models.locations import *
from cocapi_models.page import *
from cocapi_models.page import Page
from cocapi_models.players import *
from cocapi_models.raids import *
from cocapi_models.rankings import *
from cocapi_models.times import *
from cocapi_models.values import *
from cocapi_models.wars import *


@functools.cache
def model_named(name: str) -> type[Model]:
    """The class for what an operation says of its answer: ``"Clan"``, ``"Page[ClanMember]"``.

    Raises:
        KeyError: There is none.
    """
    outer, _, inner = name.removesuffix("]").partition("[")
    if inner:
        listed: Any = Page
        return cast(type[Model], listed[model_named(inner)])
    return cast(type[Model], globals()[outer])
