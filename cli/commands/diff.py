"""`regionctl diff` (`plan`, `preview`): the steps that `up` would take."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.arguments import All, Allow, Parallel, Refresh, Stacks, TargetUrns
from cli.context import Context

HAS_DIFF = 2


def diff(
    ctx: typer.Context,
    stacks: Stacks = None,
    every: All = False,
    refresh: Refresh = False,
    target: TargetUrns = None,
    parallel: Parallel = None,
    allow: Allow = None,
    full: Annotated[bool, typer.Option("--full", help="Every stack by itself, nothing folded.")] = False,
    detailed_exitcode: Annotated[
        bool, typer.Option("--detailed-exitcode", help="Exit 2 where there is a diff, as Terraform does.")
    ] = False,
) -> None:
    """Show the steps that `up` would take. Also called `plan` and `preview`."""
    context: Context = ctx.obj
    programs = context.select(stacks or [], every=every)
    context.announce()
    from cli.render.folded import print_plans
    from cli.results import finish, plans_of
    from regionctl.engine import RunOptions
    from regionctl.folding import folded_document

    options = RunOptions(targets=tuple(target or ()), refresh=refresh, parallel=parallel, allow=frozenset(allow or ()))
    with context.engine() as engine:
        results = engine.plan(programs, options)
    plans = plans_of(results, len(programs))
    if not context.json:
        print_plans(plans, context.tokens, verbose=context.verbose, full=full)
    extra = folded_document(plans, context.tokens) if context.json else {}
    finish(context, plans, incomplete=len(plans) < len(programs), extra=extra)
    if detailed_exitcode and any(plan.changes for plan in plans):
        raise typer.Exit(HAS_DIFF)
