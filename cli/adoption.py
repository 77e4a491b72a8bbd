"""What the `adopt` commands share: a region's declaration beside what an export says exists."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cli.context import Context
from regionctl.errors import RegionctlError
from regionctl.program import StackProgram

if TYPE_CHECKING:
    from regionctl.adopt.classify import Classification
    from regionctl.adopt.inventory import Inventory


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
    coverage: Classification


def compare(context: Context, program: StackProgram, inventory: Inventory, rules: Path | None) -> Compared:
    """Classifies the export against the region's declaration. Raises BadRule."""
    from regionctl.adopt.classify import classify
    from regionctl.adopt.declared import declared
    from regionctl.adopt.rules import rules as read_rules
    from regionctl.render import render

    table = read_rules(rules)
    looked_for = declared(render(program), program.config)
    coverage = classify(
        inventory,
        looked_for,
        table,
        project=program.config["gcp:project"],
        location=program.config["gcp:region"],
    )
    return Compared(program=program, coverage=coverage)


def region_program(context: Context, region: str | None, inventory: Inventory) -> StackProgram:
    """The program of the region that is named, or whose project the export is of. Raises WhichRegion."""
    if region is not None:
        return region_of(context, region)
    projects = sorted({found.project for found in inventory.resources if found.project})
    fitting = [p for p in context.programs.values() if p.region and p.config.get("gcp:project") in projects]
    if len(fitting) != 1:
        raise WhichRegion([str(program.region) for program in fitting], projects)
    return fitting[0]


def region_of(context: Context, name: str) -> StackProgram:
    """Raises UnknownStack, and RegionctlError for a stack that is no region."""
    program = context.one(name)
    if program.region is None:
        raise RegionctlError(f"{program.name} is no region", hint="only a region can be adopted")
    return program
