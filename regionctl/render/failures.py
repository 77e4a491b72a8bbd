"""An exception in a program, as one clear error that names the place and the component."""

from __future__ import annotations

import traceback
from types import FrameType

from regionctl.model.errors import RegionctlError

from .places import is_theirs, shown


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
