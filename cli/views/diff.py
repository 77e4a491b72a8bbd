"""A diff as people read it: the steps, where the edge would route to, and what it cannot know."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from cli.views.console import note, warn
from cli.views.errors import print_warning
from cli.views.plan import print_plans
from cli.views.routing import print_routing
from cli.views.run import RunView
from cli.views.text import Text
from fleet.diff import BaseDiff, Diff
from fleet.saving import Saved
from regionctl.engine import Plan, Severity
from regionctl.review.folding import AllTokens, folded_document
from regionctl.review.report import limits_of_revision, limits_of_state

if TYPE_CHECKING:
    from regionctl.review.revision import RevisionDiff


class DiffView(RunView):
    """Shows diffs. `full`: every stack by itself, nothing folded."""

    def show_diff(self, diff: Diff, *, full: bool) -> int:
        """Prints it; returns the exit code."""
        context = self.context
        tokens = context.tokens_of(diff.plans)
        context.text(self._steps, diff.plans, tokens, full=full)
        if diff.routing:
            context.text(print_routing, diff.routing, verbose=context.verbose or diff.sampled)
        context.text(print_warnings, diff.plans)
        print_limits_of_state(refreshed=diff.refreshed)
        if diff.nothing_saved_in:
            warn(f"nothing is saved in {diff.nothing_saved_in}")
        routing = diff.routing
        self.ended(
            diff,
            lambda: {
                **folded_document(diff.plans, tokens),
                **({"routing": routing.as_document()} if routing else {}),
            },
        )
        if diff.saved:
            _print_saved(diff.saved)
        return diff.exit_code

    def show_base(self, diff: BaseDiff, *, full: bool) -> int:
        """Prints what changes since a revision; returns the exit code."""
        context = self.context
        context.text(self._steps, diff.plans, context.tokens, full=full)
        context.text(print_warnings, diff.plans)
        print_limits_of_revision(diff.base)
        base = {"base": {"revision": diff.base.base.revision, "commit": diff.base.base.id}}
        self.ended(diff, lambda: {**base, **folded_document(diff.plans, context.tokens)})
        return diff.exit_code

    def _steps(self, plans: Sequence[Plan], tokens: AllTokens, *, full: bool) -> None:
        print_plans(plans, tokens, verbose=self.context.verbose, full=full)


def _print_saved(saved: Saved) -> None:
    note(f"saved in {saved.path}, until {saved.expires:%Y-%m-%d %H:%M %Z}; apply it with")
    note(f"  {saved.command}")
    for one in saved.readers:
        readers = ", ".join(one.readers)
        note(
            f"this changes {', '.join(one.outputs)} of {one.stack}: where {readers} reads that, it is"
            " refused when its turn comes, and is planned again then"
        )


def print_limits_of_state(*, refreshed: bool) -> None:
    hint = "" if refreshed else " --refresh reads it first."
    note(Text(limits_of_state(refreshed=refreshed) + hint, "dim"))


def print_limits_of_revision(found: RevisionDiff) -> None:
    note(Text(limits_of_revision(str(found.base)), "dim"))
    if found.lacks:
        commits = "a commit" if found.lacks == 1 else f"{found.lacks} commits"
        warn(
            Text.assemble(
                ("Note: ", "yellow"),
                f"{found.base.revision} has {commits} that this checkout lacks; what they bring shows as taken away."
                f" To leave them out: --base $(git merge-base HEAD {found.base.revision})",
            )
        )


def print_warnings(plans: Iterable[Plan]) -> None:
    """What has to be said of a stack besides its steps."""
    for plan in plans:
        for said in plan.diagnostics:
            if said.severity is Severity.WARNING:
                print_warning(said.message)
