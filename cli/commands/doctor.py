"""`regionctl doctor`: what is installed, reachable and allowed."""

from __future__ import annotations

import typer

from cli.context import Context


def doctor(ctx: typer.Context) -> None:
    """Check what is needed, and say how to mend it."""
    context: Context = ctx.obj
    from cli.views.doctor import doctor_document, print_findings
    from fleet.doctor import Level, diagnose

    findings = list(diagnose(context))
    context.show(doctor_document, print_findings, findings)
    if any(finding.level is Level.PROBLEM for finding in findings):
        raise typer.Exit(1)
