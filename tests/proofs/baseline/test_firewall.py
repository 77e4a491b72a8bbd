"""Which ranges and ports a firewall rule opens, for any of them."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Network, ip_network

from hypothesis import given
from hypothesis import strategies as st

from regionctl.proofs.baseline.network import is_open, passages
from regionctl.render import Resource, Value

PORTS = st.integers(0, 65535)


def ingress(ports: list[str], source: str = "0.0.0.0/0") -> Resource:
    match: Mapping[str, Value] = {"srcIpRanges": [source], "layer4Configs": [{"ipProtocol": "tcp", "ports": ports}]}
    kind = "gcp:compute/regionNetworkFirewallPolicyRule:RegionNetworkFirewallPolicyRule"
    inputs: Mapping[str, Value] = {"action": "allow", "direction": "INGRESS", "match": match}
    return Resource(urn=f"urn:pulumi:s::p::{kind}::rule", type=kind, name="rule", custom=True, inputs=inputs)


@given(PORTS, PORTS, PORTS)
def test_a_range_of_ports_covers_what_lies_in_it(one: int, other: int, port: int) -> None:
    first, last = sorted((one, other))
    (passage,) = passages(ingress([f"{first}-{last}"]))
    assert passage.covers(port, "tcp") is (first <= port <= last)


@given(st.text())
def test_ports_that_cannot_be_read_may_be_any(text: str) -> None:
    (passage,) = passages(ingress([text]))
    assert passage.covers(22, "tcp") or any(character.isdigit() for character in text)


@given(st.sets(PORTS, min_size=1), PORTS)
def test_single_ports_cover_themselves(ports: set[int], port: int) -> None:
    (passage,) = passages(ingress([str(each) for each in ports]))
    assert passage.covers(port, "tcp") is (port in ports)


@given(st.integers(0, 2**32 - 1), st.integers(0, 32))
def test_only_large_parts_of_the_internet_are_open(address: int, prefix: int) -> None:
    network = IPv4Network((address, prefix), strict=False)
    (passage,) = passages(ingress(["22"], str(network)))
    assert (passage.open_peer is not None) is (prefix <= 7)


@given(st.text())
def test_a_range_that_cannot_be_read_counts_as_open(text: str) -> None:
    try:
        ip_network(text, strict=False)
    except ValueError:
        assert is_open(text)
