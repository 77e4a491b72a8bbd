"""What is deployed, beside what the specs say: the rows of `regionctl status`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from fleet.context import FleetContext
from fleet.deployed import TableUnreadable, applied_table, checkpoint
from regionctl.engine.state.checkpoint import Checkpoint, DamagedState
from regionctl.engine.state.history import Applied
from regionctl.engine.state.notes import Drift, Entry, last_drift, left
from regionctl.model.program import StackKind, StackProgram
from regionctl.model.values import walk
from stacks.table import in_table

_IMAGE = re.compile(r"(?:.*/)?(?P<workload>[^/@:]+)(?::[^/@]+)?@(?P<digest>sha256:[0-9a-f]{64})")


@dataclass(frozen=True, kw_only=True)
class Membership:
    """A region in the table of regions: its lifecycle there, None where it is not there."""

    specs: str | None
    applied: str | None
    known: bool = True  # not: what the edge was applied with cannot be read


@dataclass(frozen=True, kw_only=True)
class StackStatus:
    """One stack. `images` are those that run, `wanted` those of the specs, by workload."""

    program: StackProgram
    resources: int = 0
    images: Mapping[str, str] = field(default_factory=dict)
    wanted: Mapping[str, str] = field(default_factory=dict)
    applied: Applied | None = None
    drift: Drift | None = None
    table: Membership | None = None  # None for auth and edge
    pending: int = 0  # operations that a kill left unfinished
    damaged: bool = False
    left: Entry | None = None  # what a run left undone

    @property
    def behind(self) -> tuple[str, ...]:
        """The workloads that run another image than the specs say."""
        return tuple(key for key, digest in self.images.items() if self.wanted.get(key, digest) != digest)


def status(context: FleetContext) -> Iterator[StackStatus]:
    """Every stack of the fleet, in the order in which they are applied."""
    tables = _memberships(context)
    undone = {entry.stack: entry for entry in left(context.workspace, context.fleet_name)}
    for program in context.programs.values():
        yield _status(context, program, tables.get(program.region or ""), undone.get(program.name))


def _status(
    context: FleetContext, program: StackProgram, table: Membership | None, undone: Entry | None
) -> StackStatus:
    try:
        state, damaged = checkpoint(context, program), False
    except DamagedState:
        state, damaged = Checkpoint(resources=(), pending=(), outputs={}), True
    return StackStatus(
        program=program,
        resources=sum(resource.custom for resource in state.resources),
        images=deployed_images(state),
        wanted=_wanted(context, program),
        applied=context.records.last_applied(program),
        drift=last_drift(context.workspace, program.name),
        table=table,
        pending=len(state.pending),
        damaged=damaged,
        left=undone,
    )


def _wanted(context: FleetContext, program: StackProgram) -> Mapping[str, str]:
    if program.region:
        return context.fleet.regions[program.region].release
    return context.fleet.spec.auth.release if program.kind is StackKind.AUTH else {}


def _memberships(context: FleetContext) -> dict[str, Membership]:
    routed = {spec.name: str(spec.lifecycle) for spec in in_table(context.fleet.regions.values())}
    try:
        applied, known = applied_table(context), True
    except (DamagedState, TableUnreadable):
        applied, known = {}, False
    return {
        name: Membership(specs=routed.get(name), applied=applied.get(name), known=known)
        for name in context.fleet.regions
    }


def deployed_images(state: Checkpoint) -> dict[str, str]:
    """The digests of the images that a stack's resources run, by workload: the last word of the image's name."""
    found: dict[str, str] = {}
    for resource in state.resources:
        for path, image in walk(resource.inputs):
            if path[-1:] == ("image",) and isinstance(image, str) and (named := _IMAGE.fullmatch(image)):
                found[named["workload"]] = named["digest"]
    return dict(sorted(found.items()))
