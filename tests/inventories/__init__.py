"""What each stack declares, as trees of text: a change of structure shows in review as a change of these files.

Written anew by `python -m tests.inventories`; a test compares them.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from regionctl.model.program import StackProgram
from regionctl.render import Declaration, render
from regions.load import fleets, load_fleet
from stacks.programs import REGIONS_DIR, programs

FOLDER = Path(__file__).resolve().parent


def all_programs() -> dict[str, StackProgram]:
    """Every stack of every fleet, by its full name."""
    return {
        name: program
        for fleet in fleets(REGIONS_DIR)
        for name, program in programs(load_fleet(REGIONS_DIR, fleet)).items()
    }


def inventory(program: StackProgram) -> str:
    """One line a resource, its type and logical name, below its parent, in the order of names."""
    return "\n".join(_lines(render(program), None, "")) + "\n"


def file_of(stack: str) -> Path:
    return FOLDER / f"{stack}.txt"


def _lines(declaration: Declaration, parent: str | None, indent: str) -> Iterator[str]:
    for resource in sorted(declaration.children(parent), key=lambda r: (r.name, r.type)):
        yield f"{indent}{resource.type} {resource.name}"
        yield from _lines(declaration, resource.urn, f"{indent}  ")
