"""Opening a client: each plugin is asked `cocapi_open` once, before the first call."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from cocapi.calls.effects import Flow, do
from cocapi.calls.endings import Ending
from cocapi.calls.hooks import Implementation, first
from cocapi.calls.messages import Outcome, Request
from cocapi.calls.pipeline import life_of_a_call, refuse
from cocapi.client.background import Supervisor
from cocapi.errors import CocApiError
from cocapi.plugins import PluginRecord, Plugins
from cocapi.weaklock import WeakLock

if TYPE_CHECKING:
    from cocapi.client.base import Client

__all__ = ["Opening"]

LOOK = 0.005
"""Seconds after which a call looks again whether the one that opens the client has done so."""


class Opening:
    """Which plugins of a client are open, and opening the others.

    `Plugins.opened` says whether there is anything to do; it is all that a call looks at.
    """

    def __init__(self, plugins: Plugins, background: Supervisor, end: Ending) -> None:
        self.plugins = plugins
        self.background = background
        self.end = end
        self.renew()

    def renew(self) -> None:
        """In the child of a fork, where every plugin is opened anew."""
        self._opened: list[PluginRecord] = []
        self._lock = WeakLock()
        self.plugins.opened = not self.plugins.hooks.cocapi_open

    def first_call(self, client: Client, request: Request) -> Flow[Outcome]:
        """The life of a call that finds something to open. What fails in that fails the call, and the next
        one tries again."""
        try:
            yield from self.open(client)
        except CocApiError as error:
            return (yield from refuse(self.plugins.hooks, request, error))
        return (yield from life_of_a_call(self.plugins.hooks, request))

    def open(self, client: Client) -> Flow[None]:
        """Open what is not open, or wait while another call does.

        Args:
            client: Whose call it is; each plugin is given one of that mode.

        Raises:
            CocApiError: A plugin raised it; `PluginError` with its names, if it was something else.
        """
        while not self.plugins.opened:
            self.end.check()
            holder = self._lock.acquire()
            if holder is not None:
                try:
                    yield from self._open_all(client)
                finally:
                    self._lock.release()
            else:
                yield from do(partial(self.end.sleep, LOOK), partial(self.end.asleep, LOOK))

    def closing(self) -> tuple[Implementation, ...]:
        """The implementations of `cocapi_close` in the order in which they are asked: the plugins that were
        opened, the last one first, then the others as they stand."""
        places = {id(record): place for place, record in enumerate(self._opened)}
        hooks = self.plugins.hooks.cocapi_close
        return tuple(sorted(hooks, key=lambda hook: -places.get(id(hook.record), -1)))

    def _open_all(self, client: Client) -> Flow[None]:
        self._leave_unregistered()
        for hook in self._unopened():
            yield from self._open(hook, client)
        yield from do(self.background.begin_in_threads, self.background.begin_in_tasks)
        self.plugins.opened = True
        self.plugins.opened = not self._unopened()  # one may have been registered meanwhile

    def _open(self, hook: Implementation, client: Client) -> Flow[None]:
        try:
            yield from first((hook,), client._of_plugin(hook.record))
        except BaseException:
            self.background.stop(hook.record)  # what it began, it will begin again
            raise
        self._opened.append(hook.record)

    def _unopened(self) -> list[Implementation]:
        opened = set(map(id, self._opened))
        return [hook for hook in self.plugins.hooks.cocapi_open if id(hook.record) not in opened]

    def _leave_unregistered(self) -> None:
        """End the work of plugins that are not there any more."""
        registered = set(map(id, self.plugins.records))
        for record in [record for record in self._opened if id(record) not in registered]:
            self._opened.remove(record)
            self.background.stop(record)
