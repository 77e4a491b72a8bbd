"""Address ranges: what a region's range is carved into, who overlaps whom, and which one is free.

Pure functions. A range is the whole of a region's addresses (a /16); its parts are its quarters and eighths, so they
cannot overlap.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network

from regionctl.model.errors import RegionctlError

REGION_PREFIX = 16

PRIVATE = (IPv4Network("10.0.0.0/8"), IPv4Network("172.16.0.0/12"), IPv4Network("192.168.0.0/16"))

# Cloud SQL cannot answer it: Docker's bridge there. https://cloud.google.com/sql/docs/postgres/private-ip
UNREACHABLE = IPv4Network("172.17.0.0/16")


class NoFreeAddresses(RegionctlError):
    """Every private /16 is taken."""


@dataclass(frozen=True)
class RegionAddresses:
    """The parts of a region's range.

    - `workloads`, the first half: Cloud Run's direct VPC egress takes up to two addresses an instance
      (https://cloud.google.com/run/docs/configuring/vpc-direct-vpc).
    - `services`, the third quarter: private service access; Cloud SQL takes a /24 of it, Memorystore a /29.
    - `proxy`, a /22 (of a /16): the load balancer's proxies, of which Google recommends a /23
      (https://cloud.google.com/load-balancing/docs/proxy-only-subnets).

    The rest of the last quarter is left free.
    """

    workloads: IPv4Network
    services: IPv4Network
    proxy: IPv4Network


def carve(addresses: IPv4Network) -> RegionAddresses:
    """The parts of a region's range, the same ones whenever it is asked."""
    quarters = list(addresses.subnets(prefixlen_diff=2))
    return RegionAddresses(
        workloads=next(addresses.subnets(prefixlen_diff=1)),
        services=quarters[2],
        proxy=next(quarters[3].subnets(prefixlen_diff=4)),
    )


@dataclass(frozen=True)
class Overlap:
    """Two owners of addresses that both have. `second` comes later in the order that was given."""

    first: str
    second: str


def overlaps(ranges: Mapping[str, IPv4Network]) -> list[Overlap]:
    """For each owner the first one before it that has some of its addresses."""
    found = []
    seen: dict[str, IPv4Network] = {}
    for owner, addresses in ranges.items():
        first = next((other for other, theirs in seen.items() if theirs.overlaps(addresses)), None)
        if first is not None:
            found.append(Overlap(first, owner))
        seen[owner] = addresses
    return found


def next_free(taken: Iterable[IPv4Network]) -> IPv4Network:
    """The first free /16 above the lowest taken one, so that a fleet's ranges stay together, or below it.

    Raises NoFreeAddresses when all are taken.
    """
    used = sorted(taken)
    candidates = list(_candidates())
    start = used[0] if used else candidates[0]
    for candidate in [c for c in candidates if c >= start] + [c for c in candidates if c < start]:
        if not any(candidate.overlaps(other) for other in used):
            return candidate
    raise NoFreeAddresses(
        "every private /16 range is taken", hint="delete the file of a closed region to free its range"
    )


def _candidates() -> Iterator[IPv4Network]:
    for block in PRIVATE:
        for candidate in block.subnets(new_prefix=REGION_PREFIX):
            if candidate != UNREACHABLE:
                yield candidate
