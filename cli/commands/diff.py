"""`regionctl diff` (`plan`, `preview`): the steps that `up` would take."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.arguments import All, Allow, Parallel, PolicyPacks, Refresh, ReplaceLostSecrets, Stacks, TargetUrns, Watch
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
    policy_packs: PolicyPacks = None,
    replace_lost_secrets: ReplaceLostSecrets = False,
    base: Annotated[
        str | None,
        typer.Option("--base", metavar="REV", help="Compare declarations with this git revision; no state is needed."),
    ] = None,
    full: Annotated[bool, typer.Option("--full", help="Every stack by itself, nothing folded.")] = False,
    requests: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Sample requests for the edge, instead of the fleet's requests.yaml."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Save the plan, for `up --plan FILE`.")
    ] = None,
    expires: Annotated[
        str | None,
        typer.Option("--expires", metavar="TIME", help="How long a saved plan holds: 90m, 24h (the default), 7d."),
    ] = None,
    detailed_exitcode: Annotated[
        bool, typer.Option("--detailed-exitcode", help="Exit 2 where there is a diff, as Terraform does.")
    ] = False,
    watch: Watch = False,
) -> None:
    """Show the steps that `up` would take.

    With `--base`, what a change of code or specs does to the declarations. Also called `plan` and `preview`.
    """
    context: Context = ctx.obj
    from cli.views.diff import DiffView
    from fleet import diff as diffs

    if watch:
        from cli.watching import NotWatched, watch_command

        if base is None:
            raise NotWatched("goes with --base: a plan against state runs the engine", "give --base REV as well")
        revision, names = base, stacks or []
        watch_command(context, lambda again: diffs.compare_with(again, revision, names, every=every))
    from regionctl.engine import RunOptions

    view = DiffView(context)
    result: diffs.Diff | diffs.BaseDiff
    if base is not None:
        of_state = {
            "--refresh": refresh,
            "--target": target,
            "--parallel": parallel,
            "--allow": allow,
            "--policy-pack": policy_packs,
            "--replace-lost-secrets": replace_lost_secrets,
            "--requests": requests,
            "--out": out,
            "--expires": expires,
        }
        result = diffs.diff_against_base(context, base, stacks or [], every=every, of_state=of_state, emit=view)
        code = view.show_base(result, full=full)
    else:
        options = RunOptions(
            targets=tuple(target or ()),
            refresh=refresh,
            parallel=parallel,
            allow=frozenset(allow or ()),
            policy_packs=tuple(policy_packs or ()),
            replace_lost_secrets=replace_lost_secrets,
        )
        result = diffs.diff_against_state(
            context, stacks or [], options, every=every, requests=requests, out=out, expires=expires, emit=view
        )
        code = view.show_diff(result, full=full)
    raise typer.Exit(code or (HAS_DIFF if result.changed and detailed_exitcode else 0))
