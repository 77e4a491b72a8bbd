"""What an earlier run left undone: told before the next one, and taken up by `--resume`."""

from __future__ import annotations

from collections.abc import Sequence

from fleet.context import FleetContext
from fleet.events import LeftBefore, NothingLeft, Sink
from regionctl.engine.state.notes import Entry, left
from regionctl.model.errors import RegionctlError
from regionctl.model.program import StackProgram
from regions.spec import Lifecycle


class ResumeSaysAll(RegionctlError):
    """`--resume` was given with what it says itself."""

    def __init__(self, again: str) -> None:
        super().__init__("--resume takes the stacks that earlier runs left", hint=f"name no others: {again}")


def left_by(context: FleetContext, command: str) -> tuple[Entry, ...]:
    """What runs of `up` or `down` left of the fleet's stacks, in the order of those runs; to `up` no closed region."""
    entries = left(context.workspace, context.fleet_name)
    return tuple(entry for entry in entries if entry.command == command and _takes(context, command, entry.stack))


def _takes(context: FleetContext, command: str, stack: str) -> bool:
    if stack not in context.programs:
        return False
    region = context.programs[stack].region
    return not (command == "up" and region and context.fleet.regions[region].lifecycle is Lifecycle.CLOSED)


def left_undone(context: FleetContext, command: str, names: Sequence[str], *, every: bool, emit: Sink) -> list[str]:
    """The stacks that `--resume` stands for; that there are none is told. Raises ResumeSaysAll."""
    if names or every:
        raise ResumeSaysAll(context.command(command, "--resume"))
    stacks = [entry.stack for entry in left_by(context, command)]
    if not stacks:
        emit(context.chosen)
        emit(NothingLeft(command))
    return stacks


def tell_what_was_left(context: FleetContext, command: str, programs: Sequence[StackProgram], emit: Sink) -> None:
    """Of these stacks, before they are planned again. What exists is in their states, whatever the journal says."""
    run = {program.name for program in programs}
    emit(LeftBefore([entry for entry in left_by(context, command) if entry.stack in run]))
