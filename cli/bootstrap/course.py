"""The course of a bootstrap: preflight, tools, stacks, probes; and back."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import suppress

import typer

from cli.asking import confirmed, must_be_able_to_ask, typed
from cli.bootstrap.preflight import preflight
from cli.bootstrap.report import Brief, only_makes
from cli.bootstrap.tools import get_tools
from cli.changes import apply, destroy, names
from cli.commands.down import refuse_active
from cli.context import Context
from fleet.bootstrap.online import probe_online
from fleet.bootstrap.probes import probe_sandbox
from fleet.bootstrap.verdicts import ProbesFailed
from fleet.doctor.findings import Level
from regionctl.engine import Plan, RunOptions
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


def bring_up(context: Context, options: RunOptions, *, yes: bool) -> None:
    """Raises ProbesFailed where something that stands does not do what it should, and what the steps raise."""
    report = Brief(context)
    try:
        _bring_up(context, report, options, yes=yes)
    finally:
        report.close()


def _bring_up(context: Context, report: Brief, options: RunOptions, *, yes: bool) -> None:
    with suppress(RegionctlError):  # the preflight says it, with everything else
        context.announce()
    report.checked(preflight(context))
    if any(finding.level is Level.PROBLEM for finding in report.findings):
        raise typer.Exit(1)
    target = context.fleet.spec.target
    get_tools(target)
    programs = context.select_for_up([], every=True)
    apply(context, programs, options, yes=yes, confirm=lambda plans: _may_apply(context, plans, yes=yes), report=report)
    probes = list(probe_sandbox(context) if target is Target.SANDBOX else probe_online(context))
    report.probed(probes, doubles=target is Target.SANDBOX)
    if failed := tuple(probe for probe in probes if not probe.passed):
        raise ProbesFailed(failed, len(probes))


def take_down(context: Context, options: RunOptions, *, yes: bool) -> None:
    """Raises StillActive for a cloud fleet with active regions, NotConfirmed."""
    programs = context.select([], every=True)
    context.announce()
    refuse_active(context, programs)
    must_be_able_to_ask(yes=yes)
    destroy(context, programs, options, yes=yes)


def _may_apply(context: Context, plans: Sequence[Plan], *, yes: bool) -> bool:
    """A cloud fleet's name is typed. In a sandbox nobody is asked whether something may be made from nothing: it costs
    nothing and touches no cloud. Raises NotTyped, NotConfirmed."""
    if context.fleet.spec.target is Target.CLOUD:
        if not sys.stdin.isatty():
            raise NotTyped(context.fleet_name, context.command("up", "--all", "--yes"))
        answer = typed(f"Type {context.fleet_name} to bring it up in the real cloud")
        return bool(answer == context.fleet_name)
    if yes or all(map(only_makes, plans)):
        return True
    must_be_able_to_ask(yes=yes)
    return confirmed(f"Apply this to {names(plans)}?")
