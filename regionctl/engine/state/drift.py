"""When somebody last looked for drift on a stack, and what was found: a small file beside the state.

It is a note of this checkout, not a part of Pulumi's state: another one knows only of what was looked for there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from pydantic import AwareDatetime, TypeAdapter

from regionctl.engine.authors import whoami
from regionctl.engine.workspace import Workspace
from regionctl.model.events import Op, Step
from regionctl.model.plan import Kind, Plan
from regionctl.providers.catalogue import entry
from regionctl.system.files import write_whole
from regionctl.system.reading import NotOfTheShape, parsed

_LOOKS = frozenset({Kind.PREVIEW_REFRESH, Kind.REFRESH})


@dataclass(frozen=True, kw_only=True)
class Drift:
    """`resources` differed from the state. `read`: the state was made to say what exists; the next `up` mends it."""

    seen: AwareDatetime
    by: str
    resources: tuple[str, ...]
    read: bool


_NOTE = TypeAdapter(Drift)


def drift_of(plan: Plan, *, now: datetime) -> Drift | None:
    """What a run found; None where it did not look at everything, or did not end well."""
    if plan.kind not in _LOOKS or plan.error:
        return None
    names = tuple(sorted({step.name for step in plan.changes}))
    return Drift(seen=now, by=whoami(), resources=names, read=plan.kind is Kind.REFRESH)


def without_forgotten(steps: Iterable[Step]) -> tuple[Step, ...]:
    """The steps. One that would only say again what an API has forgotten changes nothing; its `diff` tells what."""
    return tuple(replace(step, op=Op.SAME) if _only_forgotten(step) else step for step in steps)


def forgotten(plan: Plan) -> frozenset[str]:
    """The URNs of what a run must leave alone, since an API has forgotten something of it and nothing else changes."""
    return frozenset(step.urn for step in plan.steps if step.op is Op.SAME and step.diff)


def _only_forgotten(step: Step) -> bool:
    if step.op is not Op.UPDATE or not step.diff:
        return False
    paths = entry(step.type).forgets
    return all(change.path in paths and not (change.old and change.new) for change in step.diff)


def record(workspace: Workspace, stack: str, drift: Drift) -> None:
    """Keeps it in place of what was found before."""
    path = _file(workspace, stack)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_whole(path, _NOTE.dump_json(drift))


def last_seen(workspace: Workspace, stack: str) -> Drift | None:
    """None where nobody looked, or where the note cannot be read."""
    try:
        return parsed(_NOTE, _file(workspace, stack).read_bytes())
    except (OSError, NotOfTheShape):
        return None


def _file(workspace: Workspace, stack: str) -> Path:
    return workspace.beside_state / "drift" / f"{stack}.json"
