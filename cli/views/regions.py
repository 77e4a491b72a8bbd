"""What was written into the files of regions, and what comes next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cli.views.console import note, say, warn
from cli.views.errors import print_warning
from cli.views.header import print_next
from cli.views.text import Text
from regionctl.model.hints import command
from regionctl.model.program import SecretKind

if TYPE_CHECKING:
    from fleet.lifecycle import Transition
    from fleet.release import Copied, Overrides, Release
    from regions.load import Fleet
    from regions.release import ImageChange
    from regions.spec import RegionSpec

_TO_BRING_UP = ("diff", "up", "activate")


def _provided(spec: RegionSpec) -> list[str]:
    return [key for key, secret in spec.secrets.items() if secret.kind is SecretKind.PROVIDED]


def _where(spec: RegionSpec) -> str:
    return f"{spec.location}, {spec.jurisdiction}, locality {spec.locality}"


def _siblings(fleet: Fleet, spec: RegionSpec) -> list[str]:
    """The other regions of its locality that are not closed, each with its weight."""
    return [
        f"{name} ({other.weight})"
        for name, other in fleet.regions.items()
        if other.locality == spec.locality and name != spec.name and other.lifecycle != "closed"
    ]


def valid_document(fleet: Fleet) -> dict[str, object]:
    regions = [
        {
            "region": name,
            "file": fleet.file(name),
            "location": spec.location,
            "locality": spec.locality,
            "weight": spec.weight,
            "lifecycle": spec.lifecycle,
        }
        for name, spec in fleet.regions.items()
    ]
    return {"version": 1, "kind": "validation", "fleet": fleet.name, "valid": True, "regions": regions}


def print_valid(fleet: Fleet) -> None:
    """That a fleet's specs hold: a line a region."""
    for name, spec in fleet.regions.items():
        say(f"{fleet.file(name)}: {_where(spec)}, {spec.lifecycle}, {spec.addresses}")
    say(f"{fleet.name}: {len(fleet.regions)} regions, no errors")


def new_document(fleet: Fleet, region: str) -> dict[str, object]:
    spec = fleet.region(region)
    document = {
        "file": fleet.file(region),
        "location": spec.location,
        "locality": spec.locality,
        "addresses": str(spec.addresses),
    }
    return {"version": 1, "kind": "region", "region": region, **document, "secrets_to_set": _provided(spec)}


def print_new(fleet: Fleet, region: str) -> None:
    """What was written, and what to set next."""
    spec = fleet.region(region)
    say(f"{fleet.file(region)}: {_where(spec)}, {spec.lifecycle}, {spec.addresses}")
    note("next:")
    note("  say in it what differs from the fleet's defaults (database.tier, services, budget)")
    if siblings := _siblings(fleet, spec):
        note(
            f"  and its weight beside {', '.join(siblings)}: once it is active, it takes so much of the sign-ups there"
        )
    for words in (*(("secrets", "set", region, key) for key in _provided(spec)), *((w, region) for w in _TO_BRING_UP)):
        note(f"  {command(*words, fleet=fleet.name)}")


def print_transition(transition: Transition) -> None:
    if not transition.changes:
        note(f"{transition.region} is {transition.after} already; nothing was changed")
    if transition.probed:
        note(f"{transition.probed.origin.host} answers: {transition.probed.said}")
    if transition.skipped is not None:
        warn(Text(f"its origin was not asked: {transition.skipped}", "yellow"))
    if transition.changes:
        say(f"{transition.file}: lifecycle: {transition.before} -> {transition.after}")
        _print_placement(transition)
    print_next(transition.following)


def _print_placement(transition: Transition) -> None:
    if transition.after == "active" and not transition.weight:
        note("its weight is 0: it serves who lives there, and takes no new workspaces")
    if transition.after == "draining" and not transition.locality_open:
        print_warning(
            f"no region of {transition.locality} takes new workspaces: who signs up there is refused (region_closed),"
            " and goes nowhere else"
        )


def transition_document(transition: Transition) -> dict[str, object]:
    probed = transition.probed
    return {
        "version": 1,
        "kind": "lifecycle",
        "region": transition.region,
        "file": transition.file,
        "locality": {"name": transition.locality, "takesNew": transition.locality_open},
        "weight": transition.weight,
        "changed": transition.changes,
        "before": str(transition.before),
        "after": str(transition.after),
        "probe": {"host": probed.origin.host, "answers": probed.answers, "said": probed.said} if probed else None,
        "probeSkipped": transition.skipped,
        "next": list(transition.following),
    }


def short(digest: str) -> str:
    """Enough of a digest for people to tell two apart: the first eight of its digits."""
    return digest.removeprefix("sha256:")[:8]


def release_document(release: Release, *, following: tuple[str, ...]) -> dict[str, object]:
    own = {name: list(keys) for name, keys in release.own.items()}
    changes = [_image(*one) for one in release.changes]
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


def _image(file: str, change: ImageChange) -> dict[str, object]:
    return {"file": file, "home": change.home, "workload": change.workload, "old": change.old, "new": change.new}
