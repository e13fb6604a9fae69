"""From a response to a model: which class, once for each response, and what to say of odd values."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from functools import partial
from weakref import WeakKeyDictionary

from cocapi import Request, Response, UnexpectedValue, read_json
from cocapi_models.base import Model, answer_model, odd_already
from cocapi_models.dynamic import DynamicModel, dynamic_model
from cocapi_models.names import model_named

__all__ = ["Answers"]

log = logging.getLogger("cocapi")


class Answers:
    """The models of the responses that are still held, by a cache or by anyone else.

    Args:
        strict: Whether a value of a wrong type makes the response unreadable, so that all of it is read.
    """

    def __init__(self, strict: bool) -> None:
        self.strict = strict
        self.known: WeakKeyDictionary[Response, Model] = WeakKeyDictionary()
        self.report = Report()

    def model(self, request: Request, response: Response, dynamic: bool) -> Model:
        """The model of a response; the same object for the same response, since nobody can change it.

        Raises:
            ValueError: The body is no JSON object.
            UnexpectedValue: A value is odd and this is strict.
        """
        model = self.known.get(response)
        if model is None or isinstance(model, DynamicModel) is not dynamic:
            listener = partial(self.report.tell, request.operation)
            model = dynamic_answer(response) if dynamic else typed_answer(request, response, listener)
            if self.strict:
                refuse_odd(request, response, model)
            elif odd_already(model):
                listener(model)
            self.known[response] = model
        return model


class Report:
    """Tells of odd values in the log, of each field once an operation."""

    def __init__(self) -> None:
        self.told: set[tuple[str, str]] = set()

    def tell(self, operation: str, model: Model) -> None:
        """Tell of those in a model, and in all that is nested in it."""
        for odd in model.irregularities:
            field = (operation, re.sub(r"\[\d+\]", "[]", odd.path))
            if field not in self.told:
                self.told.add(field)
                log.warning("%s: %s.%s; the rest is as ever", operation, type(model).__name__, odd)


def refuse_odd(request: Request, response: Response, model: Model) -> None:
    """Look at all of a model.

    Raises:
        UnexpectedValue: A value is odd.
    """
    for odd in model.irregularities:
        raise UnexpectedValue(f"{request.operation}: {type(model).__name__}.{odd}", response=response)


def typed_answer(request: Request, response: Response, listener: Callable[[Model], None]) -> Model:
    """The model that the operation names."""
    return answer_model(model_named(request.model or ""), response.content, listener)


def dynamic_answer(response: Response) -> Model:
    """A model made for the answer."""
    answer = read_json(response.content)
    if not isinstance(answer, Mapping):
        raise TypeError("no JSON object")
    return dynamic_model(answer).from_bytes(response.content)
