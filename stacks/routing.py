"""Where the table sends a request: what `worker/src/placement.js` decides, said again as a pure function.

It serves reviews of a table before it is deployed. The real answer is the Worker's own; a test holds the two together.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from stacks.table import Table


class Reason(StrEnum):
    """Why a request goes where it goes. All but `home` and `delivered` are the Worker's `X-Edge-Placement`."""

    CHOICE = "choice"
    TIME_ZONE = "time-zone"
    COUNTRY = "country"
    DEFAULT = "default"
    NONE = "none"  # nothing there takes new workspaces: who lives there, or matched no locality, signs in
    HOME = "home"
    KEY = "key"  # of a workspace that a public request's key leads to
    DELIVERED = "delivered"  # by the auth service, to every region


class Refusal(StrEnum):
    """The codes of the Worker's own answers (docs/request-path.md)."""

    REGION_NOT_OPEN = "region_not_open"  # a choice that takes no new workspaces
    REGION_CLOSED = "region_closed"  # a home that is not in the table, or a locality that takes no new workspaces


@dataclass(frozen=True, kw_only=True)
class Sample:
    """A request. `home` is the region that the auth service gives for its credential; without one, the signs count.
    `flow` is the client's key in draws; without it any region of a draw may answer. `hint` is the region where the
    client was served before, as it says.
    """

    home: str | None = None
    choice: str | None = None
    time_zone: str | None = None
    country: str | None = None
    flow: str | None = None
    hint: str | None = None
    path: str | None = None
    key: str | None = None


@dataclass(frozen=True, kw_only=True)
class Routed:
    """`regions` are those that may answer, in the order of names: several where one is drawn for each client."""

    locality: str
    regions: tuple[str, ...]
    reason: Reason


def shown(routed: Routed) -> str:
    """`eu: eu-central or eu-west (time-zone)`; without the locality where one region may answer."""
    if routed.reason is Reason.DELIVERED:
        return f"every region ({routed.reason})"
    regions = " or ".join(routed.regions)
    where = regions if len(routed.regions) == 1 else f"{routed.locality}: {regions}"
    return f"{where} ({routed.reason})"


def route(table: Table, sample: Sample) -> Routed | Refusal:
    """Where the request goes when everything is up. Says nothing of outages, caches, moves, and accounts that are
    pinned to a region.
    """
    placed = _place(table, sample)
    if sample.home is None:
        return placed
    if sample.choice is not None and placed is Refusal.REGION_NOT_OPEN:
        return placed
    return at(table, sample.home, Reason.HOME) if sample.home in table.regions else Refusal.REGION_CLOSED


def draw(weights: Mapping[str, int], key: str) -> str:
    """The region of a client: weighted rendezvous hashing, so that a region whose weight changes wins or loses clients
    and none moves between two others. `weights` are above 0; of equal scores the first by name wins.

    The logarithms of two languages may differ in the last of 53 bits. Scores as near as that, about one draw in 10**15,
    may lead to different regions; both are right, and the auth service pins the one that the client signed in at.
    """
    return max(sorted(weights), key=lambda region: -weights[region] / math.log((_hash(key, region) + 0.5) / 2**48))


def _hash(key: str, region: str) -> int:
    """The first 48 bits. Each part stands after its length, as in `worker/src/key.js`."""
    text = "".join(f"{len(part)}:{part}" for part in ("placement-1", key, region))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:6])


def _place(table: Table, sample: Sample) -> Routed | Refusal:
    if sample.choice is not None:
        placed = _drawn(table, sample.choice, Reason.CHOICE, sample.flow)
        lives_there = sample.choice == sample.hint
        return placed or (_hinted(table, sample) if lives_there else None) or Refusal.REGION_NOT_OPEN
    by_zone = _locality_of_zone(table, sample.time_zone) if sample.time_zone is not None else None
    if by_zone:
        placed = _drawn(table, by_zone, Reason.TIME_ZONE, sample.flow)
        return placed or _hinted(table, sample) or Refusal.REGION_CLOSED
    by_country = next((name for name, place in table.localities.items() if sample.country in place.countries), None)
    if by_country:
        placed = _drawn(table, by_country, Reason.COUNTRY, sample.flow)
        return placed or _hinted(table, sample) or Refusal.REGION_CLOSED
    others = (entry.locality for entry in table.regions.values() if entry.open_weight)
    by_default = (_drawn(table, name, Reason.DEFAULT, sample.flow) for name in (table.default_locality, *others))
    return next(filter(None, by_default), None) or _hinted(table, sample) or _fallback(table)


def _drawn(table: Table, wanted: str, reason: Reason, flow: str | None) -> Routed | None:
    """None where nothing there takes new workspaces."""
    weights = table.open_in(wanted)
    if not weights:
        return None
    regions = tuple(weights) if flow is None else (draw(weights, flow),)
    return Routed(locality=table.regions[regions[0]].locality, regions=regions, reason=reason)


def _hinted(table: Table, sample: Sample) -> Routed | None:
    return at(table, sample.hint, Reason.NONE) if sample.hint is not None and sample.hint in table.regions else None


def _fallback(table: Table) -> Routed:
    names = (name for name, entry in table.regions.items() if entry.locality == table.default_locality)
    return at(table, next(names), Reason.NONE)


def at(table: Table, region: str, reason: Reason) -> Routed:
    return Routed(locality=table.regions[region].locality, regions=(region,), reason=reason)


def _locality_of_zone(table: Table, zone: str) -> str | None:
    """By the whole name, else by the longest start that ends in a slash."""
    owners = {owned: name for name, place in table.localities.items() for owned in place.time_zones}
    parts = zone.split("/")
    starts = ("/".join(parts[:length]) + "/" for length in range(len(parts) - 1, 0, -1))
    return next((owners[name] for name in (zone, *starts) if name in owners), None)
