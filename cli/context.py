"""What the global options say, and the fleet that they name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import typer

from fleet.context import FleetContext

if TYPE_CHECKING:
    from regionctl.engine import Engine
    from regionctl.model.program import StackProgram


@dataclass(frozen=True, kw_only=True)
class Context(FleetContext):
    """The global options, and the fleet that they name."""

    json: bool
    verbose: bool
    quiet: bool

    def announce(self) -> None:
        """Prints which fleet this is and where it lives; before the first result."""
        from cli.views.header import print_header
        from regionctl.engine.workspace import attached_by_hand

        print_header(self.fleet_name, self.fleet.spec.target, attached_by_hand())

    def select_for_up(self, names: Sequence[str], *, every: bool = False) -> list[StackProgram]:
        """What `select` gives, for `up` and its diff: without closed regions, and with the edge as things are.

        Raises also ClosedRegion, RegionGone, NowhereToRoute, DamagedState.
        """
        from cli.edge import appliable

        return appliable(self, self.select(names, every=every), every=every)

    def with_prerequisites(self, engine: Engine, programs: Sequence[StackProgram]) -> list[StackProgram]:
        """The programs, and before them those that they need and that were never applied to their end, or that do not
        know a region yet which is among them.
        """
        from cli.views.console import note

        wanted = {program.name: program for program in programs}
        missing: dict[str, str] = {}
        left = [(need, program.region) for program in programs for need in program.needs]
        while left:
            name, region = left.pop()
            why = None if name in wanted or name in missing else self._lacks(engine, name, region)
            if why:
                missing[name] = why
                left += [(need, self.programs[name].region) for need in self.programs[name].needs]
        for name in sorted(missing):
            note(f"{name} {missing[name]}: it comes first")
        return [wanted.get(name, program) for name, program in self.programs.items() if name in {*wanted, *missing}]


def announced(ctx: typer.Context) -> Context:
    """The command's context, once it is said which fleet it is about. Raises SpecError before anything is done."""
    context: Context = ctx.obj
    context.announce()
    return context
