"""What a pull request does to a fleet: against a git revision, or against state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import typer

from cli.context import Context
from regionctl.engine import Plan
from regionctl.model.program import StackProgram


@dataclass(frozen=True, kw_only=True)
class Change:
    """`failed`: the stacks without a whole plan; why was printed. `compared`: with what, and what that cannot know.
    `base`: the id of the commit that it was compared with; None against state.
    """

    plans: tuple[Plan, ...]
    failed: tuple[str, ...]
    compared: str
    base: str | None


def change_of(context: Context, names: Sequence[str], base: str | None) -> Change:
    """What changes in these stacks, or in all. Raises what comparing and planning raise; where every stack failed, the
    first reason.
    """
    return _since(context, names, base) if base is not None else _against_state(context, names)


def programs_to_apply(context: Context, base: str | None) -> list[StackProgram]:
    """The stacks of the fleet without closed regions, which do not come up again, and without those that only a person
    brings up; with `base` only those in which something changes since that revision. Reads no state. Raises what
    comparing raises.
    """
    changed = None if base is None else _changed(context, base)
    return [
        program
        for name, program in context.programs.items()
        if not (program.by_name_alone or _closed(context, program)) and (changed is None or name in changed)
    ]


def _changed(context: Context, base: str) -> list[str]:
    from cli.views.console import warn

    change = _since(context, (), base)
    if change.failed:
        raise typer.Exit(1)
    changed = [plan.stack for plan in change.plans if plan.changes]
    for stack in changed:
        if stack not in context.programs:
            warn(f"{stack} is in {base} only: take it down with that checkout")
    return changed


def _closed(context: Context, program: StackProgram) -> bool:
    from regions.spec import Lifecycle

    return program.region is not None and context.fleet.regions[program.region].lifecycle is Lifecycle.CLOSED


def _since(context: Context, names: Sequence[str], base: str) -> Change:
    from cli.results import plans_of
    from cli.revision import compare_with
    from cli.views.limits import limits_of_revision

    found = compare_with(context, base, names, every=not names)
    plans = plans_of(found.results, len(found.results))
    return _change(plans, list(found.results), limits_of_revision(str(found.base)), found.base.id)


def _against_state(context: Context, names: Sequence[str]) -> Change:
    from cli.edge import plan_in_order
    from cli.results import plans_of
    from cli.views.limits import limits_of_state
    from regionctl.engine import RunOptions

    programs = context.select_for_up(names, every=not names)
    with context.engine(programs) as engine:
        plans = plans_of(plan_in_order(context, engine, programs, RunOptions()), len(programs))
    return _change(plans, [program.name for program in programs], limits_of_state(refreshed=False), None)


def _change(plans: Sequence[Plan], stacks: Sequence[str], compared: str, base: str | None) -> Change:
    whole = {plan.stack for plan in plans if not plan.error}
    failed = tuple(stack for stack in stacks if stack not in whole)
    return Change(plans=tuple(plans), failed=failed, compared=compared, base=base)
