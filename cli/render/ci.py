"""What the commands for CI print."""

from __future__ import annotations

from cli.render.console import say
from cli.render.documents import print_json
from cli.render.errors import print_warning
from regionctl.github import Done, Kept


def print_kept(kept: Kept, author: str, *, as_json: bool) -> None:
    """What was done with the comment, and a warning where it would not be found again."""
    if as_json:
        print_json({"version": 1, "kind": "comment", "comment": str(kept.done), "url": kept.url})
    elif kept.done is Done.NOT_NEEDED:
        say("nothing changes, and there is no comment: none is needed")
    else:
        say(f"comment {kept.done}: {kept.url}")
    if kept.author not in {None, author}:
        warning = f"the comment is {kept.author}'s: give --author {kept.author}, or the next run makes another"
        print_warning(warning)
