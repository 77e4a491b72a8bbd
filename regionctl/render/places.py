"""Where in the user's code something happens: the innermost frame that is neither the tool's nor a library's."""

from __future__ import annotations

import os
import sys
import sysconfig
from functools import lru_cache
from itertools import islice
from pathlib import Path
from types import CodeType, FrameType

from regionctl.model.errors import Position

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
