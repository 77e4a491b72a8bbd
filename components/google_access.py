"""Google's APIs inside a private network, at addresses that never leave Google."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi
import pulumi_gcp as gcp
from pulumi import Input, Output, ResourceOptions

from components.base import Labels, child, ready

# private.googleapis.com: https://cloud.google.com/vpc/docs/configure-private-google-access#domain-options
ADDRESSES = ("199.36.153.8", "199.36.153.9", "199.36.153.10", "199.36.153.11")
CIDR = "199.36.153.8/30"


@dataclass(frozen=True, kw_only=True)
class GoogleAccessArgs:
    """`zones` maps a zone's name in the cloud to the domain whose hosts are answered with the private addresses."""

    project: Input[str]
    network_id: Input[str]
    zones: Mapping[str, str] = field(default_factory=lambda: {"googleapis": "googleapis.com.", "run": "run.app."})
    labels: Labels = field(default_factory=dict)


class GoogleAccess(pulumi.ComponentResource):
    """Private DNS zones, so that a network whose firewall is closed still reaches Google's APIs and other projects'
    Cloud Run services, by TLS and without an internet address (CKV_GCP_74 opens the way, this makes it the only one).

    `zone_names` imply readiness: they wait for the records. Does not open the firewall: allow `CIDR` on port 443 there.
    """

    zone_names: Mapping[str, Output[str]]

    def __init__(self, name: str, args: GoogleAccessArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("regionctl:google:Access", name, None, opts)
        self.zone_names = {key: self._make_zone(name, key, domain, args) for key, domain in args.zones.items()}
        self.register_outputs({"zoneNames": dict(self.zone_names)})

    def _make_zone(self, name: str, key: str, domain: str, args: GoogleAccessArgs) -> Output[str]:
        zone = gcp.dns.ManagedZone(
            f"{name}-{key}",
            project=args.project,
            name=key,
            dns_name=domain,
            description="Google's own hosts, at private addresses.",
            visibility="private",
            private_visibility_config=gcp.dns.ManagedZonePrivateVisibilityConfigArgs(
                networks=[gcp.dns.ManagedZonePrivateVisibilityConfigNetworkArgs(network_url=args.network_id)]
            ),
            labels=args.labels,
            opts=child(self),
        )
        records = {"apex": (domain, "A", list(ADDRESSES)), "hosts": (f"*.{domain}", "CNAME", [domain])}
        made = [
            gcp.dns.RecordSet(
                f"{name}-{key}-{record_key}",
                project=args.project,
                managed_zone=zone.name,
                name=host,
                type=kind,
                ttl=300,
                rrdatas=data,
                opts=child(self),
            )
            for record_key, (host, kind, data) in records.items()
        ]
        return ready(zone.name, *made)
