"""The course of a bootstrap: preflight, tools, stacks, probes; and back."""

from __future__ import annotations

import typer

from cli.bootstrap.preflight import preflight
from cli.bootstrap.probes import probe_origins, probe_worker
from cli.bootstrap.tools import get_tools
from cli.bootstrap.verdicts import ProbesFailed
from cli.changes import apply, destroy
from cli.context import Context
from cli.doctor.findings import Level
from cli.render.bootstrap import print_preflight, print_probes
from regionctl.engine import RunOptions


def bring_up(context: Context, options: RunOptions, *, yes: bool) -> None:
    """Raises ProbesFailed where something that stands does not do what it should."""
    findings = preflight(context)
    print_preflight(findings, verbose=context.verbose)
    if any(finding.level is Level.PROBLEM for finding in findings):
        raise typer.Exit(1)
    context.announce()
    get_tools(context.fleet.spec.target)
    apply(context, context.select_for_up([], every=True), options, yes=yes)
    probes = [*probe_origins(context), *probe_worker(context)]
    print_probes(probes, doubles=True)
    if failed := tuple(probe for probe in probes if not probe.passed):
        raise ProbesFailed(failed, len(probes))


def take_down(context: Context, options: RunOptions, *, yes: bool) -> None:
    destroy(context, context.select([], every=True), options, yes=yes)
