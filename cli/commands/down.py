"""`regionctl down` (`destroy`): deletes what stacks hold, in reverse order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cli.arguments import All, Allow, LockTimeout, Parallel, Resume, Stacks, Yes
from cli.context import Context
from regionctl.errors import RegionctlError
from regionctl.program import StackProgram, Target

if TYPE_CHECKING:
    from collections.abc import Sequence

    from regions.load import Fleet


class StillActive(RegionctlError):
    """The region takes users: it is not taken down from under them."""

    def __init__(self, stack: str, region: str) -> None:
        self.stack = stack
        self.region = region
        super().__init__(
            f"{stack} is an active region of a cloud fleet",
            hint=f"run: regionctl drain {region}, then close, then down",
        )


def refuse_active(fleet: Fleet, programs: Sequence[StackProgram]) -> None:
    """Raises StillActive for the first active region among the programs of a cloud fleet."""
    for program in programs:
        region = program.region
        if program.target is Target.CLOUD and region and fleet.region(region).lifecycle == "active":
            raise StillActive(program.name, region)


def down(
    ctx: typer.Context,
    stacks: Stacks = None,
    every: All = False,
    yes: Yes = False,
    unprotect: Annotated[
        bool, typer.Option("--unprotect", help="Delete protected resources too, after the stack's name is typed.")
    ] = False,
    parallel: Parallel = None,
    allow: Allow = None,
    lock_timeout: LockTimeout = 0,
    resume: Resume = False,
) -> None:
    """Delete everything that the stacks hold.

    Names every protected resource and stops, unless told to go on.
    """
    context: Context = ctx.obj
    if resume:
        from cli.resume import left_undone

        stacks = left_undone(context, "down", stacks, every=every)
    programs = context.select(stacks or [], every=every)
    context.announce()
    from cli.asking import must_be_able_to_ask
    from cli.changes import destroy
    from regionctl.engine import RunOptions
    from regionctl.engine.authors import signed

    refuse_active(context.fleet, programs)
    must_be_able_to_ask(yes=yes)
    options = RunOptions(
        unprotect=unprotect,
        parallel=parallel,
        allow=frozenset(allow or ()),
        lock_timeout_s=lock_timeout,
        message=signed("down"),
    )
    destroy(context, programs, options, yes=yes)
