"""What a saved plan holds: JSON of version 1."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict

from regionctl.engine import Op, Plan, StateMark

VERSION: Literal[1] = 1


class _Closed(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SavedStep(_Closed):
    """One step. `inputs` has secrets and unknowns masked; `fingerprints` is path of a secret -> its HMAC."""

    op: Op
    urn: str
    inputs: Mapping[str, Any]
    fingerprints: Mapping[str, str]


class SavedStack(_Closed):
    """One stack: the state that its steps were planned on, and the steps, those that change nothing among them.

    `config` is what somebody wrote into the stack's config by hand, for the providers.
    """

    stack: str
    updates: int
    state: str  # SHA-256
    config: Mapping[str, str]
    steps: tuple[SavedStep, ...]
    outputs: Mapping[str, Any]

    @property
    def mark(self) -> StateMark:
        return StateMark(updates=self.updates, digest=self.state)


class SavedOptions(_Closed):
    """The options of `diff` that decide about steps."""

    targets: tuple[str, ...]
    allow: tuple[str, ...]


class WrappedKey(_Closed):
    """The file's key, encrypted by the secrets provider of a stack."""

    stack: str
    wrapped: str


class SavedPlan(_Closed):
    """The whole file. `files` and `tools` are what the steps were made from: path -> SHA-256, name -> version."""

    version: Literal[1] = VERSION
    kind: Literal["saved-plan"] = "saved-plan"
    fleet: str
    target: str
    backend: str
    made: AwareDatetime
    made_by: str
    expires: AwareDatetime
    options: SavedOptions
    tools: Mapping[str, str]
    files: Mapping[str, str]
    stacks: tuple[SavedStack, ...]
    key: WrappedKey
    mac: str = ""

    def holds_at(self, now: datetime) -> bool:
        return now < self.expires


def of_plan(plan: Plan, mark: StateMark, config: Mapping[str, str]) -> SavedStack:
    """A stack's plan as it is saved."""
    return SavedStack(
        stack=plan.stack,
        updates=mark.updates,
        state=mark.digest,
        config=config,
        steps=tuple(
            SavedStep(op=step.op, urn=step.urn, inputs=step.inputs, fingerprints=plan.fingerprints.get(step.urn, {}))
            for step in plan.steps
        ),
        outputs=plan.outputs,
    )
