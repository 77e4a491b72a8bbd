"""A region's origin: the host that the edge forwards to, and what stands behind it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi import Output

from components.armor import Armor, ArmorArgs
from components.certificate import Certificate, CertificateArgs
from components.ingress import BackendArgs, Ingress, IngressArgs, IngressNames
from components.network import Network
from components.project import Project
from components.service import Service
from regions.names import RegionNames
from regions.spec import RegionSpec
from stacks.foundation import labels
from stacks.secret_slots import EDGE_CLIENT_CA

DEFAULT = "api"  # takes every path that no other service does


@dataclass(frozen=True, kw_only=True)
class Origin:
    """What the edge needs to know of a region, and cannot compute."""

    address: Output[str]
    dns_record: Mapping[str, Output[str] | str]


def make_origin(
    spec: RegionSpec, names: RegionNames, project: Project, network: Network, services: Mapping[str, Service]
) -> Origin:
    """The load balancer, its certificate and its guard. Reads the edge's client CA from the stack's config."""
    certificate = Certificate(
        "certificate",
        CertificateArgs(
            project=project.using("certificatemanager"),
            region=spec.location,
            name=names.certificate,
            authorization_name=names.dns_authorization,
            host=names.origin_host,
            labels=labels(names),
        ),
    )
    armor = Armor(
        "armor",
        ArmorArgs(project=project.using("compute"), region=spec.location, name=names.security_policy),
    )
    ingress = Ingress(
        "ingress",
        IngressArgs(
            project=project.using("compute", "certificatemanager", "networksecurity"),
            region=spec.location,
            names=_ingress_names(names),
            host=names.origin_host,
            network_id=network.proxied_network_id,
            certificate_id=certificate.certificate_id,
            security_policy=armor.policy_link,
            client_ca_pem=pulumi.Config().require_secret(EDGE_CLIENT_CA),
            backends={
                key: BackendArgs(name=names.load_balancer(key), service_name=service.service_name, paths=_paths(key))
                for key, service in services.items()
            },
            default_backend=DEFAULT,
            labels=labels(names),
        ),
    )
    record = {"name": certificate.dns_record_name, "type": "CNAME", "data": certificate.dns_record_data}
    return Origin(address=ingress.address, dns_record=record)


def _paths(key: str) -> list[str]:
    return [] if key == DEFAULT else [f"/{key}", f"/{key}/*"]


def _ingress_names(names: RegionNames) -> IngressNames:
    return IngressNames(
        address=names.load_balancer("address"),
        forwarding_rule=names.load_balancer("https"),
        proxy=names.load_balancer("https"),
        url_map=names.load_balancer("paths"),
        ssl_policy=names.load_balancer("tls"),
        tls_policy=names.server_tls_policy,
        trust_config=names.load_balancer("clients"),
    )
