"""`diff --base`: the checkout against a git revision, by what the programs of both declare."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli.context import Context
from fleet import at_revision
from fleet.context import UnknownStack
from regionctl.model.errors import RegionctlError

if TYPE_CHECKING:
    from regionctl.review.revision import RevisionDiff


class NotWithBase(RegionctlError):
    """An option that asks for state or an engine, where two revisions are compared."""

    def __init__(self, option: str) -> None:
        self.option = option
        super().__init__(
            f"{option} does not go with --base, which compares declarations and has no state",
            hint=f"leave out {option}, or leave out --base to plan against state",
        )


def compare_with(context: Context, revision: str, names: Sequence[str], *, every: bool) -> RevisionDiff:
    """What the checkout in the current directory declares, against a revision of its repository.

    STACK arguments may name stacks that only one of the two has. Raises UnknownStack and what
    `regionctl.review.revision.diff` raises.
    """
    from regionctl.review.revision import Recipe, diff

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
    found = diff(context.root, revision, recipe)
    for name, full_name in wanted.items():
        if full_name not in found.stacks:
            raise UnknownStack(name, [stack.removeprefix(f"{context.fleet_name}.") for stack in found.stacks])
    return found


def print_diff(
    context: Context, revision: str, names: Sequence[str], *, every: bool, full: bool, of_state: Mapping[str, object]
) -> bool:
    """Prints what changes, and what a comparison of declarations cannot know; whether something does.

    `of_state`: the values of the options that ask for state. Raises NotWithBase, and what `compare_with` raises; ends
    the command where a stack has no plan.
    """
    for option, value in of_state.items():
        if value:
            raise NotWithBase(option)
    context.announce()
    from cli.results import finish, plans_of
    from cli.views.folded import print_plans
    from cli.views.limits import print_limits_of_revision, print_warnings
    from regionctl.review.folding import folded_document

    found = compare_with(context, revision, names, every=every)
    plans = plans_of(found.results, len(found.results))
    if not context.json:
        print_plans(plans, context.tokens, verbose=context.verbose, full=full)
        print_warnings(plans)
    print_limits_of_revision(found)
    extra = {**base_json(found), **folded_document(plans, context.tokens)} if context.json else {}
    finish(context, plans, incomplete=len(plans) < len(found.results), extra=extra)
    return any(plan.changes for plan in plans)


def base_json(found: RevisionDiff) -> dict[str, Any]:
    """What the JSON document says besides the plans."""
    return {"base": {"revision": found.base.revision, "commit": found.base.id}}


def _full_name(fleet: str, name: str) -> str:
    return name if name.startswith(f"{fleet}.") else f"{fleet}.{name}"
