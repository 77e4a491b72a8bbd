"""What a change does, as a comment on a pull request: the summary first, then a part a folded group."""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cli.render.blast import Answer, answers
from cli.render.folded import title
from cli.render.markdown import clipped, code, details, fenced, size
from cli.render.plan import shown_steps, step_lines, summary_line
from cli.render.printable import one_line
from regionctl.engine import Plan, Step, summarize
from regionctl.folding import AllTokens, Downtime, FoldedChange, Group, blast_radius, effect, fold

# "Body is too long (maximum is 65536 characters)": https://github.com/telia-oss/github-pr-resource/issues/259
LIMIT = 65_536
MARKER = 512  # what `ci comment` may write before the text
NOTHING = "<!-- regionctl: nothing changes -->"  # by this `ci comment` knows that there is nothing to tell
MOST_LINE = 500
MOST_NAME = 200
MOST_NAMES = 100
OPEN_LINES = 25  # a part of at most so many lines is open from the start

# A block of `diff` colours a line by how it begins: + green, - red, ! orange.
_SIGNS = {"~": "!", "+-": "-+"}
_GRAVITY = list(Downtime)
_BETWEEN = "\n\n"  # parts


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where a preview comes from: what was compared, and where the whole text is to be found."""

    compared: str
    full_name: str | None = None
    run_url: str | None = None


@dataclass(frozen=True)
class _Part:
    text: str
    left_out: int


def preview(plans: Sequence[Plan], tokens: AllTokens, source: Source, *, failed: Sequence[str] = ()) -> str:
    """Markdown within the limit, whatever the change: what does not fit is left out by whole changes, and counted.

    `failed` are the stacks of which there is no plan.
    """
    groups = fold(plans, tokens)
    head = _head(plans, groups, failed)
    most = sum(len(group.changes) for group in groups)
    room = LIMIT - MARKER - size(_text(head, [], _foot(plans, source, left_out=most)))
    parts = []
    for group in groups:
        part = _part(group, _regions(plans), room - size(_BETWEEN))
        parts.append(part)
        room -= size(part.text) + size(_BETWEEN)
    return _text(head, parts, _foot(plans, source, left_out=sum(part.left_out for part in parts)))


def full_preview(plans: Sequence[Plan], tokens: AllTokens, source: Source, *, failed: Sequence[str] = ()) -> str:
    """The whole text: every stack by itself, every line whole."""
    parts = [_part(group, _regions(plans), None) for group in fold(plans, {})]
    return _text(_head(plans, fold(plans, tokens), failed), parts, _foot(plans, source, left_out=0))


def _text(head: str, parts: Sequence[_Part], foot: str) -> str:
    return _BETWEEN.join([head, *(part.text for part in parts if part.text), foot]) + "\n"


def _regions(plans: Sequence[Plan]) -> list[str]:
    return [plan.stack for plan in plans if plan.region]


def _head(plans: Sequence[Plan], groups: Sequence[Group], failed: Sequence[str]) -> str:
    fleet = code(plans[0].fleet) if plans else ""
    without = [f"<p>&#x26a0;&#xfe0f; <b>No plan</b> of {_names(failed)}: see the run's log.</p>"] if failed else []
    if not groups:
        nothing = f"<p>{fleet}: nothing changes.</p>"
        return "\n".join([*without, nothing]) if failed else f"{NOTHING}\n{nothing}"
    changing = sum(bool(plan.changes) for plan in plans)
    rows = "\n".join(_row(answer) for answer in answers(blast_radius(plans, groups)))
    return "\n".join(
        [f"<h3>{fleet}: {changing} of {len(plans)} stacks change</h3>", *without, f"<table>\n{rows}\n</table>"]
    )


def _row(answer: Answer) -> str:
    because = "".join(f"<br>{code(clipped(name, MOST_NAME))}" for name in answer.named)
    more = f"<br>and {answer.more} more" if answer.more else ""
    return f'<tr><th align="left">{answer.about}</th><td>{html.escape(answer.verdict)}{because}{more}</td></tr>'


def _foot(plans: Sequence[Plan], source: Source, *, left_out: int) -> str:
    quiet = [plan.stack for plan in plans if not plan.changes and not plan.error]
    lines = [f"<p>Nothing to do: {_names(quiet)}</p>"] if quiet else []
    if left_out:
        lines.insert(0, f"<p><b>Left out: {left_out:,} more changes.</b> {_where(source)}</p>")
    return "\n".join([*lines, f"<p><sub>{html.escape(source.compared)}</sub></p>"])


def _where(source: Source) -> str:
    if source.full_name is None:
        return "<code>--full FILE</code> writes the whole text."
    run = f'<a href="{html.escape(source.run_url)}">this run</a>' if source.run_url else "this run"
    return f"The whole text is {code(source.full_name)} among the artifacts of {run}."


def _names(stacks: Sequence[str]) -> str:
    more = len(stacks) - MOST_NAMES
    return ", ".join(map(code, stacks[:MOST_NAMES])) + (f" and {more} more" if more > 0 else "")


def _part(group: Group, regions: Sequence[str], room: int | None) -> _Part:
    """The group as far as there is room: all of it, its first changes (the gravest come first), or nothing."""
    most = None if room is None else MOST_LINE
    blocks = [block for change in sorted(group.changes, key=_gravity) if (block := list(_lines(change, most)))]
    each = " in each" if len(group.stacks) > 1 else ""
    summary = f"<b>{html.escape(clipped(title(group.stacks, regions), MOST_LINE))}</b>: {_counts(group.steps)}{each}"
    shown = len(blocks) if room is None else _fitting(blocks, room - _frame(summary, blocks))
    if blocks and not shown:
        return _Part("", len(blocks))
    return _Part(_whole(summary, blocks, shown), len(blocks) - shown)


def _frame(summary: str, blocks: Sequence[Sequence[str]]) -> int:
    """What a part takes beside its lines, and with the longest line about those that are left out."""
    return size(_whole(summary, blocks, len(blocks))) + size(_more(len(blocks))) - sum(map(_size, blocks))


def _fitting(blocks: Sequence[Sequence[str]], room: int) -> int:
    """How many of the blocks have room."""
    for count, block in enumerate(blocks):
        room -= _size(block)
        if room < 0:
            return count
    return len(blocks)


def _size(block: Sequence[str]) -> int:
    return sum(size(line) + 1 for line in block)


def _more(count: int) -> str:
    return f"# and {count:,} more changes\n"


def _whole(summary: str, blocks: Sequence[Sequence[str]], shown: int) -> str:
    lines = [line for block in blocks[:shown] for line in block]
    more = [_more(len(blocks) - shown).strip()] if shown < len(blocks) else []
    return details(summary, fenced([*lines, *more], "diff"), open_=len(lines) <= OPEN_LINES)


def _counts(steps: Sequence[Step]) -> str:
    return summary_line(summarize(steps), done=False).plain.strip()


def _gravity(change: FoldedChange) -> int:
    return -max(_GRAVITY.index(effect(step, change.steps).downtime) for step in change.steps)


def _lines(change: FoldedChange, most: int | None) -> Iterator[str]:
    """The change as the terminal has it, with signs that GitHub colours."""
    for step in shown_steps(change.steps, same=False):
        headline, *nested = (one_line(line.plain) for line in step_lines(step, change.steps))
        sign, rest = headline.strip().split(maxsplit=1)
        for line in [f"{_SIGNS.get(sign, sign)} {rest.strip()}", *(f"    {line.strip()}" for line in nested)]:
            yield line if most is None else clipped(line, most)
