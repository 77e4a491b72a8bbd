"""Reads from their states what stacks hold, for gates and `regionctl status`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from fleet.context import FleetContext
from regionctl.model.errors import RegionctlError
from regionctl.model.program import StackKind, StackProgram
from regionctl.probes import Origin, ProbeResult
from stacks.outputs import LastOutputs

if TYPE_CHECKING:
    from regionctl.engine.state.checkpoint import Checkpoint
    from stacks.public_list import PublicList
    from stacks.table import Table


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
    """The stack's state; empty where it was never applied. Raises DamagedState."""
    return context.records.state(program)


def outputs(context: FleetContext, program: StackProgram) -> LastOutputs:
    """The stack's outputs, secrets masked; none where it was never applied. Raises DamagedState."""
    return LastOutputs(context.records.last_outputs(program))


def holds_nothing(context: FleetContext, program: StackProgram) -> bool:
    """Whether nothing of the stack was ever made, not even half. Raises DamagedState."""
    return context.records.held_nothing(program)


def deployed_table(context: FleetContext) -> Table | None:
    """The table of regions that the edge was last applied with; None where it never was.

    Raises TableUnreadable, DamagedState.
    """
    from stacks.table import Table

    edge = context.the(StackKind.EDGE)
    if edge is None:
        return None
    said = outputs(context, edge)
    if said.regions is None and holds_nothing(context, edge):
        return None
    try:
        return Table.from_json(said.regions)
    except (KeyError, TypeError, ValueError) as error:
        raise TableUnreadable(edge.name, edge.command("up")) from error


def deployed_public_list(context: FleetContext) -> PublicList:
    """The public requests that the edge was last applied with; none where it never was, or by a release before them.

    Raises TableUnreadable, DamagedState.
    """
    from stacks.public_list import PublicList

    edge = context.the(StackKind.EDGE)
    said = outputs(context, edge).public_requests if edge else None
    try:
        return PublicList.from_json(said) if edge and said else PublicList(requests=())
    except ValueError as error:
        assert edge, "what it said"
        raise TableUnreadable(edge.name, edge.command("up")) from error


def applied_table(context: FleetContext) -> Mapping[str, str]:
    """The regions that the edge routes to as it was last applied, each with its lifecycle then.

    Empty where the edge was never applied. Raises TableUnreadable, DamagedState.
    """
    table = deployed_table(context)
    return {name: str(entry.lifecycle) for name, entry in table.regions.items()} if table else {}


def origin(context: FleetContext, program: StackProgram) -> Origin:
    """Where a region is reached, from its stack's outputs. Raises NotApplied, DamagedState."""
    assert program.region, f"{program.name} is no region"
    said = outputs(context, program)
    if said.origin_host is None or said.origin_address is None:
        raise NotApplied(program, context.command("up", program.region))
    return Origin(fleet=program.fleet, region=program.region, host=said.origin_host, address=said.origin_address)


def probed(context: FleetContext, program: StackProgram) -> ProbeResult:
    """Whether a region's origin answers: the gate of `activate`, and of whatever sends requests there.

    Raises NotApplied, DamagedState.
    """
    return context.services.probe(context)(origin(context, program))
