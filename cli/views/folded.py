"""The plans of several stacks as people read them: the blast radius, then each change once, with its stacks."""

from __future__ import annotations

from collections.abc import Sequence

from cli.views.blast import MOST_NAMED, answers
from cli.views.console import say
from cli.views.plan import print_plan, print_steps, summary_line
from cli.views.text import Text
from regionctl.engine import Kind, Plan
from regionctl.review.folding import AllTokens, BlastRadius, Downtime, blast_radius, fold

MOST_LEFT_OUT = 3
_STYLE = {
    Downtime.NONE: "green",
    Downtime.RESTART: "yellow",
    Downtime.INTERRUPTION: "magenta",
    Downtime.DATA_AT_RISK: "bold red",
}


def print_plans(plans: Sequence[Plan], tokens: AllTokens, *, verbose: bool, full: bool = False) -> None:
    """One plan as it is; several folded, unless `full`. The blast radius comes first where something is to change."""
    groups = fold(plans, tokens)
    if any(plan.changes and plan.kind is not Kind.PREVIEW_REFRESH for plan in plans):
        _print_blast(blast_radius(plans, groups))
    if full or len(plans) == 1:
        for plan in plans:
            print_plan(plan, verbose=verbose)
        return
    regions = [plan.stack for plan in plans if plan.region]
    for group in groups:
        say(Text(title(group.stacks, regions), "bold"))
        print_steps(group.steps, verbose=verbose)
        say(summary_line(group.steps, done=False).append(" in each" if len(group.stacks) > 1 else ""))
    for line in unchanged(plans):
        say(line)


def title(stacks: Sequence[str], regions: Sequence[str]) -> str:
    """In which of all the regions that were compared: `all 4 regions`, `3 of 4 regions: ...`, `only prod.ap-south`."""
    if len(stacks) == 1:
        return f"only {stacks[0]}" if stacks[0] in regions and len(regions) > 1 else stacks[0]
    rest = [region for region in regions if region not in stacks]
    if not rest:
        return f"all {len(stacks)} regions" + (f": {', '.join(stacks)}" if len(stacks) <= MOST_NAMED else "")
    names = f"all but {', '.join(rest)}" if len(rest) <= MOST_LEFT_OUT < len(stacks) else ", ".join(stacks)
    return f"{len(stacks)} of {len(regions)} regions: {names}"


def unchanged(plans: Sequence[Plan]) -> list[str]:
    """One line for all stacks in which nothing changes."""
    names = [plan.stack for plan in plans if not plan.changes and not plan.error]
    return [f"nothing to do: {', '.join(names)}"] if names else []


def _print_blast(blast: BlastRadius) -> None:
    """`Blast radius: 3 stacks; stateful: no resource replaced or deleted; downtime: restart (...); parity: kept ...`"""
    line = Text("Blast radius: ", "bold")
    for answer in answers(blast):
        line.append("" if answer.about == "touched" else f"; {answer.about}: ")
        line.append(answer.verdict, _STYLE[blast.downtime] if answer.about == "downtime" else "")
        line.append(f" ({answer.because})" if answer.named else "")
    say(line)
