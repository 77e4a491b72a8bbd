"""What stacks hold, as their states say it: for gates and `regionctl status`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from fleet.context import FleetContext
from regionctl.model.errors import RegionctlError
from regionctl.model.program import StackProgram

if TYPE_CHECKING:
    from regionctl.engine.state.checkpoint import Checkpoint
    from regionctl.probes import Origin, ProbeResult
    from stacks.table import Table

EDGE = "edge"
TABLE = "regions"  # the edge's output: the table of regions as JSON (docs/request-path.md)


class NotApplied(RegionctlError):
    """A region has no origin yet: its stack was never applied to its end."""

    def __init__(self, program: StackProgram, command: str) -> None:
        self.stack = program.name
        super().__init__(f"{program.name} was never applied to its end", hint=f"run: {command}")


class TableUnreadable(RegionctlError):
    """The edge was applied, but its state does not say with which table."""

    def __init__(self, stack: str, command: str) -> None:
        self.stack = stack
        super().__init__(f"the state of {stack} does not say which regions are in its table", hint=f"run: {command}")


def checkpoint(context: FleetContext, program: StackProgram) -> Checkpoint:
    """The stack's state; empty where it was never applied. One on this disk needs no engine. Raises DamagedState."""
    from regionctl.engine.state.checkpoint import EMPTY, read_checkpoint

    if context.workspace.state_dir is None:
        return context.records.state(program)
    return read_checkpoint(context.workspace, program) or EMPTY


def outputs(context: FleetContext, program: StackProgram) -> Mapping[str, Any]:
    """The stack's outputs, secrets masked; none where it was never applied. Raises DamagedState."""
    if context.workspace.state_dir is None:
        return context.records.last_outputs(program)
    return checkpoint(context, program).outputs


def holds_nothing(context: FleetContext, program: StackProgram) -> bool:
    """Whether nothing of the stack was ever made, not even half. Raises DamagedState."""
    from regionctl.engine.state.known import holds_nothing

    if context.workspace.state_dir is None:
        return context.records.held_nothing(program)
    return holds_nothing(checkpoint(context, program))


def deployed_table(context: FleetContext) -> Table | None:
    """The table of regions that the edge was last applied with; None where it never was.

    Raises TableUnreadable, DamagedState.
    """
    from stacks.table import Table

    edge = context.programs.get(f"{context.fleet_name}.{EDGE}")
    if edge is None:
        return None
    said = outputs(context, edge)
    if TABLE not in said and holds_nothing(context, edge):
        return None
    try:
        return Table.from_json(said[TABLE])
    except (KeyError, TypeError, ValueError) as error:
        raise TableUnreadable(edge.name, context.command("up", EDGE)) from error


def applied_table(context: FleetContext) -> Mapping[str, str]:
    """The regions that the edge routes to as it was last applied, each with its lifecycle then.

    Empty where the edge was never applied. Raises TableUnreadable, DamagedState.
    """
    table = deployed_table(context)
    return {name: str(entry.lifecycle) for name, entry in table.regions.items()} if table else {}


def origin(context: FleetContext, program: StackProgram) -> Origin:
    """Where a region is reached, from its stack's outputs. Raises NotApplied, DamagedState."""
    from regionctl.probes import Origin

    assert program.region, f"{program.name} is no region"
    said = outputs(context, program)
    host, address = said.get("origin_host"), said.get("origin_address")
    if not isinstance(host, str) or not isinstance(address, str):
        raise NotApplied(program, context.command("up", program.region))
    return Origin(fleet=program.fleet, region=program.region, host=host, address=address)


def probed(context: FleetContext, program: StackProgram) -> ProbeResult:
    """Whether a region's origin answers: the gate of `activate`, and of whatever sends requests there.

    Raises NotApplied, DamagedState.
    """
    return context.services.probe(context)(origin(context, program))
