"""Takes from this process, and from whatever it starts, what a render has no use for: writing, other processes.

Where the kernel can (Linux with Landlock, landlock(7)), no file is written, made or removed outside of named folders,
nothing is connected by TCP, and neither a signal nor an abstract socket reaches a process outside. And no socket in the
file system, such as Docker's, is connected to (seccomp(2), on x86-64 and arm64). Files can still be read.
"""

from __future__ import annotations

import ctypes
import os
import platform
import struct
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

# include/uapi/linux/landlock.h, and the same numbers of calls on every architecture: arch/*/syscalls
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_ASK_VERSION = 1
_PATH_BENEATH = 1
_WRITE_FILE, _REFER, _TRUNCATE = 1 << 1, 1 << 13, 1 << 14
_REMOVE_AND_MAKE = sum(1 << bit for bit in range(4, 13))
_BIND_AND_CONNECT_TCP = 0b11
_ABSTRACT_SOCKETS_AND_SIGNALS = 0b11
_NO_NEW_PRIVILEGES, _SET_SECCOMP, _FILTER = 38, 22, 2  # include/uapi/linux/prctl.h, seccomp.h

# What a process pool and redirections take (shm_overview(7), null(4)).
_ALWAYS = ("/dev/shm", "/dev/null")

_SOCKET_CALL = {"x86_64": (0xC000003E, 41), "aarch64": (0xC00000B7, 198)}  # include/uapi/linux/audit.h; arch/*/syscalls
_IO_URING_SETUP = 425  # makes sockets as well
_FOREIGN_CALLS = 0x40000000  # the 32-bit calls of x86-64 begin there (__X32_SYSCALL_BIT)


def confine(writable: Sequence[Path]) -> None:
    """As far as the kernel goes along; what it refuses stays as it was. For the calling thread and what it starts."""
    libc = ctypes.CDLL(None, use_errno=True)
    with suppress(OSError, AttributeError):
        _call(libc.prctl, _NO_NEW_PRIVILEGES, 1, 0, 0, 0)
        with suppress(OSError):
            _landlock(libc, [*writable, *map(Path, _ALWAYS)])
        _no_sockets_of_files(libc)


def landlock_version() -> int:
    """What the kernel knows of Landlock, which grows with the number; 0 where it has none."""
    with suppress(OSError, AttributeError):
        return _call(ctypes.CDLL(None, use_errno=True).syscall, _CREATE_RULESET, None, ctypes.c_size_t(0), _ASK_VERSION)
    return 0


def _landlock(libc: ctypes.CDLL, writable: Sequence[Path]) -> None:
    version = landlock_version()
    if not version:
        return
    files = _WRITE_FILE | _REMOVE_AND_MAKE | (_REFER if version >= 2 else 0) | (_TRUNCATE if version >= 3 else 0)
    known = [
        files,
        *([_BIND_AND_CONNECT_TCP] if version >= 4 else []),
        *([_ABSTRACT_SOCKETS_AND_SIGNALS] if version >= 6 else []),
    ]
    attributes = struct.pack(f"={len(known)}Q", *known)
    rules = _call(libc.syscall, _CREATE_RULESET, attributes, ctypes.c_size_t(len(attributes)), 0)
    try:
        for path in writable:
            with suppress(FileNotFoundError):
                _allow(libc, rules, path, files if path.is_dir() else files & (_WRITE_FILE | _TRUNCATE))
        _call(libc.syscall, _RESTRICT_SELF, rules, 0)
    finally:
        os.close(rules)


def _allow(libc: ctypes.CDLL, rules: int, path: Path, rights: int) -> None:
    beneath = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        _call(libc.syscall, _ADD_RULE, rules, _PATH_BENEATH, struct.pack("=Qi", rights, beneath), 0)
    finally:
        os.close(beneath)


def _no_sockets_of_files(libc: ctypes.CDLL) -> None:
    """A filter of calls: `socket(AF_UNIX, ...)` is not permitted; pairs of sockets and pipes are."""
    if platform.machine() not in _SOCKET_CALL:
        return
    arch, socket_call = _SOCKET_CALL[platform.machine()]
    load, if_equal, if_at_least, end = 0x20, 0x15, 0x35, 0x06  # include/uapi/linux/bpf_common.h
    allow, refuse = 0x7FFF0000, 0x00050000 | 1  # SECCOMP_RET_ALLOW; SECCOMP_RET_ERRNO with EPERM
    program = [
        (load, 0, 0, 4),  # struct seccomp_data: the number of the call, the architecture, an address, the arguments
        (if_equal, 0, 7, arch),
        (load, 0, 0, 0),
        (if_at_least, 5, 0, _FOREIGN_CALLS),
        (if_equal, 4, 0, _IO_URING_SETUP),
        (if_equal, 0, 2, socket_call),
        (load, 0, 0, 16),
        (if_equal, 1, 0, 1),  # AF_UNIX
        (end, 0, 0, allow),
        (end, 0, 0, refuse),
    ]
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *step) for step in program))
    filter_ = struct.pack("HP", len(program), ctypes.addressof(code))
    _call(libc.prctl, _SET_SECCOMP, _FILTER, filter_, 0, 0)


def _call(function: ctypes._NamedFuncPointer, *arguments: object) -> int:
    """Raises OSError where the kernel refuses."""
    found = function(*arguments)
    if found == -1:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return int(found)
