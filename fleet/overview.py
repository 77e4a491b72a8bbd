"""Every fleet and region with what is known of it without an engine: the rows of `regionctl list`.

Of a state in a bucket one call of Pulumi's CLI tells which stacks are there and when each was last saved. It counts
components too, so resources are not counted by it, and to read each state is a call of its own, which `status` makes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fleet.context import FleetContext
from regionctl.engine import Workspace, find
from regionctl.engine.state.checkpoint import DamagedState, read_checkpoint
from regionctl.engine.state.history import Applied, last_applied
from regionctl.model.errors import RegionctlError
from regionctl.model.program import StackProgram
from regions.load import fleets, no_fleets_here
from regions.spec import RegionSpec


@dataclass(frozen=True, kw_only=True)
class StackRow:
    """One stack. `spec` is None for auth and edge; `made`, whether its state is there, and `resources` are None where
    they are not known.
    """

    program: StackProgram
    location: str | None
    spec: RegionSpec | None
    resources: int | None
    applied: Applied | None
    damaged: bool = False
    made: bool | None = None
    saved: datetime | None = None  # the state, by whatever changed it last


@dataclass(frozen=True, kw_only=True)
class FleetRows:
    """One fleet: its stacks, or the error that kept them from being read. `silent`: why its bucket did not answer."""

    name: str
    stacks: tuple[StackRow, ...] = ()
    error: RegionctlError | None = None
    silent: RegionctlError | None = None


Saved = Mapping[str, datetime | None]


class NoFleets(RegionctlError):
    """The regions folder holds no fleet."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        super().__init__(
            "holds no fleet (a folder with a fleet.yaml)",
            where=folder,
            hint=no_fleets_here(),
        )


def overview(context: FleetContext) -> Sequence[FleetRows]:
    """Every fleet of the regions folder, one that is broken too. Raises NoFleets."""
    rows = list(_rows(context))
    if not rows:
        raise NoFleets(str(context.regions_dir))
    return rows


def _rows(context: FleetContext) -> Iterator[FleetRows]:
    for name in fleets(context.regions_dir):
        one = context.again(fleet=name)
        try:
            saved, silent = _in_bucket(one)
            stacks = tuple(_row(one, program, saved) for program in one.programs.values())
            yield FleetRows(name=name, stacks=stacks, silent=silent)
        except RegionctlError as error:
            yield FleetRows(name=name, error=error)


def _in_bucket(context: FleetContext) -> tuple[Saved | None, RegionctlError | None]:
    """The stacks that are in the fleet's bucket; None where it has none, or why it does not say."""
    workspace, programs = context.workspace, tuple(context.programs.values())
    if not workspace.is_bucket or not programs:
        return None, None
    from regionctl.engine.state.remote import stacks_in  # loads Pulumi's packages

    try:
        cli = find()
        return (stacks_in(workspace, cli, programs[0].project), None) if cli else (None, None)
    except RegionctlError as error:
        return None, error


def _row(context: FleetContext, program: StackProgram, saved: Saved | None) -> StackRow:
    spec = context.fleet.regions[program.region] if program.region else None
    home = spec or (context.fleet.spec.auth if program.name.endswith(".auth") else None)
    if saved is not None:
        made = program.name in saved
        held: Mapping[str, Any] = {"made": made, "resources": None if made else 0, "saved": saved.get(program.name)}
    else:
        held = _held(context.workspace, program)
    return StackRow(
        program=program,
        location=home.location if home else None,
        spec=spec,
        applied=last_applied(context.workspace, program),
        **held,
    )


def _held(workspace: Workspace, program: StackProgram) -> Mapping[str, Any]:
    if workspace.state_dir is None:
        return {"resources": None}
    try:
        checkpoint = read_checkpoint(workspace, program)
    except DamagedState:
        return {"resources": None, "made": True, "damaged": True}
    if checkpoint is None:
        return {"resources": 0, "made": False}
    resources = sum(resource.custom for resource in checkpoint.resources)
    return {"resources": resources, "made": True, "saved": checkpoint.saved}
