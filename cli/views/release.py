"""What `release set` and `release copy` changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cli.views.console import note, say, warn
from cli.views.documents import print_json
from cli.views.lifecycle import print_next
from cli.views.text import Text
from regions.release import ImageChange

_SHORT = len("sha256:") + 8


def short(digest: str) -> str:
    """Enough of a digest for people to tell two apart: the first eight of its digits."""
    return digest[len("sha256:") : _SHORT]


def print_release(
    changes: Sequence[tuple[str, ImageChange]],
    *,
    fleet: str,
    own: Mapping[str, Sequence[str]],
    following: tuple[str, ...],
    as_json: bool,
) -> None:
    """`own`: the regions that the changes do not reach, and the workloads that they say themselves."""
    if as_json:
        document = {"version": 1, "kind": "release", "fleet": fleet, "changes": [_json(*one) for one in changes]}
        print_json({**document, "overrides": {name: list(keys) for name, keys in own.items()}, "next": list(following)})
        return
    for file, change in changes:
        old = short(change.old) if change.old else "none"
        section = f"{change.home}." if change.home != change.region else ""
        say(Text.assemble(f"{file}: {section}", (change.workload, "bold"), f": {old} -> {short(change.new)}"))
    if not changes:
        note("the files say so already; nothing was changed")
    print_next(following)


def print_overrides(fleet: str, own: Mapping[str, Sequence[str]], *, quiet: bool) -> None:
    """Names the regions that say some images themselves."""
    for region, keys in own.items():
        if not quiet:
            note(Text(f"{fleet}.{region} has an image of its own for {', '.join(keys)}", "yellow"))


def print_left_out(source: str, target: str, skipped: Sequence[str], kept: Sequence[str], *, quiet: bool) -> None:
    """Names the workloads that only one of the fleets has."""
    if skipped and not quiet:
        note(f"not copied, since {target} does not run it: {', '.join(skipped)}")
    if kept and not quiet:
        note(f"left as it is, since {source} does not run it: {', '.join(kept)}")


def print_other_registry(source: str, target: str, *, quiet: bool) -> None:
    if not quiet:
        warn(Text(f"{target} pulls from another registry than {source}: push the images there first", "yellow"))


def _json(file: str, change: ImageChange) -> dict[str, object]:
    return {
        "file": file,
        "home": change.home,
        "workload": change.workload,
        "old": change.old,
        "new": change.new,
    }
