"""When somebody last looked for drift on a stack, and what was found: a small file beside the state.

It is a note of this checkout, not a part of Pulumi's state: another one knows only of what was looked for there.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from regionctl.files import write_whole

from .authors import whoami
from .plans import Kind, Plan
from .workspace import Workspace

_LOOKS = frozenset({Kind.PREVIEW_REFRESH, Kind.REFRESH})


@dataclass(frozen=True, kw_only=True)
class Drift:
    """`resources` differed from the state. `read`: the state was made to say what exists; the next `up` mends it."""

    seen: datetime
    by: str
    resources: tuple[str, ...]
    read: bool


def drift_of(plan: Plan, *, now: datetime) -> Drift | None:
    """What a run found; None where it did not look at everything, or did not end well."""
    if plan.kind not in _LOOKS or plan.error:
        return None
    names = tuple(sorted({step.name for step in plan.changes}))
    return Drift(seen=now, by=whoami(), resources=names, read=plan.kind is Kind.REFRESH)


def record(workspace: Workspace, stack: str, drift: Drift) -> None:
    """Keeps it in place of what was found before."""
    path = _file(workspace, stack)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    document = {
        "seen": drift.seen.isoformat(),
        "by": drift.by,
        "resources": list(drift.resources),
        "read": drift.read,
    }
    write_whole(path, json.dumps(document))


def last_seen(workspace: Workspace, stack: str) -> Drift | None:
    """None where nobody looked, or where the note cannot be read."""
    try:
        document = json.loads(_file(workspace, stack).read_bytes())
        return Drift(
            seen=datetime.fromisoformat(document["seen"]).astimezone(UTC),
            by=str(document["by"]),
            resources=tuple(map(str, document["resources"])),
            read=bool(document["read"]),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _file(workspace: Workspace, stack: str) -> Path:
    return workspace.beside_state / "drift" / f"{stack}.json"
