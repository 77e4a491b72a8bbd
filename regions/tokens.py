"""The texts that are a region's own, so that what several regions declare can be compared.

A resource of eu-west and its sister in us-east differ in these and, with parity, in nothing else: what is made of
them (an account's address, a host, a bucket's name, a zone) differs in no more than the token in it.

A text may be two things at once: a region that is called us-east1 and lies in us-east1. Nobody can tell then which of
the two a value means, so for all that are compared the two are one: `location or region`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from regions.addresses import carve
from regions.load import Fleet
from regions.names import region_names
from regions.spec import FleetSpec, RegionSpec

Own: TypeAlias = Sequence[tuple[str, str]]
"""Texts that are a stack's own, each with the name of what it is; a text may be several things."""


def fleet_tokens(fleet: Fleet) -> Mapping[str, Mapping[str, str]]:
    """By stack's full name: each token of a region, and the name of what it is. Auth and edge have none."""
    return comparable(
        {region_names(fleet.spec, region).stack: region_own(fleet.spec, region) for region in fleet.regions.values()}
    )


def region_own(fleet: FleetSpec, region: RegionSpec) -> Own:
    """The tokens of one region: `[("europe-west1", "location"), ...]`.

    The jurisdiction is none of them: `us` in the address of a registry that all regions share is not us-east's own.
    """
    names, addresses = region_names(fleet, region), carve(region.addresses)
    return [
        (names.stack, "stack"),
        (names.project, "project"),
        (region.location, "location"),
        (region.name, "region"),
        (str(region.addresses), "addresses"),
        (str(addresses.workloads), "workloads-range"),
        (str(addresses.proxy), "proxies-range"),
        (str(addresses.services), "services-range"),
        (str(addresses.services.network_address), "services-address"),
    ]


def comparable(stacks: Mapping[str, Own]) -> dict[str, Mapping[str, str]]:
    """The tokens of stacks that are compared: names that are one text in any of them are one name in all."""
    together: dict[str, frozenset[str]] = {}
    for own in stacks.values():
        for text, _ in own:
            names = {name for other, name in own if other == text}
            union = names.union(*(together.get(name, ()) for name in names))
            together.update(dict.fromkeys(union, frozenset(union)))
    joined = {name: " or ".join(sorted(names)) for name, names in together.items()}
    return {stack: {text: joined[name] for text, name in own} for stack, own in stacks.items()}
