"""cocapi: a client framework for the Clash of Clans API in which every feature is a plugin.

    from cocapi import CocApi

    with CocApi("token") as api:
        print(api.clan_tag("#2PP")["name"])

    async with CocApi("token") as api:
        print((await api.clan_tag("#2PP"))["name"])

Names are loaded on first use, so importing cocapi costs next to nothing. The models (``from cocapi import
Clan``) are those of `cocapi.models`; a star import has them where pydantic is installed.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cocapi import answers as answers
    from cocapi import models as models
    from cocapi.api.operations import normal_tag
    from cocapi.calls.effects import Call, Do, Flow, Gather, Send, Sleep, call, do, gather, send, sleep
    from cocapi.calls.hookimpl import hookimpl
    from cocapi.calls.keyring import key_id_of
    from cocapi.calls.messages import Hit, Json, Outcome, Request, Response, Retry, Wait
    from cocapi.client import (
        AnyCocApi,
        AnyCocApiModels,
        AsyncCocApi,
        AsyncCocApiModels,
        CocApi,
        CocApiModels,
    )
    from cocapi.client.composites import Composite, Either, Namespace, composite
    from cocapi.commandline import CommandLine
    from cocapi.compat.classes import CacheEntry, RequestMetric
    from cocapi.config import ApiConfig
    from cocapi.errors import (
        ApiError,
        AttemptRefused,
        BadRequest,
        ClientClosed,
        CocApiError,
        ConfigError,
        ConnectionFailed,
        Forbidden,
        InvalidAddress,
        InvalidParams,
        InvalidToken,
        Maintenance,
        MissingExtra,
        MissingToken,
        NotFound,
        PluginError,
        PrivateWarLog,
        RepeatedCursor,
        RequestTimeout,
        ResponseTooLarge,
        ServerError,
        StoreUnavailable,
        Throttled,
        TokenUnavailable,
        TransportError,
        UnexpectedValue,
        UnreadableResponse,
    )
    from cocapi.key_manager import (
        AsyncKeyManager,
        InvalidCredentials,
        KeyLimitReached,
        KeyManagerError,
        SyncKeyManager,
    )
    from cocapi.middleware import (
        add_debug_logging_middleware,
        add_request_id_middleware,
        add_response_size_middleware,
        add_response_timestamp_middleware,
        add_user_agent_middleware,
    )
    from cocapi.models import *  # noqa: F403
    from cocapi.options import Secret
    from cocapi.plugins import Off, PluginRecord, PluginWarning
    from cocapi.reader import read_json
    from cocapi.store import Lease, LogEntry, Store
    from cocapi.streams import StreamEntry, Streams
    from cocapi.transport import AsyncTransport, InnerTransport, Mode, SyncTransport, Transport
    from cocapi.utils import build_url, clean_tag, validate_params

__version__ = "5.0.0a1"
"""Of this code, whatever metadata lies beside it; the distribution takes its version from here."""

__author__ = "Tony Benoy"
__email__ = "me@tonybenoy.com"
name = "cocapi"

__all__ = [
    "AnyCocApi",
    "AnyCocApiModels",
    "ApiConfig",
    "ApiError",
    "AsyncCocApi",
    "AsyncCocApiModels",
    "AsyncKeyManager",
    "AsyncTransport",
    "AttemptRefused",
    "BadRequest",
    "CacheEntry",
    "Call",
    "ClientClosed",
    "CocApi",
    "CocApiError",
    "CocApiModels",
    "CommandLine",
    "Composite",
    "ConfigError",
    "ConnectionFailed",
    "Do",
    "Either",
    "Flow",
    "Forbidden",
    "Gather",
    "Hit",
    "InnerTransport",
    "InvalidAddress",
    "InvalidCredentials",
    "InvalidParams",
    "InvalidToken",
    "Json",
    "KeyLimitReached",
    "KeyManagerError",
    "Lease",
    "LogEntry",
    "Maintenance",
    "MissingExtra",
    "MissingToken",
    "Mode",
    "Namespace",
    "NotFound",
    "Off",
    "Outcome",
    "PluginError",
    "PluginRecord",
    "PluginWarning",
    "PrivateWarLog",
    "RepeatedCursor",
    "Request",
    "RequestMetric",
    "RequestTimeout",
    "Response",
    "ResponseTooLarge",
    "Retry",
    "Secret",
    "Send",
    "ServerError",
    "Sleep",
    "Store",
    "StoreUnavailable",
    "StreamEntry",
    "Streams",
    "SyncKeyManager",
    "SyncTransport",
    "Throttled",
    "TokenUnavailable",
    "Transport",
    "TransportError",
    "UnexpectedValue",
    "UnreadableResponse",
    "Wait",
    "__version__",
    "add_debug_logging_middleware",
    "add_request_id_middleware",
    "add_response_size_middleware",
    "add_response_timestamp_middleware",
    "add_user_agent_middleware",
    "build_url",
    "call",
    "clean_tag",
    "composite",
    "do",
    "gather",
    "hookimpl",
    "key_id_of",
    "normal_tag",
    "read_json",
    "send",
    "sleep",
    "validate_params",
]

NAMES: list[str] = [*__all__]
"""The public names but for the models."""

if TYPE_CHECKING:
    __all__ += models.__all__
else:
    del __all__  # a star import asks `__getattr__`, which adds the models where pydantic is installed

HOMES = {
    "compat.classes": "CacheEntry RequestMetric",
    "client.clients": "AnyCocApi AnyCocApiModels AsyncCocApi AsyncCocApiModels CocApi CocApiModels",
    "client.composites": "Composite Either Namespace composite",
    "commandline": "CommandLine",
    "config": "ApiConfig",
    "calls.effects": "Call Do Flow Gather Send Sleep call do gather send sleep",
    "errors": "ApiError AttemptRefused BadRequest ClientClosed CocApiError ConfigError ConnectionFailed "
    "Forbidden InvalidAddress InvalidParams InvalidToken Maintenance MissingExtra MissingToken NotFound "
    "PluginError PrivateWarLog RepeatedCursor RequestTimeout ResponseTooLarge ServerError StoreUnavailable "
    "Throttled TokenUnavailable TransportError UnexpectedValue UnreadableResponse",
    "calls.hookimpl": "hookimpl",
    "calls.keyring": "key_id_of",
    "calls.messages": "Hit Json Outcome Request Response Retry Wait",
    "key_manager": "AsyncKeyManager InvalidCredentials KeyLimitReached KeyManagerError SyncKeyManager",
    "middleware": "add_debug_logging_middleware add_request_id_middleware "
    "add_response_size_middleware add_response_timestamp_middleware add_user_agent_middleware",
    "api.operations": "normal_tag",
    "options.marks": "Secret",
    "plugins.factories": "Off",
    "plugins.records": "PluginRecord PluginWarning",
    "reader": "read_json",
    "store": "Lease LogEntry Store",
    "streams": "StreamEntry Streams",
    "transport.protocol": "AsyncTransport InnerTransport Mode SyncTransport Transport",
    "utils": "build_url clean_tag validate_params",
}
"""By module, the names that live there."""

HOME_OF = {name: module for module, names in HOMES.items() for name in names.split()}


def __getattr__(name: str) -> Any:
    """Load a public name on first use (PEP 562)."""
    if name in HOME_OF:
        value = getattr(import_module(f"cocapi.{HOME_OF[name]}"), name)
    elif name == "__all__":
        value = [*NAMES, *models_there_are()]
    elif name in import_module("cocapi.compat.classes").SUCCESSORS:
        return import_module("cocapi.compat.classes").successor(name)
    elif name in import_module("cocapi.models").__all__:
        value = getattr(import_module("cocapi.models"), name)
    else:
        raise AttributeError(f"module 'cocapi' has no attribute {name!r}")
    globals()[name] = value
    return value


def models_there_are() -> list[str]:
    """The names of the models; none where pydantic is not installed."""
    models = import_module("cocapi.models")
    return [*models.__all__] if models.validate_pydantic_available() else []


def __dir__() -> list[str]:
    """The public names, loaded or not; without the models, for which pydantic would be looked for."""
    return NAMES
