"""Which images a fleet's regions run, and how that is to change. Pure: `edits` of regions/edit.py carry it out."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pydantic import TypeAdapter, ValidationError

from regionctl.errors import RegionctlError
from regions.edit import Edit
from regions.load import Fleet
from regions.model import ImageDigest
from regions.spec import Lifecycle, RegionSpec

_DIGEST: TypeAdapter[str] = TypeAdapter(ImageDigest)


class UnknownWorkload(RegionctlError):
    """Nothing of this name runs there."""

    def __init__(self, name: str, known: Iterable[str], where: str) -> None:
        self.name, self.known = name, tuple(sorted(known))
        close = difflib.get_close_matches(name, self.known, n=2, cutoff=0.5)
        hint = f"did you mean {' or '.join(close)}?" if close else f"there are {', '.join(self.known)}"
        super().__init__(f"{where} has no workload {name!r}", hint=hint)


class MalformedDigest(RegionctlError):
    """Not an image digest."""

    def __init__(self, workload: str, why: str) -> None:
        self.workload = workload
        super().__init__(
            f"{workload}: {why}", hint="a tag can be moved, a digest cannot; `docker push` prints it, as sha256:..."
        )


@dataclass(frozen=True, kw_only=True)
class ImageChange:
    """A digest in one file: a region's, or (`region` None) the fleet's defaults. `old` is what ran by the specs."""

    region: str | None
    workload: str
    old: str | None
    new: str

    @property
    def edit(self) -> Edit:
        section = ("release",) if self.region else ("defaults", "release")
        return Edit(region=self.region, path=(*section, self.workload), value=self.new)


def checked_digest(workload: str, text: str) -> str:
    """Raises MalformedDigest."""
    try:
        return _DIGEST.validate_python(text)
    except ValidationError as error:
        raise MalformedDigest(workload, error.errors()[0]["msg"].removeprefix("Value error, ")) from error


def setting(fleet: Fleet, images: Mapping[str, str], regions: Sequence[str] = ()) -> list[ImageChange]:
    """What must change so that the regions, or without any the fleet's defaults, say these images.

    Raises UnknownRegion, UnknownWorkload, MalformedDigest.
    """
    specs = [fleet.region(name) for name in regions]
    changes = []
    for workload, digest in images.items():
        checked_digest(workload, digest)
        if specs:
            changes += [_in_region(spec, workload, digest) for spec in specs]
        else:
            changes.append(_in_defaults(fleet, workload, digest))
    return [change for change in changes if change.old != change.new]


def _in_region(spec: RegionSpec, workload: str, digest: str) -> ImageChange:
    if workload not in spec.release:
        raise UnknownWorkload(workload, spec.release, spec.name)
    return ImageChange(region=spec.name, workload=workload, old=spec.release[workload], new=digest)


def _in_defaults(fleet: Fleet, workload: str, digest: str) -> ImageChange:
    known = {key for spec in fleet.regions.values() for key in spec.release} | default_images(fleet).keys()
    if workload not in known:
        raise UnknownWorkload(workload, known, fleet.name)
    return ImageChange(region=None, workload=workload, old=default_images(fleet).get(workload), new=digest)


def default_images(fleet: Fleet) -> Mapping[str, str]:
    """The images of fleet.yaml, by workload."""
    return _images(fleet.spec.defaults.get("release"))


def own_images(fleet: Fleet, region: str) -> Mapping[str, str]:
    """The images that a region's file says itself, by workload."""
    return _images(fleet.documents[region].value.get("release"))


def _images(section: object) -> Mapping[str, str]:
    return {str(key): str(value) for key, value in section.items()} if isinstance(section, Mapping) else {}


def overrides(fleet: Fleet, workloads: Iterable[str]) -> dict[str, list[str]]:
    """The regions that say some of these images themselves, so that the defaults do not reach them."""
    wanted = set(workloads)
    found = {name: [key for key in own_images(fleet, name) if key in wanted] for name in fleet.regions}
    return {name: own for name, own in found.items() if own}


def rolled(before: Fleet, after: Fleet) -> list[RegionSpec]:
    """The regions whose images a change changes, but for closed ones."""
    return [
        spec
        for name, spec in after.regions.items()
        if spec.release != before.regions[name].release and spec.lifecycle is not Lifecycle.CLOSED
    ]
