"""How an error looks: on stderr, one line a problem, never a traceback."""

from __future__ import annotations

import traceback

from cli.render.console import note
from regionctl.errors import RegionctlError, SpecError


def print_error(error: RegionctlError) -> None:
    """Of a text of several lines, as the engine's can be, those after the first are indented: none looks like another
    error.
    """
    from cli.render.text import Text

    problems = [str(problem) for problem in error.problems] if isinstance(error, SpecError) else [str(error)]
    for problem in problems:
        first, *others = [line.strip().replace("\t", " ") for line in problem.split("\n") if line.strip()] or [""]
        note(Text.assemble(("Error: ", "bold red"), first))
        for line in others:
            note(f"  {line}")
    if len(problems) > 1:
        note(f"{len(problems)} errors; nothing was changed")


def print_traceback(error: Exception) -> None:
    """How a defect came about, for a report of it."""
    for line in "".join(traceback.format_exception(error)).splitlines():
        note(line)
