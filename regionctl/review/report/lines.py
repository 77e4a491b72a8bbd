"""A plan's steps as lines: the same on a terminal, where they have colours, and in a comment on a pull request."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from regionctl.engine import Op, PropertyChange, Step, changes, summarize
from regionctl.model.urn import name_of, short_type
from regionctl.render.plain import in_line
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
_STACK = "pulumi:pulumi:Stack"
_SUMMARY = (("create", "green"), ("update", "yellow"), ("replace", "magenta"), ("delete", "red"))


@dataclass(frozen=True)
class Line:
    """Parts of a line, each a text and its style: a colour, `bold`, `dim`. `style` is the whole line's."""

    parts: tuple[tuple[str, str], ...]
    style: str = ""

    def __str__(self) -> str:
        return "".join(text for text, _ in self.parts)


def step_lines(step: Step, steps: Sequence[Step]) -> Iterator[Line]:
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


def _headline(step: Step, steps: Sequence[Step]) -> Line:
    sign, style = _SIGN[step.op]
    parts = [(f"  {sign:<2} {step.op:<8}", ""), (f"{short_type(step.type)}  ", ""), (step.name, "bold")]
    if step.op is Op.REPLACE:
        keys = ", ".join(step.replace_keys)
        order = "deleted first" if _deleted_first(step, steps) else "created first, then the old one is deleted"
        verb = "replaced" if step.certain else "may be replaced"
        parts.append((f"  {verb} because of {keys}; {order}" if keys else f"  {order}", style))
    if step.old_urn:
        parts.append((f"  {_moved(step.old_urn, step.name)}", "cyan"))
    if step.protect and step.op in {Op.REPLACE, Op.DELETE}:
        parts.append(("  protected", "bold red"))
    return Line(tuple(parts), style)


def _deleted_first(step: Step, steps: Sequence[Step]) -> bool:
    parts = [other.op for other in steps if other.urn == step.urn and other.op in _PARTS_OF_A_REPLACEMENT]
    return bool(parts) and parts[0] is not Op.CREATE_REPLACEMENT


def _moved(old_urn: str, name: str) -> str:
    old_name = name_of(old_urn)
    return f"renamed from {old_name}" if old_name != name else "moved to another parent or type"


def _change(change: PropertyChange, *, what: str = "", element: str | None = None) -> Line:
    verb = change.kind.removesuffix("-replace")
    sign, style = {"add": ("+", "green"), "delete": ("-", "red")}.get(verb, ("~", "yellow"))
    old, new = in_line(change.old), in_line(change.new)
    values = {"add": new, "delete": old}.get(verb, f"{old} -> {new}")
    of = f" ({element})" if element else ""
    parts = [(f"        {sign} {what}{change.path}{of}: ", ""), (values, "")]
    if change.replaces:
        parts.append(("  # forces replacement" if change.certain else "  # may force replacement", "magenta"))
    return Line(tuple(parts), style)


def summary_line(steps: Sequence[Step], *, done: bool) -> Line:
    """`3 to create, 1 to update, 90 unchanged`, or what was done. Resources are counted, not components."""
    summary = summarize(steps)
    counted = [(name, style) for name, style in _SUMMARY if summary.get(name)]
    parts = [("  ", "")]
    for position, (name, style) in enumerate(counted):
        parts.append((", " if position else "", ""))
        parts.append((f"{summary[name]} {name}d" if done else f"{summary[name]} to {name}", style))
    if not counted and any(changes(step) for step in steps):
        parts.append(("nothing of a provider's changes, the state alone", "cyan"))
    elif not counted:
        parts.append(("nothing to do" if not done else "nothing was to be done", "green"))
    if summary.get("same"):
        parts.append((f", {summary['same']} unchanged", ""))
    return Line(tuple(parts))
