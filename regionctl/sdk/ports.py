"""Guards the ports that the SDK opens for a run: an interceptor says who may ask there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import grpc
from pulumi.automation import _stack

from .programs import in_place_of


class Guard(Protocol):
    """An interceptor of gRPC's that is told its server's port."""

    port: int


@contextmanager
def guarded(guard: Callable[[], Guard]) -> Iterator[None]:
    """Each server that the SDK starts meanwhile has a guard of its own.

    It serves the program, whose answers hold its inputs and secrets, and takes the engine's events, on ports of this
    machine that any user can connect to.
    """
    with in_place_of(_stack, "grpc", _Guarding(guard)):
        yield


class _Guarding:
    """The module `grpc`, but for `server`."""

    def __init__(self, guard: Callable[[], Guard]) -> None:
        self._guard = guard

    def __getattr__(self, name: str) -> Any:
        return getattr(grpc, name)

    def server(self, *args: Any, **options: Any) -> Any:
        guard = self._guard()
        server = grpc.server(*args, **options, interceptors=[guard])
        listen = server.add_insecure_port

        def noted(address: str) -> int:
            guard.port = listen(address)
            return guard.port

        server.add_insecure_port = noted
        return server
