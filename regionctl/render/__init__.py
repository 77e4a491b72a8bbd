"""Running a program in process, with no engine, to get its declaration.

    render(program) -> Declaration
    render_all(programs) -> {stack: Declaration}, a process a stack

No state, credentials or network. Errors: ProgramFailed (a RegionctlError) names the component and the line.
Importing this package loads no Pulumi package; rendering does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from regionctl.model.declaration import Alias, CustomTimeouts, Declaration, Options, Resource
from regionctl.model.program import StackProgram
from regionctl.model.values import UNKNOWN, Asset, Reference, Secret, Symbol, Symbolic, Unknown, Value

from .failures import ProgramFailed

__all__ = [
    "UNKNOWN",
    "Alias",
    "Asset",
    "CustomTimeouts",
    "Declaration",
    "Options",
    "ProgramFailed",
    "Reference",
    "Resource",
    "Secret",
    "Symbol",
    "Symbolic",
    "Unknown",
    "Value",
    "render",
    "render_all",
]


def render(program: StackProgram) -> Declaration:
    """The declaration of one stack. Raises ProgramFailed where the program raises."""
    from .run import run

    return run(program)


def render_all(programs: Sequence[StackProgram]) -> Mapping[str, Declaration]:
    """The declarations of many stacks by name, on all processors. Raises the first ProgramFailed."""
    from .run import run_all

    return run_all(programs)
