"""Who is changing a stack, as Pulumi's file backend writes it down (pkg/backend/diy/lock.go)."""

from __future__ import annotations

import getpass
import json
import os
import socket
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from regionctl.program import StackProgram

from .workspace import Workspace

# Positions in /proc/PID/stat after the name in brackets (proc_pid_stat(5): fields 3 and 22).
_STATE, _START = 0, 19
# The time of boot comes in whole seconds, and moves when the clock is set.
_CLOCKS_DIFFER_S = 10


@dataclass(frozen=True, kw_only=True)
class Lock:
    """One holder of a stack's lock. `stale`: its process is gone from this host, so that nobody will free it."""

    pid: int
    user: str
    host: str
    since: datetime
    path: Path
    stale: bool

    def __str__(self) -> str:
        return f"{self.user}@{self.host} (pid {self.pid}, since {self.since:%Y-%m-%d %H:%M:%S %Z})"


def locks(workspace: Workspace, program: StackProgram) -> tuple[Lock, ...]:
    """The holders of a stack's lock; none for a remote state, whose locks only Pulumi sees."""
    folder = workspace.lock_dir(program)
    if folder is None or not folder.is_dir():
        return ()
    found = (_read(path) for path in sorted(folder.glob("*.json")))
    return tuple(lock for lock in found if lock)


def clear_stale(workspace: Workspace, program: StackProgram) -> tuple[Lock, ...]:
    """Removes the locks whose processes are gone, and returns them."""
    stale = tuple(lock for lock in locks(workspace, program) if lock.stale)
    for lock in stale:
        lock.path.unlink(missing_ok=True)
        lock.path.with_name(f"{lock.path.name}.attrs").unlink(missing_ok=True)
    return stale


def _read(path: Path) -> Lock | None:
    """A lock, or None where it was freed meanwhile."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        pid, host, since = content["pid"], content["hostname"], datetime.fromisoformat(content["timestamp"])
        user = content["username"]
    except FileNotFoundError:
        return None
    except (ValueError, KeyError):
        # Half written by a process that was killed: when, and by whom of this user's, is all there is to know.
        pid, host, since = 0, socket.gethostname(), datetime.fromtimestamp(path.stat().st_mtime).astimezone()
        user = getpass.getuser()
    return Lock(pid=pid, user=user, host=host, since=since, path=path, stale=_gone(pid, host, since))


def _gone(pid: int, host: str, since: datetime) -> bool:
    if host != socket.gethostname():
        return False
    try:
        os.kill(pid, 0) if pid else None
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    process = _stat(pid)
    if process is None:
        return False
    if process[_STATE] == "Z":
        return True  # it has ended, though whoever started it has not asked how: it runs nothing any more
    return _started(process) > since.timestamp() + _CLOCKS_DIFFER_S  # another process has got the number since


def _stat(pid: int) -> list[str] | None:
    """What the system says of a process; None where it says nothing (macOS)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None


def _started(process: list[str]) -> float:
    """When a process started, in seconds since the epoch. (The age of /proc/PID is that of the first look at it.)"""
    boot = next(line for line in Path("/proc/stat").read_text().splitlines() if line.startswith("btime"))
    return int(boot.split()[1]) + int(process[_START]) / os.sysconf("SC_CLK_TCK")
