"""`regionctl up`: shows the plan, asks, applies."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.arguments import (
    All,
    Allow,
    LockTimeout,
    Parallel,
    PolicyPacks,
    Refresh,
    ReplaceLostSecrets,
    Resume,
    SkipProbe,
    Stacks,
    TargetUrns,
    Yes,
)
from cli.context import Context


def up(
    ctx: typer.Context,
    stacks: Stacks = None,
    every: All = False,
    yes: Yes = False,
    refresh: Refresh = False,
    target: TargetUrns = None,
    parallel: Parallel = None,
    allow: Allow = None,
    policy_packs: PolicyPacks = None,
    continue_on_error: Annotated[
        bool, typer.Option("--continue-on-error", help="Go on with what does not need what failed.")
    ] = False,
    lock_timeout: LockTimeout = 0,
    replace_lost_secrets: ReplaceLostSecrets = False,
    plan: Annotated[
        Path | None,
        typer.Option("--plan", metavar="FILE", help="Exactly the plan that `diff --out FILE` saved, or nothing."),
    ] = None,
    resume: Resume = False,
    skip_probe: SkipProbe = None,
) -> None:
    """Show the plan, ask, and apply it.

    Before the edge is applied, the origin of each region that would get requests must answer.
    """
    context: Context = ctx.obj
    if resume:
        from cli.resume import left_undone

        stacks = left_undone(context, "up", stacks, every=every)
    programs = [] if plan else context.select_for_up(stacks or [], every=every)
    context.announce()
    from cli.asking import must_be_able_to_ask
    from cli.changes import apply
    from regionctl.engine import RunOptions
    from regionctl.engine.state.history import signed

    must_be_able_to_ask(yes=yes)
    options = RunOptions(
        targets=tuple(target or ()),
        refresh=refresh,
        parallel=parallel,
        allow=frozenset(allow or ()),
        policy_packs=tuple(policy_packs or ()),
        continue_on_error=continue_on_error,
        lock_timeout_s=lock_timeout,
        replace_lost_secrets=replace_lost_secrets,
        message=signed("up"),
    )
    if plan:
        from cli.saved import PlanSaysAll, apply_saved

        said = {
            "--all": every,
            "--resume": resume,
            "--target": target,
            "--refresh": refresh,
            "--allow": allow,
            "--replace-lost-secrets": replace_lost_secrets,
        }
        given = [*(stacks or []), *(name for name, value in said.items() if value)]
        if given:
            raise PlanSaysAll(given)
        apply_saved(context, plan, options, yes=yes, skip_probe=skip_probe)
    else:
        apply(context, programs, options, yes=yes, skip_probe=skip_probe)
