"""Firewall rules, firewall policies, Cloud Armor."""

from __future__ import annotations

import pytest

from tests.sandbox.google import NETWORK, REGION, Cloud, Refused

FIREWALL = "gcp:compute/firewall:Firewall"
POLICY = "gcp:compute/regionNetworkFirewallPolicy:RegionNetworkFirewallPolicy"
POLICY_RULE = "gcp:compute/regionNetworkFirewallPolicyRule:RegionNetworkFirewallPolicyRule"
ASSOCIATION = "gcp:compute/regionNetworkFirewallPolicyAssociation:RegionNetworkFirewallPolicyAssociation"
ARMOR = "gcp:compute/regionSecurityPolicy:RegionSecurityPolicy"
ARMOR_RULE = "gcp:compute/regionSecurityPolicyRule:RegionSecurityPolicyRule"

DENY = {
    "action": "deny",
    "direction": "INGRESS",
    "priority": 1000,
    "match": {"srcIpRanges": ["0.0.0.0/0"], "layer4Configs": [{"ipProtocol": "all"}]},
}


def test_a_rule_has_sources_or_destinations_by_its_direction(gcp: Cloud) -> None:
    inputs = {"network": "main", "denies": [{"protocol": "all"}]}
    assert list(gcp.failures(FIREWALL, **inputs, direction="EGRESS", sourceRanges=["0.0.0.0/0"])) == ["sourceRanges"]
    assert list(gcp.failures(FIREWALL, **inputs, destinationRanges=["0.0.0.0/0"])) == ["destinationRanges"]


def test_a_rule_allows_or_denies(gcp: Cloud) -> None:
    both = {"allows": [{"protocol": "tcp"}], "denies": [{"protocol": "all"}]}
    assert gcp.failures(FIREWALL, network="main", **both)
    assert gcp.failures(FIREWALL, network="main")


def test_a_policy_holds_one_rule_a_priority(gcp: Cloud) -> None:
    policy = gcp.create(POLICY, "main", region=REGION)
    rule = gcp.create(POLICY_RULE, "deny", region=REGION, firewallPolicy=policy["name"], **DENY)
    assert rule.id == f"{policy.id}/1000"
    with pytest.raises(Refused, match="same priorities"):
        gcp.create(POLICY_RULE, "again", region=REGION, firewallPolicy=policy["name"], **DENY)


def test_the_rules_of_a_policy_go_with_it(gcp: Cloud) -> None:
    policy = gcp.create(POLICY, "main", region=REGION)
    rule = gcp.create(POLICY_RULE, "deny", region=REGION, firewallPolicy=policy.id, **DENY)
    gcp.delete(policy)
    assert gcp.read(rule) is None


def test_a_policy_stays_while_a_network_has_it(gcp: Cloud) -> None:
    network, policy = gcp.create(NETWORK, "main"), gcp.create(POLICY, "main", region=REGION)
    held = gcp.create(ASSOCIATION, "main", region=REGION, firewallPolicy=policy["name"], attachmentTarget=network.id)
    for resource in (policy, network):
        with pytest.raises(Refused, match="is already being used by"):
            gcp.delete(resource)
    gcp.delete(held)
    gcp.delete(policy)
    gcp.delete(network)


def test_a_priority_has_bounds(gcp: Cloud) -> None:
    assert list(gcp.failures(POLICY_RULE, region=REGION, firewallPolicy="main", **{**DENY, "priority": -1})) == [
        "priority"
    ]


def test_a_rule_of_cloud_armor_names_a_known_action(gcp: Cloud) -> None:
    inputs = {"region": REGION, "securityPolicy": "main", "priority": 1000}
    assert gcp.failures(ARMOR_RULE, **inputs, action="deny(403)") == {}
    assert list(gcp.failures(ARMOR_RULE, **inputs, action="deny(200)")) == ["action"]


def test_a_rule_of_cloud_armor_lies_in_its_policy(gcp: Cloud) -> None:
    policy = gcp.create(ARMOR, "main", region=REGION, type="CLOUD_ARMOR")
    rule = gcp.create(ARMOR_RULE, "log4j", region=REGION, securityPolicy="main", priority=10, action="deny(403)")
    assert rule.id == f"{policy.id}/priority/10"
    gcp.delete(policy)
    assert gcp.read(rule) is None
