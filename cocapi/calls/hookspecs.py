"""Every hook, in the order in which a call meets it.

A plugin is an object with methods that carry a hook's name and the `hookimpl` mark. It may take fewer
arguments than the hook offers, in any order, by name. Everything a plugin can do stands on this page.

    from cocapi import hookimpl

    class Shout:
        @hookimpl
        def cocapi_request(self, request):
            return request.with_headers(X_Shout="hey")

**Value or flow.** A hook of a call may answer with a value, or with a flow: a generator that yields
effects (`cocapi.calls.effects`) and returns the value. It never sleeps, sends or blocks itself.

**Order.** Plugins are asked in the order of their names; ``hookimpl(tryfirst=True)`` and
``hookimpl(trylast=True)`` move one hook to the front or the end, ``hookimpl(before="cache")`` and
``hookimpl(after="cache")`` beside a plugin of that name. ``cocapi plugins`` prints the result.

**Raising.** Where a hook decides, an exception fails the call: a `CocApiError` as itself, any other as
`PluginError` with the names of plugin, hook and distribution, its traceback in the log at DEBUG. An answer
that the hook does not accept, such as ``Wait("3")``, counts as an exception. Where a hook observes
(`cocapi_waiting`, `cocapi_attempted`, `cocapi_finished`, `cocapi_event`, `cocapi_forked`, `cocapi_close`),
an exception is logged with those names, and the call goes on; so it is in `cocapi_cache_hit`. What a signal
handler raises meanwhile belongs to the caller.

Wrappers of pluggy (``hookimpl(wrapper=True)``) are refused: they would end before the work begins.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import pluggy

from cocapi.calls.hookimpl import hookimpl

if TYPE_CHECKING:
    from cocapi.calls.effects import Flow
    from cocapi.calls.messages import Hit, Outcome, Request, Response, Retry, Wait
    from cocapi.client.clients import AnyCocApi, AnyCocApiModels
    from cocapi.client.composites import Composite
    from cocapi.config import ApiConfig
    from cocapi.errors import CocApiError
    from cocapi.store import Store
    from cocapi.transport import InnerTransport, Mode, Transport

__all__ = ["hookimpl", "hookspec"]

T = TypeVar("T")
hookspec: pluggy.HookspecMarker = pluggy.HookspecMarker("cocapi")


@hookspec(firstresult=True)
def cocapi_transport(config: ApiConfig, mode: Mode) -> Transport | None:
    """Offer the object that sends requests.

    When: once for each mode in which a client is used (``"sync"``, ``"asyncio"``, ``"trio"``), the first
    time when it is made; again when its base URL changes, and in the child of a fork.
    None: not under this configuration, or not in this mode. First answer wins. Raising: the client cannot be
    made, or the first call in that mode fails.

        @hookimpl
        def cocapi_transport(self, config, mode):
            return MyTransport() if config.transport == "mine" and mode != "trio" else None
    """


@hookspec
def cocapi_wrap_transport(config: ApiConfig, mode: Mode, transport: InnerTransport) -> Transport | None:
    """Put something around the transport that was chosen: record and replay, fail over, meter.

    When: right after a transport was chosen. `transport` adds the token when it sends, so a wrapper sees
    none.
    None: leave it as it is. Each plugin is given what the one before it made; the one that is asked first is
    nearest to the network. Raising: the client cannot be made.

        @hookimpl
        def cocapi_wrap_transport(self, transport):
            return Metered(transport)
    """


@hookspec(firstresult=True)
def cocapi_store(config: ApiConfig) -> Store | None:
    """Offer the object that keeps what must last, where `ApiConfig.store` names it.

    When: once a client, when something first uses its store; when the client is made, unless the setting is
    ``"memory"``; again in the child of a fork, and after the client was closed.
    None: not mine. First answer wins. Raising: the client cannot be made, or the store is unavailable;
    `ConfigError` and `MissingExtra`, for a setting that makes no sense or a library that is not there, are
    raised as they are.

        @hookimpl
        def cocapi_store(self, config):
            return MyStore(config.store) if config.store.startswith("mine://") else None
    """


@hookspec
def cocapi_open(client: AnyCocApi) -> Flow[None] | None:
    """Begin with the client: log in, read what was stored, start work in the background.

    When: once a client, when it is entered or before its first call; again in the child of a fork, and when
    a client is entered that was closed. `client` is the plugin's own view, a `CocApi` or an `AsyncCocApi` as
    the client is. Its calls do not wait for the opening, raise when they fail, and answer with dicts. Keep
    it: it does not keep the client alive.
    None: all that can be said. Every plugin is asked, one after another. Raising: the call fails, and the
    next one asks again.

        @hookimpl
        def cocapi_open(self, client):
            self.client = client
            client.background.start(self.watch)
    """


@hookspec
def cocapi_request(request: Request) -> Request | Flow[Request | None] | None:
    """Shape the request: headers, parameters, address.

    When: once a call, before the cache is asked; what is done here holds for every attempt.
    None: leave it as it is. Each plugin receives what the one before it made. Raising: the call fails.

        @hookimpl
        def cocapi_request(self, request):
            return request.with_headers(X_Trace="1")
    """


@hookspec(firstresult=True)
def cocapi_cache_lookup(request: Request) -> Hit | Flow[Hit | None] | None:
    """Answer the call from a store instead of the network.

    When: once a call, after the request hooks; not when `request.fresh` is True.
    None: not stored here. First `Hit` wins, and nothing is sent. Raising: the call fails.

        @hookimpl
        def cocapi_cache_lookup(self, request):
            response = self.store.get(request.url)
            return Hit(response) if response else None
    """


@hookspec
def cocapi_cache_hit(request: Request, hit: Hit) -> Flow[None] | None:
    """Keep what a cache that was asked later had stored.

    When: once a call that such a cache answered; asked of the plugins that were asked `cocapi_cache_lookup`
    before it, in the order of this hook.
    None: all that can be said; a flow, to keep it elsewhere. Every such plugin is told. Raising: logged.

        @hookimpl
        def cocapi_cache_hit(self, request, hit):
            if hit.fresh_for:
                self.store[request.url] = hit.response, self.clock() + hit.fresh_for
    """


@hookspec(firstresult=True)
def cocapi_token(request: Request, attempt: int) -> str | Flow[str | None] | None:
    """Give the token for an attempt.

    When: before each attempt, and before it is admitted. `attempt` counts from 1. `request.key_id` is that of
    the client's own token, and None when it has none.
    None: not from here. First answer wins; with none, the client's own is sent. It goes to the transport
    and to what is kept out of everything that is shown; the hooks of the attempt see its `request.key_id`.
    Raising: the call fails.

        @hookimpl
        def cocapi_token(self, attempt):
            return self.tokens[attempt % len(self.tokens)]
    """


@hookspec
def cocapi_attempt(request: Request, attempt: int) -> Wait | Request | Flow[Wait | Request | None] | None:
    """Hold an attempt back, change the request for this attempt only, or refuse it.

    When: before each attempt. `attempt` counts from 1.
    None: nothing to say. Every plugin is asked: each `Wait` is waited before the next is asked, each
    `Request` replaces the one before, for this attempt. Whoever is asked is told of the end in
    `cocapi_attempted`. Raising: an `AttemptRefused` (or another `TransportError`, an `ApiError`, an
    `UnreadableResponse`) ends the attempt, nothing is sent, and `cocapi_error` is asked; any other fails the
    call.

        @hookimpl
        def cocapi_attempt(self, attempt):
            return Wait(0.1 * (attempt - 1))
    """


@hookspec
def cocapi_waiting(request: Request, attempt: int, seconds: float, error: CocApiError | None) -> None:
    """Observe that a call is about to wait.

    When: before each wait, in the thread or task of the call. `attempt` counts from 1 and is the one
    that the wait is for. `error` is the failure that is tried again, `seconds` after which may be 0;
    None when a plugin holds the attempt back. Every plugin is told. Raising: logged.

        @hookimpl
        def cocapi_waiting(self, seconds, error):
            self.held_back += seconds if error is None else 0.0
    """


@hookspec(firstresult=True)
def cocapi_decode(request: Request, response: Response) -> Any | Flow[Any] | None:
    """Turn the body of a successful response into the answer.

    When: for each response of status 2xx that came over the network (once an attempt, and once more
    when a response hook replaced it), and for each stored one.
    None: not mine; in the end the core reads JSON. First answer wins; a text, a number or a list is none.
    `request` is the attempt's. Raising `ValueError`: the body is unreadable (`error_type` ``json``),
    `cocapi_error` is asked, and nothing is stored.

        @hookimpl
        def cocapi_decode(self, response):
            return orjson.loads(response.content)
    """


@hookspec
def cocapi_attempted(
    request: Request, attempt: int, response: Response | None, error: CocApiError | None
) -> None:
    """Observe how an attempt ended.

    When: after each attempt, before anything is decided: told to every plugin that was asked `cocapi_attempt`
    for it, in reverse order and whatever came between (its own refusal or another's, a cancellation, an
    interrupt); before these, when it was sent, to the plugins without that hook. `request` is the
    attempt's, as those hooks left it. `response` is None when none came whole; `error` is None when
    the attempt succeeded; both are None when it was cancelled. In the thread or task of the call.
    Every such plugin is told. Raising: logged.

        @hookimpl
        def cocapi_attempted(self, request, error):
            self.count[request.template, error and error.error_type] += 1
    """


@hookspec(firstresult=True)
def cocapi_error(
    request: Request, error: CocApiError, attempt: int
) -> Retry | Hit | Response | Flow[Retry | Hit | Response | None] | None:
    """Decide what becomes of a failed attempt: no response, no success, or a body nobody can read.

    When: after each failed attempt, one that a plugin refused included. `attempt` counts from 1; `request` is
    the attempt's.
    None: nothing to do about it. First answer wins: `Retry` makes another attempt, up to
    `ApiConfig.max_attempts`; `Hit` uses a stored response and skips `cocapi_response`, unless
    `request.fresh` is True; a `Response` of success goes on as if the server had sent it.
    When nobody answers, the call has failed with `error`. Raising: the call fails.

        @hookimpl
        def cocapi_error(self, error, attempt):
            return Retry(after=1.0) if error.status_code == 503 and attempt < 3 else None
    """


@hookspec
def cocapi_response(request: Request, response: Response) -> Response | Flow[Response | None] | None:
    """Look at the response, or replace it.

    When: once a call that reached the network and succeeded, after its body was read. A cache stores
    here, `trylast`, so it keeps what the others made.
    None: leave it. Each plugin receives what the one before it made. Raising: the call fails.

        @hookimpl
        def cocapi_response(self, response):
            self.bytes += len(response.content)
    """


@hookspec(firstresult=True)
def cocapi_result(request: Request, outcome: Outcome) -> Any | Flow[Any] | None:
    """Choose what the user receives.

    When: once a call that ended, from the network, a cache or in an error, before the observers.
    None: leave it. First answer wins and becomes `Outcome.result`, also in place of an error. What has
    been answered belongs to the caller: hand out no object that is kept. Raising: the call fails.

        @hookimpl
        def cocapi_result(self, outcome):
            return [] if isinstance(outcome.error, NotFound) else None
    """


@hookspec
def cocapi_finished(request: Request, outcome: Outcome) -> None:
    """Observe how the call ended.

    When: always, once a call, the cancelled ones included. Every plugin is told. Raising: logged.

        @hookimpl
        def cocapi_finished(self, outcome):
            log.info("%s %s", outcome.request.operation, outcome.error or "ok")
    """


@hookspec
def cocapi_event(event: Any) -> None:
    """Observe that something happened in the game.

    When: whenever a plugin or a program says so by ``client.emit(event)``, in its thread or task. An event is
    an object with `type` (``"clan.member_joined"``), `tag` (whom it is about), `at` (an aware datetime) and
    `data` (a mapping of the rest); whoever emits it documents its types. Every plugin is told, the one that
    emits included. Raising: logged.

        @hookimpl
        def cocapi_event(self, event):
            self.queue.put(event)
    """


@hookspec
def cocapi_forked() -> None:
    """Renew what cannot cross a fork: locks, waiting lines, threads, connections.

    When: in the child, as soon as `os.fork` has made it, once a client; the client's transport is then
    asked for anew. The threads and tasks that were making calls are in the parent only. Every plugin is
    told. Raising: logged.

        @hookimpl
        def cocapi_forked(self):
            self.lock = threading.Lock()
    """


@hookspec
def cocapi_close() -> None:
    """Give back what the plugin holds: threads, files, connections.

    When: each time that the client is closed: after the background work has ended, before store and transport
    are closed. A client that is entered again goes on with the same plugins, and asks for store and transport
    anew; what is given back here is made in `cocapi_open`, or when it is next used. Every plugin is told:
    those that were opened in reverse order, then the others. It may answer with a flow. Raising: logged.

        @hookimpl
        def cocapi_close(self):
            self.file.close()
    """


@hookspec
def cocapi_namespace(client: AnyCocApi | AnyCocApiModels) -> Any | None:
    """Offer methods to users, under the name of the plugin.

    When: each time that ``api.NAME`` is read. `client` is the client, or the view of one
    (``api.models``, ``api.with_options(...)``), that it is read from. Only the plugin of that name is
    asked. What it answers is ``api.NAME``; no flow. None: it offers nothing. Raising: reading it raises.

        @hookimpl
        def cocapi_namespace(self, client):
            return Wars(client)
    """


@hookspec
def cocapi_composites() -> Mapping[str, Composite[..., Any] | Callable[..., Any]] | None:
    """Add operations of several calls to every client, as methods of its own.

    When: when the client is made, to check the names, and each time that a name is read which the client does
    not have. What it answers are composites by name (`cocapi.composite`), whose first parameter is the client
    or the view that the name is read from: ``{"current_war": current_war}`` is ``api.current_war(tag)``. All
    are asked; of two with one name the first has it. None: it adds nothing. Raising: making the client, or
    reading the name, raises.

        @hookimpl
        def cocapi_composites(self):
            return {"current_war": current_war}
    """


@hookspec
def cocapi_commands(app: Any) -> None:
    """Add commands to the command line. `app` is a `typer.Typer` of this plugin's own.

    A command finds a `CommandLine` in ``context.obj``. When: once, when the program ``cocapi`` has read the
    options before the command. Every plugin is told; a command whose name is taken is left out, and a
    warning says so. Raising: that plugin's commands are missing, and a warning says so.

        @hookimpl
        def cocapi_commands(self, app):
            app.command()(hello)
    """
