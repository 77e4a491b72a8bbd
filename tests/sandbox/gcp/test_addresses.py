"""Address ranges: what Google Cloud takes, and that none overlaps."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from regionctl.sandbox import clouds
from regionctl.sandbox.faults import FaultKind
from tests.sandbox.google import NETWORK, REGION, SUBNET, Cloud, Refused

GLOBAL_ADDRESS = "gcp:compute/globalAddress:GlobalAddress"


def _subnet(**more: Any) -> dict[str, Any]:
    return {"name": "nodes", "network": "main", "region": REGION, **more}


def _peering(**more: Any) -> dict[str, Any]:
    return {"name": "services", "network": "main", "purpose": "VPC_PEERING", "addressType": "INTERNAL", **more}


@pytest.mark.parametrize("range_", ["10.0.0.0/30", "10.0.0.1/32", "10.0.0.8/20", "0.0.0.0/3", "fd00::/64", "10.0.0.0"])
def test_a_subnet_has_an_ipv4_range_of_eight_addresses_or_more(gcp: Cloud, range_: str) -> None:
    assert list(gcp.failures(SUBNET, **_subnet(ipCidrRange=range_))) == ["ipCidrRange"]
    secondary = [{"rangeName": "pods", "ipCidrRange": range_}]
    refused = gcp.failures(SUBNET, **_subnet(ipCidrRange="10.0.0.0/20", secondaryIpRanges=secondary))
    assert list(refused) == ["secondaryIpRanges[0].ipCidrRange"]


@pytest.mark.parametrize("range_", ["10.0.0.0/29", "10.0.0.0/8", "192.168.4.0/22"])
def test_a_subnet_may_be_small_or_large(gcp: Cloud, range_: str) -> None:
    assert gcp.failures(SUBNET, **_subnet(ipCidrRange=range_)) == {}


def test_a_subnet_has_one_of_the_known_purposes(gcp: Cloud) -> None:
    refused = gcp.failures(SUBNET, **_subnet(ipCidrRange="10.0.0.0/20", purpose="REGIONAL_MANAGD_PROXY"))
    assert list(refused) == ["purpose"]


@pytest.mark.parametrize("range_", ["10.0.0.0/16", "10.0.8.0/24", "10.0.0.0/20"])
def test_a_secondary_range_does_not_overlap_the_primary_one(gcp: Cloud, range_: str) -> None:
    network = gcp.create(NETWORK, "main")
    secondary = [{"rangeName": "pods", "ipCidrRange": range_}]
    with pytest.raises(Refused, match=r"Invalid IPCidrRange: .* conflicts with"):
        gcp.create(SUBNET, "nodes", network=network.id, ipCidrRange="10.0.0.0/20", secondaryIpRanges=secondary)


@pytest.mark.parametrize("length", [7, 25, 40])
def test_a_range_for_services_is_neither_too_small_nor_too_large(gcp: Cloud, length: int) -> None:
    assert list(gcp.failures(GLOBAL_ADDRESS, **_peering(prefixLength=length))) == ["prefixLength"]


@pytest.mark.parametrize("address", ["10.50.0.1", "fd00::"])
def test_a_range_for_services_begins_where_it_may(gcp: Cloud, address: str) -> None:
    assert list(gcp.failures(GLOBAL_ADDRESS, **_peering(address=address, prefixLength=20))) == ["address"]


def test_a_range_that_somebody_changed_by_hand_is_mended_in_place(gcp: Cloud, data: Path) -> None:
    network = gcp.create(NETWORK, "main")
    subnet = gcp.create(SUBNET, "nodes", network=network.id, ipCidrRange="10.0.0.0/20")
    clouds.edit(data, "nodes", "ipCidrRange", "10.0.8.0/24")
    smaller = gcp.read(subnet)
    assert smaller is not None
    assert gcp.replaces(smaller, ipCidrRange="10.0.0.0/20") == []
    assert gcp.update(smaller, ipCidrRange="10.0.0.0/20")["ipCidrRange"] == "10.0.0.0/20"


def test_addresses_that_cloud_run_keeps_hold_their_subnet_back_for_a_while(gcp: Cloud, data: Path) -> None:
    network = gcp.create(NETWORK, "main", autoCreateSubnetworks=False)
    subnet = gcp.create(SUBNET, "nodes", network=network.id, region=REGION, ipCidrRange="10.0.0.0/20")
    clouds.add_fault(data, FaultKind.HELD_ADDRESSES, count=1)
    with pytest.raises(Refused, match=r"nodes.*serverless-ipv4.*resourceInUseByAnotherResource"):
        gcp.delete(subnet)
    gcp.delete(subnet)
    gcp.delete(network)
    assert clouds.resources(data) == []
