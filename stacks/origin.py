"""A site's origin: the host that the edge reaches it at, and what stands behind it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pulumi import Input, Output

from components.armor import Armor, ArmorArgs
from components.certificate import Certificate, CertificateArgs
from components.ingress import BackendArgs, Ingress, IngressArgs, IngressNames
from components.network import Network
from components.service import Service
from regions.names import ProjectNames
from regions.spec import Home
from stacks.foundation import Site


@dataclass(frozen=True, kw_only=True)
class Origin:
    """What the edge needs to know of a site, and cannot compute."""

    address: Output[str]
    dns_record: Mapping[str, Output[str] | str]


def make_origin(
    at: Site[Home, ProjectNames],
    network: Network,
    services: Mapping[str, Service],
    *,
    default: str,
    client_ca_pem: Input[str] | None,
) -> Origin:
    """The load balancer, its certificate and its guard. The service `default` takes every path that no other one does.

    With `client_ca_pem` only clients with a certificate of that authority are let in.
    """
    client_check = ["networksecurity"] if client_ca_pem is not None else []
    names, project, location = at.names, at.project, at.home.location
    certificate = Certificate(
        "certificate",
        CertificateArgs(
            project=project.using("certificatemanager"),
            region=location,
            name=names.certificate,
            authorization_name=names.dns_authorization,
            host=names.origin_host,
            labels=at.labels,
        ),
    )
    armor = Armor(
        "armor",
        ArmorArgs(project=project.using("compute"), region=location, name=names.security_policy),
    )
    ingress = Ingress(
        "ingress",
        IngressArgs(
            project=project.using("compute", "certificatemanager", *client_check),
            project_number=project.number,
            region=location,
            names=_ingress_names(names),
            host=names.origin_host,
            network_id=network.proxied_network_id,
            certificate_id=certificate.certificate_id,
            security_policy=armor.policy_link,
            client_ca_pem=client_ca_pem,
            backends={
                key: BackendArgs(
                    name=names.load_balancer(key), service_name=service.service_name, paths=_paths(key, default)
                )
                for key, service in services.items()
            },
            default_backend=default,
            labels=at.labels,
        ),
    )
    record: dict[str, Output[str] | str] = {
        "name": certificate.dns_record_name,
        "type": "CNAME",
        "data": certificate.dns_record_data,
    }
    return Origin(address=ingress.address, dns_record=record)


def _paths(key: str, default: str) -> list[str]:
    return [] if key == default else [f"/{key}", f"/{key}/*"]


def _ingress_names(names: ProjectNames) -> IngressNames:
    return IngressNames(
        address=names.load_balancer("address"),
        forwarding_rule=names.load_balancer("https"),
        proxy=names.load_balancer("https"),
        url_map=names.load_balancer("paths"),
        ssl_policy=names.load_balancer("tls"),
        tls_policy=names.server_tls_policy,
        trust_config=names.load_balancer("clients"),
    )
