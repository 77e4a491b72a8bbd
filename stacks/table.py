"""The table of regions that the Worker routes by: a pure function of the specs (docs/request-path.md)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from regionctl.model.errors import RegionctlError
from regions.locality import LocalitySpec
from regions.names import region_names
from regions.spec import FleetSpec, Lifecycle, RegionSpec

ROUTED = (Lifecycle.ACTIVE, Lifecycle.DRAINING)


class NoRegionInTable(RegionctlError):
    """The fleet has no active or draining region, so that there is nowhere to route to."""

    def __init__(self, fleet: str) -> None:
        self.fleet = fleet
        super().__init__(
            f"fleet {fleet}: no region is active or draining, so the edge has nowhere to route to",
            hint="set `lifecycle: active` in the file of a region that has been applied",
        )


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A region that the Worker knows. Only an active one takes new workspaces, as many as its weight says."""

    origin: str
    lifecycle: Lifecycle
    locality: str
    weight: int

    @property
    def open_weight(self) -> int:
        """What counts of the weight: nothing while it drains."""
        return self.weight if self.lifecycle is Lifecycle.ACTIVE else 0


@dataclass(frozen=True, kw_only=True)
class Place:
    """A locality, and whose sign-ups go there without a choice."""

    name: str
    countries: tuple[str, ...]
    time_zones: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Table:
    """Where requests go. Both maps are in the order of names; `default_locality` has a region in the table."""

    localities: Mapping[str, Place]
    regions: Mapping[str, Entry]
    default_locality: str

    @property
    def version(self) -> int:
        """Changes with the content, and with nothing else. It fits a number of JavaScript (53 bits)."""
        content = json.dumps(self._content(), sort_keys=True)
        return int(hashlib.sha256(content.encode()).hexdigest()[:12], 16)

    def as_json(self) -> str:
        """The text of the binding REGIONS, the same for the same content."""
        return json.dumps({"version": self.version, **self._content()}, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Table:
        """What `as_json` gave. Raises ValueError for anything else."""
        try:
            said = json.loads(text)
            regions = {str(name): _entry_of(entry) for name, entry in sorted(said["regions"].items())}
            localities = {str(name): _place_of(place) for name, place in sorted(said["localities"].items())}
            return cls(localities=localities, regions=regions, default_locality=str(said["default_locality"]))
        except (KeyError, TypeError, AttributeError, RecursionError) as error:
            raise ValueError("not a table of regions") from error

    def open_in(self, name: str) -> dict[str, int]:
        """The regions of a locality, or the region of this name, that take new workspaces, with their weights."""
        return {
            region: entry.weight
            for region, entry in self.regions.items()
            if name in {region, entry.locality} and entry.open_weight
        }

    def _content(self) -> dict[str, object]:
        return {
            "default_locality": self.default_locality,
            "localities": {name: asdict(place) for name, place in self.localities.items()},
            "regions": {name: asdict(entry) for name, entry in self.regions.items()},
        }


def _entry_of(said: Mapping[str, Any]) -> Entry:
    return Entry(
        origin=str(said["origin"]),
        lifecycle=Lifecycle(said["lifecycle"]),
        locality=str(said["locality"]),
        weight=int(said["weight"]),
    )


def _place_of(said: Mapping[str, Any]) -> Place:
    return Place(name=str(said["name"]), countries=tuple(said["countries"]), time_zones=tuple(said["time_zones"]))


def in_table(regions: Iterable[RegionSpec]) -> list[RegionSpec]:
    """The regions that are routed to, in the order of names: active and draining ones."""
    return sorted((region for region in regions if region.lifecycle in ROUTED), key=lambda region: region.name)


def table(fleet: FleetSpec, regions: Iterable[RegionSpec]) -> Table:
    """The table of a fleet. Raises NoRegionInTable.

    A locality is in it once it had a region that was active, and stays in it when all of them drain or are closed: who
    signs up there is refused, and goes nowhere else. A default one that no region in the table belongs to is stood in
    for: by the locality of the first region that takes new workspaces, else of the first one.
    """
    declared = list(regions)
    routed = in_table(declared)
    if not routed:
        raise NoRegionInTable(fleet.name)
    offered = sorted({region.locality for region in declared if region.lifecycle is not Lifecycle.PLANNED})
    return Table(
        localities={name: _place(fleet.localities[name]) for name in offered},
        regions={region.name: _entry(fleet, region) for region in routed},
        default_locality=_default(fleet.edge.default_locality, routed),
    )


def opened(before: Table | None, after: Table) -> tuple[str, ...]:
    """The regions that get requests by `after` which they do not get by `before`, in the order of names: new ones,
    those that are reached elsewhere, and those that take more of the sign-ups, or others.
    """
    return tuple(
        name for name in after.regions if before is None or name not in before.regions or _gains(before, after, name)
    )


def _gains(before: Table, after: Table, name: str) -> bool:
    old, new = before.regions[name], after.regions[name]
    if old.origin != new.origin:
        return True
    if not new.open_weight:
        return False
    same = old.locality == new.locality and before.localities[old.locality] == after.localities[new.locality]
    return not same or old.open_weight < new.open_weight


def _entry(fleet: FleetSpec, region: RegionSpec) -> Entry:
    return Entry(
        origin=f"https://{region_names(fleet, region).origin_host}",
        lifecycle=region.lifecycle,
        locality=region.locality,
        weight=region.weight,
    )


def _place(spec: LocalitySpec) -> Place:
    return Place(name=spec.name, countries=spec.countries, time_zones=spec.time_zones)


def _default(wanted: str, routed: list[RegionSpec]) -> str:
    here = [region.locality for region in routed]
    return next(iter([wanted] if wanted in here else [*(one.locality for one in routed if one.open_weight), *here]))
