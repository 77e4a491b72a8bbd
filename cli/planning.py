"""`diff` against the state: the plans, where the edge would route to, and the plan that is saved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cli.context import Context
from cli.edge import plan_in_order
from cli.results import finish, plans_of
from cli.views.console import warn
from cli.views.folded import print_plans
from cli.views.limits import print_limits_of_state, print_warnings
from cli.views.routing import print_routing, routing_json
from fleet.routing import Routing, routing
from regionctl.engine import Plan, RunOptions
from regionctl.model.program import StackProgram
from regionctl.review.folding import folded_document


def print_diff(
    context: Context,
    programs: Sequence[StackProgram],
    options: RunOptions,
    *,
    full: bool,
    requests: Path | None,
    out: Path | None,
    expires: str | None,
) -> bool:
    """Plans and prints, and saves the plan where `out` says so. Returns whether there is a diff.

    Ends the command where a plan cannot be made: then nothing is saved.
    """
    routes = routing(context, programs, requests)
    saving = None
    if out is not None or expires is not None:
        from cli.saving import Saving

        saving = Saving.asked(out, expires)
    with context.engine(programs) as engine:
        prepared = saving.prepare(context, engine, programs, options) if saving else None
        if prepared:
            programs, options = prepared.programs, prepared.options
        plans = plans_of(plan_in_order(context, engine, programs, options), len(programs))
    if not context.json:
        _print(context, plans, routes, full=full, sampled=requests is not None)
        print_warnings(plans)
    print_limits_of_state(refreshed=options.refresh)
    incomplete = len(plans) < len(programs)
    if prepared and (incomplete or any(plan.error for plan in plans)):
        warn(f"nothing is saved in {out}")
    finish(context, plans, incomplete=incomplete, extra=_besides_plans(context, plans, routes))
    if prepared:
        prepared.write(context.records, plans)
    return any(plan.changes for plan in plans)


def _print(context: Context, plans: Sequence[Plan], routes: Routing | None, *, full: bool, sampled: bool) -> None:
    print_plans(plans, context.tokens_of(plans), verbose=context.verbose, full=full)
    if routes:
        print_routing(routes, verbose=context.verbose or sampled)


def _besides_plans(context: Context, plans: Sequence[Plan], routes: Routing | None) -> Mapping[str, Any]:
    """More of the JSON document."""
    folded = folded_document(plans, context.tokens_of(plans)) if context.json else {}
    return {**folded, "routing": routing_json(routes)} if routes else folded
