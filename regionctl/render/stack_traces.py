"""The SDK's stack traces."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pulumi.runtime import resource
from pulumi.runtime.proto import source_pb2


@contextmanager
def no_stack_traces() -> Iterator[None]:
    """Keeps the SDK from making them: of each registration it sends all frames to the engine, which a render has not.
    They cost a fifth of one.
    """
    traced = resource._get_stack_trace
    resource._get_stack_trace = _none
    try:
        yield
    finally:
        resource._get_stack_trace = traced


def _none() -> source_pb2.StackTrace:
    return source_pb2.StackTrace()
