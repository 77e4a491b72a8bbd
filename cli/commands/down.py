"""`regionctl down` (`destroy`): deletes what stacks hold, in reverse order."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.arguments import All, Allow, LockTimeout, Parallel, Resume, Stacks, Yes
from cli.context import Context
from regionctl.engine import RunOptions
from regionctl.engine.state.history import signed


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
    from cli.asking import person
    from cli.views.run import RunView
    from fleet import run

    options = RunOptions(
        unprotect=unprotect,
        parallel=parallel,
        allow=frozenset(allow or ()),
        # A subnet cannot go for an hour or two after what ran in it; what costs something does not wait for it.
        continue_on_error=True,
        lock_timeout_s=lock_timeout,
        message=signed("down"),
    )
    view = RunView(context)
    result = run.down(context, stacks or [], options, every=every, resume=resume, person=person(yes=yes), emit=view)
    raise typer.Exit(view.show(result))
