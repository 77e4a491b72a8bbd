"""Where Pulumi keeps the states of a workspace's stacks. Callers ask the backend; they do not look which one it is.

OnDisk(workspace)                files of this disk, read without Pulumi's CLI                        (disk.py)
Remote(workspace, known, cli)    a bucket or Pulumi's service: a question is a call of the CLI        (remote.py)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from regionctl.engine.workspace import Workspace
from regionctl.model.errors import RegionctlError
from regionctl.model.events import Op, Status
from regionctl.model.plan import Kind, Plan
from regionctl.model.program import StackProgram

from .checkpoint import Checkpoint, DamagedState
from .history import Applied
from .locks import Lock
from .repair import Kept

Ask = Callable[..., str]
"""One command of Pulumi's CLI on the stack in question; its standard output. Raises a RegionctlError."""


class Backend(Protocol):
    """A method that takes `ask` calls Pulumi's CLI only where it must."""

    @property
    def workspace(self) -> Workspace: ...

    @property
    def reads_free(self) -> bool:
        """Whether a state is read without a call of the CLI."""

    @property
    def looks_apart(self) -> bool:
        """Whether nothing may be written into it by what only looks, a plan for one: that works on a copy."""

    @property
    def makes_late(self) -> bool:
        """Whether a stack is made once a command missed it, since to look before is a call of the CLI."""

    def is_absent(self, program: StackProgram) -> bool:
        """Whether a stack is known not to be there, so that there is nothing to ask about it."""

    def may_be_new(self, program: StackProgram, *, is_encrypted: bool) -> bool:
        """Whether to make the stack before a run. `is_encrypted`: its config holds what was encrypted for it."""

    def make(self, program: StackProgram, *, may_write: Callable[[], bool], init: Callable[[], bool]) -> bool:
        """Makes an empty stack, by `init` (`pulumi stack init`) where it `may_write` none itself. False where it is
        there already.
        """

    def state(self, program: StackProgram, ask: Ask) -> Checkpoint:
        """What the stack holds; empty where it was never made. Raises DamagedState."""

    def deployment(self, program: StackProgram, ask: Ask) -> Mapping[str, Any]:
        """The same as Pulumi wrote it."""

    def update_count(self, program: StackProgram, ask: Ask) -> int:
        """How many updates are in the stack's history."""

    def last_applied(self, program: StackProgram, ask: Ask) -> Applied | None:
        """The end of the last run that changed the stack's resources; None where there was none."""

    def locks(self, program: StackProgram, call: Ask) -> tuple[Lock, ...]:
        """Who is changing the stack; nobody where Pulumi's service keeps the state, which does not say. `call` raises
        CommandError.
        """

    def check_space(self) -> None:
        """Raises NotEnoughSpace where the state might be cut off as it is written."""

    def drop_broken(self, program: StackProgram) -> None:
        """Removes what a kill left half written beside the state, where nobody is changing it."""

    def damage(self, program: StackProgram) -> DamagedState | None:
        """What is wrong with the state, where that can be seen without the CLI."""

    def kept(self, program: StackProgram) -> tuple[list[Kept], tuple[Path, ...]]:
        """The whole states that Pulumi kept, the newest first, and every file that was looked at."""

    def damaged(self, program: StackProgram, why: str) -> DamagedState:
        """The error for a state that the CLI could not read."""

    def unreachable(self, program: StackProgram, said: str) -> RegionctlError | None:
        """The error for a backend that did not answer; None where the CLI said something else."""

    def last_outputs(self, stack: str) -> Mapping[str, Any] | None:
        """The outputs that this process has seen last; None where the state must be read."""

    def held_nothing(self, stack: str) -> bool | None:
        """Whether the stack held nothing when this process saw it last; None where the state must be read."""

    def learn(self, results: Mapping[str, Plan | None]) -> None:
        """Remembers what runs reported, by stack. None: it may have been changed, and what was known of it is void."""


@dataclass
class Known:
    """What this process has learnt about stacks whose state is remote, by full name, so that Pulumi's CLI is asked for
    nothing twice.

    A plan reports, besides its steps, which outputs a stack had and whether it held anything; an apply reports outputs.
    Whatever changes a stack voids what was known of it. What must be certain (a saved plan's mark of a state) is not
    asked here.
    """

    made: dict[str, bool | None] = field(default_factory=dict)  # whether the backend has the stack, empty or not
    listed: frozenset[str] | None = None  # the stacks that it had when it was asked for all
    asked: bool = False  # for all; it may not have answered
    outputs: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    empty: dict[str, bool] = field(default_factory=dict)  # whether it holds no resource

    def read(self, stack: str, state: Checkpoint) -> None:
        """From a state that was asked for."""
        self.outputs[stack] = state.outputs
        self.empty[stack] = state.holds_nothing

    def learn(self, plan: Plan) -> None:
        """From a run: a dry one says what was there before it, another one what is there after it."""
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
