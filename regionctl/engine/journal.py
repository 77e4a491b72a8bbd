"""What runs over several stacks were at: a note beside the state, so that one that was cut off can be taken up again.

One file a run, one JSON object a line, each written whole and at once:

    {"at": "...", "by": "ana@laptop", "pid": 4711, "command": "up", "stack": "prod.eu-west", "event": "started"}

It decides nothing. What exists is in Pulumi's state, and every run plans from that; the journal only tells which stacks
a run had in mind and how far it came. It is a note of this checkout, not a part of Pulumi's state.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from .authors import whoami
from .workspace import Workspace

KEPT_RUNS = 50


class Reached(StrEnum):
    """How far a run came with a stack."""

    PLANNED = "planned"  # and not tried
    STARTED = "started"  # and cut off
    FAILED = "failed"
    INCOMPLETE = "incomplete"  # applied without something that others did not deliver
    DONE = "done"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """The last word about a stack. `running`: the process that wrote it still lives."""

    stack: str
    command: str
    reached: Reached
    at: datetime
    by: str
    running: bool


@dataclass(frozen=True, kw_only=True)
class Journal:
    """The journal of one run. The file comes with the first entry."""

    folder: Path
    command: str  # `up` or `down`
    began: datetime = field(default_factory=lambda: datetime.now(UTC))

    def note(self, stacks: Iterable[str], reached: Reached) -> None:
        """Adds a line a stack."""
        for folder in (self.folder.parent, self.folder):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for stack in stacks:
            self._append(
                {
                    "at": datetime.now(UTC).isoformat(),
                    "by": whoami(),
                    "pid": os.getpid(),
                    "command": self.command,
                    "stack": stack,
                    "event": str(reached),
                }
            )

    def _append(self, entry: Mapping[str, Any]) -> None:
        path = self.folder / f"{self.began:%Y%m%dT%H%M%S.%f}-{os.getpid()}.jsonl"
        handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(handle, f"{json.dumps(entry)}\n".encode())
        finally:
            os.close(handle)


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
    """The oldest first. A line that a kill left half written says nothing."""
    for path in sorted(folder.glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
            try:
                yield _entry(json.loads(line))
            except (ValueError, KeyError, TypeError):
                continue


def _entry(line: Mapping[str, Any]) -> Entry:
    by, pid = str(line["by"]), int(line["pid"])
    return Entry(
        stack=str(line["stack"]),
        command=str(line["command"]),
        reached=Reached(line["event"]),
        at=datetime.fromisoformat(line["at"]),
        by=by,
        running=by == whoami() and pid != os.getpid() and _lives(pid),
    )


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
