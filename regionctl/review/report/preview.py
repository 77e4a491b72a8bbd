"""What a change does, as a comment on a pull request: the summary first, then a part a folded group."""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from regionctl.engine import Op, Plan, Step
from regionctl.model.markdown import clipped, code, details, fenced, prose, size
from regionctl.model.printable import one_line
from regionctl.review.folding import AllTokens, Downtime, FoldedChange, Group, blast_radius, effect, fold

from .change import Answer, answers, title
from .lines import shown_steps, step_lines, summary_line

# "Body is too long (maximum is 65536 characters)": https://github.com/telia-oss/github-pr-resource/issues/259
LIMIT = 65_536
MARKER = 512  # what `ci comment` may write before the text
MOST_LINE = 500
MOST_NAME = 200
MOST_NAMES = 100
OPEN_LINES = 25  # a part of at most so many lines is open from the start

# A block of `diff` colours a line by how it begins: + green, - red, ! orange.
_SIGNS = {"~": "!", "+-": "-+"}
_GRAVITY = list(Downtime)
_GRAVEST_OPS = (Op.REPLACE, Op.DELETE, Op.UPDATE)
_Gravity: TypeAlias = tuple[int, int]
_BETWEEN = "\n\n"  # parts
_FROM_FORK = (
    "<p>&#x26a0;&#xfe0f; From a fork: its own code computed this, so that it may not be true. Read the diff.</p>"
)


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where a preview comes from: what was compared, and where the whole text is to be found. `from_fork`: the code of
    a fork computed it, which may say what it likes.
    """

    compared: str
    full_name: str | None = None
    run_url: str | None = None
    from_fork: bool = False


@dataclass
class _Part:
    """A group's changes as lines, the gravest first, and how many of them are shown."""

    summary: str
    blocks: Sequence[tuple[_Gravity, Sequence[str]]]
    shown: int = 0

    @property
    def left_out(self) -> int:
        return len(self.blocks) - self.shown

    @property
    def text(self) -> str:
        """The part, or nothing where none of its changes is shown."""
        if not self.shown:
            return ""
        lines = [line for _, block in self.blocks[: self.shown] for line in block]
        more = [_more(self.left_out)] if self.left_out else []
        return details(self.summary, fenced([*lines, *more], "diff"), open_=len(lines) <= OPEN_LINES)

    @property
    def frame(self) -> int:
        """What it takes beside its lines, at most: its fence is longer than any run of backticks in them."""
        lines = [line for _, block in self.blocks for line in block]
        whole = details(self.summary, fenced(lines, "diff"), open_=True)
        return size(whole) + size(_more(len(self.blocks))) + size(_BETWEEN) + 1 - sum(size(line) + 1 for line in lines)


def preview(plans: Sequence[Plan], tokens: AllTokens, source: Source, *, failed: Sequence[str] = ()) -> str:
    """Markdown within the limit, whatever the change: what does not fit is left out by whole changes, the least grave
    of all groups first, and counted.

    `failed` are the stacks of which there is no plan.
    """
    groups = fold(plans, tokens)
    head = _head(plans, groups, source, failed)
    parts = [_part(group, _regions(plans), MOST_LINE) for group in groups]
    most = sum(len(part.blocks) for part in parts)
    _choose(parts, LIMIT - MARKER - size(_text(head, [], _foot(plans, source, left_out=most))))
    return _text(head, parts, _foot(plans, source, left_out=sum(part.left_out for part in parts)))


def _choose(parts: Sequence[_Part], room: int) -> None:
    """Shows what there is room for, the gravest change of any part first; within a part none before a graver one."""
    ranked = sorted(
        ((gravity, part, at) for part in parts for at, (gravity, _) in enumerate(part.blocks)), key=lambda one: one[0]
    )
    for _, part, at in ranked:
        lines = part.blocks[at][1]
        needs = sum(size(line) + 1 for line in lines) + (part.frame if at == 0 else 0)
        if part.shown == at and needs <= room:
            part.shown += 1
            room -= needs


def full_preview(plans: Sequence[Plan], tokens: AllTokens, source: Source, *, failed: Sequence[str] = ()) -> str:
    """The whole text: every stack by itself, every line whole."""
    parts = [_part(group, _regions(plans), None) for group in fold(plans, {})]
    for part in parts:
        part.shown = len(part.blocks)
    return _text(_head(plans, fold(plans, tokens), source, failed), parts, _foot(plans, source, left_out=0))


def _text(head: str, parts: Sequence[_Part], foot: str) -> str:
    return _BETWEEN.join([head, *(part.text for part in parts if part.text), foot]) + "\n"


def _regions(plans: Sequence[Plan]) -> list[str]:
    return [plan.stack for plan in plans if plan.region]


def _head(plans: Sequence[Plan], groups: Sequence[Group], source: Source, failed: Sequence[str]) -> str:
    fleet = code(plans[0].fleet) if plans else ""
    foreign = [_FROM_FORK] if source.from_fork else []
    without = [f"<p>&#x26a0;&#xfe0f; <b>No plan</b> of {_names(failed)}: see the run's log.</p>"] if failed else []
    if not groups:
        return "\n".join([*foreign, *without, f"<p>{fleet}: nothing changes.</p>"])
    changing = sum(bool(plan.changes) for plan in plans)
    rows = "\n".join(_row(answer) for answer in answers(blast_radius(plans, groups)))
    return "\n".join(
        [
            f"<h3>{fleet}: {changing} of {len(plans)} stacks change</h3>",
            *foreign,
            *without,
            f"<table>\n{rows}\n</table>",
        ]
    )


def _row(answer: Answer) -> str:
    because = "".join(f"<br>{code(clipped(name, MOST_NAME))}" for name in answer.named)
    more = f"<br>and {answer.more} more" if answer.more else ""
    return f'<tr><th align="left">{answer.about}</th><td>{prose(answer.verdict)}{because}{more}</td></tr>'


def _foot(plans: Sequence[Plan], source: Source, *, left_out: int) -> str:
    quiet = [plan.stack for plan in plans if not plan.changes and not plan.error]
    lines = [f"<p>Nothing to do: {_names(quiet)}</p>"] if quiet else []
    if left_out:
        lines.insert(0, f"<p><b>Left out: {left_out:,} more changes.</b> {_where(source)}</p>")
    return "\n".join([*lines, f"<p><sub>{prose(source.compared)}</sub></p>"])


def _where(source: Source) -> str:
    if source.full_name is None:
        return "<code>--full FILE</code> writes the whole text."
    run = f'<a href="{html.escape(source.run_url)}">this run</a>' if source.run_url else "this run"
    return f"The whole text is {code(source.full_name)} among the artifacts of {run}."


def _names(stacks: Sequence[str]) -> str:
    more = len(stacks) - MOST_NAMES
    return ", ".join(map(code, stacks[:MOST_NAMES])) + (f" and {more} more" if more > 0 else "")


def _part(group: Group, regions: Sequence[str], most: int | None) -> _Part:
    """`most`: characters of a line; None is all of them."""
    changes = sorted(group.changes, key=_gravity)
    blocks = [(_gravity(change), lines) for change in changes if (lines := list(_lines(change, most)))]
    each = " in each" if len(group.stacks) > 1 else ""
    summary = f"<b>{prose(clipped(title(group.stacks, regions), MOST_LINE))}</b>: {_counts(group.steps)}{each}"
    return _Part(summary, blocks)


def _more(count: int) -> str:
    return f"# and {count:,} more changes"


def _counts(steps: Sequence[Step]) -> str:
    return str(summary_line(steps, done=False)).strip()


def _gravity(change: FoldedChange) -> _Gravity:
    """Smaller for what is graver: by downtime first, then by what happens to the resource."""
    downtime = max(_GRAVITY.index(effect(step, change.steps).downtime) for step in change.steps)
    ops = [_GRAVEST_OPS.index(step.op) for step in change.steps if step.op in _GRAVEST_OPS]
    return -downtime, min(ops, default=len(_GRAVEST_OPS))


def _lines(change: FoldedChange, most: int | None) -> Iterator[str]:
    """The change as the terminal has it, with signs that GitHub colours."""
    for step in shown_steps(change.steps, same=False):
        headline, *nested = (one_line(str(line)) for line in step_lines(step, change.steps))
        sign, rest = headline.strip().split(maxsplit=1)
        for line in [f"{_SIGNS.get(sign, sign)} {rest.strip()}", *(f"    {line.strip()}" for line in nested)]:
            yield line if most is None else clipped(line, most)
