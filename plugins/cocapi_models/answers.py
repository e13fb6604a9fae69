"""From a response to a model: which class, once for each response, and what to say of odd values."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from weakref import WeakKeyDictionary

from cocapi import Request, Response, UnexpectedValue, read_json
from cocapi_models.base import Model
from cocapi_models.dynamic import DynamicModel, dynamic_model
from cocapi_models.names import model_named

__all__ = ["Answers"]

log = logging.getLogger("cocapi")


class Answers:
    """The models of the responses that are still held, by a cache or by anyone else.

    Args:
        strict: Whether a value of a wrong type makes the response unreadable.
    """

    def __init__(self, strict: bool) -> None:
        self.strict = strict
        self.known: WeakKeyDictionary[Response, Model] = WeakKeyDictionary()
        self.told: set[tuple[str, str]] = set()

    def model(self, request: Request, response: Response, dynamic: bool) -> Model:
        """The model of a response; the same object for the same response, since nobody can change it.

        Raises:
            ValueError: the body is no JSON object.
            UnexpectedValue: a value is odd and this is strict.
        """
        model = self.known.get(response)
        if model is None or isinstance(model, DynamicModel) is not dynamic:
            model = dynamic_answer(response) if dynamic else typed_answer(request, response)
            if model.irregularities:
                self.judge(request, response, model)
            self.known[response] = model
        return model

    def judge(self, request: Request, response: Response, model: Model) -> None:
        """Refuse a model with odd values, or tell of each of its fields once."""
        if self.strict:
            first = model.irregularities[0]
            kind = type(model).__name__
            raise UnexpectedValue(f"{request.operation}: {kind}.{first}", response=response)
        for odd in model.irregularities:
            field = (request.operation, re.sub(r"\[\d+\]", "[]", odd.path))
            if field not in self.told:
                self.told.add(field)
                log.warning("%s: %s.%s; the rest is as ever", request.operation, type(model).__name__, odd)


def typed_answer(request: Request, response: Response) -> Model:
    """The model that the operation names."""
    return model_named(request.model or "").from_bytes(response.content)


def dynamic_answer(response: Response) -> Model:
    """A model made for the answer."""
    answer = read_json(response.content)
    if not isinstance(answer, Mapping):
        raise TypeError("no JSON object")
    return dynamic_model(answer).from_bytes(response.content)
