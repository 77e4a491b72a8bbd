"""Finds the names that stacks want and the emulated clouds do not give, before anything is made.

A deleted resource may keep its name, for days or for ever (docs/region-lifecycle.md). What a region makes it asks for
under names of its `generation`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from fleet.context import FleetContext
from fleet.deployed import checkpoint, holds_nothing
from regionctl.engine.state.checkpoint import DamagedState
from regionctl.model.errors import RegionctlError
from regionctl.model.program import StackKind, StackProgram, Target
from regionctl.render import Declaration, Resource, render_all
from regionctl.sandbox.names import Unavailable, Wanted, unavailable


class NamesTaken(RegionctlError):
    """A stack that holds nothing yet wants names that are not to be had."""

    def __init__(self, stack: str, found: Sequence[Unavailable], ways: Sequence[str]) -> None:
        self.stack = stack
        first = next((one for one in found if one.buried), found[0])
        more = f" and {len(found) - 1} more names" if len(found) > 1 else ""
        taken = f"{'are' if more else 'is'} taken by what is not in its state"
        why = "cannot be used again yet" if first.buried else taken
        ways = ways if first.buried else ["delete that", *ways]
        super().__init__(f"{stack}: {first.path}{more} {why}", hint=", or ".join(ways))


def refuse_taken_names(context: FleetContext, programs: Sequence[StackProgram]) -> None:
    """Raises NamesTaken for the first stack of which nothing could be made under the names of its generation.

    A real cloud tells it only when something is to be made in it.
    """
    if context.fleet.spec.target is not Target.SANDBOX or not context.sandbox_data.is_file():
        return
    new = holding_nothing(context, programs)
    if not new:
        return

    def alone() -> bool:
        return len(holding_nothing(context, list(context.programs.values()))) == len(context.programs)

    for taken in taken_names(context, new, render_all(new), alone=alone):
        # A plan does not tell of what a kill left half made, and that is taken over.
        if not checkpoint(context, context.programs[taken.stack]).pending:
            raise taken


def holding_nothing(context: FleetContext, programs: Sequence[StackProgram]) -> list[StackProgram]:
    """The stacks of which nothing was ever made, not even half: what a kill left is taken over."""
    return [program for program in programs if _holds_nothing(context, program)]


def taken_names(
    context: FleetContext,
    programs: Sequence[StackProgram],
    declared: Mapping[str, Declaration],
    *,
    alone: Callable[[], bool],
) -> Iterator[NamesTaken]:
    """One a stack. `alone`: no stack of the fleet holds anything."""
    for program in programs:
        wanted = [_wanted(program, one) for one in declared[program.name].resources.values() if one.custom]
        if found := unavailable(context.sandbox_data, wanted, context.services.now().timestamp()):
            ways = [way] if (way := next_generation(context, program)) else []
            if alone():
                ways.append(f"let the emulated clouds forget them: {context.command('sandbox', 'reset')}")
            yield NamesTaken(program.name, found, ways)


def next_generation(context: FleetContext, program: StackProgram) -> str | None:
    """What to write where, for new names; None for the edge, whose names have no generation."""
    if program.region:
        under, generation = "", context.fleet.regions[program.region].generation
    elif program.kind is StackKind.AUTH:
        under, generation = " under auth", context.fleet.spec.auth.generation
    elif program.kind is StackKind.CI and (ci := context.fleet.spec.ci):
        under, generation = " under ci", ci.generation
    else:
        return None
    return f"write `generation: {generation + 1}`{under} in {context.fleet.file(program.region)}"


def _holds_nothing(context: FleetContext, program: StackProgram) -> bool:
    try:
        return holds_nothing(context, program)
    except DamagedState:
        return False  # told by whoever reads it for its own sake


def _wanted(program: StackProgram, resource: Resource) -> Wanted:
    """With the inputs that are plain text: names of other things that an apply makes are not known yet."""
    known = {key: value for key, value in resource.inputs.items() if type(value) is str}
    config = {"project": program.config.get("gcp:project")}
    return Wanted(type=resource.type, name=resource.name, inputs=known, config=config)
