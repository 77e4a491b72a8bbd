"""What the commands for CI print."""

from __future__ import annotations

from collections.abc import Mapping

from cli.views.console import say
from cli.views.documents import print_json
from cli.views.errors import print_warning
from regionctl.github import Done, Kept


def print_comments(comments: Mapping[str, Kept], author: str, *, as_json: bool) -> None:
    """What was done with each comment, and a warning where one would not be found again."""
    if as_json:
        done = {key: {"comment": str(kept.done), "url": kept.url} for key, kept in comments.items()}
        print_json({"version": 1, "kind": "comments", "comments": done})
    elif not comments:
        say("no artifact is of this checkout's fleets: no comment is made")
    for key, kept in comments.items():
        if not as_json and kept.done is Done.NOT_NEEDED:
            say(f"{key}: nothing changes, and there is no comment: none is needed")
        elif not as_json:
            say(f"{key}: comment {kept.done}: {kept.url}")
        if kept.author not in {None, author}:
            warning = f"the comment is {kept.author}'s: give --author {kept.author}, or the next run makes another"
            print_warning(warning)
