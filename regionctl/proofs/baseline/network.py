"""VPC: what a network may let in and out, and what it tells about its traffic."""

from __future__ import annotations

from collections.abc import Iterator

from regionctl.proofs.graph import Graph
from regionctl.proofs.values import at, shown
from regionctl.render import Resource

from .firewall import EGRESS, INGRESS, NETWORK, RULES, Passage, denies_egress, passages
from .rule import Fault, Faults, Rule, equals, forbidden, of, present

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


def _no_default_network(resource: Resource, graph: Graph) -> Iterator[Fault]:
    check = (
        equals("autoCreateNetwork", False)
        if resource.type == PROJECT
        else forbidden("a network named default is what Google makes by itself, open inside")
    )
    yield from check(resource, graph)


def _open(resource: Resource, direction: str) -> Iterator[tuple[Passage, Fault]]:
    """What a rule lets pass from or to the whole internet."""
    for passage in passages(resource):
        if passage.direction == direction and passage.allows and (peer := passage.open_peer) is not None:
            yield passage, Fault(path=passage.path, message=f"{shown(peer)}: everybody")


def _not_from_everybody(port: int, *protocols: str) -> Faults:
    return lambda resource, _: [f for p, f in _open(resource, INGRESS) if p.covers(port, *protocols)]


def _nobody_in(resource: Resource, _graph: Graph) -> Iterator[Fault]:
    yield from (fault for _, fault in _open(resource, INGRESS))


def _not_everywhere(resource: Resource, graph: Graph) -> Iterator[Fault]:
    if resource.type != NETWORK:
        yield from (fault for _, fault in _open(resource, EGRESS))
    elif not denies_egress(resource, graph):
        yield Fault(message="no rule denies egress to 0.0.0.0/0, and a VPC of itself lets everything out")


RULES_OF_NETWORK = (
    Rule(
        id="CKV_GCP_27",
        also=("AVD-GCP-0010", "CIS 3.1"),
        area=AREA,
        claim="a project has no default network",
        mend="set auto_create_network=False on the project and make a network of one's own",
        subjects=_projects_and_default_networks,
        faults=_no_default_network,
    ),
    Rule(
        id="CKV_GCP_26",
        also=("AVD-GCP-0029", "CIS 3.8"),
        area=AREA,
        claim="a subnet logs its flows",
        mend="give the subnet a log_config",
        subjects=of(SUBNET, when=_for_workloads),
        faults=present("logConfig", "an object such as {aggregationInterval, flowSampling, metadata}"),
    ),
    Rule(
        id="CKV_GCP_74",
        area=AREA,
        claim="a subnet reaches Google's APIs privately",
        mend="set private_ip_google_access=True on the subnet",
        subjects=of(SUBNET, when=_for_workloads),
        faults=equals("privateIpGoogleAccess", True),
    ),
    Rule(
        id="CKV_GCP_2",
        also=("CIS 3.6",),
        area=AREA,
        claim="SSH is not open to the internet",
        mend="name the ranges that need it",
        subjects=of(*RULES),
        faults=_not_from_everybody(22, "tcp", "6"),
    ),
    Rule(
        id="CKV_GCP_3",
        also=("CIS 3.7",),
        area=AREA,
        claim="RDP is not open to the internet",
        mend="name the ranges that need it",
        subjects=of(*RULES),
        faults=_not_from_everybody(3389, "tcp", "6", "udp", "17"),
    ),
    Rule(
        id="AVD-GCP-0027",
        area=AREA,
        claim="no port is open to the internet",
        mend="name the ranges that need it; what the internet asks for comes through the load balancer",
        subjects=of(*RULES),
        faults=_nobody_in,
    ),
    Rule(
        id="AVD-GCP-0035",
        area=AREA,
        claim="a network lets nothing out but what is named",
        mend="deny egress to 0.0.0.0/0 at the lowest priority and name the ranges or hosts that are needed",
        subjects=of(NETWORK, *RULES),
        faults=_not_everywhere,
    ),
)
