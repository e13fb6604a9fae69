"""Plugin ``models``: answers as typed, unchangeable objects (extra ``pydantic``).

api = CocApi(token, config=ApiConfig(use_pydantic_models=True))
api.clan_tag("#2PP").clan_level

Pydantic is imported with the first model, not before.
"""

from __future__ import annotations

from functools import cached_property, partial
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from cocapi import ApiConfig, ConfigError, MissingExtra, Request, Response, hookimpl
from cocapi.interrupts import undisturbed

if TYPE_CHECKING:
    from cocapi_models.answers import Answers

__all__ = ["Models", "models_if_installed"]


def models_if_installed(config: ApiConfig) -> Models | None:
    """The plugin, or None where pydantic is not installed and nobody asks for models.

    Raises:
        MissingExtra: for `use_pydantic_models` without pydantic.
    """
    if find_spec("pydantic") is not None:
        return Models(config)
    if config.use_pydantic_models:
        raise MissingExtra("models", "pydantic")
    return None


class Models:
    """Makes the model of an answer where the configuration or the call asks for one.

    config:
        `use_pydantic_models` for all calls; `strict_models`.
    ``api.with_options(models=…)``:
        True, False or ``"dynamic"``, for these calls.

    Raises:
        ConfigError: for options other than ``strict_models``.
    """

    def __init__(self, config: ApiConfig) -> None:
        options = {"strict_models": config.strict_models, **config.options("models")}
        self.strict = options.pop("strict_models")
        if options or not isinstance(self.strict, bool):
            raise ConfigError(
                "plugins['models'] takes strict_models, which is True or False, and nothing else"
            )
        self.always = config.use_pydantic_models

    @cached_property
    def answers(self) -> Answers:
        """The models made so far."""
        return undisturbed(partial(begun, self.strict))

    @hookimpl(tryfirst=True)
    def cocapi_decode(self, request: Request, response: Response) -> Any:
        """The answer as a model, where one is wanted and there is one.

        Raises:
            ValueError: the body is no JSON object.
            UnexpectedValue: with `strict_models`, naming operation, path and value.
        """
        wanted = request.options.get("models", self.always)
        if not wanted or (request.model is None and wanted != "dynamic"):
            return None
        return self.answers.model(request, response, dynamic=wanted == "dynamic")


def begun(strict: bool) -> Answers:
    from cocapi_models.answers import Answers

    return Answers(strict)
