"""No test leaves this machine: connections that would are refused, as on a machine without a network."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

LOOPBACK = ("127.0.0.1", "localhost", "::1")


def keep_inside(replace: Callable[[Any, str, Any], None], outside: list[str]) -> None:
    """Refuses each connection of this process, and of those forked from it, that would leave the machine; who was to be
    reached is added to `outside`. `replace` sets an attribute, as `setattr` does."""
    connect, resolve = socket.socket.connect, socket.getaddrinfo

    def guarded(self: socket.socket, address: Any) -> None:
        if isinstance(address, tuple) and address[0] not in LOOPBACK:
            outside.append(str(address[0]))
            raise OSError(101, "Network is unreachable")
        connect(self, address)

    def resolved(host: Any, *args: Any, **more: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if isinstance(name, str) and name not in LOOPBACK and not name.replace(".", "").isdigit():
            outside.append(name)
            raise socket.gaierror(-2, "Name or service not known")
        return resolve(host, *args, **more)

    replace(socket.socket, "connect", guarded)
    replace(socket, "getaddrinfo", resolved)
