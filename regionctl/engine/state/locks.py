"""Who is changing a stack: a lock of ours on a file, and Pulumi's own lock files.

A run of ours holds the stack's `run` lock from its first look at the state to its end, and its CLI holds it with it.
Whatever writes the stack's config holds the `config` lock for as long as that takes. Pulumi's CLI takes a lock of its
own besides, a file that no system frees (pkg/backend/diy/lock.go of pulumi v3.259.0); it keeps out plain `pulumi` and,
in a remote state, other machines.

A lock file of Pulumi's is left behind where a note of ours names it, written on this boot of this machine, and the lock
under which it was made is free. Every other one is honoured, however old, and whatever runs under its pid: it may be of
another container that has the same host name.
"""

from __future__ import annotations

import contextlib
import getpass
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pydantic import AwareDatetime, BaseModel, ValidationError

from regionctl.engine.workspace import Workspace
from regionctl.model.program import StackProgram

from .filelock import Held, Note, holder, proven_gone, take

_ATTRIBUTES = ".attrs"  # gocloud.dev/blob/fileblob
_POLL_S = 0.002  # what a kill can fall into: between the CLI's making its lock file and our note of it
# The commands of the CLI that lock: CreateStack, Update, Import, Refresh, Destroy, ImportDeployment of
# pkg/backend/diy/backend.go.
_LOCKING = frozenset({"up", "import", "refresh", "destroy", "stack", "state"})


@dataclass(frozen=True, kw_only=True)
class Lock:
    """One holder of a stack's lock. `stale`: it is proven that nothing of that run is left, so nobody will free it.
    `path` is its file, where the lock is on this disk.
    """

    pid: int
    user: str
    host: str
    since: datetime
    path: Path | None = None
    stale: bool = False

    def __str__(self) -> str:
        return f"{self.user}@{self.host} (pid {self.pid}, since {self.since:%Y-%m-%d %H:%M:%S %Z})"


class _Content(BaseModel):
    """`lockContent` of Pulumi's."""

    pid: int
    username: str
    hostname: str
    timestamp: AwareDatetime


def locks(workspace: Workspace, program: StackProgram) -> tuple[Lock, ...]:
    """The holders of a stack's lock. Of a remote state only those of this checkout: the others only Pulumi sees."""
    return StackLocks(workspace, program).held()


class StackLocks:
    """The locks of one stack: which of them this object holds, and which others are held."""

    def __init__(self, workspace: Workspace, program: StackProgram) -> None:
        self._run = workspace.run_lock(program)
        self._config = workspace.config_lock(program)
        self._pulumi = workspace.lock_dir(program)
        self._mine: dict[Path, Held] = {}

    @property
    def handles(self) -> tuple[int, ...]:
        """What the CLI must inherit."""
        return tuple(held.handle for held in self._mine.values() if held.handle is not None)

    @property
    def is_running(self) -> bool:
        """Whether the run lock is held here."""
        return self._run in self._mine

    @property
    def unlockable(self) -> bool:
        """Whether the file system of a lock that is held here knows no locks."""
        return any(held.handle is None for held in self._mine.values())

    def running(self, again: Callable[[], bool]) -> contextlib.AbstractContextManager[None]:
        """Holds the run lock, waiting for it while `again` says so. May be nested. Raises Busy, NotWritten."""
        return self._hold(self._run, again)

    def writing_config(self, again: Callable[[], bool]) -> contextlib.AbstractContextManager[None]:
        """Holds the config lock, waiting for it while `again` says so. May be nested. Raises Busy, NotWritten."""
        return self._hold(self._config, again)

    def held(self) -> tuple[Lock, ...]:
        """The locks that others hold or left behind, Pulumi's first, which say most."""
        found = self.pulumi()
        if self._run not in self._mine and not any(not lock.stale for lock in found):
            is_held, note = holder(self._run)
            found += (_of_note(self._run, note),) if is_held else ()
        return found

    def pulumi(self) -> tuple[Lock, ...]:
        """Pulumi's lock files; none for a remote state."""
        gone = self._gone()
        read = (_read(path, stale=_id(path) in gone) for path in self._lock_files())
        return tuple(lock for lock in read if lock)

    def clear_stale(self) -> tuple[Lock, ...]:
        """Removes the lock files that are left behind, and returns them."""
        stale = tuple(lock for lock in self.pulumi() if lock.stale)
        for path in (lock.path for lock in stale if lock.path):
            path.unlink(missing_ok=True)
            path.with_name(f"{path.name}{_ATTRIBUTES}").unlink(missing_ok=True)
        return stale

    def watch(self, command: str) -> LockWatch | None:
        """To be asked for before a command of the CLI starts; None where it takes no lock, or no lock is held here."""
        if not self.handles or self._pulumi is None or command not in _LOCKING:
            return None
        return LockWatch(self._lock_files, next(iter(self._mine.values())))

    @contextlib.contextmanager
    def _hold(self, path: Path, again: Callable[[], bool]) -> Iterator[None]:
        if path in self._mine:
            yield
            return
        self._mine[path] = take(path, again)
        try:
            yield
        finally:
            self._mine.pop(path).release([_id(file) for file in self._lock_files()])

    def _gone(self) -> frozenset[str]:
        proven = [proven_gone(path) for path in (self._run, self._config) if path not in self._mine]
        return self._before().union(*proven)

    def _before(self) -> frozenset[str]:
        return frozenset[str]().union(*(held.before for held in self._mine.values()))

    def _lock_files(self) -> list[Path]:
        """Whatever lies there counts to Pulumi as a lock."""
        try:
            return sorted(p for p in self._pulumi.iterdir() if p.suffix != _ATTRIBUTES) if self._pulumi else []
        except (FileNotFoundError, NotADirectoryError):
            return []


class LockWatch:
    """Writes down which lock file a CLI makes, as soon as it is there."""

    def __init__(self, lock_files: Callable[[], list[Path]], held: Held) -> None:
        self._lock_files = lock_files
        self._held = held
        self._others = frozenset(lock_files())
        self._pid = 0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self, pid: int) -> None:
        """The CLI's."""
        self._pid = pid
        self._thread.start()

    def look(self) -> None:
        for path in self._lock_files() if not self._done.is_set() else ():
            lock = None if path in self._others else _read(path, stale=False)
            if lock and lock.pid == self._pid:
                self._held.saw(_id(path))
                self._done.set()

    def stop(self) -> None:
        """The CLI has ended."""
        self.look()
        self._done.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._done.wait(_POLL_S):
            self.look()


def _id(path: Path) -> str:
    """The random id under which one process of the CLI locks: in `<id>.json`, and while it writes that in
    `<id>.json.<time>.tmp` (createTemp of gocloud.dev/blob/fileblob)."""
    return path.name.partition(".")[0]


def _of_note(path: Path, note: Note | None) -> Lock:
    user, _, host = note.by.partition("@") if note else ("somebody", "@", "this machine")  # it is just being written
    since = note.since if note else datetime.now(UTC)
    return Lock(pid=note.pid if note else 0, user=user, host=host, since=since, path=path, stale=False)


def _read(path: Path, *, stale: bool) -> Lock | None:
    """A lock of Pulumi's, or None where it was freed meanwhile."""
    try:
        content = _Content.model_validate_json(path.read_bytes())
        return Lock(
            pid=content.pid,
            user=content.username,
            host=content.hostname,
            since=content.timestamp,
            path=path,
            stale=stale,
        )
    except FileNotFoundError:
        return None
    except (OSError, ValidationError):
        return _unreadable(path, stale=stale)


def _unreadable(path: Path, *, stale: bool) -> Lock | None:
    """Half written by a process that was killed: when, and by whom of this user's, is all there is to know."""
    try:
        since = datetime.fromtimestamp(path.stat().st_mtime).astimezone()
    except FileNotFoundError:
        return None
    return Lock(pid=0, user=getpass.getuser(), host="this machine", since=since, path=path, stale=stale)
