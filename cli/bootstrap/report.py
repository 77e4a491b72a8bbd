"""How a bootstrap tells its run: a line a stack, since from nothing all is made; and one document in the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from cli.context import Context
from cli.results import Report, end
from cli.views.bootstrap import print_again, print_document, print_preflight, print_probes, print_summary
from cli.views.errors import print_error
from cli.views.plan import print_outcome, print_plan
from fleet.bootstrap.verdicts import Probed
from fleet.doctor.findings import Finding
from regionctl.engine import Op, Plan
from regionctl.model.errors import RegionctlError
from regionctl.model.program import StackProgram


def only_makes(plan: Plan) -> bool:
    """Whether it changes nothing that exists."""
    return all(step.op is Op.CREATE for step in plan.changes)


@dataclass
class Brief(Report):
    """With `--json` nothing is told before `close`. A plan that changes what exists is shown in full, with `-v` any."""

    context: Context
    findings: Sequence[Finding] = ()
    plans: list[Plan] = field(default_factory=list)
    probes: Sequence[Probed] = ()
    doubles: bool = False

    def checked(self, findings: Sequence[Finding]) -> None:
        self.findings = findings
        if not self.context.json:
            print_preflight(findings, verbose=self.context.verbose, quiet=self.context.quiet)

    def planned(self, plans: Sequence[Plan]) -> None:
        if self.context.json:
            return
        for plan in plans:
            if self.context.verbose or not only_makes(plan):
                print_plan(plan, verbose=self.context.verbose)
            else:
                print_summary(plan)

    def finished(
        self, plans: Sequence[Plan], *, incomplete: bool = False, refusals: Sequence[RegionctlError] = ()
    ) -> None:
        self.plans = list(plans)
        for plan in plans:
            if plan.error:
                print_error(plan.error)
            if not self.context.json and not plan.kind.dry:
                print_outcome(plan)
        for refusal in refusals:
            print_error(refusal)
        if incomplete or refusals or any(plan.error for plan in plans):
            print_again(self.context.fleet_name)
        end(plans, incomplete=incomplete, refusals=refusals)

    def following(self, programs: Sequence[StackProgram]) -> None:
        """The probes say it."""

    def probed(self, probes: Sequence[Probed], *, doubles: bool) -> None:
        self.probes, self.doubles = probes, doubles
        if not self.context.json:
            print_probes(probes, doubles=doubles)

    def close(self) -> None:
        """However far it came."""
        if self.context.json:
            print_document(self.context.fleet_name, self.findings, self.plans, self.probes, doubles=self.doubles)
