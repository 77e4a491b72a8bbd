"""What a bootstrap found before it began, and what worked in the end."""

from __future__ import annotations

from collections.abc import Sequence

from cli.views.console import note, say, warn
from cli.views.documents import print_json
from cli.views.plan import summary_line
from cli.views.tables import print_table
from cli.views.text import Text
from fleet.bootstrap.verdicts import Probed
from fleet.doctor.findings import Finding, Level
from regionctl.engine import Plan, document
from regionctl.model.hints import command

_RANK = {level: rank for rank, level in enumerate((Level.OK, Level.WARNING, Level.PROBLEM))}
_STYLES = {Level.OK: "green", Level.WARNING: "yellow", Level.PROBLEM: "bold red"}


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


def print_summary(plan: Plan) -> None:
    """A plan in one line."""
    say(Text.assemble((plan.stack, "bold"), summary_line(plan.steps, done=False)))


def print_again(fleet: str) -> None:
    """After a run that did not end well."""
    warn(f"mend what failed and run again: {command('bootstrap', fleet)}; what exists stays")


def print_document(
    fleet: str, findings: Sequence[Finding], plans: Sequence[Plan], probes: Sequence[Probed], *, doubles: bool
) -> None:
    """The JSON document. `applied` is that of `up`: empty where it did not come so far. `doubles`: of what the probes
    met behind the Worker."""
    print_json(
        {
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
    )
