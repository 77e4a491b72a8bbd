"""`regionctl doctor`: what is installed, reachable and allowed, each with the way to mend it.

machine     Python, packages, Pulumi's CLI, tools, loopback, disk
fleet       specs, secrets, credentials and reach of a cloud fleet
state       folders and files private, checkpoints sound, locks, unfinished operations
"""

from __future__ import annotations

from collections.abc import Iterator

from fleet.context import FleetContext
from fleet.doctor.fleet import check_fleet
from fleet.doctor.machine import check_machine
from fleet.doctor.state import check_state
from fleet.results import Finding, Level
from regionctl.model.errors import RegionctlError, SpecError
from regionctl.model.hints import command

__all__ = ["Finding", "Level", "diagnose"]


def diagnose(context: FleetContext) -> Iterator[Finding]:
    """Every finding, in the order in which things depend on each other. Changes nothing."""
    yield from check_machine(context.services.find_cli)
    try:
        programs = list(context.programs.values())
    except SpecError as error:
        what = f"{len(error.problems)} problems, the first at {error.problems[0].where}"
        yield Finding.problem(
            f"fleet {context.fleet_name}", what, f"run: {command('validate', fleet=context.fleet_name)}"
        )
        return
    except RegionctlError as error:
        yield Finding.problem(f"fleet {context.fleet_name}", error.what, error.hint or "choose another with --fleet")
        return
    yield from check_fleet(context, programs)
    yield from check_state(context.workspace, programs)
