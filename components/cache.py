"""A region's Redis."""

from __future__ import annotations

from dataclasses import dataclass, field

import pulumi
import pulumi_gcp as gcp
from pulumi import Input, Output, ResourceOptions

from components.base import Labels, child


@dataclass(frozen=True, kw_only=True)
class CacheArgs:
    """`network_id` must already reach Google's service producers (`Network.services_network_id` does)."""

    project: Input[str]
    region: Input[str]
    name: Input[str]
    network_id: Input[str]
    services_range_name: Input[str]
    key_id: Input[str]
    memory_gb: Input[int]
    tier: Input[str] = "STANDARD_HA"  # or BASIC: no replica in another zone
    version: Input[str] = "REDIS_7_2"
    maintenance_day: Input[str] = "SUNDAY"
    maintenance_hour_utc: Input[int] = 4
    labels: Labels = field(default_factory=dict)


class Cache(pulumi.ComponentResource):
    """Private Redis with AUTH, TLS and CMEK. `auth_string` is secret.

    `ca_certificates` are PEM: what a client checks the server's certificate with.

    Holds nothing that cannot be computed again, so it is neither protected nor kept on disk.
    """

    host: Output[str]
    port: Output[int]
    auth_string: Output[str]
    ca_certificates: Output[str]

    def __init__(self, name: str, args: CacheArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("regionctl:cache:Cache", name, None, opts)
        instance = gcp.redis.Instance(
            f"{name}-instance",
            project=args.project,
            region=args.region,
            name=args.name,
            tier=args.tier,
            memory_size_gb=args.memory_gb,
            redis_version=args.version,
            authorized_network=args.network_id,
            connect_mode="PRIVATE_SERVICE_ACCESS",
            reserved_ip_range=args.services_range_name,
            auth_enabled=True,  # CKV_GCP_95
            transit_encryption_mode="SERVER_AUTHENTICATION",  # CKV_GCP_97
            customer_managed_key=args.key_id,
            maintenance_policy=gcp.redis.InstanceMaintenancePolicyArgs(
                weekly_maintenance_windows=[
                    gcp.redis.InstanceMaintenancePolicyWeeklyMaintenanceWindowArgs(
                        day=args.maintenance_day,
                        start_time=gcp.redis.InstanceMaintenancePolicyWeeklyMaintenanceWindowStartTimeArgs(
                            hours=args.maintenance_hour_utc
                        ),
                    )
                ]
            ),
            labels=args.labels,
            opts=child(self, secret_outputs=["authString"]),
        )
        self.host = instance.host
        self.port = instance.port
        self.auth_string = Output.secret(instance.auth_string)
        self.ca_certificates = instance.server_ca_certs.apply(lambda certs: "\n".join(str(c.cert) for c in certs))
        self.register_outputs(
            {
                "host": self.host,
                "port": self.port,
                "authString": self.auth_string,
                "caCertificates": self.ca_certificates,
            }
        )
