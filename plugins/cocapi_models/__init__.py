"""Plugin ``models``: answers as typed, unchangeable objects (extra ``pydantic``).

    api = CocApi(token, config=ApiConfig(use_pydantic_models=True))
    api.clan_tag("#2PP").clan_level

Pydantic is imported with the first model, not before.
"""

from __future__ import annotations

from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from cocapi import ApiConfig, MissingExtra, Off, Request, Response, hookimpl
from cocapi.interrupts import undisturbed
from cocapi.lazy import lazy
from cocapi_models.options import ModelsOptions

if TYPE_CHECKING:
    from cocapi_models.answers import Answers

__all__ = ["Models", "ModelsOptions", "models_if_installed"]


def models_if_installed(config: ApiConfig, options: ModelsOptions | None = None) -> Models:
    """The plugin.

    Raises:
        MissingExtra: The option `always` is set, and pydantic is not installed.
        Off: Nobody asks for models, and pydantic is not installed.
    """
    options = options or config.options_for("models", ModelsOptions)
    if find_spec("pydantic") is not None:
        return Models(config, options)
    missing = MissingExtra("models", "pydantic")
    if options.always:
        raise missing
    raise Off(str(missing))


class Models:
    """Makes the model of an answer where the configuration or the call asks for one.

    ``api.with_options(models=…)`` is True, False or ``"dynamic"``, for these calls.

    Args:
        config: The settings of the client.
        options: None: those of `config`.
    """

    def __init__(self, config: ApiConfig, options: ModelsOptions | None = None) -> None:
        self.options = options or config.options_for("models", ModelsOptions)

    @lazy
    def answers(self) -> Answers:
        """The models made so far."""
        return undisturbed(partial(begun, self.options.strict))

    @hookimpl(tryfirst=True)
    def cocapi_decode(self, request: Request, response: Response) -> Any:
        """The answer as a model, where one is wanted and there is one.

        Raises:
            ValueError: The body is no JSON object.
            UnexpectedValue: With the option `strict`, naming operation, path and value.
        """
        option = request.options.get("models", self.options.always)
        if not option or (request.model is None and option != "dynamic"):
            return None
        return self.answers.model(request, response, dynamic=option == "dynamic")


def begun(strict: bool) -> Answers:
    """What makes models; pydantic is imported with it."""
    from cocapi_models.answers import Answers

    return Answers(strict)
