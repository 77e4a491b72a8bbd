"""A plan as people read it: a line a step, nested paths with old and new below, and a summary."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from cli.views.console import say, warn
from cli.views.declaration import short_type
from cli.views.text import Text
from cli.views.values import text
from regionctl.engine import Op, Plan, PropertyChange, Status, Step, changes, summarize
from regionctl.model.urn import name_of
from regionctl.review.folding import element_name

_SIGN: Mapping[Op, tuple[str, str]] = {
    Op.CREATE: ("+", "green"),
    Op.UPDATE: ("~", "yellow"),
    Op.DELETE: ("-", "red"),
    Op.REPLACE: ("+-", "magenta"),
    Op.READ: (">", "cyan"),
    Op.REFRESH: ("~", "yellow"),
    Op.IMPORT: ("=", "cyan"),
    Op.SAME: (" ", "dim"),
}
_PARTS_OF_A_REPLACEMENT = frozenset({Op.CREATE_REPLACEMENT, Op.DELETE_REPLACED, Op.DISCARD_REPLACED})
MOST_NAMES = 20
_STACK = "pulumi:pulumi:Stack"
_SUMMARY = (("create", "green"), ("update", "yellow"), ("replace", "magenta"), ("delete", "red"))


def print_plan(plan: Plan, *, verbose: bool) -> None:
    """The steps of one stack. Unchanged resources are counted; with `verbose` they are listed, and inputs are shown."""
    say(Text(plan.stack, "bold"))
    print_steps(plan.steps, verbose=verbose)
    if plan.steps or not plan.error:  # a plan that failed before its first step does not mean that nothing is to do
        say(summary_line(plan.steps, done=False))


def print_steps(steps: Sequence[Step], *, verbose: bool) -> None:
    """A line a step, with its nested changes below it."""
    for step in shown_steps(steps, same=verbose):
        for line in step_lines(step, steps):
            say(line)
        if verbose and step.op is Op.CREATE:
            for key, value in step.inputs.items():
                say(Text(f"        {key}: {text(value)}", "dim"))


def step_lines(step: Step, steps: Sequence[Step]) -> Iterator[Text]:
    """One of `steps` with its nested changes below it."""
    yield _headline(step, steps)
    for change in step.diff:
        yield _change(change, element=element_name(change.path, step.inputs))
    yield from (_change(change, what="option ") for change in step.options)


def shown_steps(steps: Iterable[Step], *, same: bool) -> Iterator[Step]:
    """The steps worth a line: a replacement once, the stack and components never, unchanged ones on demand.

    Of a resource that stays the same, a change of its options or its URN is worth one.
    """
    for step in steps:
        if step.type == _STACK or not step.custom or step.op in _PARTS_OF_A_REPLACEMENT:
            continue
        if step.op in _SIGN and (same or step.op is not Op.SAME or step.options or step.old_urn):
            yield step


def _headline(step: Step, steps: Sequence[Step]) -> Text:
    sign, style = _SIGN[step.op]
    line = Text(f"  {sign:<2} {step.op:<8}", style)
    line.append(f"{short_type(step.type)}  ")
    line.append(step.name, "bold")
    if step.op is Op.REPLACE:
        keys = ", ".join(step.replace_keys)
        order = "deleted first" if _deleted_first(step, steps) else "created first, then the old one is deleted"
        verb = "replaced" if step.certain else "may be replaced"
        line.append(f"  {verb} because of {keys}; {order}" if keys else f"  {order}", style)
    if step.old_urn:
        line.append(f"  {_moved(step.old_urn, step.name)}", "cyan")
    if step.protect and step.op in {Op.REPLACE, Op.DELETE}:
        line.append("  protected", "bold red")
    return line


def _deleted_first(step: Step, steps: Sequence[Step]) -> bool:
    parts = [other.op for other in steps if other.urn == step.urn and other.op in _PARTS_OF_A_REPLACEMENT]
    return bool(parts) and parts[0] is not Op.CREATE_REPLACEMENT


def _moved(old_urn: str, name: str) -> str:
    old_name = name_of(old_urn)
    return f"renamed from {old_name}" if old_name != name else "moved to another parent or type"


def _change(change: PropertyChange, *, what: str = "", element: str | None = None) -> Text:
    verb = change.kind.removesuffix("-replace")
    sign, style = {"add": ("+", "green"), "delete": ("-", "red")}.get(verb, ("~", "yellow"))
    of = f" ({element})" if element else ""
    line = Text(f"        {sign} {what}{change.path}{of}: ", style)
    match verb:
        case "add":
            line.append(text(change.new))
        case "delete":
            line.append(text(change.old))
        case _:
            line.append(f"{text(change.old)} -> {text(change.new)}")
    if change.replaces:
        line.append("  # forces replacement" if change.certain else "  # may force replacement", "magenta")
    return line


def summary_line(steps: Sequence[Step], *, done: bool) -> Text:
    """`3 to create, 1 to update, 90 unchanged`, or what was done. Resources are counted, not components."""
    summary = summarize(steps)
    line = Text("  ")
    parts = [(name, style) for name, style in _SUMMARY if summary.get(name)]
    for position, (name, style) in enumerate(parts):
        line.append(", " if position else "")
        line.append(f"{summary[name]} {name}d" if done else f"{summary[name]} to {name}", style)
    if not parts and any(changes(step) for step in steps):
        line.append("nothing of a provider's changes, the state alone", "cyan")
    elif not parts:
        line.append("nothing to do" if not done else "nothing was to be done", "green")
    if summary.get("same"):
        line.append(f", {summary['same']} unchanged")
    return line


def print_outcome(plan: Plan) -> None:
    """How an apply ended: what failed and why, what was skipped, and the summary of what was done."""
    for step in plan.failed:
        warn(Text(f"  failed: {short_type(step.type)} {step.name}", "bold red"))
    if plan.skipped:
        names = _some([step.name for step in plan.skipped])
        why = "they need what failed" if plan.failed else "the run ended before them"
        warn(Text(f"  skipped, because {why}: {names}", "yellow"))
    done = [step for step in plan.steps if step.status is Status.DONE]
    line = Text.assemble((plan.stack, "bold"), summary_line(done, done=True), f" in {plan.duration_s:.1f} s")
    say(line)


def _some(names: Sequence[str]) -> str:
    """All names, or the first ones and how many more there are: `--json` has them all."""
    more = f" and {len(names) - MOST_NAMES} more (--json names them all)" if len(names) > MOST_NAMES else ""
    return ", ".join(names[:MOST_NAMES]) + more


def print_outputs(outputs: Mapping[str, object]) -> None:
    width = max((len(name) for name in outputs), default=0)
    for name in sorted(outputs):
        say(f"  {name:<{width}}  {text(outputs[name])}")
