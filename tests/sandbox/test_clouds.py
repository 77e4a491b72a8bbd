"""Looking into the emulated clouds, and changing them behind Pulumi's back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from regionctl.sandbox import clouds
from regionctl.sandbox.faults import FaultKind
from tests.sandbox.google import Cloud, Refused


@pytest.fixture
def network(gcp: Cloud) -> str:
    return gcp.create("gcp:compute/network:Network", "net", name="main", project="acme-test").id


def test_an_edit_is_seen_and_everything_else_stays(data: Path, network: str) -> None:
    (before,) = clouds.resources(data, network)
    after = clouds.edit(data, network, "description", "by hand")
    assert after.properties == {**before.properties, "description": "by hand"}


@pytest.mark.parametrize(("path", "words"), [("routingMod", "did you mean routingMode"), ("params.x.y", "params")])
def test_what_is_not_there_cannot_be_edited(data: Path, network: str, path: str, words: str) -> None:
    before = clouds.resources(data, network)
    with pytest.raises(clouds.NoSuchProperty) as refused:
        clouds.edit(data, network, path, "x")
    assert words in str(refused.value)
    assert clouds.resources(data, network) == before


@pytest.mark.parametrize(
    ("path", "value", "why"),
    [
        ("mtu", "large", "mtu: expected an integer"),
        ("autoCreateSubnetworks", "no", "autoCreateSubnetworks: expected a boolean"),
        ("routingMode", "GLOBL", 'did you mean "GLOBAL"'),
        ("name", "Main", "name: expected at most 63"),
        ("name", None, "name: missing required property"),
        ("selfLink", 5, "selfLink: expected a string"),
        ("params", {"resourceManagerTag": {}}, "params.resourceManagerTag: unknown property"),
    ],
)
def test_a_value_that_no_cloud_would_take_is_refused(data: Path, network: str, path: str, value: Any, why: str) -> None:
    before = clouds.resources(data, network)
    with pytest.raises(clouds.WrongValue, match=why) as refused:
        clouds.edit(data, network, path, value)
    assert refused.value.name == "net"
    assert clouds.resources(data, network) == before


def test_a_value_in_a_list_or_a_map_is_looked_at_too(data: Path, gcp: Cloud) -> None:
    network = gcp.create("gcp:compute/network:Network", "net", name="main")
    pods = [{"rangeName": "pods", "ipCidrRange": "10.4.0.0/16"}]
    inputs = {"network": network.id, "ipCidrRange": "10.0.0.0/20", "secondaryIpRanges": pods}
    gcp.create("gcp:compute/subnetwork:Subnetwork", "nodes", name="nodes", **inputs)
    with pytest.raises(clouds.WrongValue, match="expected an IPv4 range"):
        clouds.edit(data, "nodes", "secondaryIpRanges[0].ipCidrRange", "10.4.0.0/300")
    edited = clouds.edit(data, "nodes", "secondaryIpRanges[0].ipCidrRange", "10.5.0.0/16")
    assert edited.properties["secondaryIpRanges"][0]["ipCidrRange"] == "10.5.0.0/16"


def test_a_name_that_nothing_has_is_told_with_the_nearest(data: Path, network: str) -> None:
    with pytest.raises(clouds.NoSuchResource, match="did you mean net"):
        clouds.resources(data, "nett")


def test_a_reset_forgets_resources_and_faults(data: Path, network: str) -> None:
    clouds.add_fault(data, FaultKind.OUTAGE, type_="sql")
    assert len(clouds.faults(data)) == 1
    assert clouds.reset(data) == 1
    assert clouds.resources(data) == []
    assert clouds.faults(data) == ()


@pytest.mark.parametrize("type_", ["compute", "compute.Network", "gcp:compute/network:Network", "compute.*", "*"])
def test_a_fault_names_types_as_plans_do(data: Path, gcp: Cloud, type_: str) -> None:
    clouds.add_fault(data, FaultKind.QUOTA, type_=type_)
    with pytest.raises(Refused, match="Quota"):
        gcp.create("gcp:compute/network:Network", "net")


@pytest.mark.parametrize(("type_", "nearest"), [("compute.Netwrk", "compute.Network"), ("DnsRecrd", "DnsRecord")])
def test_a_fault_of_a_type_that_does_not_exist_is_refused(data: Path, type_: str, nearest: str) -> None:
    with pytest.raises(clouds.NoSuchType, match=f"did you mean {nearest}"):
        clouds.add_fault(data, FaultKind.QUOTA, type_=type_)
    assert clouds.faults(data) == ()


def test_status_counts_by_type(data: Path, network: str) -> None:
    assert clouds.status(data).types == {"gcp:compute/network:Network": 1}
