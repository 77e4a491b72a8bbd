"""What happens while the engine runs, as typed values.

    StepStarted, StepDone, StepFailed     a step on one resource
    Diagnostic                            a message of the engine, a provider or the program
    Finished                              the run ended, with what it did

Names of operations, kinds of changes and severities are Pulumi's own (sdk/go/common/apitype/events.go). Secrets are
masked as "[secret]" before they get here; unknown values are "[unknown]".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeAlias


class Op(StrEnum):
    """What a step does to a resource."""

    SAME = "same"
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    REPLACE = "replace"
    CREATE_REPLACEMENT = "create-replacement"
    DELETE_REPLACED = "delete-replaced"
    READ = "read"
    READ_REPLACEMENT = "read-replacement"
    REFRESH = "refresh"
    DISCARD = "discard"
    DISCARD_REPLACED = "discard-replaced"
    REMOVE_PENDING_REPLACE = "remove-pending-replace"
    IMPORT = "import"
    IMPORT_REPLACEMENT = "import-replacement"


class ChangeKind(StrEnum):
    """How a property changes; the `-replace` ones replace the resource."""

    ADD = "add"
    ADD_REPLACE = "add-replace"
    DELETE = "delete"
    DELETE_REPLACE = "delete-replace"
    UPDATE = "update"
    UPDATE_REPLACE = "update-replace"


class Status(StrEnum):
    """How far a step is. `skipped`: what it depends on failed, so that it was not tried."""

    PLANNED = "planned"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"


class Severity(StrEnum):
    DEBUG = "debug"
    INFO = "info"
    INFO_ERR = "info#err"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, kw_only=True)
class PropertyChange:
    """One property that a step changes: `path` as Pulumi writes it (`settings.tier`, `rules[0].ports`).

    `certain` is False where only an apply will tell whether the two values differ.
    """

    path: str
    kind: ChangeKind
    old: Any = None
    new: Any = None
    certain: bool = True

    @property
    def replaces(self) -> bool:
        return self.kind.endswith("-replace")


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step on one resource. `inputs` are what the resource gets (what it had, for a delete).

    Between revisions a step also says which `options` change (`protect`, `deleteBeforeReplace`) and under which
    `old_urn` an alias finds the resource; neither touches a cloud, so that `op` may be `same`.
    """

    op: Op
    urn: str
    type: str
    name: str
    parent: str | None = None
    custom: bool = True
    protect: bool = False
    diff: tuple[PropertyChange, ...] = ()
    options: tuple[PropertyChange, ...] = ()
    old_urn: str | None = None
    replace_keys: tuple[str, ...] = ()
    status: Status = Status.PLANNED
    inputs: Mapping[str, Any] = field(default_factory=dict)
    outputs: Mapping[str, Any] = field(default_factory=dict)

    @property
    def certain(self) -> bool:
        """False for a replacement that may turn out to be none: no value that forces it is sure to differ."""
        forcing = [change for change in self.diff if change.replaces]
        return not forcing or any(change.certain for change in forcing)


@dataclass(frozen=True, kw_only=True)
class StepStarted:
    stack: str
    step: Step


@dataclass(frozen=True, kw_only=True)
class StepDone:
    stack: str
    step: Step


@dataclass(frozen=True, kw_only=True)
class StepFailed:
    stack: str
    step: Step


@dataclass(frozen=True, kw_only=True)
class Diagnostic:
    stack: str
    severity: Severity
    message: str
    urn: str | None = None


@dataclass(frozen=True, kw_only=True)
class Finished:
    """The engine's own summary: how many resources each operation touched."""

    stack: str
    changes: Mapping[Op, int]


Event: TypeAlias = StepStarted | StepDone | StepFailed | Diagnostic | Finished
