"""Says what to do after stacks were applied or taken down: for a region on its way into the table, its next step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from fleet.context import FleetContext
from fleet.deployed import deployed_table
from fleet.edge import has_origin, has_records, is_edge
from fleet.results import Look, NextSteps
from fleet.taken_names import next_generation
from regionctl.model.errors import RegionctlError
from regionctl.model.program import StackProgram, Target
from regions.spec import Lifecycle, RegionSpec
from stacks.table import ROUTED

_COMES_UP = frozenset({Lifecycle.PLANNED, Lifecycle.ACTIVE})


def after_up(context: FleetContext, programs: Sequence[StackProgram]) -> NextSteps:
    """The commands that carry a region on, else how to look at what was applied. Reads states."""
    if steps := tuple(dict.fromkeys(_steps(context, programs))):
        return NextSteps(commands=steps)
    name = programs[-1].short
    diff, drift, outputs = (context.command(f"{command} {name}") for command in ("diff", "drift", "outputs"))
    return NextSteps(look=Look(file=context.fleet.file(programs[-1].region), diff=diff, drift=drift, outputs=outputs))


def after_down(context: FleetContext, programs: Sequence[StackProgram], emptied: Sequence[StackProgram]) -> NextSteps:
    """A draining region that is gone is to be closed, so that the edge lets go of it; another may come back.

    `emptied`: those that held something before.
    """
    regions = [context.fleet.regions[program.region] for program in programs if program.region]
    draining = [region.name for region in regions if region.lifecycle is Lifecycle.DRAINING]
    coming_back = [program for program in emptied if _may_come_back(context, program)]
    return NextSteps(
        commands=tuple(context.command("close", name) for name in draining),
        renamed=tuple((program.name, way) for program in coming_back if (way := next_generation(context, program))),
    )


def _may_come_back(context: FleetContext, program: StackProgram) -> bool:
    return program.region is None or context.fleet.regions[program.region].lifecycle in _COMES_UP


def _steps(context: FleetContext, programs: Sequence[StackProgram]) -> Iterator[str]:
    """After the edge every region counts, after a region itself."""
    edge = any(is_edge(program) for program in programs)
    applied = {program.region for program in programs}
    for region in context.fleet.regions.values():
        if edge or region.name in applied:
            yield from _of(context, region)


def _of(context: FleetContext, region: RegionSpec) -> Iterator[str]:
    if region.lifecycle is Lifecycle.PLANNED and has_origin(context, region.name):
        # A real certificate is issued once its record exists, and the probe of `activate` asks for one.
        if context.fleet.spec.target is Target.CLOUD and not has_records(context, region.name):
            yield context.command("up", "edge")
        yield context.command("activate", region.name)
    elif region.lifecycle in ROUTED and not _routed_as(context, region):
        yield context.command("up", "edge")
    elif region.lifecycle is Lifecycle.DRAINING:
        yield f"{context.command('down', region.name, '--unprotect')}  # once nobody lives there"


def _routed_as(context: FleetContext, region: RegionSpec) -> bool:
    """Whether the edge has it as the specs do."""
    try:
        table = deployed_table(context)
    except RegionctlError:
        return False
    entry = table.regions.get(region.name) if table else None
    return entry is not None and entry.lifecycle is region.lifecycle
