"""What the commands for CI print."""

from __future__ import annotations

from collections.abc import Mapping

from cli.views.console import say
from cli.views.errors import print_warning
from regionctl.github import Done, Kept


def comments_document(comments: Mapping[str, Kept]) -> dict[str, object]:
    done = {key: {"comment": str(kept.done), "url": kept.url} for key, kept in comments.items()}
    return {"version": 1, "kind": "comments", "comments": done}


def print_comments(comments: Mapping[str, Kept]) -> None:
    """What was done with each comment."""
    if not comments:
        say("no artifact is of this checkout's fleets: no comment is made")
    for key, kept in comments.items():
        if kept.done is Done.NOT_NEEDED:
            say(f"{key}: nothing changes, and there is no comment: none is needed")
        else:
            say(f"{key}: comment {kept.done}: {kept.url}")


def print_lost(comments: Mapping[str, Kept], author: str) -> None:
    """A warning where a comment would not be found again."""
    for kept in comments.values():
        if kept.author not in {None, author}:
            warning = f"the comment is {kept.author}'s: give --author {kept.author}, or the next run makes another"
            print_warning(warning)
