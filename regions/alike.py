"""Finds what makes a region, or a whole fleet, unlike the others, and makes the same one without that.

A region is alike the others when its own file says nothing but what every region must have of its own. Two fleets are
alike when their files differ in nothing but who they are and how large they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from types import MappingProxyType
from typing import Final

from pydantic import ValidationError

from regionctl.model.errors import Position
from regionctl.model.values import leaves
from regions.load import REGION_ONLY, Fleet, merge
from regions.source import KeyPath, dotted
from regions.spec import FleetSpec, RegionSpec


class Nothing:
    """What the others have at a path where they have nothing."""

    def __repr__(self) -> str:
        return "nothing"


NOTHING: Final = Nothing()

# A region's own, which no other can share. It needs no exception.
OWN = (*REGION_ONLY, "exceptions")
KEPT_NAMES = "names"  # of an adopted region: only what its resources are called depends on them


@dataclass(frozen=True, kw_only=True)
class Override:
    """A value that one side sets otherwise: its path, both values, and where they stand."""

    path: KeyPath
    own: object
    others: object
    source: Position
    others_source: Position | None = None

    @property
    def key(self) -> str:
        return dotted(self.path)


def overrides(fleet: Fleet, region: str) -> tuple[Override, ...]:
    """What a region's own file sets otherwise than the others have it, in the order of the file."""
    own, others = (spec.model_dump(mode="json") for spec in (fleet.regions[region], without_overrides(fleet, region)))
    said = {key: value for key, value in fleet.documents[region].value.items() if key not in OWN}
    return tuple(
        Override(
            path=path,
            own=_at(own, path),
            others=_at(others, path),
            source=fleet.position(region, path),
            others_source=fleet.position(None, ("defaults", *path)),
        )
        for path, _ in leaves(said, into=lambda value: isinstance(value, Mapping))
        if path and _at(own, path) != _at(others, path)
    )


def without_overrides(fleet: Fleet, region: str) -> RegionSpec:
    """The region as it were if its file said only what it must. An adopted one has the names of one that was not, and
    all are in one locality: what users call it is told to the product, and nothing else depends on it.

    What the defaults leave to each region's file is taken from the first region's.
    """
    own = {key: value for key, value in fleet.documents[region].value.items() if key in OWN and key != KEPT_NAMES}
    own["locality"] = fleet.regions[min(fleet.regions)].locality
    try:
        return _region(fleet, region, own)
    except ValidationError as err:
        first = fleet.documents[min(fleet.regions)].value
        left_out = {str(problem["loc"][0]) for problem in err.errors()}
        return _region(fleet, region, own | {key: first[key] for key in left_out & first.keys()})


def _region(fleet: Fleet, region: str, own: Mapping[str, object]) -> RegionSpec:
    return RegionSpec.model_validate(merge(fleet.spec.defaults, {**own, "name": region, "fleet": fleet.name}))


def _at(value: object, path: KeyPath) -> object:
    for key in path:
        value = value.get(key, NOTHING) if isinstance(value, Mapping) else NOTHING
    return NOTHING if value is None else value


# What tells one fleet from another, and what a smaller one may have less of. All else is the same, so that what was
# tried in one holds in the other. `*` stands for any key.
FLEETS_OWN = (
    "company",
    "domain",
    "organisation",
    "ci",
    "target",
    "quota_project",
    "state",
    "release_registry",
    "first_rotation",
    "*.location",
    "*.jurisdiction",
    "*.addresses",
    "*.generation",
    "*.signing_key",
    "*.exceptions",
    "edge.account_id",
    "edge.zone_id",
    "edge.default_locality",
    "localities",
    "*.release",  # staging has the next one
    "*.alerts",
)
SIZES = (
    "*.budget",
    "*.database.availability",
    "*.database.backups_kept",
    "*.database.disk_gb",
    "*.database.flags.max_connections",
    "*.database.pitr_days",
    "*.database.tier",
    "defaults.cache.memory_gb",
    "defaults.cache.tier",
    "auth.service.cpu",
    "auth.service.m*",  # memory_mib, min_instances, max_instances
    "defaults.services.*.cpu",
    "defaults.services.*.m*",
    "defaults.workers.*.cpu",
    "defaults.workers.*.instances",
    "defaults.workers.*.memory_mib",
    "defaults.storage.buckets.*.retention_days",
    "edge.*_per_minute",
)


def fleet_differences(fleet: Fleet, like: Fleet) -> tuple[Override, ...]:
    """What a fleet's own file says otherwise than another's, but for who and how large they are. What only `like`
    says stands at the nearest line of the fleet's file."""
    return tuple(
        Override(
            path=path,
            own=own,
            others=others,
            source=fleet.position(None, path),
            others_source=like.position(None, path),
        )
        for path, own, others in _both_ways(fleet.documents[None].value, like.documents[None].value)
        if not _may_differ(path)
    )


def _both_ways(
    own: Mapping[str, object], others: Mapping[str, object], path: KeyPath = ()
) -> Iterator[tuple[KeyPath, object, object]]:
    for key in dict.fromkeys((*own, *others)):
        one, other = own.get(key, NOTHING), others.get(key, NOTHING)
        if isinstance(one, Mapping) and isinstance(other, Mapping):
            yield from _both_ways(one, other, (*path, key))
        elif one != other:
            yield (*path, key), one, other


def _may_differ(path: KeyPath) -> bool:
    return any(
        fnmatchcase(dotted(path[:length]), pattern)
        for length in range(1, len(path) + 1)
        for pattern in (*FLEETS_OWN, *SIZES)
    )


def as_if_in(fleet: Fleet, like: Fleet) -> Fleet:
    """What `fleet` were if it differed from `like` in nothing but its name, company, domain and zone.

    Its regions are those of `like`, without what each has of its own. It has no files: it is there to be rendered.
    """
    who = {key: getattr(fleet.spec, key) for key in ("name", "company", "domain")}
    zone = {key: getattr(fleet.spec.edge, key) for key in ("account_id", "zone_id")}
    spec: FleetSpec = like.spec.model_copy(update={**who, "edge": like.spec.edge.model_copy(update=zone)})
    regions = {name: without_overrides(like, name).model_copy(update={"fleet": fleet.name}) for name in like.regions}
    return replace(like, spec=spec, regions=MappingProxyType(regions))
