"""Runs the emulated providers of one store until it is told to stop. They answer the user alone who runs them."""

from __future__ import annotations

import gc
import os
import select
import signal
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import grpc
from pulumi.runtime.proto import provider_pb2_grpc

from regionctl.model.errors import RegionctlError
from regionctl.sandbox.operations import Clouds
from regionctl.sandbox.providers import PROVIDERS
from regionctl.sandbox.server import ProviderServicer
from regionctl.sandbox.store import Store
from regionctl.system.callers import OnlyOwnUser

WORKERS: Final = 16  # calls at a time; the engine sends at most as many as its own --parallel
MAX_MESSAGE_BYTES: Final = 400 * 1024 * 1024  # as Pulumi's own plugins: `rpcutil.GrpcChannelOptions`
PARENT_POLL_S: Final = 1.0
GRACE_S: Final = 2.0


class Running:
    """The servers of some providers on one store. Close it to stop them."""

    def __init__(self, data: Path, providers: Sequence[str]) -> None:
        """Raises RegionctlError for a provider that is not emulated, StoreUnreadable for a damaged file."""
        self._store = Store(data)
        self._store.verify()
        self._servers: list[grpc.Server] = []
        self.ports: dict[str, int] = {}
        for name in providers:
            self._start(name)

    @property
    def debug_providers(self) -> str:
        """What PULUMI_DEBUG_PROVIDERS must be: `gcp:41234`."""
        return ",".join(f"{name}:{port}" for name, port in self.ports.items())

    def close(self) -> None:
        for server in self._servers:
            server.stop(GRACE_S).wait()
        self._store.close()

    def _start(self, name: str) -> None:
        if name not in PROVIDERS:
            known = ", ".join(PROVIDERS)
            raise RegionctlError(f"the sandbox does not emulate the provider {name!r}", hint=f"choose from {known}")
        options = [
            ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
            ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
            ("grpc.so_reuseport", 0),
        ]
        guard = OnlyOwnUser()
        pool = ThreadPoolExecutor(WORKERS, thread_name_prefix=name)
        server = grpc.server(pool, options=options, interceptors=[guard])
        clouds = Clouds(PROVIDERS[name](), self._store, time.time, time.sleep)
        provider_pb2_grpc.add_ResourceProviderServicer_to_server(ProviderServicer(clouds), server)
        self.ports[name] = guard.port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        self._servers.append(server)


def serve(data: Path, providers: Sequence[str], ready: Callable[[str], None], *, parent: int | None = None) -> None:
    """Serves until SIGTERM or SIGINT, or until the process `parent` is no longer this one's parent.

    `ready` is called once with the value for PULUMI_DEBUG_PROVIDERS. Makes no gRPC object before it is called, so it
    may run in a forked child. Runs in the main thread, since it handles signals. Raises as `Running` does.
    """
    gc.enable()  # the command line, which lives for seconds, has switched it off
    # A pipe and not an Event: a handler runs in the main thread between any two of its instructions, so that it would
    # wait forever for the Event's lock where the main thread holds it.
    stopped, stop = os.pipe()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: os.write(stop, b"."))
    running = Running(data, providers)
    try:
        ready(running.debug_providers)
        while not select.select([stopped], [], [], PARENT_POLL_S)[0]:
            if parent is not None and os.getppid() != parent:
                break
    finally:
        running.close()
