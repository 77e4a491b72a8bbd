"""What an earlier run left undone: said before the next one, and taken up by `--resume`."""

from __future__ import annotations

from collections.abc import Sequence

import typer

from cli.context import Context
from regionctl.engine.state.notes import Entry, left
from regionctl.model.errors import RegionctlError
from regionctl.model.program import StackProgram
from regions.spec import Lifecycle


class ResumeSaysAll(RegionctlError):
    """`--resume` was given with what it says itself."""

    def __init__(self, again: str) -> None:
        super().__init__("--resume takes the stacks that earlier runs left", hint=f"name no others: {again}")


def left_by(context: Context, command: str) -> tuple[Entry, ...]:
    """What runs of `up` or `down` left of the fleet's stacks, in the order of those runs; to `up` no closed region."""
    entries = left(context.workspace, context.fleet_name)
    return tuple(entry for entry in entries if entry.command == command and _takes(context, command, entry.stack))


def _takes(context: Context, command: str, stack: str) -> bool:
    if stack not in context.programs:
        return False
    region = context.programs[stack].region
    return not (command == "up" and region and context.fleet.regions[region].lifecycle is Lifecycle.CLOSED)


def left_undone(context: Context, command: str, names: Sequence[str] | None, *, every: bool) -> list[str]:
    """The stacks that `--resume` stands for. Ends the command where there are none. Raises ResumeSaysAll."""
    if names or every:
        raise ResumeSaysAll(context.command(command, "--resume"))
    stacks = [entry.stack for entry in left_by(context, command)]
    if not stacks:
        from cli.results import finish
        from cli.views.journal import print_nothing_left

        context.announce()
        print_nothing_left(command)
        finish(context, [])
        raise typer.Exit
    return stacks


def say_what_was_left(context: Context, command: str, programs: Sequence[StackProgram]) -> None:
    """Of these stacks, before they are planned again. What exists is in their states, whatever the journal says."""
    from cli.views.journal import print_left

    run = {program.name for program in programs}
    print_left([entry for entry in left_by(context, command) if entry.stack in run])
