"""`regionctl down` (`destroy`): deletes what stacks hold, in reverse order."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.arguments import All, LockTimeout, Parallel, Stacks, Yes
from cli.context import Context


def down(
    ctx: typer.Context,
    stacks: Stacks = None,
    every: All = False,
    yes: Yes = False,
    unprotect: Annotated[
        bool, typer.Option("--unprotect", help="Delete protected resources too, after the stack's name is typed.")
    ] = False,
    parallel: Parallel = None,
    lock_timeout: LockTimeout = 0,
) -> None:
    """Delete everything that the stacks hold. Names every protected resource and stops, unless told to go on."""
    context: Context = ctx.obj
    programs = context.select(stacks or [], every=every)
    context.announce()
    from cli.asking import must_be_able_to_ask
    from cli.changes import destroy
    from regionctl.engine import RunOptions
    from regionctl.engine.authors import signed

    must_be_able_to_ask(yes=yes)
    options = RunOptions(unprotect=unprotect, parallel=parallel, lock_timeout_s=lock_timeout, message=signed("down"))
    destroy(context, programs, options, yes=yes)
