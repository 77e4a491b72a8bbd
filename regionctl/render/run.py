"""Runs a program under the recording monitor."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import gc
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any, ParamSpec, TypeVar, cast

from pulumi.runtime import register_stack_transformation, set_all_config
from pulumi.runtime.settings import SETTINGS, Settings, configure, set_root_resource
from pulumi.runtime.stack import Stack, wait_for_rpcs

from regionctl.model.declaration import Declaration
from regionctl.model.errors import RegionctlError
from regionctl.model.program import StackProgram
from regionctl.model.values import Symbol
from regionctl.sdk import in_order, lean, quicker_imports, settle
from regionctl.system.processes import OnStop, Send, Task, run_forked

from .failures import ProgramFailed
from .monitor import RecordingEngine, RecordingMonitor
from .values import symbol_text

_P = ParamSpec("_P")
_T = TypeVar("_T")

CONFIG = "config"


class _Inline(ThreadPoolExecutor):
    """Runs what is submitted at once. The monitor answers in process, so that threads would only cost time, and the
    order of registrations would differ from run to run. (asyncio takes nothing but a ThreadPoolExecutor as default.)
    """

    def submit(self, fn: Callable[_P, _T], /, *args: _P.args, **kwargs: _P.kwargs) -> Future[_T]:
        future: Future[_T] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


def run(program: StackProgram) -> Declaration:
    """Renders in a context of its own: the SDK keeps its settings, config and root resource in context variables."""
    quicker_imports()
    with _no_collection(), lean(), in_order():
        return contextvars.copy_context().run(_run, program)


@contextlib.contextmanager
def _no_collection() -> Iterator[None]:
    """A render makes some hundred thousand objects and drops them at its end: collecting meanwhile finds nothing."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _run(program: StackProgram) -> Declaration:
    secrets = {key: symbol_text(CONFIG, key) for key in program.secrets}
    symbols = {text: Symbol(CONFIG, key) for key, text in secrets.items()}
    monitor = RecordingMonitor(program.project, program.name, symbols)
    engine = RecordingEngine()
    _configure(program, monitor, engine)
    secret_keys = {f"{program.project}:{key}": text for key, text in secrets.items()}
    set_all_config({**program.config, **secret_keys}, list(secret_keys))
    try:
        _drive(program.run, monitor)
    except Exception as error:
        raise ProgramFailed(program.name, error) from error
    return Declaration(
        project=program.project,
        stack=program.name,
        resources=monitor.resources,
        outputs=monitor.outputs,
        warnings=tuple(engine.warnings),
    )


def _configure(program: StackProgram, monitor: RecordingMonitor, engine: RecordingEngine) -> None:
    set_root_resource(cast(Any, None))
    configure(
        Settings(
            project=program.project,
            stack=program.name,
            monitor=monitor,
            engine=cast(Any, engine),
            dry_run=True,
            organization="organization",
        )
    )
    features = monitor.GetDeploymentInfo(cast(Any, None)).supportedFeatures
    SETTINGS.monitor_features = set(features)


def _drive(declare: Callable[[], None], monitor: RecordingMonitor) -> None:
    loop = asyncio.new_event_loop()
    loop.set_default_executor(_Inline(max_workers=1))
    loop.set_exception_handler(lambda _loop, _context: None)
    try:
        loop.run_until_complete(_program(declare, monitor))
    finally:
        while unfinished := asyncio.all_tasks(loop):
            for task in unfinished:
                task.cancel()
            loop.run_until_complete(asyncio.gather(*unfinished, return_exceptions=True))
        loop.close()


async def _program(declare: Callable[[], None], monitor: RecordingMonitor) -> None:
    stack = Stack()
    register_stack_transformation(monitor.learn)
    try:
        declare()
    finally:
        stack._finish()
    await settle()
    await wait_for_rpcs()


def run_all(programs: Sequence[StackProgram]) -> Mapping[str, Declaration]:
    """Every declaration by stack, in the order given. Raises the first error of a program."""
    if not programs:
        return {}
    first, rest = programs[0], programs[1:]
    declared = {first.name: run(first)}  # loads what the others share
    tasks: dict[str, Task[Declaration]] = {program.name: partial(_render, program) for program in rest}
    results = run_forked(tasks, lambda _event: None, at_once=os.cpu_count())
    for name, result in results.items():
        if isinstance(result, RegionctlError):
            raise result
        declared[name] = result
    return declared


def _render(program: StackProgram, _send: Send, _on_stop: OnStop) -> Declaration:
    return run(program)
