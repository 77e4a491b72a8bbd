"""Every fleet and region with what is known of it without an engine: the rows of `regionctl list`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cli.context import Context
from regionctl.engine import Workspace
from regionctl.engine.state.applied import Applied, last_applied
from regionctl.engine.state.checkpoint import DamagedState, read_checkpoint
from regionctl.model.errors import RegionctlError
from regionctl.model.program import StackProgram
from regions.load import fleets
from regions.spec import RegionSpec


@dataclass(frozen=True, kw_only=True)
class StackRow:
    """One stack. `spec` is None for auth and edge; `resources` is None where only the engine could tell."""

    program: StackProgram
    location: str | None
    spec: RegionSpec | None
    resources: int | None
    applied: Applied | None
    damaged: bool = False


@dataclass(frozen=True, kw_only=True)
class FleetRows:
    """One fleet: its stacks, or the error that kept them from being read."""

    name: str
    stacks: tuple[StackRow, ...] = ()
    error: RegionctlError | None = None


def overview(context: Context) -> Iterator[FleetRows]:
    """Every fleet of the regions folder, one that is broken too."""
    for name in fleets(context.regions_dir):
        one = context.again(fleet=name)
        try:
            yield FleetRows(name=name, stacks=tuple(_row(one, program) for program in one.programs.values()))
        except RegionctlError as error:
            yield FleetRows(name=name, error=error)


def _row(context: Context, program: StackProgram) -> StackRow:
    spec = context.fleet.regions[program.region] if program.region else None
    home = spec or (context.fleet.spec.auth if program.name.endswith(".auth") else None)
    resources, damaged = _resources(context.workspace, program)
    return StackRow(
        program=program,
        location=home.location if home else None,
        spec=spec,
        resources=resources,
        applied=last_applied(context.workspace, program),
        damaged=damaged,
    )


def _resources(workspace: Workspace, program: StackProgram) -> tuple[int | None, bool]:
    try:
        checkpoint = read_checkpoint(workspace, program)
    except DamagedState:
        return None, True
    if checkpoint is None:
        remote = workspace.checkpoint(program) is None
        return (None if remote else 0), False
    return sum(resource.custom for resource in checkpoint.resources), False
