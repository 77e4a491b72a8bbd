"""How an error looks: on stderr, one line a problem, never a traceback."""

from __future__ import annotations

from cli.render.console import note
from regionctl.errors import RegionctlError, SpecError


def print_error(error: RegionctlError) -> None:
    from rich.text import Text

    lines = [str(problem) for problem in error.problems] if isinstance(error, SpecError) else [str(error)]
    for line in lines:
        note(Text.assemble(("Error: ", "bold red"), line))
    if len(lines) > 1:
        note(f"{len(lines)} errors; nothing was changed")
