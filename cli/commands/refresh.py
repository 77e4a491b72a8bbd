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
    programs = context.select(stacks or [], every=every)
    context.announce()
    from cli.asking import must_be_able_to_ask
    from cli.changes import read
    from regionctl.engine import RunOptions
    from regionctl.engine.state.history import signed

    must_be_able_to_ask(yes=yes)
    options = RunOptions(
        targets=tuple(target or ()), parallel=parallel, lock_timeout_s=lock_timeout, message=signed("refresh")
    )
    read(context, programs, options, yes=yes)


def drift(
    ctx: typer.Context,
    stacks: Stacks = None,
    every: All = False,
    target: TargetUrns = None,
    parallel: Parallel = None,
) -> None:
    """Report what differs between the state and what exists. Changes nothing; exit 2 where something drifted."""
    context: Context = ctx.obj
    programs = context.select(stacks or [], every=every)
    context.announce()
    from cli.results import finish, plans_of
    from cli.views.plan import print_plan
    from fleet.drift import noted
    from regionctl.engine import RunOptions

    options = RunOptions(targets=tuple(target or ()), parallel=parallel)
    with context.engine(programs) as engine:
        results = noted(engine.plan_refresh(programs, options), context, options)
    plans = plans_of(results, len(programs))
    if not context.json:
        for plan in plans:
            print_plan(plan, verbose=context.verbose)
    finish(context, plans, incomplete=len(plans) < len(programs))
    if any(plan.changes for plan in plans):
        raise typer.Exit(DRIFTED)
