"""Plugin ``middleware``: the user's own functions on requests and answers, alike in sync and async.

    api.add_request_middleware(lambda url, headers, params: (url, headers | {"X-Bot": "1"}, params))
    api.add_response_middleware(lambda answer: answer | {"seen": True})

One that raises is logged and left out for that call.
"""

from __future__ import annotations

from typing import Any

from cocapi import ApiConfig, Request, Response, hookimpl
from cocapi.compat.names import MiddlewareNames
from cocapi_middleware.functions import Functions, RequestFunction, ResponseFunction
from cocapi_middleware.helpers import add_request_id_middleware, add_user_agent_middleware
from cocapi_middleware.options import MiddlewareOptions

__all__ = ["Middleware", "MiddlewareOptions"]


class Middleware(MiddlewareNames):
    """Runs functions in the order in which they were added. One that raises is logged and skipped.

    Args:
        config: The settings of the client.
        options: They add functions before any other; None: those of `config`.
    """

    def __init__(self, config: ApiConfig, options: MiddlewareOptions | None = None) -> None:
        options = options or config.options_for("middleware", MiddlewareOptions)
        self.functions: Functions = Functions()
        if options.user_agent is not None:
            self.add_request_middleware(add_user_agent_middleware(options.user_agent))
        if options.request_id:
            self.add_request_middleware(add_request_id_middleware())

    @hookimpl
    def cocapi_request(self, request: Request) -> Request | None:
        """Let the functions change headers, parameters and path, once a call."""
        return self.functions.shape(request) if self.functions.requests else None

    @hookimpl
    def cocapi_response(self, response: Response) -> Response | None:
        """Let the functions change an answer that came over the network; what they make is cached."""
        return self.functions.review(response) if self.functions.responses else None

    @hookimpl
    def cocapi_namespace(self) -> Middleware:
        """Offer its methods as ``api.middleware``."""
        return self

    def add_request_middleware(self, function: RequestFunction) -> None:
        """Run ``function(url, headers, params)`` on each request; it returns all three.

        url:
            With its query. Another path below the same base URL, or another query, may be returned; any
            other address is refused, and the function skipped with a warning.
        headers:
            Without the token, which is added last; a function that sets ``Authorization`` wins.
        params:
            The query as a dict. What is changed here wins over the query of the url.
        """
        self.functions.requests.append(function)

    def add_response_middleware(self, function: ResponseFunction) -> None:
        """Run ``function(answer)`` on each answer from the network; it returns the answer."""
        self.functions.responses.append(function)

    def clear_request_middleware(self) -> None:
        """Forget the functions on requests, those of the configuration too."""
        self.functions.requests.clear()

    def clear_response_middleware(self) -> None:
        """Forget the functions on answers."""
        self.functions.responses.clear()

    def clear_all_middleware(self) -> None:
        """Forget all functions."""
        self.clear_request_middleware()
        self.clear_response_middleware()

    def get_middleware_info(self) -> dict[str, Any]:
        """How many functions there are, and their names: ``request_middleware_count``,
        ``response_middleware_count``, ``request_middleware_names``, ``response_middleware_names``."""
        return self.functions.info()
