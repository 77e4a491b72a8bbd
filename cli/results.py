"""What the engine gave for several stacks: plans to show, errors to say, and the exit code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import typer

from cli.context import Context
from cli.views.documents import print_json
from cli.views.errors import print_error
from cli.views.folded import print_plans
from cli.views.plan import print_outcome, print_outputs
from regionctl.engine import Plan, Results, document
from regionctl.model.errors import RegionctlError
from regionctl.model.program import StackProgram

_NOTHING: Mapping[str, Any] = MappingProxyType({})


def plans_of(results: Results, expected: int) -> list[Plan]:
    """The plans, those that did not end well among them; the other errors are printed.

    Where no stack of the run got as far as a plan, the first error is raised, so that its exit code counts.
    """
    errors = [result for result in results.values() if isinstance(result, RegionctlError)]
    plans = [result for result in results.values() if isinstance(result, Plan)]
    lone = errors[0] if len(errors) == expected else None
    for error in errors:
        if error is not lone:
            print_error(error)
    if lone:
        raise lone
    return plans


def finish(
    context: Context,
    plans: Sequence[Plan],
    *,
    incomplete: bool = False,
    refusals: Sequence[RegionctlError] = (),
    extra: Mapping[str, Any] = _NOTHING,
) -> None:
    """Prints how a run ended; ends with its exit code where it did not end well. `refusals`: why stacks were not tried.
    `extra`: more of the JSON document.
    """
    if context.json:
        print_json({**document(plans, same=context.verbose), **extra})
    for plan in plans:
        if plan.error:
            print_error(plan.error)
        if not context.json and not plan.kind.dry:
            print_outcome(plan)
            print_outputs(plan.outputs)
    for refusal in refusals:
        print_error(refusal)
    end(plans, incomplete=incomplete, refusals=refusals)


def end(plans: Sequence[Plan], *, incomplete: bool, refusals: Sequence[RegionctlError]) -> None:
    """Ends the command with the exit code of a run that did not end well."""
    codes = {error.exit_code for error in (*(plan.error for plan in plans), *refusals) if error}
    if codes or incomplete:
        raise typer.Exit(codes.pop() if len(codes) == 1 else 1)


class Report:
    """How a run is told: its plans before it, how it ended, what comes next."""

    def __init__(self, context: Context) -> None:
        self.context = context

    def planned(self, plans: Sequence[Plan]) -> None:
        if not self.context.json:
            print_plans(plans, self.context.tokens_of(plans), verbose=self.context.verbose)

    def finished(
        self, plans: Sequence[Plan], *, incomplete: bool = False, refusals: Sequence[RegionctlError] = ()
    ) -> None:
        """Ends the command where the run did not end well."""
        finish(self.context, plans, incomplete=incomplete, refusals=refusals)

    def following(self, programs: Sequence[StackProgram]) -> None:
        from cli.following import say_what_next

        say_what_next(self.context, programs)
