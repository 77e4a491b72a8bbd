"""What an earlier run left undone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

from cli.views.console import warn
from cli.views.text import Text
from cli.views.times import moment
from regionctl.engine.state.notes import Entry, Reached

WORDS: Mapping[Reached, str] = {
    Reached.PLANNED: "not tried",
    Reached.STARTED: "cut off",
    Reached.FAILED: "failed",
    Reached.INCOMPLETE: "without a region that did not come up",
}


def print_left(entries: Sequence[Entry]) -> None:
    """A line a run."""
    for (command, by), group in groupby(entries, key=lambda entry: (entry.command, entry.by)):
        of_run = list(group)
        stacks = ", ".join(f"{entry.stack} {WORDS[entry.reached]}" for entry in of_run)
        warn(Text(f"left by the {command} of {by}, {moment(of_run[-1].at)}: {stacks}; planned again", "yellow"))
