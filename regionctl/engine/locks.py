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
    if _ended(pid):
        return True
    started = _started(pid)
    return started is not None and started > since.timestamp() + 1  # another process has got the number since


def _ended(pid: int) -> bool:
    """Whether a process has ended, though whoever started it has not asked how: it then runs nothing any more."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (OSError, IndexError):
        return False


def _started(pid: int) -> float | None:
    """When a process started, in seconds since the epoch; None where the system does not say."""
    try:
        return Path(f"/proc/{pid}").stat().st_ctime if pid else None
    except OSError:
        return None
