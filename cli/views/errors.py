"""How an error looks: on stderr, one line a problem, never a traceback."""

from __future__ import annotations

import traceback

from cli.views.console import warn
from regionctl.model.errors import RegionctlError, SpecError


def print_error(error: RegionctlError) -> None:
    problems = [str(problem) for problem in error.problems] if isinstance(error, SpecError) else [str(error)]
    for problem in problems:
        _print("Error: ", "bold red", problem)
    if len(problems) > 1:
        warn(f"{len(problems)} errors; nothing was changed")


def print_warning(message: str) -> None:
    _print("Warning: ", "yellow", message)


def _print(what: str, style: str, message: str) -> None:
    """Of a text of several lines, as the engine's can be, those after the first are indented: none looks like another
    error.
    """
    from cli.views.text import Text

    first, *others = [line.strip().replace("\t", " ") for line in message.split("\n") if line.strip()] or [""]
    warn(Text.assemble((what, style), first))
    for line in others:
        warn(f"  {line}")


def print_help(text: str) -> None:
    """The help of a command that was typed without the one below it."""
    for line in text.split("\n"):
        warn(line)


def print_traceback(error: Exception) -> None:
    """How a defect came about, for a report of it."""
    for line in "".join(traceback.format_exception(error)).split("\n"):
        warn(f"  {line}")
