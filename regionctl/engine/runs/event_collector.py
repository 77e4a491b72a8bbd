"""Translates the Automation API's events into those of `model.events`, and keeps the steps."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from pulumi.automation import events as wire

from regionctl.model import differences
from regionctl.model.events import (
    ChangeKind,
    Diagnostic,
    Event,
    Finished,
    Op,
    PropertyChange,
    Severity,
    Status,
    Step,
    StepDone,
    StepFailed,
    StepStarted,
)
from regionctl.model.urn import ROOT_TYPE, name_of
from regionctl.model.values import get

# printPendingOperationsWarning in pkg/resource/deploy/deployment_executor.go of pulumi v3.259.0
_UNFINISHED = "Attempting to deploy or update resources with"
_PROGRAM = "python inline source runtime error"  # pulumi/automation/_server.py of the SDK


class Collector:
    """Takes the engine's events of one stack, passes on ours, and keeps the steps."""

    def __init__(self, stack: str, *, dry: bool, emit: Callable[[Event], None]) -> None:
        self.diagnostics: list[Diagnostic] = []
        self.outputs: Mapping[str, Any] = {}
        self.held: Mapping[str, Any] | None = None  # the outputs that the stack had before
        self.program_error: str | None = None  # what the program raised, in one line
        self.unfinished = False  # a run before was killed in the middle of an operation
        self._stack = stack
        self._dry = dry
        self._emit = emit
        self._steps: dict[tuple[str, Op], Step] = {}
        self._made: set[str] = set()  # URNs of what an earlier try of this run did

    @property
    def steps(self) -> tuple[Step, ...]:
        return tuple(self._steps.values())

    def __call__(self, event: wire.EngineEvent) -> None:
        about = event.resource_pre_event or event.res_outputs_event or event.res_op_failed_event
        if about and differences.is_bookkeeping(about.metadata.type, name_of(about.metadata.urn)):
            self._bookkeeping(about.metadata)
        elif event.resource_pre_event:
            self._started(event.resource_pre_event.metadata)
        elif event.res_outputs_event:
            self._done(event.res_outputs_event.metadata)
        elif event.res_op_failed_event:
            self._failed(event.res_op_failed_event.metadata)
        elif event.diagnostic_event:
            self._said(event.diagnostic_event)
        elif event.policy_event:
            self.say([_violation(self._stack, event.policy_event)])
        elif event.summary_event:
            changes = {Op(op): count for op, count in event.summary_event.resource_changes.items()}
            self._emit(Finished(stack=self._stack, changes=changes))

    def say(self, diagnostics: Iterable[Diagnostic]) -> None:
        """Adds messages of our own."""
        for said in diagnostics:
            self.diagnostics.append(said)
            self._emit(said)

    def try_again(self) -> None:
        """Forgets what failed, since it is tried once more; what was done stays."""
        self.diagnostics = [said for said in self.diagnostics if said.severity is not Severity.ERROR]
        self.program_error = None
        # A component is made with its first step. Its last one sets its outputs; none comes where a child fails.
        done = (step for step in self.steps if step.status is Status.DONE or not step.custom)
        self._steps = {(step.urn, step.op): replace(step, status=Status.DONE) for step in done}
        self._made = {step.urn for step in self._steps.values() if step.op is not Op.SAME}

    def _bookkeeping(self, metadata: wire.StepEventMetadata) -> None:
        if metadata.type != ROOT_TYPE:
            return
        if self.held is None:
            self.held = differences.cleaned((metadata.old.outputs if metadata.old else None) or {})
        if metadata.new:
            self.outputs = differences.cleaned(metadata.new.outputs or {})

    def _started(self, metadata: wire.StepEventMetadata) -> None:
        step = step_of(metadata, Status.PLANNED if self._dry else Status.RUNNING)
        self._keep(step)
        self._emit(StepStarted(stack=self._stack, step=step))

    def _done(self, metadata: wire.StepEventMetadata) -> None:
        step = step_of(metadata, Status.PLANNED if self._dry else Status.DONE)
        self._steps.pop((step.urn, Op.REFRESH), None)
        self._keep(step)
        self._emit(StepDone(stack=self._stack, step=step))

    def _failed(self, metadata: wire.StepEventMetadata) -> None:
        step = step_of(metadata, Status.FAILED)
        self._keep(step)
        self._emit(StepFailed(stack=self._stack, step=step))

    def _keep(self, step: Step) -> None:
        if step.op is Op.SAME and step.urn in self._made:
            return
        known = self._steps.get((step.urn, step.op))
        if known and not step.diff:
            step = replace(step, diff=known.diff, replace_keys=known.replace_keys or step.replace_keys)
        self._steps[step.urn, step.op] = step

    def _said(self, event: wire.DiagnosticEvent) -> None:
        message = without_values(_plain(event.message).strip())
        if event.ephemeral or not message or event.severity == Severity.DEBUG:
            return
        self.unfinished = self.unfinished or message.startswith(_UNFINISHED)
        if _PROGRAM in message:
            # A traceback. Rendering the program again gives the same error with its place.
            self.program_error = message.partition(_PROGRAM)[2].strip(": \n").splitlines()[0]
            return
        said = Diagnostic(stack=self._stack, severity=Severity(event.severity), message=message, urn=event.urn or None)
        self.say([said])


def _violation(stack: str, event: wire.PolicyEvent) -> Diagnostic:
    """What a policy pack objects to. A mandatory policy stops the run."""
    return Diagnostic(
        stack=stack,
        severity=Severity.ERROR if event.enforcement_level == "mandatory" else Severity.WARNING,
        message=without_values(f"policy {event.policy_pack_name}/{event.policy_name}: {_plain(event.message).strip()}"),
        urn=event.resource_urn or None,
    )


def step_of(metadata: wire.StepEventMetadata, status: Status) -> Step:
    """The step that an event is about."""
    state = metadata.new or metadata.old
    old = differences.cleaned((metadata.old.inputs if metadata.old else None) or {})
    new = differences.cleaned((metadata.new.inputs if metadata.new else None) or {})
    return Step(
        op=Op(metadata.op.value),
        urn=metadata.urn,
        type=metadata.type,
        name=name_of(metadata.urn),
        parent=(state.parent if state else "") or None,
        custom=bool(state and state.custom),
        protect=bool(state and state.protect),
        diff=_diff(metadata, old, new),
        replace_keys=tuple(metadata.keys or ()),
        status=status,
        inputs=new or old,
        outputs=differences.cleaned((state.outputs if state else None) or {}),
    )


_COMPARED = frozenset({Op.UPDATE, Op.REPLACE, Op.CREATE_REPLACEMENT, Op.REFRESH, Op.IMPORT})


def _diff(metadata: wire.StepEventMetadata, old: Any, new: Any) -> tuple[PropertyChange, ...]:
    if Op(metadata.op.value) not in _COMPARED or not metadata.old:
        return ()
    if not metadata.detailed_diff:
        return differences.changes(old, new) if metadata.diffs or metadata.keys else ()
    before = differences.cleaned(metadata.old.outputs or {})
    return tuple(
        PropertyChange(
            path=path,
            kind=ChangeKind(change.diff_kind.value),
            old=get(old if change.input_diff else before, path),
            new=get(new, path),
        )
        for path, change in sorted(metadata.detailed_diff.items())
    )


# GoalPlan of pkg/resource/deploy/plan.go of pulumi v3.259.0 prints the values that differ, secret or not.
_VIOLATION = re.compile(r"(violates plan: properties changed): .*", re.DOTALL)


def without_values(message: str) -> str:
    """The engine's words for a step that its own update plan does not allow, without the values of properties."""
    return _VIOLATION.sub(r"\1", message)


def _plain(message: str) -> str:
    """Without Pulumi's colour directives: `<{%reset%}>` (sdk/go/common/diag/colors)."""
    while (start := message.find("<{%")) >= 0 and (end := message.find("%}>", start)) >= 0:
        message = message[:start] + message[end + 3 :]
    return message
