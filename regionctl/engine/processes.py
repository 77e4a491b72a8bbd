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
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from multiprocessing.connection import Connection, Pipe, wait
from types import FrameType
from typing import Any, Generic, TypeVar

from regionctl.errors import EngineError, RegionctlError

T = TypeVar("T")
Send = Callable[[Any], None]
OnStop = Callable[[Callable[[], None]], None]
Task = Callable[[Send, OnStop], T]


@dataclass(frozen=True)
class _Message:
    """What a child says: a value on its way, or its result."""

    last: bool
    value: Any


@dataclass
class _Child(Generic[T]):
    key: str
    pid: int
    pipe: Connection
    result: T | RegionctlError | None = None


def run_forked(tasks: Mapping[str, Task[T]], receive: Callable[[Any], None]) -> dict[str, T | RegionctlError]:
    """Runs every task in a process of its own and waits for all. One that fails does not stop the others.

    A task gets a function that sends values to `receive` here, and one to say what to call when the user interrupts:
    SIGINT and SIGTERM are passed on to every child. The result of a task, or the error it raised, by its key.
    """
    lifeline, keep = os.pipe()
    children: list[_Child[T]] = []
    gc.freeze()
    try:
        children.extend(_fork(key, task, lifeline, keep) for key, task in tasks.items())
        os.close(lifeline)
        with _forwarding(children):
            _collect(children, receive)
    finally:
        os.close(keep)
        gc.unfreeze()
    return {child.key: child.result if child.result is not None else _died(child.key) for child in children}


def _fork(key: str, task: Task[T], lifeline: int, keep: int) -> _Child[T]:
    ours, theirs = Pipe(duplex=False)
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid:
        theirs.close()
        return _Child(key, pid, ours)
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
    stop = _Stop()
    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
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
def _forwarding(children: list[_Child[T]]) -> Iterator[None]:
    """Passes SIGINT and SIGTERM on to the children while they run."""

    def forward(_number: int, _frame: FrameType | None) -> None:
        for child in children:
            if child.result is None:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(child.pid, signal.SIGINT)

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, forward) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _collect(children: list[_Child[T]], receive: Callable[[Any], None]) -> None:
    open_pipes = {child.pipe: child for child in children}
    while open_pipes:
        for pipe in wait(list(open_pipes)):
            assert isinstance(pipe, Connection)
            child = open_pipes[pipe]
            try:
                message: _Message = pickle.loads(pipe.recv_bytes())
            except (EOFError, OSError):
                del open_pipes[pipe]
                pipe.close()
                os.waitpid(child.pid, 0)
                continue
            if message.last:
                child.result = message.value
            else:
                receive(message.value)


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


def _place(error: BaseException) -> str | None:
    frames = traceback.extract_tb(error.__traceback__)
    return f"{frames[-1].filename}:{frames[-1].lineno}" if frames else None
