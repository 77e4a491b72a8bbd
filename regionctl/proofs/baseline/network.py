"""VPC: what a network may let in and out, and what it tells about its traffic.

Firewall rules of every kind are read as openings: who may reach which ports in which direction.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_network

from regionctl.proofs.graph import Graph
from regionctl.proofs.values import Found, at, fields, is_absent, is_known, is_set, items, opened, shown
from regionctl.render import UNKNOWN, Resource, Symbolic, Unknown, Value

from .rule import Objection, Objections, Rule, equals, forbidden, of, present

NETWORK = "gcp:compute/network:Network"
CLASSIC = "gcp:compute/firewall:Firewall"
POLICY_RULES = (
    "gcp:compute/firewallPolicyRule:FirewallPolicyRule",
    "gcp:compute/networkFirewallPolicyRule:NetworkFirewallPolicyRule",
    "gcp:compute/regionNetworkFirewallPolicyRule:RegionNetworkFirewallPolicyRule",
)
POLICIES_WITH_RULES = (
    "gcp:compute/firewallPolicyWithRules:FirewallPolicyWithRules",
    "gcp:compute/networkFirewallPolicyWithRules:NetworkFirewallPolicyWithRules",
    "gcp:compute/regionNetworkFirewallPolicyWithRules:RegionNetworkFirewallPolicyWithRules",
)
POLICIES = (
    "gcp:compute/firewallPolicy:FirewallPolicy",
    "gcp:compute/networkFirewallPolicy:NetworkFirewallPolicy",
    "gcp:compute/regionNetworkFirewallPolicy:RegionNetworkFirewallPolicy",
)
ASSOCIATIONS = (
    "gcp:compute/networkFirewallPolicyAssociation:NetworkFirewallPolicyAssociation",
    "gcp:compute/regionNetworkFirewallPolicyAssociation:RegionNetworkFirewallPolicyAssociation",
)
RULES = (CLASSIC, *POLICY_RULES, *POLICIES_WITH_RULES)

INGRESS, EGRESS = "INGRESS", "EGRESS"
_PORTS = re.compile(r"([0-9]+)(?:-([0-9]+))?")
NARROWEST_OPEN = 7  # a prefix this short is a half, a quarter, ... of the whole internet: /0 written in parts


@dataclass(frozen=True, kw_only=True)
class Passage:
    """What one rule lets pass or stops. `peers` are who is on the other side; `path` is where they are named.

    `ports` are texts such as "22" and "20-30"; none are all of them. `protocol` is "all" for all of them.
    """

    direction: str
    allows: bool
    peers: tuple[Found, ...]
    protocol: Found
    ports: tuple[Found, ...]
    path: str

    @property
    def open_peer(self) -> Found | None:
        """The first peer that is the whole internet or that nobody knows before an apply."""
        return next((peer for peer in self.peers if is_open(peer)), None)

    def covers(self, port: int, *protocols: str) -> bool:
        """Whether the port may be among those that pass. What is unknown may be."""
        if is_known(self.protocol) and str(self.protocol).lower() not in ("all", *protocols):
            return False
        return not self.ports or any(_covers(ports, port) for ports in self.ports)


def passages(resource: Resource) -> Iterator[Passage]:
    """What a firewall rule, or a policy with its rules, lets pass and stops. Rules that are switched off do neither."""
    if resource.type == CLASSIC:
        yield from _classic(resource)
    elif resource.type in POLICY_RULES:
        yield from _policy_rule(resource.inputs, "")
    else:
        for index, rule in enumerate(items(at(resource, "rules"))):
            yield from _policy_rule(fields(rule), f"rules[{index}].")


def denies_egress(network: Resource, graph: Graph) -> bool:
    """Whether something stops what no other rule lets out of a network. A VPC of itself lets everything out."""
    attached = [
        policy
        for association in graph.of(*ASSOCIATIONS)
        if graph.source(at(association, "attachmentTarget")) is network
        and (policy := _policy(association, graph)) is not None
    ]
    for rule in graph.of(*RULES):
        if rule.type == CLASSIC:
            holds = graph.source(at(rule, "network")) is network
        else:
            holds = _policy(rule, graph) in attached
        if holds and any(_stops_everything(passage) for passage in passages(rule)):
            return True
    return False


def _policy(resource: Resource, graph: Graph) -> Resource | None:
    """The policy that an association or a rule names, by its name or by a symbol of it; a policy with its rules is it
    itself."""
    if resource.type in POLICIES_WITH_RULES:
        return resource
    named = at(resource, "firewallPolicy")
    policies = graph.of(*POLICIES, *POLICIES_WITH_RULES)
    source = graph.source(named)
    return next((p for p in policies if p is source or (is_known(named) and at(p, "name") == named)), None)


def is_open(peer: Found) -> bool:
    """Whether an address range is the whole internet, a large part of it, or unknown."""
    if isinstance(peer, (Unknown, Symbolic)):
        return True
    try:
        return ip_network(str(peer), strict=False).prefixlen <= NARROWEST_OPEN
    except ValueError:
        return True


def _stops_everything(passage: Passage) -> bool:
    return (
        passage.direction == EGRESS
        and not passage.allows
        and "0.0.0.0/0" in passage.peers
        and passage.protocol == "all"
        and not passage.ports
    )


def _classic(resource: Resource) -> Iterator[Passage]:
    direction = EGRESS if at(resource, "direction") == EGRESS else INGRESS
    path = "sourceRanges" if direction == INGRESS else "destinationRanges"
    narrowed = direction == INGRESS and any(
        is_set(at(resource, other)) for other in ("sourceTags", "sourceServiceAccounts")
    )
    peers = _peers(at(resource, path), narrowed=narrowed)
    for side, allows in (("allows", True), ("denies", False)):
        for layer in items(at(resource, side)) if _works(at(resource, "disabled"), allows=allows) else ():
            yield _passage(fields(layer), "protocol", direction=direction, allows=allows, peers=peers, path=path)


def _policy_rule(rule: Mapping[str, Value], prefix: str) -> Iterator[Passage]:
    allows = rule.get("action") not in ("deny", "goto_next")
    direction = EGRESS if rule.get("direction") == EGRESS else INGRESS
    match = fields(rule.get("match"))
    side = "src" if direction == INGRESS else "dest"
    ranges = f"{side}IpRanges"
    narrowed = any(name.startswith(side) and name != ranges and is_set(value) for name, value in match.items())
    peers = _peers(match.get(ranges), narrowed=narrowed)
    layers = items(match.get("layer4Configs")) or (UNKNOWN,)  # required, so that nothing there is something unknown
    for layer in layers if _works(rule.get("disabled"), allows=allows) else ():
        yield _passage(
            fields(layer),
            "ipProtocol",
            direction=direction,
            allows=allows,
            peers=peers,
            path=f"{prefix}match.{ranges}",
        )


def _works(disabled: Found, *, allows: bool) -> bool:
    """Whether a rule is switched on. Where nobody knows, what allows is taken to be on, and what denies to be off."""
    return disabled is not True and (allows or is_absent(disabled) or disabled is False)


def _passage(
    layer: Mapping[str, Found], protocol: str, *, direction: str, allows: bool, peers: tuple[Found, ...], path: str
) -> Passage:
    return Passage(
        direction=direction,
        allows=allows,
        peers=peers,
        protocol=opened(layer.get(protocol, UNKNOWN)),
        ports=tuple(items(layer.get("ports"))),
        path=path,
    )


def _peers(ranges: Found, *, narrowed: bool) -> tuple[Found, ...]:
    """Without ranges and without another condition on the peer, it is everybody."""
    named = tuple(items(ranges))
    return named or (() if narrowed else ("0.0.0.0/0",))


def _covers(ports: Found, port: int) -> bool:
    """Whether a port may be among them. What cannot be read may be any."""
    match = None if isinstance(ports, Symbolic) else _PORTS.fullmatch(str(ports))
    return match is None or int(match[1]) <= port <= int(match[2] or match[1])


AREA = "VPC"
PROJECT = "gcp:organizations/project:Project"
SUBNET = "gcp:compute/subnetwork:Subnetwork"

# The cloud refuses flow logs and private Google access on a subnet of proxies.
# https://cloud.google.com/load-balancing/docs/proxy-only-subnets
_PROXIES = ("REGIONAL_MANAGED_PROXY", "GLOBAL_MANAGED_PROXY", "INTERNAL_HTTPS_LOAD_BALANCER")


def _for_workloads(subnet: Resource) -> bool:
    return at(subnet, "purpose") not in _PROXIES


def _projects_and_default_networks(graph: Graph) -> list[Resource]:
    return [r for r in graph.of(PROJECT, NETWORK) if r.type == PROJECT or at(r, "name") == "default"]


def _no_default_network(resource: Resource, graph: Graph) -> Iterator[Objection]:
    check = (
        equals("autoCreateNetwork", False)
        if resource.type == PROJECT
        else forbidden("a network named default is what Google makes by itself, open inside")
    )
    yield from check(resource, graph)


def _open(resource: Resource, direction: str) -> Iterator[tuple[Passage, Objection]]:
    """What a rule lets pass from or to the whole internet."""
    for passage in passages(resource):
        if passage.direction == direction and passage.allows and (peer := passage.open_peer) is not None:
            yield passage, Objection(path=passage.path, message=f"{shown(peer)}: everybody")


def _not_from_everybody(port: int, *protocols: str) -> Objections:
    return lambda resource, _: [f for p, f in _open(resource, INGRESS) if p.covers(port, *protocols)]


def _nobody_in(resource: Resource, _graph: Graph) -> Iterator[Objection]:
    yield from (objection for _, objection in _open(resource, INGRESS))


def _not_everywhere(resource: Resource, graph: Graph) -> Iterator[Objection]:
    if resource.type != NETWORK:
        yield from (objection for _, objection in _open(resource, EGRESS))
    elif not denies_egress(resource, graph):
        yield Objection(message="no rule denies egress to 0.0.0.0/0, and a VPC of itself lets everything out")


RULES_OF_NETWORK = (
    Rule(
        id="CKV_GCP_27",
        also=("AVD-GCP-0010", "CIS 3.1"),
        area=AREA,
        claim="a project has no default network",
        mend="set auto_create_network=False on the project and make a network of one's own",
        subjects=_projects_and_default_networks,
        objections=_no_default_network,
    ),
    Rule(
        id="CKV_GCP_26",
        also=("AVD-GCP-0029", "CIS 3.8"),
        area=AREA,
        claim="a subnet logs its flows",
        mend="give the subnet a log_config",
        subjects=of(SUBNET, when=_for_workloads),
        objections=present("logConfig", "an object such as {aggregationInterval, flowSampling, metadata}"),
    ),
    Rule(
        id="CKV_GCP_74",
        area=AREA,
        claim="a subnet reaches Google's APIs privately",
        mend="set private_ip_google_access=True on the subnet",
        subjects=of(SUBNET, when=_for_workloads),
        objections=equals("privateIpGoogleAccess", True),
    ),
    Rule(
        id="CKV_GCP_2",
        also=("CIS 3.6",),
        area=AREA,
        claim="SSH is not open to the internet",
        mend="name the ranges that need it",
        subjects=of(*RULES),
        objections=_not_from_everybody(22, "tcp", "6"),
    ),
    Rule(
        id="CKV_GCP_3",
        also=("CIS 3.7",),
        area=AREA,
        claim="RDP is not open to the internet",
        mend="name the ranges that need it",
        subjects=of(*RULES),
        objections=_not_from_everybody(3389, "tcp", "6", "udp", "17"),
    ),
    Rule(
        id="AVD-GCP-0027",
        area=AREA,
        claim="no port is open to the internet",
        mend="name the ranges that need it; what the internet asks for comes through the load balancer",
        subjects=of(*RULES),
        objections=_nobody_in,
    ),
    Rule(
        id="AVD-GCP-0035",
        area=AREA,
        claim="a network lets nothing out but what is named",
        mend="deny egress to 0.0.0.0/0 at the lowest priority and name the ranges or hosts that are needed",
        subjects=of(NETWORK, *RULES),
        objections=_not_everywhere,
    ),
)
