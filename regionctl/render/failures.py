"""Explains an exception in a program: one clear error that names the place and the component."""

from __future__ import annotations

import os
import sys
import sysconfig
import traceback
from functools import lru_cache
from itertools import islice
from pathlib import Path
from types import CodeType, FrameType

from regionctl.model.errors import Position, RegionctlError


class ProgramFailed(RegionctlError):
    """The program raised. `component` is the innermost component that was being built, as `type name`."""

    def __init__(self, stack: str, error: BaseException) -> None:
        self.stack = stack
        self.component, place = _innermost(error)
        inside = f" in {self.component}" if self.component else ""
        hint = error.hint if isinstance(error, RegionctlError) else None
        super().__init__(f"{stack}: the program failed{inside}: {_text(error)}", where=place, hint=hint)


def _text(error: BaseException) -> str:
    if isinstance(error, RegionctlError):
        return error.what
    return f"{type(error).__name__}: {str(error).strip()}"


def _innermost(error: BaseException) -> tuple[str | None, str | None]:
    """The component and `file:line` of the innermost frame that is neither the tool's nor a library's."""
    component: str | None = None
    place: str | None = None
    for frame, line in traceback.walk_tb(error.__traceback__):
        file = frame.f_code.co_filename
        if not is_theirs(file):
            continue
        place = f"{shown(file)}:{line}"
        component = _component(frame) or component
    return component, place


def _component(frame: FrameType) -> str | None:
    from pulumi import ComponentResource

    owner = frame.f_locals.get("self")
    if not isinstance(owner, ComponentResource) or "_name" not in vars(owner):
        return None
    return f"{owner.pulumi_resource_type} {owner.pulumi_resource_name!r}"


_NOT_THEIRS = (
    str(Path(__file__).resolve().parents[1]),
    sysconfig.get_path("stdlib"),
    sysconfig.get_path("purelib"),
    "<",
)


def is_theirs(file: str) -> bool:
    """Whether a code object's file is the user's own."""
    return not file.startswith(_NOT_THEIRS)


def shown(file: str) -> str:
    """The file as people see it: relative to the current directory where it lies in it."""
    relative = os.path.relpath(file)
    return file if relative.startswith("..") else relative


def calling_place() -> Position | None:
    """Where the user's code calls what calls this, or None where it does not."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if is_theirs(frame.f_code.co_filename):
            return Position(shown(frame.f_code.co_filename), *_line_and_column(frame.f_code, frame.f_lasti))
        frame = frame.f_back
    return None


@lru_cache(maxsize=4096)
def _line_and_column(code: CodeType, instruction: int) -> tuple[int, int]:
    # Two bytes an instruction: https://docs.python.org/3/reference/datamodel.html#codeobject.co_positions
    line, _, column, _ = next(islice(code.co_positions(), instruction // 2, None))
    return line or code.co_firstlineno, (column or 0) + 1
