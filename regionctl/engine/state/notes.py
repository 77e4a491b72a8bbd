"""Notes of this checkout beside a state, which are no part of it: how far runs came, and what drift was last found.

The journal lets a run over several stacks that was cut off be taken up again. One file a run, one JSON object a line,
each written whole and at once:

    {"at": "...", "by": "ana@laptop", "pid": 4711, "command": "up", "stack": "prod.eu-west", "event": "started"}

A run holds a lock on its file for as long as one of its processes lives (filelock.py).

It decides nothing. What exists is in Pulumi's state, and every run plans from that; the journal only says which stacks
a run had in mind and how far it came. Of drift another checkout knows only what was looked for there.
"""

from __future__ import annotations

import os
import weakref
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from pydantic import AwareDatetime, BaseModel, ConfigDict, TypeAdapter, ValidationError

from regionctl.engine.workspace import Workspace
from regionctl.model.plan import Kind, Plan
from regionctl.system.files import NotWritten, write_whole
from regionctl.system.reading import NotOfTheShape, parsed

from .filelock import hold_while_open, holder, whoami

KEPT_RUNS = 50
_LOOKS = frozenset({Kind.PREVIEW_REFRESH, Kind.REFRESH})


class Reached(StrEnum):
    """How far a run came with a stack."""

    PLANNED = "planned"  # and not tried
    STARTED = "started"  # and cut off
    FAILED = "failed"
    INCOMPLETE = "incomplete"  # applied without something that others did not deliver
    DONE = "done"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """The last word about a stack. `running`: a process of the run that wrote it still lives."""

    stack: str
    command: str
    reached: Reached
    at: datetime
    by: str
    running: bool


class _Line(BaseModel):
    model_config = ConfigDict(frozen=True)

    at: AwareDatetime
    by: str
    pid: int
    command: str
    stack: str
    event: Reached


@dataclass(kw_only=True)
class Journal:
    """The journal of one run. The file comes with the first entry."""

    folder: Path
    command: str  # `up` or `down`
    began: datetime = field(default_factory=lambda: datetime.now(UTC))
    _handle: int | None = None

    def note(self, stacks: Iterable[str], reached: Reached) -> None:
        """Adds a line a stack. Raises NotWritten before anything was changed; after that it goes without."""
        try:
            for stack in stacks:
                self._append(stack, reached)
        except OSError as error:
            if reached is Reached.PLANNED:
                raise NotWritten(str(self.folder), error.strerror or str(error)) from error

    def _append(self, stack: str, reached: Reached) -> None:
        if self._handle is None:
            for folder in (self.folder.parent, self.folder):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            path = self.folder / f"{self.began:%Y%m%dT%H%M%S.%f}-{os.getpid()}.jsonl"
            self._handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            weakref.finalize(self, os.close, self._handle)
            hold_while_open(self._handle)
        line = _Line(
            at=datetime.now(UTC), by=whoami(), pid=os.getpid(), command=self.command, stack=stack, event=reached
        )
        os.write(self._handle, f"{line.model_dump_json()}\n".encode())


def journal(workspace: Workspace, fleet: str, command: str) -> Journal:
    """A new run's. Forgets all but the newest runs."""
    folder = _folder(workspace, fleet)
    for old in sorted(folder.glob("*.jsonl"))[:-KEPT_RUNS]:
        old.unlink(missing_ok=True)
    return Journal(folder=folder, command=command)


def left(workspace: Workspace, fleet: str) -> tuple[Entry, ...]:
    """The stacks whose last run did not end well, in the order of that run; not those that a run is at just now."""
    latest: dict[str, Entry] = {}
    for entry in _entries(_folder(workspace, fleet)):
        latest[entry.stack] = entry
    return tuple(e for e in latest.values() if e.reached is not Reached.DONE and not e.running)


def _folder(workspace: Workspace, fleet: str) -> Path:
    return workspace.beside_state / "journal" / fleet


def _entries(folder: Path) -> Iterator[Entry]:
    """The oldest first. A line that a kill left half written says nothing, as does what is no file."""
    for path in sorted(folder.glob("*.jsonl")):
        try:
            content = path.read_bytes()
        except OSError:
            continue
        lives, _ = holder(path)
        for line in content.splitlines():
            try:
                yield _entry(_Line.model_validate_json(line), lives=lives)
            except ValidationError:
                continue


def _entry(line: _Line, *, lives: bool) -> Entry:
    running = lives and line.pid != os.getpid()  # what this process wrote before is over
    return Entry(stack=line.stack, command=line.command, reached=line.event, at=line.at, by=line.by, running=running)


@dataclass(frozen=True, kw_only=True)
class Drift:
    """`resources` differed from the state. `read`: the state was made to say what exists; the next `up` mends it."""

    seen: AwareDatetime
    by: str
    resources: tuple[str, ...]
    read: bool


_NOTE = TypeAdapter(Drift)


def drift_of(plan: Plan, *, now: datetime) -> Drift | None:
    """What drift a run found; None where it did not look at everything, or did not end well."""
    if plan.kind not in _LOOKS or plan.error:
        return None
    names = tuple(sorted({step.name for step in plan.changes}))
    return Drift(seen=now, by=whoami(), resources=names, read=plan.kind is Kind.REFRESH)


def record_drift(workspace: Workspace, stack: str, drift: Drift) -> None:
    """Keeps it in place of what was found before."""
    path = _drift_file(workspace, stack)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_whole(path, _NOTE.dump_json(drift))


def last_drift(workspace: Workspace, stack: str) -> Drift | None:
    """None where nobody looked, or where the note cannot be read."""
    try:
        return parsed(_NOTE, _drift_file(workspace, stack).read_bytes())
    except (OSError, NotOfTheShape):
        return None


def _drift_file(workspace: Workspace, stack: str) -> Path:
    return workspace.beside_state / "drift" / f"{stack}.json"
