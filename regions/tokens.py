"""The texts that are a region's own, so that what several regions declare can be compared.

A resource of eu-west and its sister in us-east differ in these and, with parity, in nothing else: what is made of
them (an account's address, a host, a bucket's name, a zone) differs in no more than the token in it.
"""

from __future__ import annotations

from collections.abc import Mapping

from regions.addresses import carve
from regions.load import Fleet
from regions.names import region_names
from regions.spec import FleetSpec, RegionSpec


def fleet_tokens(fleet: Fleet) -> dict[str, Mapping[str, str]]:
    """By stack's full name: each token of a region, and the name of what it is. Auth and edge have none."""
    return {
        region_names(fleet.spec, region).stack: region_tokens(fleet.spec, region) for region in fleet.regions.values()
    }


def region_tokens(fleet: FleetSpec, region: RegionSpec) -> dict[str, str]:
    """Each token of one region, and the name of what it is: `{"europe-west1": "location", ...}`.

    The jurisdiction is none of them: `us` in the address of a registry that all regions share is not us-east's own.
    """
    names, addresses = region_names(fleet, region), carve(region.addresses)
    return {
        names.stack: "stack",
        names.project: "project",
        region.location: "location",
        region.name: "region",
        str(region.addresses): "addresses",
        str(addresses.workloads): "workloads-range",
        str(addresses.proxy): "proxies-range",
        str(addresses.services): "services-range",
        str(addresses.services.network_address): "services-address",
    }
