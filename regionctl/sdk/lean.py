"""What the SDK says of each resource: less of it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from pulumi import log
from pulumi.runtime import resource
from pulumi.runtime.proto import source_pb2


@contextmanager
def lean() -> Iterator[None]:
    """Without debug messages, and with the place in which a resource is made instead of all frames down to it.

    The SDK sends three debug messages a resource, each a call that the program waits for, and no run shows them. The
    frames are half of a state and a sixth of a plan's time; the engine shows the first alone (`sourcePosition`).
    """
    with in_place_of(log, "debug", _drop), in_place_of(resource, "_get_stack_trace", _place):
        yield


@contextmanager
def in_place_of(owner: Any, name: str, ours: object) -> Iterator[None]:
    """Ours for a while; where the SDK has no such function any more, nothing."""
    theirs = getattr(owner, name, None)
    if theirs is None:
        yield
        return
    setattr(owner, name, ours)
    try:
        yield
    finally:
        setattr(owner, name, theirs)


def _drop(*_message: Any, **_options: Any) -> None:
    """Nobody listens."""


def _place() -> source_pb2.StackTrace:
    """The caller of the third `__init__`: Resource's and CustomResource's or ComponentResource's are the SDK's."""
    frame: FrameType | None = sys._getframe()
    within = 0
    while frame is not None and within < 3:
        within += frame.f_code.co_name == "__init__"
        frame = frame.f_back
    if frame is None or not (file := Path(frame.f_code.co_filename)).is_absolute():
        return source_pb2.StackTrace()  # made on no line of a file: `<string>`
    place = source_pb2.SourcePosition(uri=file.as_uri(), line=frame.f_lineno)
    return source_pb2.StackTrace(frames=[source_pb2.StackFrame(pc=place)])
