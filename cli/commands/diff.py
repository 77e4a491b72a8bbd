"""`regionctl diff` (`plan`, `preview`): the steps that `up` would take."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.arguments import All, Allow, Parallel, PolicyPacks, Refresh, Stacks, TargetUrns
from cli.context import Context

if TYPE_CHECKING:
    from cli.saving import Saving

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
) -> None:
    """Show the steps that `up` would take.

    With `--base`, what a change of code or specs does to the declarations. Also called `plan` and `preview`.
    """
    context: Context = ctx.obj
    if base is not None:
        from cli.revision import print_diff

        of_state = {
            "--refresh": refresh,
            "--target": target,
            "--parallel": parallel,
            "--allow": allow,
            "--policy-pack": policy_packs,
            "--requests": requests,
            "--out": out,
            "--expires": expires,
        }
        changed = print_diff(context, base, stacks or [], every=every, full=full, of_state=of_state)
        raise typer.Exit(HAS_DIFF if changed and detailed_exitcode else 0)
    programs = context.select_for_up(stacks or [], every=every)
    context.announce()
    from cli.edge import plan_in_order
    from cli.render.console import note
    from cli.render.folded import print_plans
    from cli.render.limits import print_limits_of_state
    from cli.render.routing import print_routing, routing_json
    from cli.results import finish, plans_of
    from cli.routing import routing
    from regionctl.engine import RunOptions
    from regionctl.folding import folded_document

    options = RunOptions(
        targets=tuple(target or ()),
        refresh=refresh,
        parallel=parallel,
        allow=frozenset(allow or ()),
        policy_packs=tuple(policy_packs or ()),
    )
    routes = routing(context, programs, requests)
    saving = _saving(out, expires)
    with context.engine() as engine:
        prepared = saving.prepare(context, engine, programs, options) if saving else None
        if prepared:
            programs, options = list(prepared.programs), prepared.options
        plans = plans_of(plan_in_order(context, engine, programs, options), len(programs))
    if not context.json:
        print_plans(plans, context.tokens, verbose=context.verbose, full=full)
        if routes:
            print_routing(routes, verbose=context.verbose or requests is not None)
    extra = folded_document(plans, context.tokens) if context.json else {}
    if routes:
        extra = {**extra, "routing": routing_json(routes)}
    if not context.quiet:
        print_limits_of_state(refreshed=refresh)
    if prepared and (len(plans) < len(programs) or any(plan.error for plan in plans)):
        note(f"nothing is saved in {out}")
    finish(context, plans, incomplete=len(plans) < len(programs), extra=extra)
    if prepared:
        prepared.write(context.records, plans)
    if detailed_exitcode and any(plan.changes for plan in plans):
        raise typer.Exit(HAS_DIFF)


def _saving(out: Path | None, expires: str | None) -> Saving | None:
    if out is None and expires is None:
        return None
    from cli.saving import Saving

    return Saving.asked(out, expires)
