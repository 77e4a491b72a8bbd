"""A private network in one region: subnets, a way out, and a way to Google's managed services."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp
from pulumi import Input, Output, ResourceOptions

from components.base import child, ready


@dataclass(frozen=True, kw_only=True)
class SubnetArgs:
    """One subnet: its name in the cloud and its IPv4 range. The range may grow; anything else replaces it."""

    name: Input[str]
    cidr: Input[str]


@dataclass(frozen=True, kw_only=True)
class ServicesRangeArgs:
    """The addresses handed to Google for managed services (private service access), for example 10.2.128.0 and 18."""

    name: Input[str]
    address: Input[str]
    prefix_length: Input[int]


@dataclass(frozen=True, kw_only=True)
class NetworkArgs:
    """`subnets` maps a stable key to a subnet. `proxy_subnet` is for the load balancer's proxies only."""

    project: Input[str]
    region: Input[str]
    name: Input[str]
    subnets: Mapping[str, SubnetArgs]
    proxy_subnet: SubnetArgs
    services_range: ServicesRangeArgs
    router_name: Input[str]
    nat_name: Input[str]


class Network(pulumi.ComponentResource):
    """A VPC of its own: one subnet a key of `subnets`, NAT with logs, private service access.

    `services_network_id` is the network once Google's managed services can be reached from it: databases and caches
    take that one. `proxied_network_id` is the network once a load balancer's proxies have a subnet. `subnet_ids` wait
    for the NAT. Does not manage the firewall (see `Firewall`), nor peers with any other network: a region is an island.
    """

    network_id: Output[str]
    services_network_id: Output[str]
    proxied_network_id: Output[str]
    services_range_name: Output[str]
    subnet_ids: Mapping[str, Output[str]]

    def __init__(self, name: str, args: NetworkArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("regionctl:network:Network", name, None, opts)
        network = gcp.compute.Network(
            f"{name}-vpc",
            project=args.project,
            name=args.name,
            auto_create_subnetworks=False,
            routing_mode="REGIONAL",
            opts=child(self),
        )
        subnets = {
            key: self._make_subnet(f"{name}-{key}", subnet, network, args) for key, subnet in args.subnets.items()
        }
        proxies = self._make_proxy_subnet(name, network, args)
        nat = self._make_nat(name, network, args)
        peering = self._make_peering(name, network, args)
        self.network_id = network.id
        self.services_network_id = ready(network.id, peering)
        self.proxied_network_id = ready(network.id, proxies)
        self.services_range_name = ready(Output.from_input(args.services_range.name), peering)
        self.subnet_ids = {key: ready(subnet.id, nat) for key, subnet in subnets.items()}
        self.register_outputs(
            {
                "networkId": self.network_id,
                "servicesNetworkId": self.services_network_id,
                "proxiedNetworkId": self.proxied_network_id,
                "servicesRangeName": self.services_range_name,
                "subnetIds": dict(self.subnet_ids),
            }
        )

    def _make_subnet(
        self, name: str, subnet: SubnetArgs, network: gcp.compute.Network, args: NetworkArgs
    ) -> gcp.compute.Subnetwork:
        return gcp.compute.Subnetwork(
            name,
            project=args.project,
            region=args.region,
            name=subnet.name,
            network=network.id,
            ip_cidr_range=subnet.cidr,
            private_ip_google_access=True,  # CKV_GCP_74
            # CKV_GCP_26, CIS 3.8
            log_config=gcp.compute.SubnetworkLogConfigArgs(
                aggregation_interval="INTERVAL_5_SEC", flow_sampling=0.5, metadata="INCLUDE_ALL_METADATA"
            ),
            opts=child(self),
        )

    def _make_proxy_subnet(self, name: str, network: gcp.compute.Network, args: NetworkArgs) -> gcp.compute.Subnetwork:
        """No flow logs and no private Google access: the cloud refuses both on a proxy-only subnet.
        https://cloud.google.com/load-balancing/docs/proxy-only-subnets"""
        return gcp.compute.Subnetwork(
            f"{name}-proxies",
            project=args.project,
            region=args.region,
            name=args.proxy_subnet.name,
            network=network.id,
            ip_cidr_range=args.proxy_subnet.cidr,
            purpose="REGIONAL_MANAGED_PROXY",
            role="ACTIVE",
            opts=child(self),
        )

    def _make_nat(self, name: str, network: gcp.compute.Network, args: NetworkArgs) -> gcp.compute.RouterNat:
        router = gcp.compute.Router(
            f"{name}-router",
            project=args.project,
            region=args.region,
            name=args.router_name,
            network=network.id,
            opts=child(self),
        )
        return gcp.compute.RouterNat(
            f"{name}-nat",
            project=args.project,
            region=args.region,
            name=args.nat_name,
            router=router.name,
            nat_ip_allocate_option="AUTO_ONLY",
            source_subnetwork_ip_ranges_to_nat="ALL_SUBNETWORKS_ALL_IP_RANGES",
            log_config=gcp.compute.RouterNatLogConfigArgs(enable=True, filter="ALL"),
            opts=child(self),
        )

    def _make_peering(
        self, name: str, network: gcp.compute.Network, args: NetworkArgs
    ) -> gcp.servicenetworking.Connection:
        addresses = gcp.compute.GlobalAddress(
            f"{name}-services-range",
            project=args.project,
            name=args.services_range.name,
            network=network.id,
            purpose="VPC_PEERING",
            address_type="INTERNAL",
            address=args.services_range.address,
            prefix_length=args.services_range.prefix_length,
            opts=child(self),
        )
        return gcp.servicenetworking.Connection(
            f"{name}-services",
            network=network.id,
            service="servicenetworking.googleapis.com",
            reserved_peering_ranges=[addresses.name],
            # For days after a database went the producer refuses to let the peering go; it goes with the network.
            # https://cloud.google.com/sql/docs/postgres/configure-private-services-access
            deletion_policy="ABANDON",
            opts=child(self),
        )
