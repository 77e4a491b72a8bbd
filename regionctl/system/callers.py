"""Whose process is at the other end of a connection: a server of ours answers the user alone who runs it.

Pulumi's engine is told a port of this machine (PULUMI_DEBUG_PROVIDERS takes `name:PORT` and nothing else:
`GetProviderAttachPort` in sdk/go/common/resource/plugin of v3.259.0), it sends no token, and any user of the machine
can connect to a port. What a provider or a program answers holds secrets, so each call is checked before it is
answered.

Linux tells which user made the socket at the other end. Other systems tell nothing of the kind to who is not root:
there, every user of the machine can ask (`CAN_TELL`).
"""

from __future__ import annotations

import os
import socket
import struct
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

import grpc

CAN_TELL: Final = sys.platform == "linux"

_LOOPBACK: Final = "127.0.0.1"
_ESTABLISHED: Final = 1  # TCP_ESTABLISHED of include/net/tcp_states.h: a closed socket has no owner any more
# Of include/uapi/linux/netlink.h, sock_diag.h and inet_diag.h.
_NETLINK_SOCK_DIAG: Final = 4
_SOCK_DIAG_BY_FAMILY: Final = 20
_NLM_F_REQUEST: Final = 1
_HEADER: Final = struct.Struct("=IHHII")  # struct nlmsghdr
_REQUEST: Final = struct.Struct("=BBBxI")  # struct inet_diag_req_v2 without its id
_STATE: Final = struct.Struct("=BB")  # family and state of struct inet_diag_msg
_OWNER: Final = struct.Struct("=II")  # uid and inode of the same
_OWNER_OFFSET: Final = 4 + 48 + 12  # behind the socket's id, expiry and queues


class OnlyOwnUser(grpc.ServerInterceptor):  # type: ignore[misc]
    """Refuses every call of a server from a process of another user. `port` is the server's, on the loopback."""

    def __init__(self) -> None:
        self.port = 0

    def intercept_service(self, continuation: Callable[[Any], Any], details: Any) -> Any:
        handler = continuation(details)
        if handler is None or not CAN_TELL:
            return handler
        one_or_many = ("unary", "stream")
        kind = f"{one_or_many[handler.request_streaming]}_{one_or_many[handler.response_streaming]}"
        behaviour = getattr(handler, kind)

        def checked(request: Any, context: grpc.ServicerContext) -> Any:
            if owner(context.peer(), self.port) != os.geteuid():
                context.abort(
                    grpc.StatusCode.PERMISSION_DENIED,
                    "regionctl: this port answers only processes of the user who started it",
                )
            return behaviour(request, context)

        return getattr(grpc, f"{kind}_rpc_method_handler")(
            checked,
            request_deserializer=handler.request_deserializer,
            response_serializer=handler.response_serializer,
        )


def owner(peer: str, port: int) -> int | None:
    """The user id of the process that connected from `peer`, as gRPC writes it, to a port of the loopback.

    None where the connection is closed or not from this machine. Asked anew for each call: once a connection is
    closed, another user may get its port.
    """
    kind, _, address = peer.partition(":")
    host, _, number = address.rpartition(":")
    if kind not in {"ipv4", "ipv6"} or unquote(host).strip("[]").removeprefix("::ffff:") != _LOOPBACK:
        return None
    try:
        found = _by_netlink(int(number), port)
    except OSError:  # no such protocol in this kernel or container
        found = None
    return found if found is not None else next(_in_tables(int(number), port), None)


def _by_netlink(theirs: int, ours: int) -> int | None:
    """Asks the kernel for the one socket, which takes 20 microseconds; a socket of IPv6 on such an address too."""
    address = socket.inet_aton(_LOOPBACK).ljust(16, b"\0")
    any_interface_and_cookie = struct.pack("=III", 0, 0xFFFFFFFF, 0xFFFFFFFF)
    ids = struct.pack(">HH", theirs, ours) + address + address + any_interface_and_cookie
    body = _REQUEST.pack(socket.AF_INET, socket.IPPROTO_TCP, 0, 0xFFFFFFFF) + ids
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETLINK_SOCK_DIAG) as kernel:
        kernel.send(_HEADER.pack(_HEADER.size + len(body), _SOCK_DIAG_BY_FAMILY, _NLM_F_REQUEST, 1, 0) + body)
        answer = kernel.recv(4096)
    if _HEADER.unpack_from(answer)[1] != _SOCK_DIAG_BY_FAMILY:  # an error: there is no such socket
        return None
    uid, inode = _OWNER.unpack_from(answer, _HEADER.size + _OWNER_OFFSET)
    return uid if _STATE.unpack_from(answer, _HEADER.size)[1] == _ESTABLISHED and inode else None


def _in_tables(theirs: int, ours: int) -> Iterator[int]:
    """The same from the kernel's tables, which takes milliseconds: `Documentation/networking/proc_net_tcp.rst`."""
    v4 = f"{struct.unpack('=I', socket.inet_aton(_LOOPBACK))[0]:08X}"
    mapped = f"{0:016X}{struct.unpack('=I', bytes((0, 0, 255, 255)))[0]:08X}{v4}"
    wanted = {(f"{address}:{theirs:04X}", f"{address}:{ours:04X}", f"{_ESTABLISHED:02X}") for address in (v4, mapped)}
    for table in (Path("/proc/net/tcp"), Path("/proc/net/tcp6")):
        if table.exists():
            for fields in map(str.split, table.read_text().splitlines()[1:]):
                if tuple(fields[1:4]) in wanted and fields[9] != "0":
                    yield int(fields[7])
