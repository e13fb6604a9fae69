"""Work between calls: flows in threads and tasks that a client owns, and that end with it.

    client.background.start(self.watch)

    def watch(self):
        while True:
            war = yield from call(self.client.clan_current_war, "#2PP")
            yield from sleep(60)

In synchronous code each runs in a thread of its own, in asynchronous code in a task of the event loop that is
running. A client that is forgotten ends its work when it is collected, and a program when it ends.
"""

from __future__ import annotations

import atexit
import logging
import sys
import threading
import weakref
from collections.abc import Callable
from contextlib import suppress
from contextvars import Context, ContextVar
from dataclasses import replace
from functools import partial
from types import GeneratorType
from typing import TYPE_CHECKING, Any, Protocol

from cocapi.calls.drivers import AsyncIO, SyncIO, arun, run
from cocapi.calls.effects import Flow
from cocapi.calls.endings import Ending
from cocapi.calls.hooks import warn
from cocapi.calls.messages import Request, Response
from cocapi.clocks import asleep, elapsed
from cocapi.errors import ClientClosed, PluginError
from cocapi.interrupts import undisturbed
from cocapi.loops import ends_task
from cocapi.text import printable
from cocapi.transport import Mode
from cocapi.travelling import Single

if TYPE_CHECKING:
    from cocapi.client.session import Session
    from cocapi.client.wire import Wire
    from cocapi.plugins import PluginRecord, Plugins

__all__ = ["Background", "Job", "Supervisor"]

log: logging.Logger = logging.getLogger("cocapi.plugins")

LOOK = 0.005
"""Seconds after which one who waits for tasks to end, or for a clock that is moved by hand, looks again."""

JOB: ContextVar[Job | None] = ContextVar("cocapi_job", default=None)
"""The job that this thread or task runs."""


class Background(Single):
    """`client.background`: begins work that goes on between calls.

    Args:
        supervisor: Of the client.
        owner: The plugin that is blamed for what goes wrong; None: the program.
        asynchronous: Whether the client is, so that its work runs in tasks.
    """

    def __init__(self, supervisor: Supervisor, owner: PluginRecord | None, asynchronous: bool) -> None:
        self._supervisor = supervisor
        self._owner = owner
        self._asynchronous = asynchronous

    def start(self, flow: Callable[[], Flow[Any]], name: str | None = None) -> Job:
        """Run a flow until it returns, raises, is stopped, or the client is closed.

        It begins when all plugins are open: mostly at once. Work of an asynchronous client begins in the
        event loop that is running, else with the next call; when that loop ends before the client, it begins
        anew with the next call in another loop. It is not carried into the child of a fork.

        Args:
            flow: Called for the flow, each time that it begins.
            name: For the log; None: the name of `flow`.

        Returns:
            What stops it before the client does.

        Raises:
            ClientClosed: The client is closed.
        """
        named = name or str(getattr(flow, "__name__", type(flow).__name__))
        return self._supervisor.start(Job(self._supervisor, self._owner, self._asynchronous, named, flow))


class Job(Single):
    """A flow in the background.

    Attributes:
        name: As it was started.
        running: Whether it has begun and has not ended.
        end: Has come when it is to end; work that neither sleeps nor calls asks it (``job.end.came``).
    """

    def __init__(
        self,
        supervisor: Supervisor,
        owner: PluginRecord | None,
        asynchronous: bool,
        name: str,
        flow: Callable[[], Flow[Any]],
    ) -> None:
        self.name = name
        self.owner = owner
        self.asynchronous = asynchronous
        self.running: bool = False
        self.end: Ending = Ending()
        self.place: Place | None = None  # None: it has not begun, or its event loop has ended
        self.task: Any = None  # where it runs: what the place knows it by
        self._supervisor = supervisor
        self._flow = flow

    def __str__(self) -> str:
        return f"the background work {self.name!r}" + (f" of {self.owner}" if self.owner else "")

    def stop(self) -> None:
        """End it soon: a thread when it next sleeps or calls, a task where it waits. From anywhere; again:
        nothing happens."""
        if not self.end.come():
            return
        if self.place is None:
            self._supervisor.forget(self)
        else:
            self.place.stop(self)

    def run(self) -> None:
        """In a thread of its own, to the end."""
        JOB.set(self)
        self.running = True
        try:
            run(self._begun(), self._supervisor.sync_io(self))
        except BaseException as error:
            self._ended(error)
        finally:
            self.leave()

    async def arun(self) -> None:
        """In a task of its own, to the end."""
        JOB.set(self)
        self.running = True
        try:
            await arun(self._begun(), self._supervisor.async_io(self))
        except BaseException as error:  # also `sys.exit()`: the plugin is blamed for it, by name
            if ends_task(error):
                self.cut_off()
                raise
            self._ended(error)
        finally:
            self.leave()

    def cut_off(self) -> None:
        """It was cancelled: by `stop`, or since its event loop ends, and then it waits for the next."""
        if not self.end.came:
            self._supervisor.wait_for_next_loop(self)

    def leave(self) -> None:
        """Nothing of it runs any more."""
        self.running = False
        if self.place is not None:
            self._supervisor.forget(self)

    def sleep(self, seconds: float) -> None:
        """Let seconds pass, in a thread.

        Raises:
            ClientClosed: It is to end.
        """
        clock = self._supervisor.clock
        if clock is None:
            self.end.sleep(seconds)
            return
        until = clock() + seconds
        while clock() < until:
            self.end.sleep(LOOK)

    async def asleep(self, seconds: float) -> None:
        """Let seconds pass, in a task."""
        clock = self._supervisor.clock
        if clock is None:
            await asleep(seconds)
            return
        until = clock() + seconds
        while clock() < until:
            await asleep(LOOK)

    def _begun(self) -> Flow[Any]:
        self.end.check()
        flow = self._flow()
        if not isinstance(flow, GeneratorType):
            raise TypeError(f"it answered a {type(flow).__name__}, not a flow")
        return flow

    def _ended(self, error: BaseException) -> None:
        """Log what a flow raised, unless that is how it ends with its client, which may be gone by now."""
        if not (isinstance(error, ClientClosed | ReferenceError) and self.end.came):
            failure = PluginError(f"{self} failed: {type(error).__name__}: {error}")
            warn(failure, error)
            log.debug("%s", printable(str(failure)), exc_info=error)


class Place(Protocol):
    """Where jobs run."""

    def start(self, job: Job) -> None:
        """Let a job begin; from any thread. Raises RuntimeError when nothing begins there any more."""
        ...

    def stop(self, job: Job) -> None:
        """Let a job end; from any thread."""
        ...


class Threads:
    """A thread for each job. They are daemons, so that one that hangs does not keep the program from ending;
    those that do not hang have ended, and are joined, before the interpreter goes."""

    def __init__(self) -> None:
        self.threads: list[threading.Thread] = []

    def start(self, job: Job) -> None:
        self.threads = [thread for thread in self.threads if thread.ident is None or thread.is_alive()]
        thread = threading.Thread(target=job.run, name=f"cocapi {job.name}", daemon=True)
        self.threads.append(thread)
        undisturbed(thread.start)  # an interrupt in the midst of it would leave locks of its own taken

    def stop(self, job: Job) -> None:
        """Its `Job.end` wakes it."""

    def join(self, until: float) -> None:
        """Wait for all threads but this one, until that moment; not for one whose start an interrupt hit, and
        which finds that it is to end."""
        for thread in self.threads:
            if thread.ident is not None and thread is not threading.current_thread():
                thread.join(max(until - elapsed(), 0))


class AsyncioTasks:
    """A task of the running event loop of asyncio for each job."""

    def __init__(self) -> None:
        import asyncio

        self.loop: asyncio.AbstractEventLoop = asyncio.get_running_loop()
        self.running_loop: Any = asyncio._get_running_loop

    def start(self, job: Job) -> None:
        if self.running_loop() is self.loop:
            self._start(job)
        else:
            self.loop.call_soon_threadsafe(self._start, job)

    def stop(self, job: Job) -> None:
        with suppress(RuntimeError):  # the loop is closed, and so is the task
            self.loop.call_soon_threadsafe(lambda: job.task and job.task.cancel())

    def _start(self, job: Job) -> None:
        job.task = self.loop.create_task(job.arun(), name=f"cocapi {job.name}", context=Context())
        job.task._log_destroy_pending = False  # a loop may be dropped with it: that is no mistake of the user
        job.task.add_done_callback(partial(self._done, job))

    def _done(self, job: Job, task: Any) -> None:
        """A task that was cancelled before it began has run nothing of the job."""
        if not task.cancelled():
            task.exception()  # a KeyboardInterrupt went out of the loop already
        elif job.running:
            job.cut_off()
            job.leave()


class TrioTasks:
    """A system task of the running trio for each job: it ends with the run, whatever nursery began it."""

    def __init__(self) -> None:
        import trio

        self.trio = trio
        self.token: Any = trio.lowlevel.current_trio_token()

    def start(self, job: Job) -> None:
        if self.trio.lowlevel.in_trio_run() and self.trio.lowlevel.current_trio_token() is self.token:
            self._start(job)
        else:
            self.token.run_sync_soon(self._start, job)

    def stop(self, job: Job) -> None:
        with suppress(RuntimeError):  # the run is over, and so is the task
            self.token.run_sync_soon(lambda: job.task and job.task.cancel())

    def _start(self, job: Job) -> None:
        job.task = self.trio.CancelScope()
        self.trio.lowlevel.spawn_system_task(self._run, job, name=f"cocapi {job.name}")

    async def _run(self, job: Job) -> None:
        with job.task:
            await job.arun()


def tasks_here() -> Place | None:
    """The place of the event loop that is running; None: there is none."""
    asyncio, trio = sys.modules.get("asyncio"), sys.modules.get("trio")
    if asyncio is not None and asyncio._get_running_loop() is not None:
        return AsyncioTasks()
    return TrioTasks() if trio is not None and trio.lowlevel.in_trio_run() else None


class Supervisor:
    """The background work of a client and of all its views.

    Args:
        session: What is shared; referred to weakly, so that work does not keep a forgotten client alive.
        plugins: Told when work waits for the next call, as plugins do that are not open.
        seconds: How long closing waits for the work to end.

    Attributes:
        clock: By which work sleeps, looking often; None: real time.
    """

    def __init__(self, session: Session, plugins: Plugins, seconds: float) -> None:
        self.clock: Callable[[], float] | None = None
        self._session = weakref.ref(session)
        self._plugins = plugins
        self._seconds = seconds
        self._closed = False
        self._jobs: dict[Job, None] = {}
        self.renew()
        SUPERVISORS.add(self)

    def renew(self) -> None:
        """In the child of a fork, where nothing of it runs, nor begins."""
        for job in self._jobs:
            job.end.came = True
        self._jobs.clear()
        self._threads = Threads()
        self._tasks: Place | None = None

    def start(self, job: Job) -> Job:
        """Take on a job, and let it begin where the plugins are open.

        Raises:
            ClientClosed: The client is closed.
        """
        if self._closed:
            raise ClientClosed
        self._jobs[job] = None
        if self._plugins.opened:
            self._begin(job)
        return job

    def begin_in_threads(self) -> None:
        """Begin what waits: the plugins have been opened by synchronous code."""
        for job in self._waiting():
            self._begin(job)

    async def begin_in_tasks(self) -> None:
        """Begin what waits: the plugins have been opened by asynchronous code. It returns when they run."""
        waiting = self._waiting()
        for job in waiting:
            self._begin(job)
        if waiting:
            import anyio

            for _ in range(2):  # trio runs those whose turn it is in an order of chance
                await anyio.lowlevel.checkpoint()

    def stop(self, owner: PluginRecord | None = None) -> None:
        """End the work of a plugin; None: of all, for good."""
        self._closed = self._closed or owner is None
        for job in list(self._jobs):
            if owner is None or job.owner is owner:
                job.stop()

    def join(self) -> None:
        """Wait until the threads have ended, as long as the bound allows. Tasks are left to their event loop,
        which may stand still meanwhile."""
        self._threads.join(elapsed() + self._seconds)
        self._tell_of([job for job in self._running() if not job.asynchronous])

    async def ajoin(self) -> None:
        """Wait until threads and tasks have ended, as long as the bound allows."""
        if self._running():
            import anyio

            until = elapsed() + self._seconds
            with anyio.CancelScope(shield=True):  # who is cancelled leaves no task behind either
                await anyio.lowlevel.checkpoint()
                while self._running() and elapsed() < until:
                    await asleep(LOOK)
                self._threads.join(min(until, elapsed() + LOOK))  # those that have ended, to be exact
        self._tell_of(self._running())

    def forget(self, job: Job) -> None:
        """It has ended, or will not begin."""
        self._jobs.pop(job, None)

    def wait_for_next_loop(self, job: Job) -> None:
        """Its event loop has ended, or there is none yet."""
        job.place, job.running = None, False
        self._tasks = None
        self._plugins.opened = False

    def sync_io(self, job: Job) -> SyncIO:
        """What a job can do in a thread."""

        def send(request: Request) -> Response:
            return self._wire("sync").transport.send(request)

        return replace(self._wire("sync").sync_io, send=send, sleep=job.sleep)

    def async_io(self, job: Job) -> AsyncIO:
        """What a job can do in a task."""
        mode: Mode = "trio" if isinstance(self._tasks, TrioTasks) else "asyncio"

        async def asend(request: Request) -> Response:
            return await self._wire(mode).transport.asend(request)

        return replace(self._wire(mode).async_io, send=asend, sleep=job.asleep)

    def _wire(self, mode: Mode) -> Wire:
        """The way to the transport in use at this moment.

        Raises:
            ClientClosed: The client has been forgotten.
        """
        session = self._session()
        if session is None:
            raise ClientClosed
        session.prepare(mode)
        return session.current[mode]

    def _begin(self, job: Job) -> None:
        """Let a job begin in the place of its kind, if there is one."""
        if job.asynchronous and self._tasks is None:
            self._tasks = tasks_here()
        place = self._tasks if job.asynchronous else self._threads
        if place is None:
            self.wait_for_next_loop(job)
            return
        job.place, job.running = place, True
        try:
            place.start(job)
        except RuntimeError:  # that event loop is closed
            self.wait_for_next_loop(job)
        except BaseException:  # an interrupt; where it has begun all the same, it says so itself
            job.running = False
            raise

    def _waiting(self) -> list[Job]:
        return [job for job in list(self._jobs) if not job.running]

    def _running(self) -> list[Job]:
        """What runs, but for the work that asks."""
        return [job for job in list(self._jobs) if job.running and job is not JOB.get()]

    def _tell_of(self, jobs: list[Job]) -> None:
        for job in jobs:
            log.warning(
                "%s did not end within %g seconds of its client; it is left to itself", job, self._seconds
            )


SUPERVISORS: weakref.WeakSet[Supervisor] = weakref.WeakSet()
"""A thread refers to its own, also when the client has been forgotten."""


@atexit.register
def end_all_work() -> None:
    """When the program ends, and all its threads but ours have: no work of a forgotten client goes on."""
    supervisors = list(SUPERVISORS)
    for supervisor in supervisors:
        supervisor.stop()
    for supervisor in supervisors:
        supervisor.join()
