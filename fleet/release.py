"""Which images regions run, by digest: set in the files of a fleet, or copied from another. `up` rolls the services."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fleet.context import FleetContext
from fleet.deployed import checkpoint
from regionctl.model.errors import RegionctlError
from regionctl.model.hints import command
from regions.edit import edit_fleet
from regions.release import ImageChange, auth_rolled, default_images, images_at, overrides, rolled, setting
from regions.spec import AUTH, Lifecycle, RegionSpec

Overrides = Mapping[str, Sequence[str]]  # by region, the workloads whose images it says itself


class NoImages(RegionctlError):
    """No image was given."""

    def __init__(self) -> None:
        super().__init__(
            "no image is named", hint=f"name one or more, as in: {command('release', 'set', 'api=sha256:...')}"
        )


class GivenTwice(RegionctlError):
    """A workload was given two images."""

    def __init__(self, workload: str) -> None:
        self.workload = workload
        super().__init__(f"{workload} is given twice", hint="give each workload one image")


class SameFleet(RegionctlError):
    """Images would be copied from a fleet to itself."""

    def __init__(self, fleet: str) -> None:
        self.fleet = fleet
        super().__init__(
            f"{fleet} has its own images already",
            hint=f"name two fleets: {command('release', 'copy', 'staging', 'prod')}",
        )


class NothingInCommon(RegionctlError):
    """The fleets run no workload in common."""

    def __init__(self, source: str, target: str) -> None:
        self.source, self.target = source, target
        super().__init__(
            f"{source} says no image of a workload that {target} runs",
            hint=f"see `release` in the fleet.yaml of {source}",
        )


@dataclass(frozen=True, kw_only=True)
class Release:
    """Images as a fleet's files would say them, each with its file. The changes do not reach the regions in `own`."""

    fleet: str
    changes: Sequence[tuple[str, ImageChange]]
    own: Overrides


@dataclass(frozen=True, kw_only=True)
class Copied(Release):
    """Images as another fleet says them. Workloads that only one of the two has are `skipped` or `kept`."""

    source: str
    skipped: Sequence[str]
    kept: Sequence[str]
    source_own: Overrides
    other_registry: bool  # the fleets pull from different registries


def set_images(context: FleetContext, words: Sequence[str]) -> Release:
    """What `api=sha256:... eu-west` asks for: without a region, the fleet's defaults.

    Raises NoImages, GivenTwice, UnknownRegion, and what `regions.release.setting` raises.
    """
    images = _images([word for word in words if "=" in word])
    homes = [word.removeprefix(f"{context.fleet_name}.") for word in words if "=" not in word]
    changes = setting(context.fleet, images, list(dict.fromkeys(homes)))
    own = {} if homes else overrides(context.fleet, images)
    return Release(fleet=context.fleet_name, changes=_with_files(context, changes), own=own)


def copy_images(source: FleetContext, target: FleetContext) -> Copied:
    """The images of a fleet's defaults and of its auth service, for another. Raises SameFleet, NothingInCommon."""
    if source.fleet_name == target.fleet_name:
        raise SameFleet(source.fleet_name)
    theirs = default_images(source.fleet)
    ours = images_at(target.fleet, None).keys()
    images = {key: digest for key, digest in theirs.items() if key in ours}
    if not images:
        raise NothingInCommon(source.fleet_name, target.fleet_name)
    changes = setting(target.fleet, images) + setting(target.fleet, source.fleet.spec.auth.release, [AUTH])
    return Copied(
        source=source.fleet_name,
        fleet=target.fleet_name,
        changes=_with_files(target, changes),
        own=overrides(target.fleet, images),
        skipped=sorted(theirs.keys() - ours),
        kept=sorted(ours - theirs.keys()),
        source_own=overrides(source.fleet, images),
        other_registry=source.fleet.spec.release_registry != target.fleet.spec.release_registry,
    )


def write(context: FleetContext, release: Release) -> tuple[str, ...]:
    """Writes the files; returns the command that applies them. Raises NotEditable; then they are as they were."""
    if not release.changes:
        return ()
    after = edit_fleet(context.regions_dir, release.fleet, [change.edit for _, change in release.changes])
    stacks = [AUTH] if auth_rolled(context.fleet, after) else []
    stacks += [spec.name for spec in rolled(context.fleet, after) if _runs(context, spec)]
    return (context.command("up", *stacks),) if stacks else ()


def _runs(context: FleetContext, spec: RegionSpec) -> bool:
    """Nobody is told to apply a planned region for its images alone: it may never have been applied."""
    return spec.lifecycle is not Lifecycle.PLANNED or bool(checkpoint(context, context.one(spec.name)).resources)


def _with_files(context: FleetContext, changes: Sequence[ImageChange]) -> list[tuple[str, ImageChange]]:
    return [(context.fleet.file(change.region), change) for change in changes]


def _images(assignments: Sequence[str]) -> dict[str, str]:
    """Digests by workload, from `api=sha256:...`. Raises NoImages, GivenTwice."""
    images: dict[str, str] = {}
    for assignment in assignments:
        workload, _, digest = assignment.partition("=")
        if images.setdefault(workload, digest) != digest:
            raise GivenTwice(workload)
    if not images:
        raise NoImages
    return images
