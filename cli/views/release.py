"""What `release set` and `release copy` changed."""

from __future__ import annotations

from cli.views.console import note, say, warn
from cli.views.header import print_next
from cli.views.text import Text
from fleet.release import Copied, Overrides, Release
from regions.release import ImageChange

_SHORT = len("sha256:") + 8


def short(digest: str) -> str:
    """Enough of a digest for people to tell two apart: the first eight of its digits."""
    return digest[len("sha256:") : _SHORT]


def release_document(release: Release, *, following: tuple[str, ...]) -> dict[str, object]:
    own = {name: list(keys) for name, keys in release.own.items()}
    changes = [_json(*one) for one in release.changes]
    document = {"version": 1, "kind": "release", "fleet": release.fleet, "changes": changes}
    return {**document, "overrides": own, "next": list(following)}


def print_release(release: Release, *, following: tuple[str, ...]) -> None:
    for file, change in release.changes:
        old = short(change.old) if change.old else "none"
        section = f"{change.home}." if change.home != change.region else ""
        say(Text.assemble(f"{file}: {section}", (change.workload, "bold"), f": {old} -> {short(change.new)}"))
    if not release.changes:
        note("the files say so already; nothing was changed")
    print_next(following)


def print_overrides(fleet: str, own: Overrides) -> None:
    """Names the regions that say some images themselves."""
    for region, keys in own.items():
        note(Text(f"{fleet}.{region} has an image of its own for {', '.join(keys)}", "yellow"))


def print_copied(release: Copied) -> None:
    """Names the workloads that only one of the fleets has, and what else is different between the two."""
    source, target = release.source, release.fleet
    if release.skipped:
        note(f"not copied, since {target} does not run it: {', '.join(release.skipped)}")
    if release.kept:
        note(f"left as it is, since {source} does not run it: {', '.join(release.kept)}")
    if release.other_registry:
        warn(Text(f"{target} pulls from another registry than {source}: push the images there first", "yellow"))
    print_overrides(source, release.source_own)
    print_overrides(target, release.own)


def _json(file: str, change: ImageChange) -> dict[str, object]:
    return {
        "file": file,
        "home": change.home,
        "workload": change.workload,
        "old": change.old,
        "new": change.new,
    }
