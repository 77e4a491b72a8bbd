"""The matrix of a GitHub Actions job: an entry a stack, so that a fleet runs on as many runners as there are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fleet.run_progress import waves
from regionctl.model.program import StackProgram

# "A matrix will generate a maximum of 256 jobs per workflow run."
# https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstrategymatrix
MOST_JOBS = 256


def entries(
    fleet: Sequence[StackProgram], wanted: Sequence[StackProgram], wave: int | None = None
) -> list[dict[str, Any]]:
    """An entry a wanted stack, of this wave only where one is given. Waves are those of the whole fleet.

    Of more than MOST_JOBS stacks several share an entry, stacks of one wave, as few as it takes.
    """
    names = {program.name for program in wanted}
    groups = [[program for program in group if program.name in names] for group in waves(fleet)]
    chosen = {number: group for number, group in enumerate(groups) if wave in {None, number}}
    share = 1
    while sum(-(-len(group) // share) for group in chosen.values()) > MOST_JOBS:
        share += 1
    return [
        _entry(group[start : start + share], number)
        for number, group in chosen.items()
        for start in range(0, len(group), share)
    ]


def _entry(programs: Sequence[StackProgram], wave: int) -> dict[str, Any]:
    """`stacks` and `needs` are words for a command line."""
    first, *more = (program.name for program in programs)
    return {
        "name": first if not more else f"{first} and {len(more)} more",
        "stacks": " ".join([first, *more]),
        "wave": wave,
        "needs": " ".join(dict.fromkeys(need for program in programs for need in program.needs)),
    }
