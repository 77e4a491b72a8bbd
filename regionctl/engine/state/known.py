"""What this process has learnt about stacks whose state is remote, so that Pulumi's CLI is asked for nothing twice.

Each question to a remote state is a call of the CLI. A plan tells, besides its steps, which outputs a stack had and
whether it held anything; an apply tells its outputs. Whatever changes a stack voids what was known of it. What must be
certain (a saved plan's mark of a state) is not asked here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from regionctl.model.events import Op, Status
from regionctl.model.plan import Kind, Plan

from .checkpoint import Checkpoint


@dataclass
class Known:
    """By full name of a stack."""

    made: dict[str, bool | None] = field(default_factory=dict)  # whether the backend has the stack, be it empty
    listed: frozenset[str] | None = None  # the stacks that it had when it was asked for all
    asked: bool = False  # for all; it may not have answered
    outputs: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    empty: dict[str, bool] = field(default_factory=dict)  # whether it holds no resource

    def read(self, stack: str, state: Checkpoint) -> None:
        """From a state that was asked for."""
        self.outputs[stack] = state.outputs
        self.empty[stack] = holds_nothing(state)

    def learn(self, plan: Plan) -> None:
        """From a run: a dry one tells of the state before it, another one of the state after it."""
        if plan.kind.dry:
            if not plan.error:
                self.made[plan.stack] = not plan.is_new
            if plan.held is not None:
                self.outputs[plan.stack] = plan.held
                self.empty[plan.stack] = all(step.op is Op.CREATE or not step.custom for step in plan.steps)
            return
        self._void(plan.stack)
        self.made[plan.stack] = True
        if plan.kind is Kind.UP and not plan.error and all(step.status is Status.DONE for step in plan.steps):
            self.outputs[plan.stack] = plan.outputs

    def has(self, stack: str) -> bool | None:
        """Whether the backend has a stack, where that is known."""
        return self.made.get(stack, None if self.listed is None else stack in self.listed)

    def forget(self, stack: str) -> None:
        """The stack was changed, or may have been."""
        self._void(stack)
        self.made[stack] = None

    def _void(self, stack: str) -> None:
        self.outputs.pop(stack, None)
        self.empty.pop(stack, None)


def holds_nothing(state: Checkpoint) -> bool:
    """Whether nothing of the stack exists, not even half."""
    return not state.pending and not any(resource.custom for resource in state.resources)
