"""A plan: the steps that the engine would take, or took."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from regionctl.model.errors import RegionctlError

from .events import Diagnostic, Op, PropertyChange, Status, Step

# A replacement is three steps (replace, create-replacement, delete-replaced); it counts once, as its `replace` step.
_COUNTED = {
    Op.SAME: "same",
    Op.CREATE: "create",
    Op.UPDATE: "update",
    Op.DELETE: "delete",
    Op.REPLACE: "replace",
    Op.IMPORT: "import",
    Op.IMPORT_REPLACEMENT: "import",
    Op.READ: "read",
    Op.READ_REPLACEMENT: "read",
    Op.REFRESH: "refresh",
}
_ALWAYS = ("create", "update", "replace", "delete", "same")
_QUIET = frozenset({Op.SAME, Op.READ, Op.REFRESH})


class Kind(StrEnum):
    """What the engine was asked to do. `revision`: it was not asked; declarations of two git revisions are compared."""

    PREVIEW = "preview"
    UP = "up"
    DESTROY = "destroy"
    PREVIEW_DESTROY = "preview-destroy"
    REFRESH = "refresh"
    PREVIEW_REFRESH = "preview-refresh"
    REVISION = "revision"

    @property
    def dry(self) -> bool:
        return self is Kind.REVISION or self.startswith("preview")


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The steps of one stack, without the stack itself and the engine's default providers. Of an apply, each step says
    how it ended.
    """

    stack: str
    fleet: str
    region: str | None
    target: str
    kind: Kind
    steps: tuple[Step, ...]
    outputs: Mapping[str, Any] = field(default_factory=dict)  # secrets masked
    held: Mapping[str, Any] | None = None  # the outputs before it, where the engine told them
    diagnostics: tuple[Diagnostic, ...] = ()
    is_new: bool = False  # of a plan: the state, which is in a bucket, has no such stack yet
    error: RegionctlError | None = None  # why it did not end well; what was done is in the steps
    duration_s: float = 0.0
    fingerprints: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # URN -> path of a secret -> its HMAC

    @property
    def summary(self) -> Mapping[str, int]:
        return summarize(self.steps)

    @property
    def changes(self) -> tuple[Step, ...]:
        """The steps that change something: a resource, or what the state says of it (its options, its URN)."""
        return tuple(s for s in self.steps if changes(s))

    @property
    def failed(self) -> tuple[Step, ...]:
        return tuple(s for s in self.steps if s.status is Status.FAILED)

    @property
    def skipped(self) -> tuple[Step, ...]:
        return tuple(s for s in self.steps if s.status is Status.SKIPPED)

    def to_json(self, *, same: bool = False) -> dict[str, Any]:
        """One entry of `stacks` in the JSON document of `diff` and `up`. `same` keeps the steps that change nothing."""
        return {
            "stack": self.stack,
            "fleet": self.fleet,
            "region": self.region,
            "target": self.target,
            "summary": dict(self.summary),
            "steps": [step_json(s) for s in (self.steps if same else self.changes)],
            "outputs": dict(self.outputs),
            "diagnostics": [
                {"severity": str(d.severity), "message": d.message, "urn": d.urn} for d in self.diagnostics
            ],
            "duration_s": round(self.duration_s, 3),
        }


def changes(step: Step) -> bool:
    """Whether a step changes a resource, or what the state says of it: its options, its URN."""
    return step.op not in _QUIET or bool(step.options) or step.old_urn is not None


def summarize(steps: Iterable[Step]) -> dict[str, int]:
    """How many resources each operation touches, a replacement once; operations that touch none are left out but for
    create, update, replace, delete and same.

    A resource is what a provider makes: so `list`, `status` and `show` count too. Components and the stack itself exist
    in the state alone and are none; Pulumi's own counts have them.
    """
    counts = Counter(_COUNTED[s.op] for s in steps if s.custom and s.op in _COUNTED)
    return {**{name: counts[name] for name in _ALWAYS}, **{n: c for n, c in counts.items() if n not in _ALWAYS}}


def document(plans: Iterable[Plan], *, same: bool = False) -> dict[str, Any]:
    """The JSON document of `diff` and `up`: of kind `revision` where the plans compare revisions, else `plan`."""
    plans = list(plans)
    kind = "revision" if any(plan.kind is Kind.REVISION for plan in plans) else "plan"
    stacks = [plan.to_json(same=same) for plan in plans]
    total: Counter[str] = Counter(dict.fromkeys(_ALWAYS, 0))
    for stack in stacks:
        total.update(stack["summary"])
    return {"version": 1, "kind": kind, "stacks": stacks, "summary": dict(total)}


def step_json(step: Step) -> dict[str, Any]:
    """One of a stack's `steps` in the document."""
    return {
        "op": str(step.op),
        "urn": step.urn,
        "oldUrn": step.old_urn,
        "type": step.type,
        "name": step.name,
        "diff": [_change_json(c) for c in step.diff],
        "options": [_change_json(c) for c in step.options],
        "replaceKeys": list(step.replace_keys),
        "certain": step.certain,
        "status": str(step.status),
    }


def _change_json(change: PropertyChange) -> dict[str, Any]:
    return {
        "path": change.path,
        "kind": str(change.kind),
        "old": change.old,
        "new": change.new,
        "certain": change.certain,
    }
