"""When a stack was last applied, read from the file backend without the CLI."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from regionctl.engine.authors import author
from regionctl.engine.workspace import Workspace
from regionctl.model.program import StackProgram

APPLIES = frozenset({"update", "destroy", "resource-import"})  # sdk/go/common/apitype/updates.go


@dataclass(frozen=True, kw_only=True)
class Applied:
    """The end of the last run that changed the stack's resources, in Pulumi's words."""

    kind: str
    result: str
    ended: datetime
    by: str | None = None  # who, where the update says it


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
        entry = json.loads(path.read_bytes())
        ended = datetime.fromtimestamp(entry["endTime"], UTC)
        kind, result = entry["kind"], entry["result"]
        by = author(entry.get("message", ""))
    except (OSError, ValueError, KeyError, TypeError):
        return None  # half written by a run that was killed
    return Applied(kind=kind, result=result, ended=ended, by=by) if kind in APPLIES else None
