"""A bootstrap from its first step to its last: preflight, tools, stacks, probes; and back."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from fleet.bootstrap.preflight import get_tools
from fleet.bootstrap.probes import ProbesFailed
from fleet.context import FleetContext
from fleet.edge import select_for_up
from fleet.events import Applied, Checked, Person, Probes, Sink
from fleet.results import Finding, Level, Probed, RunResult
from fleet.run import apply, changing, destroy, refuse_active
from regionctl.engine import Op, Plan, RunOptions
from regionctl.model.errors import RegionctlError
from regionctl.model.program import Target


class NotTyped(RegionctlError):
    """A fleet of the real cloud is brought up after its name is typed, and there is no terminal to type it on."""

    def __init__(self, fleet: str, command: str) -> None:
        self.fleet = fleet
        super().__init__(
            f"{fleet} lives in the real cloud: its name is to be typed before it is brought up",
            hint=f"run this on a terminal, or, without the probes: {command}",
        )


@dataclass(frozen=True, kw_only=True)
class Bootstrapped:
    """How far a bootstrap came. `applied` is None where something was in the way, then nothing was touched."""

    findings: Sequence[Finding]
    applied: RunResult | None = None
    probes: Sequence[Probed] = ()

    @property
    def exit_code(self) -> int:
        return self.applied.exit_code if self.applied else 1


def bring_up(context: FleetContext, options: RunOptions, *, person: Person, emit: Sink) -> Bootstrapped:
    """Raises ProbesFailed where something that stands does not do what it should, and what the steps raise."""
    with suppress(RegionctlError):  # the preflight says it, with everything else
        emit(context.chosen)
    findings = list(context.services.preflight(context))
    emit(Checked(findings))
    if any(finding.level is Level.PROBLEM for finding in findings):
        return Bootstrapped(findings=findings)
    get_tools(context, emit)
    programs = select_for_up(context, [], every=True)

    def confirm(plans: Sequence[Plan]) -> bool:
        return _may_apply(context, plans, person)

    applied = apply(context, programs, options, confirm=confirm, emit=emit)
    emit(Applied(applied))
    if applied.exit_code:
        return Bootstrapped(findings=findings, applied=applied)
    probes = list(context.services.probe_all(context))
    emit(Probes(probes, doubles=context.fleet.spec.target is Target.SANDBOX))
    if failed := tuple(probe for probe in probes if not probe.passed):
        raise ProbesFailed(failed, len(probes))
    return Bootstrapped(findings=findings, applied=applied, probes=probes)


def take_down(context: FleetContext, options: RunOptions, *, person: Person, emit: Sink) -> RunResult:
    """Raises StillActive for a cloud fleet with active regions, NotConfirmed."""
    programs = context.select([], every=True)
    emit(context.chosen)
    refuse_active(context, programs)
    person.must_be_able_to_answer()
    return destroy(context, programs, options, person=person, emit=emit)


def only_makes(plan: Plan) -> bool:
    """Whether it changes nothing that exists."""
    return all(step.op is Op.CREATE for step in plan.changes)


def _may_apply(context: FleetContext, plans: Sequence[Plan], person: Person) -> bool:
    """A cloud fleet's name is typed. In a sandbox nobody is asked whether something may be made from nothing: it costs
    nothing and touches no cloud. Raises NotTyped, NotConfirmed."""
    if context.fleet.spec.target is Target.CLOUD:
        if not person.can_answer():
            raise NotTyped(context.fleet_name, context.command("up", "--all", "--yes"))
        return person.types(f"Type {context.fleet_name} to bring it up in the real cloud") == context.fleet_name
    if all(map(only_makes, plans)):
        return True
    person.must_be_able_to_answer()
    return person.agrees(f"Apply this to {changing(plans)}?")
