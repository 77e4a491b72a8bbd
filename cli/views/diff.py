"""A diff as people read it: the steps, where the edge would route to, and what it cannot know."""

from __future__ import annotations

from collections.abc import Sequence

from cli.views.console import note, warn
from cli.views.folded import print_plans
from cli.views.limits import print_limits_of_revision, print_limits_of_state, print_warnings
from cli.views.routing import print_routing, routing_json
from cli.views.run import RunView
from fleet.diff import BaseDiff, Diff
from fleet.saving import Saved
from regionctl.engine import Plan
from regionctl.review.folding import AllTokens, folded_document


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
                **({"routing": routing_json(routing)} if routing else {}),
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
