"""What a hook may answer beside None: the right types, and in them values that make sense.

A check takes the answer and what the plugin was given, and returns the answer as the call goes on with it.
It is made where the plugin answers, so that nobody else is blamed for what comes of a wrong one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from types import CoroutineType
from typing import Any, TypeAlias, cast

from cocapi.calls.keyring import Keyring
from cocapi.calls.messages import Hit, Request, Response, Retry, Wait
from cocapi.config import ApiConfig
from cocapi.errors import CocApiError, InvalidParams
from cocapi.interrupts import reraise
from cocapi.options.marks import LONGEST_WAIT
from cocapi.reader import read_json
from cocapi.text import cited

__all__ = ["Check", "Unfit", "anything", "checks_for"]

Check: TypeAlias = Callable[..., Any]


NUMBERS = (int, float)
NO_OBJECTS = (str, bytes, int, float, list, CoroutineType)
"""What is no answer of the API, whatever a body is decoded to. A tuple may be a model's."""


class Unfit(Exception):
    """An answer that a hook does not accept; the message goes on where "the plugin …" began."""


def checks_for(config: ApiConfig, keyring: Keyring) -> dict[str, Check]:
    """By hook, the check of its answers; a hook that is not here is not asked for any."""
    return {
        "cocapi_request": checked_request,
        "cocapi_cache_lookup": checked_lookup,
        "cocapi_token": partial(checked_token, keyring),
        "cocapi_attempt": checked_attempt,
        "cocapi_decode": checked_decoding,
        "cocapi_error": partial(checked_decision, config.max_attempts),
        "cocapi_response": checked_response,
        "cocapi_result": checked_result,
    }


def anything(answer: Any, *_: object) -> Any:
    """The check of a hook whose answers are looked at elsewhere, or by nobody."""
    return answer


def checked_request(answer: Any, request: Request) -> Request:
    """Of `cocapi_request`: a request that can be sent, with the notes of this call."""
    if not isinstance(answer, Request):
        raise unfit_type(answer, Request)
    given = vars(request)
    for name, value in vars(answer).items():
        if given.get(name) is not value and name in FIELDS:
            FIELDS[name](name, value)
    if any(given[name] is not getattr(answer, name) for name in ("template", "path_params", "params")):
        check_address(answer)
    return answer if answer.state is request.state else replace(answer, state=request.state)


def checked_lookup(answer: Any, request: Request) -> Hit:
    """Of `cocapi_cache_lookup`."""
    if not isinstance(answer, Hit):
        raise unfit_type(answer, Hit)
    check_hit(answer)
    return answer


def checked_token(keyring: Keyring, answer: Any, request: Request, attempt: int) -> str:
    """Of `cocapi_token`: the `key_id` of the token, which is from now on nowhere but in the keyring."""
    if not isinstance(answer, str):
        raise unfit_type(answer, str)
    try:
        return keyring.add(answer)
    except ValueError as error:
        reraise(error)
        raise Unfit(f"it answered no token: {error}") from None


def checked_attempt(answer: Any, request: Request, attempt: int) -> Wait | Request:
    """Of `cocapi_attempt`."""
    if isinstance(answer, Wait):
        check_seconds("a Wait", "seconds", answer.seconds)
        return answer
    if isinstance(answer, Request):
        return checked_request(answer, request)
    raise unfit_type(answer, Wait, Request)


def checked_decoding(answer: Any, request: Request, response: Response) -> Any:
    """Of `cocapi_decode`: no text, number or list. The server is to blame where its body holds no more.

    Raises:
        ValueError: The body is no JSON object.
    """
    if type(answer) is not dict and isinstance(answer, NO_OBJECTS):
        if isinstance(read_json(response.content), dict):
            raise Unfit(f"it answered {a(answer)}, not an object")
        raise ValueError("no JSON object")
    return answer


def checked_decision(
    max_attempts: int, answer: Any, request: Request, error: CocApiError, attempt: int
) -> Retry | Hit | Response:
    """Of `cocapi_error`."""
    match answer:
        case Retry(after):
            check_seconds("a Retry", "after", after)
            if attempt >= max_attempts:
                raise Unfit(
                    f"it wanted more than {attempt} attempts, the most that ApiConfig.max_attempts allows; "
                    f"the last failure: {error.message}"
                )
        case Hit():
            check_hit(answer)
        case Response():
            check_usable(answer)
        case _:
            raise unfit_type(answer, Retry, Hit, Response)
    return cast("Retry | Hit | Response", answer)


def checked_response(answer: Any, request: Request, response: Response) -> Response:
    """Of `cocapi_response`."""
    if not isinstance(answer, Response):
        raise unfit_type(answer, Response)
    check_usable(answer)
    return answer


def checked_result(answer: Any, request: Request, outcome: object) -> Any:
    """Of `cocapi_result`: anything but a coroutine, which nobody would await."""
    if isinstance(answer, CoroutineType):
        answer.close()
        raise Unfit("it answered a coroutine; a hook answers with a value or a flow")
    return answer


def unfit_type(answer: object, *accepted: type) -> Unfit:
    names = ", ".join(kind.__name__ for kind in accepted)
    return Unfit(f"it answered {a(answer)}, not {names} or None")


def a(value: object) -> str:
    """The type of a value with its article."""
    name = type(value).__name__
    return f"an {name}" if name[0].lower() in "aeiou" else f"a {name}"


def check_hit(hit: Hit) -> None:
    if not isinstance(hit.response, Response):
        raise Unfit(f"it answered a Hit of {a(hit.response)}, not of a Response")
    check_usable(hit.response)
    if hit.fresh_for is not None:
        check_seconds("a Hit", "fresh_for", hit.fresh_for, most=math.inf)


def check_usable(response: Response) -> None:
    if response.fault:
        raise Unfit(f"it answered {response.fault}")


def check_seconds(what: str, name: str, value: object, most: float = LONGEST_WAIT) -> None:
    """Refuse what is no time: a text, a bool, a number below 0 or above `most`, one that is none."""
    if isinstance(value, NUMBERS) and value is not True and value is not False and 0 <= value <= most:
        return
    allowed = f"from 0 to {most:g}" if most < math.inf else "0 or more"
    raise Unfit(
        f"it answered {what} whose {name} is {cited(value)}: it must be a number of seconds, {allowed}"
    )


def check_address(request: Request) -> None:
    try:
        _ = request.url
    except InvalidParams as error:
        raise Unfit(f"it answered a Request that has no address: {error.message}") from error


# The fields of a request, one check each. Values of header fields may be secrets and stay out of the message.


def check_text(name: str, value: object) -> None:
    if not isinstance(value, str) or not value:
        raise unfit_field(name, cited(value), "a text that is not empty")


def check_texts(name: str, value: Mapping[Any, Any]) -> None:
    for key, text in value.items():
        if not isinstance(key, str) or not isinstance(text, str):
            raise unfit_field(name, cited(dict(value)), "a mapping of texts")


def check_headers(name: str, value: Mapping[Any, Any]) -> None:
    for field, text in value.items():
        if not isinstance(field, str) or not isinstance(text, str):
            raise Unfit(f"it answered a Request whose header field {cited(field)} is no text")
        if any(char in text or char in field for char in "\r\n\0"):
            raise Unfit(f"it answered a Request whose header field {cited(field)} has a line break")


def check_timeout(name: str, value: object) -> None:
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 < value <= LONGEST_WAIT:
        raise unfit_field(name, cited(value), f"a number of seconds above 0, {LONGEST_WAIT} at most")


def check_total_timeout(name: str, value: object) -> None:
    if value is not None:
        check_timeout(name, value)


def check_model(name: str, value: object) -> None:
    if value is not None and not isinstance(value, str):
        raise unfit_field(name, cited(value), "the name of a model or None")


def check_key_id(name: str, value: object) -> None:
    if value is not None and not isinstance(value, str):
        raise unfit_field(name, cited(value), "a text or None")


def check_flag(name: str, value: object) -> None:
    if not isinstance(value, bool):
        raise unfit_field(name, cited(value), "True or False")


def unfit_field(name: str, value: str, allowed: str) -> Unfit:
    return Unfit(f"it answered a Request whose {name} is {value}: it must be {allowed}")


FIELDS: dict[str, Callable[[str, Any], None]] = {
    "operation": check_text,
    "method": check_text,
    "template": check_text,
    "path_params": check_texts,
    "headers": check_headers,
    "base_url": check_text,
    "timeout": check_timeout,
    "total_timeout": check_total_timeout,
    "model": check_model,
    "credentials": check_flag,
    "fresh": check_flag,
    "key_id": check_key_id,
}
