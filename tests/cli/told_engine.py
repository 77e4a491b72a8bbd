"""An engine that does nothing but note what it is told, and hold what a stack would say: runs of a whole fleet in
tenths of a second."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from regionctl.engine import Engine, Op, Plan, Results, RunOptions, Status, Step
from regionctl.engine.state.checkpoint import EMPTY, Checkpoint, read_checkpoint
from regionctl.model.errors import EngineError
from regionctl.model.plan import Kind
from regionctl.model.program import StackProgram
from regionctl.render import render
from regions.load import load_fleet
from tests.cli.holding import ADDRESS, Holding, resource

DEFAULTS = RunOptions()
SUBNET = resource("gcp:compute/subnetwork:Subnetwork", "workloads")


@dataclass
class Told:
    """What the engine was told, wave by wave, and what it does with it."""

    fleet: Holding
    planned: list[list[str]] = field(default_factory=list)
    applied: list[list[str]] = field(default_factory=list)
    destroyed: list[list[str]] = field(default_factory=list)
    edges: list[StackProgram] = field(default_factory=list)  # the edge's programs that were applied
    failing: set[str] = field(default_factory=set)
    killed_at: str | None = None
    planned_op: Op = Op.CREATE

    def plan(self, programs: Sequence[StackProgram], options: RunOptions) -> Results:
        self.planned.append([program.name for program in programs])
        return {program.name: _plan(program, Kind.PREVIEW, op=self.planned_op) for program in programs}

    def apply(self, programs: Sequence[StackProgram], options: RunOptions) -> Results:
        self.applied.append([program.name for program in programs])
        if self.killed_at in self.applied[-1]:
            raise KeyboardInterrupt
        return {program.name: self._apply(program) for program in programs}

    def destroy(self, programs: Sequence[StackProgram], options: RunOptions) -> Results:
        self.destroyed.append([program.name for program in programs])
        return {program.name: self._end(program, Kind.DESTROY) for program in programs}

    def _apply(self, program: StackProgram) -> Plan:
        plan = self._end(program, Kind.UP)
        if plan.error:
            return plan
        if program.name.endswith(".edge"):
            self.edges.append(program)
            said = render(program).outputs
            hosts = dict.fromkeys(said["origin_hosts"], "host") if isinstance(said["origin_hosts"], Mapping) else {}
            self.fleet.hold(program.name, [SUBNET], {"regions": said["regions"], "origin_hosts": hosts})
        elif program.region:
            origin = {"origin_host": f"{program.region}.origin.app.example.com", "origin_address": ADDRESS}
            self.fleet.hold(program.name, [SUBNET], origin)
        else:
            regions = load_fleet(self.fleet.file(""), program.fleet).regions
            self.fleet.hold(program.name, [SUBNET], {"listening": list(regions)})
        return plan

    def _end(self, program: StackProgram, kind: Kind) -> Plan:
        failed = program.name in self.failing
        return _plan(program, kind, EngineError(f"{program.name}: it broke") if failed else None)


def _plan(program: StackProgram, kind: Kind, error: EngineError | None = None, *, op: Op = Op.CREATE) -> Plan:
    step = Step(op=op, urn="urn", type="gcp:x/y:Y", name="y", status=Status.DONE)
    return Plan(
        stack=program.name,
        fleet=program.fleet,
        region=program.region,
        target=str(program.target),
        kind=kind,
        steps=(step,),
        error=error,
    )


@dataclass(frozen=True, kw_only=True)
class ToldEngine(Engine):
    """Does what `Told` says; states are read from the disk as they are."""

    told: Told

    @contextlib.contextmanager
    def attached(self, _program: StackProgram, _coming: Sequence[StackProgram] = ()) -> Iterator[Engine]:
        yield self

    def warm(self, _programs: Sequence[StackProgram]) -> None:
        """Nothing runs."""

    def state(self, program: StackProgram) -> Checkpoint:
        return read_checkpoint(self.workspace, program) or EMPTY

    def plan(self, programs: Sequence[StackProgram], options: RunOptions = DEFAULTS) -> Results:
        return self.told.plan(programs, options)

    def plan_destroy(self, programs: Sequence[StackProgram], options: RunOptions = DEFAULTS) -> Results:
        return self.told.plan(programs, options)

    def apply(self, programs: Sequence[StackProgram], options: RunOptions = DEFAULTS) -> Results:
        return self.told.apply(programs, options)

    def destroy(self, programs: Sequence[StackProgram], options: RunOptions = DEFAULTS) -> Results:
        return self.told.destroy(programs, options)


@pytest.fixture
def told(fleet: Holding) -> Told:
    told = Told(fleet)
    fleet.with_services(engine=lambda workspace: ToldEngine(workspace=workspace, told=told))
    return told
