"""In which order stacks are applied: those that others need first, the rest together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from regionctl.model.errors import RegionctlError
from regionctl.model.program import StackProgram


def waves(programs: Sequence[StackProgram]) -> Iterator[list[StackProgram]]:
    """The programs in groups: those of a group need only what earlier groups hold, or what is not in the run.

    Raises RegionctlError where they need each other.
    """
    left = list(programs)
    while left:
        names = {program.name for program in left}
        wave = [program for program in left if not names & set(program.needs)]
        if not wave:
            raise RegionctlError(f"{', '.join(sorted(names))} need each other")
        yield wave
        left = [program for program in left if program not in wave]
