"""`regionctl refresh` and `drift`: read what exists into state, or only report it."""

from __future__ import annotations

import typer

from cli.arguments import All, LockTimeout, Parallel, Stacks, TargetUrns, Yes
from cli.context import Context

DRIFTED = 2


def refresh(
    ctx: typer.Context,
    stacks: Stacks = None,
    every: All = False,
    yes: Yes = False,
    target: TargetUrns = None,
    parallel: Parallel = None,
    lock_timeout: LockTimeout = 0,
) -> None:
    """Read what exists into the state. Changes no cloud."""
    context: Context = ctx.obj
    from cli.asking import person
    from cli.views.run import RunView
    from fleet import run
    from regionctl.engine import RunOptions
    from regionctl.engine.state.history import signed

    options = RunOptions(
        targets=tuple(target or ()), parallel=parallel, lock_timeout_s=lock_timeout, message=signed("refresh")
    )
    view = RunView(context)
    result = run.refresh(context, stacks or [], options, every=every, person=person(yes=yes), emit=view)
    raise typer.Exit(view.show(result))


def drift(
    ctx: typer.Context,
    stacks: Stacks = None,
    every: All = False,
    target: TargetUrns = None,
    parallel: Parallel = None,
) -> None:
    """Report what differs between the state and what exists. Changes nothing; exit 2 where something drifted."""
    context: Context = ctx.obj
    from cli.views.run import RunView
    from fleet import run
    from regionctl.engine import RunOptions

    options = RunOptions(targets=tuple(target or ()), parallel=parallel)
    view = RunView(context)
    result = run.drift(context, stacks or [], options, every=every, emit=view)
    view.every(result.plans)
    drifted = DRIFTED if any(plan.changes for plan in result.plans) else 0
    raise typer.Exit(view.show(result) or drifted)
