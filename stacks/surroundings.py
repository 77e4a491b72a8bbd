"""The network of a region: what lies in it, and the only ways out of it."""

from __future__ import annotations

from components.firewall import EgressArgs, Firewall, FirewallArgs
from components.google_access import CIDR, GoogleAccess, GoogleAccessArgs
from components.network import Network, NetworkArgs, ServicesRangeArgs, SubnetArgs
from components.project import Project
from regions.addresses import RegionAddresses, carve
from regions.names import RegionNames, auth_names
from regions.spec import FleetSpec, RegionSpec
from stacks.foundation import labels

WORKLOADS = "workloads"
POSTGRESQL = "5432"
REDIS_TLS = "6378"  # https://cloud.google.com/memorystore/docs/redis/about-in-transit-encryption
HTTPS = "443"


def make_network(fleet: FleetSpec, spec: RegionSpec, names: RegionNames, project: Project) -> Network:
    """The region's network with its firewall and the private way to Google's APIs."""
    addresses = carve(spec.addresses)
    network = Network(
        "network",
        NetworkArgs(
            project=project.using("compute", "servicenetworking"),
            region=spec.location,
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
    GoogleAccess(
        "google",
        GoogleAccessArgs(project=project.using("dns"), network_id=network.network_id, labels=labels(names)),
    )
    Firewall(
        "firewall",
        FirewallArgs(
            project=project.using("compute"),
            region=spec.location,
            name=names.firewall("main"),
            network_id=network.network_id,
            egress=_ways_out(fleet, addresses),
        ),
    )
    return network


def _ways_out(fleet: FleetSpec, addresses: RegionAddresses) -> dict[str, EgressArgs]:
    return {
        "services": EgressArgs(rank=0, ranges=[str(addresses.services)], ports=[POSTGRESQL, REDIS_TLS]),
        "google": EgressArgs(rank=10, ranges=[CIDR], ports=[HTTPS]),
        "auth": EgressArgs(rank=20, hosts=[auth_names(fleet).origin_host], ports=[HTTPS]),
    }
