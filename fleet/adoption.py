"""Adopting a region that was made by hand: its declaration beside what an export says exists, and the import."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fleet.context import FleetContext
from fleet.deployed import checkpoint
from fleet.run_progress import only_plan
from regionctl.adopt.apply import Accepted, Outcome, Record, adopt
from regionctl.adopt.classify import Classification, classify
from regionctl.adopt.classify import rules as read_rules
from regionctl.adopt.declared import declared
from regionctl.adopt.inventory import Inventory
from regionctl.adopt.readers import read
from regionctl.adopt.report import Undecided, to_decide
from regionctl.model.errors import RegionctlError
from regionctl.model.program import StackProgram
from regionctl.render import Declaration, render


class WhichRegion(RegionctlError):
    """The export is of the project of no region, or of those of several."""

    def __init__(self, regions: list[str], projects: list[str]) -> None:
        self.regions = tuple(regions)
        told = (
            f"it holds the projects of {', '.join(regions)}" if regions else f"its projects are {', '.join(projects)}"
        )
        super().__init__(f"the export does not say which region it is of: {told}", hint="name one with --region")


@dataclass(frozen=True, kw_only=True)
class Compared:
    """A region's program, and the export classified against it."""

    program: StackProgram
    declaration: Declaration
    coverage: Classification

    def must_be_decided(self) -> None:
        """Raises Undecided where a human must say something first."""
        if self.coverage.blocking:
            raise Undecided(self.coverage.blocking)


def compare(program: StackProgram, inventory: Inventory, rules: Path | None) -> Compared:
    """Classifies the export against the region's declaration. Raises BadRule."""
    table = read_rules(rules)
    declaration = render(program)
    looked_for = declared(declaration, program.config)
    coverage = classify(
        inventory,
        looked_for,
        table,
        project=program.config["gcp:project"],
        location=program.config["gcp:region"],
    )
    return Compared(program=program, declaration=declaration, coverage=coverage)


def classified(context: FleetContext, region: str | None, export: Path, rules: Path | None) -> Compared:
    """An export beside the region that is named, or whose project it is of.

    Raises UnknownStack, WhichRegion, BadRule, and what `regionctl.adopt.readers.read` raises.
    """
    inventory = read(export)
    return compare(region_program(context, region, inventory), inventory, rules)


def region_program(context: FleetContext, region: str | None, inventory: Inventory) -> StackProgram:
    """The program of the region that is named, or whose project the export is of. Raises WhichRegion."""
    if region is not None:
        return region_of(context, region)
    every = {found.project for found in inventory.resources if found.project}
    projects = sorted({one for one in every if not one.isdigit()} or every)
    fitting = [p for p in context.programs.values() if p.region and p.config.get("gcp:project") in projects]
    if len(fitting) != 1:
        raise WhichRegion([str(program.region) for program in fitting], projects)
    return fitting[0]


def region_of(context: FleetContext, name: str) -> StackProgram:
    """Raises UnknownStack, and RegionctlError for a stack that is no region."""
    program = context.one(name)
    if program.region is None:
        raise RegionctlError(f"{program.name} is no region", hint="only a region can be adopted")
    return program


class NoExport(RegionctlError):
    """Nobody said which export it is."""

    def __init__(self, region: str, command: str) -> None:
        self.region = region
        super().__init__(f"which export is {region} adopted from?", hint=f"run: {command}, or give --from DIR")


class Refused(RegionctlError):
    """Resources that an import would change were not imported: the others are."""

    def __init__(self, stack: str, names: Sequence[str]) -> None:
        self.stack, self.names = stack, tuple(names)
        super().__init__(
            f"{stack}: {len(names)} resources were not imported, because they exist otherwise than they are declared",
            hint="change the region's file or the cloud and apply again, or accept a difference: --accept NAME or PATH",
        )


@dataclass(frozen=True, kw_only=True)
class Score:
    """How far a region is adopted. `held`: declared resources in the state. `differ`: those of them that `up` would
    change. `left` is what there is still to do."""

    stack: str
    held: int
    importable: int
    missing: int
    differ: int
    undecided: int

    @property
    def left(self) -> int:
        return self.importable + self.missing + self.differ


@dataclass(frozen=True, kw_only=True)
class Adoption:
    """A region that is being adopted from an export, which is classified against its declaration."""

    context: FleetContext
    export: Path
    rules: Path | None
    compared: Compared

    @property
    def stack(self) -> str:
        return self.compared.program.name

    def score(self, *, differ: int = 0) -> Score:
        """Counts. `differ`: how many of those in the state `up` would change."""
        held = {resource.urn for resource in checkpoint(self.context, self.compared.program).resources}
        matched = {row.declared.urn for row in self.compared.coverage.matched if row.declared}
        missing = {one.urn for one in self.compared.coverage.missing}
        return Score(
            stack=self.stack,
            held=len(held & (matched | missing)),
            importable=len(matched - held),
            missing=len(missing - held),
            differ=differ,
            undecided=len(to_decide(self.compared.coverage)),
        )

    def score_by_plan(self) -> Score:
        """The same, with what `up` would change as the engine plans it. Raises what the plan ends with."""
        with self.context.engine() as engine:
            planned = only_plan(engine.plan([self.compared.program]))
        if planned.error:
            raise planned.error
        return self.score(differ=len({step.urn for step in planned.changes if step.op in {"update", "replace"}}))

    def apply(self, accept: Sequence[str]) -> Outcome:
        """Imports what is equal, and what differs and is accepted by name or path; remembers the export."""

        record = record_of(self.context, self.stack)
        record.remember(self.export, self.rules)
        compared, accepted = self.compared, Accepted(tuple(accept))
        with self.context.engine() as engine:
            engine.warm([compared.program])
            return adopt(
                engine, compared.program, compared.declaration, compared.coverage, record=record, accept=accepted
            )


def adoption(context: FleetContext, region: str, source: Path | None, rules: Path | None) -> Adoption:
    """Reads the export and the rules that are given, else those of the last `plan` or `apply`.

    Raises UnknownStack, NoExport, BadRule, and what `regionctl.adopt.readers.read` raises.
    """
    program = region_of(context, region)
    record = record_of(context, program.name)
    if source is None and record.source is None:
        assert program.region
        raise NoExport(program.region, context.command("adopt plan", program.region, "--from DIR"))
    export = source or Path(str(record.source))
    table = rules or (Path(record.rules) if record.rules else None)
    return Adoption(context=context, export=export, rules=table, compared=compare(program, read(export), table))


def must_be_whole(stack: str, outcome: Outcome) -> None:
    """Raises Refused."""
    if outcome.refused:
        raise Refused(stack, [one.name for one in outcome.refused])


def adopted(context: FleetContext, program: StackProgram) -> list[str]:
    """The URNs of what was adopted into a stack and is still in its state."""
    held = {resource.urn for resource in checkpoint(context, program).resources if resource.custom}
    return [urn for urn in record_of(context, program.name).urns if urn in held]


def let_go(context: FleetContext, program: StackProgram, urns: Sequence[str]) -> None:
    """Takes what was adopted out of the stack's state; in the cloud it stays as it is."""
    context.records.forget(program, urns)
    record = record_of(context, program.name)
    record.remove(record.urns)


def record_of(context: FleetContext, stack: str) -> Record:
    """What was adopted into a stack, and from which export."""

    return Record(context.workspace.beside_state / "adopt" / f"{stack}.json")
