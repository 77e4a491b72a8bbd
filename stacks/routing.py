"""Where the table sends a request: what `worker/src/placement.js` decides, said again as a pure function.

It serves reviews of a table before it is deployed. The real answer is the Worker's own; a test holds the two together.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from regions.spec import Lifecycle
from stacks.table import Table


class Reason(StrEnum):
    """Why a request goes where it goes. All but the last are the Worker's `X-Edge-Placement`."""

    CHOICE = "choice"
    TIME_ZONE = "time-zone"
    COUNTRY = "country"
    DEFAULT = "default"
    NONE = "none"  # no region is active: the default one signs people in, and takes nobody new
    HOME = "home"


class Refusal(StrEnum):
    """The codes of the Worker's own answers (docs/request-path.md)."""

    REGION_NOT_OPEN = "region_not_open"  # a choice that is no active region
    REGION_CLOSED = "region_closed"  # the home is not in the table


@dataclass(frozen=True, kw_only=True)
class Sample:
    """A request. `home` is the region that the auth service gives for its credential; without one, the signs count."""

    home: str | None = None
    choice: str | None = None
    time_zone: str | None = None
    country: str | None = None


@dataclass(frozen=True)
class Routed:
    region: str
    reason: Reason


def route(table: Table, sample: Sample) -> Routed | Refusal:
    """Where the request goes when everything is up. Says nothing of outages, caches and moves."""
    placed = _place(table, sample)
    if sample.home is None or isinstance(placed, Refusal):
        return placed
    return Routed(sample.home, Reason.HOME) if sample.home in table.regions else Refusal.REGION_CLOSED


def _place(table: Table, sample: Sample) -> Routed | Refusal:
    if sample.choice is not None:
        if _is_open(table, sample.choice):
            return Routed(sample.choice, Reason.CHOICE)
        return Refusal.REGION_NOT_OPEN
    by_zone = _region_of_zone(table, sample.time_zone) if sample.time_zone is not None else None
    if by_zone and _is_open(table, by_zone):
        return Routed(by_zone, Reason.TIME_ZONE)
    by_country = next((name for name, entry in table.regions.items() if sample.country in entry.countries), None)
    if by_country and _is_open(table, by_country):
        return Routed(by_country, Reason.COUNTRY)
    by_default = next((name for name in (table.default_region, *sorted(table.regions)) if _is_open(table, name)), None)
    return Routed(by_default, Reason.DEFAULT) if by_default else Routed(table.default_region, Reason.NONE)


def _region_of_zone(table: Table, zone: str) -> str | None:
    """By the whole name, else by the longest start that ends in a slash."""
    owners = {owned: name for name, entry in table.regions.items() for owned in entry.time_zones}
    parts = zone.split("/")
    starts = ("/".join(parts[:length]) + "/" for length in range(len(parts) - 1, 0, -1))
    return next((owners[name] for name in (zone, *starts) if name in owners), None)


def _is_open(table: Table, name: str) -> bool:
    return name in table.regions and table.regions[name].lifecycle is Lifecycle.ACTIVE
