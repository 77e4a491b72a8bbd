"""What a diff was made from and what it cannot know, in one line at its end."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from cli.views.console import note, warn
from cli.views.errors import print_warning
from cli.views.text import Text
from regionctl.engine import Plan, Severity

if TYPE_CHECKING:
    from regionctl.review.revision import RevisionDiff


def limits_of_state(*, refreshed: bool) -> str:
    drift = "the cloud was read first" if refreshed else "what others changed in the cloud is not in it"
    return f"Planned by Pulumi's engine against the state; {drift}."


def limits_of_revision(base: str) -> str:
    """`base` is the revision as people read it."""
    return (
        f"Compared with {base} by what the programs declare, without state: it cannot know drift, what was"
        " never applied, and what the cloud assigns."
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
