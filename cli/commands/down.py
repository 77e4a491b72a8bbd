"""`regionctl down` (`destroy`): deletes what stacks hold, in reverse order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cli.arguments import All, Allow, LockTimeout, Parallel, Resume, Stacks, Yes
from cli.context import Context
from regionctl.model.errors import RegionctlError
from regionctl.model.program import StackProgram, Target

if TYPE_CHECKING:
    from collections.abc import Sequence

    from regionctl.engine.state.checkpoint import Checkpoint


class StillActive(RegionctlError):
    """The region takes users: it is not taken down from under them."""

    def __init__(self, stack: str, region: str, drain: str, edge: str) -> None:
        self.stack = stack
        self.region = region
        super().__init__(
            f"{stack} is an active region of a cloud fleet",
            hint=f"run: {drain}, which says what comes next; to take the whole fleet away, first: {edge}",
        )


def refuse_active(context: Context, programs: Sequence[StackProgram]) -> None:
    """Raises StillActive for the first active region among the programs of a cloud fleet.

    Not once the edge is gone: then nobody is routed there. A state that holds nothing of the region tells nothing of
    the edge either. Raises DamagedState.
    """
    from fleet.deployed import EDGE, checkpoint

    for program in programs:
        region = program.region
        if program.target is not Target.CLOUD or not region or context.fleet.region(region).lifecycle != "active":
            continue
        if _holds(checkpoint(context, context.one(EDGE))) or not _holds(checkpoint(context, program)):
            drain, edge = context.command("drain", region), context.command("down", EDGE)
            raise StillActive(program.name, region, drain, edge)


def _holds(state: Checkpoint) -> bool:
    return bool(state.pending) or any(resource.custom for resource in state.resources)


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
    from regionctl.engine.state.history import signed

    refuse_active(context, programs)
    must_be_able_to_ask(yes=yes)
    options = RunOptions(
        unprotect=unprotect,
        parallel=parallel,
        allow=frozenset(allow or ()),
        # A subnet cannot go for an hour or two after what ran in it; what costs something does not wait for it.
        continue_on_error=True,
        lock_timeout_s=lock_timeout,
        message=signed("down"),
    )
    destroy(context, programs, options, yes=yes)
