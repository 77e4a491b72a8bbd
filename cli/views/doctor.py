"""What is installed: what the doctor found, which Pulumi CLI there is, and the versions."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version

from cli.views.console import say
from cli.views.text import Text
from fleet.results import Finding, Level
from regionctl.engine import PulumiCli
from regionctl.engine.cli.locate import VERSION

_PACKAGES = ("pulumi", "pulumi-gcp", "pulumi-cloudflare")
_MARKS = {Level.OK: ("ok", "green"), Level.WARNING: ("warning", "yellow"), Level.PROBLEM: ("problem", "bold red")}


def doctor_document(findings: Sequence[Finding]) -> dict[str, object]:
    return {"version": 1, "kind": "doctor", "findings": [_finding(finding) for finding in findings]}


def print_findings(findings: Sequence[Finding]) -> None:
    width = max(len(finding.subject) for finding in findings)
    for finding in findings:
        mark, style = _MARKS[finding.level]
        say(Text.assemble((f"{mark:<8}", style), f"{finding.subject:<{width}}  {finding.what}"))
        if finding.mend:
            say(f"{'':<8}{'':<{width}}  {finding.mend}")
    problems = sum(finding.level is Level.PROBLEM for finding in findings)
    say(f"{problems} problem{'s' if problems != 1 else ''}" if problems else "nothing is in the way")


def _finding(finding: Finding) -> dict[str, str | None]:
    return {"level": finding.level, "subject": finding.subject, "what": finding.what, "mend": finding.mend}


def engine_document(cli: PulumiCli | None) -> dict[str, object]:
    found = {"path": str(cli.path), "version": cli.version} if cli else None
    return {"version": 1, "kind": "engine", "pulumi": found}


def print_engine(cli: PulumiCli | None) -> None:
    if cli:
        say(f"pulumi {cli.version}: {cli.path}")
    else:
        say("Pulumi's CLI is not installed; run: regionctl engine install")


def print_version() -> None:
    """`regionctl 0.1.0`, and what it is built on."""
    say(f"regionctl {version('regionctl')}")
    say(f"Pulumi CLI {VERSION} (pinned), " + ", ".join(f"{name} {version(name)}" for name in _PACKAGES))
