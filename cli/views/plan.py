"""Plans as people read them: the blast radius, a line a step, nested paths with old and new below, and a summary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cli.views.console import say, warn
from cli.views.text import Text
from regionctl.engine import Kind, Op, Plan, Status, Step
from regionctl.model.urn import short_type
from regionctl.render.plain import in_line
from regionctl.review.folding import AllTokens, BlastRadius, Downtime, blast_radius, fold
from regionctl.review.report import Line, answers, shown_steps, step_lines, summary_line, title, unchanged

MOST_NAMES = 20
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
        each = " in each" if len(group.stacks) > 1 else ""
        say(Text.assemble(_text(summary_line(group.steps, done=False)), each))
    for line in unchanged(plans):
        say(line)


def print_plan(plan: Plan, *, verbose: bool) -> None:
    """The steps of one stack. Unchanged resources are counted; with `verbose` they are listed, and inputs are shown."""
    say(Text(plan.stack, "bold"))
    print_steps(plan.steps, verbose=verbose)
    if plan.steps or not plan.error:  # a plan that failed before its first step does not mean that nothing is to do
        say(_text(summary_line(plan.steps, done=False)))


def print_steps(steps: Sequence[Step], *, verbose: bool) -> None:
    """A line a step, with its nested changes below it."""
    for step in shown_steps(steps, same=verbose):
        for line in step_lines(step, steps):
            say(_text(line))
        if verbose and step.op is Op.CREATE:
            for key, value in step.inputs.items():
                say(Text(f"        {key}: {in_line(value)}", "dim"))


def print_outcome(plan: Plan) -> None:
    """How an apply ended: what failed and why, what was skipped, and the summary of what was done."""
    for step in plan.failed:
        warn(Text(f"  failed: {short_type(step.type)} {step.name}", "bold red"))
    if plan.skipped:
        names = _some([step.name for step in plan.skipped])
        why = "they need what failed" if plan.failed else "the run ended before them"
        warn(Text(f"  skipped, because {why}: {names}", "yellow"))
    done = [step for step in plan.steps if step.status is Status.DONE]
    line = Text.assemble((plan.stack, "bold"), _text(summary_line(done, done=True)), f" in {plan.duration_s:.1f} s")
    say(line)


def _some(names: Sequence[str]) -> str:
    """All names, or the first ones and how many more there are: `--json` has them all."""
    more = f" and {len(names) - MOST_NAMES} more (--json names them all)" if len(names) > MOST_NAMES else ""
    return ", ".join(names[:MOST_NAMES]) + more


def print_outputs(outputs: Mapping[str, object]) -> None:
    width = max((len(name) for name in outputs), default=0)
    for name in sorted(outputs):
        say(f"  {name:<{width}}  {in_line(outputs[name])}")


def print_summary(plan: Plan) -> None:
    """A plan in one line."""
    say(Text.assemble((plan.stack, "bold"), _text(summary_line(plan.steps, done=False))))


def _text(line: Line) -> Text:
    return Text.assemble(*line.parts, style=line.style)


def _print_blast(blast: BlastRadius) -> None:
    """`Blast radius: 3 stacks; stateful: no resource replaced or deleted; downtime: restart (...); parity: kept ...`"""
    line = Text("Blast radius: ", "bold")
    for answer in answers(blast):
        line.append("" if answer.about == "touched" else f"; {answer.about}: ")
        line.append(answer.verdict, _STYLE[blast.downtime] if answer.about == "downtime" else "")
        line.append(f" ({answer.because})" if answer.named else "")
    say(line)
