"""A private network in one region: subnets, a way out, a way to Google's managed services, and a closed firewall."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp
from pulumi import Input, Output, ResourceOptions

from components.base import child


@dataclass(frozen=True, kw_only=True)
class SubnetArgs:
    """One subnet: its name in the cloud and its IPv4 range. The range may grow; anything else replaces it."""

    name: Input[str]
    cidr: Input[str]


@dataclass(frozen=True, kw_only=True)
class NetworkArgs:
    """`subnets` maps a stable key to a subnet."""

    project: Input[str]
    region: Input[str]
    name: Input[str]
    subnets: Mapping[str, SubnetArgs]


class Network(pulumi.ComponentResource):
    """A VPC of its own with one subnet a key of `subnets`."""

    network_id: Output[str]
    subnet_ids: Mapping[str, Output[str]]

    def __init__(self, name: str, args: NetworkArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("regionctl:network:Network", name, None, opts)
        network = gcp.compute.Network(
            f"{name}-vpc",
            project=args.project,
            name=args.name,
            auto_create_subnetworks=False,
            delete_default_routes_on_create=False,  # NAT needs the default route; the firewall closes what it opens
            routing_mode="REGIONAL",
            opts=child(self),
        )
        subnets = {
            key: gcp.compute.Subnetwork(
                f"{name}-subnet-{key}",
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
            for key, subnet in args.subnets.items()
        }
        self.network_id = network.id
        self.subnet_ids = {key: subnet.id for key, subnet in subnets.items()}
        self.register_outputs({"networkId": self.network_id, "subnetIds": dict(self.subnet_ids)})
