"""What the `adopt` commands share: a region's declaration beside what an export says exists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fleet.context import FleetContext
from regionctl.model.errors import RegionctlError
from regionctl.model.program import StackProgram

if TYPE_CHECKING:
    from regionctl.adopt.classify import Classification
    from regionctl.adopt.inventory import Inventory
    from regionctl.adopt.record import Record
    from regionctl.render import Declaration


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


def compare(program: StackProgram, inventory: Inventory, rules: Path | None) -> Compared:
    """Classifies the export against the region's declaration. Raises BadRule."""
    from regionctl.adopt.classify import classify
    from regionctl.adopt.declared import declared
    from regionctl.adopt.rules import rules as read_rules
    from regionctl.render import render

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


def source_of(
    context: FleetContext, program: StackProgram, given: Path | None, rules: Path | None
) -> tuple[Path, Path | None]:
    """The export and the rules: those given, else those of the last `plan` or `apply`. Raises NoExport."""
    record = record_of(context, program.name)
    if given is None and record.source is None:
        assert program.region
        raise NoExport(program.region, context.command("adopt plan", program.region, "--from DIR"))
    remembered = Path(record.rules) if record.rules else None
    return given or Path(str(record.source)), rules or remembered


def score(context: FleetContext, compared: Compared, *, differ: int = 0) -> Score:
    """Counts; `differ` comes from the engine."""
    from fleet.deployed import checkpoint
    from regionctl.adopt.report import to_decide

    held = {resource.urn for resource in checkpoint(context, compared.program).resources}
    matched = {row.declared.urn for row in compared.coverage.matched if row.declared}
    missing = {one.urn for one in compared.coverage.missing}
    return Score(
        stack=compared.program.name,
        held=len(held & (matched | missing)),
        importable=len(matched - held),
        missing=len(missing - held),
        differ=differ,
        undecided=len(to_decide(compared.coverage)),
    )


def record_of(context: FleetContext, stack: str) -> Record:
    """What was adopted into a stack, and from which export."""
    from regionctl.adopt.record import Record

    return Record(context.workspace.beside_state / "adopt" / f"{stack}.json")
