"""The network of a site: what lies in it, and the only ways out of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pulumi import Output

from components.base import ready
from components.firewall import EgressArgs, Firewall, FirewallArgs
from components.google_access import CIDR, GoogleAccess, GoogleAccessArgs
from components.network import Network, NetworkArgs, ServicesRangeArgs, SubnetArgs
from regions.addresses import carve
from regions.names import ProjectNames, auth_names
from regions.spec import FleetSpec, Home, RegionSpec
from stacks.foundation import Site

WORKLOADS = "workloads"
POSTGRESQL = "5432"
REDIS_TLS = "6378"  # https://cloud.google.com/memorystore/docs/redis/about-in-transit-encryption
HTTPS = "443"


@dataclass(frozen=True, kw_only=True)
class SiteNetwork:
    """`workloads_subnet_id` is where workloads run, once the firewall holds and names of Google answer privately."""

    network: Network
    workloads_subnet_id: Output[str]


def make_network(at: Site[Home, ProjectNames], ways_out: Mapping[str, EgressArgs]) -> SiteNetwork:
    """The site's network with its firewall and the private way to Google's APIs."""
    addresses = carve(at.home.addresses)
    names, project = at.names, at.project
    network = Network(
        "network",
        NetworkArgs(
            project=project.using("compute", "servicenetworking"),
            region=at.home.location,
            name=names.network,
            subnets={WORKLOADS: SubnetArgs(name=names.subnet(WORKLOADS), cidr=str(addresses.workloads))},
            proxy_subnet=SubnetArgs(name=names.subnet("proxies"), cidr=str(addresses.proxy)),
            services_range=ServicesRangeArgs(
                name=names.service_range,
                address=str(addresses.services.network_address),
                prefix_length=addresses.services.prefixlen,
            ),
            router_name=names.router,
            nat_name=names.nat,
        ),
    )
    google = GoogleAccess(
        "google",
        GoogleAccessArgs(project=project.using("dns"), network_id=network.network_id, labels=at.labels),
    )
    firewall = Firewall(
        "firewall",
        FirewallArgs(
            project=project.using("compute"),
            region=at.home.location,
            name=names.firewall("main"),
            network_id=network.network_id,
            egress=ways_out,
        ),
    )
    return SiteNetwork(network=network, workloads_subnet_id=ready(network.subnet_ids[WORKLOADS], firewall, google))


def egress(fleet: FleetSpec, region: RegionSpec) -> dict[str, EgressArgs]:
    """Where a region's workloads may go: its own database and cache, Google's APIs, the auth service."""
    return {
        **inner_egress(region),
        "auth": EgressArgs(rank=20, hosts=[auth_names(fleet).origin_host], ports=[HTTPS]),
    }


def inner_egress(home: Home) -> dict[str, EgressArgs]:
    """The ways that do not leave a site but for Google's APIs."""
    addresses = carve(home.addresses)
    return {
        "services": EgressArgs(rank=0, ranges=[str(addresses.services)], ports=[POSTGRESQL, REDIS_TLS]),
        "google": EgressArgs(rank=10, ranges=[CIDR], ports=[HTTPS]),
    }
