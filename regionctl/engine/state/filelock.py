"""A lock on a file (flock(2)) that the system frees when the last process that holds it is gone.

It belongs to the open file and not to a process: Pulumi's CLI inherits it, so that a run that is killed is not taken
for ended while its CLI still works. Nobody has to judge whether a holder lives, by its pid, a clock or anything else.
A plugin that the CLI started inherits it too, and holds it on until it ends.

The file says who holds it, for people, and which of Pulumi's locks were taken under it, by their ids. Once the lock is
free, whoever took those is gone.

Some file systems know no such lock (NFS without its lock daemon, some FUSE). There a `Held` has no handle, keeps nobody
out and proves nothing: Pulumi's own lock is then the only one, and one that is left behind is freed by hand.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import getpass
import os
import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from regionctl.system.files import NotWritten

_BOOT = Path("/proc/sys/kernel/random/boot_id")
_NO_LOCKS = frozenset({errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL})  # flock(2), NFS and FUSE
_MOST_BYTES = 65_536


class Note(BaseModel):
    """What a holder wrote into the file. `machine` is the boot of the system that it ran on."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)

    by: str
    pid: int
    since: AwareDatetime
    machine: str
    pulumi_locks: tuple[str, ...] = ()  # their ids

    def __str__(self) -> str:
        return f"{self.by} (pid {self.pid}, since {self.since:%Y-%m-%d %H:%M:%S %Z})"


class Busy(Exception):
    """Another process holds the lock; `note` says who, where that can be read."""

    def __init__(self, note: Note | None) -> None:
        super().__init__(str(note))
        self.note = note


@dataclass(kw_only=True)
class Held:
    """A lock that this process holds. `before`: the ids of Pulumi's locks of earlier holders, all of which are gone."""

    path: Path
    handle: int | None
    note: Note
    before: frozenset[str] = field(default_factory=frozenset)

    def saw(self, id_: str) -> None:
        """Writes down that one of Pulumi's locks was taken under this lock."""
        if id_ not in self.note.pulumi_locks:
            self.note = self.note.model_copy(update={"pulumi_locks": (*self.note.pulumi_locks, id_)})
            _write(self, self.note)

    def release(self, left: Iterable[str]) -> None:
        """Lets go. The note stays where some of Pulumi's locks that it names are `left`."""
        if self.handle is not None:
            if not set(left) & set(self.note.pulumi_locks):
                with contextlib.suppress(OSError):
                    os.ftruncate(self.handle, 0)
            os.close(self.handle)


def take(path: Path, again: Callable[[], bool]) -> Held:
    """Takes the lock; while another holds it, as long as `again` says so. Raises Busy, NotWritten."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        while True:
            handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                taken = _lock(handle, fcntl.LOCK_EX)
                if taken is not False and _is_still(path, handle):
                    return _held(path, handle if taken else None)
                note = _read(handle)
            except BaseException:
                os.close(handle)
                raise
            os.close(handle)
            if taken is False and not again():
                raise Busy(note)
    except OSError as error:
        raise NotWritten(str(path), error.strerror or str(error)) from error


def whoami() -> str:
    """`user@host`."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        user = str(os.getuid())
    return f"{user}@{socket.gethostname()}"


def hold_while_open(handle: int) -> None:
    """Locks an open file for as long as a process has it open, where its file system can and nobody else did."""
    _lock(handle, fcntl.LOCK_EX)


def holder(path: Path) -> tuple[bool, Note | None]:
    """Whether a process holds the lock, and the note in the file. Holds nobody up for longer than it takes."""
    try:
        handle = os.open(path, os.O_RDONLY)
    except OSError:
        return False, None
    try:
        return _lock(handle, fcntl.LOCK_SH) is False, _read(handle)
    finally:
        os.close(handle)


def proven_gone(path: Path) -> frozenset[str]:
    """The ids of Pulumi's locks that were taken under this lock by runs of which no process is left."""
    try:
        handle = os.open(path, os.O_RDONLY)
    except OSError:
        return frozenset()
    try:
        return _made_here(_read(handle)) if _lock(handle, fcntl.LOCK_SH) else frozenset()
    finally:
        os.close(handle)


def _lock(handle: int, kind: int) -> bool | None:
    """Whether it was taken; None where the file system knows no locks."""
    try:
        fcntl.flock(handle, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        if error.errno in _NO_LOCKS:
            return None
        raise
    return True


def _is_still(path: Path, handle: int) -> bool:
    """Whether the file has not been removed meanwhile: others would lock another one."""
    try:
        return os.path.samestat(path.stat(), os.fstat(handle))
    except FileNotFoundError:
        return False


def _held(path: Path, handle: int | None) -> Held:
    before = _made_here(_read(handle)) if handle is not None else frozenset()
    note = Note(
        by=whoami(),
        pid=os.getpid(),
        since=datetime.now(UTC),
        machine=_machine(),
        pulumi_locks=tuple(sorted(before)),
    )
    held = Held(path=path, handle=handle, note=note, before=before)
    _write(held, note)
    return held


def _made_here(note: Note | None) -> frozenset[str]:
    """Of a note of another boot or machine nothing follows: not every network file system shares its locks."""
    return frozenset(note.pulumi_locks) if note and note.machine == _machine() else frozenset()


def _machine() -> str:
    try:
        return _BOOT.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return f"host {socket.gethostname()}"


def _read(handle: int) -> Note | None:
    """The note, or None where there is none or only a part of one."""
    try:
        return Note.model_validate_json(os.pread(handle, _MOST_BYTES, 0).partition(b"\n")[0])
    except (OSError, ValidationError):
        return None


def _write(held: Held, note: Note) -> None:
    """The whole line at once; what is left of a longer one before it is cut off after that."""
    if held.handle is None:
        return
    line = note.model_dump_json().encode() + b"\n"
    os.pwrite(held.handle, line, 0)
    os.ftruncate(held.handle, len(line))
