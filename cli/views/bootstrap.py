"""What a bootstrap found before it began, and what worked in the end."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any

from cli.views.console import note, print_table, say, warn
from cli.views.plan import print_outcome, print_plan, print_summary
from cli.views.run import RunView
from cli.views.text import Text
from fleet.bootstrap.run import only_makes
from fleet.events import Applied, Checked, Probes
from fleet.results import Finding, Level, Probed, RunResult
from regionctl.engine import Plan, document
from regionctl.model.hints import command

if TYPE_CHECKING:
    from cli.context import Context

_RANK = {level: rank for rank, level in enumerate((Level.OK, Level.WARNING, Level.PROBLEM))}
_STYLES = {Level.OK: "green", Level.WARNING: "yellow", Level.PROBLEM: "bold red"}


class BootstrapView(RunView):
    """Tells a bootstrap: a line a stack, since from nothing all is made; with `--json` one document in the end, however
    far it came. A plan that changes what exists is shown in full, with `-v` any.
    """

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._findings: Sequence[Finding] = ()
        self._plans: Sequence[Plan] = ()
        self._probes = Probes((), doubles=False)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        plans, probes = self._plans, self._probes
        fleet = self.context.fleet_name
        self.context.document(lambda: document_of(fleet, self._findings, plans, probes.probes, doubles=probes.doubles))

    def of_bootstrap(self, event: Checked | Applied | Probes) -> None:
        context = self.context
        match event:
            case Checked(findings=findings):
                self._findings = findings
                context.text(print_preflight, findings, verbose=context.verbose, quiet=context.quiet)
            case Applied(result=result):
                self.show(result)
            case Probes(probes=probes, doubles=doubles):
                self._probes = event
                context.text(print_probes, probes, doubles=doubles)

    def planned(self, plans: Sequence[Plan]) -> None:
        for plan in plans:
            if self.context.verbose or not only_makes(plan):
                print_plan(plan, verbose=self.context.verbose)
            else:
                print_summary(plan)

    def outcome(self, plan: Plan) -> None:
        print_outcome(plan)

    def ended(self, result: RunResult, extra: Callable[[], Mapping[str, Any]] = dict) -> None:
        """The document comes at the very end, and the probes say what is next."""
        self._plans = result.plans
        self.errors(result)
        if result.exit_code:
            warn(f"mend what failed and run again: {command('bootstrap', self.context.fleet_name)}; what exists stays")

    def following(self, result: RunResult) -> None:
        """The probes say it."""


def print_preflight(findings: Sequence[Finding], *, verbose: bool, quiet: bool) -> None:
    """What is not in order, with the way to mend it; everything with `verbose`, problems alone with `quiet`."""
    least = Level.PROBLEM if quiet else Level.OK if verbose else Level.WARNING
    told = [finding for finding in findings if _RANK[finding.level] >= _RANK[least]]
    width = max((len(finding.subject) for finding in told), default=0)
    for finding in told:
        mark = (f"{finding.level:<8}", _STYLES[finding.level])
        warn(Text.assemble(mark, f"{finding.subject:<{width}}  {finding.what}"))
        if finding.mend:
            warn(f"{'':<8}{'':<{width}}  {finding.mend}")
    problems = sum(finding.level is Level.PROBLEM for finding in findings)
    if problems:
        warn(f"preflight: {problems} problem{'s' if problems != 1 else ''}; nothing was touched")
    else:
        note(f"preflight: {len(findings)} checks, nothing is in the way")


def print_probes(probes: Sequence[Probed], *, doubles: bool) -> None:
    """`doubles`: what stood behind the Worker was not the real thing."""
    rows: list[list[Text | str]] = [
        [
            Text("passed", "green") if probe.passed else Text("failed", "bold red"),
            str(probe.what),
            Text(probe.subject, "bold"),
            probe.said,
        ]
        for probe in probes
    ]
    print_table(("", "probe", "of", "what came of it"), rows)
    failed = sum(not probe.passed for probe in probes)
    summary = f"{len(probes)} probes, {'all passed' if not failed else f'{failed} failed'}"
    say(Text(summary, "bold red" if failed else "bold green"))
    if doubles:
        note("The Worker is the one that was deployed, in workerd. The auth service and the regions behind it are")
        note("test doubles, since emulated clouds run no services.")


def document_of(
    fleet: str, findings: Sequence[Finding], plans: Sequence[Plan], probes: Sequence[Probed], *, doubles: bool
) -> dict[str, Any]:
    """The JSON document. `applied` is that of `up`: empty where it did not come so far. `doubles`: of what the probes
    met behind the Worker."""
    return {
        "version": 1,
        "kind": "bootstrap",
        "fleet": fleet,
        "preflight": [
            {"level": one.level, "subject": one.subject, "what": one.what, "mend": one.mend} for one in findings
        ],
        "applied": document(plans),
        "probes": [
            {"probe": one.what, "of": one.subject, "passed": one.passed, "said": one.said, "hint": one.hint}
            for one in probes
        ],
        "doubles": doubles,
    }
