"""The DNS records of what stands behind the edge."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_cloudflare as cloudflare
from pulumi import Input, Output, ResourceOptions

from components.base import child, ready

ORIGIN_TTL_S = 60
CERTIFICATE_TTL_S = 300


@dataclass(frozen=True, kw_only=True)
class OriginArgs:
    """An origin's host and IPv4 address, and the CNAME that lets its certificate be issued (`ownership_*`).

    Names may end in a dot, as Google's do.
    """

    host: Input[str]
    address: Input[str]
    ownership_name: Input[str]
    ownership_data: Input[str]


@dataclass(frozen=True, kw_only=True)
class OriginDnsArgs:
    """`origins` maps a stable key to an origin."""

    zone_id: Input[str]
    origins: Mapping[str, OriginArgs]


class OriginDns(pulumi.ComponentResource):
    """Two records an origin: its address, and the one that its certificate is issued against.

    Not proxied: TLS ends in the origin, and a Worker cannot show its client certificate to a proxied host
    (https://developers.cloudflare.com/workers/runtime-apis/bindings/mtls/). `hosts[key]` implies readiness: it waits
    for both records. Does not manage the public domain's record, which comes with the Worker's custom domain.
    """

    hosts: Mapping[str, Output[str]]

    def __init__(self, name: str, args: OriginDnsArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("regionctl:edge:OriginDns", name, None, opts)
        self.hosts = {
            key: self._make_records(f"{name}-{key}", args.zone_id, origin) for key, origin in args.origins.items()
        }
        self.register_outputs({"hosts": dict(self.hosts)})

    def _make_records(self, name: str, zone_id: Input[str], origin: OriginArgs) -> Output[str]:
        address = cloudflare.DnsRecord(
            f"{name}-address",
            zone_id=zone_id,
            name=origin.host,
            type="A",
            content=origin.address,
            ttl=ORIGIN_TTL_S,
            proxied=False,
            opts=child(self),
        )
        ownership = cloudflare.DnsRecord(
            f"{name}-certificate",
            zone_id=zone_id,
            name=_without_dot(origin.ownership_name),
            type="CNAME",
            content=_without_dot(origin.ownership_data),
            ttl=CERTIFICATE_TTL_S,
            proxied=False,
            opts=child(self),
        )
        return ready(Output.from_input(origin.host), address, ownership)


def _without_dot(name: Input[str]) -> Output[str]:
    """Cloudflare keeps names without the dot of the root, and would read back another one than was given."""
    return Output.from_input(name).apply(lambda text: text.removesuffix("."))
