"""Plugin ``tracing``: a span a call and one an attempt, through OpenTelemetry.

Switched by `ApiConfig.enable_tracing`. It needs `opentelemetry-api` alone; what becomes of the spans is up
to the provider that the program sets.
"""

from __future__ import annotations

from cocapi import ApiConfig, CocApiError, MissingExtra, Outcome, Request, Response, hookimpl

__all__ = ["Tracing"]


class Tracing:
    """Spans of every call. The options are those of `cocapi_tracing.options.Options`.

    Raises:
        ConfigError: for an unknown option or a wrong value.
        MissingExtra: opentelemetry-api is not installed.
    """

    def __init__(self, config: ApiConfig) -> None:
        try:
            from cocapi_tracing.options import Options
            from cocapi_tracing.spans import Spans
        except ModuleNotFoundError as missing:
            raise MissingExtra("enable_tracing", "otel") from missing
        self.spans = Spans(Options.of(config.options("tracing")))

    @hookimpl(tryfirst=True)
    def cocapi_request(self, request: Request) -> None:
        """Begin the span of the call, below the user's own."""
        self.spans.begin(request)

    @hookimpl(trylast=True)
    def cocapi_attempt(self, request: Request, attempt: int) -> Request | None:
        """Begin the span of the attempt, after all waits; add ``traceparent`` for hosts that want it."""
        return self.spans.begin_attempt(request, attempt)

    @hookimpl
    def cocapi_waiting(
        self, request: Request, attempt: int, seconds: float, error: CocApiError | None
    ) -> None:
        """Note a wait as an event."""
        self.spans.wait(request, attempt, seconds, error)

    @hookimpl(trylast=True)
    def cocapi_attempted(
        self, request: Request, attempt: int, response: Response | None, error: CocApiError | None
    ) -> None:
        """End the span of the attempt, after the other observers, so that it is theirs to refer to."""
        self.spans.end_attempt(request, response, error)

    @hookimpl(trylast=True)
    def cocapi_finished(self, request: Request, outcome: Outcome) -> None:
        """End the span of the call, after every other observer, who may want its trace id."""
        self.spans.end(request, outcome)
