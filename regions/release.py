"""Which images a fleet runs, and how that is to change. Pure: the edits are carried out by regions/edit.py.

A home of images is a region (its own file), `auth` (the auth service), or None: the fleet's defaults for every region.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pydantic import TypeAdapter, ValidationError

from regionctl.model.errors import RegionctlError
from regionctl.model.hints import did_you_mean
from regions.edit import Edit
from regions.load import Fleet
from regions.model import ImageDigest
from regions.spec import AUTH, Lifecycle, RegionSpec

_DIGEST: TypeAdapter[str] = TypeAdapter(ImageDigest)


class UnknownWorkload(RegionctlError):
    """Nothing of this name runs there."""

    def __init__(self, name: str, known: Iterable[str], where: str) -> None:
        self.name, self.known = name, tuple(sorted(known))
        hint = did_you_mean(name, self.known, f"there are {', '.join(self.known)}")
        if name == AUTH:
            hint = f"the auth service has: name {AUTH} after the images, as a region would be"
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
    """A digest of one home. `old` is what ran by the specs."""

    home: str | None
    workload: str
    old: str | None
    new: str

    @property
    def edit(self) -> Edit:
        if self.region:
            return Edit(region=self.region, path=("release", self.workload), value=self.new)
        return Edit(region=None, path=(self.home or "defaults", "release", self.workload), value=self.new)

    @property
    def region(self) -> str | None:
        """Whose file says it; None: fleet.yaml."""
        return None if self.home == AUTH else self.home


def checked_digest(workload: str, text: str) -> str:
    """Raises MalformedDigest."""
    try:
        return _DIGEST.validate_python(text)
    except ValidationError as error:
        raise MalformedDigest(workload, error.errors()[0]["msg"].removeprefix("Value error, ")) from error


def setting(fleet: Fleet, images: Mapping[str, str], homes: Sequence[str] = ()) -> list[ImageChange]:
    """What must change so that the homes, or without any the fleet's defaults, say these images.

    Raises UnknownRegion, UnknownWorkload, MalformedDigest.
    """
    places = [(home, images_at(fleet, home)) for home in homes or (None,)]
    changes = []
    for workload, text in images.items():
        digest = checked_digest(workload, text)
        for home, present in places:
            if workload not in present:
                raise UnknownWorkload(workload, present, home or fleet.name)
            changes.append(ImageChange(home=home, workload=workload, old=present[workload], new=digest))
    return [change for change in changes if change.old != change.new]


def images_at(fleet: Fleet, home: str | None) -> Mapping[str, str | None]:
    """The images of a home, by workload: in the defaults None for one that only regions have. Raises UnknownRegion."""
    if home == AUTH:
        return fleet.spec.auth.release
    if home is not None:
        return fleet.region(home).release
    in_regions: dict[str, str | None] = dict.fromkeys(key for spec in fleet.regions.values() for key in spec.release)
    return {**in_regions, **default_images(fleet)}


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


def auth_rolled(before: Fleet, after: Fleet) -> bool:
    """Whether a change changes the auth service's images."""
    return before.spec.auth.release != after.spec.auth.release


def rolled(before: Fleet, after: Fleet) -> list[RegionSpec]:
    """The regions whose images a change changes, but for closed ones."""
    return [
        spec
        for name, spec in after.regions.items()
        if spec.release != before.regions[name].release and spec.lifecycle is not Lifecycle.CLOSED
    ]
