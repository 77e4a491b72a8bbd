"""Plans what would change: against the state of the stacks, or against a git revision.

diff_against_state    the plans of Pulumi's engine, where the edge would route to, and maybe a file of the plan
diff_against_base     what the programs of the checkout declare otherwise than those of a revision
change_of             either, as a pull request shows it
programs_to_apply     the stacks of a matrix of jobs
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fleet import at_revision
from fleet.context import FleetContext, UnknownStack
from fleet.edge import plan_in_order, select_for_up
from fleet.events import NotInCheckout, Sink
from fleet.results import RunResult
from fleet.routing import Routing, routing
from fleet.run_progress import plans_of
from regionctl.engine import Plan, RunOptions
from regionctl.model.errors import RegionctlError
from regionctl.model.hints import short_name
from regionctl.model.program import StackProgram
from regions.spec import Lifecycle

if TYPE_CHECKING:
    from fleet.saving import Saved
    from regionctl.review.revision import RevisionDiff
    from regionctl.review.revision.repository import Commit


class NotWithBase(RegionctlError):
    """An option that asks for state or an engine, where two revisions are compared."""

    def __init__(self, option: str) -> None:
        self.option = option
        super().__init__(
            f"{option} does not go with --base, which compares declarations and has no state",
            hint=f"leave out {option}, or leave out --base to plan against state",
        )


@dataclass(frozen=True, kw_only=True)
class Diff(RunResult):
    """What would change. `routing` is there where the edge is among the stacks; `sampled`: by requests that were given.

    `saved`: the file that the plan is in; `nothing_saved_in`: the file that it would have been in, had it been whole.
    """

    refreshed: bool
    routing: Routing | None = None
    sampled: bool = False
    saved: Saved | None = None
    nothing_saved_in: Path | None = None

    @property
    def changed(self) -> bool:
        return any(plan.changes for plan in self.plans)


def diff_against_state(
    context: FleetContext,
    names: Sequence[str],
    options: RunOptions,
    *,
    every: bool = False,
    requests: Path | None = None,
    out: Path | None = None,
    expires: str | None = None,
    emit: Sink,
) -> Diff:
    """Plans the stacks that are named, and saves the plan in the file `out`, for as long as `expires` says.

    `requests`: sample requests for the edge, instead of the fleet's. Raises what choosing the stacks raises,
    NotOfTheEdge, SpecError, NotATime, NothingExpires, NotSaved before a plan is made, RefreshFirst.
    """
    programs: Sequence[StackProgram] = select_for_up(context, names, every=every)
    emit(context.chosen)
    routes = routing(context, programs, requests)
    saving = None
    if out is not None or expires is not None:
        from fleet.saving import Saving

        saving = Saving.asked(out, expires)
    with context.engine(programs) as engine:
        prepared = saving.prepare(context, engine, programs, options, emit) if saving else None
        if prepared:
            programs, options = prepared.programs, prepared.options
        plans = plans_of(plan_in_order(context, engine, programs, options), len(programs), emit)
    incomplete = len(plans) < len(programs)
    refusals: list[RegionctlError] = []
    saved = None
    whole = not incomplete and not any(plan.error for plan in plans)
    if prepared and whole:
        try:
            saved = prepared.write(context.records, plans)
        except RegionctlError as refusal:
            refusals.append(refusal)
    return Diff(
        plans=plans,
        incomplete=incomplete,
        refusals=refusals,
        refreshed=options.refresh,
        routing=routes,
        sampled=requests is not None,
        saved=saved,
        nothing_saved_in=out if prepared and not whole else None,
    )


@dataclass(frozen=True, kw_only=True)
class BaseDiff(RunResult):
    """What the checkout declares otherwise than the revision `base`."""

    base: RevisionDiff

    @property
    def changed(self) -> bool:
        return any(plan.changes for plan in self.plans)


def diff_against_base(
    context: FleetContext,
    revision: str,
    names: Sequence[str],
    *,
    every: bool = False,
    of_state: Mapping[str, object],
    emit: Sink,
) -> BaseDiff:
    """`of_state`: the options that ask for state, with their values. Raises NotWithBase, and what comparing raises."""
    for option, value in of_state.items():
        if value:
            raise NotWithBase(option)
    emit(context.chosen)
    found = compare_with(context, revision, names, every=every)
    plans = plans_of(found.results, len(found.results), emit)
    return BaseDiff(plans=plans, incomplete=len(plans) < len(found.results), base=found)


def compare_with(context: FleetContext, revision: str, names: Sequence[str], *, every: bool) -> RevisionDiff:
    """What the checkout in the current directory declares, against a revision of its repository.

    `names` may be of stacks that only one of the two has. Raises UnknownStack and what `regionctl.review.revision.diff`
    raises.
    """
    from regionctl.review.revision import Recipe

    if every == bool(names):
        context.select(names, every=every)  # raises
    wanted = {name: _full_name(context.fleet_name, name) for name in names}
    regions = Path(os.path.relpath(context.regions_dir, context.root))
    recipe = Recipe(
        loader=Path(at_revision.__file__),
        arguments={"regions": str(regions), "fleet": context.fleet_name},
        folder=regions / context.fleet_name,
        stacks=None if every else tuple(wanted.values()),
    )
    found = context.services.compare(context.root, revision, recipe)
    for name, full_name in wanted.items():
        if full_name not in found.stacks:
            raise UnknownStack(name, [short_name(stack) for stack in found.stacks])
    return found


def _full_name(fleet: str, name: str) -> str:
    return name if name.startswith(f"{fleet}.") else f"{fleet}.{name}"


@dataclass(frozen=True, kw_only=True)
class Change:
    """What a pull request does. `failed`: the stacks without a whole plan; why was emitted. `base`: the commit that was
    compared with; None against state.
    """

    plans: tuple[Plan, ...]
    failed: tuple[str, ...]
    base: Commit | None


def change_of(context: FleetContext, names: Sequence[str], base: str | None, emit: Sink) -> Change:
    """What changes in these stacks, or in all. Raises what comparing and planning raise; where every stack failed, the
    first reason.
    """
    if base is not None:
        found = compare_with(context, base, names, every=not names)
        results = found.results
    else:
        found = None
        programs = select_for_up(context, names, every=not names)
        with context.engine(programs) as engine:
            results = plan_in_order(context, engine, programs, RunOptions())
    plans = plans_of(results, len(results), emit)
    whole = {plan.stack for plan in plans if not plan.error}
    return Change(
        plans=tuple(plans),
        failed=tuple(stack for stack in results if stack not in whole),
        base=found.base if found else None,
    )


def programs_to_apply(context: FleetContext, base: str | None, emit: Sink) -> list[StackProgram] | None:
    """The stacks of the fleet without closed regions, which do not come up again, and without those that only a person
    brings up; with `base` only those in which something changes since that revision. None where that is not known of
    all. Reads no state. Raises what comparing raises.
    """
    changed = None
    if base is not None:
        change = change_of(context, (), base, emit)
        if change.failed:
            return None
        changed = [plan.stack for plan in change.plans if plan.changes]
        for stack in changed:
            if stack not in context.programs:
                emit(NotInCheckout(stack, base))
    return [
        program
        for name, program in context.programs.items()
        if not (program.by_name_alone or _closed(context, program)) and (changed is None or name in changed)
    ]


def _closed(context: FleetContext, program: StackProgram) -> bool:
    return program.region is not None and context.fleet.regions[program.region].lifecycle is Lifecycle.CLOSED
