"""What the SDK does while a program runs: less of it, and the same in every run."""

from __future__ import annotations

import asyncio
import re
import sys
import typing
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from itertools import count
from pathlib import Path
from types import FrameType
from typing import Any

from pulumi import Output, Resource, _types, log
from pulumi.runtime import resource
from pulumi.runtime.proto import source_pb2
from pulumi.runtime.settings import SETTINGS


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


_NUMBER = (
    "_regionctl_number"  # the SDK leaves out names that begin so where it shows a resource (`massage` in stack.py)
)


@contextmanager
def in_order() -> Iterator[None]:
    """Within, a resource's hash is its number, instead of where it lies in memory.

    The SDK waits for the resources in a set of dependencies one after the other (`_OutputData.resources` in
    pulumi/output.py), and which one comes first decides which of two resources is registered first.
    """
    numbers = count()

    def number(resource: Resource) -> int:
        own = vars(resource)
        if _NUMBER not in own:
            own[_NUMBER] = next(numbers)
        return int(own[_NUMBER])

    with in_place_of(Resource, "__hash__", number):
        yield


def settling(declare: Callable[[], None]) -> Callable[[], Awaitable[None]]:
    """The program, as one that ends once it has settled."""

    async def program() -> None:
        declare()
        await settle()

    return program


async def settle() -> None:
    """Waits until every registration and every output is done, or one has failed; the SDK says then which.

    The SDK's own `wait_for_rpcs` waits for the first of all outstanding outputs again and again, which is quadratic: a
    third of a region's plan. After this it finds nothing outstanding.
    """
    while outstanding := _outstanding():
        done, _ = await asyncio.wait(outstanding, return_when=asyncio.FIRST_EXCEPTION)
        if any(task.cancelled() or task.exception() for task in done):
            return


def _outstanding() -> list[asyncio.Future[object]]:
    try:
        with SETTINGS.lock:
            begun = [asyncio.ensure_future(rpc) for rpc in SETTINGS.rpc_manager.rpcs] + list(SETTINGS.outputs)
    except AttributeError:  # an SDK that keeps them elsewhere waits for all by itself, and longer
        return []
    return [task for task in begun if not task.done()]


def string_outputs(resource_class: type) -> tuple[str, ...]:
    """Wire names of the outputs that are plain strings, in alphabetic order."""
    types, unwrap = getattr(_types, "resource_types", None), getattr(_types, "unwrap_type", None)
    return _by_getters(resource_class) if types is None or unwrap is None else _by_types(resource_class, types, unwrap)


@lru_cache(maxsize=4096)
def _by_types(resource_class: type, types: Any, unwrap: Any) -> tuple[str, ...]:
    return tuple(sorted(name for name, annotation in types(resource_class).items() if unwrap(annotation) is str))


def _by_getters(resource_class: type) -> tuple[str, ...]:
    """The same from what the generated classes promise: a property an output, its name in snake case."""
    found = set()
    for base in resource_class.__mro__:
        for name, value in vars(base).items():
            if isinstance(value, property) and value.fget is not None:
                hint = typing.get_type_hints(value.fget).get("return")
                if hint == Output[str] or hint == Output[str | None]:
                    found.add(re.sub(r"_(\w)", lambda word: word[1].upper(), name))
    return tuple(sorted(found))
