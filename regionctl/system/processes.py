"""A process a task, forked from this one, with typed values coming back over a pipe.

The SDK keeps global settings, and its lazy imports race between threads, so stacks that run together need a process
each. Forking from a process that has imported everything already makes a child cost hundredths of a second.

The parent must hold no gRPC object and no thread. Children live in process groups of their own: a ^C at the terminal
reaches them once, from the parent, and they end by themselves where the parent is killed.
"""

from __future__ import annotations

import contextlib
import gc
import io
import os
import pickle
import selectors
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from multiprocessing.connection import Connection, Pipe
from types import FrameType
from typing import Any, Generic, TypeVar

from regionctl.model.errors import EngineError, Interrupted, RegionctlError

T = TypeVar("T")
Send = Callable[[Any], None]
OnStop = Callable[[Callable[[], None]], None]
Task = Callable[[Send, OnStop], T]

_STOPS = (signal.SIGINT, signal.SIGTERM)


@dataclass(frozen=True)
class _Message:
    """What a child says: a value on its way, or its result."""

    last: bool
    value: Any


@dataclass(frozen=True)
class _Child:
    key: str
    pid: int


def run_forked(
    tasks: Mapping[str, Task[T]], receive: Callable[[Any], None], *, at_once: int | None = None
) -> dict[str, T | RegionctlError]:
    """Runs every task in a process of its own, at most `at_once` at a time, and waits for all.

    One that fails does not stop the others. A task gets a function that sends values to `receive` here, and one to say
    what to call when the user interrupts: SIGINT and SIGTERM are passed on to every child, and no other is started.
    The result of a task, or the error it raised, by its key.
    """
    lifeline, keep = os.pipe()
    family: _Family[T] = _Family(list(tasks.items()), lifeline, keep)
    gc.freeze()
    try:
        with _forwarding(family):
            family.run(receive, at_once or len(tasks))
    finally:
        os.close(lifeline)
        os.close(keep)
        gc.unfreeze()
    return {key: family.results[key] if key in family.results else _never_ran(key) for key in tasks}


class _Family(Generic[T]):
    """The children that run, and the tasks that wait for their turn."""

    def __init__(self, waiting: list[tuple[str, Task[T]]], lifeline: int, keep: int) -> None:
        self.results: dict[str, T | RegionctlError] = {}
        self._waiting = waiting
        self._running: dict[Connection, _Child] = {}
        self._selector = selectors.DefaultSelector()
        self._lifeline = lifeline
        self._keep = keep

    def run(self, receive: Callable[[Any], None], at_once: int) -> None:
        with self._selector:
            while self._running or self._waiting:
                while self._waiting and len(self._running) < at_once:
                    self._start(*self._waiting.pop(0))
                for key, _ in self._selector.select():
                    self._hear(key.data, receive)

    def stop(self) -> None:
        """Interrupts those that run; the others are not started."""
        self._waiting.clear()
        for child in list(self._running.values()):
            with contextlib.suppress(ProcessLookupError):
                os.kill(child.pid, signal.SIGINT)

    def _start(self, key: str, task: Task[T]) -> None:
        ours, pid = _fork(task, self._lifeline, self._keep)
        self._running[ours] = _Child(key, pid)
        self._selector.register(ours, selectors.EVENT_READ, ours)

    def _hear(self, pipe: Connection, receive: Callable[[Any], None]) -> None:
        child = self._running[pipe]
        try:
            message: _Message = pickle.loads(pipe.recv_bytes())
        except (EOFError, OSError):
            del self._running[pipe]
            self._selector.unregister(pipe)
            pipe.close()
            os.waitpid(child.pid, 0)
            self.results.setdefault(child.key, _died(child.key))
            return
        if message.last:
            self.results[child.key] = message.value
        else:
            receive(message.value)


def _fork(task: Task[T], lifeline: int, keep: int) -> tuple[Connection, int]:
    ours, theirs = Pipe(duplex=False)
    sys.stdout.flush()
    sys.stderr.flush()
    # Until the child has handlers of its own it would run this process's, and stop its siblings.
    signal.pthread_sigmask(signal.SIG_BLOCK, _STOPS)
    pid = os.fork()
    if pid:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOPS)
        theirs.close()
        return ours, pid
    try:
        ours.close()
        os.close(keep)
        _child(task, theirs, lifeline)
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(0)


def _child(task: Task[T], pipe: Connection, lifeline: int) -> None:
    os.setpgid(0, 0)
    # It ends in seconds, and a program makes many objects and drops few: collecting took a third of its time.
    gc.disable()
    stop = _Stop()
    for number in _STOPS:
        signal.signal(number, stop)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOPS)
    threading.Thread(target=_watch, args=(lifeline,), daemon=True).start()
    guard = threading.Lock()

    def send(message: _Message) -> None:
        with guard, contextlib.suppress(BrokenPipeError):
            pipe.send_bytes(_packed(message))

    result: Any
    try:
        result = task(lambda value: send(_Message(last=False, value=value)), stop.ask)
    except RegionctlError as error:
        result = error
    except Exception as error:
        result = EngineError(
            f"{type(error).__name__}: {error}", where=_place(error), hint="this is a defect: report it"
        )
    send(_Message(last=True, value=result))


class _Stop:
    """The handler of SIGINT and SIGTERM in a child: it calls what the task asked for, also when it asks later."""

    def __init__(self) -> None:
        self._asked: Callable[[], None] | None = None
        self._stopped = False

    def ask(self, call: Callable[[], None]) -> None:
        self._asked = call
        if self._stopped:
            call()

    def __call__(self, _number: int, _frame: FrameType | None) -> None:
        self._stopped = True
        if self._asked is not None:
            self._asked()


def _watch(lifeline: int) -> None:
    """Stops this process as a ^C would, once the parent is gone: the pipe's other end is then closed."""
    os.read(lifeline, 1)
    os.kill(os.getpid(), signal.SIGINT)


@contextlib.contextmanager
def _forwarding(family: _Family[T]) -> Iterator[None]:
    """Passes SIGINT and SIGTERM on to the children while they run."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, lambda *_: family.stop()) for number in _STOPS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class _Pickler(pickle.Pickler):
    """Errors keep their fields: they are rebuilt without calling their constructors."""

    def reducer_override(self, value: object) -> Any:
        if isinstance(value, RegionctlError):
            return _rebuilt, (type(value), value.args, vars(value))
        return NotImplemented


def _packed(message: _Message) -> bytes:
    buffer = io.BytesIO()
    _Pickler(buffer).dump(message)
    return buffer.getvalue()


def _rebuilt(kind: type[RegionctlError], args: tuple[Any, ...], fields: Mapping[str, Any]) -> RegionctlError:
    error = kind.__new__(kind, *args)
    error.args = args
    vars(error).update(fields)
    return error


def _died(key: str) -> EngineError:
    return EngineError(f"{key}: its process ended without a result", hint="run the same command again to go on")


def _never_ran(key: str) -> Interrupted:
    return Interrupted(f"{key}: stopped before its turn; nothing was touched", hint="run the same command again")


def _place(error: BaseException) -> str | None:
    frames = traceback.extract_tb(error.__traceback__)
    return f"{frames[-1].filename}:{frames[-1].lineno}" if frames else None
