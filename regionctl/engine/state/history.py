"""What was done to a stack, when, and by whom.

Pulumi's file backend does not keep who ran an update, so the update's message says it, in any backend.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pydantic import BaseModel, TypeAdapter

from regionctl.engine.workspace import Workspace
from regionctl.model.program import StackProgram
from regionctl.system.reading import parsed

from .checkpoint import NeverApplied
from .filelock import whoami

APPLIES = frozenset({"update", "destroy", "resource-import"})  # sdk/go/common/apitype/updates.go
_BY = re.compile(r"regionctl [a-z-]+ by (\S+)")


@dataclass(frozen=True, kw_only=True)
class Update:
    """One entry of a stack's history. `kind` and `result` are Pulumi's words; `changes` counts by operation."""

    version: int | None
    kind: str
    result: str
    message: str
    started: datetime
    ended: datetime | None
    changes: Mapping[str, int]


@dataclass(frozen=True, kw_only=True)
class Applied:
    """The end of the last run that changed the stack's resources, in Pulumi's words."""

    kind: str
    result: str
    ended: datetime
    by: str | None = None  # who, where the update says it


def updates(ask: Callable[..., str]) -> tuple[Update, ...]:
    """A stack's history as Pulumi's CLI prints it, newest first; none where the stack was never made."""
    try:
        entries = json.loads(ask("stack", "history", "--json"))
    except NeverApplied:
        return ()
    return tuple(
        Update(
            version=entry.get("version"),
            kind=entry["kind"],
            result=entry["result"],
            message=entry.get("message", ""),
            started=datetime.fromisoformat(entry["startTime"]),
            ended=datetime.fromisoformat(entry["endTime"]) if "endTime" in entry else None,
            changes=entry.get("resourceChanges") or {},
        )
        for entry in entries
    )


def signed(command: str) -> str:
    """The message of an update that this user of this host makes."""
    return f"regionctl {command} by {whoami()}"


def author(message: str) -> str | None:
    """Who signed a message; None for an update that was made in another way."""
    found = _BY.fullmatch(message)
    return found[1] if found else None


class _Entry(BaseModel):
    kind: str
    result: str
    endTime: float  # noqa: N815 (its name in the file)
    message: str = ""


_ENTRY = TypeAdapter(_Entry)


def last_applied(workspace: Workspace, program: StackProgram) -> Applied | None:
    """None for a stack that was never applied, and for a remote state."""
    if workspace.state_dir is None:
        return None
    folder = workspace.state_dir / "history" / program.project / program.name
    # Named <stack>-<nanoseconds>.history.json (pkg/backend/diy/state.go), so the names sort by time.
    for path in sorted(folder.glob("*.history.json"), reverse=True):
        if applied := _read(path):
            return applied
    return None


def _read(path: Path) -> Applied | None:
    try:
        entry = parsed(_ENTRY, path.read_bytes())
        ended = datetime.fromtimestamp(entry.endTime, UTC)
    except (OSError, ValueError, OverflowError):
        return None  # half written by a run that was killed, or damaged
    by = author(entry.message)
    return Applied(kind=entry.kind, result=entry.result, ended=ended, by=by) if entry.kind in APPLIES else None
