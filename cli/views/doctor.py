"""What the doctor found."""

from __future__ import annotations

from collections.abc import Sequence

from cli.views.console import say
from cli.views.text import Text
from fleet.doctor import Finding, Level

_MARKS = {Level.OK: ("ok", "green"), Level.WARNING: ("warning", "yellow"), Level.PROBLEM: ("problem", "bold red")}


def doctor_document(findings: Sequence[Finding]) -> dict[str, object]:
    return {"version": 1, "kind": "doctor", "findings": [_json(finding) for finding in findings]}


def print_findings(findings: Sequence[Finding]) -> None:
    width = max(len(finding.subject) for finding in findings)
    for finding in findings:
        mark, style = _MARKS[finding.level]
        say(Text.assemble((f"{mark:<8}", style), f"{finding.subject:<{width}}  {finding.what}"))
        if finding.mend:
            say(f"{'':<8}{'':<{width}}  {finding.mend}")
    problems = sum(finding.level is Level.PROBLEM for finding in findings)
    say(f"{problems} problem{'s' if problems != 1 else ''}" if problems else "nothing is in the way")


def _json(finding: Finding) -> dict[str, str | None]:
    return {"level": finding.level, "subject": finding.subject, "what": finding.what, "mend": finding.mend}
