from __future__ import annotations

from itertools import combinations

import pulumi
import pytest

from components.firewall import EgressArgs, Firewall, FirewallArgs
from components.google_access import ADDRESSES, GoogleAccess, GoogleAccessArgs
from components.network import Network, NetworkArgs, ServicesRangeArgs, SubnetArgs
from regionctl.render import Declaration
from tests.components.alone import at, declared, every, named, only, waits_for


def network(**subnets: str) -> Declaration:
    def declare() -> None:
        made = Network(
            "network",
            NetworkArgs(
                project="p",
                region="europe-west1",
                name="main",
                subnets={key: SubnetArgs(name=key, cidr=cidr) for key, cidr in subnets.items()},
                proxy_subnet=SubnetArgs(name="proxies", cidr="10.9.192.0/22"),
                services_range=ServicesRangeArgs(name="services", address="10.9.128.0", prefix_length=18),
                router_name="main",
                nat_name="main",
            ),
        )
        pulumi.export("services_network_id", made.services_network_id)

    return declared(declare)


def test_a_network_brings_no_subnets_of_its_own() -> None:
    assert at(named(network(), "network-vpc"), "autoCreateSubnetworks") is False


def test_a_workload_subnet_has_flow_logs_and_private_google_access() -> None:
    subnet = named(network(run="10.9.0.0/17"), "network-run")
    assert at(subnet, "privateIpGoogleAccess") is True
    assert at(subnet, "logConfig.metadata") == "INCLUDE_ALL_METADATA"


def test_a_proxy_subnet_has_what_the_cloud_allows_and_no_more() -> None:
    subnet = named(network(), "network-proxies")
    assert (at(subnet, "purpose"), at(subnet, "role")) == ("REGIONAL_MANAGED_PROXY", "ACTIVE")
    assert not {"logConfig", "privateIpGoogleAccess"} & subnet.inputs.keys()


def test_removing_a_subnet_in_the_middle_leaves_the_others_as_they_are() -> None:
    before = network(a="10.9.0.0/20", b="10.9.16.0/20", c="10.9.32.0/20")
    after = network(a="10.9.0.0/20", c="10.9.32.0/20")
    gone = named(before, "network-b").urn
    kept = {urn: resource for urn, resource in before.resources.items() if resource.custom and urn != gone}
    assert {urn: resource for urn, resource in after.resources.items() if resource.custom} == kept


def test_nat_writes_logs() -> None:
    assert at(only(network(), "RouterNat"), "logConfig") == {"enable": True, "filter": "ALL"}


def test_who_uses_the_services_network_waits_for_the_peering() -> None:
    def declare() -> None:
        made = Network(
            "network",
            NetworkArgs(
                project="p",
                region="r",
                name="main",
                subnets={},
                proxy_subnet=SubnetArgs(name="proxies", cidr="10.9.192.0/22"),
                services_range=ServicesRangeArgs(name="services", address="10.9.128.0", prefix_length=18),
                router_name="main",
                nat_name="main",
            ),
        )
        Firewall("user", FirewallArgs(project="p", region="r", name="f", network_id=made.services_network_id))

    declaration = declared(declare)
    user = only(declaration, "RegionNetworkFirewallPolicyAssociation")
    assert waits_for(declaration, user, only(declaration, "Connection"))


def firewall(**egress: EgressArgs) -> Declaration:
    return declared(
        lambda: Firewall("fw", FirewallArgs(project="p", region="r", name="main", network_id="n", egress=egress))
    )


def test_a_firewall_denies_both_directions() -> None:
    rules = every(firewall(), "RegionNetworkFirewallPolicyRule")
    assert {(at(r, "direction"), at(r, "action")) for r in rules} == {("INGRESS", "deny"), ("EGRESS", "deny")}


def test_a_policy_of_a_firewall_is_changed_in_one_place_at_a_time() -> None:
    declaration = firewall(**{key: EgressArgs(rank=3, ranges=["10.0.0.0/8"], ports=["443"]) for key in "abc"})
    changes = [
        *every(declaration, "RegionNetworkFirewallPolicyRule"),
        *every(declaration, "RegionNetworkFirewallPolicyAssociation"),
    ]
    assert len(changes) == 6
    for one, other in combinations(changes, 2):
        assert waits_for(declaration, one, other) is not waits_for(declaration, other, one)


def test_what_is_allowed_comes_before_what_is_denied() -> None:
    declaration = firewall(db=EgressArgs(rank=3, ranges=["10.0.0.0/8"], ports=["5432"]))
    rules = every(declaration, "RegionNetworkFirewallPolicyRule")
    by_action = {at(r, "action"): at(r, "priority") for r in rules}
    assert by_action["allow"] < by_action["deny"]


def test_a_way_out_to_the_whole_internet_is_refused() -> None:
    with pytest.raises(ValueError, match="opens the network"):
        EgressArgs(rank=0, ranges=["0.0.0.0/0"], ports=["443"])


def test_a_way_out_without_an_end_is_refused() -> None:
    with pytest.raises(ValueError, match="one of the two"):
        EgressArgs(rank=0, ports=["443"])


def test_googles_apis_are_answered_with_private_addresses() -> None:
    declaration = declared(lambda: GoogleAccess("google", GoogleAccessArgs(project="p", network_id="n")))
    apex = named(declaration, "google-googleapis-apex")
    assert at(apex, "rrdatas") == list(ADDRESSES)
    assert {at(zone, "visibility") for zone in every(declaration, "ManagedZone")} == {"private"}
