"""The table of regions that the Worker routes by: a pure function of the specs (docs/request-path.md)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from regionctl.model.errors import RegionctlError
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
    """A region that the Worker knows. Only an active one takes new workspaces."""

    origin: str
    lifecycle: Lifecycle
    countries: tuple[str, ...]
    time_zones: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Table:
    """Where requests go. `regions` is in the order of names, and `default_region` is one of them."""

    regions: Mapping[str, Entry]
    default_region: str

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
            return cls(regions=regions, default_region=str(said["default_region"]))
        except (KeyError, TypeError, AttributeError, RecursionError) as error:
            raise ValueError("not a table of regions") from error

    def _content(self) -> dict[str, object]:
        regions = {
            name: {
                "origin": entry.origin,
                "lifecycle": str(entry.lifecycle),
                "countries": list(entry.countries),
                "time_zones": list(entry.time_zones),
            }
            for name, entry in self.regions.items()
        }
        return {"default_region": self.default_region, "regions": regions}


def _entry_of(said: Mapping[str, Any]) -> Entry:
    return Entry(
        origin=str(said["origin"]),
        lifecycle=Lifecycle(said["lifecycle"]),
        countries=tuple(said["countries"]),
        time_zones=tuple(said["time_zones"]),
    )


def in_table(regions: Iterable[RegionSpec]) -> list[RegionSpec]:
    """The regions that are routed to, in the order of names: active and draining ones."""
    return sorted((region for region in regions if region.lifecycle in ROUTED), key=lambda region: region.name)


def table(fleet: FleetSpec, regions: Iterable[RegionSpec]) -> Table:
    """The table of a fleet. A default region that is not routed to is stood in for as the Worker does for one that is
    not active: by the first active region by name, else by the first one. Raises NoRegionInTable."""
    routed = in_table(regions)
    if not routed:
        raise NoRegionInTable(fleet.name)
    return Table(
        regions={region.name: _entry(fleet, region) for region in routed},
        default_region=_default(fleet.edge.default_region, routed),
    )


def opened(before: Table | None, after: Table) -> tuple[str, ...]:
    """The regions that get requests by `after` which they do not get by `before`, in the order of names: new ones, and
    those whose entry differs in more than that they drain now."""
    known = before.regions if before else {}
    return tuple(name for name, entry in after.regions.items() if name not in known or _gains(known[name], entry))


def _gains(before: Entry, after: Entry) -> bool:
    return after != before and after != replace(before, lifecycle=Lifecycle.DRAINING)


def _entry(fleet: FleetSpec, region: RegionSpec) -> Entry:
    return Entry(
        origin=f"https://{region_names(fleet, region).origin_host}",
        lifecycle=region.lifecycle,
        countries=region.placement.countries,
        time_zones=region.placement.time_zones,
    )


def _default(wanted: str, routed: list[RegionSpec]) -> str:
    active = [region.name for region in routed if region.lifecycle is Lifecycle.ACTIVE]
    names = [region.name for region in routed]
    return next(name for name in ([wanted] if wanted in names else [*active, *names]))
