"""The edge in a run of `up`: which regions it makes records for, which it routes to, and whether those answer.

Its table is a function of the specs. What a run knows besides is told to its program as arguments, and shown: regions
that are not routed to yet and have an origin, and regions that did not come up.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass

from fleet.context import FleetContext
from fleet.deployed import TableUnreadable, deployed_table, outputs, probed
from fleet.events import ComesFirst, EdgePlanned, EdgeWithout, NotAsked, NotTried, OriginAnswered, Sink
from fleet.run_progress import RunProgress, admit, only_plan
from regionctl.engine import Engine, Plan, Results, RunOptions
from regionctl.model.errors import CheckFailed, RegionctlError
from regionctl.model.hints import command, short_name
from regionctl.model.program import StackKind, StackProgram, Target
from regionctl.probes import NotAnswering, require
from regions.spec import Lifecycle, RegionSpec
from stacks.outputs import LastOutputs
from stacks.programs import edge_program
from stacks.table import ROUTED, Table, in_table, opened, table


class RegionGone(RegionctlError):
    """A draining region was taken down, and the table still has it."""

    def __init__(self, region: str, stack: str, close: str, up: str) -> None:
        self.region = region
        super().__init__(
            f"{region} is draining, so the edge has it in its table, but {stack} holds nothing",
            hint=f"where nobody lives there any more: {close}; otherwise bring it up again: {up}",
        )


class NowhereToRoute(CheckFailed):
    """The edge routes to regions now, and would route to none: every request would fail."""

    def __init__(self, stack: str, now: Sequence[str]) -> None:
        self.stack = stack
        super().__init__(
            f"{stack} routes to {', '.join(now)} now, and no region would be active or draining any more",
            hint=f"leave one active; to take the whole edge away: {command('down', 'edge')}",
        )


class ClosedRegion(RegionctlError):
    """A closed region's names are given up: it does not come up again."""

    def __init__(self, region: str, stack: str, down: str) -> None:
        self.region = region
        new = command("new", "NAME", "--like", region)
        super().__init__(
            f"{region} is closed, so {stack} is not brought up",
            hint=f"make a new region: {new}; what is left of this one goes with: {down}",
        )


def select_for_up(context: FleetContext, names: Sequence[str], *, every: bool = False) -> list[StackProgram]:
    """The stacks that `up` and its diff take: what `select` gives without closed regions, and the edge as things are.

    Raises what `select` raises; ClosedRegion for one that is named, RegionGone, NowhereToRoute, DamagedState.
    """
    programs = context.select(names, every=every)
    closed = {program.name for program in programs if _lifecycle(context, program) is Lifecycle.CLOSED}
    for name in sorted(closed) if not every else ():
        region = context.one(name).region or name
        raise ClosedRegion(region, name, context.command("down", region))
    wanted = [program for program in programs if program.name not in closed]
    run = {program.name for program in wanted}
    return [_as_things_are(context, program, run) if is_edge(program) else program for program in wanted]


def with_prerequisites(
    context: FleetContext, engine: Engine, programs: Sequence[StackProgram], emit: Sink
) -> list[StackProgram]:
    """The programs, and before them those that they need and that were never applied to their end, or that do not know
    a region yet which is among them.
    """
    wanted = {program.name: program for program in programs}
    missing: dict[str, str] = {}
    left = [(need, program.region) for program in programs for need in program.needs]
    while left:
        name, region = left.pop()
        why = None if name in wanted or name in missing else _lacks(engine, context.programs[name], region)
        if why:
            missing[name] = why
            left += [(need, context.programs[name].region) for need in context.programs[name].needs]
    for name in sorted(missing):
        emit(ComesFirst(name, missing[name]))
    return [wanted.get(name, program) for name, program in context.programs.items() if name in {*wanted, *missing}]


def _lacks(engine: Engine, program: StackProgram, region: str | None) -> str | None:
    """Why a stack comes before one that needs it, a region's maybe."""
    said = engine.last_outputs(program)
    if not said:
        return "was never applied and is needed"
    listening = LastOutputs(said).listening
    if region and listening is not None and region not in listening:
        return f"does not know {region} yet"
    return None


def is_edge(program: StackProgram) -> bool:
    return program.kind is StackKind.EDGE


def _lifecycle(context: FleetContext, program: StackProgram) -> Lifecycle | None:
    return context.fleet.regions[program.region].lifecycle if program.region else None


def _as_things_are(context: FleetContext, edge: StackProgram, run: Set[str]) -> StackProgram:
    """The edge of a run over the stacks `run`: what comes up in it will have an origin too."""
    routed = in_table(context.fleet.regions.values())
    for region in routed:
        stack = f"{context.fleet_name}.{region.name}"
        if region.lifecycle is Lifecycle.DRAINING and stack not in run and not has_origin(context, region.name):
            up, close = context.command("up", region.name), context.command("close", region.name)
            raise RegionGone(region.name, stack, close, up)
    if not routed and (now := _routed_now(context)):
        raise NowhereToRoute(edge.name, sorted(now))
    unrouted = [spec.name for spec in context.fleet.regions.values() if spec not in routed]
    opening = {name for name in unrouted if f"{context.fleet_name}.{name}" in run or has_origin(context, name)}
    return edge_program(context.fleet, opening=opening)


def has_origin(context: FleetContext, region: str) -> bool:
    return outputs(context, context.one(region)).origin_address is not None


def has_records(context: FleetContext, region: str) -> bool:
    """Whether the edge has made the DNS records of a region's origin."""
    return region in outputs(context, context.one(StackKind.EDGE)).origin_hosts


def _routed_now(context: FleetContext) -> Set[str]:
    """The regions in the table that the edge was last applied with. Raises TableUnreadable."""
    before = deployed_table(context)
    return set(before.regions) if before else set()


def plan_in_order(
    context: FleetContext, engine: Engine, programs: Sequence[StackProgram], options: RunOptions
) -> Results:
    """Plans them together; the edge after stacks that it reads and that were never made: a plan makes them, empty.

    Of a remote state nobody asks which those are, since that is a call of the CLI for each: there the edge comes later.
    """
    remote = not engine.backend.reads_free
    new = {program.name for program in programs if remote or not engine.last_outputs(program)}
    late = [program for program in programs if is_edge(program) and new & set(program.needs)]
    early = [program for program in programs if program not in late]
    return {**engine.plan(early, options), **engine.plan(late, options)}


@dataclass(frozen=True, kw_only=True)
class Admission:
    """Which stacks of a wave are applied. The edge is not where a region that would get requests does not answer. It
    does not wait for a region that failed: one that has users stays in its table, another one is held back.
    """

    context: FleetContext
    engine: Engine
    options: RunOptions
    confirm: Callable[[Sequence[Plan]], bool]
    emit: Sink
    skip_probe: str | None = None
    exactly: bool = False  # nothing else than what was planned: it does wait for every region

    def __call__(self, group: Sequence[StackProgram], progress: RunProgress) -> list[StackProgram]:
        admitted = admit([program for program in group if not is_edge(program)], progress, self.emit)
        for edge in (program for program in group if is_edge(program)):
            try:
                admitted += self._edge(edge, progress)
            except RegionctlError as refusal:
                progress.refusals.append(refusal)
        return admitted

    def _edge(self, edge: StackProgram, progress: RunProgress) -> list[StackProgram]:
        """Raises NotAnswering; TableUnreadable where a region failed, since nobody knows then whether it has users."""
        regions = self.context.fleet.regions
        failed = {short_name(name) for name in progress.failed & set(edge.needs)}
        if failed - set(regions) or (failed and self.exactly):
            return admit([edge], progress, self.emit)
        new = failed - _routed_now(self.context) if failed else set()
        broken = {name for name in new if regions[name].lifecycle in ROUTED}
        if broken and not self._routed(broken):
            self.emit(NotTried(edge.name))
            return []
        early = self._early(broken, progress)
        held = broken | early
        if failed or early:
            opening = {name for name in regions if has_origin(self.context, name)}
            edge = edge_program(self.context.fleet, opening=opening, held_back=held)
        if held and not self._goes_on(edge, {"which did not come up": broken, "for its records first": early}):
            return []
        progress.incomplete |= {edge.name} if held else set()
        return [edge]

    def _routed(self, held: Set[str]) -> list[RegionSpec]:
        return in_table(region for region in self.context.fleet.regions.values() if region.name not in held)

    def _early(self, broken: Set[str], progress: RunProgress) -> Set[str]:
        """Regions that do not answer, and cannot: a cloud issues their certificates once the edge made their records.

        Raises NotAnswering for others.
        """
        routed = self._routed(broken)
        try:
            if routed:
                self._must_answer(table(self.context.fleet.spec, routed))
        except NotAnswering as refusal:
            silent = {result.origin.region for result in refusal.results}
            waits = self.context.fleet.spec.target is Target.CLOUD and not self.exactly
            dark = bool(_routed_now(self.context)) and not self._routed(broken | silent)
            if not waits or dark or any(has_records(self.context, region) for region in silent):
                raise
            progress.refusals.append(refusal)
            return silent
        return set()

    def _goes_on(self, edge: StackProgram, without: Mapping[str, Set[str]]) -> bool:
        """Shows the edge's plan without these regions, and asks."""
        for why, regions in without.items():
            if regions:
                self.emit(EdgeWithout(edge.name, sorted(regions), why))
        planned = only_plan(self.engine.plan([edge], self.options))
        self.emit(EdgePlanned(planned))
        if planned.error:
            raise planned.error
        return self.confirm([planned])

    def _must_answer(self, after: Table) -> None:
        """Asks the origins of the regions that would get requests. Raises NotAnswering."""
        names = opened(self._before(), after)
        if names and self.skip_probe is not None:
            self.emit(NotAsked(names, self.skip_probe))
            return
        results = [probed(self.context, self.context.one(name)) for name in names]
        require(results)
        for result in results:
            self.emit(OriginAnswered(result.origin.host, result.said))

    def _before(self) -> Table | None:
        """A table that cannot be read is taken for none: then every region is asked."""
        try:
            return deployed_table(self.context)
        except TableUnreadable:
            return None
