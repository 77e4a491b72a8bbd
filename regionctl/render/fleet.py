"""Rendering many stacks at once: processes forked from one that has rendered the first."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import partial

from regionctl.model.declaration import Declaration
from regionctl.model.errors import RegionctlError
from regionctl.model.program import StackProgram
from regionctl.system.processes import OnStop, Send, Task, run_forked

from .run import run


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
