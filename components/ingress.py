"""How the edge reaches a region: a regional load balancer that knows its one client by its certificate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
import pulumi_gcp as gcp
from pulumi import Input, Output, ResourceOptions

from components.base import Labels, child, ready

SCHEME = "EXTERNAL_MANAGED"


@dataclass(frozen=True, kw_only=True)
class BackendArgs:
    """A Cloud Run service behind the load balancer, and the paths (`/sync/*`) that go to it."""

    name: Input[str]
    service_name: Input[str]
    paths: Sequence[Input[str]] = ()


@dataclass(frozen=True, kw_only=True)
class IngressNames:
    """What each part is called in the cloud."""

    address: Input[str]
    forwarding_rule: Input[str]
    proxy: Input[str]
    url_map: Input[str]
    ssl_policy: Input[str]
    tls_policy: Input[str]
    trust_config: Input[str]


@dataclass(frozen=True, kw_only=True)
class IngressArgs:
    """`backends` maps a stable key to a backend; what no path names goes to `default_backend`, one of the keys.

    `client_ca_pem` is the certificate of the authority that signs the client's; without it anyone is let in, and who
    calls is the services' matter. `network_id` must already have a
    proxy-only subnet (`Network.proxied_network_id` has).
    """

    project: Input[str]
    project_number: Input[str]
    region: Input[str]
    names: IngressNames
    host: Input[str]
    network_id: Input[str]
    certificate_id: Input[str]
    security_policy: Input[str]
    client_ca_pem: Input[str] | None = None
    backends: Mapping[str, BackendArgs]
    default_backend: str
    labels: Labels = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.default_backend not in self.backends:
            raise ValueError(f"default_backend {self.default_backend!r} is none of {', '.join(self.backends)}")


class Ingress(pulumi.ComponentResource):
    """A regional external application load balancer with TLS 1.2 or newer, Cloud Armor and request logs.

    Where `client_ca_pem` is given, it refuses a client without a certificate of that authority: address ranges would
    not do, since the edge's are shared by all of its customers. TLS ends in the region. There is no plain HTTP.
    `address` implies readiness: it waits for the forwarding rule. Does not manage DNS, which lies with the edge.
    """

    address: Output[str]

    def __init__(self, name: str, args: IngressArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("regionctl:ingress:Ingress", name, None, opts)
        self._args = args
        address = gcp.compute.Address(
            f"{name}-address",
            project=args.project,
            region=args.region,
            name=args.names.address,
            address_type="EXTERNAL",
            network_tier="PREMIUM",
            labels=args.labels,
            opts=child(self),
        )
        url_map = self._make_url_map(name, {key: self._make_backend(name, key) for key in args.backends})
        rule = gcp.compute.ForwardingRule(
            f"{name}-forwarding-rule",
            project=args.project,
            region=args.region,
            name=args.names.forwarding_rule,
            load_balancing_scheme=SCHEME,
            network=args.network_id,
            network_tier="PREMIUM",
            ip_address=address.address,
            ip_protocol="TCP",
            port_range="443",
            target=self._make_proxy(name, url_map).id,
            labels=args.labels,
            opts=child(self),
        )
        self.address = ready(address.address, rule)
        self.register_outputs({"address": self.address})

    def _make_backend(self, name: str, key: str) -> Output[str]:
        args, backend = self._args, self._args.backends[key]
        group = gcp.compute.RegionNetworkEndpointGroup(
            f"{name}-{key}-group",
            project=args.project,
            region=args.region,
            name=backend.name,
            network_endpoint_type="SERVERLESS",
            cloud_run=gcp.compute.RegionNetworkEndpointGroupCloudRunArgs(service=backend.service_name),
            opts=child(self),
        )
        service = gcp.compute.RegionBackendService(
            f"{name}-{key}-backend",
            project=args.project,
            region=args.region,
            name=backend.name,
            load_balancing_scheme=SCHEME,
            protocol="HTTPS",
            backends=[
                gcp.compute.RegionBackendServiceBackendArgs(
                    group=group.id, balancing_mode="UTILIZATION", capacity_scaler=1.0
                )
            ],
            security_policy=args.security_policy,
            log_config=gcp.compute.RegionBackendServiceLogConfigArgs(enable=True, sample_rate=1.0),  # CIS 2.16
            opts=child(self),
        )
        return service.id

    def _make_url_map(self, name: str, backends: Mapping[str, Output[str]]) -> gcp.compute.RegionUrlMap:
        args = self._args
        rules = [
            gcp.compute.RegionUrlMapPathMatcherPathRuleArgs(paths=list(backend.paths), service=backends[key])
            for key, backend in args.backends.items()
            if backend.paths
        ]
        return gcp.compute.RegionUrlMap(
            f"{name}-url-map",
            project=args.project,
            region=args.region,
            name=args.names.url_map,
            default_service=backends[args.default_backend],
            host_rules=[gcp.compute.RegionUrlMapHostRuleArgs(hosts=[args.host], path_matcher="paths")],
            path_matchers=[
                gcp.compute.RegionUrlMapPathMatcherArgs(
                    name="paths", default_service=backends[args.default_backend], path_rules=rules
                )
            ],
            opts=child(self),
        )

    def _make_proxy(self, name: str, url_map: gcp.compute.RegionUrlMap) -> gcp.compute.RegionTargetHttpsProxy:
        args = self._args
        ssl_policy = gcp.compute.RegionSslPolicy(
            f"{name}-ssl-policy",
            project=args.project,
            region=args.region,
            name=args.names.ssl_policy,
            min_tls_version="TLS_1_2",  # CKV_GCP_4, CIS 3.9
            profile="RESTRICTED",
            opts=child(self),
        )
        return gcp.compute.RegionTargetHttpsProxy(
            f"{name}-proxy",
            project=args.project,
            region=args.region,
            name=args.names.proxy,
            url_map=url_map.id,
            certificate_manager_certificates=[args.certificate_id],
            ssl_policy=ssl_policy.id,
            server_tls_policy=self._make_client_check(name, args.client_ca_pem).id
            if args.client_ca_pem is not None
            else None,
            opts=child(self),
        )

    def _make_client_check(self, name: str, client_ca_pem: Input[str]) -> gcp.networksecurity.ServerTlsPolicy:
        args = self._args
        trust = gcp.certificatemanager.TrustConfig(
            f"{name}-trust-config",
            project=args.project,
            location=args.region,
            name=args.names.trust_config,
            trust_stores=[
                gcp.certificatemanager.TrustConfigTrustStoreArgs(
                    trust_anchors=[
                        gcp.certificatemanager.TrustConfigTrustStoreTrustAnchorArgs(pem_certificate=client_ca_pem)
                    ]
                )
            ],
            labels=args.labels,
            opts=child(self),
        )
        # The project's NUMBER, not its id: the API reads back the number, and another value replaces the policy, which
        # the load balancer uses. No labels: the API refuses to change those of a policy that a load balancer uses
        # (https://github.com/GoogleCloudPlatform/magic-modules/pull/11183).
        trust_config = Output.concat(
            "projects/", args.project_number, "/locations/", args.region, "/trustConfigs/", trust.name
        )
        return gcp.networksecurity.ServerTlsPolicy(
            f"{name}-client-check",
            project=args.project,
            location=args.region,
            name=args.names.tls_policy,
            mtls_policy=gcp.networksecurity.ServerTlsPolicyMtlsPolicyArgs(
                client_validation_mode="REJECT_INVALID", client_validation_trust_config=trust_config
            ),
            opts=child(self),
        )
