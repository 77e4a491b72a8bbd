"""`regionctl up`, `down` (`destroy`), `refresh`, `drift`: runs of Pulumi's engine over stacks."""

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
from regionctl.engine import RunOptions
from regionctl.engine.state.history import signed

DRIFTED = 2


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
    from cli.asking import person
    from cli.views.run import RunView
    from fleet import run
    from fleet.saved_plan import up_as_saved

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
    answers, view = person(yes=yes), RunView(context)
    if plan:
        besides = {
            "--all": every,
            "--resume": resume,
            "--target": target,
            "--refresh": refresh,
            "--allow": allow,
            "--replace-lost-secrets": replace_lost_secrets,
        }
        words = [*(stacks or []), *(name for name, value in besides.items() if value)]
        result = up_as_saved(context, plan, options, besides=words, skip_probe=skip_probe, person=answers, emit=view)
    else:
        result = run.up(
            context,
            stacks or [],
            options,
            every=every,
            resume=resume,
            skip_probe=skip_probe,
            person=answers,
            emit=view,
        )
    raise typer.Exit(view.show(result))


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

    options = RunOptions(targets=tuple(target or ()), parallel=parallel)
    view = RunView(context)
    result = run.drift(context, stacks or [], options, every=every, emit=view)
    view.every(result.plans)
    drifted = DRIFTED if any(plan.changes for plan in result.plans) else 0
    raise typer.Exit(view.show(result) or drifted)
