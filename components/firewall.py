"""What may pass in a network: nothing, but for what is named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
import pulumi_gcp as gcp
from pulumi import Input, Output, Resource, ResourceOptions

from components.base import child, ready

ANYWHERE = "0.0.0.0/0"
# Priorities below leave room between the allowed ways and the closing rules. Smaller numbers win.
FIRST_ALLOWED = 1000
DENY_INGRESS = 65000
DENY_EGRESS = 65001


@dataclass(frozen=True, kw_only=True)
class EgressArgs:
    """One way out: to address ranges, or to host names, on TCP ports. `rank` (0 to 9999) orders the ways."""

    rank: int
    ports: Sequence[Input[str]]
    ranges: Sequence[Input[str]] = ()
    hosts: Sequence[Input[str]] = ()

    def __post_init__(self) -> None:
        if bool(self.ranges) == bool(self.hosts):
            raise ValueError("a way out goes to address ranges or to host names: give one of the two")
        if ANYWHERE in self.ranges:
            raise ValueError(f"{ANYWHERE} opens the network to the whole internet; name ranges or host names")


@dataclass(frozen=True, kw_only=True)
class FirewallArgs:
    """`egress` maps a stable key to a way out."""

    project: Input[str]
    region: Input[str]
    name: Input[str]
    network_id: Input[str]
    egress: Mapping[str, EgressArgs] = field(default_factory=dict)


class Firewall(pulumi.ComponentResource):
    """A regional firewall policy that denies in both directions by default and is attached to the network.

    Its rules and its attachment are made one after the other: the API takes one change of a policy at a time, and the
    provider neither waits nor tries again. The rules ask for logs, which Google writes for machines; it writes none for
    Cloud Run: https://cloud.google.com/run/docs/configuring/vpc-direct-vpc#limitations. The flow logs of the subnet
    and the logs of the NAT tell what left a workload.

    There is no way in to declare: workloads on Cloud Run receive requests from the platform, not from the network
    (CKV_GCP_2, CKV_GCP_3, AVD-GCP-0027). Replies to an allowed connection pass, and so does the metadata server, as
    in every network of Google's. `policy_name` implies readiness: it waits for the rules and until they hold in the
    network. Raises ValueError for a way out to the whole internet (AVD-GCP-0035).
    """

    policy_name: Output[str]

    def __init__(self, name: str, args: FirewallArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("regionctl:firewall:Firewall", name, None, opts)
        self._args = args
        self._policy = gcp.compute.RegionNetworkFirewallPolicy(
            f"{name}-policy",
            project=args.project,
            region=args.region,
            name=args.name,
            description="Denies by default in both directions.",
            opts=child(self),
        )
        self._last: Resource = self._policy  # what the next change of the policy waits for
        for key, way in args.egress.items():
            self._allow(f"{name}-allow-{key}", key, way)
        self._deny(f"{name}-deny-ingress", "INGRESS", DENY_INGRESS)
        self._deny(f"{name}-deny-egress", "EGRESS", DENY_EGRESS)
        association = gcp.compute.RegionNetworkFirewallPolicyAssociation(
            f"{name}-association",
            project=args.project,
            region=args.region,
            name=args.name,
            firewall_policy=self._policy.name,
            attachment_target=args.network_id,
            opts=child(self, after=[self._last]),
        )
        self.policy_name = ready(self._policy.name, association)
        self.register_outputs({"policyName": self.policy_name})

    def _allow(self, name: str, key: str, way: EgressArgs) -> None:
        match = gcp.compute.RegionNetworkFirewallPolicyRuleMatchArgs(
            dest_ip_ranges=list(way.ranges) or None,
            dest_fqdns=list(way.hosts) or None,
            layer4_configs=[
                gcp.compute.RegionNetworkFirewallPolicyRuleMatchLayer4ConfigArgs(
                    ip_protocol="tcp", ports=list(way.ports)
                )
            ],
        )
        self._rule(name, match, rule_name=key, action="allow", direction="EGRESS", priority=FIRST_ALLOWED + way.rank)

    def _deny(self, name: str, direction: str, priority: int) -> None:
        everything = [gcp.compute.RegionNetworkFirewallPolicyRuleMatchLayer4ConfigArgs(ip_protocol="all")]
        match = (
            gcp.compute.RegionNetworkFirewallPolicyRuleMatchArgs(src_ip_ranges=[ANYWHERE], layer4_configs=everything)
            if direction == "INGRESS"
            else gcp.compute.RegionNetworkFirewallPolicyRuleMatchArgs(
                dest_ip_ranges=[ANYWHERE], layer4_configs=everything
            )
        )
        rule_name = f"deny-{direction.lower()}"
        self._rule(name, match, rule_name=rule_name, action="deny", direction=direction, priority=priority)

    def _rule(
        self,
        name: str,
        match: gcp.compute.RegionNetworkFirewallPolicyRuleMatchArgs,
        *,
        rule_name: str,
        action: str,
        direction: str,
        priority: int,
    ) -> None:
        self._last = gcp.compute.RegionNetworkFirewallPolicyRule(
            name,
            project=self._args.project,
            region=self._args.region,
            firewall_policy=self._policy.name,
            rule_name=rule_name,
            action=action,
            direction=direction,
            priority=priority,
            match=match,
            enable_logging=True,
            opts=child(self, after=[self._last]),
        )
